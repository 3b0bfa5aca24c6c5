package client

import (
	"context"

	"github.com/hayon/hayon"
)

var errBroker = hayon.Errorf(hayon.CodeInternal, "the broker service is not built")

func (c *Client) BrokerStatus(context.Context) (*hayon.BrokerStatus, error) { return nil, errBroker }
func (c *Client) FindLetters(context.Context, hayon.LetterFilter) ([]*hayon.Letter, error) {
	return nil, errBroker
}
func (c *Client) LookupLetter(context.Context, hayon.LetterKind, string) (*hayon.Letter, error) {
	return nil, errBroker
}
func (c *Client) ReplayLetter(context.Context, string, hayon.LetterRequest) (*hayon.Letter, error) {
	return nil, errBroker
}
func (c *Client) DiscardLetter(context.Context, string, hayon.LetterRequest) (*hayon.Letter, error) {
	return nil, errBroker
}
