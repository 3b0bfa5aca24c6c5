package metrics_test

import (
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/metrics"
)

// busy is a service with a broker that has seen everything.
func busy(now time.Time) (*hayon.Status, *hayon.BrokerStatus) {
	st := healthy()
	st.Broker = &hayon.BrokerState{
		Kind: hayon.BrokerRabbitMQ, Address: "amqps://rabbit.secret-project.example:5671/", Server: "RabbitMQ 3.10.8", Prefix: `a"b\c.`,
		Connected: true, Reconnects: 2, Error: "secret-project is not consumed", BlockedSince: now, BlockedReason: "low on secret-project",
		BlockedFor: 90*time.Second + 500*time.Millisecond, Delay: hayon.DelayAuto, Delayed: true,
		Unconfirmed: 3, Published: 25, Confirmed: 4, Returned: 5, Refused: 6, Unknown: 7,
		Delivered: 8, Redelivered: 9, Acked: 10, Nacked: 11, Stale: 12,
	}
	return st, &hayon.BrokerStatus{
		Broker: st.Broker,
		Queues: []hayon.QueueStatus{
			{Name: hayon.SocialPostsQueue, QueueDepth: hayon.QueueDepth{Ready: 13, Unacked: 14, Consumers: 15}},
			{Name: hayon.DeadLettersQueue, Max: hayon.MaxLetters},
			{Name: hayon.RetryQueue, QueueDepth: hayon.QueueDepth{Ready: 99}, Error: "secret-project"},
		},
		Dead:   hayon.LetterStatus{Open: 16, Oldest: now.Add(-1500 * time.Millisecond), Full: true},
		Parked: hayon.LetterStatus{Open: 0},
	}
}

// brokerFigures are those that tell of brokers and letters.
func brokerFigures(got map[string]float64) map[string]float64 {
	out := maps.Clone(got)
	maps.DeleteFunc(out, func(name string, _ float64) bool {
		return !strings.HasPrefix(name, "hayon_broker_") && !strings.HasPrefix(name, "hayon_letters_")
	})
	return out
}

func TestBroker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st, b := busy(time.Now())
		m := newMetrics(t, &stub{status: st, broker: b}, metrics.Config{})
		want := map[string]float64{
			`hayon_broker_info{kind="rabbitmq",server="RabbitMQ 3.10.8",prefix="a\"b\\c.",delay="plugin"}`: 1,
			"hayon_broker_connected": 1, "hayon_broker_reconnects_total": 2,
			"hayon_broker_blocked": 1, "hayon_broker_blocked_seconds_total": 90.5, "hayon_broker_confirms_outstanding": 3,
			`hayon_broker_published_total{result="confirmed"}`: 4, `hayon_broker_published_total{result="returned"}`: 5,
			`hayon_broker_published_total{result="refused"}`: 6, `hayon_broker_published_total{result="unknown"}`: 7,
			"hayon_broker_deliveries_total": 8, "hayon_broker_redeliveries_total": 9,
			`hayon_broker_acks_total{result="acked"}`: 10, `hayon_broker_acks_total{result="nacked"}`: 11, `hayon_broker_acks_total{result="stale"}`: 12,
			`hayon_broker_queue_ready{queue="hayon_social_posts"}`: 13, `hayon_broker_queue_unacked{queue="hayon_social_posts"}`: 14,
			`hayon_broker_queue_consumers{queue="hayon_social_posts"}`: 15,
			`hayon_broker_queue_ready{queue="hayon_dead_letters"}`:     0, `hayon_broker_queue_unacked{queue="hayon_dead_letters"}`: 0,
			`hayon_broker_queue_consumers{queue="hayon_dead_letters"}`: 0,
			`hayon_letters_open{kind="dead"}`:                          16, `hayon_letters_open{kind="parked"}`: 0,
			`hayon_letters_oldest_seconds{kind="dead"}`: 1.5, `hayon_letters_oldest_seconds{kind="parked"}`: 0,
			`hayon_letters_full{kind="dead"}`: 1, `hayon_letters_full{kind="parked"}`: 0,
		}
		if diff := cmp.Diff(want, brokerFigures(scrape(t, m))); diff != "" {
			t.Errorf("figures (-want +got):\n%s", diff)
		}
		if _, page := get(t, m, "/metrics"); strings.Contains(page, "secret-project") {
			t.Error("the page tells where the broker is, or what it said")
		}
	})
}

