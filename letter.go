package hayon

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// LetterKind says where an operator finds a letter.
type LetterKind string

// The kinds of letters.
const (
	// LetterDead: in the dead letters, where everything goes that cannot be delivered.
	LetterDead LetterKind = "dead"
	// LetterParked: in the parking lot, where the targets are whose retries are used up.
	LetterParked LetterKind = "parked"
)

// LetterKinds are all kinds of letters.
func LetterKinds() []LetterKind { return []LetterKind{LetterDead, LetterParked} }

// Queue is the queue that letters of this kind are in.
func (k LetterKind) Queue() string {
	if k == LetterParked {
		return ParkingLotQueue
	}
	return DeadLettersQueue
}

// LetterCause says why something is a letter.
type LetterCause string

// The causes.
const (
	// CauseUndecodable: the body of the message is no hint.
	CauseUndecodable LetterCause = "undecodable"
	// CauseVersion: the hint was written by another version of hayon, which this one cannot read.
	CauseVersion LetterCause = "unknown_version"
	// CauseUnroutable: no queue takes the routing key of the message.
	CauseUnroutable LetterCause = "unroutable"
	// CauseDeliveryLimit: the message was given back too often.
	CauseDeliveryLimit LetterCause = "delivery_limit"
	// CauseOther: somebody else, or a policy of the broker, has dead-lettered the message.
	CauseOther LetterCause = "dead_lettered"
	// CauseFailed: the target was refused for good.
	CauseFailed LetterCause = "failed"
	// CauseRetries: all retries of the target are used up.
	CauseRetries LetterCause = "retries_used_up"
)

// LetterCauses are all causes.
func LetterCauses() []LetterCause {
	return []LetterCause{
		CauseUndecodable, CauseVersion, CauseUnroutable, CauseDeliveryLimit, CauseOther, CauseFailed, CauseRetries,
	}
}

// Letter is what will not be delivered unless somebody acts: a message that the broker, or who consumed
// it, has put aside, or a target that failed or is parked. Stores keep the letters of messages; those of
// targets follow from the targets.
type Letter struct {
	// ID names the letter of a message; it is zero for that of a target.
	ID     LetterID    `json:"id,omitzero"`
	Kind   LetterKind  `json:"kind"`
	Cause  LetterCause `json:"cause"`
	Reason string      `json:"reason,omitempty"`
	// Hint is what to do; stores do not keep it.
	Hint string `json:"hint,omitempty"`
	// At is since when.
	At time.Time `json:"at"`
	// Message is the message; nil for the letter of a target.
	Message *LetterMessage `json:"message,omitempty"`

	// Target is what the letter is about; zero where the message names none. The five after it say how
	// it is now; stores do not keep them.
	Target   TargetID `json:"target,omitzero"`
	Post     PostID   `json:"post,omitzero"`
	Account  string   `json:"account,omitempty"`
	Platform string   `json:"platform,omitempty"`
	State    State    `json:"state,omitempty"`
	Attempts int      `json:"attempts,omitempty"`

	// Ended is set once somebody has dealt with it.
	Ended *LetterEnd `json:"ended,omitempty"`
	// Cleared: after it had ended, its message was looked for and taken off the queue.
	Cleared bool `json:"cleared,omitempty"`
}

// LetterMessage is a message as it was found.
type LetterMessage struct {
	ID         string    `json:"id,omitempty"`
	Type       string    `json:"type,omitempty"`
	At         time.Time `json:"at,omitzero"`
	Exchange   string    `json:"exchange,omitempty"`
	RoutingKey string    `json:"routing_key,omitempty"`
	// Body is the beginning of the body, Bytes how long it is.
	Body  []byte `json:"body,omitempty"`
	Bytes int    `json:"bytes"`
	// Digest tells one message from another, wherever it is found; see [Message.Digest].
	Digest string  `json:"digest"`
	Deaths []Death `json:"deaths,omitempty"`
}

// LetterEnd is how a letter ended.
type LetterEnd struct {
	At time.Time `json:"at"`
	// How is "replayed" or "discarded".
	How    LetterEffect `json:"how"`
	Reason string       `json:"reason,omitempty"`
}

// LetterEffect is what somebody did with a letter.
type LetterEffect string

// The effects. A letter that is put aside again after it had ended is filed once more.
const (
	LetterFiled     LetterEffect = "filed"
	LetterReplayed  LetterEffect = "replayed"
	LetterDiscarded LetterEffect = "discarded"
)

// LetterChange is the body of a [RowLetter] row.
type LetterChange struct {
	Letter LetterID     `json:"letter"`
	Kind   LetterKind   `json:"kind"`
	Cause  LetterCause  `json:"cause"`
	Effect LetterEffect `json:"effect"`
}

