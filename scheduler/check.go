package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// problem is what a platform would refuse, as a sentence that begins with the account, and how to
// mend it, where ACCOUNT stands for that account.
type problem struct{ text, hint string }

// mend is how to mend it, as it can be typed.
func (p problem) mend() string {
	account, _, _ := strings.Cut(p.text, ":")
	return strings.ReplaceAll(p.hint, "ACCOUNT", account)
}

const (
	hintText      = "shorten it, or give the account its own text: --text ACCOUNT=TEXT"
	hintSplit     = "split it: --thread auto   or give the account its own text: --text ACCOUNT=TEXT"
	hintPart      = "shorten that part, or make two of it: --part TEXT"
	hintEmpty     = "write something, or attach an image"
	hintEmptyPart = "write something in that part, or leave it out"
	hintMedia     = "attach another image, or leave the account out: --not ACCOUNT"
	hintNoMedia   = "attach something, or leave the account out: --not ACCOUNT"
	hintAlone     = "attach it alone, or leave the account out: --not ACCOUNT"
	hintLangs     = "name fewer languages: --lang en"
)

const (
	nothingStored  = "nothing was stored or sent"
	nothingChanged = "nothing was changed"
)

// check is what the platform of a target would refuse about it, and what could not be made of it.
func check(a *hayon.Account, p hayon.Provider, t *hayon.Target) []problem {
	var out []problem
	for _, what := range t.Unmade {
		out = append(out, problem{what, "make the post anew"})
	}
	return append(out, checkMade(a, p, t)...)
}

// checkMade is what the platform of a target would refuse about what was made. Where that is nothing, the
// target keeps of its options those that the platform knows, and more notes say which are left out; else it
// keeps all, so that it can be checked again.
func checkMade(a *hayon.Account, p hayon.Provider, t *hayon.Target) []problem {
	info := p.Info().For(a)
	options, notes, problems := optionsOf(a.Name, info, t)
	if what := t.Parts[0].Repost; what != nil {
		problems = append(problems, repostProblems(a, p, *what)...)
	} else {
		problems = append(problems, problemsOf(a.Name, info, t.Parts, options)...)
	}
	if len(problems) == 0 {
		t.Options, t.Notes = options, withNotes(t.Notes, notes)
	}
	return problems
}

// withNotes adds notes that are not there yet.
func withNotes(have, more []string) []string {
	for _, n := range more {
		if !slices.Contains(have, n) {
			have = append(have, n)
		}
	}
	return have
}

// invalid is all problems of a target as the reason why it is not out.
func invalid(problems []problem) *hayon.TargetError {
	return &hayon.TargetError{Code: hayon.CodeInvalid, Message: strings.Join(sentences(problems), "; "), Hint: problems[0].mend()}
}

// refusal is all problems in one error, with the hint of the first, and what follows from them.
func refusal(problems []problem, follows string) error {
	texts := sentences(problems)
	return hayon.Errorf(hayon.CodeInvalid, "%s; %s", strings.Join(texts, "; "), follows).
		WithHint(problems[0].mend()).WithDetail("problems", texts)
}

func sentences(problems []problem) []string {
	if len(problems) == 0 {
		return nil
	}
	texts := make([]string, len(problems))
	for i, p := range problems {
		texts[i] = p.text
	}
	return texts
}

// problemsOf is what a platform would refuse about the parts of a target with these options. In a
// thread a problem names its part, counted from 1.
func problemsOf(account string, info hayon.ProviderInfo, parts []hayon.Part, options map[string]string) []problem {
	if len(parts) > 1 && !info.Threads {
		return []problem{{
			fmt.Sprintf("%s: %s takes no threads, and this one has %d parts", account, info.Title, len(parts)),
			"leave it out: --not " + account,
		}}
	}
	if len(parts) > maxParts {
		return []problem{{
			fmt.Sprintf("%s: the thread has %d parts, and %d are allowed", account, len(parts), maxParts), "make several posts of it",
		}}
	}
	var out []problem
	for i := range parts {
		out = append(out, problemsOfPart(partName(account, parts, i), info, &parts[i], i, options)...)
	}
	return out
}

// partName is what a person calls part i of a target.
func partName(account string, parts []hayon.Part, i int) string {
	if len(parts) == 1 {
		return account
	}
	return fmt.Sprintf("%s: part %d", account, i+1)
}

