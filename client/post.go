package client

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// NewKey is a random Idempotency-Key. Who may send a post over two ways gives both the same one.
func NewKey() string { return strings.ToLower(rand.Text()) }

// CreatePost checks and stores a post. Without an IdempotencyKey it uses a random one, so that a
// lost answer can be asked for again.
func (c *Client) CreatePost(ctx context.Context, in hayon.PostCreate) (*hayon.Post, error) {
	key := in.IdempotencyKey
	if key == "" && !in.DryRun {
		key = NewKey()
	}
	header := http.Header{}
	if api.PlainHeader(key) {
		header.Set(api.HeaderIdempotencyKey, key)
		in.IdempotencyKey = ""
	}
	body, err := encode(api.PostCreateOf(in))
	if err != nil {
		return nil, err
	}
	return c.post(ctx, request{op: api.OpCreatePost, body: body, header: header, timeout: makeTimeout(in)})
}

// makeTimeout bounds a call that makes what a post is made of; 0: nothing that takes its time.
func makeTimeout(in hayon.PostCreate) time.Duration {
	const fitting = 15 * time.Minute // a video that is made smaller
	texts := slices.Concat([]string{in.Text, in.Card, in.Quote}, in.Parts, slices.Collect(maps.Values(in.Texts)))
	switch {
	case len(in.Media) > 0:
		return fitting
	case slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(s, ".") }): // perhaps an address
		return SlowTimeout
	}
	return 0
}

// PreviewPost shows what each platform would get of a post.
func (c *Client) PreviewPost(ctx context.Context, in hayon.PostCreate) (*hayon.Preview, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	body, err := encode(api.PostCreateOf(in))
	if err != nil {
		return nil, err
	}
	var out api.Preview
	if err := c.call(ctx, request{op: api.OpPreviewPost, body: body, timeout: max(SlowTimeout, makeTimeout(in))}, &out); err != nil {
		return nil, err
	}
	return out.Domain(), nil
}

// FindPostByID answers one post with its targets.
func (c *Client) FindPostByID(ctx context.Context, id hayon.PostID) (*hayon.Post, error) {
	if err := known(id, "post"); err != nil {
		return nil, err
	}
	return c.post(ctx, request{op: api.OpFindPost, id: id.String()})
}

// FindPosts answers posts with their targets, in the order of f.
func (c *Client) FindPosts(ctx context.Context, f hayon.PostFilter) ([]*hayon.Post, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	var list []api.Post
	if err := c.call(ctx, request{op: api.OpFindPosts, query: api.PostQuery(f)}, &list); err != nil {
		return nil, err
	}
	out := make([]*hayon.Post, len(list))
	for i := range list {
		out[i] = list[i].Domain()
	}
	return out, nil
}

// LookupPost finds the post that a person means.
func (c *Client) LookupPost(ctx context.Context, ref string) (hayon.PostID, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return hayon.PostID{}, err
	}
	var found api.Lookup
	if err := c.call(ctx, request{op: api.OpLookupPost, query: url.Values{"ref": {ref}}}, &found); err != nil {
		return hayon.PostID{}, err
	}
	return hayon.ParsePostID(found.ID)
}

// CancelPost takes back every target that has not been sent.
func (c *Client) CancelPost(ctx context.Context, id hayon.PostID, in hayon.PostChangeRequest) (*hayon.Post, error) {
	return c.change(ctx, api.OpCancelPost, id, in)
}

// RetryPost queues every target that can be tried again.
func (c *Client) RetryPost(ctx context.Context, id hayon.PostID, in hayon.PostChangeRequest) (*hayon.Post, error) {
	return c.change(ctx, api.OpRetryPost, id, in)
}

// ResolvePost records what a person found out about a target.
func (c *Client) ResolvePost(ctx context.Context, id hayon.PostID, in hayon.PostResolve) (*hayon.Post, error) {
	if err := known(id, "post"); err != nil {
		return nil, err
	}
	body, err := encode(in)
	if err != nil {
		return nil, err
	}
	return c.post(ctx, request{op: api.OpResolvePost, id: id.String(), body: body})
}

// PublishPost sends what is a draft or waits for its time, now.
func (c *Client) PublishPost(ctx context.Context, id hayon.PostID, in hayon.PostChangeRequest) (*hayon.Post, error) {
	return c.change(ctx, api.OpPublishPost, id, in)
}

// EditPost changes what is out, on the platforms that can.
func (c *Client) EditPost(ctx context.Context, id hayon.PostID, in hayon.PostEdit) (*hayon.Post, error) {
	if err := known(id, "post"); err != nil {
		return nil, err
	}
	body, err := encode(in)
	if err != nil {
		return nil, err
	}
	return c.post(ctx, request{op: api.OpEditPost, id: id.String(), body: body, timeout: SlowTimeout})
}

// DeletePost takes a post out of the lists, and where asked first off the platforms.
func (c *Client) DeletePost(ctx context.Context, id hayon.PostID, in hayon.PostDelete) (*hayon.PostDeletion, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	if err := known(id, "post"); err != nil {
		return nil, err
	}
	body, err := encode(in)
	if err != nil {
		return nil, err
	}
	var d api.Deletion
	if err := c.call(ctx, request{op: api.OpDeletePost, id: id.String(), body: body, timeout: SlowTimeout}, &d); err != nil {
		return nil, err
	}
	return d.Domain(), nil
}

func (c *Client) change(ctx context.Context, op api.Op, id hayon.PostID, in hayon.PostChangeRequest) (*hayon.Post, error) {
	if err := known(id, "post"); err != nil {
		return nil, err
	}
	body, err := encode(in)
	if err != nil {
		return nil, err
	}
	return c.post(ctx, request{op: op, id: id.String(), body: body})
}

// post is a call that answers a post.
func (c *Client) post(ctx context.Context, r request) (*hayon.Post, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	var p api.Post
	if err := c.call(ctx, r, &p); err != nil {
		return nil, err
	}
	return p.Domain(), nil
}

// known refuses the zero id, which would make the path of another route.
func known[K hayon.Kind](id hayon.ID[K], noun string) error {
	if id.IsZero() {
		return hayon.Errorf(hayon.CodeNotFound, "no %s has an empty id", noun).WithHint("list what is there: hayon list")
	}
	return nil
}

func encode(v any) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "encode the request: %w", err)
	}
	return body, nil
}
