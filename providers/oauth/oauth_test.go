package oauth_test

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/oauth"
)

// The pair is the one of RFC 7636, appendix B.
func TestChallenge(t *testing.T) {
	t.Parallel()
	const want = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	if got := oauth.Challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestVerifierAndState(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)
	seen := make(map[string]bool)
	for range 20 {
		for _, s := range []string{oauth.NewVerifier(), oauth.NewState()} {
			if !form.MatchString(s) || seen[s] {
				t.Fatalf("%q has another form, or was there before", s)
			}
			seen[s] = true
		}
	}
}

func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	got, err := oauth.Authorize{
		Endpoint: "https://social.example.org/oauth/authorize?lang=de", ClientID: "id", Redirect: "http://127.0.0.1:1/callback",
		Scope: "read write", State: "s", Verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
	}.URL()
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(got)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"lang": {"de"}, "response_type": {"code"}, "client_id": {"id"}, "redirect_uri": {"http://127.0.0.1:1/callback"},
		"scope": {"read write"}, "state": {"s"}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"},
		"code_challenge_method": {"S256"},
	}
	if diff := cmp.Diff(want, u.Query()); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	if u.Host != "social.example.org" || u.Path != "/oauth/authorize" {
		t.Errorf("the page is %s", got)
	}
	for _, bad := range []string{"", "authorize", "http://[::1"} {
		if _, err := (oauth.Authorize{Endpoint: bad}).URL(); hayon.CodeOf(err) != hayon.CodeUsage {
			t.Errorf("%q: got %v, want a usage error", bad, err)
		}
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	c := oauth.Client{ID: "id", Secret: "secret"}
	for _, tt := range []struct {
		name      string
		got, want url.Values
	}{
		{"code", oauth.CodeForm(c, "code", oauth.OutOfBand, "verifier"), url.Values{
			"grant_type": {"authorization_code"}, "client_id": {"id"}, "client_secret": {"secret"}, "code": {"code"},
			"redirect_uri": {"urn:ietf:wg:oauth:2.0:oob"}, "code_verifier": {"verifier"},
		}},
		{"code of a public client", oauth.CodeForm(oauth.Client{ID: "id"}, "code", "x:y", ""), url.Values{
			"grant_type": {"authorization_code"}, "client_id": {"id"}, "code": {"code"}, "redirect_uri": {"x:y"},
		}},
		{"refresh", oauth.RefreshForm(c, "refresh"), url.Values{
			"grant_type": {"refresh_token"}, "client_id": {"id"}, "client_secret": {"secret"}, "refresh_token": {"refresh"},
		}},
		{"client", oauth.ClientForm(c, "read"), url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"id"}, "client_secret": {"secret"}, "scope": {"read"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, tt.got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func ExampleAuthorize_URL() {
	page, _ := oauth.Authorize{
		Endpoint: "https://social.example.org/oauth/authorize", ClientID: "id", Redirect: oauth.OutOfBand, State: "state",
	}.URL()
	_, _ = fmt.Fprintln(os.Stdout, page)
	// Output: https://social.example.org/oauth/authorize?client_id=id&redirect_uri=urn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob&response_type=code&state=state
}
