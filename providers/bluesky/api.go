package bluesky

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	lexutil "github.com/bluesky-social/indigo/lex/util"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
)

// postCollection is where posts stand in a repository.
const postCollection = "app.bsky.feed.post"

// call is one XRPC request. Source: https://atproto.com/specs/xrpc, read 2026-11-20.
type call struct {
	host  string // base URL
	nsid  string
	query url.Values // of a query, which is a GET unless it has a file; nil makes a procedure, which is a POST
	token string
	// body is sent as it is, as contentType; nil sends none.
	body        []byte
	contentType string
	// file is sent in the place of body, for as long as it moves; nil sends none.
	file *file
	// mayBeEmpty: an answer without a body says as much as an empty object, as older servers have it.
	mayBeEmpty bool
}

// apiError is an answer that refuses. A server that is none of ours, or a proxy before it, gives
// an answer without a name.
type apiError struct {
	Host       string
	Status     int
	Name       string
	Message    string
	RetryAfter time.Duration
	Limit      limit // which limit was reached, where the status is 429 and the server says it
	// JobID is the work that the video service has done already, where that is why it refuses.
	JobID string
}

func (e *apiError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("%s answered %d", e.Host, e.Status)
	}
	return fmt.Sprintf("%s answered %d %s: %s", e.Host, e.Status, e.Name, e.Message)
}

// unreadable is an answer of success that does not say what it must.
type unreadable struct {
	Host string
	Err  error
}

func (e *unreadable) Error() string { return fmt.Sprintf("%s answered what nobody can read", e.Host) }
func (e *unreadable) Unwrap() error { return e.Err }

// do asks once and decodes the answer into out. The error is a *rest.Error, an *apiError or an
// *unreadable.
func (p *Provider) do(ctx context.Context, c call, out any) error {
	req, err := c.request(ctx)
	if err != nil {
		return err
	}
	var resp *rest.Response
	if c.file != nil {
		resp, err = c.file.send(ctx, p.uploads, req)
	} else {
		resp, err = p.rest.Do(req)
	}
	if err != nil {
		return err
	}
	if resp.Status != http.StatusOK {
		return p.refused(c.host, resp)
	}
	if out == nil || c.mayBeEmpty && len(resp.Body) == 0 {
		return nil
	}
	if err := resp.JSON(out); err != nil {
		return &unreadable{Host: hostOf(c.host), Err: err}
	}
	return nil
}

