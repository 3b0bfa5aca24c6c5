package vaulttest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/hayon/hayon"
)

// count adds one to the number that ref holds.
func count(ctx context.Context, v hayon.Vault, ref string) error {
	return v.Update(ctx, ref, func(current hayon.Secret) (hayon.Secret, error) {
		n := 0
		if !current.IsZero() {
			var err error
			if n, err = strconv.Atoi(string(current.Reveal())); err != nil {
				return hayon.Secret{}, err
			}
		}
		return hayon.NewSecret([]byte(strconv.Itoa(n + 1))), nil
	})
}

// together runs fn n times at once and fails the test for each error.
func together(t *testing.T, n int, fn func(ctx context.Context, i int) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			if err := fn(ctx, i); err != nil {
				t.Errorf("goroutine %d: %v", i, err)
			}
		})
	}
	group.Wait()
}

func concurrentOneRef(t *testing.T, k *kit) {
	t.Helper()
	v := k.open(t)
	const n = 12
	together(t, n, func(ctx context.Context, _ int) error { return count(ctx, v, "n") })
	wantSecret(t, v, "n", hayon.NewSecret([]byte(strconv.Itoa(n))))
}

func concurrentManyRefs(t *testing.T, k *kit) {
	t.Helper()
	v := k.open(t)
	var want []string
	for i := range 8 {
		want = append(want, fmt.Sprintf("ref%d", i))
	}
	together(t, len(want), func(ctx context.Context, i int) error {
		if err := count(ctx, v, want[i]); err != nil {
			return err
		}
		_, err := v.Get(ctx, want[i])
		return err
	})
	wantRefs(t, v, want...)
}

func lockExcludes(t *testing.T, k *kit) {
	t.Helper()
	v := k.open(t)
	excludes(t, v, v)
}

func secondHandleLocks(t *testing.T, k *kit) {
	t.Helper()
	excludes(t, k.open(t), k.open(t))
}

// excludes takes one lock from many goroutines, in turns on the two handles.
func excludes(t *testing.T, one, two hayon.Vault) {
	t.Helper()
	var inside, runs atomic.Int32
	handles := []hayon.Vault{one, two}
	together(t, 8, func(ctx context.Context, i int) error {
		return handles[i%2].Lock(ctx, "account", func(context.Context) error {
			if n := inside.Add(1); n != 1 {
				t.Errorf("%d holders of one lock", n)
			}
			runs.Add(1)
			inside.Add(-1)
			return nil
		})
	})
	if got := runs.Load(); got != 8 {
		t.Errorf("fn ran %d times, want 8", got)
	}

	// A holder that stays shuts everyone out.
	err := one.Lock(t.Context(), "account", func(context.Context) error {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- two.Lock(ctx, "account", func(context.Context) error {
				t.Error("a second holder got in")
				return nil
			})
		}()
		cancel()
		wantEnded(t, "Lock of a held name", <-done)
		return nil
	})
	if err != nil {
		t.Errorf("Lock: %v", err)
	}
}

func lockNames(t *testing.T, k *kit) {
	t.Helper()
	v := k.open(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ran := false
	err := v.Lock(ctx, "a/b", func(ctx context.Context) error {
		return v.Lock(ctx, "a:b", func(context.Context) error {
			ran = true
			return nil
		})
	})
	if err != nil || !ran {
		t.Errorf("Lock of two names: got %v, inner fn ran: %v", err, ran)
	}
}

func lockAllowsUpdates(t *testing.T, k *kit) {
	t.Helper()
	v, s := k.open(t), k.secret("session")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err := v.Lock(ctx, "a", func(ctx context.Context) error {
		return v.Update(ctx, "a", func(hayon.Secret) (hayon.Secret, error) { return s, nil })
	})
	if err != nil {
		t.Fatalf("Update under a Lock of the same name: %v", err)
	}
	wantSecret(t, v, "a", s)
}

func lockContext(t *testing.T, k *kit) {
	t.Helper()
	v := k.open(t)
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "value")
	err := v.Lock(ctx, "a", func(ctx context.Context) error {
		if ctx.Value(key{}) != "value" {
			t.Error("fn does not get the context of Lock")
		}
		short, cancel := context.WithTimeout(ctx, 1)
		defer cancel()
		err := v.Lock(short, "a", func(context.Context) error {
			t.Error("a second holder got in")
			return nil
		})
		wantCode(t, "Lock of a held name", err, hayon.CodeTimeout)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Lock of a held name: got %v, want it caused by the deadline", err)
		}
		return nil
	})
	if err != nil {
		t.Errorf("Lock: %v", err)
	}
}

func lockReleased(t *testing.T, k *kit) {
	t.Helper()
	v := k.open(t)
	errFn := errors.New("fn fails")
	if err := v.Lock(t.Context(), "a", func(context.Context) error { return errFn }); !errors.Is(err, errFn) {
		t.Errorf("Lock: got %v, want the error of fn", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = v.Lock(t.Context(), "a", func(context.Context) error { panic("fn panics") })
	}()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := v.Lock(ctx, "a", func(context.Context) error { return nil }); err != nil {
		t.Errorf("Lock after an error and a panic: %v", err)
	}
}

func secondHandleUpdates(t *testing.T, k *kit) {
	t.Helper()
	handles := []hayon.Vault{k.open(t), k.open(t)}
	const n = 8
	together(t, n, func(ctx context.Context, i int) error { return count(ctx, handles[i%2], "n") })
	wantSecret(t, handles[0], "n", hayon.NewSecret([]byte(strconv.Itoa(n))))
}
