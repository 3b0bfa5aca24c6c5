package demo

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

const (
	postsExt = ".ndjson"
	stateExt = ".state"
	// handleLife is how long a container or an upload is kept that nobody publishes.
	handleLife = 24 * time.Hour
)

// The kinds of lines of the platform's own file.
const (
	lineHandle    = "handle"
	lineGone      = "gone"
	lineCall      = "call"
	lineViolation = "violation"
)

// stateLine is a line of the file of what the platform keeps to itself.
type stateLine struct {
	Kind   string    `json:"kind"`
	At     time.Time `json:"at"`
	Handle string    `json:"handle,omitempty"`
	// Ready is when a container can be published.
	Ready time.Time `json:"ready,omitzero"`
	// Call and Digest are of a call that arrived; First is what its digest was before.
	Call   *callID `json:"call,omitempty"`
	Digest string  `json:"digest,omitempty"`
	First  string  `json:"first,omitempty"`
}

// callID names the calls that must have the same bytes.
type callID struct {
	Target     hayon.TargetID `json:"target"`
	Part       int            `json:"part"`
	Generation int            `json:"generation"`
}

// Violation is a call whose bytes were not those of the first call for the same part and
// generation.
type Violation struct {
	Target     hayon.TargetID
	Part       int
	Generation int
	// First and Later are the SHA-256 of the bytes, in hexadecimal digits.
	First, Later string
	At           time.Time
}

// ReadViolations reads the violations that the platform noticed; file is that of [ReadFile].
func ReadViolations(file string) ([]Violation, error) {
	var out []Violation
	err := eachLine(stateFile(file), func(line []byte) {
		var l stateLine
		if json.Unmarshal(line, &l) == nil && l.Kind == lineViolation && l.Call != nil {
			out = append(out, Violation{l.Call.Target, l.Call.Part, l.Call.Generation, l.First, l.Digest, l.At})
		}
	})
	return out, err
}

func stateFile(posts string) string { return strings.TrimSuffix(posts, postsExt) + stateExt }

// handle is a container or an upload.
type handle struct {
	made, ready time.Time
	gone        bool
}

// status is the state of a handle that is not published.
type status int

const (
	statusExpired    status = iota // or never heard of
	statusInProgress               // still processing
	statusFinished                 // ready to be published
)

func (h handle) status(now time.Time) status {
	switch {
	case h.made.IsZero(), h.gone, !now.Before(h.made.Add(handleLife)):
		return statusExpired
	case now.Before(h.ready):
		return statusInProgress
	}
	return statusFinished
}

// open opens the platform's own file, and reads what other processes appended.
func (h *held) open() error {
	if h.state != nil {
		return nil
	}
	f, err := openLines(stateFile(h.file))
	if err == nil {
		h.state = f
		err = h.private.read(f, h.forgetState, h.learnState)
	}
	if err != nil {
		return local(stateFile(h.file), err)
	}
	return nil
}

func (l *ledger) forgetState() {
	l.handles, l.calls = make(map[string]handle), make(map[callID]string)
}

func (l *ledger) learnState(line []byte) {
	var s stateLine
	if json.Unmarshal(line, &s) == nil {
		l.addState(s)
	}
}

func (l *ledger) addState(s stateLine) {
	switch s.Kind {
	case lineHandle:
		l.handles[s.Handle] = handle{made: s.At, ready: s.Ready}
	case lineGone:
		old := l.handles[s.Handle]
		old.gone = true
		l.handles[s.Handle] = old
	case lineCall:
		if s.Call != nil {
			l.calls[*s.Call] = s.Digest
		}
	}
}

func (h *held) note(s stateLine) error {
	if err := h.open(); err != nil {
		return err
	}
	if err := h.private.write(h.state, s); err != nil {
		return local(stateFile(h.file), err)
	}
	h.addState(s)
	return nil
}

// arrived keeps the digest of a call's bytes, or the violation where the first call had others.
func (h *held) arrived(call callID, digest string, now time.Time) error {
	if err := h.open(); err != nil {
		return err
	}
	first, repeated := h.calls[call]
	switch {
	case !repeated:
		return h.note(stateLine{Kind: lineCall, At: now, Call: &call, Digest: digest})
	case first != digest:
		return h.note(stateLine{Kind: lineViolation, At: now, Call: &call, Digest: digest, First: first})
	}
	return nil
}

// newHandle makes a container or an upload and answers its name.
func (l *ledger) newHandle(ctx context.Context, prefix string, ready, now time.Time) (string, error) {
	h, err := l.lock(ctx)
	if err != nil {
		return "", err
	}
	defer h.unlock()
	if err := h.open(); err != nil {
		return "", err
	}
	name := prefix + strconv.FormatInt(h.private.offset, 36)
	return name, h.note(stateLine{Kind: lineHandle, At: now, Handle: name, Ready: ready})
}

// look answers the state of a handle, and the post that was made of it; "" where there is none.
func (l *ledger) look(ctx context.Context, name string, now time.Time) (handle, status, string, error) {
	h, err := l.lock(ctx)
	if err != nil {
		return handle{}, 0, "", err
	}
	defer h.unlock()
	if err := h.open(); err != nil {
		return handle{}, 0, "", err
	}
	found := h.handles[name]
	id, _ := h.known(name, time.Time{})
	return found, found.status(now), id, nil
}

// drop makes the platform forget a handle.
func (l *ledger) drop(ctx context.Context, name string, now time.Time) error {
	h, err := l.lock(ctx)
	if err != nil {
		return err
	}
	defer h.unlock()
	return h.note(stateLine{Kind: lineGone, At: now, Handle: name})
}
