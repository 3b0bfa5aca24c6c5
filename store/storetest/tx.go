package storetest

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

var errOwn = errors.New("the function's own error")

func txCases() []testCase {
	return []testCase{
		{"a change is there after a commit and after reopening", durable},
		{"an error takes back everything", rollback},
		{"a failing function does not touch the others", failingNeighbour},
		{"a panic is the caller's", panics},
		{"goexit does not stop the store", goexit},
		{"a context that has ended means not run", endedContext},
		{"a context that ends later is ignored", lateContext},
		{"a view sees one state", snapshot},
		{"a transaction inside another is an error", nested},
		{"use after close is a conflict", useAfterClose},
		{"commits with journal or outbox rows are told", changed},
	}
}

func putUser(name string, pid byte) func(context.Context, hayon.Tx) error {
	return func(ctx context.Context, tx hayon.Tx) error {
		return tx.PutUser(ctx, &hayon.User{ID: hayon.UserID{11: pid}, Name: name, CreatedAt: start})
	}
}

func (w *world) userName(pid byte) string {
	w.Helper()
	var name string
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		u, err := tx.FindUserByID(ctx, hayon.UserID{11: pid})
		if hayon.CodeOf(err) == hayon.CodeNotFound {
			return nil
		}
		if err == nil {
			name = u.Name
		}
		return err
	})
	return name
}

func durable(w *world) {
	a := w.account("demo")
	p := w.post([]hayon.AccountID{a, a})
	w.s = w.h.Reopen(w.T, w.s)
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindPostByID(ctx, p.ID)
		if diff := cmp.Diff(p, got); diff != "" {
			w.Errorf("post after reopening (-want +got):\n%s", diff)
		}
		return err
	})
}

func rollback(w *world) {
	err := w.s.Update(w.Context(), func(ctx context.Context, tx hayon.Tx) error {
		return errors.Join(putUser("ana", 7)(ctx, tx), errOwn)
	})
	if !errors.Is(err, errOwn) || hayon.CodeOf(err) != hayon.CodeInternal {
		w.Errorf("Update answers %v, want the function's own error", err)
	}
	if err := w.s.View(w.Context(), func(context.Context, hayon.Tx) error { return errOwn }); err != errOwn { //nolint:errorlint // the very same
		w.Errorf("View answers %v, want the function's own error", err)
	}
	w.refused(hayon.CodeInternal, func(context.Context, hayon.Tx) error { return errOwn })
	err = w.s.View(w.Context(), putUser("ana", 7))
	if hayon.CodeOf(err) != hayon.CodeInternal {
		w.Errorf("a view that writes answers %v, want internal", err)
	}
	if got := w.userName(7); got != "" {
		w.Errorf("user %q is there after a rollback", got)
	}
}

func failingNeighbour(w *world) {
	const n = 60
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			errs[i] = w.s.Update(w.Context(), func(ctx context.Context, tx hayon.Tx) error {
				if err := putUser("ana", byte(i+10))(ctx, tx); err != nil {
					return err
				}
				if i%3 == 0 {
					return errOwn
				}
				return nil
			})
		})
	}
	wg.Wait()
	for i, err := range errs {
		bad := i%3 == 0
		if errors.Is(err, errOwn) != bad || !bad && err != nil {
			w.Errorf("Update %d answers %v", i, err)
		}
		if got := w.userName(byte(i + 10)); (got == "") != bad {
			w.Errorf("user %d is %q", i, got)
		}
	}
}

func panics(w *world) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for i := range 10 {
		wg.Go(func() {
			if err := w.s.Update(w.Context(), putUser("ben", byte(20+i))); err != nil {
				w.Errorf("neighbour of a panic: %v", err)
			}
		})
		func() {
			defer func() {
				if v := recover(); v != errOwn { //nolint:errorlint // a panic value
					w.Errorf("recovered %v, want the function's own value", v)
				}
			}()
			_ = w.s.Update(w.Context(), func(ctx context.Context, tx hayon.Tx) error {
				_ = putUser("ana", 7)(ctx, tx)
				panic(errOwn)
			})
		}()
		func() {
			defer func() { _ = recover() }()
			_ = w.s.View(w.Context(), func(context.Context, hayon.Tx) error { panic(errOwn) })
			w.Error("a view swallowed a panic")
		}()
	}
	if got := w.userName(7); got != "" {
		w.Errorf("user %q is there after a panic", got)
	}
}

