package mastodon_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

// A server that repeats what it was given must not put it into an error, which is kept and shown.
func TestServerThatRepeatsSecrets(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	target := r.target("one")
	req := r.publishRequest(target, 0, r.prepare(target, 0))
	for _, said := range []string{
		`{"error":"Bearer ` + r.token + ` is not known"}`, `{"error":"x","error_description":"` + r.token + `"}`,
		`{"error":{"token":"` + r.token + `"}}`, `{"message":"` + strings.Repeat("x", 495) + r.token + `"}`,
	} {
		for _, status := range []int{401, 403, 422, 500} {
			r.srv.Fail(mastodontest.Any, mastodontest.Respond(status, nil, said))
			res := r.p.Publish(t.Context(), r.session, req)
			if res.Err == nil {
				t.Fatalf("%d: no error", status)
			}
			for _, part := range []string{r.token, r.token[:len(r.token)/2]} {
				if all := fmt.Sprintf("%v %+v %v", res.Err, res.Err, errors.Unwrap(res.Err)); strings.Contains(all, part) {
					t.Errorf("%d: the token is in %q", status, all)
				}
			}
			r.srv.Heal()
		}
	}
	r.srv.Fail(mastodontest.Any, mastodontest.Respond(403, nil, `{"error":"`+r.token+`"}`))
	_, err := r.p.Verify(t.Context(), r.session) // by the library
	r.wantCode("Verify", err, hayon.CodeRejected)
	r.srv.Heal()

	flow := flowOf(t, r.p, r.srv.URL, "http://127.0.0.1:4711/callback")
	back := r.srv.SignIn(r.user, flow.URL)
	code := back.Query().Get("code")
	r.srv.Fail(mastodontest.On("POST", "/oauth/token"), mastodontest.Fault{Answer: func(w http.ResponseWriter, _ *mastodontest.Answer) {
		all := r.srv.Requests()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTeapot)
		_, _ = fmt.Fprintf(w, `{"error":%q}`, all[len(all)-1].Body)
	}})
	_, _, err = endOf(t, r.p, r.srv.URL, flow, code)
	if err == nil {
		t.Fatal("no error")
	}
	all := fmt.Sprintf("%v %v %s", err, errors.Unwrap(err), r.log.String())
	form := requests(r.srv, mastodontest.On("POST", "/oauth/token"))
	for _, name := range []string{"code", "client_secret", "code_verifier"} {
		if secret := fmt.Sprint(form[len(form)-1].Params[name]); len(secret) < 8 || strings.Contains(all, secret) {
			t.Errorf("%s is in %q", name, all)
		}
	}
}

// The token goes to the account's host alone, wherever an answer leads.
func TestTokenStaysWithItsHost(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	var got []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		got = append(got, req.Header.Get("Authorization"))
	}))
	t.Cleanup(elsewhere.Close)
	r.srv.Fail(mastodontest.Any, mastodontest.Respond(302, http.Header{"Location": {elsewhere.URL + "/stolen"}}, ""))
	if _, err := r.p.Verify(t.Context(), r.session); err == nil {
		t.Error("Verify: no error")
	}
	if strings.Join(got, "") != "" {
		t.Error("the token went to another host")
	}
}
