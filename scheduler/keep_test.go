package scheduler_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/backup"
	"github.com/hayon/hayon/store/bolt"
	"github.com/hayon/hayon/store/dir"
)

// keeping is a daemon whose platform reads all bytes of a part before it publishes it.
type keeping struct {
	*daemon
	able *able

	mu   sync.Mutex // guards read
	read []string   // hashes of what the platform got
}

// newKeeping makes one that fits pictures to 80 bytes and thumbs of cards to 60.
func newKeeping(t *testing.T) *keeping {
	t.Helper()
	k := &keeping{able: newAble()}
	k.able.adjust = func(i *hayon.ProviderInfo) {
		i.Cards, i.Threads = true, true
		i.Limits = []hayon.Limit{
			{Of: hayon.LimitThumb, Unit: hayon.UnitBytes, Max: 60}, {Of: hayon.LimitImage, Unit: hayon.UnitBytes, Max: 80},
		}
	}
	k.able.OnPrepare = k.prepare
	_, pages := carding(t)
	k.daemon = newDaemonWith(t, setup{provider: k.able, fitter: &halves{}, pages: pages})
	k.signIn("one", "")
	return k
}

func (k *keeping) prepare(ctx context.Context, r hayon.PrepareRequest) (*hayon.Prepared, error) {
	part := r.Part()
	list := slices.Clone(part.Media)
	if part.Card != nil && part.Card.Thumb != nil {
		list = append(list, part.Card.Thumb.Attachment())
	}
	for _, a := range list {
		f, err := r.Open(ctx, a)
		if err != nil {
			return nil, err
		}
		sum := sha256.New()
		_, err = io.Copy(sum, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		k.mu.Lock()
		k.read = append(k.read, hex.EncodeToString(sum.Sum(nil)))
		k.mu.Unlock()
	}
	return nil, nil //nolint:nilnil // the platform goes on as it does
}

// scheduled stores a post for far in the future with a picture that was fitted, and the card of a page. It
// answers the hashes of what the platform is to get.
func (k *keeping) scheduled() (*hayon.Post, []string) {
	k.t.Helper()
	m := k.upload(strings.Repeat("x", 60))
	p, err := k.scheduler.CreatePost(k.ctx, hayon.PostCreate{
		Text: "a picture", Parts: []string{"see https://b.example/"}, To: []string{"platform/one"},
		Media: []hayon.MediaInput{{Media: m.ID, Alt: "a bar"}}, Schedule: hayon.Schedule{At: time.Now().Add(1000 * time.Hour)},
	})
	if err != nil {
		k.t.Fatal(err)
	}
	parts := k.find(p.ID).Targets[0].Parts
	picture, card := parts[0].Media[0], parts[1].Card
	if picture.Original == nil || picture.SHA256 == m.SHA256 || card == nil || card.Thumb == nil {
		k.t.Fatalf("nothing was fitted: %+v and %+v", picture, card)
	}
	return p, []string{picture.SHA256, card.Thumb.SHA256}
}

// publish sends the post now and compares what the platform got with it.
func (k *keeping) publish(id hayon.PostID, want []string) {
	k.t.Helper()
	p, err := k.scheduler.PublishPost(k.ctx, id, hayon.PostChangeRequest{})
	if err != nil {
		k.t.Fatal(err)
	}
	if err := k.worker.Deliver(k.ctx, []hayon.TargetID{p.Targets[0].ID}); err != nil {
		k.t.Fatal(err)
	}
	if got := k.find(id).Targets[0]; got.State != hayon.StatePublished {
		k.t.Errorf("the target is %s: %+v", got.State, got.Error)
	}
	if diff := cmp.Diff(want, k.read); diff != "" {
		k.t.Errorf("bytes that the platform got (-want +got):\n%s", diff)
	}
}

// sound checks the bytes of all media.
func (k *keeping) sound() {
	k.t.Helper()
	if r, err := k.scheduler.CheckStore(k.ctx); err != nil || len(r.Problems) > 0 {
		k.t.Errorf("CheckStore answers %+v, %v", r, err)
	}
}

func (k *keeping) has(hash string) bool {
	f, err := k.blobs.Open(k.ctx, hash)
	if err != nil {
		return false
	}
	return f.Close() == nil
}

// TestCompactKeepsWhatAPostNeeds: what was fitted for a scheduled post, and the picture of its card, stay
// for as long as it waits; what was fitted for a preview alone goes with its medium.
func TestCompactKeepsWhatAPostNeeds(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	p, needed := k.scheduled()
	tried := k.upload(strings.Repeat("y", 70))
	v, err := k.scheduler.PreviewPost(k.ctx, hayon.PostCreate{
		Text: "never sent", To: []string{"platform/one"}, Media: []hayon.MediaInput{{Media: tried.ID, Alt: "a bar"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	unneeded := []string{tried.SHA256, v.Post.Targets[0].Parts[0].Media[0].SHA256}
	if unneeded[0] == unneeded[1] {
		t.Fatal("nothing was fitted for the preview")
	}
	if done, err := k.scheduler.CompactStore(k.ctx); err != nil || done.Media != 0 {
		t.Errorf("of today: %+v, %v; want nothing to collect", done, err)
	}
	k.clock.jump(72 * time.Hour) // nobody ran meanwhile
	k.died(1)
	k.boot(2)
	done, err := k.scheduler.CompactStore(k.ctx)
	if err != nil || done.Media != 3 { // those of the preview, and the picture of the page as it came
		t.Errorf("CompactStore = %+v, %v; want 3 media", done, err)
	}
	for _, hash := range unneeded {
		if k.has(hash) {
			t.Errorf("%s is still there", hash)
		}
	}
	k.sound()
	if again, err := k.scheduler.CompactStore(k.ctx); err != nil || again.Media != 0 {
		t.Errorf("again: %+v, %v; want nothing to collect", again, err)
	}
	k.publish(p.ID, needed)
}

// TestCompactKeepsWhatIsUsedAgain: what was fitted long ago and is taken for a post that is being made
// stays, although nobody has it yet.
func TestCompactKeepsWhatIsUsedAgain(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	c := hayon.PostCreate{Text: "see https://b.example/", To: []string{"platform/one"}}
	preview := func() string {
		t.Helper()
		v, err := k.scheduler.PreviewPost(k.ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		return v.Post.Targets[0].Parts[0].Card.Thumb.SHA256
	}
	thumb := preview()
	k.clock.jump(72 * time.Hour) // nobody ran meanwhile
	k.died(1)
	k.boot(2)
	long := time.Now().Add(-time.Hour)
	path := k.aged(thumb, long)
	if again := preview(); again != thumb {
		t.Fatalf("fitted again to %s, and before to %s", again, thumb)
	}
	if info, err := os.Stat(path); err != nil || !info.ModTime().After(long.Add(time.Minute)) {
		t.Errorf("the bytes are as old as before: %v, %v", info, err)
	}
	if _, err := k.scheduler.CompactStore(k.ctx); err != nil || !k.has(thumb) {
		t.Errorf("the thumb was collected: %v", err)
	}
	k.clock.jump(72 * time.Hour)
	k.died(2)
	k.boot(3)
	if _, err := k.scheduler.CompactStore(k.ctx); err != nil || k.has(thumb) {
		t.Errorf("the thumb is there long after, and nobody has it: %v", err)
	}
}

// aged makes bytes as old as they would be if they had been written then, and answers where they lie.
func (k *keeping) aged(hash string, at time.Time) string {
	k.t.Helper()
	found, err := filepath.Glob(filepath.Join(filepath.Dir(k.db.Path()), "blobs", "*", "*", hash))
	if err != nil || len(found) != 1 {
		k.t.Fatalf("files of %s: %q, %v", hash, found, err)
	}
	if err := os.Chtimes(found[0], at, at); err != nil {
		k.t.Fatal(err)
	}
	return found[0]
}

// TestBackupHoldsWhatAPostNeeds: a backup restored elsewhere has everything that its posts are made of.
func TestBackupHoldsWhatAPostNeeds(t *testing.T) {
	t.Parallel()
	k := newKeeping(t)
	p, needed := k.scheduled()
	var archive bytes.Buffer
	if err := (backup.Source{Store: k.db, Blobs: k.blobs, Version: "test", Dir: t.TempDir()}).Write(k.ctx, &archive, hayon.BackupRequest{}); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "restored")
	done, err := backup.Restore(k.ctx, &archive, folder, backup.Options{
		Version: "test", Blobs: func(path string) (hayon.Blobs, error) { return dir.Open(path) },
	})
	if err != nil || len(done.Missing) > 0 || done.Manifest.Media != 3 {
		t.Fatalf("restored %+v, %v; want the medium, what was fitted of it, and the thumb", done, err)
	}
	k.moveTo(folder)
	k.sound()
	k.publish(p.ID, needed)
}

// moveTo goes on with what is in a folder, as another process.
func (k *keeping) moveTo(folder string) {
	k.t.Helper()
	db, err := bolt.Open(k.ctx, filepath.Join(folder, backup.DatabaseName), bolt.Config{Hold: true})
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() {
		if err := errors.Join(db.Check(context.Background()), db.Close()); err != nil {
			k.t.Errorf("what was restored is not consistent: %v", err)
		}
	})
	blobs, err := dir.Open(filepath.Join(folder, backup.MediaDir))
	if err != nil {
		k.t.Fatal(err)
	}
	was := k.daemon
	k.daemon = &daemon{
		t: was.t, ctx: was.ctx, setup: was.setup, db: db, blobs: blobs, vault: was.vault, clock: was.clock, dead: map[int]bool{1: true},
	}
	k.boot(2)
}
