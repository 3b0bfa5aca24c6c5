package rabbitmq_test

import (
	"bytes"
	"context"
	"runtime/pprof"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/queue/rabbitmq"
)

// TestNothingRunsAfterClose looks at all goroutines of this package and of the library that belong to
// the test, by a label that goroutines inherit.
func TestNothingRunsAfterClose(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	for _, tt := range []struct {
		name string
		run  func(*testing.T, string)
	}{
		{"busy", func(t *testing.T, url string) {
			t.Helper()
			b := openBare(t, url)
			declare(t, b)
			put(t, b, "0", "1", "2", "3", "4")
			ch := consume(t, b, work, 3)
			held := receive(t, ch)
			ctx, cancel := context.WithCancel(t.Context())
			ending, err := b.Consume(ctx, work, 1)
			if err != nil {
				t.Fatal(err)
			}
			other := receive(t, ending)
			cancel() // its channel waits for what it holds
			c, err := b.Publish(t.Context(), message("last"))
			if err != nil {
				t.Fatal(err)
			}
			closeTwice(t, b)
			_ = c.Wait(t.Context()) // it came, or nobody knows
			for range ch {
				t.Error("a message came after the end")
			}
			for _, d := range []hayon.Delivery{held, other} {
				if err := d.Ack(); err != nil {
					t.Errorf("Ack after the end: %v", err)
				}
			}
		}},
		{"refused", func(t *testing.T, url string) {
			t.Helper()
			if _, err := rabbitmq.Open(t.Context(), config(t, url+"_no")); err == nil {
				t.Error("Open: no error")
			}
		}},
		{"checked", func(t *testing.T, url string) {
			t.Helper()
			if _, err := rabbitmq.Check(t.Context(), config(t, url), hayon.NewTopology(nil)); err != nil {
				t.Errorf("Check: %v", err)
			}
		}},
		{"never connected", func(t *testing.T, _ string) {
			t.Helper()
			b := openBare(t, "amqp://guest:guest@127.0.0.1:1/")
			declare(t, b)
			ch := consume(t, b, work, 1)
			closeTwice(t, b)
			for range ch {
				t.Error("a message came")
			}
		}},
		{"connection lost", func(t *testing.T, url string) {
			t.Helper()
			proxy := servers.Toxiproxy(t).NewProxy(t, url)
			b := openBare(t, proxy.Through(t, url))
			declare(t, b)
			put(t, b, "0")
			ch := consume(t, b, work, 1)
			receive(t, ch)
			proxy.Down(t)
			state(t, b, "disconnected", func(s hayon.BrokerState) bool { return !s.Connected })
			closeTwice(t, b)
			for range ch {
				t.Error("a message came after the end")
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := server.VHost(t)
			pprof.Do(t.Context(), pprof.Labels("leak", t.Name()), func(context.Context) { tt.run(t, url) })
			eventually(t, func() string {
				if left := labelled(t, t.Name()); left != "" {
					return "goroutines are left:\n" + left
				}
				return ""
			})
		})
	}
}

func openBare(t *testing.T, url string) hayon.Broker {
	t.Helper()
	b, err := rabbitmq.Open(t.Context(), config(t, url))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return b
}

func closeTwice(t *testing.T, b hayon.Broker) {
	t.Helper()
	for range 2 {
		if err := b.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
}

// labelled are the stacks of the goroutines with a label, but the caller's own.
func labelled(t *testing.T, name string) string {
	t.Helper()
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		t.Fatal(err)
	}
	var left []string
	for stack := range strings.SplitSeq(all.String(), "\n\n") {
		if strings.Contains(stack, `"leak":"`+name+`"`) {
			left = append(left, stack)
		}
	}
	return strings.Join(left, "\n\n")
}
