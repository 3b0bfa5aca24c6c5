package rabbitmq_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

// TestEachMessageHasItsOwnVerdict: the server returns what no queue takes before it confirms it, and no
// return is taken for that of another message, also where all have the same id.
func TestEachMessageHasItsOwnVerdict(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"own ids", "one id"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := open(t, config(t, servers.RabbitMQ(t).VHost(t)))
			declare(t, b)
			const total = 10_000
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			type flight struct {
				n int
				hayon.Confirmation
			}
			flights := make(chan flight, window)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for f := range flights {
					want := hayon.Code("")
					if f.n%2 == 1 {
						want = hayon.CodeNotFound
					}
					wantCode(t, f.Wait(ctx), want)
				}
			}()
			for n := range total {
				m := message("same")
				if name == "own ids" {
					m = message(strconv.Itoa(n))
				}
				if n%2 == 1 {
					m.RoutingKey = "nobody.listens"
				}
				c, err := b.Publish(ctx, m)
				if err != nil {
					t.Fatalf("Publish %d: %v", n, err)
				}
				flights <- flight{n, c}
			}
			close(flights)
			<-done
			s := b.State()
			if s.Confirmed != total/2 || s.Returned != total/2 || s.Published != total || s.Unknown+s.Refused != 0 {
				t.Errorf("counters: %+v", s)
			}
			if d, err := b.Depth(ctx, work); err != nil || d.Ready != total/2 {
				t.Errorf("depth: got %+v, %v, want %d", d, err, total/2)
			}
		})
	}
}

// TestOptionalMessageIsNoError: nobody asks for its return.
func TestOptionalMessageIsNoError(t *testing.T) {
	t.Parallel()
	b := open(t, config(t, servers.RabbitMQ(t).VHost(t)))
	declare(t, b)
	m := message("optional")
	m.RoutingKey, m.Optional = "nobody.listens", true
	if err := send(t, b, m); err != nil {
		t.Errorf("publish: %v", err)
	}
}

// TestMissingExchangeInTheMiddle: the message that ends the channel knows it, and no other one is told
// anything that is not so.
func TestMissingExchangeInTheMiddle(t *testing.T) {
	t.Parallel()
	b := open(t, config(t, servers.RabbitMQ(t).VHost(t)))
	declare(t, b)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	const rounds, each = 5, 40
	confirmed, unknown := 0, 0
	for range rounds {
		var flights []hayon.Confirmation
		for n := range each {
			m := message(strconv.Itoa(n))
			if n == each/2 {
				m.Exchange = "nowhere"
			}
			c, err := b.Publish(ctx, m)
			if err != nil {
				t.Fatalf("Publish %d: %v", n, err)
			}
			flights = append(flights, c)
		}
		for n, c := range flights {
			err := c.Wait(ctx)
			switch {
			case n == each/2:
				wantCode(t, err, hayon.CodeNotFound)
			case err == nil:
				confirmed++
			default:
				wantCode(t, err, hayon.CodeUnavailable)
				unknown++
			}
		}
	}
	s := b.State()
	if s.Returned != rounds || int(s.Confirmed) != confirmed || int(s.Unknown) != unknown || s.Reconnects != 0 {
		t.Errorf("counters: %+v, want %d confirmed, %d unknown", s, confirmed, unknown)
	}
	if d, err := b.Depth(ctx, work); err != nil || d.Ready < confirmed || d.Ready > confirmed+unknown {
		t.Errorf("depth: got %+v, %v, want %d to %d", d, err, confirmed, confirmed+unknown)
	}
}
