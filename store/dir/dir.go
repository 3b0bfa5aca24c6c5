package dir

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/hayon/hayon"
)

// tmpName is the folder of half-written files, beside the blobs so that a rename is enough.
const tmpName = "tmp"

// Blobs is a folder of blobs. It implements [hayon.Blobs] and [hayon.BlobKeeper].
type Blobs struct{ root string }

var _ hayon.Blobs = (*Blobs)(nil)

// Open uses the folder at root, an absolute path, and makes it where it is missing. It tidies up; see
// [Blobs.Tidy].
func Open(root string) (*Blobs, error) {
	if !filepath.IsAbs(root) {
		return nil, hayon.Errorf(hayon.CodeUsage, "the path %q of the media is not absolute", root)
	}
	b := &Blobs{root: root}
	if err := os.MkdirAll(filepath.Join(root, tmpName), 0o700); err != nil {
		return nil, b.explain(err)
	}
	_, _, _ = b.Tidy(time.Now()) // what is in the way of that is in nobody else's
	return b, nil
}

// Put stores what r holds; see [hayon.Blobs]. An error of r is answered as it is, an end of ctx is
// a timeout, and both leave nothing behind.
func (b *Blobs) Put(ctx context.Context, r io.Reader) (hash string, size int64, err error) {
	tmp, err := os.CreateTemp(filepath.Join(b.root, tmpName), blobPrefix+"*") // mode 0600
	if err != nil {
		return "", 0, b.explain(err)
	}
	defer func() {
		_ = tmp.Close()           // closed already where all went well
		_ = os.Remove(tmp.Name()) // renamed already where all went well
	}()
	sum := sha256.New()
	src := &source{ctx: ctx, r: r}
	size, err = io.Copy(io.MultiWriter(tmp, sum), src)
	if src.err != nil {
		return "", 0, src.err
	}
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return "", 0, b.explain(err)
	}
	hash = hex.EncodeToString(sum.Sum(nil))
	if err := b.place(tmp.Name(), hash); err != nil {
		return "", 0, b.explain(err)
	}
	return hash, size, nil
}

// place gives a finished file its name. A blob that is there already with the same bytes stays.
func (b *Blobs) place(tmp, hash string) error {
	path := b.path(hash)
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		// Windows does not replace a file that somebody reads: it is the same blob.
		if _, statErr := os.Stat(path); statErr != nil || runtime.GOOS != "windows" {
			return err
		}
		now := time.Now() // as a new file would have it: whoever removes old ones goes by it
		if err := os.Chtimes(path, now, now); err != nil {
			return err
		}
	}
	return errors.Join(syncDir(dir), syncDir(filepath.Dir(dir)), syncDir(b.root))
}

// Open reads a blob.
func (b *Blobs) Open(_ context.Context, hash string) (io.ReadCloser, error) {
	hash = strings.ToLower(hash)
	if !isHash(hash) {
		return nil, hayon.Errorf(hayon.CodeNotFound, "%q is no SHA-256 of a medium", hash)
	}
	f, err := os.Open(b.path(hash))
	if errors.Is(err, fs.ErrNotExist) { // it may be looked at by Remove, which puts it back
		if f, err = os.Open(b.aside(hash)); err != nil {
			f, err = os.Open(b.path(hash))
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hayon.Errorf(hayon.CodeNotFound, "the bytes of the medium %s are not in %s", hash, b.root).WithCause(err)
	}
	if err != nil {
		return nil, b.explain(err)
	}
	return f, nil
}

// path is where a blob lies; hash has been checked or made here.
func (b *Blobs) path(hash string) string { return filepath.Join(b.root, hash[:2], hash[2:4], hash) }

func (b *Blobs) explain(err error) error {
	switch {
	case diskFull(err):
		return hayon.Errorf(hayon.CodeLocal, "no space left for media in %s; nothing was stored", b.root).
			WithHint("free some space on the disk of " + b.root).WithCause(err)
	case errors.Is(err, syscall.EROFS):
		return hayon.Errorf(hayon.CodeLocal, "the disk of %s is read-only", b.root).
			WithHint("make it writable, or keep hayon elsewhere: export HAYON_HOME=DIR").WithCause(err)
	case errors.Is(err, fs.ErrPermission):
		return hayon.Errorf(hayon.CodeLocal, "no permission to use the media in %s", b.root).
			WithHint("make the folder readable and writable for you").WithCause(err)
	default:
		return hayon.Errorf(hayon.CodeLocal, "the media in %s cannot be used: %w", b.root, err)
	}
}

func diskFull(err error) bool {
	for _, e := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, e) {
			return true
		}
	}
	// ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL.
	return runtime.GOOS == "windows" && (errors.Is(err, syscall.Errno(39)) || errors.Is(err, syscall.Errno(112)))
}

// source reads r until ctx ends, and keeps r's own error apart from those of the disk.
type source struct {
	ctx context.Context //nolint:containedctx // lives for one Put
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		s.err = hayon.Errorf(hayon.CodeTimeout, "the medium was not stored in time").WithCause(context.Cause(s.ctx))
		return 0, s.err
	}
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// syncDir makes a new name in a folder survive a crash. Windows has no such call and needs none.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
