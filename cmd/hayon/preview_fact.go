package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// fact is a line about a part or a target: a word, and what there is to say.
type fact struct {
	key, value string
	colour     string
}

// targetFactList is what is to be said of the whole target of an account.
func targetFactList(account string, t *hayon.Target, tp hayon.TargetPreview) []fact {
	var out []fact
	if len(t.Options) > 0 {
		out = append(out, fact{key: "options", value: settings(t.Options)})
	}
	if len(t.Parts) > 0 && len(t.Parts[0].Langs) > 0 {
		out = append(out, fact{key: "language", value: strings.Join(t.Parts[0].Langs, ", ")})
	}
	for _, note := range t.Notes {
		out = append(out, fact{"note", note, colourWarn})
	}
	for _, problem := range tp.Problems {
		out = append(out, fact{"refused", strings.TrimPrefix(problem, account+": "), colourBad})
	}
	if len(tp.Problems) > 0 && t.Error != nil && t.Error.Hint != "" {
		out = append(out, fact{key: "hint", value: t.Error.Hint})
	}
	return out
}

// partFactList is what is to be said of a part beside its text.
func partFactList(p *hayon.Part, pp hayon.PartPreview) []fact {
	out := slices.Concat(facetFacts(pp.Facets), referenceFacts(p), cardFacts(p.Card), pollFacts(p.Poll))
	for i := range p.Media {
		out = append(out, mediumFact(&p.Media[i]))
	}
	if pp.Embed != "" {
		out = append(out, fact{key: "embed", value: pp.Embed})
	}
	for _, what := range pp.Unresolved {
		if !ofMention(pp.Facets, what) {
			out = append(out, fact{"not asked", what, colourWarn})
		}
	}
	for _, note := range pp.Notes {
		if !ofMention(pp.Facets, note) {
			out = append(out, fact{"note", note, colourWarn})
		}
	}
	return out
}

// ofMention reports whether a sentence says what the line of a mention says already.
func ofMention(facets []hayon.TextFacet, sentence string) bool {
	return slices.ContainsFunc(facets, func(f hayon.TextFacet) bool {
		return f.Kind == "mention" && (f.Unresolved || f.Plain) && slices.Contains(strings.Fields(sentence), f.Text)
	})
}

