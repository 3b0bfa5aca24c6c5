package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"

	"github.com/hayon/hayon"
)

// OutOfBand is the redirect that stands for "show the code to the user". Doorkeeper and many servers of
// the fediverse know it.
const OutOfBand = "urn:ietf:wg:oauth:2.0:oob"

// secretBytes is the entropy of verifiers and states: 43 characters, the least that a verifier may have.
// Source: https://www.rfc-editor.org/rfc/rfc7636#section-4.1, read 2026-11-21.
const secretBytes = 32

// NewVerifier makes a code verifier. It is secret until the code was exchanged.
func NewVerifier() string { return random() }

// NewState makes a state, which ties a redirect to the browser page that it answers.
func NewState() string { return random() }

func random() string {
	var b [secretBytes]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Challenge is what the authorization server is told of a verifier, by the method S256.
func Challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Authorize is the page on which a user allows a client.
type Authorize struct {
	// Endpoint is the page's address; a query that it has stays.
	Endpoint string
	ClientID string
	Redirect string
	// Scope is what the client asks for, separated by spaces; "" asks for the server's default.
	Scope string
	State string
	// Verifier is sent as its challenge; "" sends none.
	Verifier string
}

// URL is the address for the browser, or a usage error where Endpoint is none.
func (a Authorize) URL() (string, error) {
	u, err := url.Parse(a.Endpoint)
	if err != nil || u.Host == "" {
		return "", hayon.Errorf(hayon.CodeUsage, "%q is no address of a sign-in page", a.Endpoint)
	}
	q := u.Query()
	q.Set("response_type", "code")
	q.Set("client_id", a.ClientID)
	q.Set("redirect_uri", a.Redirect)
	q.Set("state", a.State)
	if a.Scope != "" {
		q.Set("scope", a.Scope)
	}
	if a.Verifier != "" {
		q.Set("code_challenge", Challenge(a.Verifier))
		q.Set("code_challenge_method", "S256")
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// Client is an application as the server knows it.
type Client struct {
	ID string
	// Secret is "" for a public client.
	Secret string
}

// CodeForm exchanges a code. Verifier is the one of the page, "" where it had none.
func CodeForm(c Client, code, redirect, verifier string) url.Values {
	form := c.form("authorization_code")
	form.Set("code", code)
	form.Set("redirect_uri", redirect)
	if verifier != "" {
		form.Set("code_verifier", verifier)
	}
	return form
}

// RefreshForm asks for a new token.
func RefreshForm(c Client, refresh string) url.Values {
	form := c.form("refresh_token")
	form.Set("refresh_token", refresh)
	return form
}

// ClientForm asks for a token of the client itself, which shows whether the server still knows it.
func ClientForm(c Client, scope string) url.Values {
	form := c.form("client_credentials")
	if scope != "" {
		form.Set("scope", scope)
	}
	return form
}

func (c Client) form(grant string) url.Values {
	form := url.Values{"grant_type": {grant}, "client_id": {c.ID}}
	if c.Secret != "" {
		form.Set("client_secret", c.Secret)
	}
	return form
}
