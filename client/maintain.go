package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// upkeepTimeout bounds calls that read or write the whole database with all media.
const upkeepTimeout = 2 * time.Hour

// WriteBackup writes the archive into w as it comes. An error after the first byte leaves half an
// archive there, which nothing takes for a whole one.
func (c *Client) WriteBackup(ctx context.Context, w io.Writer, r hayon.BackupRequest) error {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, upkeepTimeout)
	defer cancel()
	route := api.RouteOf(api.OpWriteBackup)
	req, err := c.newRequest(ctx, route, request{op: route.Op, query: api.BackupQuery(r)})
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.explain(ctx, route, &lostError{err: err, sent: !notSent(err)})
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	c.noteVersion(resp.Header)
	if resp.StatusCode >= http.StatusMultipleChoices {
		body, err := io.ReadAll(io.LimitReader(resp.Body, api.MaxJSONBytes))
		if err != nil {
			return c.explain(ctx, route, &lostError{err: err, sent: true})
		}
		return c.refusal(resp, body)
	}
	out := &sink{w: w}
	if _, err := io.Copy(out, resp.Body); err != nil {
		if out.err != nil {
			return hayon.Errorf(hayon.CodeLocal, "the backup cannot be written: %w", out.err).WithHint("check the disk, then begin again")
		}
		return c.explain(ctx, route, &lostError{err: err, sent: true})
	}
	return nil
}

// sink tells an error of the writer from one of the connection.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.err = errors.Join(s.err, err)
	return n, err
}

// CheckStore reads everything and answers what is wrong.
func (c *Client) CheckStore(ctx context.Context) (*hayon.StoreReport, error) {
	return upkeep[hayon.StoreReport](ctx, c, request{op: api.OpCheckStore})
}

// CompactStore gives the file system back what is not used.
func (c *Client) CompactStore(ctx context.Context) (*hayon.Compaction, error) {
	return upkeep[hayon.Compaction](ctx, c, request{op: api.OpCompactStore})
}

// PruneStore forgets what is old.
func (c *Client) PruneStore(ctx context.Context, in hayon.PruneRequest) (*hayon.Pruned, error) {
	body, err := encode(in)
	if err != nil {
		return nil, err
	}
	return upkeep[hayon.Pruned](ctx, c, request{op: api.OpPruneStore, body: body})
}

// upkeep is a call that may take long and answers a T.
func upkeep[T any](ctx context.Context, c *Client, r request) (*T, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	r.timeout = upkeepTimeout
	out := new(T)
	if err := c.call(ctx, r, out); err != nil {
		return nil, err
	}
	return out, nil
}
