package metrics_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/common/expfmt"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/metrics"
)

func healthy() *hayon.Status {
	return &hayon.Status{
		Scheduled: 1, Queued: 2, Publishing: 3, RetryWait: 4, Uncertain: 9, Overdue: 6, Outbox: 7, OutboxAge: 1500 * time.Millisecond,
		Parked: 8, Missed: 10, Failed: 11, Held: 5, Asking: 12,
		Paused: &hayon.Pace{Key: hayon.PaceAll}, ClockHeld: time.Unix(1, 0),
		Blocked: []hayon.Blocked{{Account: "bluesky/secret-project"}, {Account: "site"}},
	}
}

func TestGauges(t *testing.T) {
	t.Parallel()
	svc := &stub{status: healthy()}
	m := newMetrics(t, svc, metrics.Config{Version: `1.0"b\c` + "\nd", Streams: func() int { return 13 }})
	got := scrape(t, m)
	want(t, got, map[string]float64{
		"hayon_up":                         1,
		`hayon_targets{state="scheduled"}`: 1, `hayon_targets{state="queued"}`: 2, `hayon_targets{state="publishing"}`: 3,
		`hayon_targets{state="retry_wait"}`: 4, `hayon_targets{state="uncertain"}`: 9, `hayon_targets{state="parked"}`: 8,
		`hayon_targets{state="missed"}`: 10, `hayon_targets{state="failed"}`: 11,
		"hayon_overdue": 6, "hayon_parked": 8, `hayon_uncertain{waits_for="user"}`: 5, `hayon_uncertain{waits_for="platform"}`: 4,
		"hayon_asking": 12, "hayon_outbox_messages": 7, "hayon_outbox_age_seconds": 1.5,
		"hayon_paused": 1, "hayon_clock_held": 1, "hayon_accounts_blocked": 2, "hayon_events_streams": 13,
		`hayon_build_info{version="1.0\"b\\c\nd",goversion="` + runtime.Version() + `"}`: 1,
	})
	if got["process_start_time_seconds"] < 1e9 || got["go_goroutines"] < 1 {
		t.Errorf("process: start %v, goroutines %v", got["process_start_time_seconds"], got["go_goroutines"])
	}
	if rss := got["process_resident_memory_bytes"]; runtime.GOOS == "linux" && (rss < 1<<20 || rss > 1<<34) {
		t.Errorf("resident memory %v", rss)
	}
	_, page := get(t, m, "/metrics")
	if strings.Contains(page, "secret-project") {
		t.Error("the page names an account")
	}
}

// The parser of Prometheus itself understands the page.
func TestExpositionForPrometheus(t *testing.T) {
	t.Parallel()
	st, b := busy(time.Now())
	m := newMetrics(t, &stub{status: st, broker: b}, metrics.Config{Version: `quoted "1"`})
	m.ObserveCommit(3*time.Millisecond, 2)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if got := w.Header().Get("Content-Type"); got != string(expfmt.FmtText) {
		t.Errorf("Content-Type %q, want that of the text format", got)
	}
	families, err := new(expfmt.TextParser).TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	h := families["hayon_store_commit_seconds"].GetMetric()[0].GetHistogram()
	if h.GetSampleCount() != 1 || math.Abs(h.GetSampleSum()-0.003) > 1e-12 || len(h.GetBucket()) < 10 {
		t.Errorf("commit histogram %v", h)
	}
	if got := families["hayon_build_info"].GetMetric()[0].GetLabel()[0].GetValue(); got != `quoted "1"` {
		t.Errorf("version %q", got)
	}
	if got := len(families["hayon_targets"].GetMetric()); got != 8 {
		t.Errorf("%d states, want 8", got)
	}
	if got := families["hayon_broker_info"].GetMetric()[0].GetLabel()[2].GetValue(); got != `a"b\c.` {
		t.Errorf("prefix %q", got)
	}
}

func TestStatusIsAskedOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := &stub{status: &hayon.Status{Queued: 1}}
		m := newMetrics(t, svc, metrics.Config{})
		for range 5 {
			want(t, scrape(t, m), map[string]float64{`hayon_targets{state="queued"}`: 1})
			svc.set(&hayon.Status{Queued: 2}, nil)
		}
		if svc.asked != 1 {
			t.Errorf("the service was asked %d times in no time, want once", svc.asked)
		}
		<-time.After(time.Second)
		want(t, scrape(t, m), map[string]float64{`hayon_targets{state="queued"}`: 2})
	})
}

