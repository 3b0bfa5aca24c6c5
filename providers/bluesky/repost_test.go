package bluesky_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/bluesky"
)

// hosts answers requests by host and path, and remembers who was asked and with what.
type hosts struct {
	answers map[string]string // by host and path
	asked   []string
}

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	at := r.URL.Host + r.URL.Path
	h.asked = append(h.asked, strings.TrimSpace(at+" "+r.Header.Get("Authorization")))
	status, body := http.StatusOK, h.answers[at]
	if body == "" {
		status, body = http.StatusBadRequest, `{"error":"RecordNotFound","message":"Could not locate record"}`
	}
	return &http.Response{StatusCode: status, Header: make(http.Header), Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// What somebody else posted is read on the server of that somebody, who does not get our token.
func TestRepostAsksTheAuthorsServer(t *testing.T) {
	t.Parallel()
	const (
		bob    = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
		post   = "at://" + bob + "/app.bsky.feed.post/" + rkey
		get    = "/xrpc/com.atproto.repo.getRecord"
		handle = "pds.example.org/xrpc/com.atproto.identity.resolveHandle"
	)
	document := func(endpoint string) string {
		return `{"id":"` + bob + `","service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"` + endpoint + `"}]}`
	}
	found := `{"uri":"` + post + `","cid":"` + greetingCID + `","value":{"text":"hi"}}`
	for name, tt := range map[string]struct {
		url     string
		answers map[string]string
		asked   []string
		code    hayon.Code
	}{
		"by the DID": {
			"https://bsky.app/profile/" + bob + "/post/" + rkey,
			map[string]string{"plc.directory/" + bob: document("https://bobs.example.net"), "bobs.example.net" + get: found},
			[]string{"plc.directory/" + bob, "bobs.example.net" + get},
			"",
		},
		"by the handle": {
			"https://bsky.app/profile/bob.example.net/post/" + rkey,
			map[string]string{
				handle: `{"did":"` + bob + `"}`, "plc.directory/" + bob: document("https://bobs.example.net"), "bobs.example.net" + get: found,
			},
			[]string{handle, "plc.directory/" + bob, "bobs.example.net" + get},
			"",
		},
		"of our own": {
			"https://bsky.app/profile/" + did + "/post/" + rkey,
			map[string]string{"pds.example.org" + get: found},
			[]string{"pds.example.org" + get},
			"",
		},
		"a server of this machine, which a stranger names": {
			post,
			map[string]string{"plc.directory/" + bob: document("http://localhost:1"), "localhost:1" + get: found},
			[]string{"plc.directory/" + bob},
			hayon.CodeInvalid,
		},
		"a post that is not there": {
			post,
			map[string]string{"plc.directory/" + bob: document("https://bobs.example.net")},
			[]string{"plc.directory/" + bob, "bobs.example.net" + get},
			hayon.CodeInvalid,
		},
		"a handle of nobody": {
			"https://bsky.app/profile/bob.example.net/post/" + rkey, nil, []string{handle}, hayon.CodeInvalid,
		},
		"a handle that leads to nonsense": {
			"https://bsky.app/profile/bob.example.net/post/" + rkey, map[string]string{handle: `{"did":"nonsense"}`}, []string{handle}, hayon.CodeUnavailable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			net := &hosts{answers: tt.answers}
			p := bluesky.New(bluesky.Config{Transport: net})
			tg := &hayon.Target{Due: tenOClock, Parts: []hayon.Part{{Repost: &hayon.Remote{URL: tt.url}, Idem: rkey}}}
			out, err := p.Prepare(t.Context(), sessionOn(t, "https://pds.example.org"), prepareRequest(tg, nil))
			if hayon.CodeOf(err) != tt.code {
				t.Errorf("got %v, want %q", err, tt.code)
			}
			if diff := cmp.Diff(tt.asked, net.asked); diff != "" {
				t.Errorf("who was asked, and with what (-want +got):\n%s", diff)
			}
			if err != nil {
				return
			}
			if want := `"subject":{"cid":"` + greetingCID + `","uri":"at://`; !strings.Contains(string(out.Data), want) {
				t.Errorf("%s is not in %s", want, out.Data)
			}
			again, err := p.Prepare(t.Context(), sessionOn(t, "https://pds.example.org"), hayon.PrepareRequest{Target: tg, Now: tenOClock.AddDate(0, 0, 1), Earlier: out})
			if err != nil || string(again.Data) != string(out.Data) || len(net.asked) != len(tt.asked) {
				t.Errorf("asked again, it is not the same (%v), or somebody was asked", err)
			}
		})
	}
}