// The page for who runs the broker tells of every figure, and of none that there is not.
func TestBrokerFiguresAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "rabbitmq.md"))
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, name := range regexp.MustCompile(`hayon_(?:broker|letters)_[a-z_]+`).FindAllString(string(page), -1) {
		told[name] = true
	}
	st, b := busy(time.Now())
	shown := map[string]bool{}
	for name := range brokerFigures(scrape(t, newMetrics(t, &stub{status: st, broker: b}, metrics.Config{}))) {
		name, _, _ = strings.Cut(name, "{")
		shown[name] = true
	}
	if diff := cmp.Diff(shown, told); diff != "" {
		t.Errorf("figures of docs/rabbitmq.md (-shown +told):\n%s", diff)
	}
}

// The state of the broker is known without asking it, and there may be none.
func TestBrokerThatIsAway(t *testing.T) {
	t.Parallel()
	st := healthy()
	st.Broker = &hayon.BrokerState{Kind: hayon.BrokerRabbitMQ, Delay: hayon.DelayStore, Error: "it is away"}
	svc := &stub{status: st, broker: &hayon.BrokerStatus{Broker: st.Broker, Parked: hayon.LetterStatus{Open: 1}}}
	got := scrape(t, newMetrics(t, svc, metrics.Config{}))
	want(t, got, map[string]float64{
		`hayon_broker_info{kind="rabbitmq",server="",prefix="",delay="store"}`: 1,
		"hayon_broker_connected": 0, "hayon_broker_blocked": 0, `hayon_letters_open{kind="parked"}`: 1, "hayon_up": 1,
	})
	for name := range got {
		if strings.HasPrefix(name, "hayon_broker_queue_") {
			t.Errorf("%s is shown without a connection", name)
		}
	}
	none := brokerFigures(scrape(t, newMetrics(t, &stub{status: healthy()}, metrics.Config{})))
	if names := slices.Sorted(maps.Keys(none)); len(names) != 6 || !strings.HasPrefix(names[0], "hayon_letters_") {
		t.Errorf("without a broker there is %v, want the letters alone", names)
	}
}

func TestBrokerIsAskedOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		svc := &stub{status: healthy(), broker: &hayon.BrokerStatus{Dead: hayon.LetterStatus{Open: 1}}}
		m := newMetrics(t, svc, metrics.Config{})
		for range 5 {
			want(t, scrape(t, m), map[string]float64{`hayon_letters_open{kind="dead"}`: 1})
		}
		if svc.brokerAsked != 1 {
			t.Errorf("the broker was asked %d times in no time, want once", svc.brokerAsked)
		}
		svc.broker, svc.brokerErr = nil, errors.New("the store is gone")
		<-time.After(time.Second)
		got := scrape(t, m)
		want(t, got, map[string]float64{"hayon_up": 1})
		if _, ok := got[`hayon_letters_open{kind="dead"}`]; ok || svc.brokerAsked != 2 {
			t.Errorf("asked %d times, want twice; letters are shown that nobody knows: %v", svc.brokerAsked, ok)
		}
	})
}

// A broker that does not answer costs a page its queues, and neither the rest nor its time.
func TestBrokerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		statusTakes time.Duration
		atMost      time.Duration
	}{
		{"quick service", 0, 2 * time.Second},
		{"slow service", 4 * time.Second, 5 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				st, b := busy(time.Now())
				svc := &stub{status: st, broker: b, brokerTakes: time.Hour, statusTakes: tt.statusTakes}
				m := newMetrics(t, svc, metrics.Config{})
				pages := make(chan string)
				for range 2 { // the second one waits for the first, and no longer
					go func() {
						_, page := get(t, m, "/metrics")
						pages <- page
					}()
				}
				begun := time.Now()
				for range 2 {
					got := parse(t, <-pages)
					want(t, got, map[string]float64{"hayon_up": 1, "hayon_broker_connected": 1, `hayon_targets{state="queued"}`: 2})
					if _, ok := got[`hayon_letters_open{kind="dead"}`]; ok {
						t.Error("letters are shown that nobody knows")
					}
				}
				if took := time.Since(begun); took > tt.atMost {
					t.Errorf("two scrapes took %v, want at most %v", took, tt.atMost)
				}
				asked := svc.brokerAsked
				if status, _ := get(t, m, "/readyz"); status != http.StatusOK || svc.brokerAsked != asked {
					t.Errorf("readyz: %d, asked the broker %d times, want 200 without", status, svc.brokerAsked-asked)
				}
				// Once it answers again, so does the page.
				svc.brokerTakes = 0
				want(t, scrape(t, m), map[string]float64{`hayon_letters_open{kind="dead"}`: 16})
			})
		})
	}
}
