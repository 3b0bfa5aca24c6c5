package client

import (
	"context"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// FindEvents answers events after a sequence number, waiting up to f.Wait for one.
func (c *Client) FindEvents(ctx context.Context, f hayon.EventFilter) ([]hayon.Event, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	var list []hayon.Event
	r := request{op: api.OpFindEvents, query: api.EventQuery(f)}
	if f.Wait > 0 {
		r.timeout = min(f.Wait, api.MaxWait) + pollMargin
	}
	if err := c.call(ctx, r, &list); err != nil {
		return nil, err
	}
	return list, nil
}

// LastSeq is the sequence number of the newest event.
func (c *Client) LastSeq(ctx context.Context) (uint64, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return 0, err
	}
	var last api.LastEvent
	err := c.call(ctx, request{op: api.OpLastEvent}, &last)
	return last.Seq, err
}
