package dir_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/dir"
)

// put stores a text that was written at a time, and answers its hash.
func put(t *testing.T, b *dir.Blobs, root, text string, written time.Time) string {
	t.Helper()
	hash, _, err := b.Put(t.Context(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, hash[:2], hash[2:4], hash)
	if err := os.Chtimes(path, written, written); err != nil {
		t.Fatal(err)
	}
	return hash
}

type listed struct {
	Bytes   int64
	Written time.Time
}

func list(t *testing.T, b *dir.Blobs) map[string]listed {
	t.Helper()
	got := make(map[string]listed)
	err := b.List(t.Context(), func(hash string, bytes int64, written time.Time) error {
		got[hash] = listed{bytes, written.UTC()}
		return nil
	})
	if err != nil {
		t.Errorf("List: %v", err)
	}
	return got
}

func TestList(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "media")
	b := open(t, root)
	if got := list(t, b); len(got) != 0 {
		t.Errorf("an empty folder lists %v", got)
	}
	old, young := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	want := map[string]listed{
		put(t, b, root, "", old):      {0, old},
		put(t, b, root, "abc", young): {3, young},
	}
	for _, name := range []string{"README", "ab/cd/" + strings.Repeat("ef", 32), "tmp/blob-1", strings.Repeat("ab", 32)} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("no blob"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, list(t, b)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
	own, calls := errors.New("own"), 0
	err := b.List(t.Context(), func(string, int64, time.Time) error {
		calls++
		return own
	})
	if !errors.Is(err, own) || calls != 1 {
		t.Errorf("List with an error of its function answers %v after %d calls", err, calls)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = b.List(ctx, func(string, int64, time.Time) error { return own })
	if hayon.CodeOf(err) != hayon.CodeTimeout {
		t.Errorf("List without time answers %v", err)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "media")
	b := open(t, root)
	before := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	old, at := put(t, b, root, "old", before.Add(-time.Second)), put(t, b, root, "at", before)
	for _, c := range []struct {
		name, hash string
		want       bool
	}{
		{"old", strings.ToUpper(old), true},
		{"again", old, false},
		{"written at the instant", at, false},
		{"unknown", strings.Repeat("a", 64), false},
		{"no hash", "../" + at, false},
		{"empty", "", false},
	} {
		if got, err := b.Remove(t.Context(), c.hash, before); got != c.want || err != nil {
			t.Errorf("%s: Remove answers %v, %v", c.name, got, err)
		}
	}
	if _, err := b.Open(t.Context(), old); hayon.CodeOf(err) != hayon.CodeNotFound {
		t.Errorf("a removed blob opens: %v", err)
	}
	if got := files(t, root); len(got) != 1 {
		t.Errorf("files are %v, want one", got)
	}
	// What is stored again counts as new.
	put(t, b, root, "old", before.Add(-time.Second))
	if _, _, err := b.Put(t.Context(), strings.NewReader("old")); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Remove(t.Context(), old, before); got || err != nil {
		t.Errorf("a blob that was stored again: Remove answers %v, %v", got, err)
	}
}

// TestRemoveWhilePut has one who removes an old blob for ever, and others who store it again and read it:
// who has stored it finds it, from then on.
func TestRemoveWhilePut(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "media")
	b := open(t, root)
	longAgo := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for range 12 {
		hash := put(t, b, root, "text", longAgo)
		stop := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := b.Remove(t.Context(), hash, longAgo.Add(time.Hour)); err != nil {
					t.Errorf("Remove: %v", err)
				}
			}
		})
		if _, _, err := b.Put(t.Context(), strings.NewReader("text")); err != nil {
			t.Errorf("Put: %v", err)
		}
		for range 20 {
			r, err := b.Open(t.Context(), hash)
			if err != nil {
				t.Errorf("what was just stored is gone: %v", err)
				break
			}
			if got, err := io.ReadAll(r); string(got) != "text" || err != nil {
				t.Errorf("read %q, %v", got, err)
			}
			_ = r.Close() // it was only read
		}
		close(stop)
		wg.Wait()
	}
}

func TestTidy(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "media")
	b := open(t, root)
	hash := put(t, b, root, "text", time.Now())
	tmp := filepath.Join(root, "tmp")
	now := time.Now()
	for name, age := range map[string]time.Duration{"blob-old": 25 * time.Hour, "blob-young": 23 * time.Hour, "strange": 25 * time.Hour} {
		path := filepath.Join(tmp, name)
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, now.Add(-age), now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	// A process was killed between the two steps of a removal.
	if err := os.Rename(filepath.Join(root, hash[:2], hash[2:4], hash), filepath.Join(tmp, "removed-"+hash)); err != nil {
		t.Fatal(err)
	}
	n, bytes, err := b.Tidy(now)
	if n != 1 || bytes != 4 || err != nil {
		t.Errorf("Tidy answers %d files, %d bytes, %v", n, bytes, err)
	}
	want := map[string]string{
		"tmp/blob-young": "half", "tmp/strange": "half", hash[:2] + "/" + hash[2:4] + "/" + hash: "text",
	}
	if diff := cmp.Diff(want, files(t, root)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if err := os.Chtimes(filepath.Join(tmp, "blob-young"), now.Add(-25*time.Hour), now.Add(-25*time.Hour)); err != nil {
		t.Fatal(err)
	}
	open(t, root)
	if _, ok := files(t, root)["tmp/blob-young"]; ok {
		t.Error("opening the folder leaves a stale file")
	}
}
