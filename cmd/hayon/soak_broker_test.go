package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// longestAway is how long the broker stays away after it was ended.
const longestAway = 3 * time.Second

// shoot ends RabbitMQ at moments spread over the span, by SIGKILL and by SIGTERM in turns, and starts it
// again after a while.
func (s *soak) shoot(t *testing.T, rng *rand.Rand) {
	t.Helper()
	slot := s.size.span * 9 / 10 / time.Duration(s.size.brokerKills)
	for i := range s.size.brokerKills {
		if !s.until(t.Context(), s.size.span/20+time.Duration(i)*slot+upTo(rng, slot)) {
			return
		}
		how, end := "killed", s.rabbit.KillNow
		if i%2 == 1 {
			how, end = "stopped", s.rabbit.StopNow
		}
		away := upTo(rng, longestAway)
		fmt.Fprintf(t.Output(), "RabbitMQ is %s after %.1f s, for %.1f s\n", how, time.Since(s.start).Seconds(), away.Seconds())
		end()
		s.shots++
		sleep(t.Context(), away)
		if err := s.rabbit.StartContext(t.Context()); err != nil {
			t.Errorf("RabbitMQ does not start again: %v", err)
			return
		}
	}
}

// calmRounds are how many posts to all accounts without faults follow when all is over.
const calmRounds = 25

// countersAgree publishes to the accounts where nothing goes wrong once more, with nobody else there, and
// compares what the daemon counted meanwhile with the journal. It answers those posts.
func (s *soak) countersAgree(t *testing.T, d *chaosDaemon, seed uint64) []*soakPost {
	t.Helper()
	if s.rabbit == nil {
		return nil
	}
	c := s.client(t)
	defer func() { _ = c.Close() }()
	ctx := soakActor(t.Context())
	before, err := c.BrokerStatus(ctx)
	if err != nil {
		t.Fatal(err)
	}
	seq, err := c.LastSeq(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var calm []string
	for _, l := range s.lanes {
		if l.calm {
			calm = append(calm, l.name)
		}
	}
	var posts []*soakPost
	for i := range calmRounds {
		p := &soakPost{key: fmt.Sprintf("calm-%d-%d", seed, i), started: true, create: hayon.PostCreate{
			Text: fmt.Sprintf("calm post %d of %d", i, seed), To: calm,
		}}
		p.create.IdempotencyKey = p.key
		posts = append(posts, p)
		s.create(t, c, p)
	}
	s.awaitRest(t, d)
	after := s.settledBroker(ctx, t)
	claims, published := 0, 0
	for e, err := range events(ctx, c, seq) {
		if err != nil {
			t.Fatal(err)
		}
		claims += oneIf(e.Step == hayon.RowClaimed)
		published += oneIf(e.Kind == hayon.EventPublished)
	}
	a, b := after.Broker, before.Broker
	sent, confirmed := a.Published-b.Published, a.Confirmed-b.Confirmed
	delivered, acked := a.Delivered-b.Delivered, a.Acked-b.Acked
	s.agreed = fmt.Sprintf("%d targets: %d messages published, %d confirmed, %d delivered, %d acked; journal: %d claims, %d published",
		calmRounds*len(calm), sent, confirmed, delivered, acked, claims, published)
	want := calmRounds * len(calm)
	if sent != confirmed || delivered != acked || published != want || claims != want || delivered < uint64(claims) || sent < uint64(claims) {
		t.Errorf("the counters do not agree: %s", s.agreed)
	}
	if after.Outbox != 0 {
		t.Errorf("%d hints are left in the outbox", after.Outbox)
	}
	return posts
}

// settledBroker is the broker's status once nothing is under way.
func (s *soak) settledBroker(ctx context.Context, t *testing.T) *hayon.BrokerStatus {
	t.Helper()
	c := s.client(t)
	defer func() { _ = c.Close() }()
	for range 100 {
		st, err := c.BrokerStatus(ctx)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(st.Queues, func(q hayon.QueueStatus) bool { return q.Name == hayon.SocialPostsQueue })
		if i >= 0 && st.Queues[i].Ready+st.Queues[i].Unacked+st.Broker.Unconfirmed == 0 {
			return st
		}
		if !sleep(ctx, 100*time.Millisecond) {
			break
		}
	}
	t.Fatal("messages stay in the queue")
	return nil
}

// events are those after seq that there are now.
func events(ctx context.Context, c hayon.EventService, seq uint64) func(yield func(hayon.Event, error) bool) {
	return func(yield func(hayon.Event, error) bool) {
		for {
			list, err := c.FindEvents(ctx, hayon.EventFilter{After: seq})
			if err != nil {
				yield(hayon.Event{}, err)
				return
			}
			if len(list) == 0 {
				return
			}
			for _, e := range list {
				if !yield(e, nil) {
					return
				}
			}
			seq = list[len(list)-1].Seq
		}
	}
}
