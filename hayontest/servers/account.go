package servers

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"
)

const (
	maxAnswer      = 64 << 20 // bytes that are read of one answer
	postCollection = "app.bsky.feed.post"
	pageSize       = 100 // records of a listRecords page, the server's maximum
	maxPages       = 1000
)

// Account is an account on a PDS.
type Account struct {
	Handle      string `json:"handle"` // ends in ".test"
	DID         string `json:"did"`
	Password    string `json:"password"`
	AppPassword string `json:"app_password"` // xxxx-xxxx-xxxx-xxxx
}

// Record is a record as the PDS holds it.
type Record struct {
	URI   string          `json:"uri"` // at://DID/COLLECTION/RKEY
	CID   string          `json:"cid"`
	Value json.RawMessage `json:"value"`
}

// Decode stores the record's value into v, by the rules of encoding/json.
func (r Record) Decode(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(r.Value, v); err != nil {
		t.Fatalf("record %s: %v", r.URI, err)
	}
}

// NewAccount makes an account with a random handle and an app password. With
// the server's limits switched on it costs one of the account's log-ins.
func (p *PDSInstance) NewAccount(t testing.TB) Account {
	t.Helper()
	a, err := p.CreateAccount(t.Context(), "u"+randomHex(5)+".test")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// CreateAccount makes an account with an app password. The handle ends in
// ".test", and what stands before it has 3 to 18 characters.
func (p *PDSInstance) CreateAccount(ctx context.Context, handle string) (Account, error) {
	a := Account{Handle: handle, Password: randomHex(8)}
	var session struct {
		DID       string `json:"did"`
		AccessJWT string `json:"accessJwt"`
	}
	err := p.call(ctx, http.MethodPost, "com.atproto.server.createAccount", nil, "", map[string]string{
		"handle": handle, "email": handle + "@example.com", "password": a.Password,
	}, &session)
	if err != nil {
		return Account{}, err
	}
	a.DID = session.DID
	var app struct {
		Password string `json:"password"`
	}
	err = p.call(ctx, http.MethodPost, "com.atproto.server.createAppPassword", nil, session.AccessJWT,
		map[string]string{"name": "hayon"}, &app)
	a.AppPassword = app.Password
	return a, err
}

// ExpiredAccessToken returns an access token for did that the PDS knows as its
// own and refuses as expired: 400 ExpiredToken.
func (p *PDSInstance) ExpiredAccessToken(did string) string {
	now := time.Now()
	claims := fmt.Sprintf(`{"scope":"com.atproto.access","aud":"did:web:localhost","sub":%q,"iat":%d,"exp":%d}`,
		did, now.Add(-3*time.Hour).Unix(), now.Add(-time.Hour).Unix())
	enc := base64.RawURLEncoding
	signed := enc.EncodeToString([]byte(`{"typ":"at+jwt","alg":"HS256"}`)) + "." + enc.EncodeToString([]byte(claims))
	mac := hmac.New(sha256.New, []byte(p.secret))
	_, _ = mac.Write([]byte(signed))
	return signed + "." + enc.EncodeToString(mac.Sum(nil))
}

// Record reads the post (app.bsky.feed.post) with that record key, as everybody
// can. The test fails when there is none; [PDSInstance.ListRecords] shows that.
func (p *PDSInstance) Record(t testing.TB, did, rkey string) Record {
	t.Helper()
	var r Record
	err := p.call(t.Context(), http.MethodGet, "com.atproto.repo.getRecord",
		url.Values{"repo": {did}, "collection": {postCollection}, "rkey": {rkey}}, "", nil, &r)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ListRecords reads all records of a collection, for example
// "app.bsky.feed.post", the newest record key first.
func (p *PDSInstance) ListRecords(t testing.TB, did, collection string) []Record {
	t.Helper()
	var all []Record
	query := url.Values{"repo": {did}, "collection": {collection}, "limit": {fmt.Sprint(pageSize)}}
	for range maxPages {
		var page struct {
			Cursor  string   `json:"cursor"`
			Records []Record `json:"records"`
		}
		if err := p.call(t.Context(), http.MethodGet, "com.atproto.repo.listRecords", query, "", nil, &page); err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Records...)
		if page.Cursor == "" {
			return all
		}
		query.Set("cursor", page.Cursor)
	}
	t.Fatalf("%s of %s has more than %d pages", collection, did, maxPages)
	return nil
}

// Blob reads the bytes of a blob. The PDS gives it out only once a record
// refers to it.
func (p *PDSInstance) Blob(t testing.TB, did, cid string) []byte {
	t.Helper()
	b, err := p.do(t.Context(), http.MethodGet, "com.atproto.sync.getBlob", url.Values{"did": {did}, "cid": {cid}}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// call sends in as JSON, if it is not nil, and decodes the answer into out.
func (p *PDSInstance) call(ctx context.Context, method, nsid string, query url.Values, token string, in, out any) error {
	b, err := p.do(ctx, method, nsid, query, token, in)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%s: %w", nsid, err)
	}
	return nil
}

func (p *PDSInstance) do(ctx context.Context, method, nsid string, query url.Values, token string, in any) ([]byte, error) {
	body := io.Reader(http.NoBody)
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.URL()+"/xrpc/"+nsid+"?"+query.Encode(), body)
	if err != nil {
		return nil, err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := httpClient().Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", nsid, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %s", nsid, resp.Status, b)
	}
	return b, nil
}
