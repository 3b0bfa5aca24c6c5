package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
)

// reads counts the rows that a view reads, by bucket.
func reads(t *testing.T, db *bolt.DB, fn func(context.Context, hayon.Tx) error) map[string]int {
	t.Helper()
	n := make(map[string]int)
	db.OnRead(func(bucket string) { n[bucket]++ })
	defer db.OnRead(func(string) {})
	if err := db.View(t.Context(), fn); err != nil {
		t.Fatalf("View: %v", err)
	}
	return n
}

const (
	manyPosts = 2000
	rarely    = 250 // every so manieth post has what is rare
)

// manyFound stores posts a minute apart, each for two accounts, and answers the owner.
func manyFound(t *testing.T, db *bolt.DB) hayon.UserID {
	t.Helper()
	mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error {
		for i := range manyPosts {
			if err := tx.CreatePost(ctx, foundPost(i)); err != nil {
				return err
			}
		}
		return nil
	})
	return hayon.LocalUser().ID
}

func foundPost(i int) *hayon.Post {
	at := now.Add(time.Duration(i) * time.Minute)
	p := newPost(at, account(1), hayon.StateQueued)
	p.Text, p.Source, p.Labels = fmt.Sprintf("post %d of ships and shoes", i), hayon.SourceCLI, []string{"every"}
	p.Schedule.At = at.Add(time.Hour)
	second := *p.Targets[0]
	second.ID, second.Account = hayon.NewTargetID(at), account(2)
	if i%rarely == 0 {
		p.Text, p.Source, p.Labels = p.Text+" and sealing wax", hayon.SourceAPI, append(p.Labels, "rare")
		p.Targets[0].State, second.State, second.Account = hayon.StateFailed, hayon.StateFailed, account(3)
	}
	if i%rarely == 1 {
		p.DeletedAt, p.Text = at, p.Text+" and sealing wax"
		p.Targets[0].State, second.State = hayon.StateDraft, hayon.StateDraft
	}
	p.Targets = append(p.Targets, &second)
	return p
}

// TestFindReadsWhatItAnswers reads from the file no post and no target that is not answered.
func TestFindReadsWhatItAnswers(t *testing.T) {
	t.Parallel()
	db := opened(t, dbPath(t), bolt.Config{Hold: true})
	owner := manyFound(t, db)
	const rare, gone, rest = manyPosts / rarely, manyPosts / rarely, manyPosts - manyPosts/rarely
	minute := func(i int) time.Time { return now.Add(time.Duration(i) * time.Minute) }
	for _, c := range []struct {
		name string
		f    hayon.PostFilter
		want int // without a limit
	}{
		{"everything", hayon.PostFilter{}, rest},
		{"a rare word", hayon.PostFilter{Words: []string{"Sealing  WAX"}}, rare},
		{"a rare word, deleted too", hayon.PostFilter{Words: []string{"wax"}, Deleted: true}, rare + gone},
		{"a frequent word", hayon.PostFilter{Words: []string{"ships"}}, rest},
		{"a word that is nowhere", hayon.PostFilter{Words: []string{"walrus"}}, 0},
		{"two words", hayon.PostFilter{Words: []string{"wax", "post 250 "}}, 1},
		{"not a word", hayon.PostFilter{NotWords: []string{"post 1"}}, 886},
		{"a state", hayon.PostFilter{States: []hayon.PostState{hayon.PostFailed}}, rare},
		{"a state and a word", hayon.PostFilter{States: []hayon.PostState{hayon.PostFailed}, Words: []string{"post 500"}}, 1},
		{"an account", hayon.PostFilter{Accounts: []hayon.AccountID{account(3)}}, rare},
		{"not an account", hayon.PostFilter{NotAccounts: []hayon.AccountID{account(2)}}, rare},
		{"a label", hayon.PostFilter{Labels: []string{"rare"}}, rare},
		{"two labels", hayon.PostFilter{Labels: []string{"every", "rare"}}, rare},
		{"labels that no post has together", hayon.PostFilter{Labels: []string{"rare", "none"}}, 0},
		{"not a label", hayon.PostFilter{Labels: []string{"every"}, NotLabels: []string{"rare"}}, rest - rare},
		{"a source", hayon.PostFilter{Sources: []hayon.Source{hayon.SourceAPI}}, rare},
		{"a range of times", hayon.PostFilter{AtSince: minute(160), AtUntil: minute(170)}, 10},
		{"a range of times and a label", hayon.PostFilter{AtSince: minute(0), AtUntil: minute(311), Labels: []string{"rare"}}, 2},
		{"creation to the nanosecond", hayon.PostFilter{Since: minute(10), Until: minute(20).Add(1)}, 11},
		{"creation, a nanosecond later", hayon.PostFilter{Since: minute(10).Add(1), Until: minute(20)}, 9},
	} {
		for _, limit := range []int{0, 5} {
			f := c.f
			for _, f.Order = range hayon.PostOrders() {
				f.Limit, f.Owner = limit, hayon.UserID{}
				if limit > 0 {
					f.Owner = owner
				}
				wantReads(t, db, c.name, f, c.want)
			}
		}
	}
}

