package main_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
	"github.com/hayon/hayon/store"
)

// soakJournalPage is how many rows of the journal are read at a time.
const soakJournalPage = 10_000

// soakTarget is what store, journal and platform say of a target.
type soakTarget struct {
	*hayon.Target

	lane  soakLane
	typed bool // made by a command, which sends at once what it made
	moves []soakMove
	// taken are the claims by which it came out of its queue, and sent how often each part was about to
	// leave.
	taken   []soakMove
	keeps   bool // it waits in its lane while its upload is processed
	claims  int
	sent    map[int]int
	unknown bool // at some time
	public  []demo.Post
}

// soakMove is a row of the journal after which a target has a state.
type soakMove struct {
	seq   uint64
	at    time.Time
	state hayon.State
	// retry is when a retry follows.
	retry time.Time
}

// soakFound is what there is after the test.
type soakFound struct {
	posts   []*hayon.Post
	targets map[hayon.TargetID]*soakTarget
	byLane  map[string][]*soakTarget // in the order in which their first parts came out

	duplicates, lost, violations, disordered, overtaken, explained int
}

// verify compares what was accepted, the store and what is public.
func (s *soak) verify(t *testing.T, plan []*soakPost) *soakFound {
	t.Helper()
	v := &soakFound{targets: make(map[hayon.TargetID]*soakTarget), byLane: make(map[string][]*soakTarget)}
	s.view(t, true, func(ctx context.Context, tx hayon.Tx) error { return s.read(ctx, t, tx, v, plan) })
	s.verifyAccepted(t, v, plan)
	s.readPublic(t, v)
	for _, tg := range v.targets {
		s.verifyTarget(t, v, tg)
	}
	for _, lane := range v.byLane {
		s.verifyOrder(t, v, lane)
	}
	return v
}

// view reads the store.
func (s *soak) view(t *testing.T, check bool, fn func(context.Context, hayon.Tx) error) {
	t.Helper()
	location := url.URL{Scheme: "bolt", Path: filepath.ToSlash(s.data("hayon.db"))}
	st, err := store.Open(t.Context(), location.String(), store.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }() // it was only read
	if check {
		if err := st.Check(t.Context()); err != nil {
			t.Errorf("the consistency check: %v (%v)", err, hayon.AsError(err).Details)
		}
	}
	if err := st.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// read reads the posts, and of the journal what is needed of each target.
func (s *soak) read(ctx context.Context, t *testing.T, tx hayon.Tx, v *soakFound, plan []*soakPost) error {
	t.Helper()
	leases, err := tx.FindLeases(ctx)
	if err == nil && len(leases) > 0 {
		t.Errorf("leases are left in the store: %v", leases)
	}
	accounts, aerr := tx.FindAccounts(ctx, hayon.AccountFilter{})
	v.posts, err = tx.FindPosts(ctx, hayon.PostFilter{})
	if err = cmp.Or(err, aerr); err != nil {
		return err
	}
	names := make(map[hayon.AccountID]string)
	for _, a := range accounts {
		names[a.ID] = a.Name
	}
	typed := make(map[string]bool)
	for _, p := range plan {
		typed[p.create.Text] = p.args != nil
	}
	byPost := make(map[hayon.PostID][]*soakTarget)
	for _, p := range v.posts {
		for _, tg := range p.Targets {
			i := slices.IndexFunc(s.lanes, func(l soakLane) bool { return l.name == names[tg.Account] })
			found := &soakTarget{Target: tg, lane: s.lanes[i], typed: typed[p.Text], sent: make(map[int]int)}
			v.targets[tg.ID], byPost[p.ID] = found, append(byPost[p.ID], found)
		}
	}
	var after uint64
	for {
		rows, err := tx.FindJournal(ctx, hayon.JournalFilter{After: after, Limit: soakJournalPage})
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			if r.Kind == hayon.RowCreated {
				for _, tg := range byPost[r.Post] {
					tg.created(r)
				}
			} else if tg := v.targets[r.Target]; tg != nil {
				tg.learn(r)
			}
			after = r.Seq
		}
	}
}

// created notes the state with which the target began.
func (tg *soakTarget) created(r *hayon.JournalRow) {
	state := hayon.StateQueued
	if tg.Due.After(tg.CreatedAt) {
		state = hayon.StateScheduled
	}
	tg.moves = append(tg.moves, soakMove{seq: r.Seq, at: r.At, state: state})
}

