package storetest

import (
	"context"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func guardCases() []testCase {
	return []testCase{
		{"an idempotency key is a user's own", keys},
		{"the newest post with a text is found", digests},
		{"a pace is replaced", paces},
		{"what is old is forgotten", pruneGuards},
		{"a pace that counts is kept until it is old", prunePaces},
	}
}

func keys(w *world) {
	for _, key := range []string{"k", strings.Repeat("long", 10_000), ""} {
		r := &hayon.KeyRow{User: w.user, Key: key, Digest: "d", Post: hayon.NewPostID(start), At: start}
		w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.PutKey(ctx, r) })
		w.view(func(ctx context.Context, tx hayon.Tx) error {
			got, err := tx.FindKey(ctx, w.user, key)
			if diff := cmp.Diff(r, got); diff != "" {
				w.Errorf("key (-want +got):\n%s", diff)
			}
			return err
		})
		w.refused(hayon.CodeNotFound, func(ctx context.Context, tx hayon.Tx) error {
			_, err := tx.FindKey(ctx, hayon.UserID{11: 9}, key)
			return err
		})
	}
}

func digests(w *world) {
	a, b := hayon.NewAccountID(start), hayon.NewAccountID(start)
	newest := hayon.NewPostID(start)
	for _, r := range []*hayon.DigestRow{
		{Account: a, Digest: "d", Post: hayon.NewPostID(start), At: start},
		{Account: a, Digest: "d", Post: newest, At: start.Add(time.Hour)},
		{Account: a, Digest: "d", Post: hayon.NewPostID(start), At: start.Add(time.Minute)},
	} {
		w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.PutDigest(ctx, r) })
	}
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindDigest(ctx, a, "d")
		if err == nil && got.Post != newest {
			w.Errorf("found %+v, want the newest post", got)
		}
		return err
	})
	for account, digest := range map[hayon.AccountID]string{a: "other", b: "d"} {
		w.refused(hayon.CodeNotFound, func(ctx context.Context, tx hayon.Tx) error {
			_, err := tx.FindDigest(ctx, account, digest)
			return err
		})
	}
}

func paces(w *world) {
	for _, d := range []time.Duration{time.Hour, time.Minute} {
		p := &hayon.Pace{Key: "host:x", NotBefore: start.Add(d), Reason: "why"}
		w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.PutPace(ctx, p) })
		w.view(func(ctx context.Context, tx hayon.Tx) error {
			got, err := tx.FindPace(ctx, "host:x")
			if diff := cmp.Diff(p, got); diff != "" {
				w.Errorf("pace (-want +got):\n%s", diff)
			}
			return err
		})
	}
	w.refused(hayon.CodeNotFound, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindPace(ctx, "host:y")
		return err
	})
}

func pruneGuards(w *world) {
	a := hayon.NewAccountID(start)
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		for i, name := range []string{"old", "new"} {
			at := start.Add(time.Duration(i) * time.Hour)
			if err := tx.PutKey(ctx, &hayon.KeyRow{User: w.user, Key: name, At: at}); err != nil {
				return err
			}
			if err := tx.PutDigest(ctx, &hayon.DigestRow{Account: a, Digest: name, At: at}); err != nil {
				return err
			}
			if err := tx.PutPace(ctx, &hayon.Pace{Key: name, NotBefore: at}); err != nil {
				return err
			}
		}
		return nil
	})
	prune := func(keys, digests, paces time.Time) (n int) {
		w.update(func(ctx context.Context, tx hayon.Tx) (err error) {
			n, err = tx.PruneGuards(ctx, keys, digests, paces)
			return err
		})
		return n
	}
	if n := prune(start, start, start); n != 0 {
		w.Errorf("forgot %d at the very instant", n)
	}
	cut := start.Add(1)
	if n := prune(cut, time.Time{}, time.Time{}) + prune(cut, cut, time.Time{}) + prune(cut, cut, cut); n != 3 {
		w.Errorf("forgot %d, want one of each", n)
	}
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		for name, code := range map[string]hayon.Code{"old": hayon.CodeNotFound, "new": ""} {
			_, keyErr := tx.FindKey(ctx, w.user, name)
			_, digestErr := tx.FindDigest(ctx, a, name)
			_, paceErr := tx.FindPace(ctx, name)
			for _, err := range []error{keyErr, digestErr, paceErr} {
				if hayon.CodeOf(err) != code {
					w.Errorf("%s: %v, want code %q", name, err, code)
				}
			}
		}
		return nil
	})
}

// prunePaces: failures are counted from Since on, and an open breaker that is over has a meaning.
func prunePaces(w *world) {
	old, cut := start.Add(-time.Hour), start
	cases := []struct {
		pace hayon.Pace
		kept bool
	}{
		{hayon.Pace{Key: "over", NotBefore: old}, false},
		{hayon.Pace{Key: "over, since lately", NotBefore: old, Since: cut}, false}, // nothing is counted
		{hayon.Pace{Key: "over at the instant", NotBefore: cut}, true},
		{hayon.Pace{Key: "holds", NotBefore: cut.Add(time.Hour), Since: old}, true},
		{hayon.Pace{Key: "failures", Failures: 2, Since: cut}, true},
		{hayon.Pace{Key: "failures, old", Failures: 2, Since: old}, false},
		{hayon.Pace{Key: "open, over", NotBefore: old, Open: true, Failures: 5, Since: cut}, true},
		{hayon.Pace{Key: "open, old", NotBefore: old, Open: true, Failures: 5, Since: old}, false},
		{hayon.Pace{Key: "open, old, holds", NotBefore: cut.Add(1), Open: true, Since: old}, true},
		{hayon.Pace{Key: hayon.PaceAll, NotBefore: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), Since: old}, true},
	}
	want := 0
	for _, c := range cases {
		w.pace(&c.pace)
		if !c.kept {
			want++
		}
	}
	var n int
	w.update(func(ctx context.Context, tx hayon.Tx) (err error) {
		n, err = tx.PruneGuards(ctx, time.Time{}, time.Time{}, cut)
		return err
	})
	if n != want {
		w.Errorf("forgot %d paces, want %d", n, want)
	}
	for _, c := range cases {
		if got := w.paceOf(c.pace.Key) != nil; got != c.kept {
			w.Errorf("%s: kept %v, want %v", c.pace.Key, got, c.kept)
		}
	}
}
