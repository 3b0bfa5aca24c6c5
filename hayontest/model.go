package hayontest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

// Faulty is a store whose next commit fails where a test says so: before it, so that nothing of it is there,
// or after it, so that only its answer is lost.
type Faulty struct {
	hayon.Store

	next atomic.Int32
}

// The ways in which a commit fails.
const (
	failNot int32 = iota
	failBefore
	failAfter
)

var errCrash = errors.New("the process was killed here")

// Fail makes the next commit fail.
func (f *Faulty) Fail(after bool) {
	how := failBefore
	if after {
		how = failAfter
	}
	f.next.Store(how)
}

// Whole ends what Fail began, where nothing was committed since.
func (f *Faulty) Whole() { f.next.Store(failNot) }

// Update is that of the store below, or a crash.
func (f *Faulty) Update(ctx context.Context, fn func(ctx context.Context, tx hayon.Tx) error) error {
	switch f.next.Load() {
	case failBefore:
		return f.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			if err := fn(ctx, tx); err != nil {
				return err
			}
			f.next.Store(failNot)
			return errCrash
		})
	case failAfter:
		if err := f.Store.Update(ctx, fn); err != nil {
			return err
		}
		f.next.Store(failNot)
		return errCrash
	}
	return f.Store.Update(ctx, fn)
}

// ModelFixture is what [TestModel] needs: the services on a store that can fail, with the platforms of
// [Fixture].
type ModelFixture struct {
	Service hayon.Service
	Actor   hayon.Actor
	Store   *Faulty
}

// TestModel changes posts at random and compares what the service has after each step with a plain model of
// it, in memory. seed tells the sequence.
func TestModel(t *testing.T, seed uint64, steps int, open func(t *testing.T) ModelFixture) {
	t.Helper()
	f := open(t)
	m := &model{T: t, ModelFixture: f, ctx: hayon.WithActor(t.Context(), f.Actor), dice: rand.New(rand.NewPCG(seed, 1)), start: time.Now().UTC().Truncate(time.Second)}
	for m.step = range steps {
		m.one()
		m.compare()
		if t.Failed() {
			t.Fatalf("after step %d of seed %d:\n%s", m.step, seed, strings.Join(m.said[max(0, len(m.said)-12):], "\n"))
		}
	}
	t.Logf("seed %d, %d steps: %v", seed, steps, m.counts)
}

// modelTarget is a target as the model has it.
type modelTarget struct {
	Account    string
	State      hayon.State
	Generation int
	Text       string
	// Due is zero where nobody can tell it: of what was due at once.
	Due time.Time
}

// modelPost is a post as the model has it. Its fields are those that a request has, and its targets.
type modelPost struct {
	ID       string
	Revision int
	Text     string
	Own      map[string]string // texts of single accounts
	To       []string
	Labels   []string
	At       time.Time
	Deleted  bool
	Targets  []modelTarget
	// instant: At is not exactly known, it was "now".
	instant bool
	// left are the generations of the targets after the last change.
	left map[string]int
}

func (p *modelPost) clone() *modelPost {
	c := *p
	c.Own, c.To, c.Labels, c.Targets, c.left = maps.Clone(p.Own), slices.Clone(p.To), slices.Clone(p.Labels), slices.Clone(p.Targets), maps.Clone(p.left)
	return &c
}

func (p *modelPost) target(account string) *modelTarget {
	for i := range p.Targets {
		if p.Targets[i].Account == account {
			return &p.Targets[i]
		}
	}
	return nil
}

func (p *modelPost) textFor(account string) string {
	if own, ok := p.Own[account]; ok {
		return own
	}
	return p.Text
}

func (p *modelPost) draft() bool {
	n := 0
	for _, t := range p.Targets {
		switch t.State {
		case hayon.StateDraft:
			n++
		case hayon.StateCancelled:
		default:
			return false
		}
	}
	return n > 0
}

// modelChange is a change that can be taken back.
type modelChange struct {
	kind    hayon.ChangeKind
	batch   string
	post    int
	before  *modelPost // nil: it was created
	touched map[string]bool
	undone  bool
}

type model struct {
	*testing.T
	ModelFixture

	ctx     context.Context
	dice    *rand.Rand
	start   time.Time
	step    int
	posts   []*modelPost
	changes []*modelChange
	taken   []*modelUndo // the undos since the last change
	said    []string
	counts  map[string]int
	words   int
	// crashed is how the next commit fails, failNot where it does not.
	crashed int32
}