func (tg *soakTarget) learn(r *hayon.JournalRow) {
	m := soakMove{seq: r.Seq, at: r.At, state: r.To}
	switch r.Kind { //nolint:exhaustive // the others only move it
	case hayon.RowSending:
		tg.sent[r.Part]++
	case hayon.RowClaimed:
		tg.claims++
		if r.From == hayon.StateQueued && !tg.keeps {
			tg.taken = append(tg.taken, m)
		}
	case hayon.RowOutcome:
		var o hayon.Outcome
		if json.Unmarshal(r.Body, &o) == nil && o.Error != nil {
			m.retry = o.Error.RetryAt
		}
	}
	if r.To != "" {
		tg.moves = append(tg.moves, m)
		tg.keeps = r.To == hayon.StateQueued && strings.Contains(r.Reason, "still processing")
	}
	tg.unknown = tg.unknown || r.To == hayon.StateUncertain
}

// at is the last move before a row of the journal; a zero one where the target was not there.
func (tg *soakTarget) at(seq uint64) soakMove {
	var last soakMove
	for _, m := range tg.moves {
		if m.seq < seq {
			last = m
		}
	}
	return last
}

// verifyAccepted: every accepted post is there, once, with all its targets, and no other one is.
func (s *soak) verifyAccepted(t *testing.T, v *soakFound, plan []*soakPost) {
	t.Helper()
	byText := make(map[string][]*hayon.Post)
	for _, p := range v.posts {
		byText[p.Text] = append(byText[p.Text], p)
	}
	for _, p := range plan {
		found := byText[p.create.Text]
		delete(byText, p.create.Text)
		switch {
		case !p.started && len(found) == 0:
		case !p.started:
			t.Errorf("%s is in the store, and nobody made it", p.key)
		case len(found) > 1:
			v.duplicates++
			t.Errorf("DUPLICATE: %s is %d times in the store", p.key, len(found))
		case len(found) == 0 || found[0].ID.String() != p.id || len(found[0].Targets) != len(p.create.To):
			v.lost++
			t.Errorf("LOST: %s, accepted as %s for %d accounts, is not in the store as that: %v", p.key, p.id, len(p.create.To), found)
		}
	}
	for text := range byText {
		t.Errorf("%q is in the store, and nobody planned it", text)
	}
}

