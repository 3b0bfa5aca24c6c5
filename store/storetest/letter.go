package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
)

func letterCases() []testCase {
	return []testCase{
		{"a letter is stored without what is known elsewhere, found and replaced", letterLife},
		{"what is no letter is refused", wrongLetters},
		{"a message has one letter, and a letter one message", letterDigests},
		{"letters are found newest first by id, the open ones or all", findLetters},
		{"counts follow every change, and the oldest is the first by its time", countLetters},
		{"counts know of the changes of their own transaction, until it is taken back", countInTx},
		{"letters that ended are found until they are cleared", endedLetters},
		{"what ended before and is cleared is pruned, and nothing else", pruneLetters},
		{"many letters are pruned in batches", pruneManyLetters},
		{"letters are in a snapshot, and stay through a compaction", keepLetters},
	}
}

// newLetter is the letter of the i-th message, not stored. Later ones have higher ids and times.
func newLetter(i int) *hayon.Letter {
	m := hayon.Message{ID: fmt.Sprint(i), Type: hayon.HintType, At: start, RoutingKey: "post.create.demo", Body: []byte("?")}
	return hayon.NewLetter(m, hayon.CauseUndecodable, "it is no hint", start.Add(time.Duration(i)*time.Second))
}

func putLetter(ls ...*hayon.Letter) func(context.Context, hayon.Tx) error {
	return func(ctx context.Context, tx hayon.Tx) error {
		for _, l := range ls {
			if err := tx.PutLetter(ctx, l); err != nil {
				return err
			}
		}
		return nil
	}
}

// ended is a copy of l that ended at an instant.
func ended(l *hayon.Letter, at time.Time) *hayon.Letter {
	c := *l
	c.Ended = &hayon.LetterEnd{At: at, How: hayon.LetterDiscarded, Reason: "not ours"}
	return &c
}

// cleared is a copy of l that ended at an instant and was cleared.
func cleared(l *hayon.Letter, at time.Time) *hayon.Letter {
	c := ended(l, at)
	c.Cleared = true
	return c
}

// wantLetters compares the stored letters, newest first, and what is counted of them.
func (w *world) wantLetters(want ...*hayon.Letter) {
	w.Helper()
	var open []*hayon.Letter
	var oldest time.Time
	for _, l := range want {
		if l.Ended != nil {
			continue
		}
		if open = append(open, l); oldest.IsZero() || l.At.Before(oldest) {
			oldest = l.At
		}
	}
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		all, err := tx.FindLetters(ctx, hayon.LetterFilter{All: true})
		if diff := cmp.Diff(want, all, cmpopts.EquateEmpty()); diff != "" {
			w.Errorf("all letters (-want +got):\n%s", diff)
		}
		found, openErr := tx.FindLetters(ctx, hayon.LetterFilter{})
		if diff := cmp.Diff(open, found, cmpopts.EquateEmpty()); diff != "" {
			w.Errorf("open letters (-want +got):\n%s", diff)
		}
		n, since, countErr := tx.CountLetters(ctx)
		if n != len(open) || !since.Equal(oldest) {
			w.Errorf("CountLetters is %d since %s, want %d since %s", n, since, len(open), oldest)
		}
		for _, l := range want {
			byID, idErr := tx.FindLetterByID(ctx, l.ID)
			byDigest, digestErr := tx.FindLetterByDigest(ctx, l.Message.Digest)
			if !cmp.Equal(l, byID) || !cmp.Equal(l, byDigest) {
				w.Errorf("letter %s is %+v by its id and %+v by its message: %v, %v", l.ID, byID, byDigest, idErr, digestErr)
			}
		}
		return errors.Join(err, openErr, countErr)
	})
}

func (w *world) wantNoLetter(l *hayon.Letter) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		_, idErr := tx.FindLetterByID(ctx, l.ID)
		_, digestErr := tx.FindLetterByDigest(ctx, l.Message.Digest)
		if hayon.CodeOf(idErr) != hayon.CodeNotFound || hayon.CodeOf(digestErr) != hayon.CodeNotFound {
			w.Errorf("letter %s: %v by its id and %v by its message, want not_found", l.ID, idErr, digestErr)
		}
		return nil
	})
}

