package scheduler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/media"
)

// Fitter fits media to what platforms take.
type Fitter interface {
	// Fit writes to dst what a platform takes of src; see [media.Fitter.Fit].
	Fit(ctx context.Context, src io.ReadSeeker, dst io.Writer, spec media.Spec) (media.Result, error)
}

// hasFFmpeg reports whether the fitter says that it has the program.
func (s *Scheduler) hasFFmpeg() bool {
	f, ok := s.deps.Fitter.(interface{ HasFFmpeg() bool })
	return ok && f.HasFFmpeg()
}

// fit finds or makes what a platform takes of a medium.
func (s *Scheduler) fit(ctx context.Context, n fitNeed) (*fitted, error) {
	if known, err := s.knownFit(ctx, n); known != nil || err != nil {
		return known, err
	}
	src, err := s.openMedium(ctx, n.source)
	if err != nil {
		return nil, err
	}
	defer func() { _ = src.Close() }() // it was only read
	row, err := s.fitBytes(ctx, src, n)
	if err != nil {
		return notFitted(ctx, n, err)
	}
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.PutFit(ctx, row) })
	if err != nil {
		return nil, err
	}
	return &fitted{row: row}, nil
}

// notFitted is what an error of fitting comes to: what is the matter with the medium, or why nobody could
// look.
func notFitted(ctx context.Context, n fitNeed, err error) (*fitted, error) {
	if ctx.Err() != nil {
		return nil, hayon.Errorf(hayon.CodeTimeout, "%s was not fitted in time", n.name).WithCause(context.Cause(ctx))
	}
	if why := unfit(n.name, err); why != nil {
		return &fitted{why: why}, nil
	}
	e, ok := errors.AsType[*hayon.Error](err)
	if !ok {
		e = hayon.Errorf(hayon.CodeLocal, "%s could not be fitted: %w", n.name, err).WithHint("try again, or attach another file")
	}
	if n.spare {
		return &fitted{why: &problem{e.Message, e.Hint}}, nil
	}
	return nil, e
}

// knownFit is what fitting came to earlier, as long as its bytes are there; nil: it is to be done.
func (s *Scheduler) knownFit(ctx context.Context, n fitNeed) (*fitted, error) {
	var row *hayon.FitRow
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) (err error) {
		row, err = tx.FindFit(ctx, n.source, n.specKey())
		return err
	})
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return nil, nil //nolint:nilnil // absence is an ordinary answer here
	}
	if err != nil {
		return nil, err
	}
	bytes, err := s.deps.Blobs.Open(ctx, row.Result.SHA256)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return nil, nil //nolint:nilnil // absence is an ordinary answer here
	}
	if err != nil {
		return nil, err
	}
	if s.now().Sub(row.At) > mediaRest/2 {
		err = s.renewFit(ctx, row, bytes)
	}
	return &fitted{row: row}, errors.Join(err, bytes.Close())
}

// renewFit makes what fitting came to, and its bytes, as young as if it were done now: nobody collects it
// before the post is stored that it is for.
func (s *Scheduler) renewFit(ctx context.Context, row *hayon.FitRow, bytes io.Reader) error {
	if _, _, err := s.deps.Blobs.Put(ctx, bytes); err != nil {
		return err
	}
	row.At = s.now().UTC()
	return s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.PutFit(ctx, row) })
}

