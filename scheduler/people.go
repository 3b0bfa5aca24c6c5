package scheduler

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hayon/hayon"
)

// handleForm is what a platform's handles look like, as far as a mistake in typing shows.
type handleForm struct {
	ok func(handle string) bool
	// example is one.
	example string
}

// handleForms are by platform. Others take every word.
func handleForms() map[string]handleForm {
	return map[string]handleForm{
		// A handle is a domain name: labels of ASCII letters, digits and hyphens, at least two, 253 bytes in
		// all, the last one not beginning with a digit. Source: https://atproto.com/specs/handle, read 2026-11-21.
		"bluesky": {ok: isHostName, example: "ada.bsky.social"},
		// Of somebody on another server, @user is nobody. Source: https://docs.joinmastodon.org/user/posting/,
		// read 2026-11-21.
		"mastodon": {ok: isUserAtHost, example: "ada@mastodon.social"},
	}
}

const (
	maxHostName = 253
	maxLabel    = 63
)

func isHostName(s string) bool {
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if l == "" || len(l) > maxLabel || l[0] == '-' || l[len(l)-1] == '-' || strings.ContainsFunc(l, func(r rune) bool { return r != '-' && !isAlphanumeric(r) }) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && len(s) <= maxHostName && (last[0] < '0' || last[0] > '9')
}

// isUserAtHost takes every host with a dot: those of other scripts are servers, too.
func isUserAtHost(s string) bool {
	user, host, ok := strings.Cut(s, "@")
	word := func(r rune) bool { return r != '_' && r != '.' && r != '-' && !isAlphanumeric(r) }
	return ok && user != "" && !strings.ContainsFunc(user, word) && strings.Contains(strings.Trim(host, "."), ".") && !strings.ContainsAny(host, "@/:")
}

func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// CheckPerson is p as PutPerson takes it, see [hayon.Person.Clean]. Platforms that are not among the known
// ones, and handles that those of their platforms do not look like, are usage errors.
func CheckPerson(p hayon.Person, known Providers) (hayon.Person, error) {
	p, err := p.Clean()
	if err != nil {
		return p, err
	}
	for _, platform := range slices.Sorted(maps.Keys(p.Handles)) {
		if err := checkHandle(p.Name, platform, p.Handles[platform], known); err != nil {
			return p, err
		}
	}
	return p, nil
}

func checkHandle(name, platform, handle string, known Providers) error {
	provider, err := known.Find(platform)
	if err != nil {
		return err
	}
	form, special := handleForms()[platform]
	if handle == "" || !special || form.ok(handle) {
		return nil
	}
	return hayon.Errorf(hayon.CodeUsage, "%q is no handle on %s; nothing was stored", handle, provider.Info().Title).
		WithHint("give all of it, as in: hayon people add " + name + " " + platform + "=" + form.example)
}

// PutPerson stores a person. Who is there already keeps what p does not name.
func (s *Scheduler) PutPerson(ctx context.Context, p hayon.Person) (*hayon.Person, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if p, err = CheckPerson(p, s.deps.Providers); err != nil {
		return nil, err
	}
	var stored *hayon.Person
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		people, err := tx.FindPeople(ctx, actor.User)
		if err != nil {
			return err
		}
		if stored, err = mergedPerson(personNamed(people, p.Name), p); err != nil {
			return err
		}
		stored.Owner, stored.UpdatedAt = actor.User, s.now().UTC()
		return tx.PutPerson(ctx, stored)
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

// mergedPerson is who was there, which may be nobody, with what p says.
func mergedPerson(was *hayon.Person, p hayon.Person) (*hayon.Person, error) {
	if was == nil {
		was = &hayon.Person{Name: p.Name}
		if p.Title == "" && !slices.ContainsFunc(slices.Collect(maps.Values(p.Handles)), func(h string) bool { return h != "" }) {
			return nil, hayon.Errorf(hayon.CodeUsage, "nobody said who %s is; nothing was stored", p.Name).
				WithHint("give a handle, as in: hayon people add " + p.Name + " bluesky=ada.bsky.social")
		}
	}
	if p.Title != "" {
		was.Title = p.Title
	}
	handles := make(map[string]string, len(was.Handles)+len(p.Handles))
	maps.Copy(handles, was.Handles)
	maps.Copy(handles, p.Handles)
	maps.DeleteFunc(handles, func(_, handle string) bool { return handle == "" })
	was.Handles = handles
	return was, nil
}

// personNamed is who has the name, in whatever case; nil for nobody.
func personNamed(people []*hayon.Person, name string) *hayon.Person {
	i := slices.IndexFunc(people, func(p *hayon.Person) bool { return strings.EqualFold(p.Name, name) })
	if i < 0 {
		return nil
	}
	return people[i]
}

// FindPeople answers the actor's people.
func (s *Scheduler) FindPeople(ctx context.Context) ([]*hayon.Person, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	var list []*hayon.Person
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		list, err = tx.FindPeople(ctx, actor.User)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// DeletePerson forgets a person. Texts that were stored keep the handles that they got.
func (s *Scheduler) DeletePerson(ctx context.Context, name string) error {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return err
	}
	p, err := hayon.Person{Name: name}.Clean()
	if err != nil {
		return err
	}
	return s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		people, err := tx.FindPeople(ctx, actor.User)
		if err != nil {
			return err
		}
		who := personNamed(people, p.Name)
		if who == nil {
			return nobody(people, p.Name)
		}
		return tx.DeletePerson(ctx, actor.User, who.Name)
	})
}

// nobody is the error for a name that nobody has.
func nobody(people []*hayon.Person, name string) error {
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = p.Name
	}
	hint := "see who there is: hayon people list"
	if near := nearest(name, names); near != "" {
		hint = "did you mean " + near + "?   or " + hint
	}
	return hayon.Errorf(hayon.CodeNotFound, "you know nobody called %s", name).WithHint(hint)
}
