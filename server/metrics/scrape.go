package metrics

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// metrics answers all figures.
func (m *Metrics) metrics(w http.ResponseWriter, r *http.Request) {
	var p page
	m.writeAnswers(r.Context(), &p)
	m.writeCounts(&p)
	m.writeProcess(&p)
	w.Header().Set("Content-Type", ContentType)
	_, _ = w.Write(p.b) // who is gone needs no answer
}

// writeAnswers adds what the service says.
func (m *Metrics) writeAnswers(ctx context.Context, p *page) {
	ctx, cancel := context.WithTimeout(hayon.WithActor(ctx, m.cfg.Actor), patience)
	defer cancel()
	st, err := m.status.get(ctx)
	p.single("hayon_up", gauge, "Whether the service says how it is doing.", truth(err == nil))
	if err != nil {
		m.log.WarnContext(ctx, "the metrics lack what the service did not say", slog.Any("err", err))
		return
	}
	writeStatus(p, st)
	if st.Broker != nil {
		writeBroker(p, st.Broker)
	}
	b, err := m.broker.get(ctx)
	if err != nil {
		m.log.WarnContext(ctx, "the metrics lack the queues and the letters", slog.Any("err", err))
		return
	}
	writeQueues(p, b.Queues)
	writeLetters(p, b, time.Now())
}

func truth(v bool) float64 {
	if v {
		return 1
	}
	return 0
}

// writeStatus adds the gauges.
func writeStatus(p *page, st *hayon.Status) {
	p.family("hayon_targets", gauge, "Targets in a state that is not the end of them.")
	for _, row := range []struct {
		state hayon.State
		n     int
	}{
		{hayon.StateScheduled, st.Scheduled},
		{hayon.StateQueued, st.Queued},
		{hayon.StatePublishing, st.Publishing},
		{hayon.StateRetryWait, st.RetryWait},
		{hayon.StateUncertain, st.Uncertain},
		{hayon.StateParked, st.Parked},
		{hayon.StateMissed, st.Missed},
		{hayon.StateFailed, st.Failed},
	} {
		p.sample("hayon_targets", float64(row.n), "state", string(row.state))
	}
	p.single("hayon_overdue", gauge, "Targets that should have gone out more than ten seconds ago.", float64(st.Overdue))
	p.single("hayon_parked", gauge, "Targets whose retries are used up.", float64(st.Parked))
	p.family("hayon_uncertain", gauge, "Targets whose outcome is unknown, by who is to find out: their user, or a look at the platform.")
	p.sample("hayon_uncertain", float64(st.Held), "waits_for", "user")
	p.sample("hayon_uncertain", float64(st.Uncertain-st.Held), "waits_for", "platform")
	p.single("hayon_asking", gauge, "Missed targets whose user is asked whether they go out all the same.", float64(st.Asking))
	p.single("hayon_outbox_messages", gauge, "Hints that the broker has not confirmed.", float64(st.Outbox))
	p.single("hayon_outbox_age_seconds", gauge, "How long the oldest of them waits.", st.OutboxAge.Seconds())
	p.single("hayon_paused", gauge, "Whether a person has paused publishing.", truth(st.Paused != nil))
	p.single("hayon_clock_held", gauge, "Whether nothing is published because the clock jumped.", truth(!st.ClockHeld.IsZero()))
	p.single("hayon_accounts_blocked", gauge, "Accounts of which nothing goes out now.", float64(len(st.Blocked)))
}

// writeCounts adds what was counted.
func (m *Metrics) writeCounts(p *page) {
	m.lateness.write(p, "hayon_lateness_seconds", "From the due time of a target to its first irreversible call.")
	m.commits.write(p, "hayon_store_commit_seconds", "How long commits of the store took.")
	m.mu.Lock()
	defer m.mu.Unlock()
	p.single("hayon_store_updates_total", counter, "Changes that these commits carried.", float64(m.updates))
	writeSeries(p, "hayon_attempts_total", "Attempts by what they came to.", m.attempts)
	writeSeries(p, "hayon_lookups_total", "Look-ups of uncertain targets by what they came to.", m.lookups)
	p.family("hayon_retries_total", counter, "Targets that were to be tried again.")
	for _, platform := range sorted(m.retries) {
		p.sample("hayon_retries_total", float64(m.retries[platform]), "platform", platform)
	}
}

func writeSeries(p *page, name, help string, counts map[series]uint64) {
	p.family(name, counter, help)
	keys := make([]series, 0, len(counts))
	for s := range counts {
		keys = append(keys, s)
	}
	slices.SortFunc(keys, func(a, b series) int {
		return cmp.Or(cmp.Compare(a.platform, b.platform), cmp.Compare(a.outcome, b.outcome))
	})
	for _, s := range keys {
		p.sample(name, float64(counts[s]), "platform", s.platform, "outcome", s.outcome)
	}
}

func sorted(m map[string]uint64) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// writeProcess adds what the process says of itself.
func (m *Metrics) writeProcess(p *page) {
	if m.cfg.Streams != nil {
		p.single("hayon_events_streams", gauge, "Event streams that are open.", float64(m.cfg.Streams()))
	}
	p.family("hayon_build_info", gauge, "Always 1; the labels say what runs.")
	p.sample("hayon_build_info", 1, "version", m.cfg.Version, "goversion", runtime.Version())
	p.single("process_start_time_seconds", gauge, "When the process started, in seconds since 1970.", float64(m.started.UnixMilli())/1000)
	if rss, ok := residentBytes(); ok {
		p.single("process_resident_memory_bytes", gauge, "Resident memory.", float64(rss))
	}
	p.single("go_goroutines", gauge, "Goroutines.", float64(runtime.NumGoroutine()))
}