func letterLife(w *world) {
	w.wantLetters()
	l := newLetter(1)
	l.Kind, l.Target = hayon.LetterParked, hayon.NewTargetID(start)
	l.Message.Body, l.Message.Bytes = []byte{0, 0xff, '{'}, 4000
	l.Message.Exchange = hayon.PostExchange
	l.Message.Deaths = []hayon.Death{{
		Queue: hayon.SocialPostsQueue, Reason: "rejected", Exchange: hayon.PostExchange, Keys: []string{"a", "b"}, Count: 3, At: start,
	}}
	w.wantNoLetter(l)
	given := *l
	given.Hint, given.Post, given.Account = "replay it", hayon.NewPostID(start), "demo/a"
	given.Platform, given.State, given.Attempts = "demo", hayon.StateParked, 4
	before := given
	w.update(putLetter(&given))
	if diff := cmp.Diff(before, given); diff != "" {
		w.Errorf("storing a letter changed it (-want +got):\n%s", diff)
	}
	w.s = w.h.Reopen(w.T, w.s)
	w.wantLetters(l)
	w.wantNoLetter(newLetter(2))
	for _, next := range []*hayon.Letter{ended(l, start), cleared(l, start.Add(time.Hour)), cleared(l, start), ended(l, start), l, cleared(l, start)} {
		w.update(putLetter(next))
		w.wantLetters(next)
	}
	l.At, l.Cause, l.Reason, l.Message.Deaths = start.Add(time.Hour), hayon.CauseOther, "a policy of the broker", nil
	w.update(putLetter(l))
	w.s = w.h.Reopen(w.T, w.s)
	w.wantLetters(l)
	if err := w.s.View(w.Context(), putLetter(newLetter(2))); hayon.CodeOf(err) != hayon.CodeInternal {
		w.Errorf("a view that stores a letter answers %v, want internal", err)
	}
}

func wrongLetters(w *world) {
	change := func(set func(*hayon.Letter)) *hayon.Letter {
		l := newLetter(1)
		set(l)
		return l
	}
	for name, l := range map[string]*hayon.Letter{
		"no id":                   change(func(l *hayon.Letter) { l.ID = hayon.LetterID{} }),
		"of a target":             change(func(l *hayon.Letter) { l.Message, l.Target = nil, hayon.NewTargetID(start) }),
		"no digest":               change(func(l *hayon.Letter) { l.Message.Digest = "" }),
		"cleared and still there": change(func(l *hayon.Letter) { l.Cleared = true }),
	} {
		if err := w.s.Update(w.Context(), putLetter(l)); hayon.CodeOf(err) != hayon.CodeInternal {
			w.Errorf("%s: PutLetter answers %v, want internal", name, err)
		}
	}
	w.wantLetters()
}

func letterDigests(w *world) {
	first, second := newLetter(1), newLetter(2)
	w.update(putLetter(first, second))
	same, another := newLetter(3), newLetter(3)
	same.Message.Digest, another.ID = first.Message.Digest, first.ID
	taken := *first
	taken.Message = second.Message
	for name, l := range map[string]*hayon.Letter{
		"a new letter of a message that has one": same,
		"another message":                        another,
		"the message of another letter":          &taken,
	} {
		if err := w.s.Update(w.Context(), putLetter(l)); hayon.CodeOf(err) != hayon.CodeConflict {
			w.Errorf("%s: PutLetter answers %v, want a conflict", name, err)
		}
	}
	w.wantLetters(second, first)
	w.update(putLetter(cleared(first, start)))
	w.refused(hayon.CodeConflict, putLetter(same)) // it has ended, and is still the letter of its message
}

