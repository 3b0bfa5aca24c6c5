package backup_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/backup"
	"github.com/hayon/hayon/store/bolt"
	"github.com/hayon/hayon/store/dir"
)

// profile is a profile's data folder, open.
type profile struct {
	t      *testing.T
	dir    string
	db     *bolt.DB
	blobs  *dir.Blobs
	closed bool
}

// newProfile opens a folder, new or restored, and looks at its database when the test ends.
func newProfile(t *testing.T, folder string) *profile {
	t.Helper()
	p := &profile{t: t, dir: folder}
	var err error
	if p.db, err = bolt.Open(t.Context(), filepath.Join(folder, backup.DatabaseName), bolt.Config{Hold: true, Version: "1.2.3"}); err != nil {
		t.Fatal(err)
	}
	if p.blobs, err = dir.Open(filepath.Join(folder, backup.MediaDir)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	return p
}

// close looks at the database and closes it, once.
func (p *profile) close() {
	if p.closed {
		return
	}
	p.closed = true
	if err := p.db.Check(context.WithoutCancel(p.t.Context())); err != nil {
		p.t.Errorf("%s is not consistent: %v", p.dir, err)
	}
	if err := p.db.Close(); err != nil {
		p.t.Error(err)
	}
}

func (p *profile) source() backup.Source {
	return backup.Source{Store: p.db, Blobs: p.blobs, Version: "1.2.3", Dir: p.dir}
}

// archive is a backup of the profile.
func (p *profile) archive() []byte {
	p.t.Helper()
	var b bytes.Buffer
	if err := p.source().Write(p.t.Context(), &b, hayon.BackupRequest{}); err != nil {
		p.t.Fatalf("Write: %v", err)
	}
	return b.Bytes()
}

// medium stores a medium of the local user and answers its hash.
func (p *profile) medium(content io.Reader) *hayon.Media {
	p.t.Helper()
	hash, size, err := p.blobs.Put(p.t.Context(), content)
	if err != nil {
		p.t.Fatal(err)
	}
	now := time.Now().UTC()
	m := &hayon.Media{
		ID: hayon.NewMediaID(now), Owner: hayon.LocalUser().ID, SHA256: hash, Type: "image/png", Bytes: size, CreatedAt: now,
	}
	err = p.db.Update(p.t.Context(), func(ctx context.Context, tx hayon.Tx) error { return tx.CreateMedia(ctx, m) })
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

// post stores a post with a text and perhaps a medium.
func (p *profile) post(text string, m *hayon.Media) {
	p.t.Helper()
	now := time.Now().UTC()
	post := &hayon.Post{ID: hayon.NewPostID(now), Owner: hayon.LocalUser().ID, Text: text, CreatedAt: now, UpdatedAt: now}
	part := hayon.Part{Text: text}
	if m != nil {
		part.Media = []hayon.Attachment{{Media: m.ID, SHA256: m.SHA256, Type: m.Type, Bytes: m.Bytes}}
	}
	post.Targets = []*hayon.Target{{
		ID: hayon.NewTargetID(now), Post: post.ID, Owner: post.Owner, Account: hayon.AccountID{11: 1}, Platform: "demo", CreatedAt: now,
		State: hayon.StateScheduled, StateSince: now, Generation: 1, Due: now.Add(time.Hour), IfLate: hayon.LateAsk, Parts: []hayon.Part{part},
	}}
	err := p.db.Update(p.t.Context(), func(ctx context.Context, tx hayon.Tx) error { return tx.CreatePost(ctx, post) })
	if err != nil {
		p.t.Fatal(err)
	}
}

// posts are all posts, newest first.
func (p *profile) posts() []*hayon.Post {
	p.t.Helper()
	var list []*hayon.Post
	err := p.db.View(p.t.Context(), func(ctx context.Context, tx hayon.Tx) error {
		var err error
		list, err = tx.FindPosts(ctx, hayon.PostFilter{})
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

// letter stores the letter of a message. Every third one is open; the next ended, and the next was cleared,
// too.
func (p *profile) letter(i int) {
	p.t.Helper()
	now := time.Now().UTC()
	m := hayon.Message{ID: strconv.Itoa(i), At: now, Body: []byte("?")}
	l := hayon.NewLetter(m, hayon.CauseUndecodable, "it is no hint", now)
	if i%3 > 0 {
		l.Ended, l.Cleared = &hayon.LetterEnd{At: now, How: hayon.LetterDiscarded, Reason: "not ours"}, i%3 == 2
	}
	err := p.db.Update(p.t.Context(), func(ctx context.Context, tx hayon.Tx) error { return tx.PutLetter(ctx, l) })
	if err != nil {
		p.t.Fatal(err)
	}
}

// letters are all letters, newest first, and how many of them are open.
func (p *profile) letters() (list []*hayon.Letter, open int) {
	p.t.Helper()
	err := p.db.View(p.t.Context(), func(ctx context.Context, tx hayon.Tx) error {
		var findErr, countErr error
		list, findErr = tx.FindLetters(ctx, hayon.LetterFilter{All: true})
		open, _, countErr = tx.CountLetters(ctx)
		return errors.Join(findErr, countErr)
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return list, open
}

// read is the content of a medium.
func (p *profile) read(hash string) ([]byte, error) {
	r, err := p.blobs.Open(p.t.Context(), hash)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	return b, errors.Join(err, r.Close())
}

// blobPath is where a medium lies; its name is its hash.
func (p *profile) blobPath(hash string) string {
	p.t.Helper()
	var path string
	err := filepath.WalkDir(filepath.Join(p.dir, backup.MediaDir), func(at string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == hash {
			path = at
		}
		return err
	})
	if err != nil || path == "" {
		p.t.Fatalf("there is no file of the medium %s: %v", hash, err)
	}
	return path
}

// small is a profile with three posts and two media.
func small(t *testing.T) *profile {
	t.Helper()
	p := newProfile(t, t.TempDir())
	p.post("one", nil)
	p.post("two", p.medium(strings.NewReader("a picture")))
	p.post("three", p.medium(strings.NewReader(strings.Repeat("another picture ", 100))))
	return p
}

func openBlobs(path string) (hayon.Blobs, error) { return dir.Open(path) }

// restore restores into a folder.
func restore(ctx context.Context, archive io.Reader, folder string, set ...func(*backup.Options)) (*backup.Restored, error) {
	opts := backup.Options{Blobs: openBlobs, Version: "1.2.3"}
	for _, s := range set {
		s(&opts)
	}
	return backup.Restore(ctx, archive, folder, opts)
}

// refuse checks that the archive is refused with a code, and that nothing is left of the try: neither
// in the folder nor beside it.
func refuse(t *testing.T, what string, archive []byte, code hayon.Code, set ...func(*backup.Options)) *hayon.Error {
	t.Helper()
	above := t.TempDir()
	_, err := restore(t.Context(), bytes.NewReader(archive), filepath.Join(above, "profile"), set...)
	if hayon.CodeOf(err) != code {
		t.Errorf("%s: got %v with code %q, want %q", what, err, hayon.CodeOf(err), code)
	}
	if left := tree(t, above); len(left) > 0 {
		t.Errorf("%s: left %q", what, left)
	}
	return hayon.AsError(err)
}

// tree is what is below a folder.
func tree(t *testing.T, folder string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(folder, func(at string, _ fs.DirEntry, err error) error {
		if at != folder {
			rel, _ := filepath.Rel(folder, at)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// entry is one entry of an archive.
type entry struct {
	head    tar.Header
	content []byte
}

// unzip is an archive without its compression.
func unzip(t *testing.T, archive []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// entries are those of an archive.
func entries(t *testing.T, archive []byte) []entry {
	t.Helper()
	var out []entry
	for r := tar.NewReader(bytes.NewReader(unzip(t, archive))); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, entry{*h, b})
	}
}

// pack makes an archive of entries.
func pack(t *testing.T, list []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range list {
		if err := w.WriteHeader(&e.head); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// file is an entry.
func file(name, content string) entry {
	return entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content)), Mode: 0o600}, []byte(content)}
}

// find is the index of an entry whose name begins so.
func find(t *testing.T, list []entry, name string) int {
	t.Helper()
	i := slices.IndexFunc(list, func(e entry) bool { return strings.HasPrefix(e.head.Name, name) })
	if i < 0 {
		t.Fatalf("there is no entry %s", name)
	}
	return i
}

// same reports how a restored folder differs from what was archived; nil where it does not.
func same(folder string, list []entry) error {
	blobs, err := dir.Open(filepath.Join(folder, backup.MediaDir))
	if err != nil {
		return err
	}
	for _, e := range list {
		var got []byte
		if hash, ok := strings.CutPrefix(e.head.Name, "blobs/"); ok {
			r, err := blobs.Open(context.Background(), hash)
			if err != nil {
				return err
			}
			got, err = io.ReadAll(r)
			if err = errors.Join(err, r.Close()); err != nil {
				return err
			}
		} else if e.head.Name == backup.DatabaseName {
			if got, err = os.ReadFile(filepath.Join(folder, e.head.Name)); err != nil {
				return err
			}
		} else {
			continue
		}
		if !bytes.Equal(got, e.content) {
			return fmt.Errorf("%s is different", e.head.Name)
		}
	}
	return nil
}