func withOwner(f hayon.PostFilter, owner hayon.UserID) hayon.PostFilter {
	f.Owner = owner
	return f
}

// wantReads compares what a filter selects, and how much is read for it.
func wantReads(t *testing.T, db *bolt.DB, name string, f hayon.PostFilter, all int) {
	t.Helper()
	want := all
	if f.Limit > 0 {
		want = min(all, f.Limit)
	}
	var found, counted int
	read := reads(t, db, func(ctx context.Context, tx hayon.Tx) error {
		posts, err := tx.FindPosts(ctx, f)
		found = len(posts)
		return err
	})
	readToCount := reads(t, db, func(ctx context.Context, tx hayon.Tx) (err error) {
		counted, err = tx.CountPosts(ctx, f)
		return err
	})
	if found != want || read["posts"] != want || read["targets"] != 2*want {
		t.Errorf("%s in the order %s: found %d posts and read %d of them and %d targets, want %d", name, f.Order, found, read["posts"], read["targets"], want)
	}
	if counted != all || len(readToCount) > 0 {
		t.Errorf("%s: counted %d and read %v, want %d and nothing", name, counted, readToCount, all)
	}
}

// TestFindsNothingOfOthers has an account and labels that several owners name.
func TestFindsNothingOfOthers(t *testing.T) {
	t.Parallel()
	db := opened(t, dbPath(t), bolt.Config{Hold: true})
	owners := []hayon.UserID{hayon.LocalUser().ID, {11: 9}, bytesOf(0xff)}
	var posts []*hayon.Post
	for i, owner := range owners {
		p := newPost(now.Add(time.Duration(i)*time.Second), account(1), hayon.StateDraft)
		p.Owner, p.Targets[0].Owner, p.Labels = owner, owner, []string{"sea", "sea"}
		posts = append(posts, p)
		mustUpdate(t, db, create(p))
	}
	for _, f := range []hayon.PostFilter{
		{},
		{Labels: []string{"sea"}},
		{Words: []string{"hello"}},
		{Accounts: []hayon.AccountID{account(1)}},
		{States: []hayon.PostState{hayon.PostDraft}},
		{AtSince: now, Order: hayon.OrderLatest},
	} {
		for i, owner := range owners {
			want := []hayon.PostID{posts[i].ID}
			if diff := cmp.Diff(want, foundIDs(t, db, withOwner(f, owner))); diff != "" {
				t.Errorf("%+v of owner %d (-want +got):\n%s", f, i, diff)
			}
		}
		want := []hayon.PostID{posts[2].ID, posts[1].ID, posts[0].ID}
		if diff := cmp.Diff(want, foundIDs(t, db, f)); diff != "" {
			t.Errorf("%+v of all (-want +got):\n%s", f, diff)
		}
	}
}

func bytesOf(b byte) (id hayon.UserID) {
	for i := range id {
		id[i] = b
	}
	return id
}

