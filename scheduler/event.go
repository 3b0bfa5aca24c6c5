package scheduler

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

const (
	// pollEvery is how often the journal is read while somebody waits and no one in this process
	// tells of commits.
	pollEvery = 500 * time.Millisecond
	// maxWait bounds a wait for events.
	maxWait   = 30 * time.Second
	maxEvents = 1000
	// eventBatch is how many journal rows one transaction reads for a subscriber.
	eventBatch = 256
)

// FindEvents answers the actor's events after a sequence number, and waits for one where asked.
func (s *Scheduler) FindEvents(ctx context.Context, f hayon.EventFilter) ([]hayon.Event, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkKinds(f.Kinds); err != nil {
		return nil, err
	}
	if f.Limit <= 0 || f.Limit > maxEvents {
		f.Limit = maxEvents
	}
	end := time.NewTimer(min(f.Wait, maxWait))
	defer end.Stop()
	for {
		changed := s.changed()
		events, last, err := s.page(ctx, actor, f)
		if err != nil || len(events) > 0 || f.Wait <= 0 {
			return events, err
		}
		f.After = last // what was left out now is left out later
		poll := time.NewTimer(pollEvery)
		select {
		case <-changed:
		case <-poll.C:
		case <-end.C:
			f.Wait = 0 // one last look
		case <-ctx.Done():
			poll.Stop()
			return nil, context.Cause(ctx)
		}
		poll.Stop()
	}
}

// Events yields the actor's events as they happen. Between two looks at the journal it holds nothing:
// a reader that is slow reads later.
func (s *Scheduler) Events(ctx context.Context, f hayon.EventFilter) iter.Seq2[hayon.Event, error] {
	return func(yield func(hayon.Event, error) bool) {
		actor, err := hayon.ActorFrom(ctx)
		if err == nil {
			err = checkKinds(f.Kinds)
		}
		if err != nil {
			yield(hayon.Event{}, err)
			return
		}
		f.Limit = eventBatch
		for ctx.Err() == nil {
			changed := s.changed()
			events, last, err := s.page(ctx, actor, f)
			if err != nil {
				if ctx.Err() == nil {
					yield(hayon.Event{}, err)
				}
				return
			}
			for _, e := range events {
				if ctx.Err() != nil || !yield(e, nil) {
					return
				}
			}
			f.After = last
			if len(events) < f.Limit { // the journal ended
				sleep(ctx, pollEvery, changed)
			}
		}
	}
}

// checkKinds refuses kinds that no event has: a filter by one would wait for ever.
func checkKinds(kinds []hayon.EventKind) error {
	for _, k := range kinds {
		if !slices.Contains(hayon.EventKinds(), k) {
			return hayon.Errorf(hayon.CodeUsage, "there are no events of the kind %q", string(k)).
				WithHint("the kinds are: " + listKinds(hayon.EventKinds()))
		}
	}
	return nil
}

func listKinds(kinds []hayon.EventKind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// changed is closed at the next commit of this process; nil where the store does not tell.
func (s *Scheduler) changed() <-chan struct{} {
	if c, ok := s.deps.Store.(hayon.Changes); ok {
		return c.Changed()
	}
	return nil
}

// page answers up to f.Limit events after f.After and the last row that was looked at. Fewer than the
// limit means that the journal ended there: it goes on over rows that f leaves out.
func (s *Scheduler) page(ctx context.Context, actor hayon.Actor, f hayon.EventFilter) (events []hayon.Event, last uint64, err error) {
	events, last = []hayon.Event{}, f.After
	batch := eventBatch
	if len(f.Kinds) == 0 {
		batch = min(f.Limit, eventBatch) // every row is one
	}
	for {
		rows, err := s.rows(ctx, hayon.JournalFilter{After: last, Post: f.Post, User: actor.User, Limit: batch})
		if err != nil {
			return nil, 0, err
		}
		for _, r := range rows {
			e, err := hayon.EventFrom(r)
			if err != nil {
				return nil, 0, err
			}
			last = r.Seq
			if len(f.Kinds) > 0 && !slices.Contains(f.Kinds, e.Kind) {
				continue
			}
			if events = append(events, e); len(events) == f.Limit {
				return events, last, nil
			}
		}
		if len(rows) < batch {
			return events, last, nil
		}
	}
}

func (s *Scheduler) rows(ctx context.Context, f hayon.JournalFilter) ([]*hayon.JournalRow, error) {
	var rows []*hayon.JournalRow
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		rows, err = tx.FindJournal(ctx, f)
		return err
	})
	return rows, err
}

// LastSeq is the sequence number of the newest event.
func (s *Scheduler) LastSeq(ctx context.Context) (uint64, error) {
	if _, err := hayon.ActorFrom(ctx); err != nil {
		return 0, err
	}
	var seq uint64
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		seq, err = tx.LastJournalSeq(ctx)
		return err
	})
	return seq, err
}
