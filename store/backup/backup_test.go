package backup_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/backup"
)

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	p := newProfile(t, t.TempDir())
	content := make(map[string]string)
	for i := range 60 {
		text := strings.Repeat("picture "+strconv.Itoa(i)+" ", 1+i*i)
		content[p.medium(strings.NewReader(text)).SHA256] = text
	}
	for i := range 500 {
		p.post("post "+strconv.Itoa(i), nil)
	}
	for i := range 30 {
		p.letter(i)
	}
	archive := p.archive()
	to := filepath.Join(t.TempDir(), "new", "profile")
	done, err := restore(t.Context(), bytes.NewReader(archive), to)
	if err != nil {
		t.Fatal(err)
	}
	m := done.Manifest
	if m.Format != 1 || m.Version != "1.2.3" || m.Posts != 500 || m.Targets != 500 || m.Media != 60 || m.Schema < 1 || done.Aside != "" || done.Missing != nil {
		t.Errorf("restored %+v", done)
	}
	if left := tree(t, to); !slices.Contains(left, "hayon.db") || slices.ContainsFunc(left, func(s string) bool { return strings.HasPrefix(s, ".restore") }) {
		t.Errorf("the folder has %q", left)
	}
	if info, err := os.Stat(filepath.Join(to, "hayon.db")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the database: %v, %v; want it readable for its owner alone", info, err)
	}
	again := newProfile(t, to)
	if diff := cmp.Diff(p.posts(), again.posts()); diff != "" {
		t.Errorf("posts (-archived +restored):\n%s", diff)
	}
	letters, open := p.letters()
	if lettersAgain, openAgain := again.letters(); len(letters) != 30 || open != 10 || openAgain != open {
		t.Errorf("%d letters, %d of them open, want 30 and 10; %d open ones were restored", len(letters), open, openAgain)
	} else if diff := cmp.Diff(letters, lettersAgain); diff != "" {
		t.Errorf("letters (-archived +restored):\n%s", diff)
	}
	for hash, want := range content {
		if got, err := again.read(hash); err != nil || string(got) != want {
			t.Errorf("medium %s: %d bytes, %v; want %d", hash, len(got), err, len(want))
		}
	}
	plain := filepath.Join(t.TempDir(), "plain")
	if _, err := restore(t.Context(), bytes.NewReader(unzip(t, archive)), plain); err != nil {
		t.Errorf("an archive that somebody unpacked: %v", err)
	}
	if err := same(plain, entries(t, archive)); err != nil {
		t.Errorf("an archive that somebody unpacked: %v", err)
	}
	if left := tree(t, p.dir); slices.ContainsFunc(left, func(s string) bool { return strings.HasPrefix(s, "hayon-backup") }) {
		t.Errorf("the copy of the database was left behind: %q", left)
	}
}

// The entries stand in one order, whatever the order in which media were stored, and tell nothing of the
// machine.
func TestEntries(t *testing.T) {
	t.Parallel()
	p := small(t)
	var names []string
	for _, e := range entries(t, p.archive()) {
		names = append(names, e.head.Name)
		if e.head.Mode != 0o600 || e.head.Uid != 0 || e.head.Gid != 0 || e.head.Uname != "" || e.head.Gname != "" {
			t.Errorf("%s: mode %o of %d %s", e.head.Name, e.head.Mode, e.head.Uid, e.head.Uname)
		}
	}
	if len(names) != 5 || names[0] != "manifest.json" || names[1] != "hayon.db" || names[4] != "SHA256SUMS" || !slices.IsSorted(names[2:4]) {
		t.Errorf("entries %q", names)
	}
}

func TestWithoutMedia(t *testing.T) {
	t.Parallel()
	p := small(t)
	var b bytes.Buffer
	if err := p.source().Write(t.Context(), &b, hayon.BackupRequest{WithoutMedia: true}); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "profile")
	done, err := restore(t.Context(), &b, to)
	if err != nil || !done.Manifest.WithoutMedia || done.Manifest.Media != 0 {
		t.Fatalf("restored %+v, %v", done, err)
	}
	if left := tree(t, to); !slices.Equal(left, []string{"hayon.db"}) {
		t.Errorf("the folder has %q", left)
	}
	if got := newProfile(t, to).posts(); len(got) != 3 {
		t.Errorf("%d posts, want 3", len(got))
	}
}

