package mastodon_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
	"github.com/hayon/hayon/providers/providertest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]mastodontest.Config{
		"mastodon":         {},
		"media take time":  {Media: mastodontest.MediaAllAsync},
		"gotosocial":       mastodontest.GoToSocial(),
		"pleroma":          mastodontest.Pleroma(),
		"glitch":           mastodontest.Glitch(),
		"old":              mastodontest.Old(),
		"without nodeinfo": {NoNodeInfo: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			providertest.Test(t, providertest.Harness{Open: func(t *testing.T) *providertest.Fixture {
				t.Helper()
				return contract(t, cfg)
			}})
		})
	}
}

func contract(t *testing.T, cfg mastodontest.Config) *providertest.Fixture {
	t.Helper()
	log := new(providertest.Log)
	cfg.RateLimit, cfg.MediaLimit, cfg.DeleteLimit, cfg.PostLimit = -1, -1, -1, -1
	srv := mastodontest.New(t, cfg)
	user := srv.AddUser("ana")
	srv.AddUser("bob")
	token := srv.Token(user)
	p := mastodon.New(mastodon.Config{Logger: log.Logger()})
	in := hayon.SignIn{Platform: "mastodon", Fields: map[string]string{"host": srv.URL}, Secret: hayon.NewSecret([]byte(token))}
	account, _, err := p.SignIn(t.Context(), in)
	if err != nil {
		t.Fatalf("SignIn: %v", err)
	}
	account.ID, account.Name, account.SecretRef = hayon.NewAccountID(account.VerifiedAt), "mastodon", "mastodon"
	account.Server.Options = slices.DeleteFunc(account.Server.Options, func(o hayon.Option) bool {
		return o.Name == hayon.OptionVisibility // with Pleroma's own value, which the API's description lacks
	})
	faults := providertest.FaultServer{Behind: srv.URL, Is: isCall, Refuse: refuse}
	return &providertest.Fixture{
		Provider:    p,
		Session:     sessionOn(t, account, srv.URL, token),
		SignedOut:   sessionOn(t, account, srv.URL, "revoked-revoked"),
		Unreachable: sessionOn(t, account, nobody(t), token),
		Fault: func(t testing.TB, f providertest.Fault) (hayon.Session, func()) {
			t.Helper()
			base, heal := faults.Start(t, f)
			return sessionOn(t, account, base, token), heal
		},
		SignIn:   &in,
		Secrets:  []string{token},
		Log:      log,
		Posts:    func(testing.TB) []providertest.Post { return posts(srv, user) },
		Content:  providertest.Content{Replies: true, Quotes: true, Polls: true, Media: true, Previews: true},
		Requests: func() int64 { return int64(len(srv.Requests())) },
		OptionValues: map[string]string{
			hayon.OptionWarning: "a warning",
		},
	}
}

// posts are what the user has published and not deleted, as the suite sees it.
func posts(srv *mastodontest.Server, user *mastodontest.User) []providertest.Post {
	parents := make(map[string]string)
	var out []providertest.Post
	for _, st := range srv.Public(user) {
		parents[st.ID] = st.InReplyTo
		p := providertest.Post{ID: st.ID, Text: st.Text, Parent: st.InReplyTo, Repost: st.ReblogOf, Quote: st.Quotes, Langs: []string{st.Language}}
		p.Options = map[string]string{
			hayon.OptionWarning: st.Spoiler, hayon.OptionSensitive: strconv.FormatBool(st.Sensitive), hayon.OptionVisibility: st.Visibility,
		}
		if st.Policy != "" {
			p.Options["quote_policy"], p.Options[hayon.OptionNoQuotes] = st.Policy, strconv.FormatBool(st.Policy == "nobody")
		}
		for name, v := range st.Extra {
			p.Options[name] = fmt.Sprint(v)
		}
		if st.Visibility == "private" {
			p.Options[hayon.OptionVisibility] = hayon.VisibilityFollowers
		}
		for root := st.InReplyTo; root != ""; root = parents[root] {
			p.Root = root
		}
		for _, m := range st.Media {
			sum := sha256.Sum256(m.Bytes)
			p.Alts, p.Media = append(p.Alts, m.Description), append(p.Media, hex.EncodeToString(sum[:]))
		}
		if len(st.Poll) > 0 {
			open := st.PollEnds.Sub(st.CreatedAt).Round(time.Second)
			p.Poll = &hayon.Poll{Options: st.Poll, Seconds: int64(open / time.Second), Multiple: st.Multiple, HideTotals: st.HideTotals}
		}
		out = append(out, p)
	}
	return out
}

// sessionOn is a session of the account with a token, on the instance at a URL.
func sessionOn(t testing.TB, a *hayon.Account, base, token string) *providertest.Session {
	t.Helper()
	b, err := json.Marshal(map[string]string{"base": base, "access_token": token})
	if err != nil {
		t.Fatal(err)
	}
	return providertest.NewSession(a, hayon.NewSecret(b))
}

// nobody is the URL of a host that refuses connections.
func nobody(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

func isCall(c providertest.Call, r *http.Request) bool {
	path := r.URL.Path
	publish := r.Method == http.MethodPost && (path == "/api/v1/statuses" || strings.HasSuffix(path, "/reblog"))
	switch c {
	case providertest.CallVerify:
		return path == "/api/v1/accounts/verify_credentials"
	case providertest.CallUpload:
		return r.Method == http.MethodPost && strings.HasSuffix(path, "/media")
	case providertest.CallPublish:
		return publish
	case providertest.CallReconcile:
		return publish || r.Method == http.MethodGet && strings.HasPrefix(path, "/api/v1/accounts/") && strings.HasSuffix(path, "/statuses")
	case providertest.CallDelete:
		return r.Method == http.MethodDelete && strings.HasPrefix(path, "/api/v1/statuses/")
	case providertest.CallEdit:
		return r.Method == http.MethodPut && strings.HasPrefix(path, "/api/v1/statuses/")
	}
	return false
}

func refuse(w http.ResponseWriter, status int, retryAfter string) {
	said := map[int]string{
		http.StatusUnauthorized:        "The access token is invalid",
		http.StatusForbidden:           "This action is outside the authorized scopes",
		http.StatusUnprocessableEntity: "Validation failed: Text character limit of 500 exceeded",
		http.StatusTooManyRequests:     "Too many requests",
	}[status]
	if said == "" {
		said = http.StatusText(status)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(status)
	b, _ := json.Marshal(map[string]string{"error": said}) // a string always marshals
	_, _ = w.Write(b)
}