func findLetters(w *world) {
	var ls []*hayon.Letter // newest first
	for i := range 40 {
		l := newLetter(i)
		l.At = start.Add(time.Duration(i*7%40) * time.Minute) // opened again, in any order
		switch i % 4 {
		case 1:
			l = ended(l, start)
		case 2:
			l = cleared(l, start)
		}
		ls = append(ls, l)
	}
	w.update(putLetter(ls...))
	slices.Reverse(ls)
	w.wantLetters(ls...)
	open := slices.DeleteFunc(slices.Clone(ls), func(l *hayon.Letter) bool { return l.Ended != nil })
	for _, c := range []struct {
		f    hayon.LetterFilter
		want []*hayon.Letter
	}{
		{hayon.LetterFilter{Limit: 1}, open[:1]},
		{hayon.LetterFilter{Limit: 7, Kind: hayon.LetterParked}, open[:7]},
		{hayon.LetterFilter{Limit: len(open)}, open},
		{hayon.LetterFilter{Limit: 1000}, open},
		{hayon.LetterFilter{All: true, Limit: 9, Kind: hayon.LetterParked}, ls[:9]},
		{hayon.LetterFilter{All: true, Limit: 1000}, ls},
	} {
		w.view(func(ctx context.Context, tx hayon.Tx) error {
			got, err := tx.FindLetters(ctx, c.f)
			if diff := cmp.Diff(c.want, got); diff != "" {
				w.Errorf("%+v (-want +got):\n%s", c.f, diff)
			}
			return err
		})
	}
}

// wantCount compares how many letters are open, and since when.
func wantCount(ctx context.Context, w *world, tx hayon.Tx, open int, oldest time.Time) error {
	w.Helper()
	n, since, err := tx.CountLetters(ctx)
	if n != open || !since.Equal(oldest) {
		w.Errorf("CountLetters is %d since %s, want %d since %s", n, since, open, oldest)
	}
	return err
}

func countLetters(w *world) {
	want := func(open int, oldest time.Time) {
		w.Helper()
		w.view(func(ctx context.Context, tx hayon.Tx) error { return wantCount(ctx, w, tx, open, oldest) })
	}
	a, b, c := newLetter(1), newLetter(2), newLetter(3)
	c.At = start.Add(-time.Hour + 7) // to the nanosecond
	w.update(putLetter(a, b, c))
	want(3, c.At)
	w.update(putLetter(ended(c, start)))
	want(2, a.At)
	w.update(putLetter(cleared(c, start), cleared(a, start)))
	want(1, b.At)
	w.update(putLetter(a, a, a)) // opened again, and stored again
	want(2, a.At)
	a.At = start.Add(time.Hour)
	w.update(putLetter(a))
	w.s = w.h.Reopen(w.T, w.s)
	want(2, b.At)
	w.update(putLetter(ended(a, start), ended(b, start)))
	want(0, time.Time{})
}

func countInTx(w *world) {
	a, b := newLetter(1), newLetter(2)
	w.update(putLetter(a))
	err := w.s.Update(w.Context(), func(ctx context.Context, tx hayon.Tx) error {
		hint := func() error { return tx.AppendOutbox(ctx, &hayon.OutboxRow{At: start}) }
		count := func(open, outbox int, oldest time.Time) error {
			n, err := tx.CountOutbox(ctx)
			if n != outbox {
				w.Errorf("CountOutbox is %d, want %d", n, outbox)
			}
			return errors.Join(err, wantCount(ctx, w, tx, open, oldest))
		}
		return errors.Join(
			count(1, 0, a.At),
			tx.PutLetter(ctx, b), hint(), hint(), count(2, 2, a.At),
			tx.PutLetter(ctx, cleared(a, start)), tx.DeleteOutbox(ctx, []uint64{1, 1}), count(1, 1, b.At),
			tx.PutLetter(ctx, ended(b, start)), tx.DeleteOutbox(ctx, []uint64{2}), count(0, 0, time.Time{}),
			tx.PutLetter(ctx, a), count(1, 0, a.At),
			errOwn,
		)
	})
	if !errors.Is(err, errOwn) || hayon.CodeOf(err) != hayon.CodeInternal {
		w.Errorf("Update answers %v, want the function's own error", err)
	}
	w.wantLetters(a)
}

