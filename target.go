package hayon

import (
	"slices"
	"time"
)

// Target is a post for one account. It has a text, media, a state and a history of its own.
//
// The JSON form is the one that stores keep; what users and programs see is made by the faces.
type Target struct {
	ID        TargetID  `json:"id"`
	Post      PostID    `json:"post"`
	Owner     UserID    `json:"owner"`
	Account   AccountID `json:"account"`
	Platform  string    `json:"platform"`
	CreatedAt time.Time `json:"created_at"`

	State State `json:"state"`
	// StateSince is when the target entered State.
	StateSince time.Time `json:"state_since"`
	// Generation counts what the user changed: text, due time, cancel, retry. A hint of an older
	// generation has no effect.
	Generation int `json:"generation"`
	// Due is when the target is to go out, in UTC: never sent before, perhaps a little later.
	Due time.Time `json:"due"`
	// Grace is how late the target may be and still go out by itself, and IfLate what happens later.
	// Both are fixed when the target is created.
	Grace  time.Duration `json:"grace"`
	IfLate LatePolicy    `json:"if_late,omitempty"`
	// Asks: the target is missed, and its user is to say whether it goes out all the same.
	Asks bool `json:"asks,omitempty"`
	// NotBefore holds back the next attempt, or the next look at an uncertain target; zero: at once.
	NotBefore time.Time `json:"not_before,omitzero"`

	// Attempts counts the tries that reached the platform's answer or lost it, in this generation.
	Attempts int `json:"attempts,omitempty"`
	// Crashes counts lost leases in this generation.
	Crashes int `json:"crashes,omitempty"`
	// Fence grows with every claim. A write with an older fence is refused.
	Fence int64 `json:"fence,omitempty"`
	// Lease is who works on the target, while it is publishing or an uncertain one is looked up.
	Lease *Lease `json:"lease,omitempty"`
	// Step is how far the running attempt has come, and StepPart on which part.
	Step     Step `json:"step,omitempty"`
	StepPart int  `json:"step_part,omitempty"`
	// SentAt is when the request of StepSending was about to leave, and Deadline the wall-clock time
	// after which it does not leave any more.
	SentAt   time.Time `json:"sent_at,omitzero"`
	Deadline time.Time `json:"deadline,omitzero"`
	// UnknownSince is when the outcome of that request became unknown: when its answer was lost, or
	// its Deadline where nobody was there to see. Look-ups are counted from it; Looks is how many
	// there were.
	UnknownSince time.Time `json:"unknown_since,omitzero"`
	Looks        int       `json:"looks,omitempty"`
	// WaitingSince is when the platform began to process what was uploaded, while it does. It bounds
	// how long the target keeps its lane for that.
	WaitingSince time.Time `json:"waiting_since,omitzero"`

	Parts []Part `json:"parts"`
	// Renew: Prepare must be asked again before the next attempt, although its answer is there.
	Renew bool `json:"renew,omitempty"`
	// Options are what only this platform knows, by the provider's option names.
	Options map[string]string `json:"options,omitempty"`
	// Notes say what of the request the platform has no word for and is left out, as sentences.
	Notes []string `json:"notes,omitempty"`
	// Unmade says what could not be made of the request when the target was created, such as a medium that
	// cannot be fitted, as sentences. A target with any is not sent, whatever is changed later.
	Unmade []string `json:"unmade,omitempty"`

	PublishedAt time.Time `json:"published_at,omitzero"`
	// RemovedAt is when a published target was deleted on the platform.
	RemovedAt time.Time `json:"removed_at,omitzero"`
	// Error is why the target is not out, for the states that have a reason.
	Error *TargetError `json:"error,omitempty"`
}

// LatePolicy says what happens to a target that is found after its grace window.
type LatePolicy string

// The late policies.
const (
	// LatePublish: it goes out, however late.
	LatePublish LatePolicy = "publish"
	// LateSkip: it is missed.
	LateSkip LatePolicy = "skip"
	// LateAsk: it is missed, and its user is asked. The default.
	LateAsk LatePolicy = "ask"
)

// LatePolicies are all late policies.
func LatePolicies() []LatePolicy { return []LatePolicy{LatePublish, LateSkip, LateAsk} }

