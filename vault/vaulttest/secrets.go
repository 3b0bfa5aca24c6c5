package vaulttest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

// put stores s under ref.
func put(t *testing.T, v hayon.Vault, ref string, s hayon.Secret) {
	t.Helper()
	err := v.Update(t.Context(), ref, func(hayon.Secret) (hayon.Secret, error) { return s, nil })
	if err != nil {
		t.Fatalf("Update(%q): %v", ref, err)
	}
}

// wantSecret checks what the vault holds under ref, without printing it.
func wantSecret(t *testing.T, v hayon.Vault, ref string, want hayon.Secret) {
	t.Helper()
	got, err := v.Get(t.Context(), ref)
	if err != nil {
		t.Errorf("Get(%q): %v", ref, err)
	} else if !got.Equal(want) {
		t.Errorf("Get(%q) answers another secret than was stored", ref)
	}
}

func wantCode(t *testing.T, what string, err error, want hayon.Code) {
	t.Helper()
	if got := hayon.CodeOf(err); got != want {
		t.Errorf("%s: got code %q (%v), want %q", what, got, err, want)
	}
}

func wantRefs(t *testing.T, v hayon.Vault, want ...string) {
	t.Helper()
	got, err := v.Refs(t.Context())
	if err != nil {
		t.Errorf("Refs: %v", err)
	}
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Refs (-want +got):\n%s", diff)
	}
}

func getUnknown(t *testing.T, k *kit) {
	t.Helper()
	v := k.open(t)
	_, err := v.Get(t.Context(), "bluesky/ana")
	wantCode(t, "Get from an empty vault", err, hayon.CodeNotFound)
	wantRefs(t, v)
	put(t, v, "bluesky/ana", k.secret("ana"))
	got, err := v.Get(t.Context(), "bluesky/an")
	wantCode(t, "Get of an unknown ref", err, hayon.CodeNotFound)
	if !got.IsZero() {
		t.Error("Get of an unknown ref answers a secret")
	}
}

func updateCreates(t *testing.T, k *kit) {
	t.Helper()
	v, s := k.open(t), k.secret("ana")
	err := v.Update(t.Context(), "bluesky/ana", func(current hayon.Secret) (hayon.Secret, error) {
		if !current.IsZero() {
			t.Error("Update hands a secret that nobody stored")
		}
		return s, nil
	})
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
	wantSecret(t, v, "bluesky/ana", s)
	wantRefs(t, v, "bluesky/ana")
}

func updateReplaces(t *testing.T, k *kit) {
	t.Helper()
	v, first, second, other := k.open(t), k.secret("first"), k.secret("second"), k.secret("other")
	put(t, v, "mastodon/ana", other)
	put(t, v, "bluesky/ana", first)
	runs := 0
	err := v.Update(t.Context(), "bluesky/ana", func(current hayon.Secret) (hayon.Secret, error) {
		runs++
		if !current.Equal(first) {
			t.Error("Update hands another secret than was stored")
		}
		return second, nil
	})
	if err != nil || runs == 0 {
		t.Fatalf("Update: %v after %d runs of fn", err, runs)
	}
	wantSecret(t, v, "bluesky/ana", second)
	wantSecret(t, v, "mastodon/ana", other)
}

func updateRemoves(t *testing.T, k *kit) {
	t.Helper()
	v, kept := k.open(t), k.secret("kept")
	put(t, v, "a", k.secret("removed"))
	put(t, v, "b", kept)
	put(t, v, "a", hayon.Secret{})
	_, err := v.Get(t.Context(), "a")
	wantCode(t, "Get of a removed secret", err, hayon.CodeNotFound)
	wantSecret(t, v, "b", kept)
	wantRefs(t, v, "b")
}

func updateNothing(t *testing.T, k *kit) {
	t.Helper()
	v := k.open(t)
	put(t, v, "a", hayon.Secret{})
	wantRefs(t, v)
	_, err := v.Get(t.Context(), "a")
	wantCode(t, "Get", err, hayon.CodeNotFound)
}

func updateFails(t *testing.T, k *kit) {
	t.Helper()
	v, old := k.open(t), k.secret("old")
	put(t, v, "a", old)
	errFn := errors.New("fn fails")
	for _, ref := range []string{"a", "b"} {
		err := v.Update(t.Context(), ref, func(hayon.Secret) (hayon.Secret, error) { return k.secret("new"), errFn })
		if !errors.Is(err, errFn) {
			t.Errorf("Update(%q): got %v, want the error of fn", ref, err)
		}
	}
	wantSecret(t, v, "a", old)
	wantRefs(t, v, "a")
}

func updateBadRef(t *testing.T, k *kit) {
	t.Helper()
	v := k.open(t)
	for _, ref := range []string{"", "a\xff"} {
		err := v.Update(t.Context(), ref, func(hayon.Secret) (hayon.Secret, error) { return k.secret("x"), nil })
		wantCode(t, "Update", err, hayon.CodeInvalid)
	}
	wantRefs(t, v)
}

func anyBytes(t *testing.T, k *kit) {
	t.Helper()
	v := k.open(t)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for ref, b := range map[string][]byte{
		"every byte": all, "line feed": []byte("a\n"), "json": []byte(`{"a":"b"}`), "large": bytes.Repeat(all, 1024),
		"../../ref with / and ü\n": []byte("x"),
	} {
		s := hayon.NewSecret(b)
		put(t, v, ref, s)
		wantSecret(t, v, ref, s)
	}
}

func refsSorted(t *testing.T, k *kit) {
	t.Helper()
	v := k.open(t)
	for _, ref := range []string{"mastodon/b", "bluesky/z", "mastodon/a", "Bluesky/a"} {
		put(t, v, ref, k.secret("x"))
	}
	wantRefs(t, v, "Bluesky/a", "bluesky/z", "mastodon/a", "mastodon/b")
}

func endedContext(t *testing.T, k *kit) {
	t.Helper()
	v, s := k.open(t), k.secret("a")
	put(t, v, "a", s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := v.Get(ctx, "a")
	wantEnded(t, "Get", err)
	_, err = v.Refs(ctx)
	wantEnded(t, "Refs", err)
	wantEnded(t, "Update", v.Update(ctx, "a", func(hayon.Secret) (hayon.Secret, error) { return k.secret("b"), nil }))
	wantEnded(t, "Lock", v.Lock(ctx, "a", func(context.Context) error {
		t.Error("Lock runs fn after the end of its context")
		return nil
	}))
	wantSecret(t, v, "a", s)
}

// wantEnded checks the error of a call whose context was canceled.
func wantEnded(t *testing.T, what string, err error) {
	t.Helper()
	wantCode(t, what, err, hayon.CodeTimeout)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%s: got %v, want an error caused by context.Canceled", what, err)
	}
}

func reopened(t *testing.T, k *kit) {
	t.Helper()
	s := k.secret("kept")
	put(t, k.open(t), "a", s)
	v := k.open(t)
	wantSecret(t, v, "a", s)
	wantRefs(t, v, "a")
}

func secondHandle(t *testing.T, k *kit) {
	t.Helper()
	one, two := k.open(t), k.open(t)
	wantRefs(t, two)
	for range 5 {
		s := k.secret("a") // all of one length, so that the size of the file tells nothing
		put(t, one, "a", s)
		wantSecret(t, two, "a", s)
		wantSecret(t, one, "a", s)
	}
	put(t, two, "a", hayon.Secret{})
	wantRefs(t, one)
}