// wantEnded compares the letters that have ended and are not cleared, in any order.
func (w *world) wantEnded(limit, n int, among ...*hayon.Letter) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindEndedLetters(ctx, limit)
		known := func(l *hayon.Letter) bool {
			return slices.ContainsFunc(among, func(o *hayon.Letter) bool { return cmp.Equal(l, o) })
		}
		seen := make(map[hayon.LetterID]bool)
		for _, l := range got {
			if !known(l) || seen[l.ID] {
				w.Errorf("FindEndedLetters answers %+v", l)
			}
			seen[l.ID] = true
		}
		if len(got) != n {
			w.Errorf("FindEndedLetters answers %d letters, want %d", len(got), n)
		}
		return err
	})
}

func endedLetters(w *world) {
	a, b, c := newLetter(1), newLetter(2), newLetter(3)
	w.update(putLetter(a, b, c))
	w.wantEnded(0, 0)
	a2, b2 := ended(a, start.Add(time.Hour)), ended(b, start)
	w.update(putLetter(a2, b2, cleared(c, start)))
	w.wantEnded(0, 2, a2, b2)
	w.wantEnded(1, 1, a2, b2)
	w.wantEnded(9, 2, a2, b2)
	b2.Ended.Reason, b2.Ended.At = "ours after all", start.Add(time.Minute)
	w.update(putLetter(b2))
	w.s = w.h.Reopen(w.T, w.s)
	w.wantEnded(0, 2, a2, b2)
	w.update(putLetter(cleared(a, start), b))
	w.wantEnded(0, 0)
	w.wantLetters(cleared(c, start), b, cleared(a, start))
}

// prunedLetters prunes and compares how many letters that were.
func (w *world) prunedLetters(before time.Time, limit, want int) {
	w.Helper()
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		n, err := tx.PruneLetters(ctx, before, limit)
		if n != want {
			w.Errorf("PruneLetters answers %d, want %d", n, want)
		}
		return err
	})
}

func pruneLetters(w *world) {
	open, waits := newLetter(1), ended(newLetter(2), start.Add(-day))
	old, young := cleared(newLetter(3), start.Add(-day)), cleared(newLetter(4), start.Add(time.Hour))
	edge := cleared(newLetter(5), start)
	w.update(putLetter(open, waits, old, young, edge))
	w.prunedLetters(time.Time{}, 0, 0)
	w.prunedLetters(start, 0, 1)
	w.wantNoLetter(old)
	w.wantLetters(edge, young, waits, open)
	w.prunedLetters(start, 0, 0)
	w.prunedLetters(start.Add(1), 0, 1)
	again := newLetter(6)
	again.Message.Digest = old.Message.Digest // nothing is in its way
	w.update(putLetter(again))
	w.wantLetters(again, young, waits, open)
	w.prunedLetters(start.Add(day), 0, 1)
	w.s = w.h.Reopen(w.T, w.s)
	w.wantLetters(again, waits, open)
	w.wantEnded(0, 1, waits)
}

func pruneManyLetters(w *world) {
	var ls []*hayon.Letter
	for i := range 300 {
		ls = append(ls, cleared(newLetter(i), start.Add(-time.Duration(i)*time.Second))) // the newest ended first
	}
	w.update(putLetter(ls...))
	w.prunedLetters(start.Add(1), 120, 120)
	slices.Reverse(ls)
	w.wantLetters(ls[120:]...)
	w.prunedLetters(start.Add(1), 120, 120)
	w.prunedLetters(start.Add(1), 120, 60)
	w.prunedLetters(start.Add(1), 120, 0)
	w.wantLetters()
}

func keepLetters(w *world) {
	m := w.maintainer()
	ls := []*hayon.Letter{newLetter(4), ended(newLetter(3), start), newLetter(2), cleared(newLetter(1), start)}
	w.update(putLetter(ls...))
	var b bytes.Buffer
	if _, err := m.Snapshot(w.Context(), &b); err != nil {
		w.Fatal(err)
	}
	if _, _, err := m.Compact(w.Context()); err != nil {
		w.Fatal(err)
	}
	w.wantLetters(ls...)
	w.wantEnded(0, 1, ls[1])
	own := w.s
	w.s = w.h.OpenCopy(w.T, b.Bytes())
	w.wantLetters(ls...)
	w.wantEnded(0, 1, ls[1])
	err := errors.Join(w.s.Check(w.Context()), w.s.Close())
	if w.s = own; err != nil {
		w.Errorf("the copy: %v", err)
	}
}
