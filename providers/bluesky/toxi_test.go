package bluesky_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/bluesky"
)

// badLine is what a line does to the irreversible call.
type badLine struct {
	name   string
	toxics []servers.Toxic
	down   bool
	// timeout bounds the call; 0 is the provider's own.
	timeout time.Duration
	// verdict is what Publish must say of it, and found what Reconcile says then over a sound line;
	// "" where it may be one or the other.
	verdict, found hayon.Verdict
}

func toxic(kind string, upstream bool, attribute string, n int) servers.Toxic {
	return servers.Toxic{Type: kind, Upstream: upstream, Attributes: map[string]int{attribute: n}}
}

var (
	answerLost  = toxic("reset_peer", false, "timeout", 100)
	requestLost = toxic("timeout", true, "timeout", 500)
)

// badLines are what is tried. The server's answer has a head of some 330 bytes and a body of some 280.
var badLines = []badLine{
	{
		name: "latency", toxics: []servers.Toxic{toxic("latency", false, "latency", 300), toxic("latency", true, "latency", 300)},
		verdict: hayon.VerdictPublished,
	},
	{name: "answer lost", toxics: []servers.Toxic{answerLost}, verdict: hayon.VerdictUnknown, found: hayon.VerdictPublished},
	{name: "request lost", toxics: []servers.Toxic{requestLost}, verdict: hayon.VerdictUnknown, found: hayon.VerdictNotApplied},
	{
		name: "cut in the head of the answer", toxics: []servers.Toxic{toxic("limit_data", false, "bytes", 40)},
		verdict: hayon.VerdictUnknown, found: hayon.VerdictPublished,
	},
	{
		name: "cut in the body of the answer", toxics: []servers.Toxic{toxic("limit_data", false, "bytes", 450)},
		verdict: hayon.VerdictUnknown, found: hayon.VerdictPublished,
	},
	{
		name: "one kilobyte a second", toxics: []servers.Toxic{toxic("bandwidth", true, "rate", 1), toxic("bandwidth", false, "rate", 1)},
		verdict: hayon.VerdictPublished,
	},
	{
		name: "too slow for the request", toxics: []servers.Toxic{toxic("bandwidth", true, "rate", 1)}, timeout: 700 * time.Millisecond,
		verdict: hayon.VerdictUnknown, // what is under way may still arrive
	},
	{
		name: "too slow for the answer", toxics: []servers.Toxic{toxic("latency", false, "latency", 20_000)}, timeout: 2 * time.Second,
		verdict: hayon.VerdictUnknown, // a busy server may not have come to it yet
	},
	{name: "down", down: true, verdict: hayon.VerdictNotApplied, found: hayon.VerdictNotApplied},
}

// Whatever the line does to the call, what Publish says of it is true, and Reconcile with at most one
// more Publish leaves one record.
func TestBadLines(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	toxiproxy := servers.Toxiproxy(t)
	for _, line := range badLines {
		t.Run(line.name, func(t *testing.T) {
			t.Parallel()
			sound := bluesky.New(bluesky.Config{})
			who, direct := connected(t, sound, pds)
			proxy := toxiproxy.NewProxy(t, pds.URL())
			s := with(t, direct, map[string]string{"pds": proxy.URL()})
			tg := target(sound, s, strings.Repeat("over a bad line ", 18)) // a request of more than a kilobyte
			r := publishRequest(tg, prepare(t, sound, s, tg, nil))

			line.spoil(t, proxy)
			res := bluesky.New(bluesky.Config{Timeout: line.timeout}).Publish(t.Context(), s, r)
			t.Logf("Publish: %s (%v)", res.Verdict, res.Err)
			if res.Verdict != line.verdict {
				t.Errorf("Publish: verdict %q, want %q", res.Verdict, line.verdict)
			}
			if line.down && (res.Err.Code != hayon.CodeUnavailable || res.Err.Scope != hayon.ScopeHost) {
				t.Errorf("Publish: %q for %q, want unavailable for the host", res.Err.Code, res.Err.Scope)
			}
			proxy.Heal(t)
			settled(t, sound, s, r, res, line.found)
			if n := len(pds.ListRecords(t, who.DID, posts)); n != 1 {
				t.Errorf("got %d records, want 1", n)
			}
		})
	}
}