func TestServiceThatSaysNothing(t *testing.T) {
	t.Parallel()
	m := newMetrics(t, &stub{err: errors.New("disk at /secret/path is gone")}, metrics.Config{})
	got := scrape(t, m)
	want(t, got, map[string]float64{"hayon_up": 0, "hayon_store_commit_seconds_count": 0})
	if _, ok := got["hayon_overdue"]; ok {
		t.Error("gauges are shown that nobody knows")
	}
	if status, body := get(t, m, "/readyz"); status != http.StatusServiceUnavailable || strings.Contains(body, "/secret") {
		t.Errorf("readyz: %d %q", status, body)
	}
	if status, body := get(t, m, "/healthz"); status != http.StatusOK || body != "ok\n" {
		t.Errorf("healthz: %d %q", status, body)
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	now := time.Now()
	tests := []struct {
		name   string
		status hayon.Status
		check  error
		want   int
	}{
		{"nothing to do", hayon.Status{}, nil, 200},
		{"next in an hour", hayon.Status{Next: now.Add(time.Hour)}, nil, 200},
		{"next just due", hayon.Status{Next: now.Add(-time.Second)}, nil, 200},
		{"the loop is stuck", hayon.Status{Next: now.Add(-2 * time.Minute)}, nil, 503},
		{"paused", hayon.Status{Next: now.Add(-time.Hour), Paused: &hayon.Pace{}}, nil, 200},
		{"clock held", hayon.Status{Next: now.Add(-time.Hour), ClockHeld: now}, nil, 200},
		{"the broker is away", hayon.Status{Broker: &hayon.BrokerState{Kind: hayon.BrokerRabbitMQ, Error: "it is away"}, Outbox: 1000, OutboxAge: time.Hour}, nil, 200},
		{"something else is not", hayon.Status{}, hayon.Errorf(hayon.CodeUnavailable, "the broker is away"), 503},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMetrics(t, &stub{status: &tt.status}, metrics.Config{Ready: func(context.Context) error { return tt.check }})
			status, body := get(t, m, "/readyz")
			if status != tt.want || tt.check != nil && !strings.Contains(body, "broker") {
				t.Errorf("%d %q, want %d", status, body, tt.want)
			}
		})
	}
}

