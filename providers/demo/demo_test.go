package demo_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
	"github.com/hayon/hayon/providers/providertest"
)

// newDemo is an account "demo/a" with the settings, and its file.
func newDemo(t testing.TB, settings map[string]string) (*providertest.Fixture, string) {
	t.Helper()
	dir := t.TempDir()
	now := time.Now()
	a := &hayon.Account{
		ID: hayon.NewAccountID(now), Owner: hayon.NewUserID(now), Platform: demo.Name, Name: "demo/a",
		RemoteID: "a", Settings: settings, Status: hayon.AccountConnected,
	}
	file := filepath.Join(dir, "a.ndjson")
	with := func(more map[string]string) hayon.Session {
		other := *a
		other.Settings = maps.Clone(a.Settings)
		if other.Settings == nil {
			other.Settings = make(map[string]string)
		}
		maps.Copy(other.Settings, more)
		return providertest.NewSession(&other, hayon.Secret{})
	}
	return &providertest.Fixture{
		Provider:    demo.New(demo.Config{Dir: dir}),
		Session:     providertest.NewSession(a, hayon.Secret{}),
		Unreachable: with(map[string]string{"down": dir}), // which is there
		Fault: func(t testing.TB, f providertest.Fault) (hayon.Session, func()) {
			t.Helper()
			if more := faultOf(f); more != nil {
				return with(more), nil
			}
			return nil, nil
		},
		SignIn:  &hayon.SignIn{Platform: demo.Name, Alias: "a", Fields: settings},
		Content: providertest.Content{Replies: true, Quotes: true, Polls: true, Cards: true, Media: true, Facets: true, Options: true, Previews: true},
		Posts: func(t testing.TB) []providertest.Post {
			t.Helper()
			var out []providertest.Post
			for _, p := range readFile(t, file) {
				out = append(out, public(p))
			}
			return out
		},
	}, file
}

// public is a line of the file as the suite sees it.
func public(p demo.Post) providertest.Post {
	id := func(url string) string { return url[strings.LastIndexByte(url, '/')+1:] }
	out := providertest.Post{
		ID: p.ID, Text: p.Text, Alts: p.Alts, Parent: p.Parent, Root: p.Root, Repost: id(p.Repost),
		Langs: append([]string{}, p.Langs...), Options: maps.Collect(maps.All(p.Options)),
		Quote: id(p.Quote), Poll: p.Poll,
	}
	if c := p.Card; c != nil {
		out.Card = &hayon.Card{URL: c.URL, Title: c.Title, Description: c.Description}
		if c.Thumb != "" {
			out.Card.Thumb = &hayon.BlobRef{SHA256: c.Thumb}
		}
	}
	for _, m := range p.Media {
		out.Media = append(out.Media, m.SHA256)
	}
	for _, f := range p.Facets {
		out.Facets = append(out.Facets, hayon.TextFacet{Kind: f.Kind, Start: f.Start, End: f.End, Text: p.Text[f.Start:f.End], Value: f.Value, ID: f.ID})
	}
	return out
}

// faultOf is what an account has set to meet a fault; nil where demo has none like it.
func faultOf(f providertest.Fault) map[string]string {
	switch {
	case f.Kind == providertest.Fault401:
		return map[string]string{"expires": "2020-01-01T00:00:00Z"}
	case f.Call == providertest.CallPublish && f.Kind == providertest.Fault422:
		return map[string]string{"fault": "rejected:1"}
	case f.Call == providertest.CallPublish && f.Kind == providertest.Fault429:
		wait := "1"
		if f.RetryAfter != "" {
			wait = f.RetryAfter
		}
		if date, err := http.ParseTime(wait); err == nil {
			wait = date.Format(time.RFC3339)
		}
		return map[string]string{"fault": "rate-limit:1", "retry-after": wait}
	case f.Call == providertest.CallPublish && f.Kind == providertest.FaultCut && f.Applied:
		return map[string]string{"fault": "answer-lost:1"}
	case f.Call == providertest.CallDelete && f.Kind == providertest.Fault500 && !f.Applied:
		return map[string]string{"fault": "delete:1"}
	case f.Call == providertest.CallEdit && f.Kind == providertest.Fault500 && !f.Applied:
		return map[string]string{"fault": "edit:1"}
	}
	return nil
}

func readFile(t testing.TB, file string) []demo.Post {
	t.Helper()
	posts, err := demo.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return posts
}

