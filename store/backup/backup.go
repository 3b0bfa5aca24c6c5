package backup

import (
	"archive/tar"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/hayon/hayon"
)

// Format is the version of the archive that this package writes, and the newest that it reads.
const Format = 1

// DatabaseName is the name of the database in the archive and in the folder that is made of it, and
// MediaDir that of the folder of the media.
const (
	DatabaseName = "hayon.db"
	MediaDir     = "blobs"
)

// The other entries.
const (
	manifestName = "manifest.json"
	missingName  = "missing.json"
	sumsName     = "SHA256SUMS"
)

// Manifest says what an archive is.
type Manifest struct {
	Format int `json:"format"`
	// Version is that of the Hayon that wrote the archive.
	Version string    `json:"version"`
	Created time.Time `json:"created"`
	// Schema is the version of the database's layout.
	Schema int `json:"schema"`
	// Posts and Targets were there just before the database was copied.
	Posts   int `json:"posts"`
	Targets int `json:"targets"`
	// Media counts the media in the archive, and those that are missing from it.
	Media        int      `json:"media"`
	WithoutMedia bool     `json:"without_media,omitempty"`
	Database     Database `json:"database"`
}

// Database is the copy of the database in an archive.
type Database struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // 64 hexadecimal digits
}

// sum is the hash of one entry.
type sum struct{ name, sha256 string }

func (s sum) String() string { return s.sha256 + "  " + s.name + "\n" }

// mediaName is the entry of a medium.
func mediaName(hash string) string { return MediaDir + "/" + hash }

// hashOf is the hash in the name of a medium's entry; ok is false where it is no such name.
func hashOf(name string) (hash string, ok bool) {
	hash, ok = strings.CutPrefix(name, MediaDir+"/")
	return hash, ok && isHash(hash)
}

func isHash(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32 && s == strings.ToLower(s)
}

// header is that of an entry. It tells nothing of the machine it is written on.
func header(name string, bytes int64, at time.Time) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: bytes, Mode: 0o600, ModTime: at.UTC().Truncate(time.Second)}
}

// source reads r until ctx ends, and keeps r's own error apart from those of the side that is written.
type source struct {
	ctx context.Context //nolint:containedctx // lives for one copy
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		s.err = tooLate(s.ctx)
		return 0, s.err
	}
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

func tooLate(ctx context.Context) error {
	return hayon.Errorf(hayon.CodeTimeout, "there was no time to the end of the backup; nothing was changed").
		WithCause(context.Cause(ctx))
}

// local is an error of this machine, with what cannot be done. Errors of this project pass unchanged.
func local(err error, format string, args ...any) error {
	if _, ok := errors.AsType[*hayon.Error](err); ok || err == nil {
		return err
	}
	e := hayon.Errorf(hayon.CodeLocal, "%s: %w", fmt.Sprintf(format, args...), err)
	switch {
	case diskFull(err):
		e.Hint = "free some space on that disk"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e.Hint = "make the folder readable and writable for you"
	}
	return e
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
