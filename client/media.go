package client

import (
	"context"
	"errors"
	"io"
	"net/url"
	"sync"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// CreateMedia stores what r holds, at most [api.MaxMediaBytes]. An error of r is returned as the
// cause of a local error. r is read until the call returns and not closed.
func (c *Client) CreateMedia(ctx context.Context, r io.Reader, name string) (*hayon.Media, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	q := url.Values{}
	if name != "" {
		q.Set("name", name)
	}
	source := &upload{r: r, left: api.MaxMediaBytes}
	var m api.Media
	err := c.call(ctx, request{op: api.OpCreateMedia, query: q, stream: source, timeout: SlowTimeout}, &m)
	// The transport may still be reading after an early answer; the caller's reader must not be used
	// any more once the call returns.
	if broke := source.stop(); broke != nil {
		return nil, broke
	}
	if err != nil {
		return nil, err
	}
	return m.Domain(), nil
}

// FindMediaByID answers what is known of a medium.
func (c *Client) FindMediaByID(ctx context.Context, id hayon.MediaID) (*hayon.Media, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	if err := known(id, "medium"); err != nil {
		return nil, err
	}
	var m api.Media
	if err := c.call(ctx, request{op: api.OpFindMedia, id: id.String()}, &m); err != nil {
		return nil, err
	}
	return m.Domain(), nil
}

// upload reads a caller's reader up to the bound and remembers why it broke, because the transport
// tells only that it did.
type upload struct {
	mu   sync.Mutex // guards what is below
	r    io.Reader
	left int64
	err  error
}

var errStopped = errors.New("the call has returned")

func (u *upload) Read(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.r == nil {
		return 0, errStopped
	}
	n, err := u.r.Read(p)
	u.left -= int64(n)
	switch {
	case u.left < 0:
		u.err = hayon.Errorf(hayon.CodeInvalid, "the file is larger than %d MiB", api.MaxMediaBytes>>20).WithHint("make it smaller")
		return 0, u.err
	case err != nil && !errors.Is(err, io.EOF):
		u.err = hayon.Errorf(hayon.CodeLocal, "read the file: %w", err).WithHint("check that it can be read")
		if e, ok := errors.AsType[*hayon.Error](err); ok {
			u.err = e
		}
	}
	return n, err
}

// stop ends the use of the caller's reader and answers why it broke.
func (u *upload) stop() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.r = nil
	return u.err
}
