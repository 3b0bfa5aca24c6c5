package hayon

import (
	"encoding/json"
	"time"
)

// RowKind is what a journal row records.
type RowKind string

// The kinds of journal rows. The first five are the steps of an attempt.
const (
	// RowClaimed: a worker took the lease.
	RowClaimed RowKind = "claimed"
	// RowPrepared: body is [Prepared], the very bytes that will be sent.
	RowPrepared RowKind = "prepared"
	// RowSending: body is [Sending]. Committed before the irreversible call.
	RowSending RowKind = "sending"
	// RowOutcome: body is [Outcome]. Committed together with the state that follows.
	RowOutcome RowKind = "outcome"
	// RowEvidence: body is [Outcome], learnt by a worker that had lost its fence.
	RowEvidence RowKind = "evidence"
	// RowProgress: an upload or a conversion has come further, as its reason says. It changes nothing, and
	// there are at most about ten for each medium.
	RowProgress RowKind = "progress"
	// RowCreated: a post was created; body is [PostChange].
	RowCreated RowKind = "created"
	// RowState: a target changed its state other than by an outcome.
	RowState RowKind = "state"
	// RowRevised: a user has changed a post; body is [Change]. The rows of its targets
	// stand before it.
	RowRevised RowKind = "revised"
	// RowChanged: what a target is to do changed without a new state, such as its due time.
	RowChanged RowKind = "changed"
	// RowService: publishing was paused, resumed, or held because of the clock.
	RowService RowKind = "service"
	// RowAccount: an account was connected, refused, or removed; body is [AccountChange].
	RowAccount RowKind = "account"
	// RowLetter: a message was put aside, or somebody dealt with it; body is [LetterChange].
	RowLetter RowKind = "letter"
)

// JournalRow is one row of the one append-only journal. History of a post, log, event stream and
// audit are views of it.
type JournalRow struct {
	// Seq is set by the store, grows by one a row, and is never used twice.
	Seq  uint64    `json:"seq"`
	At   time.Time `json:"at"`
	Kind RowKind   `json:"kind"`

	User      UserID    `json:"user,omitzero"`
	Source    Source    `json:"source,omitempty"`
	RequestID string    `json:"request_id,omitempty"`
	Post      PostID    `json:"post,omitzero"`
	Target    TargetID  `json:"target,omitzero"`
	Account   AccountID `json:"account,omitzero"`
	// Platform is the target's, for those who count by platform.
	Platform string `json:"platform,omitempty"`

	// From and To are set where the row changed the state of Target.
	From State `json:"from,omitempty"`
	To   State `json:"to,omitempty"`
	// Generation, Attempt, Fence and Part say which try of what the row belongs to.
	Generation int   `json:"generation,omitempty"`
	Attempt    int   `json:"attempt,omitempty"`
	Fence      int64 `json:"fence,omitempty"`
	Part       int   `json:"part,omitempty"`

	// Late is how long after its due time the call was about to leave; of a [RowSending] row.
	Late time.Duration `json:"late,omitempty"`
	// Asks: the row leaves a question for the user; see [Target.Asks].
	Asks bool `json:"asks,omitempty"`
	// Reason is a sentence for people.
	Reason string `json:"reason,omitempty"`
	// Body is the JSON of the kind's own type.
	Body json.RawMessage `json:"body,omitempty"`
}

// Sending is the body of a [RowSending] row.
type Sending struct {
	Idem string `json:"idem,omitempty"`
	// Digest is the SHA-256 of the prepared bytes, in hexadecimal digits.
	Digest   string    `json:"digest"`
	Deadline time.Time `json:"deadline"`
}

// Outcome is the body of a [RowOutcome] and a [RowEvidence] row.
type Outcome struct {
	Verdict Verdict      `json:"verdict"`
	Remote  Remote       `json:"remote,omitzero"`
	Error   *TargetError `json:"error,omitempty"`
	// Reconciled is set where the outcome was found by asking the platform afterwards.
	Reconciled bool `json:"reconciled,omitempty"`
}

// PostChange is the body of a row about a post.
type PostChange struct {
	Targets int    `json:"targets"`
	Key     string `json:"idempotency_key,omitempty"`
	// Batch is that of [Change].
	Batch string `json:"batch,omitempty"`
}

// PartChange is the body of a [RowChanged] row of an edit: the part as it was before.
type PartChange struct {
	Text string `json:"text"`
	// Alts are the descriptions of all its media, in their order, and Focuses what cropped views of them
	// keep; the centre where nothing was said.
	Alts    []string          `json:"alts,omitempty"`
	Focuses []Focus           `json:"focuses,omitempty"`
	Options map[string]string `json:"options,omitempty"`
	Remote  Remote            `json:"remote,omitzero"`
}

// AccountChange is the body of a row about an account.
type AccountChange struct {
	Name   string        `json:"name"`
	Status AccountStatus `json:"status,omitempty"`
	// Removed is set when the account was signed out.
	Removed bool `json:"removed,omitempty"`
	// Expires is when the credentials end, in a warning of it.
	Expires time.Time `json:"expires,omitzero"`
}

// Encode is the body of a row for v. The types of this package always marshal.
func Encode(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("hayon: journal body does not marshal: " + err.Error())
	}
	return b
}
