package metrics_test

import (
	"context"
	"iter"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/metrics"
)

// stub is a service with a status, a broker and events alone. Events yields the first scripts one after the
// other, each until its error, then nothing until ctx ends.
type stub struct {
	hayon.Service // nil: what the tests do not call

	mu      sync.Mutex // guards what is below
	status  *hayon.Status
	err     error
	asked   int
	last    uint64
	scripts []script
	after   []uint64

	broker      *hayon.BrokerStatus // nil: an empty one
	brokerErr   error
	brokerAsked int
	brokerTakes time.Duration // until it answers, unless the question is cut off before
	statusTakes time.Duration
}

// script is what one reader of events gets.
type script struct {
	events []hayon.Event
	err    error
}

func (s *stub) Status(ctx context.Context) (*hayon.Status, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	if err := takes(ctx, s.statusTakes); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	return s.status, s.err
}

func (s *stub) BrokerStatus(ctx context.Context) (*hayon.BrokerStatus, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.brokerAsked++
	s.mu.Unlock()
	if err := takes(ctx, s.brokerTakes); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broker == nil && s.brokerErr == nil {
		return &hayon.BrokerStatus{}, nil
	}
	return s.broker, s.brokerErr
}

// takes waits for d, or until ctx ends, which is the error.
func takes(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *stub) set(st *hayon.Status, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, s.err = st, err
}

func (s *stub) LastSeq(context.Context) (uint64, error) { return s.last, nil }

func (s *stub) Events(ctx context.Context, f hayon.EventFilter) iter.Seq2[hayon.Event, error] {
	return func(yield func(hayon.Event, error) bool) {
		s.mu.Lock()
		s.after = append(s.after, f.After)
		var now *script
		if len(s.scripts) > 0 {
			now, s.scripts = &s.scripts[0], s.scripts[1:]
		}
		s.mu.Unlock()
		if now != nil {
			for _, e := range now.events {
				if !yield(e, nil) {
					return
				}
			}
			if now.err != nil {
				yield(hayon.Event{}, now.err)
				return
			}
		}
		<-ctx.Done()
	}
}

func newMetrics(t *testing.T, svc hayon.Service, cfg metrics.Config) *metrics.Metrics {
	t.Helper()
	m, err := metrics.New(svc, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// get asks m and answers status and body.
func get(t *testing.T, m *metrics.Metrics, path string) (status int, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

// scrape is the figures by name and labels, after a strict look at the page.
func scrape(t *testing.T, m *metrics.Metrics) map[string]float64 {
	t.Helper()
	status, body := get(t, m, "/metrics")
	if status != http.StatusOK {
		t.Fatalf("status %d: %s", status, body)
	}
	return parse(t, body)
}

// want compares some of the figures.
func want(t *testing.T, got, want map[string]float64) {
	t.Helper()
	for name, v := range want {
		if g, ok := got[name]; !ok || g != v {
			t.Errorf("%s = %v (there: %v), want %v", name, g, ok, v)
		}
	}
}
