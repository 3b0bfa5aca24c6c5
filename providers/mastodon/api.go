package mastodon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mattn/go-mastodon"

	"github.com/hayon/hayon/providers/internal/rest"
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// call is one request that the library cannot make, or makes wrong.
type call struct {
	method string
	base   string // of the instance
	path   string // "/api/…"
	query  url.Values
	token  string
	// key is the idempotency key; "" sends none.
	key string
	// body is sent as it is, as contentType; nil sends none.
	body        []byte
	contentType string
}

// apiError is an answer that refuses. Parsed is false for what no instance says, such as a page of a
// proxy.
type apiError struct {
	Host    string
	Status  int
	Parsed  bool
	Name    string // of OAuth's errors, such as invalid_client
	Message string
	// Replayed: the instance says that it repeats what it answered before.
	Replayed   bool
	RetryAfter time.Duration
}

func (e *apiError) Error() string {
	if !e.Parsed {
		return fmt.Sprintf("%s answered %d", e.Host, e.Status)
	}
	return fmt.Sprintf("%s answered %d: %s", e.Host, e.Status, e.Message)
}

// unreadable is an answer of success that does not say what it must.
type unreadable struct {
	Host string
	Err  error
}

func (e *unreadable) Error() string { return e.Host + " answered what nobody can read" }
func (e *unreadable) Unwrap() error { return e.Err }

var errIncomplete = errors.New("a member is missing")

// do asks once and decodes the answer into out; nil takes any JSON. The status is that of success; the
// error is a *rest.Error, an *apiError or an *unreadable.
func (p *Provider) do(ctx context.Context, c call, out any) (status int, err error) {
	target := c.base + c.path
	if len(c.query) > 0 {
		target += "?" + c.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, c.method, target, bytes.NewReader(c.body))
	if err != nil {
		return 0, &rest.Error{Method: c.method, Host: hostOf(c.base), Kind: rest.KindOther, Err: err}
	}
	if c.body != nil {
		req.Header.Set("Content-Type", c.contentType)
	}
	c.sign(req)
	if c.method == http.MethodGet {
		return p.send(p.rest, req, c.base, out)
	}
	req.Close = true
	return p.send(p.writes, req, c.base, out)
}

func (c call) sign(req *http.Request) {
	req.Header.Set("Accept", jsonType)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.key != "" {
		// Not by Set: under its usual spelling net/http takes the key for leave to send the request again
		// by itself when a connection breaks, and whether that is safe depends on the instance.
		req.Header["idempotency-key"] = []string{c.key}
	}
}

func (p *Provider) send(client *rest.Client, req *http.Request, base string, out any) (status int, err error) {
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	if resp.Status < 200 || resp.Status > 299 {
		return resp.Status, p.refused(base, req, resp)
	}
	if out == nil {
		out = new(any) // a page of a proxy is no success
	}
	if err := resp.JSON(out); err != nil {
		return resp.Status, &unreadable{Host: hostOf(base), Err: err}
	}
	return resp.Status, nil
}

func (p *Provider) refused(base string, req *http.Request, resp *rest.Response) *apiError {
	e := &apiError{
		Host: hostOf(base), Status: resp.Status,
		Replayed: strings.EqualFold(resp.Header.Get("idempotent-replayed"), "true"),
	}
	var body struct {
		Error       any    `json:"error"`
		Description string `json:"error_description"`
		Message     string `json:"message"` // of Pixelfed
	}
	resp.Body = withhold(resp.Body, req)
	if resp.JSON(&body) == nil {
		e.parse(body.Error, body.Description, body.Message)
	}
	if !e.Parsed && e.Status == http.StatusUnauthorized { // some relatives say so by a page
		e.Parsed, e.Message = true, "unauthorized"
	}
	header := resp.Header
	switch {
	case resp.Status >= 500 && header.Get("Retry-After") == "":
		// The other headers come with every answer, and say nothing of this one.
	case resp.Status >= 500, resp.Status == http.StatusTooManyRequests:
		e.RetryAfter = rest.RetryAfter(header, p.now())
	}
	return e
}