func (m *model) note(format string, args ...any) {
	m.said = append(m.said, fmt.Sprintf("%d: ", m.step)+fmt.Sprintf(format, args...))
}

// apply says what a call came to beside what the model expects: nothing is changed where it is refused.
// change brings the model there; after a crash that lost the commit it is not called.
func (m *model) apply(what string, err error, want hayon.Code, change func()) {
	m.Helper()
	if m.counts == nil {
		m.counts = make(map[string]int)
	}
	key, _, _ := strings.Cut(what, " ")
	switch {
	case m.crashed != 0:
		how := m.crashed
		m.crashed = 0
		fired := m.Store.next.Load() == failNot
		m.Store.Whole()
		m.counts["crash"]++
		m.note("%s, crash (%d, fired %t): %v", what, how, fired, err)
		switch {
		case want != "":
			m.wantCode(what, err, want)
		case fired && how == failBefore && err != nil: // else the call was made again
		default:
			change()
		}
		return
	case want != "":
		m.counts[key+" refused"]++
	default:
		m.counts[key]++
	}
	m.note("%s: %v", what, err)
	if m.wantCode(what, err, want) && want == "" {
		change()
	}
}

func (m *model) wantCode(what string, err error, want hayon.Code) bool {
	m.Helper()
	got := hayon.Code("")
	if err != nil {
		got = hayon.CodeOf(err)
	}
	if got != want {
		m.Errorf("%s: %v (%q), want the code %q", what, err, got, want)
	}
	return got == want
}

// compare reads everything and compares it with the model, and lets the store check itself.
func (m *model) compare() {
	m.Helper()
	if err := m.Store.Check(m.ctx); err != nil {
		m.Errorf("the store is not consistent: %v", err)
	}
	accounts, err := m.Service.FindAccounts(m.ctx, hayon.AccountFilter{})
	if err != nil {
		m.Fatal(err)
	}
	names := make(map[hayon.AccountID]string)
	for _, a := range accounts {
		names[a.ID] = a.Name
	}
	listed := 0
	for _, want := range m.posts {
		id, err := hayon.ParsePostID(want.ID)
		if err != nil {
			m.Fatal(err)
		}
		got, err := m.Service.FindPostByID(m.ctx, id)
		if err != nil {
			m.Fatal(err)
		}
		if diff := cmp.Diff(shownModel(want), shownPost(got, want, names), cmp.AllowUnexported(modelPost{})); diff != "" {
			m.Errorf("%s (-model +service):\n%s", want.ID, diff)
		}
		if !want.Deleted {
			listed++
		}
	}
	if n, err := m.Service.CountPosts(m.ctx, hayon.PostFilter{}); err != nil || n != listed {
		m.Errorf("%d posts are listed (%v), want %d", n, err, listed)
	}
}

// shownModel and shownPost are what of a post is compared.
func shownModel(p *modelPost) modelPost {
	c := *p.clone()
	c.Own, c.To, c.left, c.instant = nil, nil, nil, false
	if p.instant {
		c.At = time.Time{}
	}
	slices.SortFunc(c.Targets, func(a, b modelTarget) int { return strings.Compare(a.Account, b.Account) })
	return c
}

func shownPost(p *hayon.Post, want *modelPost, names map[hayon.AccountID]string) modelPost {
	out := modelPost{ID: p.ID.String(), Revision: max(p.Revision, 1), Text: p.Text, Labels: p.Labels, Deleted: !p.DeletedAt.IsZero()}
	if !want.instant && !want.At.IsZero() { // over the wire the due times stand for a time that nobody said
		out.At = p.Schedule.At.UTC()
	}
	if len(out.Labels) == 0 {
		out.Labels = nil
	}
	for _, t := range p.Targets {
		one := modelTarget{Account: names[t.Account], State: t.State, Generation: t.Generation, Text: t.Parts[0].Text, Due: t.Due.UTC()}
		if w := want.target(one.Account); w == nil || w.Due.IsZero() {
			one.Due = time.Time{}
		}
		out.Targets = append(out.Targets, one)
	}
	slices.SortFunc(out.Targets, func(a, b modelTarget) int { return strings.Compare(a.Account, b.Account) })
	return out
}