// Valid reports whether p is one of [LatePolicies].
func (p LatePolicy) Valid() bool { return slices.Contains(LatePolicies(), p) }

// The grace window of a target.
const (
	DefaultGrace = time.Hour
	MaxGrace     = 7 * 24 * time.Hour
)

// Part is one message of a target: the only one, or one of a thread.
type Part struct {
	Text  string       `json:"text"`
	Media []Attachment `json:"media,omitempty"`
	Langs []string     `json:"langs,omitempty"`
	// Repost is what the part reposts, in the place of a text; its ID may be unknown before Prepare.
	Repost *Remote `json:"repost,omitempty"`
	// ReplyTo is what the first part answers, where it answers somebody's post or an earlier one; its ID
	// may be unknown before Prepare. Root is the first post of that conversation, as Prepare found it.
	ReplyTo *Remote `json:"reply_to,omitempty"`
	Root    Remote  `json:"root,omitzero"`
	// Quote is what the part quotes; its ID may be unknown before Prepare.
	Quote *Remote `json:"quote,omitempty"`
	Card  *Card   `json:"card,omitempty"`
	Poll  *Poll   `json:"poll,omitempty"`
	// Idem is what the platform will know the part by (record key, file name, idempotency key),
	// fixed when the target is created.
	Idem string `json:"idem,omitempty"`
	// Prepared is the journal row with the bytes that every attempt of this generation sends; 0
	// while there is none.
	Prepared uint64 `json:"prepared,omitempty"`
	// Remote is the part on the platform, empty while it is not out.
	Remote      Remote    `json:"remote,omitzero"`
	PublishedAt time.Time `json:"published_at,omitzero"`
}

// Remote names something on a platform.
type Remote struct {
	// ID is unique on the platform for the account.
	ID string `json:"id,omitempty"`
	// URL is where a person sees it.
	URL string `json:"url,omitempty"`
	// Digest is the platform's hash of the content (a CID), where it has one.
	Digest string `json:"digest,omitempty"`
}

// IsZero reports whether r names nothing.
func (r Remote) IsZero() bool { return r == Remote{} }

// TargetError is why a target is not out.
type TargetError struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	// RetryAt is when the next attempt follows by itself; zero where none does.
	RetryAt time.Time `json:"retry_at,omitzero"`
}

// Step is a step of an attempt.
type Step string

// The steps, in order. Each is a committed journal row; a crash between two of them is repaired by
// what the last one says.
const (
	// StepClaimed: a worker holds the lease. Nothing has been asked of the platform.
	StepClaimed Step = "claimed"
	// StepPrepared: uploads and containers are there, the bytes to send are in the journal.
	StepPrepared Step = "prepared"
	// StepSending: the irreversible call is about to leave, has left, or was answered.
	StepSending Step = "sending"
)

// Lease says who works on a target and until when. A lease that is over is taken by the next claim.
type Lease struct {
	Until time.Time `json:"until"`
	Owner Owner     `json:"owner"`
}

// Owner is a running process, told apart from every other process of every machine and boot.
type Owner struct {
	Host   string `json:"host"`
	BootID string `json:"boot_id"`
	PID    int    `json:"pid"`
	// Start is when the process started, in a unit of the system; only compared for equality.
	Start int64 `json:"start"`
	// Command is what runs, such as "daemon" or "post", for people.
	Command string `json:"command,omitempty"`
}

// IsZero reports whether o names no process.
func (o Owner) IsZero() bool { return o == Owner{} }

// laneHold is the longest wait for a retry during which the account's next target stays behind.
const laneHold = 150 * time.Second

// HoldsLane reports whether the target keeps the lane of its account at now, so that no other
// target of that account may be claimed: while it is published, through a retry that follows
// within 150 s, for at most 150 s while the platform processes what was uploaded, and while an
// uncertain one is looked up.
func (t *Target) HoldsLane(now time.Time) bool {
	switch t.State {
	case StatePublishing:
		return true
	case StateQueued:
		return !t.WaitingSince.IsZero() && now.Before(t.WaitingSince.Add(laneHold))
	case StateRetryWait:
		return t.NotBefore.Sub(t.StateSince) <= laneHold && now.Before(t.StateSince.Add(laneHold))
	case StateUncertain:
		return !t.NotBefore.IsZero()
	case StateDraft, StateScheduled, StatePublished, StateFailed, StateParked, StateMissed, StateCancelled:
		return false
	}
	return false
}

