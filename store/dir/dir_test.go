package dir_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/dir"
)

func open(t *testing.T, root string) *dir.Blobs {
	t.Helper()
	b, err := dir.Open(root)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return b
}

// files are all files below root with their contents.
func files(t *testing.T, root string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(root, path)
		out[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPutAndOpen(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "data", "media")
	b := open(t, root)
	for _, c := range []struct {
		name string
		data []byte
	}{{"empty", nil}, {"short", []byte("hello")}, {"long", bytes.Repeat([]byte("0123456789"), 100_000)}} {
		for range 2 { // the second time it is there already
			hash, size, err := b.Put(t.Context(), iotest.HalfReader(bytes.NewReader(c.data)))
			sum := sha256.Sum256(c.data)
			if err != nil || size != int64(len(c.data)) || hash != hex.EncodeToString(sum[:]) {
				t.Fatalf("%s: Put answers %s, %d, %v", c.name, hash, size, err)
			}
			for _, name := range []string{hash, strings.ToUpper(hash)} {
				r, err := b.Open(t.Context(), name)
				if err != nil {
					t.Fatalf("%s: Open: %v", c.name, err)
				}
				got, err := io.ReadAll(r)
				if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, c.data) {
					t.Errorf("%s: read %d bytes, %v", c.name, len(got), err)
				}
			}
		}
	}
	if got := files(t, root); len(got) != 3 {
		t.Errorf("%d files, want one a blob", len(got))
	}
}

func TestLayout(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "media")
	hash, _, err := open(t, root).Put(t.Context(), strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	path := hash[:2] + "/" + hash[2:4] + "/" + hash
	if got := files(t, root); got[path] != "x" {
		t.Errorf("files are %v, want %s", got, path)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for _, p := range []string{"", hash[:2], hash[:2] + "/" + hash[2:4], path} {
		want := fs.FileMode(0o700)
		if p == path {
			want = 0o600
		}
		if info, err := os.Stat(filepath.Join(root, p)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%q has the mode %v, want %v", p, info.Mode(), want)
		}
	}
}

func TestOpenUnknown(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	b := open(t, filepath.Join(root, "media"))
	if err := os.WriteFile(filepath.Join(root, "secret"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, hash := range []string{"", "x", "../secret", strings.Repeat("../", 22)[:64], strings.Repeat("a", 64), strings.Repeat("a", 66)} {
		if r, err := b.Open(t.Context(), hash); hayon.CodeOf(err) != hayon.CodeNotFound || r != nil {
			t.Errorf("Open(%q) answers %v", hash, err)
		}
	}
}

func TestPutLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	errRead := errors.New("the reader's own error")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context //nolint:containedctx // a table
		r    io.Reader
		want func(error) bool
	}{
		{"reader", t.Context(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errRead)), func(err error) bool { return errors.Is(err, errRead) }},
		{"context", ended, strings.NewReader("x"), func(err error) bool {
			return errors.Is(err, context.Canceled) && hayon.CodeOf(err) == hayon.CodeTimeout
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			root := filepath.Join(t.TempDir(), "media")
			if _, _, err := open(t, root).Put(c.ctx, c.r); !c.want(err) {
				t.Errorf("Put answers %v", err)
			}
			if got := files(t, root); len(got) != 0 {
				t.Errorf("files are left: %v", got)
			}
		})
	}
}

func TestManyPutTheSame(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "media")
	var wg sync.WaitGroup
	for range 8 {
		b := open(t, root) // as of several processes
		wg.Go(func() {
			for range 10 {
				if _, _, err := b.Put(t.Context(), strings.NewReader("same")); err != nil {
					t.Errorf("Put: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if got := files(t, root); len(got) != 1 {
		t.Errorf("files are %v, want one", got)
	}
}

func TestOpenFolder(t *testing.T) {
	t.Parallel()
	if _, err := dir.Open("media"); hayon.CodeOf(err) != hayon.CodeUsage {
		t.Errorf("a relative path answers %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Open(filepath.Join(file, "media")); hayon.CodeOf(err) != hayon.CodeLocal {
		t.Errorf("a file in the way answers %v", err)
	}
}