// fitBytes fits an open medium and stores what came of it.
func (s *Scheduler) fitBytes(ctx context.Context, src io.ReadSeeker, n fitNeed) (*hayon.FitRow, error) {
	out, in := io.Pipe()
	dst := &noted{w: in}
	var result media.Result
	var ferr error
	var running sync.WaitGroup
	running.Go(func() {
		result, ferr = s.runFit(ctx, src, dst, n)
		if ferr == nil && !result.Changed {
			ferr = errUnchanged
		}
		_ = in.CloseWithError(ferr) // never fails
	})
	sum, size, perr := s.deps.Blobs.Put(ctx, out)
	_ = out.CloseWithError(perr) // never fails
	running.Wait()
	row := &hayon.FitRow{
		Source: n.source, Spec: n.specKey(), Steps: result.Steps, At: s.now().UTC(),
		Duration: result.Info.Duration, Animated: result.Info.Animated,
		Result: hayon.BlobRef{SHA256: sum, Type: result.Info.Type, Bytes: size, Width: result.Info.Width, Height: result.Info.Height},
	}
	switch {
	case dst.broke && perr != nil: // whatever the fitter has made of that
		return nil, perr
	case errors.Is(ferr, errUnchanged):
		size, err := src.Seek(0, io.SeekEnd)
		row.Result.SHA256, row.Result.Bytes = n.source, size
		return row, err
	case ferr != nil:
		return nil, ferr
	case perr != nil:
		return nil, perr
	}
	return row, nil
}

// runFit fits a medium. What is in a file may break a decoder, which takes nothing else with it.
func (s *Scheduler) runFit(ctx context.Context, src io.ReadSeeker, dst io.Writer, n fitNeed) (result media.Result, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = hayon.Errorf(hayon.CodeInternal, "%s could not be fitted: something went wrong inside hayon", n.name).
				WithHint("attach another file, and report this one").WithCause(panicked(v))
		}
	}()
	return s.deps.Fitter.Fit(ctx, src, dst, n.spec)
}

// panicked is a panic as the log tells of it.
func panicked(v any) error { return fmt.Errorf("panic: %v\n%s", v, debug.Stack()) }

// noted is a writer that knows whether it broke.
type noted struct {
	w     io.Writer
	broke bool
}

func (n *noted) Write(p []byte) (int, error) {
	done, err := n.w.Write(p)
	n.broke = n.broke || err != nil
	return done, err
}

// errUnchanged ends the writing of a blob that nobody needs.
var errUnchanged = errors.New("nothing was to be done")

// openMedium opens the bytes of a medium so that they can be read in any order.
func (s *Scheduler) openMedium(ctx context.Context, sha256 string) (readSeekCloser, error) {
	f, err := s.deps.Blobs.Open(ctx, sha256)
	if err != nil {
		return nil, err
	}
	if file, ok := f.(readSeekCloser); ok {
		return file, nil
	}
	defer func() { _ = f.Close() }() // it was only read
	return spool(f)
}

// unfit is why a medium cannot be made what a platform takes; nil where the error is of another kind.
func unfit(name string, err error) *problem {
	if e, ok := errors.AsType[*media.FitError](err); ok {
		return &problem{name + ": " + e.Reason, e.Hint}
	}
	_, unknown := errors.AsType[*media.UnknownTypeError](err)
	_, corrupt := errors.AsType[*media.CorruptError](err)
	if unknown || corrupt || errors.Is(err, media.ErrEmpty) {
		return &problem{name + ": " + err.Error(), hintMedia}
	}
	return nil
}

type readSeekCloser interface {
	io.ReadSeeker
	io.Closer
}

// spooled is a file that nobody needs once it is closed.
type spooled struct{ *os.File }

// Close removes it.
func (f spooled) Close() error { return errors.Join(f.File.Close(), os.Remove(f.Name())) }

// spool copies what can be read once into a file of its own.
func spool(r io.Reader) (readSeekCloser, error) {
	f, err := os.CreateTemp("", "hayon-medium-*") // mode 0600
	if err != nil {
		return nil, noRoom(err)
	}
	out := spooled{f}
	_, err = io.Copy(f, r)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(noRoom(err), out.Close())
	}
	return out, nil
}

func noRoom(err error) error {
	return hayon.Errorf(hayon.CodeLocal, "there is no room for a copy of a medium: %w", err).
		WithHint("free some space, or name another folder: export TMPDIR=/path")
}