// problemsOfPart is what a platform would refuse about one part, which where names.
func problemsOfPart(where string, info hayon.ProviderInfo, p *hayon.Part, i int, options map[string]string) []problem {
	var out []problem
	add := func(hint, format string, args ...any) {
		out = append(out, problem{where + ": " + fmt.Sprintf(format, args...), hint})
	}
	shorten, write := hintText, hintEmpty
	switch {
	case i > 0:
		shorten, write = hintPart, hintEmptyPart
	case info.Threads:
		shorten = hintSplit
	}
	switch {
	case len(p.Media) == 0 && info.NeedsMedia:
		add(hintNoMedia, "%s takes nothing without an image or a video", info.Title)
	case p.Text == "" && (len(p.Media) == 0 && p.Quote == nil && p.Card == nil || !info.EmptyText):
		add(write, "the text is empty")
	}
	if p.Poll != nil {
		for _, what := range pollProblems(info, p.Poll) {
			add(what.hint, "%s", what.text)
		}
	}
	for _, l := range info.Limits {
		switch l.Of {
		case hayon.LimitText:
			if n := textLength(l, p.Text, options); n > l.Max {
				add(shorten, "the text has %d of %d %s", n, l.Max, unitName(l.Unit))
			}
		case hayon.LimitImages:
			if int64(len(p.Media)) > l.Max {
				add(hintMedia, "%d images, at most %d are allowed", len(p.Media), l.Max)
			}
		case hayon.LimitLangs: // of all parts the same
			if i == 0 && int64(len(p.Langs)) > l.Max {
				add(hintLangs, "%d languages, at most %d are allowed", len(p.Langs), l.Max)
			}
		}
	}
	for _, m := range p.Media {
		if len(p.Media) > 1 && goesAlone(info, m) {
			add(hintAlone, "%s must be alone: %s takes nothing beside it", mediumName(m), info.Title)
		}
		for _, what := range mediaProblems(info, m) {
			add(hintMedia, "%s", what)
		}
	}
	return out
}

// textLength is how much of a limit a text takes up, with the values of the options that count too.
func textLength(l hayon.Limit, body string, options map[string]string) int64 {
	with := make([]string, len(l.With))
	for i, name := range l.With {
		with[i] = options[name]
	}
	return int64(text.Length(ruleOf(l), body, with...))
}

func goesAlone(info hayon.ProviderInfo, m hayon.Attachment) bool {
	return slices.ContainsFunc(info.Alone, func(kind string) bool { return strings.HasPrefix(m.Type, kind) })
}

func mediumName(m hayon.Attachment) string {
	if m.Name == "" {
		return m.Media.String()
	}
	return m.Name
}

// mediaProblems is what a platform would refuse about one medium.
func mediaProblems(info hayon.ProviderInfo, m hayon.Attachment) []string {
	if m.Unfit { // which was told of where it was to be fitted
		return nil
	}
	var out []string
	name := mediumName(m)
	if !slices.Contains(info.MediaTypes, m.Type) {
		out = append(out, fmt.Sprintf("%s is %s, which %s does not take", name, m.Type, info.Title))
	}
	kind, _, _ := strings.Cut(m.Type, "/")
	for _, l := range info.Limits {
		switch {
		case l.Of == hayon.LimitAlt:
			if n := text.Count(text.Unit(l.Unit), m.Alt); int64(n) > l.Max {
				out = append(out, fmt.Sprintf("the alt text of %s has %d of %d %s", name, n, l.Max, unitName(l.Unit)))
			}
		case l.Of != kind: // LimitImage and LimitVideo are named like the types
		case l.Unit == hayon.UnitBytes && m.Bytes > l.Max:
			out = append(out, fmt.Sprintf("%s has %d of %d bytes", name, m.Bytes, l.Max))
		case l.Unit == hayon.UnitPixels && int64(m.Width)*int64(m.Height) > l.Max:
			out = append(out, fmt.Sprintf("%s has %d × %d pixels, and %d are allowed in all", name, m.Width, m.Height, l.Max))
		case l.Unit == hayon.UnitSide && int64(max(m.Width, m.Height)) > l.Max:
			out = append(out, fmt.Sprintf("%s has %d × %d pixels, and a side may have %d", name, m.Width, m.Height, l.Max))
		case l.Unit == hayon.UnitSeconds && m.Duration > time.Duration(l.Max)*time.Second:
			out = append(out, fmt.Sprintf("%s takes %s, and %s are allowed", name, m.Duration.Round(time.Second), time.Duration(l.Max)*time.Second))
		case l.Unit == hayon.UnitAspect && m.Height > 0 && outside(m, l):
			out = append(out, fmt.Sprintf("%s has %d × %d pixels, and width by height must be %.2f to %.2f", name, m.Width, m.Height, float64(l.Min)/1000, float64(l.Max)/1000))
		}
	}
	return out
}

// outside reports whether a picture is too wide or too high in its proportions.
func outside(m hayon.Attachment, l hayon.Limit) bool {
	ratio := int64(m.Width) * 1000 / int64(m.Height)
	return ratio > l.Max || ratio < l.Min
}

func unitName(u hayon.Unit) string {
	if u == hayon.UnitGraphemes || u == hayon.UnitMastodon || u == hayon.UnitWeighted {
		return "characters"
	}
	return strings.ReplaceAll(string(u), "_", " ")
}
