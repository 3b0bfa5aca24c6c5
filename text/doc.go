// Package text holds the rules that social platforms apply to the text of a
// post, one function per rule: how long a text is, what in it is a link, a
// mention or a tag, where it may be cut into the parts of a thread, and when two
// texts are the same.
//
// The composer's counter, the preview and the request that is sent all call the
// same function, so what a person sees is what the platform gets.
//
//	n := text.Count(text.Graphemes, "👨‍👩‍👧‍👦 hi") // 4
//	for _, f := range text.Find(text.StyleBluesky, "read https://example.com/a.") {
//		// f.Kind == text.Link, f.Value == "https://example.com/a",
//		// and the bytes [f.Start, f.End) are what to draw as a link.
//	}
//	parts, err := text.Split(post, text.SplitOptions{
//		Auto:   true,
//		Limits: []text.Max{{Rule: text.Rule{Unit: text.Graphemes}, Max: 300}},
//	})
//
// What people write before it is a post is here too: [ExpandPeople] puts handles
// for names, and [Fill] puts values into a template.
//
// Every function is pure and safe for concurrent use, takes any string (invalid
// UTF-8 included) and never returns an offset inside a code point of valid text.
// The time that it takes grows with the length of the text, whatever stands in
// it; only the limits and the number of parts add to that of [Split]. Nothing is
// computed before main.
//
// Unicode's normalization form C, in which X counts, is the one thing that comes
// from golang.org/x/text: its tables are some 100 KB that nobody should keep twice.
//
// It is not a renderer: cell widths, colours and escape sequences belong to the
// terminal faces. It loses nothing either: a text that is too long is reported,
// or cut into parts that are the text again; [Clip] alone shortens, for titles in
// lists.
package text
