package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// Source is what is backed up. Store and Blobs are required.
type Source struct {
	// Store must be a [hayon.Maintainer].
	Store hayon.Store
	Blobs hayon.Blobs
	// Version is that of the program.
	Version string
	// Dir is the folder for the copy of the database on its way into the archive; "": that of the
	// system for temporary files.
	Dir string
	// Logger hears of media whose bytes are missing or damaged; nil: nobody does.
	Logger *slog.Logger
}

// Write writes the archive into w. Media whose bytes are missing, or not those that were stored, are
// left out and listed, so that one lost picture costs no backup. A store that cannot be copied is a
// usage error, and what w refuses a local one.
func (s Source) Write(ctx context.Context, w io.Writer, r hayon.BackupRequest) error {
	m, ok := s.Store.(hayon.Maintainer)
	if !ok {
		return hayon.Errorf(hayon.CodeUsage, "this database is backed up by its own tools and not by hayon").
			WithHint("use the tools of the database server")
	}
	info, err := m.Info(ctx)
	if err != nil {
		return err
	}
	db, err := s.spool(ctx, m)
	if err != nil {
		return err
	}
	defer db.close()
	var hashes []string
	if !r.WithoutMedia { // now, when the copy is made: what is stored later is too much and never too little
		if hashes, err = s.media(ctx); err != nil {
			return err
		}
	}
	a := &archive{ctx: ctx, at: time.Now(), log: s.Logger}
	a.zw, _ = gzip.NewWriterLevel(w, gzip.BestSpeed) // there is such a level
	a.tw = tar.NewWriter(a.zw)
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	return a.write(db, s.Blobs, hashes, Manifest{
		Format: Format, Version: s.Version, Created: a.at.UTC(), Schema: info.Schema, Posts: info.Posts, Targets: info.Targets,
		Media: len(hashes), WithoutMedia: r.WithoutMedia, Database: Database{Bytes: db.bytes, SHA256: db.sha256},
	})
}

func (s Source) media(ctx context.Context) ([]string, error) {
	var hashes []string
	err := s.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		hashes, err = tx.BlobHashes(ctx)
		return err
	})
	return hashes, err
}

// spool is the copy of the database. A tar file tells the size of an entry before its bytes, and only
// the whole copy has one.
type spool struct {
	f      *os.File
	bytes  int64
	sha256 string
}

func (s Source) spool(ctx context.Context, m hayon.Maintainer) (*spool, error) {
	const what = "the database cannot be copied for the backup"
	f, err := os.CreateTemp(s.Dir, "hayon-backup-*") // mode 0600
	if err != nil {
		return nil, local(err, what)
	}
	_ = os.Remove(f.Name()) // nothing is left of it even if this process is killed; Windows cannot do that
	out := &spool{f: f}
	h := sha256.New()
	if out.bytes, err = m.Snapshot(ctx, io.MultiWriter(f, h)); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		out.close()
		return nil, local(err, what)
	}
	out.sha256 = hex.EncodeToString(h.Sum(nil))
	return out, nil
}

func (s *spool) close() {
	_ = s.f.Close()
	_ = os.Remove(s.f.Name()) // gone already, but on Windows
}

// archive is one that is being written.
type archive struct {
	ctx  context.Context //nolint:containedctx // lives for one Write
	zw   *gzip.Writer
	tw   *tar.Writer
	at   time.Time
	log  *slog.Logger
	sums []sum
}

func (a *archive) write(db *spool, blobs hayon.Blobs, hashes []string, m Manifest) error {
	if err := a.json(manifestName, m); err != nil {
		return err
	}
	if err := a.entry(DatabaseName, db.bytes, db.f, m.Database.SHA256); err != nil {
		return err
	}
	var missing []string
	for _, hash := range hashes {
		ok, err := a.medium(blobs, hash)
		if err != nil {
			return err
		}
		if !ok {
			missing = append(missing, hash)
		}
	}
	if len(missing) > 0 {
		if err := a.json(missingName, missing); err != nil {
			return err
		}
	}
	var list strings.Builder
	for _, s := range a.sums {
		list.WriteString(s.String())
	}
	if err := a.entry(sumsName, int64(list.Len()), strings.NewReader(list.String()), ""); err != nil {
		return err
	}
	return local(errors.Join(a.tw.Close(), a.zw.Close()), "the backup cannot be written")
}

func (a *archive) json(name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return hayon.Errorf(hayon.CodeInternal, "encode %s: %w", name, err)
	}
	b = append(b, '\n')
	return a.entry(name, int64(len(b)), bytes.NewReader(b), "")
}

// entry writes one file. Where a hash is expected, other bytes are an error: the archive would be one
// that nobody can restore.
func (a *archive) entry(name string, size int64, r io.Reader, expected string) error {
	if err := a.tw.WriteHeader(header(name, size, a.at)); err != nil {
		return local(err, "the backup cannot be written")
	}
	h := sha256.New()
	src := &source{ctx: a.ctx, r: r}
	n, err := io.Copy(io.MultiWriter(a.tw, h), src)
	switch {
	case src.err != nil:
		return local(src.err, "%s cannot be read for the backup", name)
	case err != nil && !errors.Is(err, tar.ErrWriteTooLong):
		return local(err, "the backup cannot be written")
	}
	got := hex.EncodeToString(h.Sum(nil))
	if err != nil || n != size || expected != "" && got != expected {
		return hayon.Errorf(hayon.CodeLocal, "%s changed while it was backed up; the backup is not whole", name).
			WithHint("try again, and check what is stored: hayon db check")
	}
	a.sums = append(a.sums, sum{name: name, sha256: got})
	return nil
}

// medium writes the bytes of a medium; ok is false where they are not to be had. They are read twice,
// since what is in the archive already cannot be taken back.
func (a *archive) medium(blobs hayon.Blobs, hash string) (ok bool, err error) {
	size, err := a.measure(blobs, hash)
	if err != nil {
		if a.ctx.Err() != nil {
			return false, tooLate(a.ctx)
		}
		a.log.WarnContext(a.ctx, "a medium is missing from the backup", "sha256", hash, "err", err)
		return false, nil
	}
	r, err := blobs.Open(a.ctx, hash)
	if err != nil {
		return false, err
	}
	defer func() { _ = r.Close() }() // it was only read
	return true, a.entry(mediaName(hash), size, r, hash)
}

// measure is how many bytes a medium has, or why they are not what was stored.
func (a *archive) measure(blobs hayon.Blobs, hash string) (int64, error) {
	r, err := blobs.Open(a.ctx, hash)
	if err != nil {
		return 0, err
	}
	h := sha256.New()
	size, err := io.Copy(h, &source{ctx: a.ctx, r: r})
	if err = errors.Join(err, r.Close()); err != nil {
		return 0, err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != hash {
		return 0, hayon.Errorf(hayon.CodeLocal, "its bytes have the hash %s", got)
	}
	return size, nil
}
