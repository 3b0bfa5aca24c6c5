package scheduler_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
)

// byHand is a message that somebody made without us, with whatever is in it.
func byHand(body string, headers map[string]any) hayon.Message {
	return hayon.Message{Exchange: hayon.DLXExchange, RoutingKey: hayon.DeadKey, Headers: headers, Body: []byte(body)}
}

// shown is a broker in whose dead letters there are these messages, which no publisher of ours could make.
type shown struct {
	hayon.Broker
	messages []hayon.Message
}

func (b shown) Depth(ctx context.Context, queue string) (hayon.QueueDepth, error) {
	if queue == hayon.DeadLettersQueue {
		return hayon.QueueDepth{Ready: len(b.messages)}, nil
	}
	return b.Broker.Depth(ctx, queue)
}

func (b shown) Browse(ctx context.Context, queue string, limit int, look func(hayon.Message) (bool, error)) error {
	if queue != hayon.DeadLettersQueue {
		return b.Broker.Browse(ctx, queue, limit, look)
	}
	for _, m := range b.messages {
		if _, err := look(m); err != nil {
			return err
		}
	}
	return nil
}

// What somebody puts into the dead letters costs the database little, however much there is in it.
func TestLettersOfHugeMessagesAreSmall(t *testing.T) {
	t.Parallel()
	const huge, most = 1 << 20, 16 << 10
	long := strings.Repeat("é\x1b\xff", huge/4)
	deaths := make([]any, 5000)
	for i := range deaths {
		deaths[i] = map[string]any{
			"queue": "q", "reason": strings.Repeat("r", 100), "exchange": "e", "count": int64(1),
			"routing-keys": []any{strings.Repeat("k", 100), "other"},
		}
	}
	for name, m := range map[string]hayon.Message{
		"a target that is none":    byHand(`{"v":1,"target":"`+strings.Repeat("x", huge)+`"}`, nil),
		"a body":                   byHand(long, nil),
		"a reason":                 byHand("{}", map[string]any{hayon.HeaderCause: string(hayon.CauseUnroutable), hayon.HeaderReason: long}),
		"a history":                byHand("{}", map[string]any{hayon.HeaderDeath: deaths}),
		"names in a history":       byHand("{}", map[string]any{hayon.HeaderDeath: []any{map[string]any{"queue": long, "reason": long, "exchange": long, "routing-keys": []any{long, long}}}}),
		"many keys in a history":   byHand("{}", map[string]any{hayon.HeaderDeath: []any{map[string]any{"queue": "q", "routing-keys": anys(20_000, "key")}}}),
		"given back, by its story": byHand("{}", map[string]any{hayon.HeaderDeath: []any{map[string]any{"queue": long, "reason": "delivery_limit"}}}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDaemon(t, func(b hayon.Broker) hayon.Broker { return shown{b, []hayon.Message{m}} })
				stop := d.run()
				defer stop()
				pass(time.Minute)
				letters, err := d.scheduler.FindLetters(d.ctx, hayon.LetterFilter{})
				if err != nil || len(letters) != 1 {
					t.Fatalf("%d letters, %v, want one", len(letters), err)
				}
				l := letters[0]
				if n := len(hayon.Encode(l)); n > most {
					t.Errorf("the letter has %d bytes, want at most %d", n, most)
				}
				if l.Message.Bytes != len(m.Body) || l.Message.Digest != m.Digest() {
					t.Errorf("it is of %d bytes, digest %s, want %d, %s", l.Message.Bytes, l.Message.Digest, len(m.Body), m.Digest())
				}
				err = d.db.View(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
					rows, err := tx.FindJournal(ctx, hayon.JournalFilter{})
					for _, r := range rows {
						if n := len(hayon.Encode(r)); n > most {
							t.Errorf("a journal row has %d bytes, want at most %d", n, most)
						}
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func anys(n int, s string) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = s
	}
	return out
}
