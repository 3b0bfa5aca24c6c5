package postfile

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/hayon/hayon"
)

// field is a key of a file: how it is described, read and written. The order of the fields is that of [Format].
type field struct {
	key, about string
	schema     *schema
	read       func(r *reader, n *node, at []string, f *File)
	// write is the value of the key; nil where there is none.
	write func(f *File) *node
}

// fields are all keys but body, which is the text where it does not stand below front matter.
func fields() []field {
	return slices.Concat(whenFields(), contentFields(), threadFields(), []field{
		textField("card", "Link card: auto (of the first address), none, or the address to make it of.", func(f *File) *string { return &f.Card }, checkCard),
		pollField(),
		choiceField("alt_policy", "What happens to an image without a description.", hayon.AltPolicies(), func(f *File) *hayon.AltPolicy { return &f.AltPolicy }),
		mediaField(), optionsField(), partsField(), textsField(),
		tableField("published", "Where the post is out: an address for each account. Written by hayon.", textSchema(), (*reader).text,
			func(f *File) *map[string]string { return &f.Published }),
	})
}

func whenFields() []field {
	return []field{
		textField("id", "A name for the post that stays the same when the file is renamed.", func(f *File) *string { return &f.ID }, nil),
		wordsField("to", "Accounts: bluesky, bluesky/work, bluesky/*, @group, all.", func(f *File) *[]string { return &f.To }),
		wordsField("not", "Accounts to leave out of to.", func(f *File) *[]string { return &f.Not }),
		textField("at", "When, as tomorrow 9am or 2026-12-01 09:00 Europe/Berlin. Excludes in and draft.", func(f *File) *string { return &f.At }, nil),
		textField("in", "When, from the time that the file is read, as 90m or 3d. Excludes at and draft.", func(f *File) *string { return &f.In }, nil),
		truthField("draft", "Store it and send nothing. Excludes at and in.", func(f *File) *bool { return &f.Draft }),
		choiceField("if_late", "What happens when it is found after its grace window.", hayon.LatePolicies(), func(f *File) *hayon.LatePolicy { return &f.IfLate }),
		textField("grace", "How late it may be and still go out, as 30m or 7d.", func(f *File) *string { return &f.Grace }, nil),
	}
}

func contentFields() []field {
	return []field{
		textField("title", "A heading, where the platform has one.", func(f *File) *string { return &f.Title }, nil),
		textField("cw", "Content warning that stands in the place of the text until the reader asks for it.", func(f *File) *string { return &f.CW }, nil),
		truthField("sensitive", "Hide the images until the reader asks for them.", func(f *File) *bool { return &f.Sensitive }),
		choiceField("visibility", "Who sees it, where the platform has that.", hayon.Visibilities(), func(f *File) *string { return &f.Visibility }),
		choiceField("replies", "Who may answer, where the platform has that.", hayon.Replies(), func(f *File) *string { return &f.Replies }),
		truthField("no_quotes", "Nobody may quote it, where the platform has that.", func(f *File) *bool { return &f.NoQuotes }),
		wordsField("lang", "Languages of the text, as en or pt-BR.", func(f *File) *[]string { return &f.Lang }),
		wordsField("tags", "Words to find the post by beside those in the text.", func(f *File) *[]string { return &f.Tags }),
		wordsField("labels", "Labels to find the post by; not published.", func(f *File) *[]string { return &f.Labels }),
		textField("note", "A note for you alone.", func(f *File) *string { return &f.Note }, nil),
	}
}

func threadFields() []field {
	return []field{
		choiceField("thread", "auto splits what is too long for a platform; with off a line of --- splits nothing.", hayon.ThreadModes(),
			func(f *File) *hayon.ThreadMode { return &f.Thread }),
		textField("number", "What each part of a thread ends with, as {i}/{n}; or none.", func(f *File) *string { return &f.Number }, checkNumber),
		textField("reply_to", "The post to answer: its address, or the id of one of yours. Excludes continue.", func(f *File) *string { return &f.ReplyTo }, checkRef),
		textField("quote", "The post to quote: its address, or the id of one of yours.", func(f *File) *string { return &f.Quote }, checkRef),
		truthField("continue", "Answer the last post of each account. Excludes reply_to.", func(f *File) *bool { return &f.Continue }),
		textField("repost", "The post to repost: its address, or the id of one of yours. Excludes texts, poll and media.",
			func(f *File) *string { return &f.Repost }, checkRef),
	}
}

// check says why a text that is not empty is wrong, and what to write; two empty strings where it is right.
type check func(s string) (reason, hint string)

