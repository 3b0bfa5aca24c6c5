package bolt_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
)

// load makes a database of what a testdata file holds: what an older version wrote, as lines of a
// bucket with its sequence, and of a key in hexadecimal digits with its value: JSON as it is, text in
// quotes, or hexadecimal digits after an x.
func load(t *testing.T, name, path string) {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	raw, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Update(func(tx *bbolt.Tx) error {
		var b *bbolt.Bucket
		s := bufio.NewScanner(f)
		for n := 1; s.Scan(); n++ {
			if b, err = loadLine(tx, b, s.Text()); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
		}
		return s.Err()
	})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
}

// loadLine writes a line and answers the bucket of the next.
func loadLine(tx *bbolt.Tx, b *bbolt.Bucket, line string) (*bbolt.Bucket, error) {
	first, rest, _ := strings.Cut(line, " ")
	if first == "bucket" {
		name, seq, _ := strings.Cut(rest, " ")
		n, err := strconv.ParseUint(seq, 10, 64)
		if err != nil {
			return nil, err
		}
		b, err := tx.CreateBucket([]byte(name))
		if err != nil {
			return nil, err
		}
		return b, b.SetSequence(n)
	}
	k, err := hex.DecodeString(strings.TrimPrefix(first, "x"))
	if err != nil {
		return nil, err
	}
	v, quoted := []byte(rest), ""
	switch rest[0] {
	case 'x':
		v, err = hex.DecodeString(rest[1:])
	case '"':
		quoted, err = strconv.Unquote(rest)
		v = []byte(quoted)
	}
	if err != nil {
		return nil, err
	}
	return b, b.Put(k, v)
}

