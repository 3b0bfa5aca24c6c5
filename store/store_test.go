package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b", "hayon.db")
	s, err := store.Open(t.Context(), "bolt://"+strings.ReplaceAll(filepath.ToSlash(path), " ", "%20"), store.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	b, err := store.OpenBlobs(t.Context(), "dir://"+filepath.ToSlash(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	if _, size, err := b.Put(t.Context(), strings.NewReader("x")); err != nil || size != 1 {
		t.Errorf("Put answers %d, %v", size, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, u := range []string{"", "bolt:", "bolt://x/y", "bolt:relative", "postgres://x/y", "/plain/path", "bolt:///%zz", "dir:///x"} {
		s, err := store.Open(t.Context(), u, store.Config{})
		if e := hayon.AsError(err); e == nil || e.Code != hayon.CodeUsage || e.Hint == "" || s != nil {
			t.Errorf("Open(%q) answers %v, %v", u, s, err)
		}
	}
	for _, u := range []string{"", "dir://x/y", "s3://bucket", "bolt:///x"} {
		b, err := store.OpenBlobs(t.Context(), u)
		if hayon.CodeOf(err) != hayon.CodeUsage || b != nil {
			t.Errorf("OpenBlobs(%q) answers %v, %v", u, b, err)
		}
	}
}

func Example() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "hayon")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(folder) }()

	s, err := store.Open(ctx, "bolt://"+filepath.ToSlash(folder)+"/hayon.db", store.Config{})
	if err != nil {
		panic(err)
	}
	defer func() { _ = s.Close() }()

	user := hayon.LocalUser()
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	post := &hayon.Post{ID: hayon.NewPostID(now), Owner: user.ID, Text: "hello", CreatedAt: now}
	err = s.Update(ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.CreatePost(ctx, post) })
	if err != nil {
		panic(err)
	}
	err = s.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		posts, err := tx.FindPosts(ctx, hayon.PostFilter{Owner: user.ID, Limit: 30})
		for _, p := range posts {
			fmt.Println(p.Text, p.State())
		}
		return err
	})
	if err != nil {
		panic(err)
	}
	// Output: hello draft
}