func TestContract(t *testing.T) {
	t.Parallel()
	for _, class := range []string{"A", "B", "C", "D", "E", "F"} {
		t.Run(class, func(t *testing.T) {
			t.Parallel()
			providertest.Test(t, providertest.Harness{Open: func(t *testing.T) *providertest.Fixture {
				t.Helper()
				fx, _ := newDemo(t, map[string]string{"class": class})
				return fx
			}})
		})
	}
}

// prepared is a request to publish a text.
func prepared(t testing.TB, fx *providertest.Fixture, text string) hayon.PublishRequest {
	t.Helper()
	target := fx.Target(text)
	p, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	if err != nil {
		t.Fatal(err)
	}
	return fx.PublishRequest(t, target, 0, p)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	either := []int{0, 1}
	for fault, want := range map[string]struct {
		verdict hayon.Verdict
		code    hayon.Code
		scope   hayon.Scope
		posts   []int
	}{
		"answer-lost": {hayon.VerdictUnknown, hayon.CodeUncertain, "", []int{1}},
		"500":         {hayon.VerdictUnknown, hayon.CodeUncertain, "", either},
		"reset":       {hayon.VerdictUnknown, hayon.CodeUncertain, "", either},
		"handle-lost": {hayon.VerdictUnknown, hayon.CodeUncertain, "", either},
		"rate-limit":  {hayon.VerdictNotApplied, hayon.CodeRateLimited, hayon.ScopeAccount, []int{0}},
		"rejected":    {hayon.VerdictRejected, hayon.CodeRejected, "", []int{0}},
		"connect":     {hayon.VerdictNotApplied, hayon.CodeUnavailable, hayon.ScopeHost, []int{0}},
		"auth":        {hayon.VerdictNotApplied, hayon.CodeUnauthenticated, "", []int{0}},
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			seen := make(map[int]bool)
			for seed := range 40 { // both sides of a coin, but for one run in 10^12
				fx, file := newDemo(t, map[string]string{"fault": fault + ":1", "seed": fmt.Sprint(seed)})
				r := prepared(t, fx, "x")
				res := fx.Provider.Publish(t.Context(), fx.Session, r)
				if res.Verdict != want.verdict || res.Err == nil || res.Err.Code != want.code || res.Err.Scope != want.scope {
					t.Fatalf("verdict %q, error %+v; want %q, %q for %q", res.Verdict, res.Err, want.verdict, want.code, want.scope)
				}
				if !res.AskAgain.IsZero() || res.Hold {
					t.Error("when to ask is for the worker to know")
				}
				if want.code == hayon.CodeRateLimited && res.Err.RetryAfter <= 0 {
					t.Error("a rate limit without a time to wait")
				}
				n := len(readFile(t, file))
				seen[n] = true
				if res.Verdict != hayon.VerdictUnknown {
					continue
				}
				found := fx.Provider.Reconcile(t.Context(), fx.Session, r)
				if (found.Verdict == hayon.VerdictPublished) != (n == 1) {
					t.Errorf("Reconcile: %q with %d posts", found.Verdict, n)
				}
			}
			for _, n := range want.posts {
				if !seen[n] {
					t.Errorf("never left %d posts", n)
				}
			}
			if len(seen) != len(want.posts) {
				t.Errorf("left %v posts, want %v", seen, want.posts)
			}
		})
	}
}

// The same seed and the same attempt have the same fault; another attempt has its own chance, and
// so has another claim, since what is no attempt would meet the same for ever.
func TestFaultsRepeat(t *testing.T) {
	t.Parallel()
	fx, _ := newDemo(t, map[string]string{"fault": "rate-limit:0.3;rejected:0.3", "seed": "7"})
	first := make([]hayon.Verdict, 60)
	requests := make([]hayon.PublishRequest, len(first))
	counts := make(map[hayon.Verdict]int)
	for i := range first {
		requests[i] = prepared(t, fx, "x")
		requests[i].Target.Attempts = i
		first[i] = fx.Provider.Publish(t.Context(), fx.Session, requests[i]).Verdict
		counts[first[i]]++
	}
	for i, r := range requests {
		if got := fx.Provider.Publish(t.Context(), fx.Session, r).Verdict; got != first[i] {
			t.Errorf("call %d: %q, the first time %q", i, got, first[i])
		}
	}
	for _, v := range []hayon.Verdict{hayon.VerdictPublished, hayon.VerdictRejected, hayon.VerdictNotApplied} {
		if counts[v] < 5 {
			t.Errorf("%q came %d times of %d", v, counts[v], len(first))
		}
	}
	other := 0
	for i, r := range requests {
		r.Target.Fence = 7
		if fx.Provider.Publish(t.Context(), fx.Session, r).Verdict != first[i] {
			other++
		}
	}
	if other < 5 {
		t.Errorf("another claim met something else %d times of %d", other, len(first))
	}
}

