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
// Where the first one was done, the post is answered as it is then.
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
	ctx, asked := identified(ctx)
	var repeats int
	p, err := c.post(ctx, request{
		op: api.OpRevisePost, id: id.String(), body: body, timeout: makeTimeout(in.Create),
		again: in.Revision > 0 || in.DryRun, repeats: &repeats,
	})
	if repeats > 0 && !in.DryRun && hayon.CodeOf(err) == hayon.CodeConflict && c.wasRevised(ctx, id, in.Revision, asked) {
		return c.FindPostByID(ctx, id)
	}
	return p, err
}

// identified is ctx with an id of the request, which the service keeps with what it does, and the id.
func identified(ctx context.Context) (context.Context, string) {
	a, err := hayon.ActorFrom(ctx)
	if err != nil {
		return ctx, ""
	}
	if !api.PlainHeader(a.RequestID) {
		a.RequestID = NewKey()
		ctx = hayon.WithActor(ctx, a)
	}
	return ctx, a.RequestID
}

// wasRevised reports whether the newest change of a post is the one that the request with this id made of a
// revision. Where it cannot be found out, it is not.
func (c *Client) wasRevised(ctx context.Context, id hayon.PostID, revision int, asked string) bool {
	p, err := c.FindPostByID(ctx, id)
	if err != nil || p.Revision != revision+1 {
		return false
	}
	events, err := c.FindEvents(ctx, hayon.EventFilter{Post: id, Kinds: []hayon.EventKind{hayon.EventRevised}})
	if err != nil || len(events) == 0 {
		return false
	}
	last := events[len(events)-1]
	return last.Change == hayon.ChangeEdited && last.RequestID == asked
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
