package main

import (
	"cmp"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/postfile"
	"github.com/hayon/hayon/text"
)

// A service says what is wrong with a post in sentences. These find out which value of a file one is about.

// sentence is what a service says: of which account, if of one, and of which part of a thread, from 1; 0 for
// none.
type sentence struct {
	account string
	part    int
	rest    string
}

var sentencePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)^(?:([a-z0-9]+(?:/[a-z0-9._-]+)?): )?(?:part (\d+): )?(.*)$`)
})

func sentenceOf(s string) sentence {
	m := sentencePattern().FindStringSubmatch(s)
	part, _ := strconv.Atoi(m[2])
	return sentence{account: m[1], part: part, rest: m[3]}
}

// placing says which value a sentence is about. The first one whose pattern fits counts.
type placing struct {
	pattern *regexp.Regexp
	// field is where it stands, of what the groups of the pattern hold; nil where that is not known.
	field func(f *postFile, s sentence, groups []string) []string
	// hint says how a file is mended where the service speaks of flags; "" for what the service says. ACCOUNT
	// stands for the account.
	hint string
	// key: it is about the key, and not about what stands behind it.
	key bool
}

var placings = sync.OnceValue(func() []placing {
	field := func(path ...string) func(*postFile, sentence, []string) []string {
		return func(*postFile, sentence, []string) []string { return path }
	}
	of := func(pattern, hint string, field func(*postFile, sentence, []string) []string) placing {
		return placing{pattern: regexp.MustCompile(`(?s)` + pattern), field: field, hint: hint}
	}
	key := func(p placing) placing {
		p.key = true
		return p
	}
	return []placing{
		of(`^the text has |^the text is too|^the word .* is longer`, "shorten it, split it by lines of --- or thread: auto, or give ACCOUNT its own text below text:", (*postFile).textField),
		of(`^the text is empty`, "write something, or attach an image", (*postFile).textField),
		of(`takes no threads|^the thread has `, "", (*postFile).textField),
		of(`@\{([^}]*)\}`, "", (*postFile).personField),
		of(`^the alt text of (.+) has \d`, "shorten it", (*postFile).altField),
		of(`^(.+) has no description`, `describe it: alt: "…"`, (*postFile).altField),
		of(`^the thumbnail of (.+?)(?:: | has | is )`, "", (*postFile).thumbField),
		of(`^(.+?)(?:: | has | is | takes | must be | cannot be )`, "attach another image, or leave the account out: not: [ACCOUNT]", (*postFile).mediaField),
		of(`images, at most|takes nothing without an image|poll and media|^there is no medium`, "", (*postFile).allMedia),
		of(`has no polls|(?:^| )the poll |^a poll |^the answer |answers? of the poll`, "", field("poll")),
		of(`languages, at most`, "name fewer: lang: en", field("lang")),
		of(`^"([^"]*)" is no language tag`, "write it as lang: en, or lang: [en, de]", func(f *postFile, _ sentence, g []string) []string {
			return []string{"lang", strconv.Itoa(max(slices.Index(f.Lang, g[1]), 0))}
		}),
		key(of(`(?:has no option|have an option|has an option) "([^"]*)"`, "", (*postFile).optionField)),
		key(of(`^an option is set for "([^"]*)"`, "add it to to:, or take it out of options:", func(_ *postFile, _ sentence, g []string) []string { return []string{"options", g[1]} })),
		key(of(`^--text names "([^"]*)"`, "add it to to:, or take it out of text:", func(_ *postFile, _ sentence, g []string) []string { return []string{"text", g[1]} })),
		of(`^a medium is for "([^"]*)"`, "add it to to:, or take it out of for:", (*postFile).forField),
		of(`^([a-z_]+) is "`, "", (*postFile).optionField),
		of(`^no account is named`, "name one: to: [bluesky, mastodon]", field("to")),
		of(`there is no platform "([^"]*)"|no account "([^"]*)"|no group (@\S+)|the group (@\S+) has|^the account (\S+) is not there|^(--not) leaves|^(the name of an account) is`, "", (*postFile).accountField),
		of(`^the note `, "shorten it", field("note")),
		of(`^a label is empty`, "", field("labels")),
		of(`about what is late`, "", field("if_late")),
		of(`grace window`, "give 0 to 7d, as 30m, 2h or 1d", field("grace")),
		of(`^the number `, `write it as number: "{i}/{n}"`, field("number")),
		of(`^the card `, "", field("card")),
		of(`split by auto or off`, "", field("thread")),
		of(`the time .* has passed|^a draft |what has a time`, "", field("at")),
		of(`continued|^a post answers one other`, "", field("continue")),
		of(`cannot be quoted|cannot quote`, "", field("quote")),
		of(`cannot be answered|answers nothing|has no post at|is not out there`, "", field("reply_to")),
		of(`repost`, "", field("repost")),
		of(`got the same text`, "where it is no mistake: --allow-duplicate", (*postFile).textField),
	}
})