func textField(key, about string, to func(*File) *string, ok check) field {
	return field{
		key: key, about: about, schema: textSchema(),
		read: func(r *reader, n *node, at []string, f *File) {
			s, read := r.text(n, at)
			if !read {
				return
			}
			*to(f) = s
			if ok == nil || s == "" {
				return
			}
			if reason, hint := ok(s); reason != "" {
				r.wrong(n.at, at, reason, hint)
			}
		},
		write: func(f *File) *node { return someText(*to(f)) },
	}
}

// someText is a text; nil for none.
func someText(s string) *node {
	if s == "" {
		return nil
	}
	return textNode(s)
}

func someTruth(v bool) *node {
	if !v {
		return nil
	}
	return truthNode(true)
}

func someTexts(list []string) *node {
	if len(list) == 0 {
		return nil
	}
	n := &node{kind: kindList}
	for _, s := range list {
		n.items = append(n.items, textNode(s))
	}
	return n
}

func someTable(m map[string]string) *node {
	if len(m) == 0 {
		return nil
	}
	n := tableNode()
	for _, key := range slices.Sorted(maps.Keys(m)) {
		n.put(key, textNode(m[key]))
	}
	return n
}

func truthField(key, about string, to func(*File) *bool) field {
	return field{
		key: key, about: about, schema: truthSchema(false),
		read:  func(r *reader, n *node, at []string, f *File) { *to(f) = r.truth(n, at) },
		write: func(f *File) *node { return someTruth(*to(f)) },
	}
}

func wordsField(key, about string, to func(*File) *[]string) field {
	return field{
		key: key, about: about, schema: wordsSchema(),
		read:  func(r *reader, n *node, at []string, f *File) { *to(f) = r.words(n, at) },
		write: func(f *File) *node { return someTexts(*to(f)) },
	}
}

func choiceField[T ~string](key, about string, values []T, to func(*File) *T) field {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = string(v)
	}
	return field{
		key: key, about: about, schema: choiceSchema(names),
		read: func(r *reader, n *node, at []string, f *File) {
			s, ok := r.choice(n, at, names)
			if ok {
				*to(f) = T(s)
			}
		},
		write: func(f *File) *node { return someText(string(*to(f))) },
	}
}

// choice reads one of some words.
func (r *reader) choice(n *node, at []string, names []string) (string, bool) {
	hint := "use one of: " + strings.Join(names, ", ")
	if n.kind == kindTruth {
		r.put(at, n.at)
		r.another(n, at, "a word", hint)
		return "", false
	}
	s, ok := r.text(n, at)
	if !ok || s == "" || slices.Contains(names, s) {
		return s, ok
	}
	if near := nearest(cut(s), names); near != "" {
		hint = "did you mean " + near + "? There are: " + strings.Join(names, ", ")
	}
	r.wrong(n.at, at, fmt.Sprintf("does not take %q", cut(s)), hint)
	return "", false
}

// cut is the beginning of a text for a message.
func cut(s string) string {
	const most = 60
	for i, n := 0, 0; i < len(s); n++ {
		if n == most {
			return s[:i] + "…"
		}
		for i++; i < len(s) && s[i]&0xC0 == 0x80; i++ { // the rest of the character
		}
	}
	return s
}

func tableField(key, about string, value *schema, read func(*reader, *node, []string) (string, bool), to func(*File) *map[string]string) field {
	return field{
		key: key, about: about, schema: mapSchema(value),
		read: func(r *reader, n *node, at []string, f *File) {
			*to(f) = r.table(n, at, func(n *node, at []string) (string, bool) { return read(r, n, at) })
		},
		write: func(f *File) *node { return someTable(*to(f)) },
	}
}

func checkCard(s string) (reason, hint string) {
	if s == hayon.CardAuto || s == hayon.CardNone || isURL(s) {
		return "", ""
	}
	hint = "use auto, none or an address, as https://example.com/page"
	if near := nearest(cut(s), []string{hayon.CardAuto, hayon.CardNone}); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return fmt.Sprintf("%q is no address", cut(s)), hint
}

func checkNumber(s string) (reason, hint string) {
	if s == "none" || strings.Contains(s, "{i}") && !strings.ContainsAny(s, "\n\r") {
		return "", ""
	}
	return fmt.Sprintf("%q says nowhere which part it is", cut(s)), `write it as "{i}/{n}" or "({i})", or none`
}

func checkRef(s string) (reason, hint string) {
	if !strings.ContainsAny(s, " \t\n") {
		return "", ""
	}
	return fmt.Sprintf("%q is no id and no address", cut(s)), "give the address of a post, or the id of one of yours: hayon list --state published"
}

// isURL reports whether s is the address of a web page.
func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") && !strings.ContainsAny(s, " \t\n")
}
