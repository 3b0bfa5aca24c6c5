package storetest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

// findAny compares what random filters find with a look at every post, again after random changes.
func findAny(w *world) {
	seed := uint64(time.Now().UnixNano())
	w.Logf("seed %d", seed)
	m := &findModel{world: w, r: rand.New(rand.NewPCG(seed, 0)), users: []hayon.UserID{w.user, {11: 9}}}
	for i := range 4 {
		m.accounts = append(m.accounts, w.account(fmt.Sprint("demo/", i)))
	}
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		for range 60 {
			if err := tx.CreatePost(ctx, m.newPost()); err != nil {
				return err
			}
		}
		return nil
	})
	for range 4 {
		w.view(m.compare)
		w.update(m.change)
	}
	w.view(m.compare)
}

// findModel is what must be in a store.
type findModel struct {
	*world
	r        *rand.Rand
	users    []hayon.UserID
	accounts []hayon.AccountID
	posts    []*hayon.Post // in the order of their ids
}

// some are at most n of these, perhaps none.
func some[T any](r *rand.Rand, n int, of ...T) []T {
	var out []T
	for range r.IntN(n + 1) {
		out = append(out, one(r, of))
	}
	return out
}

func one[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

func (m *findModel) words(n int) []string {
	return some(m.r, n, "walrus", "Carpenter", "sea", "ships and", "shoes", "WAX", "Ångström")
}

func (m *findModel) labels(n int) []string { return some(m.r, n, "sea", "Sea", "news", "wax") }

func (m *findModel) instant() time.Time {
	return start.Add(time.Duration(m.r.IntN(12)-6)*time.Hour + time.Duration(m.r.IntN(3)))
}

func sources() []hayon.Source { return []hayon.Source{"", hayon.SourceCLI, hayon.SourceAPI} }

func (m *findModel) newPost() *hayon.Post {
	var first []hayon.State
	for _, s := range hayon.States() {
		if hayon.State("").CanBecome(s) {
			first = append(first, s)
		}
	}
	m.user = one(m.r, m.users)
	p := m.world.newPost(some(m.r, 3, m.accounts...), func(t *hayon.Target) { t.State = one(m.r, first) })
	p.CreatedAt = p.CreatedAt.Add(time.Duration(m.r.IntN(int(time.Millisecond))))
	m.fill(p)
	m.posts = append(m.posts, p)
	return p
}

// fill gives the row of a post something else.
func (m *findModel) fill(p *hayon.Post) {
	p.Text, p.Note, p.Labels = strings.Join(m.words(6), "  "), strings.Join(m.words(1), ""), m.labels(3)
	p.Source, p.Schedule, p.Request, p.DeletedAt = one(m.r, sources()), hayon.Schedule{}, nil, time.Time{}
	switch m.r.IntN(4) {
	case 0:
		p.Request = &hayon.PostCreate{Draft: true, Parts: m.words(2)}
	case 1: // when it was created
	default:
		p.Schedule.At = m.instant()
	}
	if m.r.IntN(5) == 0 && !slices.ContainsFunc(p.Targets, func(t *hayon.Target) bool { return !t.State.Terminal() }) {
		p.DeletedAt = start
	}
}

// change does something to some posts.
func (m *findModel) change(ctx context.Context, tx hayon.Tx) error {
	for range 25 {
		p := one(m.r, m.posts)
		var err error
		switch m.r.IntN(3) {
		case 0:
			m.fill(p)
			err = tx.UpdatePost(ctx, p)
		case 1:
			if p.DeletedAt.IsZero() {
				t := m.world.newPost([]hayon.AccountID{one(m.r, m.accounts)}).Targets[0]
				t.Post, t.Owner = p.ID, p.Owner
				p.Targets = append(p.Targets, t)
				err = tx.AddTarget(ctx, t)
			}
		default:
			if p.DeletedAt.IsZero() && len(p.Targets) > 0 {
				err = m.step(ctx, tx, one(m.r, p.Targets))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// step takes a target to a state that it may get to.
func (m *findModel) step(ctx context.Context, tx hayon.Tx, t *hayon.Target) error {
	to := one(m.r, hayon.States())
	if !t.State.CanBecome(to) {
		return nil
	}
	t.Enter(to, start)
	return tx.UpdateTarget(ctx, t)
}

func (m *findModel) filter() hayon.PostFilter {
	f := hayon.PostFilter{Deleted: m.r.IntN(3) == 0, Order: one(m.r, append(hayon.PostOrders(), "")), Limit: m.r.IntN(3) * m.r.IntN(20)}
	maybe := func(set func()) {
		if m.r.IntN(4) == 0 {
			set()
		}
	}
	maybe(func() { f.Owner = one(m.r, m.users) })
	maybe(func() { f.States = some(m.r, 3, hayon.PostStates()...) })
	maybe(func() { f.Accounts = some(m.r, 2, m.accounts...) })
	maybe(func() { f.NotAccounts = some(m.r, 2, m.accounts...) })
	maybe(func() { f.Labels = m.labels(2) })
	maybe(func() { f.NotLabels = m.labels(2) })
	maybe(func() { f.Sources = some(m.r, 2, sources()...) })
	maybe(func() { f.Words = m.words(2) })
	maybe(func() { f.NotWords = m.words(2) })
	maybe(func() { f.Since = one(m.r, m.posts).CreatedAt.Add(time.Duration(m.r.IntN(2))) })
	maybe(func() { f.Until = one(m.r, m.posts).CreatedAt.Add(time.Duration(m.r.IntN(2))) })
	maybe(func() { f.AtSince = m.instant() })
	maybe(func() { f.AtUntil = m.instant() })
	if f.Order == "" || f.Order == hayon.OrderNewest {
		maybe(func() { f.Before = one(m.r, m.posts).ID })
	}
	return f
}

// compare asks for posts by random filters.
func (m *findModel) compare(ctx context.Context, tx hayon.Tx) error {
	for range 150 {
		f := m.filter()
		want := m.selected(f)
		got, err := tx.FindPosts(ctx, f)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(postIDs(want), postIDs(got), cmpopts.EquateEmpty()); diff != "" {
			m.Errorf("%+v (-want +got):\n%s", f, diff)
		}
		n, err := tx.CountPosts(ctx, f)
		if err != nil {
			return err
		}
		f.Limit, f.Before = 0, hayon.PostID{}
		if want := len(m.selected(f)); n != want {
			m.Errorf("%+v: CountPosts answers %d, want %d", f, n, want)
		}
	}
	return nil
}

// selected are the posts that a filter selects, by a look at every one.
func (m *findModel) selected(f hayon.PostFilter) []*hayon.Post {
	var out []*hayon.Post
	for _, p := range m.posts {
		if fitsRow(p, f) && fitsTargets(p, f) && fitsTimes(p, f) {
			out = append(out, p)
		}
	}
	switch f.Order {
	case hayon.OrderOldest, hayon.OrderSoonest:
	default:
		slices.Reverse(out)
	}
	if f.Order == hayon.OrderSoonest || f.Order == hayon.OrderLatest {
		// What is equal stays in the order of ids, up or down as the times go.
		slices.SortStableFunc(out, func(a, b *hayon.Post) int {
			switch c := a.At().Compare(b.At()); {
			case a.At().IsZero() || b.At().IsZero():
				return -c
			case f.Order == hayon.OrderLatest:
				return -c
			default:
				return c
			}
		})
	}
	if f.Limit > 0 && len(out) > f.Limit {
		out = out[:f.Limit]
	}
	return out
}

func fitsRow(p *hayon.Post, f hayon.PostFilter) bool {
	text := p.SearchText()
	in := func(word string) bool { return strings.Contains(text, hayon.FoldText(word)) }
	has := func(label string) bool { return slices.Contains(p.Labels, label) }
	return (f.Owner.IsZero() || p.Owner == f.Owner) && (f.Deleted || p.DeletedAt.IsZero()) &&
		(len(f.Sources) == 0 || slices.Contains(f.Sources, p.Source)) &&
		all(f.Words, in) && !slices.ContainsFunc(f.NotWords, in) &&
		all(f.Labels, has) && !slices.ContainsFunc(f.NotLabels, has)
}

func all(of []string, is func(string) bool) bool {
	return !slices.ContainsFunc(of, func(s string) bool { return !is(s) })
}

func fitsTargets(p *hayon.Post, f hayon.PostFilter) bool {
	of := func(accounts []hayon.AccountID) bool {
		return slices.ContainsFunc(p.Targets, func(t *hayon.Target) bool { return slices.Contains(accounts, t.Account) })
	}
	return (len(f.States) == 0 || slices.Contains(f.States, p.State())) &&
		(len(f.Accounts) == 0 || of(f.Accounts)) && !of(f.NotAccounts)
}

func fitsTimes(p *hayon.Post, f hayon.PostFilter) bool {
	within := func(at, since, until time.Time) bool {
		return (since.IsZero() || !at.Before(since)) && (until.IsZero() || at.Before(until))
	}
	timed := !p.At().IsZero() || f.AtSince.IsZero() && f.AtUntil.IsZero()
	return timed && within(p.CreatedAt, f.Since, f.Until) && within(p.At(), f.AtSince, f.AtUntil) &&
		(f.Before.IsZero() || bytes.Compare(p.ID[:], f.Before[:]) < 0)
}