// explained is a sentence of a service as a problem with its place in the file.
func (f *postFile) explained(code hayon.Code, message, hint string) fileProblem {
	if code == hayon.CodeUsage { // the file is wrong, and not how the command was called
		code = hayon.CodeInvalid
	}
	message, _, _ = strings.Cut(message, "; nothing was stored")
	s := sentenceOf(message)
	message = strings.TrimPrefix(message, "--") // here it is a key
	for _, p := range placings() {
		groups := p.pattern.FindStringSubmatch(s.rest)
		if groups == nil {
			continue
		}
		if field := p.field(f, s, groups); field != nil {
			hint := strings.ReplaceAll(cmp.Or(p.hint, hint), "ACCOUNT", cmp.Or(s.account, "the account"))
			return f.placed(f.problem(code, message, hint, field...), field, s, p.key)
		}
	}
	if code == hayon.CodeNotFound { // of all that a file names, a post alone is looked up
		return f.problem(code, message, hint, cmp.Or(f.lookedUp(), "repost"))
	}
	return fileProblem{File: f.name, Line: 1, Column: 1, Code: code, Message: message, Hint: hint}
}

// placed moves a problem to the key of its field, where it is about that, or to the part of the text.
func (f *postFile) placed(p fileProblem, field []string, s sentence, key bool) fileProblem {
	if key {
		p.Line, p.Column = f.WhereKey(field...)
	}
	if len(field) > 0 || s.part < 2 || f.create.Thread == hayon.ThreadAuto || f.Kind != postfile.Markdown && f.Kind != postfile.Text {
		return p
	}
	if starts := text.PartStarts(f.Text); s.part <= len(starts) {
		p.Line += strings.Count(f.Text[:starts[s.part-1]], "\n")
	}
	return p
}

// lookedUp is the field that holds the id of a post; "" for none.
func (f *postFile) lookedUp() string {
	for _, ref := range []struct{ field, value string }{{"reply_to", f.ReplyTo}, {"quote", f.Quote}} {
		if ref.value != "" && !strings.Contains(ref.value, "://") {
			return ref.field
		}
	}
	return ""
}

// textField is the text that an account gets: its own, or the one for all, or that of a part.
func (f *postFile) textField(s sentence, _ []string) []string {
	platform, _, _ := strings.Cut(s.account, "/")
	for _, name := range []string{s.account, platform} {
		if _, own := f.Texts[name]; own && name != "" {
			return []string{"text", name}
		}
	}
	lines := len(text.PartStarts(f.Text))
	if i := s.part - 1 - lines; i >= 0 && i < len(f.Parts) && f.create.Thread != hayon.ThreadAuto {
		return []string{"parts", strconv.Itoa(i)}
	}
	return []string{}
}

// personField is the text that names somebody.
func (f *postFile) personField(_ sentence, groups []string) []string {
	for i, part := range f.Parts {
		if strings.Contains(part, groups[0]) {
			return []string{"parts", strconv.Itoa(i)}
		}
	}
	for name, body := range f.Texts {
		if strings.Contains(body, groups[0]) && !strings.Contains(f.Text, groups[0]) {
			return []string{"text", name}
		}
	}
	return []string{}
}

