package client

import (
	"context"
	"encoding/json"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// CreateAccount signs in. The secret leaves over a unix socket or TLS; over anything else the call
// is forbidden and nothing is sent.
func (c *Client) CreateAccount(ctx context.Context, in hayon.SignIn) (*hayon.Account, error) {
	if api.HasSecret(in) && !c.private() {
		return nil, hayon.Errorf(hayon.CodeForbidden, "the secret for %s would cross the network in the clear, so it was not sent", in.Platform).
			WithHint(useHTTPS)
	}
	body, err := api.EncodeSignIn(in)
	if err != nil {
		return nil, err
	}
	return c.account(ctx, request{op: api.OpCreateAccount, body: body, timeout: SlowTimeout})
}

const useHTTPS = "use the https address of the server"

// StartSignIn begins a sign-in that goes on in a browser. What it answers is secret: over anything but
// a unix socket or TLS the call is forbidden and nothing is sent.
func (c *Client) StartSignIn(ctx context.Context, in hayon.SignIn) (*hayon.SignInFlow, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	if !c.private() {
		return nil, hayon.Errorf(hayon.CodeForbidden, "the sign-in to %s would cross the network in the clear, so it was not started", in.Platform).
			WithHint(useHTTPS)
	}
	body, err := api.EncodeSignIn(in)
	if err != nil {
		return nil, err
	}
	var answer json.RawMessage
	if err := c.call(ctx, request{op: api.OpStartSignIn, body: body, timeout: SlowTimeout}, &answer); err != nil {
		return nil, err
	}
	flow, err := api.DecodeSignInFlow(answer)
	if err != nil {
		return nil, c.notUnderstood(err)
	}
	return flow, nil
}

// FindAccounts answers the user's accounts in the order of their names.
func (c *Client) FindAccounts(ctx context.Context, f hayon.AccountFilter) ([]*hayon.Account, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	var list []api.Account
	if err := c.call(ctx, request{op: api.OpFindAccounts, query: api.AccountQuery(f)}, &list); err != nil {
		return nil, err
	}
	out := make([]*hayon.Account, len(list))
	for i := range list {
		out[i] = list[i].Domain()
	}
	return out, nil
}

// VerifyAccount asks the platform whether the account still works.
func (c *Client) VerifyAccount(ctx context.Context, id hayon.AccountID) (*hayon.Account, error) {
	if err := known(id, "account"); err != nil {
		return nil, err
	}
	return c.account(ctx, request{op: api.OpVerifyAccount, id: id.String(), timeout: SlowTimeout})
}

// RefreshAccount renews the credentials and reads the account anew.
func (c *Client) RefreshAccount(ctx context.Context, id hayon.AccountID) (*hayon.Account, error) {
	if err := known(id, "account"); err != nil {
		return nil, err
	}
	return c.account(ctx, request{op: api.OpRefreshAccount, id: id.String(), timeout: SlowTimeout})
}

// UpdateAccount changes the defaults of an account's targets.
func (c *Client) UpdateAccount(ctx context.Context, id hayon.AccountID, u hayon.AccountUpdate) (*hayon.Account, error) {
	if err := known(id, "account"); err != nil {
		return nil, err
	}
	body, err := encode(api.AccountUpdateOf(u))
	if err != nil {
		return nil, err
	}
	return c.account(ctx, request{op: api.OpUpdateAccount, id: id.String(), body: body})
}

// DeleteAccount removes the account and its secrets.
func (c *Client) DeleteAccount(ctx context.Context, id hayon.AccountID) error {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return err
	}
	if err := known(id, "account"); err != nil {
		return err
	}
	return c.call(ctx, request{op: api.OpDeleteAccount, id: id.String()}, nil)
}

// account is a call that answers an account.
func (c *Client) account(ctx context.Context, r request) (*hayon.Account, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	var a api.Account
	if err := c.call(ctx, r, &a); err != nil {
		return nil, err
	}
	return a.Domain(), nil
}