func TestLatency(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		settings map[string]string
		cancelAt time.Duration
		took     time.Duration
		verdict  hayon.Verdict
		posts    int
	}{
		{"none", nil, 0, 0, hayon.VerdictPublished, 1},
		{"some", map[string]string{"latency": "1s"}, 0, time.Second, hayon.VerdictPublished, 1},
		{"slow", map[string]string{"latency": "1s", "fault": "slow:1"}, 0, 3 * time.Second, hayon.VerdictPublished, 1},
		{"cut on the way there", map[string]string{"latency": "1s"}, 400 * time.Millisecond, 400 * time.Millisecond, hayon.VerdictUnknown, 0},
		{"cut on the way back", map[string]string{"latency": "1s"}, 600 * time.Millisecond, 600 * time.Millisecond, hayon.VerdictUnknown, 1},
		{"slower", map[string]string{"latency": "1s", "fault": "slow:1", "slowness": "5s"}, 0, 6 * time.Second, hayon.VerdictPublished, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				fx, file := newDemo(t, tt.settings)
				r := prepared(t, fx, "x")
				ctx := t.Context()
				if tt.cancelAt > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.cancelAt)
					defer cancel()
				}
				start := time.Now()
				res := fx.Provider.Publish(ctx, fx.Session, r)
				if took := time.Since(start); took != tt.took || res.Verdict != tt.verdict {
					t.Errorf("%q after %v, want %q after %v (%v)", res.Verdict, took, tt.verdict, tt.took, res.Err)
				}
				if n := len(readFile(t, file)); n != tt.posts {
					t.Errorf("%d posts, want %d", n, tt.posts)
				}
			})
		})
	}
}

// Several providers on one file are what several processes are.
func TestProcessesShareTheFile(t *testing.T) {
	t.Parallel()
	fx, file := newDemo(t, nil)
	const n = 40
	requests := make([]hayon.PublishRequest, n)
	for i := range requests {
		requests[i] = prepared(t, fx, fmt.Sprintf("post %d", i))
	}
	var wg sync.WaitGroup
	for range 4 {
		other := demo.New(demo.Config{Dir: filepath.Dir(file)})
		wg.Go(func() {
			for _, r := range requests {
				if res := other.Publish(t.Context(), fx.Session, r); res.Verdict != hayon.VerdictPublished {
					t.Errorf("verdict %q, error %v", res.Verdict, res.Err)
				}
			}
		})
	}
	wg.Wait()
	seen := make(map[string]int)
	for _, p := range readFile(t, file) {
		seen[p.ID]++
	}
	for _, r := range requests {
		if seen[r.Part().Idem] != 1 {
			t.Errorf("%s is there %d times", r.Part().Idem, seen[r.Part().Idem])
		}
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	fx, file := newDemo(t, nil)
	r := prepared(t, fx, "hello")
	before := time.Now()
	if res := fx.Provider.Publish(t.Context(), fx.Session, r); res.Verdict != hayon.VerdictPublished {
		t.Fatal(res.Err)
	}
	posts := readFile(t, file)
	if len(posts) != 1 {
		t.Fatalf("%d posts, want 1", len(posts))
	}
	if at := posts[0].PublishedAt; at.Before(before.Round(0)) || at.After(time.Now()) {
		t.Errorf("published at %v", at)
	}
	posts[0].PublishedAt = time.Time{}
	idem := r.Part().Idem
	want := demo.Post{ID: idem, Target: r.Target.ID, Idem: idem, Key: idem, Text: "hello", Langs: []string{"en"}, Due: r.Target.Due}
	if diff := cmp.Diff(want, posts[0]); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
}

func TestTornLine(t *testing.T) {
	t.Parallel()
	for name, torn := range map[string]string{
		"half":               `{"id":"half","text":"ha`,
		"all but its end":    `{"id":"whole","key":"whole","text":"x"}`,
		"garbage with lines": "\x00\x00\n{}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fx, file := newDemo(t, nil)
			first, second := prepared(t, fx, "first"), prepared(t, fx, "second")
			fx.Provider.Publish(t.Context(), fx.Session, first)
			appendTo(t, file, torn)
			for range 2 {
				for _, r := range []hayon.PublishRequest{first, second} {
					if res := fx.Provider.Publish(t.Context(), fx.Session, r); res.Verdict != hayon.VerdictPublished {
						t.Errorf("verdict %q, error %v", res.Verdict, res.Err)
					}
				}
			}
			var texts []string
			for _, p := range readFile(t, file) {
				if p.ID != "whole" {
					texts = append(texts, p.Text)
				}
			}
			if diff := cmp.Diff([]string{"first", "second"}, texts); diff != "" {
				t.Errorf("posts (-want +got):\n%s", diff)
			}
			if err := os.Truncate(file, 0); err != nil {
				t.Fatal(err)
			}
			if res := fx.Provider.Reconcile(t.Context(), fx.Session, first); res.Verdict != hayon.VerdictNotApplied {
				t.Errorf("Reconcile with an emptied file: %q", res.Verdict)
			}
		})
	}
}

