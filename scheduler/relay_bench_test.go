package scheduler_test

import (
	"context"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue/local"
)

// BenchmarkRelay is how fast a full outbox is handed to the broker of this process, with all commits.
func BenchmarkRelay(b *testing.B) {
	broker, err := local.New(local.Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = broker.Close() }()
	benchmarkRelay(b, broker)
}

func benchmarkRelay(b *testing.B, broker hayon.Broker) {
	b.Helper()
	const rows = 20_000
	if err := broker.Declare(b.Context(), hayon.NewTopology([]string{"platform"})); err != nil {
		b.Fatal(err)
	}
	s, db := inProcess(b)
	var took time.Duration
	for b.Loop() {
		b.StopTimer()
		fillOutbox(b, db, rows)
		b.StartTimer()
		start := time.Now()
		for left := rows; left > 0; {
			n, err := s.Relay(b.Context(), broker)
			if err != nil {
				b.Fatal(err)
			}
			left -= n
		}
		took += time.Since(start)
	}
	b.ReportMetric(float64(rows*b.N)/took.Seconds(), "rows/s")
}

// fillOutbox writes hints for targets that are not there.
func fillOutbox(tb testing.TB, db hayon.Store, rows int) {
	tb.Helper()
	for rows > 0 {
		n := min(rows, 1000)
		err := db.Update(tb.Context(), func(ctx context.Context, tx hayon.Tx) error {
			for range n {
				now := time.Now()
				t := &hayon.Target{ID: hayon.NewTargetID(now), Platform: "platform", Generation: 1}
				if err := tx.AppendOutbox(ctx, hayon.HintFor(t, now)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
		rows -= n
	}
}