// Ref is what the letter is called by: its own id, or that of its target.
func (l *Letter) Ref() string {
	if l.ID.IsZero() {
		return l.Target.String()
	}
	return l.ID.String()
}

// ParseLetterRef reads a [Letter.Ref] and answers whose it is: the letter's own, or else the target's.
// Anything but a whole id of one of these is a usage error.
func ParseLetterRef(ref string) (letter LetterID, target TargetID, err error) {
	if strings.HasPrefix(strings.ToLower(ref), targetKind{}.prefix()) {
		target, err = ParseTargetID(ref)
		return letter, target, err
	}
	letter, err = ParseID[letterKind](ref)
	return letter, target, err
}

// What a letter keeps of a message that anybody may have made: of its body and of the reason so many
// bytes, of each name and key in its history as many as AMQP has for one, and of the history itself
// the newest entries and the first.
const (
	maxLetterBody   = 1024
	maxLetterReason = 1000
	maxLetterName   = 255
	maxLetterDeaths = 8
	maxLetterKeys   = 4
)

// Digest is the same for a message wherever it is found: in the queue that it was sent to, or where it
// was dead-lettered to. Two messages of the same id, type, second and body are one.
func (m Message) Digest() string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%q %q %d %d\n", m.ID, m.Type, m.At.Unix(), len(m.Body)) // a hash takes everything
	_, _ = h.Write(m.Body)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// NewLetter is the dead letter of a message that was found at now. Exchange and routing key are those
// that it was published with, as far as its headers tell. It is small, however much the message and the
// reason have.
func NewLetter(m Message, cause LetterCause, reason string, now time.Time) *Letter {
	lm := &LetterMessage{
		ID: m.ID, Type: m.Type, At: writable(m.At), Exchange: m.Exchange, RoutingKey: m.RoutingKey,
		Body: bytes.Clone(m.Body[:min(len(m.Body), maxLetterBody)]), Bytes: len(m.Body),
		Digest: m.Digest(), Deaths: boundDeaths(m.Deaths()),
	}
	if n := len(lm.Deaths); n > 0 {
		first := lm.Deaths[n-1]
		lm.Exchange = first.Exchange
		if len(first.Keys) > 0 {
			lm.RoutingKey = first.Keys[0]
		}
	}
	l := &Letter{
		ID: NewLetterID(now), Kind: LetterDead, Cause: cause, Reason: shorten(reason, maxLetterReason), At: now.UTC(), Message: lm,
	}
	if h, err := ParseHint(m.Body); err == nil {
		l.Target = h.Target
	}
	return l
}

// boundDeaths is as much of a history as a letter keeps.
func boundDeaths(all []Death) []Death {
	if n := len(all); n > maxLetterDeaths {
		all = append(all[:maxLetterDeaths-1], all[n-1])
	}
	for i := range all {
		d := &all[i]
		d.Queue, d.Reason, d.Exchange = shorten(d.Queue, maxLetterName), shorten(d.Reason, maxLetterName), shorten(d.Exchange, maxLetterName)
		d.Keys = d.Keys[:min(len(d.Keys), maxLetterKeys)]
		for k := range d.Keys {
			d.Keys[k] = shorten(d.Keys[k], maxLetterName)
		}
	}
	return all
}

// FileLetter stores the letter of a message with its journal row, unless it is there and open. One that
// has ended and was found again after that is opened again; until its message has been looked for, what
// is found may be the same one. It reports whether it stored anything.
func FileLetter(ctx context.Context, tx Tx, l *Letter, now time.Time) (bool, error) {
	old, err := tx.FindLetterByDigest(ctx, l.Message.Digest)
	switch {
	case err == nil && (old.Ended == nil || !old.Cleared):
		return false, nil
	case err == nil:
		l.ID = old.ID
	case CodeOf(err) != CodeNotFound:
		return false, err
	}
	if err := tx.PutLetter(ctx, l); err != nil {
		return false, err
	}
	return true, JournalLetter(ctx, tx, l, Actor{Source: SourceWorker}, LetterFiled, l.Reason, now)
}

// JournalLetter appends the journal row of what was done with the letter of a message. It belongs to the
// owner of the target; where there is none, to the actor, or else to the user of this machine.
func JournalLetter(ctx context.Context, tx Tx, l *Letter, a Actor, effect LetterEffect, reason string, now time.Time) error {
	r := &JournalRow{
		At: now.UTC(), Kind: RowLetter, User: a.User, Source: a.Source, RequestID: a.RequestID, Target: l.Target, Reason: reason,
		Body: Encode(LetterChange{Letter: l.ID, Kind: l.Kind, Cause: l.Cause, Effect: effect}),
	}
	if r.User.IsZero() {
		r.User = LocalUser().ID
	}
	if !l.Target.IsZero() {
		t, err := tx.FindTargetByID(ctx, l.Target)
		if err != nil && CodeOf(err) != CodeNotFound {
			return err
		}
		if err == nil {
			r.User, r.Post, r.Account, r.Platform = t.Owner, t.Post, t.Account, t.Platform
		}
	}
	return tx.AppendJournal(ctx, r)
}