func appendTo(t *testing.T, file, s string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(s); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	p := demo.New(demo.Config{Dir: t.TempDir()})
	a, _, err := p.SignIn(t.Context(), hayon.SignIn{Alias: "b", Fields: map[string]string{
		"class": "e", "latency": "50ms", "fault": "answer-lost:0.1,500:1", "seed": "7", "host": "h1", "app": "k1", "other": "x",
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := &hayon.Account{
		Platform: "demo", RemoteID: "b", Handle: "@b", Status: hayon.AccountConnected,
		Host: "h1", App: "k1",
		Settings: map[string]string{"class": "e", "latency": "50ms", "fault": "answer-lost:0.1,500:1", "seed": "7", "host": "h1", "app": "k1"},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
	if got := p.ClassOf(a); got != hayon.ClassE {
		t.Errorf("class %q, want E", got)
	}
	for _, bad := range []hayon.SignIn{
		{Fields: map[string]string{"class": "G"}},
		{Fields: map[string]string{"latency": "-1s"}},
		{Fields: map[string]string{"latency": "fast"}},
		{Fields: map[string]string{"fault": "answer-lost"}},
		{Fields: map[string]string{"fault": "answer-lost:2"}},
		{Fields: map[string]string{"fault": "answer-lost:NaN"}},
		{Fields: map[string]string{"fault": "gremlins:0.1"}},
		{Fields: map[string]string{"seed": "x"}},
		{Fields: map[string]string{"slowness": "slow"}},
		{Fields: map[string]string{"processing": "-1s"}},
		{Fields: map[string]string{"visible": "6s"}},
		{Fields: map[string]string{"life": "1"}},
		{Fields: map[string]string{"retry-after": "soon"}},
		{Fields: map[string]string{"limit": "everybody"}},
		{Fields: map[string]string{"expires": "tomorrow"}},
		{Alias: "../x"},
		{Alias: "a/b"},
	} {
		if _, _, err := p.SignIn(t.Context(), bad); hayon.CodeOf(err) != hayon.CodeInvalid {
			t.Errorf("SignIn(%+v): %v, want invalid", bad, err)
		}
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fx, _ := newDemo(t, nil)
	r := prepared(t, fx, "x")
	res := demo.New(demo.Config{Dir: file}).Publish(t.Context(), fx.Session, r)
	if res.Verdict != hayon.VerdictNotApplied || res.Err.Code != hayon.CodeLocal || !strings.Contains(res.Err.Message, file) {
		t.Errorf("verdict %q, error %v; want not_applied, local", res.Verdict, res.Err)
	}
}

func BenchmarkPublish(b *testing.B) {
	fx, _ := newDemo(b, nil)
	r := prepared(b, fx, "x")
	for b.Loop() {
		r.Target.ID = hayon.NewTargetID(time.Now())
		r.Target.Parts[0].Idem = fx.Provider.NewIdem(r.Target, 0, time.Now())
		r.Deadline = time.Now().Add(time.Minute)
		if res := fx.Provider.Publish(b.Context(), fx.Session, r); res.Verdict != hayon.VerdictPublished {
			b.Fatal(res.Err)
		}
	}
}