// The same on a connection that was good a moment ago. That the line is down may then be noticed
// when the request is on its way already.
func TestLineGoesBad(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	toxiproxy := servers.Toxiproxy(t)
	for _, line := range badLines {
		if line.timeout > 0 {
			continue // it would bound what comes before, too
		}
		t.Run(line.name, func(t *testing.T) {
			t.Parallel()
			p := bluesky.New(bluesky.Config{})
			who, direct := connected(t, p, pds)
			proxy := toxiproxy.NewProxy(t, pds.URL())
			s := with(t, direct, map[string]string{"pds": proxy.URL()})
			if _, err := p.Verify(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			tg := target(p, s, "over a line that goes bad")
			r := publishRequest(tg, prepare(t, p, s, tg, nil))

			line.spoil(t, proxy)
			res := p.Publish(t.Context(), s, r)
			t.Logf("Publish: %s (%v)", res.Verdict, res.Err)
			if res.Verdict != line.verdict && (!line.down || res.Verdict != hayon.VerdictUnknown) {
				t.Errorf("Publish: verdict %q, want %q", res.Verdict, line.verdict)
			}
			proxy.Heal(t)
			settled(t, p, s, r, res, line.found)
			if n := len(pds.ListRecords(t, who.DID, posts)); n != 1 {
				t.Errorf("got %d records, want 1", n)
			}
		})
	}
}

func (l badLine) spoil(t *testing.T, proxy *servers.Proxy) {
	t.Helper()
	for _, bad := range l.toxics {
		proxy.Spoil(t, bad)
	}
	if l.down {
		proxy.Down(t)
	}
}

// settled does after a call what a worker does until the post is out, and answers where it is.
func settled(t *testing.T, p *bluesky.Provider, s hayon.Session, r hayon.PublishRequest, res hayon.Result, found hayon.Verdict) hayon.Remote {
	t.Helper()
	if res.Verdict != hayon.VerdictPublished {
		res = p.Reconcile(t.Context(), s, r)
		t.Logf("Reconcile: %s (%v)", res.Verdict, res.Err)
		if found != "" && res.Verdict != found {
			t.Errorf("Reconcile: verdict %q, want %q", res.Verdict, found)
		}
	}
	if res.Verdict == hayon.VerdictNotApplied {
		res = p.Publish(t.Context(), s, r)
	}
	wantResult(t, res, hayon.VerdictPublished, "")
	if res.Remote != r.Prepared.Remote {
		t.Errorf("got %+v, want %+v", res.Remote, r.Prepared.Remote)
	}
	return res.Remote
}

// Five parts, each of which meets another mishap.
func TestThreadOverABadLine(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	who, direct := connected(t, p, pds)
	proxy := servers.Toxiproxy(t).NewProxy(t, pds.URL())
	s := with(t, direct, map[string]string{"pds": proxy.URL()})
	tg := target(p, s, "part 0")
	mishaps := []badLine{
		{toxics: []servers.Toxic{answerLost}},
		{toxics: []servers.Toxic{requestLost}},
		{},
		{toxics: []servers.Toxic{toxic("limit_data", false, "bytes", 450)}},
		{down: true},
	}
	for i, line := range mishaps {
		if i > 0 {
			tg.Parts = append(tg.Parts, hayon.Part{Text: fmt.Sprintf("part %d", i), Idem: p.NewIdem(tg, i, tg.Due)})
		}
		r := part(t, p, s, tg, i)
		line.spoil(t, proxy)
		res := p.Publish(t.Context(), s, r)
		proxy.Heal(t)
		tg.Parts[i].Remote = settled(t, p, s, r, res, "")
	}
	all := pds.ListRecords(t, who.DID, posts)
	slices.Reverse(all)
	if len(all) != len(mishaps) {
		t.Fatalf("got %d records, want %d", len(all), len(mishaps))
	}
	for i, r := range all {
		var v record
		r.Decode(t, &v)
		if v.Text != tg.Parts[i].Text || i > 0 && (v.Reply.Parent.CID != all[i-1].CID || v.Reply.Root.CID != all[0].CID) {
			t.Errorf("record %d is %q, an answer to %+v", i, v.Text, v.Reply)
		}
	}
}