// readPublic reads what is public of every target, and what the platform complains of.
func (s *soak) readPublic(t *testing.T, v *soakFound) {
	t.Helper()
	for _, l := range s.lanes {
		_, alias, _ := strings.Cut(l.name, "/")
		file := s.data(filepath.Join("demo", alias+".ndjson"))
		posts, err := demo.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range posts {
			tg := v.targets[p.Target]
			if tg == nil || tg.lane.name != l.name {
				t.Errorf("%s made a post public for %s, which is none of its targets", l.name, p.Target)
				continue
			}
			if len(tg.public) == 0 {
				v.byLane[l.name] = append(v.byLane[l.name], tg)
			}
			tg.public = append(tg.public, p)
		}
		bad, err := demo.ReadViolations(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range bad {
			v.violations++
			s.wrong(t, v, v.targets[b.Target], "part %d was sent with other bytes than before: %s, then %s", b.Part+1, b.First, b.Later)
		}
	}
}

// verifyTarget: at most one public post for each part, exactly one where the store says that the part
// is out, none where it says that it is not, and parts in their order, each an answer to the one before.
func (s *soak) verifyTarget(t *testing.T, v *soakFound, tg *soakTarget) {
	t.Helper()
	count := make([]int, len(tg.Parts))
	for i, p := range tg.public {
		if p.Part >= len(count) {
			s.wrong(t, v, tg, "part %d is public, of %d", p.Part+1, len(count))
			continue
		}
		count[p.Part]++
		if count[p.Part] == 1 && (p.Part > 0 && count[p.Part-1] == 0 || i > 0 && p.Parent != tg.public[i-1].ID) {
			s.wrong(t, v, tg, "part %d came out before the part in front of it, or does not answer that", p.Part+1)
		}
	}
	for i, n := range count {
		out := tg.State == hayon.StatePublished || !tg.Parts[i].Remote.IsZero()
		switch {
		case n > 1:
			v.duplicates++
			s.wrong(t, v, tg, "DUPLICATE: part %d is public %d times", i+1, n)
		case n == 0 && out:
			v.lost++
			s.wrong(t, v, tg, "LOST: part %d is not public", i+1)
		case n == 1 && !out && (tg.State != hayon.StateUncertain || i != tg.NextPart()):
			s.wrong(t, v, tg, "part %d is public", i+1)
		case n == 1 && out && tg.Parts[i].Remote.ID != idOfPart(tg.public, i):
			s.wrong(t, v, tg, "part %d is public as %s, and the store says %s", i+1, idOfPart(tg.public, i), tg.Parts[i].Remote.ID)
		}
	}
	switch {
	case !tg.State.Terminal() && !tg.Held():
		v.lost++
		s.wrong(t, v, tg, "LOST: nothing follows for it")
	case tg.Held() && !slices.Contains([]hayon.Class{hayon.ClassD, hayon.ClassE, hayon.ClassF}, tg.lane.class):
		s.wrong(t, v, tg, "it is held, and its class never has to ask: %+v", tg.Error)
	}
}

func idOfPart(public []demo.Post, part int) string {
	for _, p := range public {
		if p.Part == part {
			return p.ID
		}
	}
	return ""
}

// verifyOrder: the first parts of an account came out in the order of their due times. A target may go
// before one that was due earlier only where
//   - a command made it, which sends what it made and leaves the rest;
//   - the other one was not yet queued when this one got the lane: it was accepted, or found due, later;
//   - the other one waited for a retry for more than 150 s, or was held for its user, which both leave
//     the lane.
func (s *soak) verifyOrder(t *testing.T, v *soakFound, lane []*soakTarget) {
	t.Helper()
	var latest time.Time
	for i, tg := range lane {
		if !tg.Due.Before(latest) {
			latest = tg.Due
			continue
		}
		for _, first := range lane[:i] {
			if !first.Due.After(tg.Due) || first.typed {
				continue
			}
			got := first.gotLane()
			switch was := tg.at(got.seq); {
			case was.state == "", was.state == hayon.StateScheduled:
				v.overtaken++
			case was.state == hayon.StateRetryWait && was.retry.Sub(was.at) > 150*time.Second:
			case was.state == hayon.StateUncertain && was.retry.IsZero():
			default:
				v.disordered++
				s.wrong(t, v, tg, "ORDER: due %s, it was %s since %s when %s, due %s, got the lane at %s and went before it",
					tg.Due.Format(soakTime), was.state, was.at.Format(soakTime), first.ID, first.Due.Format(soakTime), got.at.Format(soakTime))
			}
		}
	}
}

const soakTime = "15:04:05.000000"

// gotLane is the claim by which the target got the lane in which its first part came out.
func (tg *soakTarget) gotLane() soakMove {
	var got soakMove
	for _, m := range tg.taken {
		if got.seq == 0 || !m.at.After(tg.public[0].PublishedAt) {
			got = m
		}
	}
	return got
}

// wrong tells what is wrong with a target, and of the first ones all that there is to know.
func (s *soak) wrong(t *testing.T, v *soakFound, tg *soakTarget, format string, args ...any) {
	t.Helper()
	if tg == nil {
		t.Errorf("of a target that is not in the store: "+format, args...)
		return
	}
	t.Errorf("%s of post %s, class %s, on %s, %s: "+format, append([]any{tg.ID, tg.Post, tg.lane.class, tg.lane.name, tg.State}, args...)...)
	if v.explained++; v.explained <= maxExplained {
		t.Log(s.explain(t, tg))
	}
}

// explain is the target with its journal, what is public of it, and what the daemons logged.
func (s *soak) explain(t *testing.T, tg *soakTarget) string {
	t.Helper()
	var b strings.Builder
	stored, _ := json.Marshal(tg.Target) // it always marshals
	fmt.Fprintf(&b, "%s\naccount %s: %s\npublic:\n", stored, tg.lane.name, tg.lane.set)
	for _, p := range tg.public {
		fmt.Fprintf(&b, "  %s part %d at %s, key %q, parent %q\n", p.ID, p.Part+1, p.PublishedAt.Format(soakTime), p.Key, p.Parent)
	}
	b.WriteString("journal:\n")
	s.view(t, false, func(ctx context.Context, tx hayon.Tx) error {
		rows, err := tx.FindJournal(ctx, hayon.JournalFilter{Post: tg.Post})
		for _, r := range rows {
			if r.Target == tg.ID || r.Target.IsZero() {
				body := string(r.Body[:min(len(r.Body), 400)])
				fmt.Fprintf(&b, "  %d %s %s %s fence %d attempt %d part %d %s→%s %s %s\n",
					r.Seq, r.At.Format(soakTime), r.Source, r.Kind, r.Fence, r.Attempt, r.Part+1, r.From, r.To, r.Reason, body)
			}
		}
		return err
	})
	b.WriteString("logs:\n")
	for _, name := range s.w.logs {
		log, _ := os.ReadFile(name) // one that is not there says nothing
		for l := range bytes.Lines(log) {
			if bytes.Contains(l, []byte(tg.ID.String())) {
				fmt.Fprintf(&b, "  %s: %s", filepath.Base(name), l)
			}
		}
	}
	return b.String()
}

// report is what happened, in figures.
func (s *soak) report(v *soakFound, plan []*soakPost, seed uint64) string {
	states, held, unknown := make(map[hayon.State]int), make(map[hayon.Class]int), make(map[hayon.Class]int)
	retried, threads := 0, 0
	var all, calm []time.Duration
	for _, tg := range v.targets {
		states[tg.State]++
		again := tg.Attempts > 1
		for _, n := range tg.sent {
			again = again || n > 1
		}
		retried += oneIf(again)
		threads += oneIf(len(tg.Parts) > 1)
		held[tg.lane.class] += oneIf(tg.Held())
		unknown[tg.lane.class] += oneIf(tg.unknown)
		if len(tg.public) > 0 {
			late := tg.public[0].PublishedAt.Sub(tg.Due)
			all = append(all, late)
			if tg.lane.calm && tg.claims == 1 && !again && s.servedAt(tg) {
				calm = append(calm, late)
			}
		}
	}
	answered := 0
	for _, p := range plan {
		answered += oneIf(p.id != "")
	}
	var b strings.Builder
	say := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "%-11s "+format+"\n", append([]any{what}, args...)...)
	}
	say("seed", "%d", seed)
	say("time", "%s of posts, at rest %.1f s after the last one", s.size.span, s.took.Seconds())
	say("accepted", "%d targets (%d threads) in %d of %d posts, %d accounts", len(v.targets), threads, answered, len(plan), len(s.lanes))
	say("published", "%d", states[hayon.StatePublished])
	say("retried", "%d", retried)
	say("parked", "%d", states[hayon.StateParked])
	say("failed", "%d", states[hayon.StateFailed])
	say("missed", "%d", states[hayon.StateMissed])
	say("cancelled", "%d", states[hayon.StateCancelled])
	say("uncertain", "%s, held for the user at the end; %s, at some time", byClass(held), byClass(unknown))
	say("duplicate", "%d", v.duplicates)
	say("lost", "%d", v.lost)
	say("order", "%d violations; %d times one went before another that was not queued yet", v.disordered, v.overtaken)
	say("bytes", "%d violations", v.violations)
	say("lateness", "%s of all; %s of those without faults, due while a daemon ran", lateness(all), lateness(calm))
	say("RSS", "%s at the start, %s after the last restart, %s at the end", s.memory.first, s.memory.last, s.memory.end)
	if info, err := os.Stat(s.data("hayon.db")); err == nil {
		say("database", "%.1f MiB", float64(info.Size())/(1<<20))
	}
	say("kills", "%d", s.kill)
	if s.rabbit != nil {
		say("broker", "ended %d times; afterwards %s", s.shots, s.agreed)
	}
	for i, what := range slices.Sorted(maps.Keys(s.commands)) {
		say([]string{"commands", ""}[min(i, 1)], "%6d %s", s.commands[what], what)
	}
	say("", "%6d of the commands began while no daemon ran", s.alone)
	return b.String()
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// servedAt reports whether a daemon ran from the target's due time until it was out.
func (s *soak) servedAt(tg *soakTarget) bool {
	return slices.ContainsFunc(s.served, func(sp soakSpan) bool {
		return !tg.Due.Before(sp.begin) && (sp.end.IsZero() || tg.public[0].PublishedAt.Before(sp.end))
	})
}

func byClass(n map[hayon.Class]int) string {
	out := make([]string, 0, len(soakClasses))
	for _, c := range soakClasses {
		out = append(out, fmt.Sprintf("%s %d", c, n[c]))
	}
	return strings.Join(out, ", ")
}

// lateness is p50, p99 and the longest of them.
func lateness(d []time.Duration) string {
	if len(d) == 0 {
		return "none"
	}
	slices.Sort(d)
	at := func(share float64) time.Duration {
		return d[min(int(share*float64(len(d))), len(d)-1)].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("p50 %s, p99 %s, max %s (%d)", at(0.5), at(0.99), at(1), len(d))
}
