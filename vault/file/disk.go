package file

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hayon/hayon"
)

// maxFileBytes is more than any vault needs and keeps a wrong file from filling the memory.
const maxFileBytes = 64 << 20

// busyFor is how long a file that another process has open is tried again (see busy).
const busyFor = 2 * time.Second

// tmpSuffix marks the file that is about to replace the one of the same name.
const tmpSuffix = ".tmp"

func join(dir, name string) string { return filepath.Join(dir, name) }

// readFile reads a whole file of the vault.
func readFile(dir, name string) (raw []byte, err error) {
	err = persist(func() error {
		f, err := os.Open(join(dir, name))
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		raw, err = io.ReadAll(io.LimitReader(f, maxFileBytes+1))
		return err
	})
	if err == nil && len(raw) > maxFileBytes {
		return nil, &fs.PathError{Op: "read", Path: join(dir, name), Err: errTooBig}
	}
	return raw, err
}

// writeFile replaces a file of the vault: all of it or nothing, on the disk before it answers. The
// caller holds the vault's lock; so the temporary file has one name, and what a crash left of it is
// overwritten by the next change and not forgotten.
func writeFile(dir, name string, raw []byte) error {
	tmp := join(dir, name+tmpSuffix)
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := writeSynced(tmp, raw); err != nil {
		_ = os.Remove(tmp)
		return err
	}
	if err := persist(func() error { return os.Rename(tmp, join(dir, name)) }); err != nil {
		_ = os.Remove(tmp)
		return err
	}
	return syncDir(dir)
}

func writeSynced(path string, raw []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// persist repeats op, for a short time, while another process has the file open.
func persist(op func() error) error {
	for end := time.Now().Add(busyFor); ; {
		err := op()
		if err == nil || !busy(err) || time.Now().After(end) {
			return err
		}
		<-time.After(minPoll)
	}
}

// tighten takes the rights on a file from everyone but its owner.
func (v *Vault) tighten(ctx context.Context, name string) {
	path := join(v.dir, name)
	info, err := os.Stat(path)
	if err != nil || !loose(info) {
		return
	}
	if err := os.Chmod(path, 0o600); err != nil {
		v.log.WarnContext(ctx, "others can read the vault", "path", path, "mode", info.Mode().String(), "err", err)
		return
	}
	v.log.WarnContext(ctx, "others could read the vault; its rights are tightened", "path", path, "mode", info.Mode().String())
}

var (
	errTooBig = errors.New("the file is too big")
	// errDamaged is the cause of all that may also be seen for a moment while another process makes or
	// removes the vault. Only what is seen under the lock is certain.
	errDamaged = errors.New("the files of the vault do not fit together")
)

// damaged is the error of a file that can be read but not understood.
func damaged(dir, name string) error {
	hint := "restore it from a backup, or move it away and sign in again with: hayon login"
	if name == headerName {
		hint = "restore it from a backup, or move all of the vault's files away and sign in again with: hayon login"
	}
	return hayon.Errorf(hayon.CodeLocal, "%s is damaged or belongs to another vault; its secrets cannot be read", join(dir, name)).
		WithHint(hint).WithCause(errDamaged)
}

func unreadable(dir, name string, err error) error {
	return hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %s", join(dir, name), reason(err)).
		WithHint("check who owns " + dir + " and its files").WithCause(err)
}

func unwritable(dir, name string, err error) error {
	hint := "check who owns " + dir + " and its files"
	if diskFull(err) {
		hint = "free some space on the disk of " + dir + " and run the command again"
	}
	return hayon.Errorf(hayon.CodeLocal, "%s cannot be written: %s", join(dir, name), reason(err)).
		WithHint(hint).WithCause(err)
}

// reason is what the system says, without the path that the message has already.
func reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err.Error()
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}
