package scheduler

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// aliases are the people whom texts name as @{name}.
type aliases map[string]*hayon.Person

// aliasesOf reads the people of a user where one of the texts names any, and refuses names that nobody
// has.
func aliasesOf(ctx context.Context, tx hayon.Tx, owner hayon.UserID, texts []string) (aliases, error) {
	var named []string
	for _, t := range texts {
		named = append(named, text.People(t)...)
	}
	if len(named) == 0 {
		return nil, nil
	}
	people, err := tx.FindPeople(ctx, owner)
	if err != nil {
		return nil, err
	}
	out := make(aliases, len(people))
	names := make([]string, 0, len(people))
	for _, p := range people {
		out[strings.ToLower(p.Name)] = p
		names = append(names, p.Name)
	}
	for _, name := range named {
		if out[strings.ToLower(name)] != nil {
			continue
		}
		e := hayon.Errorf(hayon.CodeUsage, "the text names @{%s}, and you know nobody of that name; nothing was stored", name).
			WithHint("say who it is: hayon people add " + name + " bluesky=NAME.bsky.social mastodon=NAME@example.social")
		if near := nearest(name, names); near != "" {
			e.Hint = "did you mean @{" + near + "}? " + e.Hint
		}
		return nil, e
	}
	return out, nil
}

// aliasesIn is aliasesOf for the texts of a request. Among strangers nobody has to be known: where the user
// knows nobody at all, none are answered.
func aliasesIn(ctx context.Context, tx hayon.Tx, owner hayon.UserID, c hayon.PostCreate) (aliases, error) {
	if c.Strangers && c.DryRun {
		if people, err := tx.FindPeople(ctx, owner); err != nil || len(people) == 0 {
			return nil, err
		}
	}
	return aliasesOf(ctx, tx, owner, slices.Concat([]string{c.Text}, c.Parts, slices.Collect(maps.Values(c.Texts))))
}

// expand puts the handles of an account's platform in the place of the aliases. Who has none there is
// named, and a note tells.
func (p aliases) expand(body string, info hayon.ProviderInfo) (out string, notes []string) {
	out, _ = text.ExpandPeople(body, func(name string) (string, bool) {
		who := p[strings.ToLower(name)]
		if who == nil {
			notes = append(notes, fmt.Sprintf("nobody is known here: @{%s} counts as it is written", name))
			return "", false
		}
		handle := who.Handles[info.Name]
		if handle == "" || info.Mentions == "" {
			title := cmp.Or(who.Title, who.Name)
			if info.Mentions != "" {
				notes = append(notes, fmt.Sprintf("%s has no handle on %s: the text says %q", who.Name, info.Title, title))
			}
			return title, true
		}
		return fmt.Sprintf(info.Mentions, handle), true
	})
	return out, notes
}
