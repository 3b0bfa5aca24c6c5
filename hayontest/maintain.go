package hayontest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func maintainCases() []testCase {
	return []testCase{
		{"write a backup", writeBackup},
		{"check the store", checkStore},
		{"compact the store", compactStore},
		{"prune the store", pruneStore},
		{"upkeep as nobody", upkeepAsNobody},
	}
}

// entries are the entries of a backup with their bytes, and their names in order.
func (w *world) entries(archive []byte) (byName map[string][]byte, order []string) {
	w.Helper()
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		w.Fatalf("the backup is not compressed: %v", err)
	}
	byName = make(map[string][]byte)
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return byName, order
		}
		if err != nil {
			w.Fatal(err)
		}
		if byName[h.Name], err = io.ReadAll(r); err != nil {
			w.Fatal(err)
		}
		order = append(order, h.Name)
	}
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func writeBackup(w *world) {
	a, b := w.upload(2, 2, "a.png"), w.upload(3, 3, "b.png")
	p := later("with a picture")
	p.Media = []hayon.MediaInput{{Media: a.ID, Alt: "a"}, {Media: b.ID, Alt: "b"}}
	w.create(p)
	var buf bytes.Buffer
	if err := w.Service.WriteBackup(w.ctx(), &buf, hayon.BackupRequest{}); err != nil {
		w.Fatalf("WriteBackup: %v", err)
	}
	got, order := w.entries(buf.Bytes())
	pictures := []string{"blobs/" + a.SHA256, "blobs/" + b.SHA256}
	slices.Sort(pictures)
	want := slices.Concat([]string{"manifest.json", "hayon.db"}, pictures, []string{"SHA256SUMS"})
	if diff := cmp.Diff(want, order); diff != "" {
		w.Errorf("entries (-want +got):\n%s", diff)
	}
	for _, m := range []*hayon.Media{a, b} {
		if hash(got["blobs/"+m.SHA256]) != m.SHA256 {
			w.Errorf("the bytes of %s are others", m.Name)
		}
	}
	var manifest struct {
		Format, Posts, Targets, Media int
		Database                      struct{ SHA256 string }
	}
	if err := json.Unmarshal(got["manifest.json"], &manifest); err != nil {
		w.Fatal(err)
	}
	if manifest.Format != 1 || manifest.Posts != 1 || manifest.Targets != 1 || manifest.Media != 2 || manifest.Database.SHA256 != hash(got["hayon.db"]) {
		w.Errorf("manifest %+v", manifest)
	}
	buf.Reset()
	if err := w.Service.WriteBackup(w.ctx(), &buf, hayon.BackupRequest{WithoutMedia: true}); err != nil {
		w.Fatalf("WriteBackup without media: %v", err)
	}
	if _, order := w.entries(buf.Bytes()); len(order) != 3 {
		w.Errorf("without media there are %q", order)
	}
}

func checkStore(w *world) {
	m := w.upload(4, 4, "a.png")
	w.create(later("one"))
	w.create(later("two"))
	got, err := w.Service.CheckStore(w.ctx())
	if err != nil {
		w.Fatalf("CheckStore: %v", err)
	}
	if len(got.Problems) > 0 || got.Posts != 2 || got.Targets != 2 || got.Media != 1 || got.MediaBytes != m.Bytes || got.Bytes <= 0 || got.Schema <= 0 {
		w.Errorf("report %+v, want 2 posts with their targets, 1 medium of %d bytes, and no problems", got, m.Bytes)
	}
}

func compactStore(w *world) {
	m := w.upload(4, 4, "a.png")
	p := w.create(later("stays"))
	done, err := w.Service.CompactStore(w.ctx())
	if err != nil {
		w.Fatalf("CompactStore: %v", err)
	}
	if done.Before <= 0 || done.After <= 0 || done.Media != 0 || done.MediaBytes != 0 {
		w.Errorf("compaction %+v, want sizes, and a new medium left alone", done)
	}
	if _, err := w.Service.FindMediaByID(w.ctx(), m.ID); err != nil {
		w.Errorf("the medium is gone: %v", err)
	}
	w.wantState(w.find(p.ID), hayon.StateScheduled)
}

func pruneStore(w *world) {
	waits, out := w.create(later("waits")), w.create(later("is out"))
	w.move(out.ID, hayon.StatePublished)
	before := time.Now()
	would, err := w.Service.PruneStore(w.ctx(), hayon.PruneRequest{Before: before, DryRun: true})
	if err != nil || would.Rows == 0 || would.Posts != 0 {
		w.Fatalf("a dry run counts %+v, %v; want journal rows and no posts", would, err)
	}
	did, err := w.Service.PruneStore(w.ctx(), hayon.PruneRequest{Before: before})
	if err != nil || *did != *would {
		w.Errorf("pruned %+v, %v; the dry run counted %+v", did, err, would)
	}
	if again, err := w.Service.PruneStore(w.ctx(), hayon.PruneRequest{Before: before}); err != nil || *again != (hayon.Pruned{}) {
		w.Errorf("pruned again %+v, %v; want nothing", again, err)
	}
	w.wantState(w.find(waits.ID), hayon.StateScheduled)
	w.wantState(w.find(out.ID), hayon.StatePublished)
	for what, before := range map[string]time.Time{"nothing is old": {}, "what is still to come": time.Now().Add(time.Hour)} {
		_, err := w.Service.PruneStore(w.ctx(), hayon.PruneRequest{Before: before})
		if e := w.refusal(what, err, hayon.CodeUsage); e.Hint == "" {
			w.Errorf("%s: no hint", what)
		}
	}
}

func upkeepAsNobody(w *world) {
	ctx, checks := w.Context(), make(map[string]error)
	checks["backup"] = w.Service.WriteBackup(ctx, io.Discard, hayon.BackupRequest{})
	_, checks["check"] = w.Service.CheckStore(ctx)
	_, checks["compact"] = w.Service.CompactStore(ctx)
	_, checks["prune"] = w.Service.PruneStore(ctx, hayon.PruneRequest{Before: time.Now()})
	for what, err := range checks {
		w.refused(what, err, hayon.CodeUnauthenticated)
	}
}
