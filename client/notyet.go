package client

import (
	"context"
	"io"

	"github.com/hayon/hayon"
)

var errNotYet = hayon.Errorf(hayon.CodeInternal, "not built yet")

func (c *Client) PublishPost(context.Context, hayon.PostID, hayon.PostChangeRequest) (*hayon.Post, error) {
	return nil, errNotYet
}
func (c *Client) EditPost(context.Context, hayon.PostID, hayon.PostEdit) (*hayon.Post, error) {
	return nil, errNotYet
}
func (c *Client) DeletePost(context.Context, hayon.PostID, hayon.PostDelete) (*hayon.PostDeletion, error) {
	return nil, errNotYet
}
func (c *Client) StartSignIn(context.Context, hayon.SignIn) (*hayon.SignInFlow, error) {
	return nil, errNotYet
}
func (c *Client) RefreshAccount(context.Context, hayon.AccountID) (*hayon.Account, error) {
	return nil, errNotYet
}
func (c *Client) CreateGroup(context.Context, string, []string) (*hayon.Group, error) {
	return nil, errNotYet
}
func (c *Client) FindGroups(context.Context) ([]*hayon.Group, error) { return nil, errNotYet }
func (c *Client) UpdateGroup(context.Context, string, hayon.GroupUpdate) (*hayon.Group, error) {
	return nil, errNotYet
}
func (c *Client) DeleteGroup(context.Context, string) error                         { return errNotYet }
func (c *Client) WriteBackup(context.Context, io.Writer, hayon.BackupRequest) error { return errNotYet }
func (c *Client) CheckStore(context.Context) (*hayon.StoreReport, error)            { return nil, errNotYet }
func (c *Client) CompactStore(context.Context) (*hayon.Compaction, error)           { return nil, errNotYet }
func (c *Client) PruneStore(context.Context, hayon.PruneRequest) (*hayon.Pruned, error) {
	return nil, errNotYet
}