func TestOtherPathsAndMethods(t *testing.T) {
	t.Parallel()
	m := newMetrics(t, &stub{status: &hayon.Status{}}, metrics.Config{})
	if status, _ := get(t, m, "/"); status != http.StatusNotFound {
		t.Errorf("/: %d", status)
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/metrics", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestCommits(t *testing.T) {
	t.Parallel()
	m := newMetrics(t, &stub{status: &hayon.Status{}}, metrics.Config{})
	for _, d := range []time.Duration{0, 100 * time.Microsecond, 101 * time.Microsecond, time.Second, time.Hour} {
		m.ObserveCommit(d, 3)
	}
	want(t, scrape(t, m), map[string]float64{
		`hayon_store_commit_seconds_bucket{le="0.0001"}`: 2, `hayon_store_commit_seconds_bucket{le="0.00025"}`: 3,
		`hayon_store_commit_seconds_bucket{le="1"}`: 4, `hayon_store_commit_seconds_bucket{le="2.5"}`: 4,
		`hayon_store_commit_seconds_bucket{le="+Inf"}`: 5, "hayon_store_commit_seconds_count": 5,
		"hayon_store_commit_seconds_sum": 3601.000201, "hayon_store_updates_total": 15,
	})
}

// outcome is the event of an attempt's end.
func outcome(seq uint64, from, to hayon.State, platform string) hayon.Event {
	return hayon.Event{Seq: seq, Kind: hayon.EventState, Step: hayon.RowOutcome, From: from, To: to, Platform: platform}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const p, u = hayon.StatePublishing, hayon.StateUncertain
		sending := func(seq uint64, part, attempt int, late time.Duration) hayon.Event {
			return hayon.Event{Seq: seq, Kind: hayon.EventStep, Step: hayon.RowSending, Part: part, Attempt: attempt, Late: late, Platform: "a"}
		}
		svc := &stub{status: &hayon.Status{}, last: 100, scripts: []script{
			{events: []hayon.Event{
				sending(101, 0, 1, 20*time.Millisecond), sending(102, 1, 1, time.Hour), sending(103, 0, 2, time.Hour), sending(104, 0, 1, 2*time.Second),
				outcome(105, p, hayon.StatePublished, "a"), outcome(106, p, hayon.StatePublished, "b"), outcome(107, p, hayon.StatePublished, "b"),
			}, err: errors.New("the file is held")},
			{events: []hayon.Event{
				outcome(108, p, hayon.StateFailed, "a"), outcome(109, p, hayon.StateRetryWait, "a"), outcome(110, p, u, "a"), outcome(111, p, hayon.StateParked, "a"),
				outcome(112, u, hayon.StatePublished, "a"), outcome(113, u, hayon.StateRetryWait, "a"), outcome(114, u, u, "a"),
				outcome(115, "", "", "a"),                // a part of a thread is out
				outcome(115, "", hayon.StateFailed, "a"), // it was invalid from the start
				{Seq: 116, Kind: hayon.EventState, From: p, To: hayon.StateQueued, Platform: "a"},
				{Seq: 117, Kind: hayon.EventPublished, From: u, To: hayon.StatePublished, Platform: "a"}, // a person said so
				{Seq: 118, Kind: hayon.EventStep, Step: hayon.RowClaimed, Platform: "a"},
			}},
		}}
		var log bytes.Buffer
		m := newMetrics(t, svc, metrics.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		<-time.After(time.Minute)
		got := scrape(t, m)
		want(t, got, map[string]float64{
			"hayon_lateness_seconds_count": 2, `hayon_lateness_seconds_bucket{le="0.025"}`: 1, `hayon_lateness_seconds_bucket{le="2.5"}`: 2,
			"hayon_lateness_seconds_sum":                             2.02,
			`hayon_attempts_total{platform="a",outcome="published"}`: 1,
			`hayon_attempts_total{platform="b",outcome="published"}`: 2,
			`hayon_attempts_total{platform="a",outcome="rejected"}`:  1,
			`hayon_attempts_total{platform="a",outcome="retry"}`:     1,
			`hayon_attempts_total{platform="a",outcome="uncertain"}`: 1,
			`hayon_attempts_total{platform="a",outcome="parked"}`:    1,
			`hayon_lookups_total{platform="a",outcome="published"}`:  1,
			`hayon_lookups_total{platform="a",outcome="retry"}`:      1,
			`hayon_lookups_total{platform="a",outcome="uncertain"}`:  1,
			`hayon_retries_total{platform="a"}`:                      2,
			`hayon_retries_total{platform="b"}`:                      0,
		})
		series := 0
		for name := range got {
			if strings.HasPrefix(name, "hayon_attempts_total") || strings.HasPrefix(name, "hayon_lookups_total") {
				series++
			}
		}
		if series != 9 {
			t.Errorf("%d series of attempts and look-ups, want 9", series)
		}
		if !slices.Equal(svc.after, []uint64{100, 107}) || !strings.Contains(log.String(), "the file is held") {
			t.Errorf("read after %v, want 100 and 107; log %s", svc.after, log.String())
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func TestPlatformsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var events []hayon.Event
		for i := range 1000 {
			events = append(events, outcome(uint64(i+1), hayon.StatePublishing, hayon.StatePublished, fmt.Sprintf("p%03d", i)))
		}
		m := newMetrics(t, &stub{status: &hayon.Status{}, scripts: []script{{events: events}}}, metrics.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- m.Run(ctx) }()
		synctest.Wait()
		want(t, scrape(t, m), map[string]float64{
			`hayon_attempts_total{platform="p099",outcome="published"}`: 1, `hayon_attempts_total{platform="other",outcome="published"}`: 900,
		})
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func TestListen(t *testing.T) {
	t.Parallel()
	m := newMetrics(t, &stub{status: &hayon.Status{}}, metrics.Config{})
	for address, code := range map[string]hayon.Code{
		"0.0.0.0:0": hayon.CodeUsage, ":0": hayon.CodeUsage, "[::]:0": hayon.CodeUsage, "192.0.2.1:9464": hayon.CodeUsage,
		"9464": hayon.CodeUsage, "": hayon.CodeUsage, "127.0.0.1:port": hayon.CodeUsage,
	} {
		if ln, err := m.Listen(t.Context(), address); hayon.CodeOf(err) != code {
			t.Errorf("%q: %v, %v; want %s", address, ln, err, code)
		}
	}
	open := newMetrics(t, &stub{status: &hayon.Status{}}, metrics.Config{AllowRemote: true})
	ln, err := open.Listen(t.Context(), ":0")
	if err != nil {
		t.Fatalf("a remote address that is allowed: %v", err)
	}
	_ = ln.Close()
}

func TestServe(t *testing.T) {
	t.Parallel()
	m := newMetrics(t, &stub{status: healthy()}, metrics.Config{})
	ln, err := m.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Listen(t.Context(), ln.Addr().String()); hayon.CodeOf(err) != hayon.CodeLocal {
		t.Errorf("a taken address: %v, want local", err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- m.Serve(ctx, ln) }()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+ln.Addr().String()+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: &http.Transport{}, Timeout: time.Minute}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %d", resp.StatusCode)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if err := m.ListenAndServe(ctx, "0.0.0.0:0"); hayon.CodeOf(err) != hayon.CodeUsage {
		t.Errorf("ListenAndServe: %v, want forbidden", err)
	}
	if _, err := metrics.New(nil, metrics.Config{}); err == nil {
		t.Error("metrics of nothing")
	}
}
