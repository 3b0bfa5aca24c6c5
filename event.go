package hayon

import (
	"encoding/json"
	"time"
)

// EventKind is what happened, as a subscriber sees it.
type EventKind string

// The kinds of events.
const (
	EventCreated EventKind = "post.created"
	// EventRevised: a user has edited, rescheduled, cancelled or deleted a post, or taken that back.
	EventRevised   EventKind = "post.revised"
	EventState     EventKind = "target.state"
	EventPublished EventKind = "target.published"
	EventFailed    EventKind = "target.failed"
	EventMissed    EventKind = "target.missed"
	EventUncertain EventKind = "target.uncertain"
	EventParked    EventKind = "target.parked"
	EventStep      EventKind = "attempt.step"
	// EventAccount: an account was connected or removed.
	EventAccount EventKind = "account.changed"
	// EventReconnect: the platform refuses the credentials of an account; its targets wait.
	EventReconnect EventKind = "account.needs_reconnect"
	// EventExpiring: the credentials of an account are about to end.
	EventExpiring EventKind = "account.expiring"
	// EventServiceChanged: publishing was paused, resumed, or held because of the clock.
	EventServiceChanged EventKind = "service.changed"
	// EventLetter: the broker or its consumer has put a message aside, or somebody dealt with one.
	EventLetter EventKind = "broker.letter"
)

// EventKinds are all kinds of events.
func EventKinds() []EventKind {
	return []EventKind{
		EventCreated, EventRevised, EventState, EventPublished, EventFailed, EventMissed, EventUncertain, EventParked,
		EventStep, EventAccount, EventReconnect, EventExpiring, EventServiceChanged, EventLetter,
	}
}

// NoticeKinds are the events that somebody wants to hear of who looks at nothing.
func NoticeKinds() []EventKind {
	return []EventKind{
		EventPublished, EventFailed, EventMissed, EventUncertain, EventParked, EventReconnect, EventExpiring,
	}
}

// Event is the view of one journal row that the event stream shows. Events are ordered by Seq and
// a reader that knows the last Seq it saw misses none.
type Event struct {
	Seq     uint64    `json:"seq"`
	At      time.Time `json:"at"`
	Kind    EventKind `json:"kind"`
	Post    PostID    `json:"post,omitzero"`
	Target  TargetID  `json:"target,omitzero"`
	Account AccountID `json:"account,omitzero"`
	From    State     `json:"from,omitempty"`
	To      State     `json:"to,omitempty"`
	Step    RowKind   `json:"step,omitempty"`
	Attempt int       `json:"attempt,omitempty"`
	// Platform is the target's; Part counts from 0.
	Platform string `json:"platform,omitempty"`
	Part     int    `json:"part,omitempty"`
	// Late is how long after its due time the call was about to leave; of the step "sending".
	Late time.Duration `json:"late,omitempty"`
	// Asks: the user is asked whether the missed target goes out all the same.
	Asks      bool         `json:"asks,omitempty"`
	RequestID string       `json:"request_id,omitempty"`
	Reason    string       `json:"reason,omitempty"`
	URL       string       `json:"url,omitempty"`
	Error     *TargetError `json:"error,omitempty"`
	// Letter is what was done with the letter of a message, of the kind broker.letter.
	Letter *LetterChange `json:"letter,omitempty"`
	// Change is what a user did to the post, of the kind post.revised.
	Change ChangeKind `json:"change,omitempty"`
}

// EventOf is the event of a journal row. out is the decoded body of an outcome row, nil otherwise.
func EventOf(r *JournalRow, out *Outcome) Event {
	e := Event{
		Seq: r.Seq, At: r.At, Kind: eventKind(r), Post: r.Post, Target: r.Target, Account: r.Account,
		From: r.From, To: r.To, Attempt: r.Attempt, Reason: r.Reason,
		Platform: r.Platform, Part: r.Part, Late: r.Late, Asks: r.Asks, RequestID: r.RequestID,
	}
	if e.Kind == EventStep || r.Kind == RowOutcome {
		e.Step = r.Kind
	}
	if out != nil {
		e.URL, e.Error = out.Remote.URL, out.Error
	}
	return e
}

// EventFrom is [EventOf] with the body of r read. Where that cannot be read the error is internal, and
// the event has everything else.
func EventFrom(r *JournalRow) (Event, error) {
	var out *Outcome
	var letter *LetterChange
	var change struct{ Kind ChangeKind }
	var err error
	switch r.Kind {
	case RowOutcome, RowEvidence:
		err = json.Unmarshal(r.Body, &out)
	case RowLetter:
		err = json.Unmarshal(r.Body, &letter)
	case RowRevised:
		err = json.Unmarshal(r.Body, &change)
	case RowCreated, RowClaimed, RowPrepared, RowSending, RowProgress, RowState, RowChanged, RowAccount, RowService:
	}
	if err != nil {
		return EventOf(r, nil), Errorf(CodeInternal, "journal row %d cannot be read: %w", r.Seq, err)
	}
	e := EventOf(r, out)
	e.Letter, e.Change = letter, change.Kind
	return e, nil
}

func eventKind(r *JournalRow) EventKind {
	switch r.Kind {
	case RowCreated:
		return EventCreated
	case RowRevised:
		return EventRevised
	case RowAccount:
		return accountEvent(r)
	case RowService:
		return EventServiceChanged
	case RowLetter:
		return EventLetter
	case RowClaimed, RowPrepared, RowSending, RowEvidence, RowProgress:
		return EventStep
	case RowChanged:
		return EventState
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

// accountEvent tells a warning and a refusal from the rest. A body that cannot be read is the rest.
func accountEvent(r *JournalRow) EventKind {
	var c AccountChange
	if err := json.Unmarshal(r.Body, &c); err != nil {
		return EventAccount
	}
	switch {
	case !c.Expires.IsZero():
		return EventExpiring
	case c.Status == AccountNeedsReconnect:
		return EventReconnect
	}
	return EventAccount
}
