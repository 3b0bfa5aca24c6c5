package scheduler_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/store/bolt"
	"github.com/hayon/hayon/store/dir"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/memory"
)

// upkeep is a store with its media, looked after.
type upkeep struct {
	t         *testing.T
	ctx       context.Context
	root      string
	db        *bolt.DB
	blobs     *dir.Blobs
	scheduler *scheduler.Scheduler
}

// newUpkeep makes one; wrap may put something between the scheduler and its store, and backup stands for
// what writes archives.
func newUpkeep(t *testing.T, wrap func(*bolt.DB) hayon.Store, backup func(context.Context, io.Writer, hayon.BackupRequest) error) *upkeep {
	t.Helper()
	u := &upkeep{t: t, ctx: hayon.WithActor(t.Context(), hayontest.Local()), root: t.TempDir()}
	var err error
	if u.db, err = bolt.Open(t.Context(), filepath.Join(u.root, "hayon.db"), bolt.Config{Hold: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := u.db.Check(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("the store is not consistent: %v", err)
		}
		_ = u.db.Close()
	})
	if u.blobs, err = dir.Open(filepath.Join(u.root, "blobs")); err != nil {
		t.Fatal(err)
	}
	store := hayon.Store(u.db)
	if wrap != nil {
		store = wrap(u.db)
	}
	v := memory.New(nil)
	u.scheduler, err = scheduler.New(scheduler.Deps{
		Store: store, Blobs: u.blobs, Vault: v, Providers: providers.Of(&hayontest.Platform{}), Sessions: vault.Sessions(v),
		Owner: hayon.Owner{PID: 1}, Alive: func(hayon.Owner) bool { return true }, Backup: backup,
	}, scheduler.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (u *upkeep) update(fn func(ctx context.Context, tx hayon.Tx) error) {
	u.t.Helper()
	if err := u.db.Update(u.ctx, fn); err != nil {
		u.t.Fatal(err)
	}
}

// blob stores bytes that were written so long ago, and answers their hash.
func (u *upkeep) blob(content string, age time.Duration) string {
	u.t.Helper()
	hash, _, err := u.blobs.Put(u.ctx, strings.NewReader(content))
	if err != nil {
		u.t.Fatal(err)
	}
	at := time.Now().Add(-age)
	if err := os.Chtimes(u.path(hash), at, at); err != nil {
		u.t.Fatal(err)
	}
	return hash
}

// path is where bytes lie.
func (u *upkeep) path(hash string) string {
	u.t.Helper()
	found, err := filepath.Glob(filepath.Join(u.root, "blobs", "*", "*", hash))
	if err != nil || len(found) != 1 {
		u.t.Fatalf("files of %s: %q, %v", hash, found, err)
	}
	return found[0]
}

func (u *upkeep) has(hash string) bool {
	r, err := u.blobs.Open(u.ctx, hash)
	if err != nil {
		return false
	}
	_ = r.Close()
	return true
}

// medium stores a medium so long ago.
func (u *upkeep) medium(content string, age time.Duration) *hayon.Media {
	u.t.Helper()
	at := time.Now().Add(-age).UTC()
	m := &hayon.Media{
		ID: hayon.NewMediaID(at), Owner: hayontest.Local().User, SHA256: u.blob(content, age), Type: "image/png",
		Bytes: int64(len(content)), CreatedAt: at,
	}
	u.update(func(ctx context.Context, tx hayon.Tx) error { return tx.CreateMedia(ctx, m) })
	return m
}

// damage writes other bytes in the place of a medium's.
func (u *upkeep) damage(hash string) {
	u.t.Helper()
	if err := os.WriteFile(u.path(hash), []byte("damaged"), 0o600); err != nil {
		u.t.Fatal(err)
	}
}

// found reports whether one of the problems has all of this in it.
func found(problems []string, what ...string) bool {
	return slices.ContainsFunc(problems, func(p string) bool {
		for _, w := range what {
			if !strings.Contains(p, w) {
				return false
			}
		}
		return true
	})
}

func TestCheckFindsAllThatIsWrong(t *testing.T) {
	t.Parallel()
	u := newUpkeep(t, nil, nil)
	whole, lost, damaged := u.medium("whole", 0), u.medium("lost", 0), u.medium("other", 0)
	stray, strayDamaged := u.blob("stray", 0), u.blob("another stray", 0)
	if got, err := u.scheduler.CheckStore(u.ctx); err != nil || len(got.Problems) > 0 || got.Media != 3 || got.MediaBytes != 32 {
		t.Fatalf("before: %+v, %v; want 3 media, 32 bytes and no problems", got, err)
	}
	if err := os.Remove(u.path(lost.SHA256)); err != nil {
		t.Fatal(err)
	}
	u.damage(damaged.SHA256)
	u.damage(strayDamaged)
	got, err := u.scheduler.CheckStore(u.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Problems) != 3 || !found(got.Problems, lost.SHA256, "missing") || !found(got.Problems, damaged.SHA256, "not those") ||
		!found(got.Problems, strayDamaged, "not those") {
		t.Errorf("problems %q, want the lost one and both damaged ones", got.Problems)
	}
	if found(got.Problems, whole.SHA256) || found(got.Problems, stray) {
		t.Errorf("problems %q, of media that are in order", got.Problems)
	}
}

// broken is a store that contradicts itself and tells nothing else.
type broken struct{ *bolt.DB }

func (broken) Check(context.Context) error {
	return hayon.Errorf(hayon.CodeLocal, "the database contradicts itself").WithDetail("problems", []string{"a row is lost", "a row is there twice"})
}

func (broken) Info(context.Context) (hayon.StoreInfo, error) {
	return hayon.StoreInfo{}, hayon.Errorf(hayon.CodeLocal, "its first page is lost")
}

func (broken) View(context.Context, func(context.Context, hayon.Tx) error) error {
	return hayon.Errorf(hayon.CodeLocal, "the database is damaged")
}

// Nothing that is wrong ends the check: what comes after it is looked at too.
func TestCheckGoesOn(t *testing.T) {
	t.Parallel()
	u := newUpkeep(t, func(db *bolt.DB) hayon.Store { return broken{db} }, nil)
	u.damage(u.blob("stray", 0))
	got, err := u.scheduler.CheckStore(u.ctx)
	if err != nil || len(got.Problems) != 5 || !found(got.Problems, "a row is lost") || !found(got.Problems, "there twice") ||
		!found(got.Problems, "first page") || !found(got.Problems, "list of media", "damaged") || !found(got.Problems, "not those") {
		t.Fatalf("CheckStore = %+v, %v; want five problems", got, err)
	}
	for i := range 120 {
		u.damage(u.blob("stray "+strconv.Itoa(i), 0))
	}
	got, err = u.scheduler.CheckStore(u.ctx)
	if err != nil || len(got.Problems) != 101 || got.Problems[100] != "and 25 more" {
		t.Fatalf("of many: %+v, %v; want 100 problems and how many more there are", got, err)
	}
	ctx, cancel := context.WithCancel(u.ctx)
	cancel()
	if _, err := u.scheduler.CheckStore(ctx); hayon.CodeOf(err) != hayon.CodeTimeout {
		t.Errorf("after the end of its context: %v, want a timeout and no report", err)
	}
}

// What no post has, and is older than a day, is collected; the rest stays.
func TestCompactCollectsMedia(t *testing.T) {
	t.Parallel()
	u := newUpkeep(t, nil, nil)
	const old, young = 48 * time.Hour, time.Hour
	used, unused, newer := u.medium("used", old), u.medium("unused", old), u.medium("newer", young)
	shared := u.medium("shared", old)
	sharedToo := u.medium("shared", young) // the same bytes; the file is as old as the last writing
	stray, newStray := u.blob("stray", old), u.blob("new stray", young)
	p, err := u.scheduler.CreatePost(u.ctx, hayon.PostCreate{Text: "a draft", To: []string{"platform"}, Draft: true})
	if err != nil {
		t.Fatal(err)
	}
	u.update(func(ctx context.Context, tx hayon.Tx) error { // the platform takes none, and other ones do
		target := p.Targets[0]
		target.Parts[0].Media = []hayon.Attachment{{Media: used.ID, SHA256: used.SHA256, Type: used.Type, Bytes: used.Bytes}}
		return tx.UpdateTarget(ctx, target)
	})
	done, err := u.scheduler.CompactStore(u.ctx)
	if err != nil || done.Media != 2 || done.MediaBytes != int64(len("unused")+len("stray")) || done.Before <= 0 || done.After <= 0 {
		t.Errorf("CompactStore = %+v, %v; want 2 media of 11 bytes", done, err)
	}
	for hash, want := range map[string]bool{
		used.SHA256: true, unused.SHA256: false, newer.SHA256: true, shared.SHA256: true, stray: false, newStray: true,
	} {
		if u.has(hash) != want {
			t.Errorf("%s is there: %v, want %v", hash, !want, want)
		}
	}
	for m, want := range map[*hayon.Media]hayon.Code{used: "", newer: "", sharedToo: "", unused: hayon.CodeNotFound, shared: hayon.CodeNotFound} {
		if _, err := u.scheduler.FindMediaByID(u.ctx, m.ID); hayon.CodeOf(err) != want {
			t.Errorf("medium of %d bytes: %v, want code %q", m.Bytes, err, want)
		}
	}
	if again, err := u.scheduler.CompactStore(u.ctx); err != nil || again.Media != 0 {
		t.Errorf("again: %+v, %v; want nothing to collect", again, err)
	}
}

// tallied counts the transactions that write.
type tallied struct {
	*bolt.DB
	updates int
}

func (c *tallied) Update(ctx context.Context, fn func(context.Context, hayon.Tx) error) error {
	c.updates++
	return c.DB.Update(ctx, fn)
}

func TestPruneIsBounded(t *testing.T) {
	t.Parallel()
	var count *tallied
	u := newUpkeep(t, func(db *bolt.DB) hayon.Store {
		count = &tallied{DB: db}
		return count
	}, nil)
	long := time.Now().Add(-500 * 24 * time.Hour).UTC()
	const rows = 1200
	u.update(func(ctx context.Context, tx hayon.Tx) error {
		for range rows {
			r := &hayon.JournalRow{At: long, Kind: hayon.RowService, User: hayontest.Local().User, Reason: "long ago"}
			if err := tx.AppendJournal(ctx, r); err != nil {
				return err
			}
		}
		return tx.AppendJournal(ctx, &hayon.JournalRow{At: time.Now().UTC(), Kind: hayon.RowService, User: hayontest.Local().User})
	})
	r := hayon.PruneRequest{Before: time.Now().Add(-400 * 24 * time.Hour), DryRun: true}
	if would, err := u.scheduler.PruneStore(u.ctx, r); err != nil || would.Rows != rows || would.Posts != 0 {
		t.Errorf("a dry run: %+v, %v; want %d rows", would, err, rows)
	}
	if left := u.rows(); left != rows+1 {
		t.Errorf("a dry run left %d rows, want %d", left, rows+1)
	}
	r.DryRun, count.updates = false, 0
	if did, err := u.scheduler.PruneStore(u.ctx, r); err != nil || did.Rows != rows || did.Posts != 0 {
		t.Errorf("PruneStore = %+v, %v; want %d rows", did, err, rows)
	}
	if want := 1 + 3; count.updates != want {
		t.Errorf("%d transactions, want %d: one for the posts and three of at most 500 rows", count.updates, want)
	}
	if left := u.rows(); left != 1 {
		t.Errorf("%d rows are left, want the new one", left)
	}
}

func (u *upkeep) rows() int {
	u.t.Helper()
	var list []*hayon.JournalRow
	err := u.db.View(u.ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		list, err = tx.FindJournal(ctx, hayon.JournalFilter{})
		return err
	})
	if err != nil {
		u.t.Fatal(err)
	}
	return len(list)
}

// A store that is somebody else's to look after is left to them.
func TestUpkeepOfAnotherStore(t *testing.T) {
	t.Parallel()
	u := newUpkeep(t, func(db *bolt.DB) hayon.Store { return struct{ hayon.Store }{db} }, nil)
	checks := make(map[string]error)
	checks["backup"] = u.scheduler.WriteBackup(u.ctx, io.Discard, hayon.BackupRequest{})
	_, checks["check"] = u.scheduler.CheckStore(u.ctx)
	_, checks["compact"] = u.scheduler.CompactStore(u.ctx)
	_, checks["prune"] = u.scheduler.PruneStore(u.ctx, hayon.PruneRequest{Before: time.Now()})
	for what, err := range checks {
		if hayon.CodeOf(err) != hayon.CodeUsage || hayon.AsError(err).Hint == "" {
			t.Errorf("%s: %v, want a usage error with a hint", what, err)
		}
	}
}

// A backup and a compaction do not get in each other's way, and who waits for one may give up.
func TestUpkeepOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		u := newUpkeep(t, nil, func(_ context.Context, w io.Writer, r hayon.BackupRequest) error {
			<-end
			_, err := w.Write([]byte("archive"))
			if !r.WithoutMedia {
				t.Error("the request did not come through")
			}
			return err
		})
		var archive bytes.Buffer
		written := make(chan error, 1)
		go func() { written <- u.scheduler.WriteBackup(u.ctx, &archive, hayon.BackupRequest{WithoutMedia: true}) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(u.ctx, time.Minute)
		defer cancel()
		if _, err := u.scheduler.CompactStore(ctx); hayon.CodeOf(err) != hayon.CodeTimeout {
			t.Errorf("a compaction during a backup: %v, want a timeout", err)
		}
		close(end)
		if err := <-written; err != nil || archive.String() != "archive" {
			t.Errorf("the backup: %q, %v", archive.String(), err)
		}
		if _, err := u.scheduler.CheckStore(u.ctx); err != nil {
			t.Errorf("a check after it: %v", err)
		}
	})
}
