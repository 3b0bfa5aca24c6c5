package storetest

import (
	"context"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func cursorCases() []testCase {
	return []testCase{
		{"a cursor is stored as it is, listed by name, and goes when deleted", cursors},
	}
}

func cursors(w *world) {
	hook := &hayon.Cursor{Name: "hook/b", Seq: 7, Tries: 2, NotBefore: start, LastError: "no", Disabled: true}
	other := &hayon.Cursor{Name: "hook/a", Seq: 1, Lease: &hayon.Lease{Until: start.Add(time.Minute), Owner: hayon.Owner{Host: "h", PID: 1}}}
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		if err := tx.PutCursor(ctx, hook); err != nil {
			return err
		}
		return tx.PutCursor(ctx, other)
	})
	w.s = w.h.Reopen(w.T, w.s)
	wantCursors(w, other, hook)
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindCursor(ctx, "hook/b")
		if diff := cmp.Diff(hook, got); diff != "" {
			w.Errorf("cursor (-want +got):\n%s", diff)
		}
		return err
	})
	hook.Seq = 8
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		for _, name := range []string{"hook/a", "hook/never"} {
			if err := tx.DeleteCursor(ctx, name); err != nil {
				return err
			}
		}
		return tx.PutCursor(ctx, hook)
	})
	wantCursors(w, hook)
	w.refused(hayon.CodeNotFound, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindCursor(ctx, "hook/a")
		return err
	})
	w.refused(hayon.CodeInternal, func(ctx context.Context, tx hayon.Tx) error { return tx.PutCursor(ctx, &hayon.Cursor{Seq: 1}) })
}

func wantCursors(w *world, want ...*hayon.Cursor) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindCursors(ctx)
		if diff := cmp.Diff(want, got); diff != "" {
			w.Errorf("cursors (-want +got):\n%s", diff)
		}
		return err
	})
}
