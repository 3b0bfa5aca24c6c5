package hayon

import "time"

// EventKind is what happened, as a subscriber sees it.
type EventKind string

// The kinds of events.
const (
	EventCreated   EventKind = "post.created"
	EventState     EventKind = "target.state"
	EventPublished EventKind = "target.published"
	EventFailed    EventKind = "target.failed"
	EventMissed    EventKind = "target.missed"
	EventUncertain EventKind = "target.uncertain"
	EventParked    EventKind = "target.parked"
	EventStep      EventKind = "attempt.step"
	EventAccount   EventKind = "account.changed"
)

// Event is the view of one journal row that the event stream shows. Events are ordered by Seq and
// a reader that knows the last Seq it saw misses none.
type Event struct {
	Seq     uint64       `json:"seq"`
	At      time.Time    `json:"at"`
	Kind    EventKind    `json:"kind"`
	Post    PostID       `json:"post,omitzero"`
	Target  TargetID     `json:"target,omitzero"`
	Account AccountID    `json:"account,omitzero"`
	From    State        `json:"from,omitempty"`
	To      State        `json:"to,omitempty"`
	Step    RowKind      `json:"step,omitempty"`
	Attempt int          `json:"attempt,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	URL     string       `json:"url,omitempty"`
	Error   *TargetError `json:"error,omitempty"`
}

// EventOf is the event of a journal row. out is the decoded body of an outcome row, nil otherwise.
func EventOf(r *JournalRow, out *Outcome) Event {
	e := Event{
		Seq: r.Seq, At: r.At, Kind: eventKind(r), Post: r.Post, Target: r.Target, Account: r.Account,
		From: r.From, To: r.To, Attempt: r.Attempt, Reason: r.Reason,
	}
	if e.Kind == EventStep || r.Kind == RowOutcome {
		e.Step = r.Kind
	}
	if out != nil {
		e.URL, e.Error = out.Remote.URL, out.Error
	}
	return e
}

func eventKind(r *JournalRow) EventKind {
	switch r.Kind {
	case RowCreated:
		return EventCreated
	case RowAccount:
		return EventAccount
	case RowClaimed, RowPrepared, RowSending, RowEvidence:
		return EventStep
	case RowOutcome, RowState:
	}
	switch r.To {
	case StatePublished:
		return EventPublished
	case StateFailed:
		return EventFailed
	case StateMissed:
		return EventMissed
	case StateUncertain:
		return EventUncertain
	case StateParked:
		return EventParked
	case StateDraft, StateScheduled, StateQueued, StatePublishing, StateRetryWait, StateCancelled:
		return EventState
	}
	return EventStep
}
