package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/hayon/hayon"
)

// maxManifest bounds what is read of a manifest, and maxMissing of the list of missing media, in bytes.
const (
	maxManifest = 1 << 20
	maxMissing  = 64 << 20
)

// gzipMagic is how compressed bytes begin. Source: https://www.rfc-editor.org/rfc/rfc1952, section 2.3.1,
// read 2026-11-21.
const gzipMagic = "\x1f\x8b"

// unpacked is an archive on its way into a folder.
type unpacked struct {
	ctx      context.Context //nolint:containedctx // lives for one Restore
	stage    string
	opts     Options
	raw      *source   // what was given
	plain    io.Reader // raw without its compression
	tr       *tar.Reader
	manifest Manifest
	blobs    hayon.Blobs // of the stage
	media    []string    // the hashes that were unpacked, ascending
	missing  []string
	sums     []sum
}

// unpack reads a whole archive into stage and compares everything.
func unpack(ctx context.Context, r io.Reader, stage string, opts Options) (*unpacked, error) {
	u := &unpacked{ctx: ctx, stage: stage, opts: opts, raw: &source{ctx: ctx, r: r}}
	if err := u.open(); err != nil {
		return nil, err
	}
	var err error
	if u.blobs, err = opts.Blobs(filepath.Join(stage, MediaDir)); err != nil {
		return nil, err
	}
	if err := u.readManifest(); err != nil {
		return nil, err
	}
	h, err := u.next()
	if err != nil {
		return nil, err
	}
	if h.Name != DatabaseName || h.Size != u.manifest.Database.Bytes {
		return nil, damaged("the database does not follow")
	}
	if err := u.readDatabase(); err != nil {
		return nil, err
	}
	for {
		h, err := u.next()
		if err != nil {
			return nil, err
		}
		switch hash, ok := hashOf(h.Name); {
		case ok:
			err = u.readMedium(hash)
		case h.Name == missingName && u.missing == nil:
			err = u.readMissing()
		case h.Name == sumsName:
			return u, u.end()
		default:
			err = strange(h.Name)
		}
		if err != nil {
			return nil, err
		}
	}
}

// open finds out whether the archive is compressed. Somebody may have unpacked it to look into it.
func (u *unpacked) open() error {
	b := bufio.NewReader(u.raw)
	u.plain = b
	if head, err := b.Peek(len(gzipMagic)); err == nil && string(head) == gzipMagic {
		z, err := gzip.NewReader(b)
		if err != nil {
			return u.unread(err)
		}
		u.plain = z
	}
	u.tr = tar.NewReader(u.plain)
	return nil
}

func damaged(why string) *hayon.Error {
	return hayon.Errorf(hayon.CodeInvalid, "the backup was cut or changed: %s; nothing was restored", why).
		WithHint("take another copy of it, or an earlier backup")
}

func noBackup() *hayon.Error {
	return hayon.Errorf(hayon.CodeInvalid, "this is no backup of hayon; nothing was restored").
		WithHint("give a file that hayon db backup wrote; one that was compressed or encrypted is to be unpacked first")
}

// strange refuses an entry that no archive has, whatever it would do.
func strange(name string) error {
	return hayon.Errorf(hayon.CodeInvalid, "the backup has an entry %q, which hayon does not write; nothing was restored", name).
		WithHint("give a file that hayon db backup wrote, as it is")
}

// next is the header of the next entry, which there must be. Anything but a file is refused.
func (u *unpacked) next() (*tar.Header, error) {
	if u.ctx.Err() != nil {
		return nil, tooLate(u.ctx)
	}
	h, err := u.tr.Next()
	switch {
	case err != nil:
		return nil, u.unread(err)
	case h.Typeflag != tar.TypeReg || h.Size < 0:
		return nil, strange(h.Name)
	}
	for key := range h.PAXRecords {
		if key != "size" { // the one that an entry of more than 8 GiB needs
			return nil, strange(h.Name)
		}
	}
	return h, nil
}

// copyTo reads the entry into w and answers its hash, which the end of the archive tells again.
func (u *unpacked) copyTo(w io.Writer, name string) error {
	h := sha256.New()
	src := &source{ctx: u.ctx, r: u.tr}
	_, err := io.Copy(io.MultiWriter(w, h), src)
	if src.err != nil {
		return u.unread(src.err)
	}
	u.sums = append(u.sums, sum{name: name, sha256: hex.EncodeToString(h.Sum(nil))})
	return err
}

// unread is why the archive could not be read on: what was given cannot be, or it is not what was
// written.
func (u *unpacked) unread(err error) error {
	switch _, ours := errors.AsType[*hayon.Error](err); {
	case ours:
		return err
	case u.raw.err != nil:
		return local(u.raw.err, "the backup cannot be read")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return damaged("it ends too early").WithCause(err)
	}
	return damaged("it cannot be read on").WithCause(err)
}

