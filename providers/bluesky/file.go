package bluesky

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
)

// stall is how long an upload may stand still, and how long its answer may take once all is there.
const stall = 2 * time.Minute

var errStalled = errors.New("the upload stood still for too long")

// file is a medium that is sent as it is read, whatever its size. It is for one request at a time.
type file struct {
	name string // for people
	size int64  // in bytes, and as Content-Length
	open func(context.Context) (io.ReadCloser, error)
	// moved is told how many bytes have left; nil: nobody listens.
	moved func(done int64)

	// failed is why the medium could not be read.
	failed error
}

// fileOf is attachment i of a part.
func (d *draft) fileOf(i int) *file {
	a := d.Part().Media[i]
	f := &file{name: nameOf(i, a), size: a.Bytes, open: func(ctx context.Context) (io.ReadCloser, error) { return d.Open(ctx, a) }}
	if d.Progress != nil {
		f.moved = func(done int64) { d.Progress(f.name, done, f.size) }
	}
	return f
}

// send is one request with the file as its body. It ends when nothing has moved for a while.
func (f *file) send(ctx context.Context, client *rest.Client, req *http.Request) (*rest.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(stall, func() { cancel(errStalled) })
	defer watch.Stop()
	f.failed = nil
	req = req.WithContext(ctx)
	req.ContentLength = f.size
	req.GetBody = func() (io.ReadCloser, error) {
		from, err := f.open(ctx)
		if err != nil {
			f.failed = hayon.AsError(err)
			return nil, err
		}
		return &reading{file: f, from: from, alive: func() { watch.Reset(stall) }}, nil
	}
	var err error
	if req.Body, err = req.GetBody(); err != nil {
		return nil, f.failed
	}
	resp, err := client.Do(req)
	switch {
	case err == nil:
		return resp, nil
	case f.failed != nil:
		return nil, f.failed
	case errors.Is(context.Cause(ctx), errStalled):
		return nil, &rest.Error{Method: req.Method, Host: req.URL.Host, Kind: rest.KindTimeout, Sent: true, Err: errStalled}
	}
	return nil, err
}

// reading is one pass over a file.
type reading struct {
	*file

	from  io.ReadCloser
	done  int64
	alive func()
}

// Read answers what the file holds next, if that fits the size that was announced.
func (r *reading) Read(b []byte) (int, error) {
	n, err := r.from.Read(b)
	r.done += int64(n)
	if n > 0 {
		r.alive()
		if r.moved != nil {
			r.moved(min(r.done, r.size))
		}
	}
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		r.failed = hayon.Errorf(hayon.CodeLocal, "%s cannot be read", r.name).WithCause(err)
		return n, r.failed
	case r.done > r.size || err != nil && r.done < r.size:
		r.failed = hayon.Errorf(hayon.CodeLocal, "%s does not have the %d bytes that it had", r.name, r.size)
		return n, r.failed
	}
	return n, err
}

// Close lets go of the file.
func (r *reading) Close() error { return r.from.Close() }