func foundIDs(t *testing.T, db *bolt.DB, f hayon.PostFilter) (ids []hayon.PostID) {
	t.Helper()
	err := db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
		posts, err := tx.FindPosts(ctx, f)
		for _, p := range posts {
			ids = append(ids, p.ID)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// TestOddTexts has what JSON stores as something else, and labels of every length: the indexes follow from
// what is stored.
func TestOddTexts(t *testing.T) {
	t.Parallel()
	db := opened(t, dbPath(t), bolt.Config{}) // Check derives every index anew
	odd := []string{"", "\xff", "a\xc3", "\xff\xfe", "\x00", "�", string(make([]byte, 254)), string(make([]byte, 255)), string(make([]byte, 40_000))}
	p := newPost(now, account(1), hayon.StateDraft)
	p.Text, p.Note, p.Labels, p.Source = "A\xffB", "\xc3", odd, "odd\xff"
	mustUpdate(t, db, create(p))
	for _, c := range []struct {
		name string
		f    hayon.PostFilter
		want int
	}{
		{"the letter in the place of what is none", hayon.PostFilter{Words: []string{"a�b"}}, 1},
		{"a label that is none", hayon.PostFilter{Labels: []string{"\xff"}}, 0},
		{"its letter", hayon.PostFilter{Labels: []string{"�"}}, 1},
		{"long labels", hayon.PostFilter{Labels: odd[6:]}, 1},
		{"an empty label", hayon.PostFilter{Labels: odd[:1]}, 1},
		{"another length", hayon.PostFilter{Labels: []string{string(make([]byte, 256))}}, 0},
	} {
		if got := len(foundIDs(t, db, c.f)); got != c.want {
			t.Errorf("%s: found %d posts, want %d", c.name, got, c.want)
		}
	}
	q := *p
	q.Labels, q.Text, q.Source = slices.Repeat([]string{"\xfe"}, 3), "C\xff", ""
	mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error { return tx.UpdatePost(ctx, &q) })
	if got := len(foundIDs(t, db, hayon.PostFilter{Labels: odd[:1]})); got != 0 {
		t.Errorf("a label that was taken away finds %d posts", got)
	}
}

// TestFindChangesReadsWhatItAnswers has few changes among many other rows.
func TestFindChangesReadsWhatItAnswers(t *testing.T) {
	t.Parallel()
	db := opened(t, dbPath(t), bolt.Config{Hold: true})
	owner := hayon.LocalUser().ID
	mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error {
		for i := range 500 {
			r := &hayon.JournalRow{At: now, Kind: hayon.RowState, User: owner, Post: hayon.PostID{11: byte(i % 5)}}
			if i%100 == 0 {
				r.Kind = hayon.RowRevised
			}
			if err := tx.AppendJournal(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
	for _, limit := range []int{0, 2} {
		var seqs []uint64
		read := reads(t, db, func(ctx context.Context, tx hayon.Tx) error {
			rows, err := tx.FindChanges(ctx, hayon.ChangeFilter{User: owner, Before: 401, Limit: limit})
			for _, r := range rows {
				seqs = append(seqs, r.Seq)
			}
			return err
		})
		want := []uint64{301, 201, 101, 1}
		if limit > 0 {
			want = want[:limit]
		}
		if diff := cmp.Diff(want, seqs); diff != "" || read["journal"] != len(want) {
			t.Errorf("read %d rows (-want +got):\n%s", read["journal"], diff)
		}
	}
}

// TestWakeAfterReadsWhatItAnswers has many targets that wake before.
func TestWakeAfterReadsWhatItAnswers(t *testing.T) {
	t.Parallel()
	db := opened(t, dbPath(t), bolt.Config{Hold: true})
	manyFound(t, db)
	at := now.Add((manyPosts - 3) * time.Minute)
	found := 0
	read := reads(t, db, func(ctx context.Context, tx hayon.Tx) error {
		targets, err := tx.FindTargets(ctx, hayon.TargetFilter{States: []hayon.State{hayon.StateQueued}, WakeAfter: at})
		found = len(targets)
		return err
	})
	if found != 6 || read["targets"] != 6 {
		t.Errorf("found %d targets and read %d, want both of three posts", found, read["targets"])
	}
}

// TestPruneKeepsChanges removes rows of the journal with what the list of changes has of them.
func TestPruneKeepsChanges(t *testing.T) {
	t.Parallel()
	db := opened(t, dbPath(t), bolt.Config{}) // Check derives every index anew
	owner := hayon.LocalUser().ID
	mustUpdate(t, db, func(ctx context.Context, tx hayon.Tx) error {
		var errs []error
		for i := range 6 {
			errs = append(errs, tx.AppendJournal(ctx, &hayon.JournalRow{At: now.Add(time.Duration(i) * time.Hour), Kind: hayon.RowRevised, User: owner}))
		}
		n, err := tx.PruneJournal(ctx, now.Add(3*time.Hour), 0)
		rows, findErr := tx.FindChanges(ctx, hayon.ChangeFilter{User: owner})
		if n != 3 || len(rows) != 3 || rows[2].Seq != 4 {
			t.Errorf("%d rows are gone and %d changes left, want 3 and 3", n, len(rows))
		}
		return errors.Join(append(errs, err, findErr)...)
	})
}
