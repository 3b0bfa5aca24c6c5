package scheduler

import (
	"context"
	"encoding/json"
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
)

// FindEvents answers the actor's events after a sequence number, and waits for one where asked.
func (s *Scheduler) FindEvents(ctx context.Context, f hayon.EventFilter) ([]hayon.Event, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if f.Limit <= 0 || f.Limit > maxEvents {
		f.Limit = maxEvents
	}
	end := time.NewTimer(min(f.Wait, maxWait))
	defer end.Stop()
	for {
		changed := s.changed()
		events, err := s.events(ctx, actor, f)
		if err != nil || len(events) > 0 || f.Wait <= 0 {
			return events, err
		}
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

// changed is closed at the next commit of this process; nil where the store does not tell.
func (s *Scheduler) changed() <-chan struct{} {
	if c, ok := s.deps.Store.(hayon.Changes); ok {
		return c.Changed()
	}
	return nil
}

func (s *Scheduler) events(ctx context.Context, actor hayon.Actor, f hayon.EventFilter) ([]hayon.Event, error) {
	var events []hayon.Event
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		rows, err := tx.FindJournal(ctx, hayon.JournalFilter{After: f.After, Post: f.Post, User: actor.User, Limit: f.Limit})
		if err != nil {
			return err
		}
		events = make([]hayon.Event, 0, len(rows))
		for _, r := range rows {
			var out *hayon.Outcome
			if r.Kind == hayon.RowOutcome || r.Kind == hayon.RowEvidence {
				out = new(hayon.Outcome)
				if err := json.Unmarshal(r.Body, out); err != nil {
					return hayon.Errorf(hayon.CodeInternal, "journal row %d cannot be read: %w", r.Seq, err)
				}
			}
			events = append(events, hayon.EventOf(r, out))
		}
		return nil
	})
	return events, err
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