// medium is the entry of a medium by the name that it is called; nil for none.
func (f *postFile) medium(name string) []string {
	i := slices.IndexFunc(f.media, func(m attachment) bool { return m.field != nil && filepath.Base(m.path) == name })
	if i < 0 {
		return nil
	}
	return f.media[i].field
}

func (f *postFile) mediaField(_ sentence, groups []string) []string { return f.medium(groups[1]) }

func (f *postFile) altField(_ sentence, groups []string) []string {
	if at := f.medium(groups[1]); at != nil {
		return append(slices.Clone(at), "alt")
	}
	return nil
}

func (f *postFile) thumbField(_ sentence, groups []string) []string {
	if at := f.medium(groups[1]); at != nil {
		return append(slices.Clone(at), "thumb")
	}
	return nil
}

func (f *postFile) allMedia(_ sentence, groups []string) []string {
	if strings.HasPrefix(groups[0], "there is no medium") {
		if i := slices.IndexFunc(f.media, func(m attachment) bool { return !m.id.IsZero() }); i >= 0 {
			return append(slices.Clone(f.media[i].field), "id")
		}
	}
	return []string{"media"}
}

// optionField is an option of one account, or of all.
func (f *postFile) optionField(s sentence, groups []string) []string {
	name := groups[1]
	platform, _, _ := strings.Cut(s.account, "/")
	account, _, _ := strings.Cut(s.rest, " has no option")
	for _, of := range []string{s.account, platform, account} {
		if _, ok := f.Options[of][name]; ok {
			return []string{"options", of, name}
		}
	}
	if slices.Contains(hayon.CommonOptions(), name) {
		return []string{name}
	}
	for of, options := range f.Options {
		if _, ok := options[name]; ok {
			return []string{"options", of, name}
		}
	}
	return nil
}

func (f *postFile) forField(_ sentence, groups []string) []string {
	for _, m := range f.media {
		if m.field != nil && slices.Contains(m.accounts, groups[1]) {
			return append(slices.Clone(m.field), "for")
		}
	}
	return []string{"media"}
}

// accountField is where an account or a group is named.
func (f *postFile) accountField(_ sentence, groups []string) []string {
	name := strings.Join(groups[1:], "") // one of them holds it
	names := func(list []string) int {
		return slices.IndexFunc(list, func(s string) bool {
			platform, _, _ := strings.Cut(strings.TrimSpace(s), "/")
			return strings.TrimSpace(s) == name || platform == name
		})
	}
	if i := names(f.To); i >= 0 {
		return []string{"to", strconv.Itoa(i)}
	}
	if i := names(f.Not); i >= 0 {
		return []string{"not", strconv.Itoa(i)}
	}
	for _, m := range f.media {
		if i := names(m.accounts); i >= 0 && m.field != nil {
			return append(slices.Clone(m.field), "for")
		}
	}
	if name == "--not" && len(f.Not) > 0 {
		return []string{"not"}
	}
	return []string{"to"}
}

// flagsOf are the flags by which a field can be said; a problem with what they say is none of the file.
func flagsOf(field []string) []string {
	if len(field) == 0 {
		return []string{"part"}
	}
	flags := map[string][]string{
		"to": {"to"}, "not": {"not", "to"}, "text": {"text"}, "parts": {"part"}, "media": {"media"}, "lang": {"lang"}, "note": {"note"},
		"labels": {"label"}, "if_late": {"if-late"}, "grace": {"grace"}, "number": {"number"}, "card": {"card"}, "thread": {"thread"},
		"at": {"at", "in", "draft", "undo"}, "continue": {"continue"}, "reply_to": {"reply-to"}, "quote": {"quote"},
		"poll": {"poll-option", "poll-for"}, "options": {"set"},
	}
	if common, ok := commonFlags()[field[0]]; ok {
		return []string{common}
	}
	return flags[field[0]]
}
