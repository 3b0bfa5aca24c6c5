package bolt_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
)

// everything is the bytes of a database with rows of every kind, trees of two levels and free pages.
func everything(t *testing.T) []byte {
	t.Helper()
	path := dbPath(t)
	db := open(t, path, bolt.Config{Version: "3.0.0", Hold: true})
	owner := hayon.LocalUser()
	var posts []*hayon.Post
	for i := range 120 {
		p := newPost(now.Add(time.Duration(i)*time.Second), account(byte(i%3)), hayon.StateScheduled)
		p.Text, p.Labels = strings.Repeat("text ", i%40), []string{"every", fmt.Sprint("label", i%7)}
		p.Schedule.At = now.Add(time.Duration(i%11) * time.Hour)
		posts = append(posts, p)
		mustUpdate(t, db, create(p))
	}
	for i := range 100 { // more than fit into the row of a bucket
		mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error {
			name := fmt.Sprint("name", i)
			return errors.Join(
				tx.PutKey(ctx, &hayon.KeyRow{User: owner.ID, Key: name, Digest: "d", Post: posts[i].ID, At: now}),
				tx.PutDigest(ctx, &hayon.DigestRow{Account: account(1), Digest: name, Post: posts[i].ID, At: now}),
				tx.CreateMedia(ctx, &hayon.Media{ID: hayon.NewMediaID(now), Owner: owner.ID, SHA256: name, CreatedAt: now}),
				tx.PutFit(ctx, &hayon.FitRow{Source: name, Spec: "s", Result: hayon.BlobRef{SHA256: name}, At: now}),
				tx.PutPerson(ctx, &hayon.Person{Owner: owner.ID, Name: name, Handles: map[string]string{"demo": name}, UpdatedAt: now}),
				tx.PutTemplate(ctx, &hayon.Template{Owner: owner.ID, Name: name, Text: "{{what}} is out", CreatedAt: now, UpdatedAt: now}),
				tx.AppendOutbox(ctx, hayon.HintFor(posts[i].Targets[0], now)),
			)
		})
	}
	mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error {
		return errors.Join(
			putAccount(ctx, tx, 1), tx.PutUser(ctx, &owner),
			tx.PutPace(ctx, &hayon.Pace{Key: hayon.PaceAll, Reason: "why"}), tx.PutCursor(ctx, &hayon.Cursor{Name: "x", Seq: 60}),
			tx.PutZone(ctx, hayon.Zone{Name: "Europe/Berlin", Digest: "d"}),
			tx.PutWebhook(ctx, &hayon.Webhook{ID: hayon.WebhookID{11: 1}, Owner: owner.ID, URL: "https://hook.example/"}),
			tx.PutGroup(ctx, &hayon.Group{Owner: owner.ID, Name: "all", Accounts: []hayon.AccountID{account(1)}}),
			putLetters(ctx, tx, 150),
		)
	})
	for _, p := range posts[:20] {
		mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error {
			p.DeletedAt = now
			p.Targets[0].Enter(hayon.StateCancelled, now)
			return errors.Join(tx.UpdateTarget(ctx, p.Targets[0]), tx.UpdatePost(ctx, p))
		})
	}
	mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error {
		_, postErr := tx.PrunePosts(ctx, now.Add(time.Hour), 10)
		_, rowErr := tx.PruneJournal(ctx, now.Add(time.Hour), 5)
		_, letterErr := tx.PruneLetters(ctx, now.Add(time.Hour), 20)
		return errors.Join(postErr, rowErr, letterErr, tx.DeleteOutbox(ctx, []uint64{1, 2, 3, 50}))
	})
	checkAndClose(t, db)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// content is all that can be read of a database whose pages are sound.
