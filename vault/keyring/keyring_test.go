package keyring_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	oskeyring "github.com/zalando/go-keyring"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault/keyring"
)

const identity = "AGE-SECRET-KEY-1CANARY"

// fake is a keyring in memory that can be told to hang, to fail and to forget.
type fake struct {
	hang chan struct{} // if not nil, every call waits until it is closed
	err  error
	lose bool

	mu      sync.Mutex // guards what follows
	entries map[string]string
	calls   int
}

func (f *fake) call() error {
	f.mu.Lock()
	f.calls++
	f.mu.Unlock()
	if f.hang != nil {
		<-f.hang
	}
	return f.err
}

func (f *fake) Set(service, user, secret string) error {
	if err := f.call(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.entries == nil {
		f.entries = make(map[string]string)
	}
	if f.lose {
		secret = strings.ToLower(secret)
	}
	f.entries[service+":"+user] = secret
	return nil
}

func (f *fake) Get(service, user string) (string, error) {
	if err := f.call(); err != nil {
		return "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	text, ok := f.entries[service+":"+user]
	if !ok {
		return "", keyring.ErrNotFound
	}
	return text, nil
}

func (f *fake) Delete(service, user string) error {
	if err := f.call(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.entries[service+":"+user]; !ok {
		return keyring.ErrNotFound
	}
	delete(f.entries, service+":"+user)
	return nil
}

func (f *fake) called() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

func TestMakeOpenDrop(t *testing.T) {
	t.Parallel()
	f := &fake{}
	o := keyring.New(keyring.Config{Profile: "work", Backend: f})
	got, kept, err := o.Make(t.Context(), "0123", hayon.NewSecret([]byte(identity)))
	if err != nil || kept != nil || string(got.Reveal()) != identity {
		t.Fatalf("Make: got %d bytes to keep, %v", len(kept), err)
	}
	if f.entries["hayon:work/0123"] != identity {
		t.Errorf("the keyring has other entries than hayon:work/0123: %d", len(f.entries))
	}
	if got, err = o.Open(t.Context(), "0123", nil); err != nil || string(got.Reveal()) != identity {
		t.Errorf("Open: %v", err)
	}
	for range 2 { // the second finds nothing, which is no error
		if err := o.Drop(t.Context(), "0123"); err != nil {
			t.Errorf("Drop: %v", err)
		}
	}
	_, err = o.Open(t.Context(), "0123", nil)
	if e := hayon.AsError(err); e == nil || e.Code != hayon.CodeLocal || !strings.Contains(e.Message, "has no entry") || e.Hint == "" {
		t.Errorf("Open after Drop: got %#v, want a local error with a hint", e)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		err    error
		detail string
		want   string
	}{
		{"locked", errors.New("failed to unlock correct collection '/login'"), "unusable", "failed to unlock correct collection"},
		{"quotes the secret", fmt.Errorf("cannot store %s", identity), "unusable", "cannot store"},
		{"no keyring here", oskeyring.ErrUnsupportedPlatform, "unsupported", "no keyring on this operating system"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := keyring.New(keyring.Config{Backend: &fake{err: c.err}})
			_, _, makeErr := o.Make(t.Context(), "id", hayon.NewSecret([]byte(identity)))
			all := map[string]error{"Make": makeErr}
			if !strings.Contains(c.err.Error(), identity) { // only Make gives the secret away
				_, all["Open"] = o.Open(t.Context(), "id", nil)
				all["Drop"] = o.Drop(t.Context(), "id")
			}
			for what, err := range all {
				e := hayon.AsError(err)
				if e == nil || e.Code != hayon.CodeLocal || e.Details["keyring"] != c.detail || !strings.Contains(e.Message, c.want) || e.Hint == "" {
					t.Errorf("%s: got %#v, want a local error with %q and a hint", what, e, c.want)
				}
				for cause := err; cause != nil; cause = errors.Unwrap(cause) {
					if strings.Contains(cause.Error(), identity) {
						t.Errorf("%s shows the identity: %v", what, cause)
					}
				}
			}
			if !strings.Contains(hayon.AsError(makeErr).Hint, "--vault passphrase") {
				t.Errorf("Make: the hint offers no passphrase: %s", hayon.AsError(makeErr).Hint)
			}
		})
	}
}

func TestKeyringThatLoses(t *testing.T) {
	t.Parallel()
	o := keyring.New(keyring.Config{Backend: &fake{lose: true}})
	_, _, err := o.Make(t.Context(), "id", hayon.NewSecret([]byte(identity)))
	if hayon.CodeOf(err) != hayon.CodeLocal {
		t.Errorf("Make: got %v, want a local error", err)
	}
}

func TestTimeLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{hang: make(chan struct{})}
		o := keyring.New(keyring.Config{Backend: f, Timeout: 3 * time.Second})
		start := time.Now()
		_, err := o.Open(t.Context(), "id", nil)
		if got := time.Since(start); got != 3*time.Second {
			t.Errorf("Open took %s, want 3s", got)
		}
		e := hayon.AsError(err)
		if e == nil || e.Code != hayon.CodeLocal || e.Details["keyring"] != "timeout" || !strings.Contains(e.Message, "within 3s") {
			t.Errorf("Open: got %#v, want a local error about the time", e)
		}

		// While that call hangs, no further one is made, and none waits.
		start = time.Now()
		_, _, err = o.Make(t.Context(), "id", hayon.NewSecret([]byte(identity)))
		if hayon.CodeOf(err) != hayon.CodeLocal || time.Since(start) != 0 || f.called() != 1 {
			t.Errorf("Make beside a hanging call: got %v after %s and %d calls, want a local error at once", err, time.Since(start), f.called())
		}

		// The user answers the prompt after all.
		close(f.hang)
		synctest.Wait()
		if _, _, err := o.Make(t.Context(), "id", hayon.NewSecret([]byte(identity))); err != nil {
			t.Errorf("Make after the call ended: %v", err)
		}
	})
}

func TestDefaultTimeLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{hang: make(chan struct{})}
		defer close(f.hang)
		start := time.Now()
		_, err := keyring.New(keyring.Config{Backend: f}).Open(t.Context(), "id", nil)
		if err == nil || time.Since(start) != keyring.DefaultTimeout {
			t.Errorf("Open: got %v after %s, want an error after %s", err, time.Since(start), keyring.DefaultTimeout)
		}
	})
}

func TestContextEndsTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{hang: make(chan struct{})}
		defer close(f.hang)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := keyring.New(keyring.Config{Backend: f}).Open(ctx, "id", nil)
		if hayon.CodeOf(err) != hayon.CodeTimeout || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("Open: got %v after %s, want a timeout after 1s", err, time.Since(start))
		}
	})
}