// facetFacts are the links and mentions of a text, each once, and its tags in a line.
func facetFacts(facets []hayon.TextFacet) []fact {
	var out []fact
	var tags []string
	add := func(f fact) {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	for _, f := range facets {
		switch f.Kind {
		case "link":
			add(fact{key: "link", value: f.Value})
		case "mention":
			add(mentionFact(f))
		default:
			if tag := strings.TrimSpace(f.Text); !slices.Contains(tags, tag) {
				tags = append(tags, tag)
			}
		}
	}
	if len(tags) > 0 {
		add(fact{key: "tags", value: strings.Join(tags, ", ")})
	}
	return out
}

// mentionFact says whom a mention leads to.
func mentionFact(f hayon.TextFacet) fact {
	switch {
	case f.ID != "":
		return fact{key: "mention", value: f.Text + " → " + f.ID}
	case f.Unresolved:
		return fact{"mention", f.Text + " (not asked)", colourWarn}
	case f.Plain:
		return fact{"mention", f.Text + " → nobody: goes out as plain text", colourWarn}
	}
	return fact{key: "mention", value: f.Text}
}

// referenceFacts say what a part answers and quotes.
func referenceFacts(p *hayon.Part) []fact {
	var out []fact
	if p.ReplyTo != nil {
		out = append(out, fact{key: "reply to", value: cmp.Or(p.ReplyTo.URL, p.ReplyTo.ID)})
	}
	if p.Quote != nil {
		out = append(out, fact{key: "quote", value: cmp.Or(p.Quote.URL, p.Quote.ID)})
	}
	return out
}

// cardFacts say what a link card shows.
func cardFacts(c *hayon.Card) []fact {
	if c == nil {
		return nil
	}
	words := cmp.Or(firstLine(c.Title), c.URL)
	if about := firstLine(c.Description); about != "" {
		words += " — " + clip(about, 160)
	}
	if c.Thumb != nil {
		words += " (thumb " + byteCount(c.Thumb.Bytes) + ")"
	}
	if c.Title != "" {
		words += " " + c.URL
	}
	return []fact{{key: "card", value: words}}
}

// pollFacts say what a poll asks.
func pollFacts(p *hayon.Poll) []fact {
	if p == nil {
		return nil
	}
	words := strings.Join(p.Options, " | ") + ", open for " + when.Humanize(time.Duration(p.Seconds)*time.Second)
	if p.Multiple {
		words += ", several may be chosen"
	}
	if p.HideTotals {
		words += ", figures hidden to the end"
	}
	return []fact{{key: "poll", value: words}}
}

// mediumFact is a medium as it goes out, with its description.
func mediumFact(m *hayon.Attachment) fact {
	alt := "no alt text"
	if m.Alt != "" {
		alt = "alt: " + firstLine(m.Alt)
	}
	return fact{key: mediumKind(m.Type), value: mediumWords(m) + ", " + alt}
}

// mediumKind is image, video or audio.
func mediumKind(mime string) string {
	kind, _, _ := strings.Cut(mime, "/")
	return cmp.Or(kind, "file")
}

// mediumWords are the name of a medium and what it is, or what became of it.
func mediumWords(m *hayon.Attachment) string {
	was := hayon.BlobRef{Type: m.Type, Bytes: m.Bytes, Width: m.Width, Height: m.Height}
	if m.Original != nil {
		was = *m.Original
	}
	words := []string{cmp.Or(inert(m.Name), m.Media.String()), changed(was.Type, m.Type)}
	words = append(words, changed(pixels(was.Width, was.Height), pixels(m.Width, m.Height)))
	words = append(words, changed(knownSize(was.Bytes), knownSize(m.Bytes)))
	if m.Duration > 0 {
		words = append(words, seconds(m.Duration))
	}
	if m.Animated {
		words = append(words, "animated")
	}
	words = append(words, mediumSteps(m)...)
	if m.Focus != nil {
		words = append(words, fmt.Sprintf("focus %g,%g", m.Focus.X, m.Focus.Y))
	}
	if m.Thumb != nil {
		words = append(words, "thumb "+byteCount(m.Thumb.Bytes))
	}
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), ", ")
}

// mediumSteps are what was done to a medium, without what its other words tell of types and sizes.
func mediumSteps(m *hayon.Attachment) []string {
	return slices.DeleteFunc(slices.Clone(m.Steps), func(step string) bool {
		return measure().MatchString(step) || m.Original != nil && m.Original.Type != m.Type && strings.HasPrefix(step, "converted from ")
	})
}

// measure finds a step that says nothing but how large something was and is.
var measure = sync.OnceValue(func() *regexp.Regexp {
	const one = `[0-9][0-9.,]* ?(bytes?|[kKMG]i?B|× ?[0-9][0-9,]*)`
	return regexp.MustCompile(`^(scaled )?` + one + ` → ` + one + `$`)
})

// changed is what something was and is; what is not known is left out.
func changed(was, is string) string {
	if was == "" || is == "" || was == is {
		return cmp.Or(is, was)
	}
	return was + " → " + is
}

func pixels(w, h int) string {
	if w == 0 || h == 0 {
		return ""
	}
	return fmt.Sprintf("%d × %d", w, h)
}

func knownSize(n int64) string {
	if n == 0 {
		return ""
	}
	return byteCount(n)
}

// seconds is how long something plays.
func seconds(d time.Duration) string {
	if d < time.Minute {
		return strconv.FormatFloat(d.Round(100*time.Millisecond).Seconds(), 'g', -1, 64) + " s"
	}
	return when.Humanize(d.Round(time.Second))
}
