package store

import (
	"context"
	"log/slog"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
	"github.com/hayon/hayon/store/dir"
)

// Config is how a store is opened. The zero value works.
type Config struct {
	// Owner is the process that opens the store; it is named to others while it holds it.
	Owner hayon.Owner
	// Version is the version of the program.
	Version string
	// Socket is where the process listens, told to others while it holds the store.
	Socket string
	// Hold keeps the store for this process alone until it is closed.
	Hold bool
	// LockTimeout bounds the wait for a store that another process holds; 0 means 5 s.
	LockTimeout time.Duration
	// OnCommit is told of every commit: how long it took, and how many updates it had. It must not
	// block; nil means nobody.
	OnCommit func(d time.Duration, changes int)
	// Logger gets what is worth a line; nil means nobody.
	Logger *slog.Logger
}

// Open opens the store at a URL: bolt:///absolute/path/hayon.db. Another scheme, and a path that is
// not absolute, are usage errors; the others are those of [bolt.Open].
func Open(ctx context.Context, rawURL string, cfg Config) (hayon.Store, error) {
	path, err := pathOf(rawURL, "bolt")
	if err != nil {
		return nil, err
	}
	db, err := bolt.Open(ctx, path, bolt.Config(cfg))
	if err != nil {
		return nil, err // not the nil *bolt.DB in an interface
	}
	return db, nil
}

// OpenBlobs opens the bytes of media at a URL: dir:///absolute/path. Errors are those of [Open] and
// [dir.Open].
func OpenBlobs(_ context.Context, rawURL string) (hayon.Blobs, error) {
	path, err := pathOf(rawURL, "dir")
	if err != nil {
		return nil, err
	}
	b, err := dir.Open(path)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// pathOf is the path of a URL with a scheme. On Windows it is bolt:///C:/path.
func pathOf(rawURL, scheme string) (string, error) {
	example := scheme + ":///absolute/path"
	u, err := url.Parse(rawURL)
	if err != nil {
		return "", hayon.Errorf(hayon.CodeUsage, "%q is no URL", rawURL).WithHint("it looks like " + example).WithCause(err)
	}
	if u.Scheme != scheme {
		return "", hayon.Errorf(hayon.CodeUsage, "this hayon knows no store %q there", u.Scheme+"://").WithHint("use " + example)
	}
	path := u.Path
	if runtime.GOOS == "windows" {
		path = filepath.FromSlash(strings.TrimPrefix(path, "/"))
	}
	if u.Host != "" || !filepath.IsAbs(path) {
		return "", hayon.Errorf(hayon.CodeUsage, "%q has no absolute path", rawURL).WithHint("use " + example + ", with three slashes")
	}
	return filepath.Clean(path), nil
}