// While somebody writes, each backup has one state: all posts up to one of them, those that were stored
// before it began among them, and the bytes of each medium that a post has.
func TestWhileOthersWrite(t *testing.T) {
	t.Parallel()
	p := newProfile(t, t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex // guards stored
	stored := 0
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 0; ctx.Err() == nil && i < 400; i++ {
			p.post(strconv.Itoa(i), p.medium(strings.NewReader("picture "+strconv.Itoa(i))))
			mu.Lock()
			stored++
			mu.Unlock()
		}
	})
	defer writer.Wait()
	defer stop()
	for range 4 {
		mu.Lock()
		least := stored
		mu.Unlock()
		archive := p.archive()
		to := filepath.Join(t.TempDir(), "profile")
		if _, err := restore(t.Context(), bytes.NewReader(archive), to); err != nil {
			t.Fatal(err)
		}
		again := newProfile(t, to)
		posts := again.posts()
		if len(posts) < least {
			t.Errorf("%d posts, of %d that were there when it began", len(posts), least)
		}
		for i, post := range slices.Backward(posts) {
			if want := strconv.Itoa(len(posts) - 1 - i); post.Text != want {
				t.Fatalf("post %s stands where %s is to be", post.Text, want)
			}
			if _, err := again.read(post.Targets[0].Parts[0].Media[0].SHA256); err != nil {
				t.Errorf("post %s: %v", post.Text, err)
			}
		}
	}
}

// A medium that is lost, or damaged, costs no backup: it is left out and named.
func TestMissingMedia(t *testing.T) {
	t.Parallel()
	p := newProfile(t, t.TempDir())
	lost, damaged, whole := p.medium(strings.NewReader("a")), p.medium(strings.NewReader("b")), p.medium(strings.NewReader("c"))
	if err := os.Remove(p.blobPath(lost.SHA256)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.blobPath(damaged.SHA256), []byte("B"), 0o600); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "profile")
	done, err := restore(t.Context(), bytes.NewReader(p.archive()), to)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{lost.SHA256, damaged.SHA256}
	slices.Sort(want)
	if diff := cmp.Diff(want, done.Missing); diff != "" || done.Manifest.Media != 3 {
		t.Errorf("%d media, missing (-want +got):\n%s", done.Manifest.Media, diff)
	}
	if got, err := newProfile(t, to).read(whole.SHA256); err != nil || string(got) != "c" {
		t.Errorf("the other medium: %q, %v", got, err)
	}
}

// Neither side holds a medium in memory. This test runs alone: it counts what the process allocates.
func TestMemory(t *testing.T) { //nolint:paralleltest // see above
	const bytesOfMedium, most = 160 << 20, 100 << 20
	p := newProfile(t, t.TempDir())
	p.post("big", p.medium(io.LimitReader(zeros{}, bytesOfMedium)))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, w := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := p.source().Write(t.Context(), w, hayon.BackupRequest{})
		written <- errors.Join(err, w.CloseWithError(err))
	}()
	_, err := restore(t.Context(), r, filepath.Join(t.TempDir(), "profile"))
	if err = errors.Join(err, r.Close(), <-written); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > most {
		t.Errorf("%d MB were allocated for a medium of %d MB, want at most %d", got>>20, bytesOfMedium>>20, most>>20)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// full takes so many bytes and no more.
type full struct{ left int }

var errFull = errors.New("the disk is full")

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteThatFails(t *testing.T) {
	t.Parallel()
	p := small(t)
	for _, left := range []int{0, 20, len(p.archive()) - 100} {
		err := p.source().Write(t.Context(), &full{left: left}, hayon.BackupRequest{})
		if hayon.CodeOf(err) != hayon.CodeLocal || !errors.Is(err, errFull) {
			t.Errorf("after %d bytes: %v, want a local error with its cause", left, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.source().Write(ctx, io.Discard, hayon.BackupRequest{}); hayon.CodeOf(err) != hayon.CodeTimeout {
		t.Errorf("after the end of its context: %v, want a timeout", err)
	}
	src := p.source()
	src.Dir = filepath.Join(p.dir, "nowhere")
	if err := src.Write(t.Context(), io.Discard, hayon.BackupRequest{}); hayon.CodeOf(err) != hayon.CodeLocal {
		t.Errorf("without room for the copy: %v, want a local error", err)
	}
	src = p.source()
	src.Store = struct{ hayon.Store }{p.db}
	if err := src.Write(t.Context(), io.Discard, hayon.BackupRequest{}); hayon.CodeOf(err) != hayon.CodeUsage {
		t.Errorf("of a store that cannot be copied: %v, want a usage error", err)
	}
}

func ExampleRestore() {
	var archive io.Reader // of [backup.Source.Write]
	done, err := backup.Restore(context.Background(), archive, "relative/folder", backup.Options{Blobs: openBlobs})
	if err != nil {
		_, _ = io.WriteString(os.Stdout, err.Error())
		return
	}
	_, _ = io.WriteString(os.Stdout, done.Aside)
	// Output: a backup is restored into an absolute folder, and not into "relative/folder"
}
