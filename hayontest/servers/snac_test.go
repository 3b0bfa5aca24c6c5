package servers_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/hayon/hayon/hayontest/servers"
)

// snacCall speaks to the API and returns the status code and the body.
func snacCall(t *testing.T, s *servers.SnacInstance, method, path, token string, form url.Values) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
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

func TestSharedSnacSignsInAndPublishes(t *testing.T) {
	t.Parallel()
	snac := servers.Snac(t)
	if again := servers.Snac(t); again != snac {
		t.Error("a second call gave another server")
	}
	ana, ben := snac.AddUser(t), snac.AddUser(t)
	token := snac.Token(t, ana)

	status, body := snacCall(t, snac, http.MethodGet, "/api/v1/accounts/verify_credentials", token, nil)
	var account struct {
		ID, Acct string
	}
	if err := json.Unmarshal([]byte(body), &account); status != http.StatusOK || err != nil {
		t.Fatalf("verify_credentials: %d %v %s", status, err, body)
	}
	if account.Acct != ana.Name {
		t.Errorf("account: got %q, want %q", account.Acct, ana.Name)
	}
	status, body = snacCall(t, snac, http.MethodPost, "/api/v1/statuses", token, url.Values{"status": {"hello there"}, "visibility": {"public"}})
	var posted struct {
		ID, Content string
	}
	if err := json.Unmarshal([]byte(body), &posted); status != http.StatusOK || err != nil {
		t.Fatalf("statuses: %d %v %s", status, err, body)
	}
	status, body = snacCall(t, snac, http.MethodGet, "/api/v1/statuses/"+posted.ID, snac.Token(t, ben), nil)
	if status != http.StatusOK || !strings.Contains(body, "hello there") {
		t.Errorf("read back: %d %s", status, body)
	}
}

func TestSnacSendsStateBack(t *testing.T) {
	t.Parallel()
	snac := servers.Snac(t)
	ana := snac.AddUser(t)
	_, body := snacCall(t, snac, http.MethodPost, "/api/v1/apps", "", url.Values{"client_name": {"x"}, "redirect_uris": {"http://127.0.0.1:1/back"}, "scopes": {"read"}})
	var app struct {
		ID string `json:"client_id"`
	}
	if err := json.Unmarshal([]byte(body), &app); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	query := url.Values{
		"response_type": {"code"}, "client_id": {app.ID}, "redirect_uri": {"http://127.0.0.1:1/back"}, "scope": {"read"}, "state": {"st<a>te"},
	}
	back := snac.SignIn(t, ana, snac.URL()+"/oauth/authorize?"+query.Encode())
	if back.Host != "127.0.0.1:1" || back.Path != "/back" || back.Query().Get("state") != "st<a>te" || back.Query().Get("code") == "" {
		t.Errorf("got %s, want the redirect with a code and the state", back)
	}
}

func TestOwnSnacKeepsItsDataOverARestart(t *testing.T) {
	t.Parallel()
	snac := servers.StartSnac(t)
	token := snac.Token(t, snac.AddUser(t))
	snac.Stop(t)
	if conn, err := net.Dial("tcp", strings.TrimPrefix(snac.URL(), "http://")); err == nil {
		_ = conn.Close()
		t.Error("it listens after it was stopped")
	}
	snac.Restart(t)
	if status, body := snacCall(t, snac, http.MethodGet, "/api/v1/accounts/verify_credentials", token, nil); status != http.StatusOK {
		t.Errorf("the token after the restart: %d %s", status, body)
	}
}
