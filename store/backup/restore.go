package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/hayon/hayon"
)

// stagePattern names the folder in which an archive is unpacked before anything gets its place. It
// lies in the folder that is restored, so that a rename is enough.
const stagePattern = ".restore-*"

// Options say how an archive is restored. Blobs is required.
type Options struct {
	// Blobs opens a folder for media, and makes it where it is missing.
	Blobs func(dir string) (hayon.Blobs, error)
	// Schema is the newest layout of the database that the program reads; 0: it finds out by Verify.
	Schema int
	// Version is that of the program, for messages.
	Version string
	// Replace moves a database that is there aside, in the place of refusing.
	Replace bool
	// Verify looks at the database before it gets its place, such as by opening it; nil: nobody does.
	// An error of it ends the restoring.
	Verify func(ctx context.Context, path string) error
}

// Restored is what became of an archive.
type Restored struct {
	Manifest Manifest
	// Aside is where the database is now that was there before; "": there was none.
	Aside string
	// Missing are the hashes of media that the archive does not have either.
	Missing []string
}

// Restore makes a profile's data folder of an archive: dir/hayon.db and dir/blobs. dir is absolute, and
// nobody else uses it meanwhile; it may be missing. Nothing in it changes before the whole archive was
// read and found to be as it was written, and nothing outside of it ever does. Media that are there
// already stay. A restore that was killed leaves a folder dir/.restore-…, which the next one removes.
//
// An archive that is none, was cut or changed is invalid; that of a newer Hayon, and a database that
// is there without opts.Replace, are conflicts.
func Restore(ctx context.Context, r io.Reader, dir string, opts Options) (*Restored, error) {
	if !filepath.IsAbs(dir) || opts.Blobs == nil {
		return nil, hayon.Errorf(hayon.CodeUsage, "a backup is restored into an absolute folder, and not into %q", dir)
	}
	db := filepath.Join(dir, DatabaseName)
	if err := refuseExisting(db, opts.Replace); err != nil {
		return nil, err
	}
	clean, err := makeFolder(dir)
	if err != nil {
		return nil, err
	}
	done, err := restore(ctx, r, dir, opts)
	if err != nil {
		clean()
		return nil, err
	}
	return done, nil
}

func refuseExisting(db string, replace bool) error {
	switch info, err := os.Lstat(db); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return local(err, "nobody can tell whether there is a database %s", db)
	case info.IsDir():
		return hayon.Errorf(hayon.CodeConflict, "%s is a folder; nothing was changed", db).WithHint("restore into another profile")
	case replace:
		return nil
	}
	return hayon.Errorf(hayon.CodeConflict, "there is a database %s already; nothing was changed", db).
		WithHint("restore into another profile, or put it in its place with --replace")
}

// makeFolder makes dir where it is missing and removes what a killed restore left in it. clean takes
// back what it made.
func makeFolder(dir string) (clean func(), err error) {
	clean = func() {}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		clean = func() { _ = os.Remove(dir) } // only where it is empty
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, local(err, "the folder %s cannot be made", dir)
	}
	left, err := filepath.Glob(filepath.Join(escape(dir), stagePattern))
	for _, path := range left {
		err = errors.Join(err, os.RemoveAll(path))
	}
	if err != nil {
		clean()
		return nil, local(err, "what an earlier restore left in %s cannot be removed", dir)
	}
	return clean, nil
}

// restore unpacks the archive, then puts what is in it in its place, the database last: before that
// nobody can tell that there is anything new.
func restore(ctx context.Context, r io.Reader, dir string, opts Options) (*Restored, error) {
	stage, err := os.MkdirTemp(dir, stagePattern) // mode 0700
	if err != nil {
		return nil, local(err, "the folder %s cannot be written", dir)
	}
	defer func() { _ = os.RemoveAll(stage) }()
	u, err := unpack(ctx, r, stage, opts)
	if err != nil {
		return nil, err
	}
	staged := filepath.Join(stage, DatabaseName)
	if opts.Verify != nil {
		if err := opts.Verify(ctx, staged); err != nil {
			return nil, err
		}
	}
	if err := u.placeMedia(ctx, dir); err != nil {
		return nil, err
	}
	done := &Restored{Manifest: u.manifest, Missing: u.missing}
	done.Aside, err = placeDatabase(staged, filepath.Join(dir, DatabaseName), opts.Replace)
	if err != nil {
		return nil, err
	}
	return done, nil
}

// placeMedia gives the unpacked media their place. Where there are none yet a rename is enough; else
// each is added that is not there as it should be.
func (u *unpacked) placeMedia(ctx context.Context, dir string) error {
	to := filepath.Join(dir, MediaDir)
	if len(u.media) == 0 {
		return nil
	}
	if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
		err := os.Rename(filepath.Join(u.stage, MediaDir), to)
		if err == nil {
			err = syncDir(dir)
		}
		return local(err, "the media cannot be put into %s", to)
	}
	there, err := u.opts.Blobs(to)
	if err != nil {
		return err
	}
	for _, hash := range u.media {
		if isWhole(ctx, there, hash) {
			continue
		}
		if err := copyBlob(ctx, u.blobs, there, hash); err != nil {
			return err
		}
	}
	return nil
}

// placeDatabase moves a database that is there aside, answers where to, and puts the new one in its
// place. What goes wrong it takes back.
func placeDatabase(staged, db string, replace bool) (aside string, err error) {
	if err := refuseExisting(db, replace); err != nil { // somebody may have made one meanwhile
		return "", err
	}
	if _, err := os.Lstat(db); err == nil {
		if aside, err = freeName(db + ".before-restore-" + time.Now().UTC().Format("20060102T150405Z")); err == nil {
			err = os.Rename(db, aside)
		}
		if err != nil {
			return "", local(err, "the database %s cannot be moved aside", db)
		}
	}
	if err := os.Rename(staged, db); err != nil {
		if aside != "" {
			err = errors.Join(err, os.Rename(aside, db))
		}
		return "", local(err, "the database cannot be put into its place %s", db)
	}
	return aside, local(syncDir(filepath.Dir(db)), "the folder of %s cannot be written", db)
}

// freeName is path, or path with a number where that is taken.
func freeName(path string) (string, error) {
	name := path
	for i := 2; ; i++ {
		if _, err := os.Lstat(name); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
			return name, err
		}
		name = fmt.Sprintf("%s-%d", path, i)
	}
}

// escape makes a path mean itself in a pattern. Windows knows no escapes, and no such names either.
func escape(path string) string {
	if runtime.GOOS == "windows" {
		return path
	}
	var out []rune
	for _, c := range path {
		switch c {
		case '*', '?', '[', '\\':
			out = append(out, '\\')
		}
		out = append(out, c)
	}
	return string(out)
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
