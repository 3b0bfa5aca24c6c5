package servers

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var (
	formAction  = regexp.MustCompile(`<form[^>]*\saction="([^"]*)"`)
	hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`)
)

// SignIn walks the sign-in page at authorize, the URL that a client sends the browser to, as u would. It
// returns where the browser is sent then: the client's redirect with code and state, unvisited. Where
// the client has none (urn:ietf:wg:oauth:2.0:oob) it is a URL whose parameter code is what the page shows.
func (s *SnacInstance) SignIn(t testing.TB, u SnacUser, authorize string) *url.URL {
	t.Helper()
	page, _ := s.browse(t, http.MethodGet, authorize, nil)
	action := formAction.FindStringSubmatch(page)
	if action == nil {
		t.Fatalf("snac: no form on the page at %s:\n%s", authorize, page)
	}
	form := url.Values{"login": {u.Name}, "passwd": {u.Password}}
	for _, input := range hiddenInput.FindAllStringSubmatch(page, -1) {
		form.Set(html.UnescapeString(input[1]), html.UnescapeString(input[2]))
	}
	page, location := s.browse(t, http.MethodPost, html.UnescapeString(action[1]), form)
	if location == "" && strings.Contains(authorize, "urn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob") {
		return &url.URL{RawQuery: url.Values{"code": {strings.TrimSpace(page)}}.Encode()}
	}
	if location == "" {
		t.Fatalf("snac: signing in as %s leads nowhere:\n%s", u.Name, page)
	}
	back, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// Token registers an app, signs u in and returns an access token: the whole way that a client goes, for
// tests that start after it.
func (s *SnacInstance) Token(t testing.TB, u SnacUser) string {
	t.Helper()
	const redirect, scopes = "http://127.0.0.1/callback", "read write"
	var app struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	s.post(t, "/api/v1/apps", url.Values{"client_name": {"test"}, "redirect_uris": {redirect}, "scopes": {scopes}}, &app)
	query := url.Values{"response_type": {"code"}, "client_id": {app.ID}, "redirect_uri": {redirect}, "scope": {scopes}, "state": {"x"}}
	back := s.SignIn(t, u, s.URL()+"/oauth/authorize?"+query.Encode())
	var token struct {
		Access string `json:"access_token"`
	}
	s.post(t, "/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {redirect},
		"client_id": {app.ID}, "client_secret": {app.Secret},
	}, &token)
	if token.Access == "" {
		t.Fatalf("snac: no access token for %s", u.Name)
	}
	return token.Access
}

func (s *SnacInstance) post(t testing.TB, path string, form url.Values, out any) {
	t.Helper()
	body, _ := s.browse(t, http.MethodPost, s.URL()+path, form)
	if err := json.Unmarshal([]byte(body), out); err != nil {
		t.Fatalf("snac: POST %s: %v: %s", path, err, body)
	}
}

// browse fetches a page without following where it leads.
func (s *SnacInstance) browse(t testing.TB, method, address string, form url.Values) (page, location string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := httpClient()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode/100 > 3 {
		t.Fatalf("snac: %s %s: %s: %s", method, req.URL.Path, resp.Status, b)
	}
	return string(b), resp.Header.Get("Location")
}