// withhold is an answer without the secrets of its request, which a server might repeat: what it says is
// kept and shown.
func withhold(body []byte, req *http.Request) []byte {
	_, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
	secrets := []string{token}
	if req.Header.Get("Content-Type") == formType && req.GetBody != nil {
		if r, err := req.GetBody(); err == nil {
			sent, _ := io.ReadAll(r) // from memory
			form, _ := url.ParseQuery(string(sent))
			for _, name := range []string{"client_secret", "code", "code_verifier", "refresh_token"} {
				secrets = append(secrets, form.Get(name), url.QueryEscape(form.Get(name)))
			}
		}
	}
	for _, secret := range secrets {
		if secret != "" {
			body = bytes.ReplaceAll(body, []byte(secret), []byte("***"))
		}
	}
	return body
}

// parse takes what the members of an error say. Relatives may give an object in the place of a text.
func (e *apiError) parse(said any, description, message string) {
	switch v := said.(type) {
	case string:
		e.Name = clean(v, 100)
		e.Message = clean(v, 500)
	case nil:
	default:
		b, _ := json.Marshal(v) // it was decoded from JSON
		e.Message = clean(string(b), 500)
	}
	if description != "" {
		e.Message = clean(description, 500)
	}
	if e.Message == "" {
		e.Message = clean(message, 500)
	}
	e.Parsed = e.Message != ""
}

// clean makes what a server says fit for a line on a terminal.
func clean(s string, limit int) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return strings.TrimSpace(s)
}

// hostOf is the host of a base URL, for people.
func hostOf(base string) string {
	if u, err := url.Parse(base); err == nil && u.Host != "" {
		return u.Host
	}
	return base
}

// roundTripper carries the library's requests. Whatever is not success becomes an error here, before the
// library can wait for a rate limit to pass.
type roundTripper struct {
	p    *Provider
	base string
}

// RoundTrip asks once.
func (t roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.p.rest.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.Status != http.StatusOK && resp.Status != http.StatusAccepted {
		return nil, t.p.refused(t.base, req, resp)
	}
	return &http.Response{
		StatusCode: resp.Status, Header: resp.Header, Request: req,
		Body: io.NopCloser(bytes.NewReader(resp.Body)),
	}, nil
}

// library is go-mastodon for a session.
func (p *Provider) library(s *session) *mastodon.Client {
	c := mastodon.NewClient(&mastodon.Config{Server: s.Base, AccessToken: s.AccessToken})
	c.Client = http.Client{Transport: roundTripper{p, s.Base}}
	return c
}

// read makes a call of the library, and answers its error as do does.
func read[T any](s *session, fn func() (T, error)) (T, error) {
	out, err := fn()
	if err == nil {
		return out, nil
	}
	if e, ok := errors.AsType[*apiError](err); ok {
		return out, e
	}
	if e, ok := errors.AsType[*rest.Error](err); ok {
		return out, e
	}
	return out, &unreadable{Host: hostOf(s.Base), Err: err}
}

// tokens is the answer of the token endpoint.
type tokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	ExpiresIn    int64  `json:"expires_in"` // seconds; 0: it does not end
	Scope        string `json:"scope"`
}

func (p *Provider) token(ctx context.Context, base string, form url.Values) (*tokens, error) {
	out := new(tokens)
	c := call{method: http.MethodPost, base: base, path: "/oauth/token", body: []byte(form.Encode()), contentType: formType}
	if _, err := p.do(ctx, c, out); err != nil {
		return nil, err
	}
	if out.AccessToken == "" {
		return nil, &unreadable{Host: hostOf(base), Err: errIncomplete}
	}
	return out, nil
}

// status is what the answers of the irreversible calls say. Relatives leave out much, so that no more
// is asked of them.
type status struct {
	ID  mastodon.ID `json:"id"`
	URL string      `json:"url"`
	URI string      `json:"uri"`
}

func (p *Provider) status(ctx context.Context, c call) (*status, error) {
	out := new(status)
	if _, err := p.do(ctx, c, out); err != nil {
		return nil, err
	}
	if out.ID == "" {
		return nil, &unreadable{Host: hostOf(c.base), Err: errIncomplete}
	}
	return out, nil
}