// TestMigrationFrom1 opens what the first version wrote, which knew no late policies.
func TestMigrationFrom1(t *testing.T) {
	t.Parallel()
	for _, hold := range []bool{false, true} {
		t.Run(map[bool]string{false: "short", true: "hold"}[hold], func(t *testing.T) {
			t.Parallel()
			path := dbPath(t)
			load(t, "schema1.txt", path)
			db := opened(t, path, bolt.Config{Version: "2.0.0", Hold: hold}) // Check derives every index anew
			states := make(map[hayon.State]int)
			err := db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
				posts, err := tx.FindPosts(ctx, hayon.PostFilter{})
				for _, p := range posts {
					for _, tg := range p.Targets {
						states[tg.State]++
						if tg.Grace != time.Hour || tg.IfLate != hayon.LateAsk {
							t.Errorf("%s target has the grace %s and the policy %q", tg.State, tg.Grace, tg.IfLate)
						}
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			want := map[hayon.State]int{
				hayon.StateDraft: 1, hayon.StateScheduled: 4, hayon.StateQueued: 3, hayon.StatePublishing: 1,
				hayon.StateRetryWait: 1, hayon.StatePublished: 1, hayon.StateFailed: 1, hayon.StateUncertain: 2,
				hayon.StateParked: 1, hayon.StateMissed: 1, hayon.StateCancelled: 1,
			}
			if diff := cmp.Diff(want, states); diff != "" {
				t.Errorf("targets by state (-want +got):\n%s", diff)
			}
			wantNeedsUser(t, db, hayon.StateParked, hayon.StateUncertain)
			wantWork(t, db)
			if version, by := schemaOf(t, path+".schema1.backup"); version != 1 || by != "0.1.0" {
				t.Errorf("the backup has the schema %d of %s", version, by)
			}
		})
	}
}

// TestMigrationFrom2 opens what the second version wrote, which knew no groups.
func TestMigrationFrom2(t *testing.T) {
	t.Parallel()
	for _, hold := range []bool{false, true} {
		t.Run(map[bool]string{false: "short", true: "hold"}[hold], func(t *testing.T) {
			t.Parallel()
			path := dbPath(t)
			load(t, "schema2.txt", path)
			db := opened(t, path, bolt.Config{Version: "3.0.0", Hold: hold}) // Check derives every index anew
			if n := countPosts(t, db); n != 11 {
				t.Errorf("%d posts after the migration, want 11", n)
			}
			mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error {
				owner := hayon.LocalUser().ID
				groups, err := tx.FindGroups(ctx, owner)
				if len(groups) != 0 {
					t.Errorf("there are %d groups already", len(groups))
				}
				return errors.Join(err, tx.PutGroup(ctx, &hayon.Group{Owner: owner, Name: "all", Accounts: []hayon.AccountID{account(1)}}))
			})
			if version, by := schemaOf(t, path+".schema2.backup"); version != 2 || by != "0.2.0" {
				t.Errorf("the backup has the schema %d of %s", version, by)
			}
		})
	}
}

// TestMigrationFrom3 opens what the third version wrote, which knew no letters.
func TestMigrationFrom3(t *testing.T) {
	t.Parallel()
	for _, hold := range []bool{false, true} {
		t.Run(map[bool]string{false: "short", true: "hold"}[hold], func(t *testing.T) {
			t.Parallel()
			path := dbPath(t)
			load(t, "schema3.txt", path)
			rows := rowsOf(t, path)
			db := opened(t, path, bolt.Config{Version: "4.0.0", Hold: hold}) // Check derives every index anew
			if n := countPosts(t, db); n != 9 {
				t.Errorf("%d posts after the migration, want 9", n)
			}
			mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error {
				found, err := tx.FindLetters(ctx, hayon.LetterFilter{All: true})
				open, _, countErr := tx.CountLetters(ctx)
				hints, outboxErr := tx.CountOutbox(ctx)
				if len(found) != 0 || open != 0 || hints != 2 {
					t.Errorf("%d letters, %d open ones and %d hints after the migration, want 2 hints alone", len(found), open, hints)
				}
				return errors.Join(err, countErr, outboxErr, putLetters(ctx, tx, 3))
			})
			backup := path + ".schema3.backup"
			if version, by := schemaOf(t, backup); version != 3 || by != "0.3.0" {
				t.Errorf("the backup has the schema %d of %s", version, by)
			}
			if diff := cmp.Diff(rows, rowsOf(t, backup)); diff != "" {
				t.Errorf("the backup (-want +got):\n%s", diff)
			}
			if err := db.Release(); err != nil {
				t.Fatal(err)
			}
			migrated := rowsOf(t, path)
			for name, was := range rows {
				if diff := cmp.Diff(was, migrated[name]); diff != "" && name != "meta" && name != "totals" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			again := rowsOf(t, path)
			checkAndClose(t, open(t, path, bolt.Config{Version: "4.0.0"})) // there is nothing left to migrate
			if diff := cmp.Diff(again, rowsOf(t, path)); diff != "" {
				t.Errorf("opened once more (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMigrationFrom4 opens what the fourth version wrote, which knew no people, templates and fittings.
func TestMigrationFrom4(t *testing.T) {
	t.Parallel()
	for _, hold := range []bool{false, true} {
		t.Run(map[bool]string{false: "short", true: "hold"}[hold], func(t *testing.T) {
			t.Parallel()
			path := dbPath(t)
			load(t, "schema4.txt", path)
			rows := rowsOf(t, path)
			db := opened(t, path, bolt.Config{Version: "5.0.0", Hold: hold}) // Check derives every index anew
			if n := countPosts(t, db); n != 7 {
				t.Errorf("%d posts after the migration, want 7 and the one that was deleted", n)
			}
			if err := db.Release(); err != nil {
				t.Fatal(err)
			}
			migrated := rowsOf(t, path)
			for name, was := range rows {
				if diff := cmp.Diff(was, migrated[name]); diff != "" && name != "meta" && name != "totals" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			mustUpdate(t, db, wantNewRoom(t))
			backup := path + ".schema4.backup"
			if version, by := schemaOf(t, backup); version != 4 || by != "0.4.0" {
				t.Errorf("the backup has the schema %d of %s", version, by)
			}
			if diff := cmp.Diff(rows, rowsOf(t, backup)); diff != "" {
				t.Errorf("the backup (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMigrationFrom5 opens what the fifth version wrote, which knew no words, labels, times and changes.
func TestMigrationFrom5(t *testing.T) {
	t.Parallel()
	for _, hold := range []bool{false, true} {
		t.Run(map[bool]string{false: "short", true: "hold"}[hold], func(t *testing.T) {
			t.Parallel()
			path := dbPath(t)
			load(t, "schema5.txt", path)
			rows := rowsOf(t, path)
			db := opened(t, path, bolt.Config{Version: "6.0.0", Hold: hold}) // Check derives every index anew
			if err := db.Release(); err != nil {
				t.Fatal(err)
			}
			migrated := rowsOf(t, path)
			for name, was := range rows {
				if diff := cmp.Diff(was, migrated[name]); diff != "" && name != "meta" && name != "totals" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			wantIndexed(t, db)
			backup := path + ".schema5.backup"
			if version, by := schemaOf(t, backup); version != 5 || by != "0.5.0" {
				t.Errorf("the backup has the schema %d of %s", version, by)
			}
			if diff := cmp.Diff(rows, rowsOf(t, backup)); diff != "" {
				t.Errorf("the backup (-want +got):\n%s", diff)
			}
		})
	}
}

// wantIndexed looks for what schema 6 made indexes for.
func wantIndexed(t *testing.T, db *bolt.DB) {
	t.Helper()
	owner := hayon.LocalUser().ID
	for _, c := range []struct {
		name string
		f    hayon.PostFilter
		want int
	}{
		{"all", hayon.PostFilter{}, 5},
		{"words in the text, whatever its case and white space", hayon.PostFilter{Words: []string{"walrus and the carpenter"}}, 1},
		{"a word of a note", hayon.PostFilter{Words: []string{"ada"}}, 1},
		{"a word of a request", hayon.PostFilter{Words: []string{"bottle"}}, 1},
		{"a word of a deleted post", hayon.PostFilter{Words: []string{"oysters"}}, 0},
		{"a word of a deleted post, deleted too", hayon.PostFilter{Words: []string{"oysters"}, Deleted: true}, 1},
		{"a label", hayon.PostFilter{Owner: owner, Labels: []string{"sea"}}, 2},
		{"a label, deleted too, everybody's", hayon.PostFilter{Labels: []string{"sea"}, Deleted: true}, 4},
		{"a source", hayon.PostFilter{Sources: []hayon.Source{hayon.SourceAPI}}, 1},
		{"tomorrow", hayon.PostFilter{AtSince: now.Add(23 * time.Hour)}, 1},
		{"without a time", hayon.PostFilter{AtSince: now, AtUntil: now.Add(48 * time.Hour), Owner: owner}, 3},
	} {
		err := db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
			n, err := tx.CountPosts(ctx, c.f)
			if n != c.want {
				t.Errorf("%s: %d posts, want %d", c.name, n, c.want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
		rows, err := tx.FindChanges(ctx, hayon.ChangeFilter{User: owner})
		if len(rows) != 5 {
			t.Errorf("%d changes, want those of five posts", len(rows))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wantNewRoom looks for nothing where schema 5 made room, and puts something there.
func wantNewRoom(t *testing.T) func(context.Context, hayon.Tx) error {
	t.Helper()
	return func(ctx context.Context, tx hayon.Tx) error {
		owner := hayon.LocalUser().ID
		people, peopleErr := tx.FindPeople(ctx, owner)
		templates, templateErr := tx.FindTemplates(ctx, owner)
		hashes, hashErr := tx.BlobHashes(ctx)
		if len(people)+len(templates) != 0 || len(hashes) != 1 {
			t.Errorf("%d people, %d templates and %d blobs after the migration, want the blob alone", len(people), len(templates), len(hashes))
		}
		return errors.Join(
			peopleErr, templateErr, hashErr,
			tx.PutPerson(ctx, &hayon.Person{Owner: owner, Name: "ada", UpdatedAt: now}),
			tx.PutTemplate(ctx, &hayon.Template{Owner: owner, Name: "release", Text: "{{what}} is out", CreatedAt: now, UpdatedAt: now}),
			tx.PutFit(ctx, &hayon.FitRow{Source: hashes[0], Spec: "s", Result: hayon.BlobRef{SHA256: hashes[0]}, At: now}),
		)
	}
}

// rowsOf is what stands in every bucket of a file that nobody holds.
func rowsOf(t *testing.T, path string) map[string]map[string]string {
	t.Helper()
	raw, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	out := make(map[string]map[string]string)
	err = raw.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			rows := map[string]string{"next number": strconv.FormatUint(b.Sequence(), 10)}
			out[string(name)] = rows
			return b.ForEach(func(k, v []byte) error {
				rows[hex.EncodeToString(k)] = hex.EncodeToString(v)
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCheckFindsStrayMembers has a group with an account that is gone, and one of another owner.
func TestCheckFindsStrayMembers(t *testing.T) {
	t.Parallel()
	for name, owner := range map[string]hayon.UserID{"gone": hayon.LocalUser().ID, "another's": {11: 9}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, dbPath(t), bolt.Config{})
			mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error {
				g := &hayon.Group{Owner: owner, Name: "x", Accounts: []hayon.AccountID{account(1)}}
				return errors.Join(putAccount(ctx, tx, 1), tx.PutGroup(ctx, g))
			})
			if name == "gone" {
				mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error { return tx.DeleteAccount(ctx, account(1)) })
			}
			if err := db.Check(t.Context()); hayon.CodeOf(err) != hayon.CodeLocal || !strings.Contains(err.Error(), `group "x"`) {
				t.Errorf("Check answers %v", err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// wantNeedsUser checks the states of those that wait for their user, in order.
func wantNeedsUser(t *testing.T, db *bolt.DB, want ...hayon.State) {
	t.Helper()
	var got []hayon.State
	err := db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
		found, err := tx.FindTargets(ctx, hayon.TargetFilter{NeedsUser: true})
		for _, tg := range found {
			got = append(got, tg.State)
		}
		return err
	})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("waiting for their user, %v (-want +got):\n%s", err, diff)
	}
}

// wantWork checks that what was migrated goes on: of each account the one whose turn it is.
func wantWork(t *testing.T, db *bolt.DB) {
	t.Helper()
	mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error {
		moved, err := tx.EnqueueDue(ctx, hayon.EnqueueRequest{Now: now})
		if err != nil || len(moved) != 1 || moved[0].State != hayon.StateQueued {
			t.Errorf("EnqueueDue = %d targets, %v", len(moved), err)
		}
		r := hayon.ClaimRequest{Now: now.Add(6 * time.Second), Owner: self(), Lease: time.Minute}
		got, err := tx.ClaimTargets(ctx, r)
		if err != nil {
			return err
		}
		// The first account has one at work, and the third one that is looked up.
		if len(got) != 1 || got[0].Account != account(2) || !got[0].Due.Equal(now.Add(-30*time.Minute)) {
			t.Errorf("claimed %+v", got)
		}
		r.Now = now.Add(2 * time.Minute)
		got, err = tx.ClaimTargets(ctx, r)
		if len(got) != 3 {
			t.Errorf("claimed %d targets, want an orphan of each account", len(got))
		}
		return err
	})
}

// schemaOf reads the schema of a file without changing it.
func schemaOf(t *testing.T, path string) (version int, by string) {
	t.Helper()
	raw, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	err = raw.View(func(tx *bbolt.Tx) error {
		meta := tx.Bucket([]byte("meta"))
		version, by = int(meta.Get([]byte("schema"))[3]), string(meta.Get([]byte("version")))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return version, by
}

// unseal takes what the third version and later ones added from a file with posts alone: the checksums
// behind the rows, the totals, and the buckets.
func unseal(tx *bbolt.Tx) error {
	for _, name := range []string{"posts", "targets", "journal"} {
		b := tx.Bucket([]byte(name))
		rows := make(map[string][]byte)
		for c, k, v := cursorOf(b); k != nil; k, v = c.Next() {
			rows[string(k)] = bytes.Clone(v[:len(v)-4])
		}
		for k, v := range rows {
			if err := b.Put([]byte(k), v); err != nil {
				return err
			}
		}
	}
	for _, name := range []string{
		"groups", "totals", "posts_deleted", "letters", "letters_by_digest", "letters_open", "letters_ended", "people", "templates", "fits",
		"posts_by_search", "posts_by_label", "posts_by_at", "changes_by_user",
	} {
		if err := tx.DeleteBucket([]byte(name)); err != nil {
			return err
		}
	}
	return nil
}

func cursorOf(b *bbolt.Bucket) (c *bbolt.Cursor, k, v []byte) {
	c = b.Cursor()
	k, v = c.First()
	return c, k, v
}

// TestMigrationOfMany has more rows than a migration changes at a time.
func TestMigrationOfMany(t *testing.T) {
	t.Parallel()
	const posts = 2500
	path := dbPath(t)
	db := open(t, path, bolt.Config{})
	mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error {
		for i := range posts {
			p := newPost(now.Add(time.Duration(i)*time.Second), account(byte(i%7)), hayon.StateScheduled)
			p.Targets[0].IfLate, p.Targets[0].Grace = "", 0
			if i%5 == 0 {
				p.Targets[0].IfLate = hayon.LateSkip
			}
			if err := tx.CreatePost(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
	checkAndClose(t, db)
	raw, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Update(func(tx *bbolt.Tx) error {
		return errors.Join(unseal(tx), tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte{0, 0, 0, 1}))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	db = opened(t, path, bolt.Config{})
	policies := make(map[string]int)
	err = db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
		found, err := tx.FindTargets(ctx, hayon.TargetFilter{States: []hayon.State{hayon.StateScheduled}})
		for _, tg := range found {
			policies[string(tg.IfLate)+" "+tg.Grace.String()]++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"ask 1h0m0s": posts * 4 / 5, "skip 0s": posts / 5}, policies); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
}
