package client

import (
	"context"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// FindRequest answers what a post was made of.
func (c *Client) FindRequest(ctx context.Context, id hayon.PostID) (*hayon.PostRequest, error) {
	if err := mayAsk(ctx, id); err != nil {
		return nil, err
	}
	var found api.PostRequest
	if err := c.call(ctx, request{op: api.OpFindRequest, id: id.String()}, &found); err != nil {
		return nil, err
	}
	return found.Domain(), nil
}

// RevisePost makes the targets of a post anew of another request. Where its answer was lost and the
// request names a revision, it is sent again: it can be done once only, since it makes another revision.
func (c *Client) RevisePost(ctx context.Context, id hayon.PostID, in hayon.PostRevise) (*hayon.Post, error) {
	if err := known(id, "post"); err != nil {
		return nil, err
	}
	if in.Batch == "" && !in.DryRun {
		in.Batch = NewKey() // tells the service a repeat from another change
	}
	body, err := encode(api.PostReviseOf(in))
	if err != nil {
		return nil, err
	}
	return c.post(ctx, request{
		op: api.OpRevisePost, id: id.String(), body: body, timeout: makeTimeout(in.Create), again: in.Revision > 0 || in.DryRun,
	})
}

// ReschedulePost gives every target that is not out another time.
func (c *Client) ReschedulePost(ctx context.Context, id hayon.PostID, in hayon.PostReschedule) (*hayon.Post, error) {
	if err := known(id, "post"); err != nil {
		return nil, err
	}
	body, err := encode(api.PostRescheduleOf(in))
	if err != nil {
		return nil, err
	}
	return c.post(ctx, request{op: api.OpReschedulePost, id: id.String(), body: body, again: in.DryRun})
}

// UndoPost takes back the newest change. It is sent once: a second one would take back the change before.
func (c *Client) UndoPost(ctx context.Context, in hayon.PostUndo) (*hayon.PostUndone, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	body, err := encode(in)
	if err != nil {
		return nil, err
	}
	var done api.PostUndone
	if err := c.call(ctx, request{op: api.OpUndoPost, body: body, again: in.DryRun}, &done); err != nil {
		return nil, err
	}
	return done.Domain(), nil
}

// FindRevisions answers every change of a post, the oldest first.
func (c *Client) FindRevisions(ctx context.Context, id hayon.PostID) ([]hayon.Revision, error) {
	if err := mayAsk(ctx, id); err != nil {
		return nil, err
	}
	var list []api.Revision
	if err := c.call(ctx, request{op: api.OpFindRevisions, id: id.String()}, &list); err != nil {
		return nil, err
	}
	out := make([]hayon.Revision, len(list))
	for i := range list {
		out[i] = list[i].Domain()
	}
	return out, nil
}

// CountPosts is how many posts a filter selects.
func (c *Client) CountPosts(ctx context.Context, f hayon.PostFilter) (int, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return 0, err
	}
	var n api.Count
	if err := c.call(ctx, request{op: api.OpCountPosts, query: api.PostQuery(f)}, &n); err != nil {
		return 0, err
	}
	return n.Count, nil
}

// mayAsk refuses nobody's question, and the zero id, which would make the path of another route.
func mayAsk(ctx context.Context, id hayon.PostID) error {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return err
	}
	return known(id, "post")
}
