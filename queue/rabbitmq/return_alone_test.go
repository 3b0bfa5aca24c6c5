package rabbitmq_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

// TestEverythingComesBack: where no queue takes anything, the confirmation of each message follows its
// return at once, and is never taken for a word of its own.
func TestEverythingComesBack(t *testing.T) {
	t.Parallel()
	b := open(t, config(t, servers.RabbitMQ(t).VHost(t)))
	declare(t, b)
	const total = 10_000
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	confirmed := 0
	var flights []hayon.Confirmation
	for n := range total {
		m := message(strconv.Itoa(n))
		m.RoutingKey = "nobody.listens"
		c, err := b.Publish(ctx, m)
		if err != nil {
			t.Fatalf("Publish %d: %v", n, err)
		}
		if flights = append(flights, c); len(flights) < window && n < total-1 {
			continue
		}
		for _, c := range flights {
			if err := c.Wait(ctx); err == nil {
				confirmed++
			} else {
				wantCode(t, err, hayon.CodeNotFound)
			}
		}
		flights = flights[:0]
	}
	if confirmed > 0 {
		t.Errorf("%d of %d messages that no queue takes were confirmed", confirmed, total)
	}
	if s := b.State(); s.Returned != total || s.Published != total {
		t.Errorf("counters: %+v", s)
	}
}
