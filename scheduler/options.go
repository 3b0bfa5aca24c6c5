package scheduler

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// wishesByAccount are the options that the request has for each account: those for all, and over them
// those for its platform, where it is the default there, and for itself. An empty value takes one away.
// A name of an account that the post does not go to, and what is named for one account that it cannot
// have, are mistakes.
func wishesByAccount(options map[string]map[string]string, accounts []*hayon.Account, infos map[hayon.AccountID]hayon.ProviderInfo) (map[hayon.AccountID]map[string]string, error) {
	if err := checkCommon(options[""], accounts, infos); err != nil {
		return nil, err
	}
	out := make(map[hayon.AccountID]map[string]string, len(accounts))
	for _, a := range accounts {
		out[a.ID] = merged(options[""])
	}
	// The name of a platform comes before those of its accounts, so that the more exact one counts.
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if name == "" {
			continue
		}
		own := slices.DeleteFunc(slices.Clone(accounts), func(a *hayon.Account) bool {
			return !isCalled(a, name)
		})
		if len(own) == 0 {
			return nil, hayon.Errorf(hayon.CodeUsage, "an option is set for %q, which this post does not go to", name).
				WithHint("add it: --to " + name)
		}
		for _, a := range own {
			if err := checkOwn(a, infos[a.ID], options[name]); err != nil {
				return nil, err
			}
			out[a.ID] = merged(out[a.ID], options[name])
		}
	}
	return out, nil
}

// merged is the later options over the earlier ones, spelled like texts and without the empty ones; nil
// where none is left.
func merged(list ...map[string]string) map[string]string {
	out := make(map[string]string)
	for _, options := range list {
		for name, value := range options {
			out[name] = text.Normalize(value)
		}
	}
	maps.DeleteFunc(out, func(_, value string) bool { return value == "" })
	if len(out) == 0 {
		return nil
	}
	return out
}

// checkCommon refuses an option for all that none of them has, unless it is one that means the same
// everywhere.
func checkCommon(common map[string]string, accounts []*hayon.Account, infos map[hayon.AccountID]hayon.ProviderInfo) error {
	for _, name := range slices.Sorted(maps.Keys(common)) {
		if slices.Contains(hayon.CommonOptions(), name) {
			continue
		}
		var known []hayon.Option
		for _, a := range accounts {
			known = append(known, infos[a.ID].Options...)
		}
		if !slices.ContainsFunc(known, func(o hayon.Option) bool { return o.Name == name }) {
			return unknownOption(hayon.Errorf(hayon.CodeUsage, "no account of this post has an option %q", name), name, known)
		}
	}
	return nil
}

// checkOwn refuses what is named for one account and cannot be there.
func checkOwn(a *hayon.Account, info hayon.ProviderInfo, options map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		o, ok := info.Option(name)
		if !ok {
			return unknownOption(hayon.Errorf(hayon.CodeUsage, "%s has no option %q", a.Name, name), name, info.Options)
		}
		if options[name] == "" {
			continue
		}
		if err := o.Check(options[name]); err != nil {
			e := *hayon.AsError(err)
			e.Message = a.Name + ": " + e.Message
			return &e
		}
	}
	return nil
}

// unknownOption tells which options there are, and which one was probably meant.
func unknownOption(e *hayon.Error, name string, known []hayon.Option) error {
	names := make([]string, len(known))
	for i, o := range known {
		names[i] = o.Name
	}
	slices.Sort(names)
	names = slices.Compact(names)
	e = e.WithDetail("options", names)
	if len(names) == 0 {
		return e.WithHint("there are none there; see what each platform takes: hayon platform list")
	}
	hint := "there are: " + strings.Join(names, ", ")
	if near := nearest(name, names); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return e.WithHint(hint)
}

// optionsOf are those of a target's options that its platform knows, as it spells them, with notes on
// those that are left out, and what it would refuse.
func optionsOf(account string, info hayon.ProviderInfo, t *hayon.Target) (known map[string]string, notes []string, problems []problem) {
	for _, name := range slices.Sorted(maps.Keys(t.Options)) {
		value := t.Options[name]
		o, ok := info.Option(name)
		if !ok {
			note, what := leftOut(account, info, name, value, hasMedia(t.Parts))
			if what.text != "" {
				problems = append(problems, what)
			} else if note != "" {
				notes = append(notes, note)
			}
			continue
		}
		if err := o.Check(value); err != nil {
			e := hayon.AsError(err)
			problems = append(problems, problem{account + ": " + e.Message, e.Hint})
			continue
		}
		if known == nil {
			known = make(map[string]string)
		}
		known[name] = spelled(o, value)
	}
	return known, notes, problems
}

// spelled is a value that was checked, in the one way in which providers read it.
func spelled(o hayon.Option, value string) string {
	if o.Kind != hayon.OptionBool {
		return value
	}
	b, err := strconv.ParseBool(value)
	return strconv.FormatBool(err == nil && b)
}

// leftOut says what follows where a platform does not know an option: a note, a problem where the post
// would be seen by more people than it was meant for, or nothing.
func leftOut(account string, info hayon.ProviderInfo, name, value string, media bool) (note string, what problem) {
	switch name {
	case hayon.OptionVisibility:
		switch value {
		case hayon.VisibilityPublic:
			return "", what
		case hayon.VisibilityUnlisted:
			return info.Name + " has no unlisted posts: this one is public", what
		}
		return "", problem{
			fmt.Sprintf("%s: %s is %q, and on %s the post would be public", account, name, value, info.Title),
			"leave it out: --not " + account + "   or let it be public: --visibility " + hayon.VisibilityPublic,
		}
	case hayon.OptionWarning:
		return info.Name + " has no content warnings: the text goes out without one", what
	case hayon.OptionSensitive:
		if on, err := strconv.ParseBool(value); media && (on || err != nil) {
			return info.Name + " cannot hide media: they are shown at once", what
		}
		return "", what
	case hayon.OptionReplies:
		if value == hayon.RepliesEveryone {
			return "", what
		}
		return info.Name + " cannot say who may answer: everyone may", what
	case hayon.OptionNoQuotes:
		if on, err := strconv.ParseBool(value); !on && err == nil {
			return "", what
		}
		return info.Name + " cannot forbid quotes", what
	case hayon.OptionTitle:
		return info.Name + " has no titles: the post goes out without one", what
	case hayon.OptionTags:
		return info.Name + " has no tags beside those in the text: they are left out", what
	}
	return info.Name + " has no option " + name + ": it is left out", what
}

func hasMedia(parts []hayon.Part) bool {
	return slices.ContainsFunc(parts, func(p hayon.Part) bool { return len(p.Media) > 0 })
}

// nearest is the name that was probably meant: one that begins so or goes on so, or the one that is at
// most a third of its letters away; "" where none is near.
func nearest(typed string, names []string) string {
	best, least := "", len(typed)+1
	for _, name := range names {
		d := distance(typed, name)
		if len(typed) >= 2 && (strings.HasPrefix(name, typed) || strings.HasPrefix(typed, name)) {
			d = 0
		}
		if d <= max(1, len(name)/3) && d < least {
			best, least = name, d
		}
	}
	return best
}

// distance is how many letters must be put in, left out or changed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
