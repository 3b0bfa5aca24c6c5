package bluesky_test

import (
	"testing"

	"github.com/hayon/hayon"
)

// A person finds the account's posts on its profile.
func TestViewURL(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]*hayon.Account{
		"https://bsky.app/profile/did:plc:x": {RemoteID: "did:plc:x", Handle: "@a.test"},
		"https://bsky.app/profile/a.test":    {Handle: "@a.test"},
		"":                                   {},
	} {
		if got := newProvider().ViewURL(a); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