// onTime is how much later than due is still on time: nothing goes out in the very instant, so that
// without it a grace window of zero would let nothing out.
const onTime = 10 * time.Second

// LateAfter is when the grace window ends, which has at least the ten seconds that are on time; zero
// when the target goes out however late.
func (t *Target) LateAfter() time.Time { return t.LateAfterGrace(nil) }

// LateAfterGrace is LateAfter with another grace window, where one is given.
func (t *Target) LateAfterGrace(grace *time.Duration) time.Time {
	switch {
	case t.IfLate == LatePublish:
		return time.Time{}
	case grace != nil:
		return t.Due.Add(*grace)
	}
	return t.Due.Add(max(t.Grace, onTime))
}

// TooLate reports whether the target is after its grace window at now and does not go out by itself
// any more.
func (t *Target) TooLate(now time.Time) bool {
	end := t.LateAfter()
	return !end.IsZero() && now.After(end)
}

// Miss makes the target missed at now, for a reason ("nobody was there to send it"), with what its
// late policy tells the user. Like Enter it does not check the transition.
func (t *Target) Miss(reason string, now time.Time) {
	t.Enter(StateMissed, now)
	t.Asks = t.IfLate != LateSkip
	t.Error = &TargetError{
		Code:    CodeConflict,
		Message: "missed: it was due " + t.Due.UTC().Format(time.RFC3339) + "; " + reason,
		Hint:    "publish it now: hayon retry " + t.Post.String(),
	}
	if t.Asks {
		t.Error.Hint += "   or let it be: hayon cancel " + t.Post.String()
	}
}

// Held reports whether only the user can tell what became of an uncertain target.
func (t *Target) Held() bool { return t.State == StateUncertain && t.NotBefore.IsZero() }

// NeedsUser reports whether nothing happens to the target until its user says something: a held
// uncertain one, one that is parked, and a missed one with its question.
func (t *Target) NeedsUser() bool {
	return t.Held() || t.State == StateParked || t.State == StateMissed && t.Asks
}

// Wake is when somebody must look at the target next: its due time, the end of a wait or of a
// lease. Zero: never by itself.
func (t *Target) Wake() time.Time {
	switch t.State {
	case StateScheduled:
		return t.Due
	case StateQueued:
		return later(t.Due, t.NotBefore)
	case StateRetryWait, StateUncertain:
		return t.NotBefore
	case StatePublishing:
		if t.Lease != nil {
			return t.Lease.Until
		}
		return t.StateSince
	case StateDraft, StatePublished, StateFailed, StateParked, StateMissed, StateCancelled:
		return time.Time{}
	}
	return time.Time{}
}

// Enter puts the target into a state at now and clears what belongs to the one before. It does not
// check the transition: the store does, against what it holds.
func (t *Target) Enter(s State, now time.Time) {
	t.State = s
	t.StateSince = now.UTC()
	t.Asks = false
	if s == StatePublishing {
		return
	}
	t.Lease = nil
	if s == StateUncertain { // what was being sent is what will be looked up
		return
	}
	t.Step, t.StepPart = "", 0
	t.SentAt, t.Deadline = time.Time{}, time.Time{}
	t.UnknownSince, t.Looks = time.Time{}, 0
	if s != StateQueued {
		t.WaitingSince = time.Time{}
	}
	if s != StateRetryWait && s != StateQueued {
		t.NotBefore = time.Time{}
	}
}

// NextPart is the index of the first part that is not out; len(t.Parts) when all are.
func (t *Target) NextPart() int {
	for i := range t.Parts {
		if t.Parts[i].Remote.IsZero() {
			return i
		}
	}
	return len(t.Parts)
}

// Remote is the first part on the platform, which stands for the whole target.
func (t *Target) Remote() Remote {
	if len(t.Parts) == 0 {
		return Remote{}
	}
	return t.Parts[0].Remote
}

// Late is how much later than due the target went out; zero while it is not out.
func (t *Target) Late() time.Duration {
	if t.PublishedAt.IsZero() || t.PublishedAt.Before(t.Due) {
		return 0
	}
	return t.PublishedAt.Sub(t.Due)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