func (c *call) request(ctx context.Context) (*http.Request, error) {
	method, target := http.MethodPost, c.host+"/xrpc/"+c.nsid
	if c.query != nil {
		target += "?" + c.query.Encode()
		if c.file == nil {
			method = http.MethodGet
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(c.body))
	if err != nil {
		return nil, &rest.Error{Method: method, Host: hostOf(c.host), Kind: rest.KindOther, Err: err}
	}
	if c.body != nil || c.file != nil {
		req.Header.Set("Content-Type", c.contentType)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	return req, nil
}

func (p *Provider) refused(host string, resp *rest.Response) *apiError {
	e := &apiError{Host: hostOf(host), Status: resp.Status}
	var body struct {
		Error   string `json:"error"`
		Message string `json:"message"`
		jobAnswer
	}
	if resp.JSON(&body) == nil {
		e.Name, e.Message = clean(body.Error, 100), clean(body.Message, 500)
		e.JobID = body.status().ID
	}
	if resp.Status == http.StatusTooManyRequests || resp.Status >= 500 {
		e.RetryAfter = rest.RetryAfter(resp.Header, p.now())
	}
	if resp.Status == http.StatusTooManyRequests {
		e.Limit = parseLimit(resp.Header.Get("RateLimit-Policy"))
	}
	return e
}

// limit is how much a server allows in how long; zero where it does not say.
type limit struct {
	points int
	window time.Duration
}

// addressLimit is the one limit of a server that does not count by account: all requests of an
// address. Source: https://docs.bsky.app/docs/advanced-guides/rate-limits, read 2026-11-20.
var addressLimit = limit{3000, 5 * time.Minute}

// parseLimit reads a policy such as "5000;w=3600", with the window in seconds.
func parseLimit(policy string) limit {
	points, params, _ := strings.Cut(policy, ";")
	n, err := strconv.Atoi(strings.TrimSpace(points))
	if err != nil {
		return limit{}
	}
	for param := range strings.SplitSeq(params, ";") {
		value, ok := strings.CutPrefix(strings.TrimSpace(param), "w=")
		if w, err := strconv.ParseUint(value, 10, 31); ok && err == nil {
			return limit{n, time.Duration(w) * time.Second}
		}
	}
	return limit{points: n}
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
	return s
}

// hostOf is the host of a base URL, for people.
func hostOf(base string) string {
	if u, err := url.Parse(base); err == nil && u.Host != "" {
		return u.Host
	}
	return base
}

// identity is what the answers of createSession, refreshSession and getSession say of an account.
type identity struct {
	DID    string       `json:"did"`
	Handle string       `json:"handle"`
	Active *bool        `json:"active"`
	Status string       `json:"status"`
	Doc    *didDocument `json:"didDoc"`
}

// tokens is the answer of createSession and refreshSession.
type tokens struct {
	identity
	AccessJWT  string `json:"accessJwt"`
	RefreshJWT string `json:"refreshJwt"`
}

func (p *Provider) createSession(ctx context.Context, host, identifier, password string) (*tokens, error) {
	body, err := json.Marshal(map[string]string{"identifier": identifier, "password": password})
	if err != nil {
		return nil, err
	}
	return p.tokens(ctx, call{host: host, nsid: "com.atproto.server.createSession", body: body, contentType: jsonType})
}

func (p *Provider) refreshSession(ctx context.Context, host, refresh string) (*tokens, error) {
	return p.tokens(ctx, call{host: host, nsid: "com.atproto.server.refreshSession", token: refresh})
}

func (p *Provider) tokens(ctx context.Context, c call) (*tokens, error) {
	out := new(tokens)
	if err := p.do(ctx, c, out); err != nil {
		return nil, err
	}
	if out.AccessJWT == "" || out.RefreshJWT == "" || out.DID == "" {
		return nil, &unreadable{Host: hostOf(c.host), Err: errIncomplete}
	}
	return out, nil
}

func (p *Provider) getSession(ctx context.Context, s *session) (*identity, error) {
	out := new(identity)
	err := p.do(ctx, call{host: s.PDS, nsid: "com.atproto.server.getSession", query: url.Values{}, token: s.AccessJWT}, out)
	return out, err
}

// resolveOn asks a server, rather than the name service, whose handle it is.
func (p *Provider) resolveOn(ctx context.Context, host, handle string) (string, error) {
	var out struct {
		DID string `json:"did"`
	}
	err := p.do(ctx, call{host: host, nsid: "com.atproto.identity.resolveHandle", query: url.Values{"handle": {handle}}}, &out)
	return out.DID, err
}

// uploadBlob sends what c holds, as a file or as bytes, to the account's server.
func (p *Provider) uploadBlob(ctx context.Context, s *session, c call) (*lexutil.LexBlob, error) {
	var out struct {
		Blob *lexutil.LexBlob `json:"blob"`
	}
	c.host, c.nsid, c.token = s.PDS, "com.atproto.repo.uploadBlob", s.AccessJWT
	if err := p.do(ctx, c, &out); err != nil {
		return nil, err
	}
	if out.Blob == nil || !out.Blob.Ref.Defined() {
		return nil, &unreadable{Host: hostOf(s.PDS), Err: errIncomplete}
	}
	return out.Blob, nil
}

// serviceAuth is a token by which another service does one thing in the account's name.
func (p *Provider) serviceAuth(ctx context.Context, s hayon.Session, audience, method string) (string, error) {
	var out struct {
		Token string `json:"token"`
	}
	query := url.Values{
		"aud": {audience}, "lxm": {method}, "exp": {strconv.FormatInt(p.now().Add(serviceAuthLife).Unix(), 10)},
	}
	err := p.signed(ctx, s, func(cur *session) error {
		return p.do(ctx, call{host: cur.PDS, nsid: "com.atproto.server.getServiceAuth", query: query, token: cur.AccessJWT}, &out)
	})
	if err == nil && out.Token == "" {
		err = &unreadable{Host: hostOf(p.reader(ctx, s).PDS), Err: errIncomplete}
	}
	return out.Token, err
}

// recordRef is a record as putRecord answers it and as getRecord finds it.
type recordRef struct {
	URI   string      `json:"uri"`
	CID   string      `json:"cid"`
	Value recordValue `json:"value"`
}

// recordValue is of a record what tells it from another.
type recordValue struct {
	Text    string `json:"text"`
	Subject struct {
		URI string `json:"uri"`
	} `json:"subject"` // of a repost
	Reply struct {
		Root struct {
			URI string `json:"uri"`
			CID string `json:"cid"`
		} `json:"root"`
	} `json:"reply"`
}

func (p *Provider) putRecord(ctx context.Context, s *session, body []byte) (*recordRef, error) {
	c := call{host: s.PDS, nsid: "com.atproto.repo.putRecord", token: s.AccessJWT, body: body, contentType: jsonType}
	return p.record(ctx, c)
}

func (p *Provider) getRecord(ctx context.Context, host, did, collection, rkey string) (*recordRef, error) {
	return p.record(ctx, call{host: host, nsid: "com.atproto.repo.getRecord", query: url.Values{
		"repo": {did}, "collection": {collection}, "rkey": {rkey},
	}})
}

func (p *Provider) record(ctx context.Context, c call) (*recordRef, error) {
	out := new(recordRef)
	if err := p.do(ctx, c, out); err != nil {
		return nil, err
	}
	if out.URI == "" || out.CID == "" {
		return nil, &unreadable{Host: hostOf(c.host), Err: errIncomplete}
	}
	return out, nil
}
