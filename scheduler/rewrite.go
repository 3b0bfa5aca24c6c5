package scheduler

import (
	"context"
	"maps"
	"slices"

	"github.com/hayon/hayon"
)

// knownOptions refuses options that no platform knows which is to be changed.
func knownOptions(list []edit, options map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		var known []hayon.Option
		for _, ed := range list {
			known = append(known, ed.info.Options...)
		}
		if !slices.ContainsFunc(known, func(o hayon.Option) bool { return o.Name == name }) {
			return unknownOption(hayon.Errorf(hayon.CodeUsage, "no account that is to be changed has an option %q", name), name, known)
		}
	}
	return nil
}

// rewriteAll puts what the edit says into a copy of each target and checks it. Targets that say it
// already are left out.
func rewriteAll(ctx context.Context, tx hayon.Tx, list []edit, e hayon.PostEdit) ([]edit, error) {
	var out []edit
	var problems []problem
	for _, ed := range list {
		people, err := aliasesOf(ctx, tx, ed.target.Owner, textsOf(e))
		if err != nil {
			return nil, err
		}
		found, err := ed.rewrite(e, people)
		if err != nil {
			return nil, err
		}
		problems = append(problems, found...)
		if len(found) > 0 || same(ed.before, beforeOf(ed.target, e.Part)) {
			continue
		}
		if ed.earlier, err = preparedOf(ctx, tx, &ed.target.Parts[e.Part]); err != nil {
			return nil, err
		}
		out = append(out, ed)
	}
	if len(problems) > 0 {
		return nil, refusal(problems, nothingChanged)
	}
	return out, nil
}

// textsOf are the texts that an edit gives.
func textsOf(e hayon.PostEdit) []string {
	if e.Text == nil {
		return nil
	}
	return []string{*e.Text}
}

// rewrite puts what the edit says into a copy of the target, and answers what the platform would refuse.
func (ed *edit) rewrite(e hayon.PostEdit, people aliases) ([]problem, error) {
	t, name := copyOf(ed.target), ed.account.Name
	if e.Part >= len(t.Parts) {
		return nil, hayon.Errorf(hayon.CodeUsage, "%s has no part %d on %s, but %d", t.Post, e.Part+1, name, len(t.Parts)).
			WithHint("parts are counted from 1; see them: hayon show " + t.Post.String())
	}
	part := &t.Parts[e.Part]
	if len(e.Alts) > len(part.Media) {
		return nil, hayon.Errorf(hayon.CodeUsage, "%d descriptions were given, and %s has %d media on %s", len(e.Alts), t.Post, len(part.Media), name).
			WithHint("give one for each, in their order")
	}
	ed.before = beforeOf(ed.target, e.Part)
	ed.target = t
	if e.Text != nil {
		var notes []string
		part.Text, notes = people.expand(*e.Text, ed.info)
		t.Notes = withNotes(slices.Clip(t.Notes), notes)
	}
	if len(e.Focuses) > len(part.Media) {
		return nil, hayon.Errorf(hayon.CodeUsage, "%d focuses were given, and %s has %d media on %s", len(e.Focuses), t.Post, len(part.Media), name).
			WithHint("give one for each, in their order")
	}
	for i, alt := range e.Alts {
		part.Media[i].Alt = alt
	}
	for i, focus := range e.Focuses {
		if focus != nil {
			part.Media[i].Focus = focus
		}
	}
	t.Options = merged(t.Options, ofInfo(ed.info, e.Options))
	options, _, problems := optionsOf(name, ed.info, t)
	problems = append(problems, problemsOfPart(partName(name, t.Parts, e.Part), ed.info, part, e.Part, options)...)
	if len(problems) == 0 {
		t.Options = options
	}
	return problems, nil
}

// same reports whether an edit changed nothing.
func same(a, b hayon.PartChange) bool {
	return a.Text == b.Text && slices.Equal(a.Alts, b.Alts) && maps.Equal(a.Options, b.Options) && slices.Equal(a.Focuses, b.Focuses)
}

// ofInfo are those of the options that a platform has.
func ofInfo(info hayon.ProviderInfo, options map[string]string) map[string]string {
	out := maps.Clone(options)
	maps.DeleteFunc(out, func(name, _ string) bool {
		_, ok := info.Option(name)
		return !ok
	})
	return out
}

// copyOf is t with parts and media of its own.
func copyOf(t *hayon.Target) *hayon.Target {
	c := *t
	c.Parts = slices.Clone(t.Parts)
	for i := range c.Parts {
		c.Parts[i].Media = slices.Clone(t.Parts[i].Media)
	}
	return &c
}

// beforeOf is what the journal keeps of part i.
func beforeOf(t *hayon.Target, i int) hayon.PartChange {
	p := &t.Parts[i]
	out := hayon.PartChange{Text: p.Text, Options: t.Options, Remote: p.Remote}
	for _, m := range p.Media {
		out.Alts = append(out.Alts, m.Alt)
		focus := hayon.Focus{}
		if m.Focus != nil {
			focus = *m.Focus
		}
		out.Focuses = append(out.Focuses, focus)
	}
	return out
}
