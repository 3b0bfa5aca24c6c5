package bolt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	bberrors "go.etcd.io/bbolt/errors"

	"github.com/hayon/hayon"
)

// damage is an error that says that the bytes of the file are not what was written.
type damage struct {
	detail string
	cause  error
	// panicked: bbolt gave up on it, so that the transaction cannot go on.
	panicked bool
}

func panicDamage(v any) *damage {
	return &damage{
		detail: "its pages contradict each other", panicked: true,
		cause: fmt.Errorf("%v", v), //nolint:err113 // a panic has no type
	}
}

func isPanic(err error) bool {
	d, ok := errors.AsType[*damage](err)
	return ok && d.panicked
}

func (d *damage) Error() string {
	if d.cause == nil {
		return d.detail
	}
	return d.detail + ": " + d.cause.Error()
}

func (d *damage) Unwrap() error { return d.cause }

// ctxError is the error for work that was not started because its context had ended.
func ctxError(ctx context.Context) error {
	return hayon.Errorf(hayon.CodeTimeout, "the database was not asked in time; nothing was changed").
		WithCause(context.Cause(ctx))
}

func closedError(path string) error {
	return hayon.Errorf(hayon.CodeConflict, "the database %s is closed", path)
}

// explain turns what the file system and bbolt answer into an error for people. Errors of this
// project pass unchanged.
func (d *DB) explain(err error) error {
	if err == nil {
		return nil
	}
	if dam, ok := errors.AsType[*damage](err); ok {
		return d.damaged(dam)
	}
	if _, ok := errors.AsType[*hayon.Error](err); ok {
		return err
	}
	switch {
	case diskFull(err):
		return hayon.Errorf(hayon.CodeLocal, "no space left for the database %s; nothing was changed", d.path).
			WithHint("free some space on the disk of " + filepath.Dir(d.path)).WithCause(err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return hayon.Errorf(hayon.CodeLocal, "no permission to use the database %s", d.path).
			WithHint("make the file and its folder readable and writable for you").WithCause(err)
	case errors.Is(err, bberrors.ErrInvalid), errors.Is(err, bberrors.ErrChecksum),
		errors.Is(err, bberrors.ErrVersionMismatch), strings.Contains(err.Error(), "file size too small"):
		return d.damaged(&damage{detail: "it is no database of hayon, or its first pages are lost", cause: err})
	default:
		return hayon.Errorf(hayon.CodeLocal, "the database %s cannot be used: %w", d.path, err)
	}
}

// explainOwn is for the error of a transaction's function: it is the caller's, save that damage
// found on the way gets the name of the file.
func (d *DB) explainOwn(err error) error {
	if dam, ok := errors.AsType[*damage](err); ok {
		return d.damaged(dam)
	}
	return err
}

// refused is the error for a row that bbolt does not take: it has no key, or in a view.
func refused(err error) error {
	if err == nil {
		return nil
	}
	return hayon.Errorf(hayon.CodeInternal, "the database takes no such row: %w", err)
}

func (d *DB) damaged(dam *damage) error {
	return hayon.Errorf(hayon.CodeLocal, "the database %s is damaged: %s", d.path, dam.detail).
		WithHint(fmt.Sprintf("put a copy of it in its place, or move it aside to start anew: mv %s %s.damaged", d.path, d.path)).
		WithCause(dam)
}

// diskFull also looks at the text: bbolt does not keep the cause when the file cannot grow.
func diskFull(err error) bool {
	for _, e := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, e) || strings.Contains(err.Error(), e.Error()) {
			return true
		}
	}
	// ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL.
	return runtime.GOOS == "windows" && (errors.Is(err, syscall.Errno(39)) || errors.Is(err, syscall.Errno(112)))
}

func notFound(what, id string) error {
	return hayon.Errorf(hayon.CodeNotFound, "there is no %s %s", what, id)
}
