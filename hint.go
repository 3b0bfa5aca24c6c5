package hayon

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"
)

// HintVersion is the version of [Hint] that this program writes.
const HintVersion = 1

// Hint is the body of a message: look at this target. It holds no text, token or media.
type Hint struct {
	Version    int      `json:"v"`
	Target     TargetID `json:"target"`
	Generation int      `json:"generation"`
	Attempt    int      `json:"attempt,omitempty"`
}

// HintMessage is the message for an outbox row, as it is to be published at now. A retry goes by way of
// the retry queue, unless its wait is over already.
func HintMessage(r *OutboxRow, now time.Time) Message {
	m := Message{
		Exchange: r.Exchange, RoutingKey: r.RoutingKey, At: r.At, Type: HintType, Body: Encode(r.Hint),
		ID:      messageID(r.Hint),
		Headers: map[string]any{HeaderAttempt: r.Hint.Attempt},
	}
	if r.Cause != "" {
		m.Headers[HeaderCause], m.Headers[HeaderReason] = string(r.Cause), r.Reason
	}
	if r.NotBefore.IsZero() {
		return m
	}
	if m.Expiration = wholeMillis(r.NotBefore.Sub(now)); m.Expiration <= 0 {
		m.Expiration, m.Exchange = 0, PostExchange
	}
	return m
}

// DelayedMessage is the hint for a scheduled target by way of [PostDelayedExchange], which keeps it
// until the target is due.
func DelayedMessage(t *Target, now time.Time) Message {
	m := HintMessage(HintFor(t, now), now)
	m.Exchange, m.Optional = PostDelayedExchange, true
	m.Headers[HeaderDelay] = wholeMillis(t.Due.Sub(now)).Milliseconds()
	return m
}

// wholeMillis is d rounded up to milliseconds: a hint that arrives early is dropped.
func wholeMillis(d time.Duration) time.Duration {
	return (d + time.Millisecond - time.Nanosecond).Truncate(time.Millisecond)
}

// HintType is the type of the messages that are hints.
const HintType = "hint"

// HintFor is the outbox row that makes a worker look at t.
func HintFor(t *Target, now time.Time) *OutboxRow {
	return &OutboxRow{
		At: now.UTC(), Exchange: PostExchange, RoutingKey: PostCreateKey + t.Platform, Hint: hintOf(t),
	}
}

// RetryHintFor is the outbox row that makes a worker look at t, which waits for a retry, at its
// NotBefore, by way of the retry queue; nil where the wait is longer than [DelayHorizon] and is kept by
// the store alone.
func RetryHintFor(t *Target, now time.Time) *OutboxRow {
	if t.NotBefore.Sub(now) > DelayHorizon {
		return nil
	}
	r := HintFor(t, now)
	r.Exchange, r.NotBefore = DLXExchange, t.NotBefore.UTC()
	return r
}

// RecordFor is the outbox row that puts a record of t, which has failed or is parked, into the dead
// letters or the parking lot, for who looks there.
func RecordFor(t *Target, now time.Time) *OutboxRow {
	r := HintFor(t, now)
	r.Exchange, r.RoutingKey, r.Cause = DLXExchange, DeadKey, CauseFailed
	if t.State == StateParked {
		r.RoutingKey, r.Cause = ParkedKey, CauseRetries
	}
	r.Hint.Attempt = t.Attempts
	if t.Error != nil {
		r.Reason = shorten(t.Error.Message, maxRecordReason)
	}
	return r
}

// maxRecordReason bounds the reason in the header of a record, in bytes.
const maxRecordReason = 400

// shorten cuts s to at most n bytes at the border of a character.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func hintOf(t *Target) Hint {
	return Hint{Version: HintVersion, Target: t.ID, Generation: t.Generation, Attempt: t.Attempts + 1}
}

// HintNext writes the hint for the next target of an account, if one is queued. Whoever frees the
// lane of an account calls it in the same transaction.
func HintNext(ctx context.Context, tx Tx, account AccountID, now time.Time) error {
	next, err := tx.NextInLane(ctx, account, now)
	if err != nil || next == nil {
		return err
	}
	return tx.AppendOutbox(ctx, HintFor(next, now))
}

// ParseHint reads the body of a message. A version that is not known, and bytes that are no hint,
// are invalid; [HintCause] tells the two apart.
func ParseHint(body []byte) (Hint, error) {
	var v struct { // what other versions have in common with this one
		Version int `json:"v"`
	}
	if err := json.Unmarshal(body, &v); err != nil {
		return Hint{}, notHint(err)
	}
	switch v.Version {
	case HintVersion:
	case 0:
		return Hint{}, Errorf(CodeInvalid, "the message is no hint: it names no version")
	default:
		return Hint{}, Errorf(CodeInvalid, "the message is a hint of version %d; this hayon reads version %d", v.Version, HintVersion).
			WithCause(errHintVersion)
	}
	if len(body) > maxHintBytes { // also because what follows may repeat what is in it
		return Hint{}, Errorf(CodeInvalid, "the message is no hint: it has %d bytes", len(body))
	}
	var h Hint
	if err := json.Unmarshal(body, &h); err != nil {
		return Hint{}, notHint(err)
	}
	if h.Target.IsZero() {
		return Hint{}, Errorf(CodeInvalid, "the message is no hint: it names no target")
	}
	return h, nil
}

// notHint says to an operator why bytes are no hint.
func notHint(err error) *Error {
	why := err.Error()
	if _, ok := errors.AsType[*json.SyntaxError](err); ok {
		why = "it is no JSON"
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if why = "it is no JSON object"; e.Field != "" {
			why = "its " + strconv.Quote(e.Field) + " is of another kind"
		}
	}
	return Errorf(CodeInvalid, "the message is no hint: %s", why).WithCause(err)
}

// maxHintBytes is far more than a hint has.
const maxHintBytes = 1024

var errHintVersion = errors.New("another version")

// HintCause is the cause of the letter of a message that [ParseHint] answered with err: another version
// of hayon wrote it, or it is no hint.
func HintCause(err error) LetterCause {
	if errors.Is(err, errHintVersion) {
		return CauseVersion
	}
	return CauseUndecodable
}

// messageID is target:generation:attempt, so that returns and duplicates can be told.
func messageID(h Hint) string {
	return h.Target.String() + ":" + strconv.Itoa(h.Generation) + ":" + strconv.Itoa(h.Attempt)
}