func content(t *testing.T, path string) string {
	t.Helper()
	raw, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	var out strings.Builder
	err = raw.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			fmt.Fprintf(&out, "%s %d\n", name, b.Sequence())
			return b.ForEach(func(k, v []byte) error {
				_, err := fmt.Fprintf(&out, "%x %x\n", k, v)
				return err
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// flip changes one byte, and answers where. Every other time it is one of those that say how a page is
// to be read.
func flip(r *rand.Rand, data []byte) int {
	at := r.IntN(len(data))
	if r.IntN(2) == 0 {
		page := r.IntN(len(data) / pageSize)
		heads := pageHeader + leafElement*int(binary.LittleEndian.Uint16(data[page*pageSize+10:]))
		at = page*pageSize + r.IntN(min(heads, pageSize))
	}
	data[at] ^= byte(1 + r.IntN(255))
	return at
}

// TestFlippedByte changes one byte anywhere. Either it is found, or nothing that is read is changed by it.
func TestFlippedByte(t *testing.T) {
	t.Parallel()
	good := everything(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "good.db")
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	want := content(t, path)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	rounds, found := 150, 0
	if testing.Short() {
		rounds = 80
	}
	for round := range rounds {
		data := bytes.Clone(good)
		at := flip(r, data)
		path := filepath.Join(dir, fmt.Sprintf("%d.db", round))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		err := checkFile(t, path)
		switch code := hayon.CodeOf(err); {
		case code == hayon.CodeLocal || code == hayon.CodeConflict && strings.Contains(err.Error(), "newer than"):
			found++
		case err != nil:
			t.Errorf("byte %d of page %d: %v", at%pageSize, at/pageSize, err)
		case content(t, path) != want:
			t.Errorf("byte %d of page %d is %x and not %x, and nobody noticed", at%pageSize, at/pageSize, data[at], good[at])
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d found", found, rounds)
	if found < rounds/10 {
		t.Errorf("only %d of %d changes were found", found, rounds)
	}
}

// TestPageLosesRow lets each page of rows forget its last one, which leaves the page sound.
func TestPageLosesRow(t *testing.T) {
	t.Parallel()
	good := everything(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "hayon.db")
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	want, found := content(t, path), 0
	for _, page := range rowPages(good) {
		data := bytes.Clone(good)
		count := data[page*pageSize+10:]
		if binary.LittleEndian.Uint16(count) < 2 {
			continue
		}
		binary.LittleEndian.PutUint16(count, binary.LittleEndian.Uint16(count)-1)
		path := filepath.Join(dir, fmt.Sprintf("%d.db", page))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		switch err := checkFile(t, path); {
		case hayon.CodeOf(err) == hayon.CodeLocal:
			found++
		case err != nil || content(t, path) != want:
			t.Errorf("page %d lost a row, and Check answers %v", page, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if found < 20 {
		t.Errorf("only %d pages of rows are in use", found)
	}
}

// checkFile opens a file and checks it.
func checkFile(t *testing.T, path string) error {
	t.Helper()
	db, err := bolt.Open(t.Context(), path, bolt.Config{Version: "3.0.0"})
	if err != nil {
		return err
	}
	return errors.Join(db.Check(t.Context()), db.Close())
}

// TestFlippedText changes a letter of a text that a person wrote: the row is whole but for its checksum.
// Nobody gets to read it either.
func TestFlippedText(t *testing.T) {
	t.Parallel()
	path := dbPath(t)
	db := open(t, path, bolt.Config{})
	p := newPost(now, account(1), hayon.StateDraft)
	p.Text = "to be or not to be"
	mustUpdate(t, db, create(p))
	checkAndClose(t, db)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(data, []byte(p.Text))
	for at >= 0 { // also in pages that are free by now
		data[at+len("to be or n")] = 'u'
		next := bytes.Index(data[at:], []byte(p.Text))
		if next < 0 {
			break
		}
		at += next
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	err = checkFile(t, path)
	if problems := fmt.Sprint(hayon.AsError(err).Details); hayon.CodeOf(err) != hayon.CodeLocal || !strings.Contains(problems, hex.EncodeToString(p.ID[:])) {
		t.Errorf("Check answers %v with %s", err, problems)
	}
	db = open(t, path, bolt.Config{})
	err = db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindPostByID(ctx, p.ID)
		return err
	})
	if hayon.CodeOf(err) != hayon.CodeLocal || !strings.Contains(err.Error(), "not what was written") {
		t.Errorf("FindPostByID answers %v", err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}
