package bolt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

const (
	idLen   = 12
	timeLen = 12
	seqLen  = 8
)

// stateBytes are the states as they stand in keys. A number is never given to another state.
var stateBytes = map[hayon.State]byte{
	hayon.StateDraft: 1, hayon.StateScheduled: 2, hayon.StateQueued: 3, hayon.StatePublishing: 4,
	hayon.StateRetryWait: 5, hayon.StatePublished: 6, hayon.StateUncertain: 7, hayon.StateFailed: 8,
	hayon.StateParked: 9, hayon.StateMissed: 10, hayon.StateCancelled: 11,
}

// postStateBytes are the states of posts as they stand in keys.
var postStateBytes = map[hayon.PostState]byte{
	hayon.PostDraft: 1, hayon.PostScheduled: 2, hayon.PostPublishing: 3, hayon.PostPublished: 4,
	hayon.PostPartial: 5, hayon.PostUncertain: 6, hayon.PostFailed: 7, hayon.PostCancelled: 8,
	hayon.PostMissed: 9,
}

// byteStates are the states by what stands in keys; "" for what is none.
var byteStates = func() (states [256]hayon.State) {
	for s, b := range stateBytes {
		states[b] = s
	}
	return states
}()

func stateOf(b byte) hayon.State { return byteStates[b] }

// join makes a key of its own memory.
func join(parts ...[]byte) []byte { return slices.Concat(parts...) }

// timeKey is t so that the order of bytes is the order of time, to the nanosecond. The zero time
// is all zeros and comes first.
func timeKey(t time.Time) []byte {
	k := make([]byte, timeLen)
	if t.IsZero() {
		return k
	}
	binary.BigEndian.PutUint64(k, uint64(t.Unix())^(1<<63))   //nolint:gosec // the bits matter, not the value
	binary.BigEndian.PutUint32(k[8:], uint32(t.Nanosecond())) //nolint:gosec // below 1e9
	return k
}

func keyTime(k []byte) time.Time {
	if len(k) < timeLen || allZero(k[:timeLen]) {
		return time.Time{}
	}
	sec := int64(binary.BigEndian.Uint64(k) ^ (1 << 63)) //nolint:gosec // the inverse of timeKey
	return time.Unix(sec, int64(binary.BigEndian.Uint32(k[8:]))).UTC()
}

// lateKey is the end of a grace window as it stands in the values of indexes. The zero time, which
// is no end, comes last.
func lateKey(end time.Time) []byte {
	if end.IsZero() {
		return bytes.Repeat([]byte{0xff}, timeLen)
	}
	return timeKey(end)
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

func keySeq(k []byte) uint64 {
	if len(k) < seqLen {
		return 0
	}
	return binary.BigEndian.Uint64(k[len(k)-seqLen:])
}

// idOf reads an identifier from a key; a key that is too short gives the zero value.
func idOf[T ~[idLen]byte](b []byte) T {
	if len(b) < idLen {
		return T{}
	}
	return T(b[:idLen])
}

// reversed is s from its end, so that a search by suffix is one by prefix.
func reversed(s string) []byte {
	b := []byte(s)
	slices.Reverse(b)
	return b
}

// maxPlainRemote is how long a remote id may be to stand in a key as it is.
const maxPlainRemote = 256

func remoteKey(account hayon.AccountID, id string) []byte {
	if len(id) <= maxPlainRemote {
		return join(account[:], []byte{0}, []byte(id))
	}
	sum := sha256.Sum256([]byte(id))
	return join(account[:], []byte{1}, sum[:])
}

func ownerKey(o hayon.Owner) []byte {
	sum := sha256.Sum256(hayon.Encode(o))
	return sum[:16]
}

// next is the smallest key after every key with the prefix; nil when there is none.
func next(prefix []byte) []byte {
	out := bytes.Clone(prefix)
	for i := len(out) - 1; i >= 0; i-- {
		out[i]++
		if out[i] != 0 {
			return out[:i+1]
		}
	}
	return nil
}

// encode is the stored form of a row: the JSON of the domain type, and its checksum.
func encode(what string, v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "the %s cannot be stored: it has no JSON form", what).WithCause(err)
	}
	return seal(b), nil
}

// decode reads a row. Bytes that are not what was stored are damage of the file.
func decode[T any](what string, stored []byte) (*T, error) {
	b, ok := unseal(stored)
	if !ok {
		return nil, &damage{detail: "a stored " + what + " is not what was written"}
	}
	return parse[T](what, b)
}

// parse reads the JSON of a row.
func parse[T any](what string, b []byte) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(b, v); err != nil {
		return nil, &damage{detail: "a stored " + what + " cannot be read", cause: err}
	}
	return v, nil
}
