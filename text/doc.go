// Package text holds the rules that social platforms apply to the text of a
// post, one function per rule: how long a text is, what in it is a link, a
// mention or a tag, and when two texts are the same.
//
// The composer's counter, the preview and the request that is sent all call the
// same function, so what a person sees is what the platform gets.
//
//	n := text.Count(text.Graphemes, "👨‍👩‍👧‍👦 hi") // 4
//	for _, f := range text.Facets("read https://example.com/a.") {
//		// f.Kind == text.Link, f.Value == "https://example.com/a",
//		// and the bytes [f.Start, f.End) are what to draw as a link.
//	}
//
// Every function is pure and safe for concurrent use, takes any string (invalid
// UTF-8 included) and never returns an offset inside a code point of valid text.
// Nothing is computed before main.
//
// It is not a renderer: cell widths, colours and escape sequences belong to the
// terminal faces. It does not cut a post either: a text that is too long is
// reported, never shortened in silence; [Clip] is for titles in lists.
package text
