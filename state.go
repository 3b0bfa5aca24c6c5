package hayon

import "slices"

// State is where a [Target] stands.
type State string

// The states of a target. docs/states.md draws them.
const (
	// StateDraft: written, not to be sent.
	StateDraft State = "draft"
	// StateScheduled: to be sent at its due time.
	StateScheduled State = "scheduled"
	// StateQueued: due, waiting for a worker.
	StateQueued State = "queued"
	// StatePublishing: a worker holds it by a lease.
	StatePublishing State = "publishing"
	// StateRetryWait: an attempt ended without success, another follows by itself.
	StateRetryWait State = "retry_wait"
	// StatePublished: out, with the platform's id.
	StatePublished State = "published"
	// StateUncertain: sent, no answer proved the outcome. Never sent again blindly.
	StateUncertain State = "uncertain"
	// StateFailed: refused for good.
	StateFailed State = "failed"
	// StateParked: all retries are used up.
	StateParked State = "parked"
	// StateMissed: found too late to be sent without asking.
	StateMissed State = "missed"
	// StateCancelled: taken back by the user.
	StateCancelled State = "cancelled"
)

// States are all states of a target, in the order of a usual life.
func States() []State {
	return []State{
		StateDraft, StateScheduled, StateQueued, StatePublishing, StateRetryWait, StatePublished,
		StateUncertain, StateFailed, StateParked, StateMissed, StateCancelled,
	}
}

// transitions is the one table: from a state to those that may follow. The empty state stands for
// a target that does not exist yet.
var transitions = map[State][]State{
	"":              {StateDraft, StateScheduled, StateQueued, StatePublishing, StateFailed},
	StateDraft:      {StateScheduled, StateQueued, StatePublishing, StateCancelled},
	StateScheduled:  {StateQueued, StateDraft, StateCancelled, StateMissed},
	StateQueued:     {StatePublishing, StateScheduled, StateDraft, StateCancelled, StateMissed},
	StatePublishing: {StatePublished, StateRetryWait, StateUncertain, StateFailed, StateParked, StateQueued},
	StateRetryWait:  {StatePublishing, StateScheduled, StateCancelled, StateMissed, StateFailed},
	StateUncertain:  {StatePublished, StateRetryWait, StateQueued, StateCancelled},
	StateFailed:     {StateQueued, StateScheduled, StateCancelled, StatePublished},
	StateParked:     {StateQueued, StateScheduled, StateCancelled, StatePublished},
	StateMissed:     {StateQueued, StateScheduled, StateCancelled, StatePublished},
	StateCancelled:  {StateDraft, StateScheduled, StateMissed, StateFailed, StateParked},
	StatePublished:  {},
}

// CanBecome reports whether a target may be stored with the state to after s. Staying in a state
// is no transition and always allowed. The empty state is that of a target not yet stored.
func (s State) CanBecome(to State) bool {
	if s == to && s != "" {
		return true
	}
	return slices.Contains(transitions[s], to)
}

// Valid reports whether s is one of [States].
func (s State) Valid() bool {
	_, ok := transitions[s]
	return ok && s != ""
}

// Terminal reports whether nothing happens to a target in s unless a user acts. An uncertain
// target is not terminal by its state alone: it may still be looked up on the platform.
func (s State) Terminal() bool {
	switch s {
	case StatePublished, StateFailed, StateParked, StateMissed, StateCancelled, StateDraft:
		return true
	case StateScheduled, StateQueued, StatePublishing, StateRetryWait, StateUncertain:
		return false
	}
	return false
}

// Working reports whether the target is due and not settled yet: queued, publishing or waiting
// for a retry.
func (s State) Working() bool {
	return s == StateQueued || s == StatePublishing || s == StateRetryWait
}

// PostState is where a [Post] stands. It is derived from the states of its targets and never stored.
type PostState string

// The states of a post.
const (
	PostDraft      PostState = "draft"
	PostScheduled  PostState = "scheduled"
	PostPublishing PostState = "publishing"
	PostPublished  PostState = "published"
	PostPartial    PostState = "partial"
	PostUncertain  PostState = "uncertain"
	PostFailed     PostState = "failed"
	PostCancelled  PostState = "cancelled"
	PostMissed     PostState = "missed"
)

// PostStates are all states of a post, in the order of a usual life.
func PostStates() []PostState {
	return []PostState{
		PostDraft, PostScheduled, PostPublishing, PostPublished, PostPartial, PostUncertain,
		PostFailed, PostMissed, PostCancelled,
	}
}

// DerivePostState is the state of a post with targets in these states: the first rule of the
// truth table that fits, cancelled targets left out unless all are. No targets give a draft.
func DerivePostState(states []State) PostState {
	n := make(map[State]int, len(states))
	for _, s := range states {
		n[s]++
	}
	total := len(states)
	if total > 0 && n[StateCancelled] == total {
		return PostCancelled
	}
	total -= n[StateCancelled]
	switch {
	case n[StateDraft] == total:
		return PostDraft
	case n[StateQueued]+n[StatePublishing]+n[StateRetryWait] > 0,
		n[StatePublished] > 0 && n[StateScheduled] > 0:
		return PostPublishing
	case n[StateUncertain] > 0:
		return PostUncertain
	case n[StateScheduled] > 0:
		return PostScheduled
	case n[StatePublished] == total:
		return PostPublished
	case n[StatePublished] > 0:
		return PostPartial
	case n[StateMissed] == total:
		return PostMissed
	default:
		return PostFailed
	}
}
