package client

import (
	"context"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// BrokerStatus asks the broker how it is.
func (c *Client) BrokerStatus(ctx context.Context) (*hayon.BrokerStatus, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	var st hayon.BrokerStatus
	if err := c.call(ctx, request{op: api.OpBrokerStatus}, &st); err != nil {
		return nil, err
	}
	return &st, nil
}

// FindLetters answers letters, newest first.
func (c *Client) FindLetters(ctx context.Context, f hayon.LetterFilter) ([]*hayon.Letter, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	var list []*hayon.Letter
	if err := c.call(ctx, request{op: api.OpFindLetters, query: api.LetterQuery(f)}, &list); err != nil {
		return nil, err
	}
	return list, nil
}

// LookupLetter finds the open letter that a person means.
func (c *Client) LookupLetter(ctx context.Context, kind hayon.LetterKind, ref string) (*hayon.Letter, error) {
	return c.letter(ctx, request{op: api.OpLookupLetter, query: api.LetterLookupQuery(kind, ref)})
}

// ReplayLetter makes the target of a letter go out once more.
func (c *Client) ReplayLetter(ctx context.Context, ref string, in hayon.LetterRequest) (*hayon.Letter, error) {
	return c.changeLetter(ctx, api.OpReplayLetter, ref, in)
}

// DiscardLetter ends a letter for the reason given.
func (c *Client) DiscardLetter(ctx context.Context, ref string, in hayon.LetterRequest) (*hayon.Letter, error) {
	return c.changeLetter(ctx, api.OpDiscardLetter, ref, in)
}

// changeLetter refuses what is no ref, which could make the path of another route. The service may have
// to look through a whole queue.
func (c *Client) changeLetter(ctx context.Context, op api.Op, ref string, in hayon.LetterRequest) (*hayon.Letter, error) {
	if _, _, err := hayon.ParseLetterRef(ref); err != nil {
		return nil, err
	}
	body, err := encode(in)
	if err != nil {
		return nil, err
	}
	return c.letter(ctx, request{op: op, id: ref, body: body, timeout: SlowTimeout})
}

// letter is a call that answers a letter.
func (c *Client) letter(ctx context.Context, r request) (*hayon.Letter, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	var l hayon.Letter
	if err := c.call(ctx, r, &l); err != nil {
		return nil, err
	}
	return &l, nil
}