// LetterTx keeps the letters of messages.
type LetterTx interface {
	// PutLetter stores a letter, new or not. A digest that another letter has is a conflict.
	PutLetter(ctx context.Context, l *Letter) error
	// FindLetterByID answers a letter, or not_found.
	FindLetterByID(ctx context.Context, id LetterID) (*Letter, error)
	// FindLetterByDigest answers the letter of a message, or not_found; see [Message.Digest].
	FindLetterByDigest(ctx context.Context, digest string) (*Letter, error)
	// FindLetters answers letters, newest first by their ids: the open ones, or with All every one. Kind
	// and Cause are ignored.
	FindLetters(ctx context.Context, f LetterFilter) ([]*Letter, error)
	// FindEndedLetters answers at most limit letters (0: no bound) that have ended and are not cleared.
	FindEndedLetters(ctx context.Context, limit int) ([]*Letter, error)
	// CountLetters is how many letters are open, and since when the oldest is. It is cheap.
	CountLetters(ctx context.Context) (open int, oldest time.Time, err error)
	// PruneLetters removes letters that ended before an instant and are cleared, at most limit (0: no
	// bound), and answers how many.
	PruneLetters(ctx context.Context, before time.Time, limit int) (int, error)
}

// LetterFilter selects letters. Zero fields select nothing out.
type LetterFilter struct {
	Kind LetterKind `json:"kind,omitempty"`
	// All: those of messages also when they have ended.
	All   bool `json:"all,omitempty"`
	Limit int  `json:"limit,omitempty"` // 0: no bound
}

// BrokerService shows the broker, and what is stuck.
type BrokerService interface {
	// BrokerStatus asks the broker how it is. Where this process has none, it tells what the store knows.
	BrokerStatus(ctx context.Context) (*BrokerStatus, error)
	// FindLetters answers letters, newest first. Those of targets are the actor's alone.
	FindLetters(ctx context.Context, f LetterFilter) ([]*Letter, error)
	// LookupLetter finds the letter that a person means among the open ones of a kind ("": both): the id
	// of the letter, of its target or of its post, the last four or more digits of one, or "last". One
	// that fits several is not_found, with the list in the details. Letters that have ended are found by
	// their whole id alone.
	LookupLetter(ctx context.Context, kind LetterKind, ref string) (*Letter, error)
	// ReplayLetter makes the target of a letter go out once more, in a new generation with a fresh hint,
	// and takes the message off its queue. Where there is nothing to send it is a conflict that tells why.
	ReplayLetter(ctx context.Context, ref string, r LetterRequest) (*Letter, error)
	// DiscardLetter ends a letter for the reason given, which is required. The target of a letter of its
	// own is cancelled.
	DiscardLetter(ctx context.Context, ref string, r LetterRequest) (*Letter, error)
}

// LetterRequest goes with a change of a letter; the ref beside it is the [Letter.Ref].
type LetterRequest struct {
	Reason string `json:"reason,omitempty"`
	DryRun bool   `json:"dry_run,omitempty"`
}

// BrokerStatus is how the broker is, with its queues.
type BrokerStatus struct {
	// Broker is nil where no broker runs in the process that answers.
	Broker *BrokerState `json:"broker,omitempty"`
	// Queues are in the order of the topology; none while there is no connection.
	Queues []QueueStatus `json:"queues,omitempty"`
	// Dead and Parked are the letters, by what the store knows.
	Dead   LetterStatus `json:"dead"`
	Parked LetterStatus `json:"parked"`
	// Outbox counts the hints that the broker has not confirmed, OutboxAge is how old the oldest is.
	Outbox    int           `json:"outbox"`
	OutboxAge time.Duration `json:"outbox_age,omitempty"`
}

// QueueStatus is how one queue is.
type QueueStatus struct {
	Name string `json:"name"`
	QueueDepth
	// Max is how many messages it takes; 0: no bound.
	Max int `json:"max,omitempty"`
	// Error is why the broker did not tell.
	Error string `json:"error,omitempty"`
}

// LetterStatus counts letters.
type LetterStatus struct {
	Open int `json:"open"`
	// Oldest is since when the oldest is; zero where there is none.
	Oldest time.Time `json:"oldest,omitzero"`
	// Full: the queue refuses records, since it holds [MaxLetters]. What they record is in the store.
	Full bool `json:"full,omitempty"`
}