// readManifest reads the first entry and refuses what this program cannot read.
func (u *unpacked) readManifest() error {
	h, err := u.next()
	switch {
	case hayon.CodeOf(err) == hayon.CodeInvalid:
		return noBackup().WithCause(err)
	case err != nil:
		return err
	case h.Name != manifestName || h.Size > maxManifest:
		return noBackup()
	}
	var b bytes.Buffer
	if err := u.copyTo(&b, manifestName); err != nil {
		return err
	}
	if err := json.Unmarshal(b.Bytes(), &u.manifest); err != nil {
		return damaged("the manifest cannot be read").WithCause(err)
	}
	m := u.manifest
	switch {
	case m.Format > Format:
		return u.newer("the backup")
	case m.Format < 1 || m.Database.Bytes < 0 || m.Media < 0:
		return damaged("the manifest says nothing that can be")
	case u.opts.Schema > 0 && m.Schema > u.opts.Schema:
		return u.newer("the database in the backup")
	}
	return nil
}

func (u *unpacked) newer(what string) error {
	by, this := u.manifest.Version, u.opts.Version
	if by == "" {
		by = "of another version"
	}
	if this == "" {
		this = "this one"
	}
	return hayon.Errorf(hayon.CodeConflict, "%s was written by hayon %s, newer than %s; nothing was restored", what, by, this).
		WithHint("install hayon " + by + " or newer")
}

func (u *unpacked) readDatabase() error {
	path := filepath.Join(u.stage, DatabaseName)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return local(err, "the database cannot be written to %s", u.stage)
	}
	err = u.copyTo(f, DatabaseName)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return local(err, "the database cannot be written to %s", u.stage)
	}
	if u.sums[len(u.sums)-1].sha256 != u.manifest.Database.SHA256 {
		return damaged("the bytes of the database are not those that were written")
	}
	return nil
}

// readMedium unpacks a medium. They ascend, so that none comes twice.
func (u *unpacked) readMedium(hash string) error {
	if n := len(u.media); u.manifest.WithoutMedia || u.missing != nil || n > 0 && u.media[n-1] >= hash {
		return strange(mediaName(hash))
	}
	src := &source{ctx: u.ctx, r: u.tr}
	got, _, err := u.blobs.Put(u.ctx, src)
	switch {
	case src.err != nil:
		return u.unread(src.err)
	case err != nil:
		return err
	case got != hash:
		return damaged("the bytes of the medium " + hash + " are not those that were written")
	}
	u.media = append(u.media, hash)
	u.sums = append(u.sums, sum{name: mediaName(hash), sha256: hash})
	return nil
}

func (u *unpacked) readMissing() error {
	var b bytes.Buffer
	if err := u.copyTo(&limited{w: &b, left: maxMissing}, missingName); err != nil {
		return err
	}
	if err := json.Unmarshal(b.Bytes(), &u.missing); err != nil || len(u.missing) == 0 {
		return damaged("the list of missing media cannot be read").WithCause(err)
	}
	return nil
}

// limited refuses more bytes than it has left.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, damaged("the list of missing media is too long")
	}
	return l.w.Write(p)
}

// end compares the last entry with what was read, and the manifest with how much that was.
func (u *unpacked) end() error {
	var list strings.Builder
	for _, s := range u.sums {
		list.WriteString(s.String())
	}
	same := &compared{want: list.String()}
	if err := u.copyTo(same, sumsName); err != nil {
		return err
	}
	if !same.all() {
		return damaged("its list of hashes is another one")
	}
	if !u.manifest.WithoutMedia && len(u.media)+len(u.missing) != u.manifest.Media {
		return damaged("media are missing")
	}
	switch h, err := u.tr.Next(); {
	case err == nil:
		return strange(h.Name)
	case !errors.Is(err, io.EOF):
		return u.unread(err)
	}
	if _, err := io.Copy(io.Discard, u.plain); err != nil { // the sum of the compression stands at its end
		return u.unread(err)
	}
	return nil
}

// compared takes exactly the bytes that are wanted.
type compared struct {
	want  string
	wrong bool
}

func (c *compared) Write(p []byte) (int, error) {
	rest, ok := strings.CutPrefix(c.want, string(p))
	c.want, c.wrong = rest, c.wrong || !ok
	return len(p), nil
}

func (c *compared) all() bool { return !c.wrong && c.want == "" }

// isWhole reports whether a medium is there with its bytes.
func isWhole(ctx context.Context, blobs hayon.Blobs, hash string) bool {
	r, err := blobs.Open(ctx, hash)
	if err != nil {
		return false
	}
	h := sha256.New()
	_, err = io.Copy(h, &source{ctx: ctx, r: r})
	return errors.Join(err, r.Close()) == nil && hex.EncodeToString(h.Sum(nil)) == hash
}

// copyBlob stores a medium of one store of blobs in another.
func copyBlob(ctx context.Context, from, to hayon.Blobs, hash string) error {
	r, err := from.Open(ctx, hash)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // it was only read
	_, _, err = to.Put(ctx, r)
	return err
}
