package servers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon/hayontest/servers"
)

const collection = "app.bsky.feed.post"

func TestSharedPDSPublishesAndReadsBack(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	if again := servers.PDS(t); again != pds {
		t.Error("a second call gave another server")
	}
	ana := pds.NewAccount(t)
	token := signIn(t, pds, ana.Handle, ana.AppPassword)

	picture := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{7}, 100)...)
	status, answer := send(t, pds, "com.atproto.repo.uploadBlob", token, "image/png", picture)
	if status != http.StatusOK {
		t.Fatalf("uploadBlob: %d %s", status, answer)
	}
	var uploaded struct {
		Blob json.RawMessage `json:"blob"`
	}
	decode(t, answer, &uploaded)
	var blob struct {
		Ref struct {
			Link string `json:"$link"`
		} `json:"ref"`
	}
	decode(t, uploaded.Blob, &blob)

	const rkey = "3lbdrm4rgas2v"
	status, answer = put(t, pds, token, ana.DID, rkey, map[string]any{
		"$type": collection, "text": "hello", "createdAt": "2026-11-20T09:00:00Z",
		"embed": map[string]any{
			"$type":  "app.bsky.embed.images",
			"images": []any{map[string]any{"alt": "noise", "image": uploaded.Blob}},
		},
	})
	if status != http.StatusOK {
		t.Fatalf("putRecord: %d %s", status, answer)
	}

	record := pds.Record(t, ana.DID, rkey)
	var post struct {
		Text string `json:"text"`
	}
	record.Decode(t, &post)
	if post.Text != "hello" {
		t.Errorf("text: got %q, want %q", post.Text, "hello")
	}
	if want := "at://" + ana.DID + "/" + collection + "/" + rkey; record.URI != want {
		t.Errorf("uri: got %q, want %q", record.URI, want)
	}
	if all := pds.ListRecords(t, ana.DID, collection); len(all) != 1 || all[0].CID != record.CID {
		t.Errorf("records: got %v, want only %s", all, record.CID)
	}
	if got := pds.Blob(t, ana.DID, blob.Ref.Link); !bytes.Equal(got, picture) {
		t.Errorf("blob: got %d bytes, want the %d that were uploaded", len(got), len(picture))
	}
}

func TestExpiredAccessTokenIsRefusedAsExpired(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	ana := pds.NewAccount(t)
	status, answer := put(t, pds, pds.ExpiredAccessToken(ana.DID), ana.DID, "3lbdrm4rgas2v", map[string]any{})
	if status != http.StatusBadRequest || !strings.Contains(answer, "ExpiredToken") {
		t.Errorf("got %d %s, want 400 ExpiredToken", status, answer)
	}
}

func TestPrivatePDSKeepsItsDataOverKillAndRestart(t *testing.T) {
	t.Parallel()
	pds := servers.StartPDS(t, servers.WithBlobUploadLimit(1000), servers.WithRateLimits())
	ana := pds.NewAccount(t)
	token := signIn(t, pds, ana.Handle, ana.AppPassword)
	post := map[string]any{"$type": collection, "text": "before", "createdAt": "2026-11-20T09:00:00Z"}
	if status, answer := put(t, pds, token, ana.DID, "3lbdrm4rgas2v", post); status != http.StatusOK {
		t.Fatalf("putRecord: %d %s", status, answer)
	}
	address := pds.URL()

	pds.Kill(t)
	if answers(t, address) {
		t.Error("the killed server still answers")
	}
	pds.Restart(t)
	pds.Restart(t)

	if pds.URL() != address {
		t.Errorf("address: got %s, want %s as before", pds.URL(), address)
	}
	pds.Record(t, ana.DID, "3lbdrm4rgas2v")
	if status, answer := put(t, pds, token, ana.DID, "3lbdrm4rgas2w", post); status != http.StatusOK {
		t.Errorf("putRecord with the old token: %d %s", status, answer)
	}
	signIn(t, pds, ana.Handle, ana.AppPassword)

	if status, answer := send(t, pds, "com.atproto.repo.uploadBlob", token, "image/png", make([]byte, 1001)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("upload over the limit: got %d %s, want 413", status, answer)
	}
	pds.Stop(t)
	if answers(t, address) {
		t.Error("the stopped server still answers")
	}
}

func answers(t *testing.T, url string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := new(http.Client).Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return true
}

func signIn(t *testing.T, pds *servers.PDSInstance, identifier, password string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"identifier": identifier, "password": password})
	if err != nil {
		t.Fatal(err)
	}
	status, answer := send(t, pds, "com.atproto.server.createSession", "", "application/json", body)
	if status != http.StatusOK {
		t.Fatalf("createSession: %d %s", status, answer)
	}
	var session struct {
		AccessJWT string `json:"accessJwt"`
	}
	decode(t, answer, &session)
	return session.AccessJWT
}

func put(t *testing.T, pds *servers.PDSInstance, token, did, rkey string, record any) (int, string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"repo": did, "collection": collection, "rkey": rkey, "record": record})
	if err != nil {
		t.Fatal(err)
	}
	return send(t, pds, "com.atproto.repo.putRecord", token, "application/json", body)
}

func send(t *testing.T, pds *servers.PDSInstance, nsid, token, contentType string, body []byte) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, pds.URL()+"/xrpc/"+nsid, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := new(http.Client).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func decode[T string | json.RawMessage](t *testing.T, b T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(b), v); err != nil {
		t.Fatal(err)
	}
}