func goexit(w *world) {
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = w.s.Update(w.Context(), func(context.Context, hayon.Tx) error {
			runtime.Goexit() // as t.Fatal does
			return nil
		})
	})
	wg.Wait()
	w.update(putUser("ana", 7))
}

func endedContext(w *world) {
	ctx, cancel := context.WithCancel(w.Context())
	cancel()
	ran := false
	fn := func(context.Context, hayon.Tx) error {
		ran = true
		return nil
	}
	for name, err := range map[string]error{"Update": w.s.Update(ctx, fn), "View": w.s.View(ctx, fn)} {
		if !errors.Is(err, context.Canceled) || hayon.CodeOf(err) != hayon.CodeTimeout {
			w.Errorf("%s answers %v (%s), want a timeout that is context.Canceled", name, err, hayon.CodeOf(err))
		}
	}
	if ran {
		w.Error("the function ran")
	}
}

func lateContext(w *world) {
	ctx, cancel := context.WithCancel(w.Context())
	err := w.s.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		cancel()
		return putUser("ana", 7)(ctx, tx)
	})
	if err != nil || w.userName(7) != "ana" {
		w.Errorf("Update answers %v and the user is %q, want the change", err, w.userName(7))
	}
}

func snapshot(w *world) {
	w.update(putUser("one", 7))
	wrote := make(chan error, 1)
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		go func() { wrote <- w.s.Update(w.Context(), putUser("two", 7)) }()
		for range 100 {
			if u, err := tx.FindUserByID(ctx, hayon.UserID{11: 7}); err != nil || u.Name != "one" {
				w.Errorf("the view sees %v, %v", u, err)
			}
		}
		return nil
	})
	if err := <-wrote; err != nil || w.userName(7) != "two" {
		w.Errorf("Update beside a view: %v", err)
	}
}

func nested(w *world) {
	for name, fn := range map[string]func(context.Context, func(context.Context, hayon.Tx) error) error{"Update": w.s.Update, "View": w.s.View} {
		err := fn(w.Context(), func(ctx context.Context, _ hayon.Tx) error { return w.s.Update(ctx, putUser("ana", 7)) })
		if hayon.CodeOf(err) != hayon.CodeInternal {
			w.Errorf("Update in %s answers %v, want internal", name, err)
		}
	}
}

func useAfterClose(w *world) {
	s := w.s
	w.s = w.h.Reopen(w.T, w.s)
	for name, err := range map[string]error{
		"Update": s.Update(w.Context(), putUser("ana", 7)),
		"View":   s.View(w.Context(), func(context.Context, hayon.Tx) error { return nil }),
		"Check":  s.Check(w.Context()),
		"Close":  s.Close(),
	} {
		if hayon.CodeOf(err) != hayon.CodeConflict {
			w.Errorf("%s after Close answers %v, want a conflict", name, err)
		}
	}
}

func changed(w *world) {
	if !w.h.Features.Changes {
		w.Skip("the store does not tell changes")
	}
	c := w.s.(hayon.Changes) //nolint:forcetypeassert // declared
	closed := func(ch <-chan struct{}) bool {
		select {
		case <-ch:
			return true
		default:
			return false
		}
	}
	before := c.Changed()
	w.update(putUser("ana", 7))
	if closed(before) {
		w.Error("told of a commit without journal and outbox rows")
	}
	_ = w.s.Update(w.Context(), func(ctx context.Context, tx hayon.Tx) error {
		return errors.Join(tx.AppendJournal(ctx, &hayon.JournalRow{At: start, Kind: hayon.RowState}), errOwn)
	})
	if closed(before) {
		w.Error("told of a journal row that was taken back")
	}
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		return tx.AppendJournal(ctx, &hayon.JournalRow{At: start, Kind: hayon.RowState})
	})
	if !closed(before) {
		w.Error("not told of a journal row")
	}
	before = c.Changed()
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.AppendOutbox(ctx, &hayon.OutboxRow{At: start}) })
	if !closed(before) {
		w.Error("not told of an outbox row")
	}
}
