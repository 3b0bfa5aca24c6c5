package hayon

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Code says what kind of failure an [Error] is. It decides the exit code of a command and the
// status of an HTTP answer.
type Code string

// The codes. New ones may be added; who meets an unknown one treats it as a failure.
const (
	// CodeUsage: flags, phrases, unknown names.
	CodeUsage Code = "usage"
	// CodeInvalid: content, media, a past time, wrong content of a file or the configuration.
	CodeInvalid Code = "invalid"
	// CodeUnauthenticated: a sign-in is needed or has expired.
	CodeUnauthenticated Code = "unauthenticated"
	// CodeForbidden: signed in, but a scope or a right is missing.
	CodeForbidden Code = "forbidden"
	// CodeNotFound: nothing has that name, or a short id fits several.
	CodeNotFound Code = "not_found"
	// CodeRejected: the platform refused the content for good.
	CodeRejected Code = "rejected"
	// CodeUnavailable: network, time-out or platform down; safe to repeat.
	CodeUnavailable Code = "unavailable"
	// CodeRateLimited: too many requests; safe to repeat after RetryAfter.
	CodeRateLimited Code = "rate_limited"
	// CodeUncertain: sent, outcome unknown; repeating is not safe.
	CodeUncertain Code = "uncertain"
	// CodeConflict: wrong state, duplicate, locked, version mismatch.
	CodeConflict Code = "conflict"
	// CodeUnreachable: the daemon or server is not there.
	CodeUnreachable Code = "unreachable"
	// CodeTimeout: the wait ended, not the work.
	CodeTimeout Code = "timeout"
	// CodeLocal: this machine: disk full, permission, database or keyring unreadable.
	CodeLocal Code = "local"
	// CodeInternal: a bug. Callers see a short sentence, the log sees the cause.
	CodeInternal Code = "internal"
)

// The exit codes that are results and no errors.
const (
	// ExitOK: done, also when nothing was due or all was done already.
	ExitOK = 0
	// ExitPartial: some targets are out, some are not.
	ExitPartial = 6
)

// Scope says whom a failure of a platform's call concerns, so that all of them wait.
type Scope string

// The scopes. The zero value concerns the account where the code is rate_limited, else the one target.
const (
	ScopeAccount Scope = "account"
	// ScopeApplication: every account that uses the same application (client id, consumer key).
	ScopeApplication Scope = "application"
	// ScopeHost: with rate_limited, every account of the host. With unavailable, no connection to the
	// host came about (DNS, connect, TLS), so that nothing left: it costs no attempt, and opens the
	// breaker of the host when it repeats.
	ScopeHost Scope = "host"
)

// codeTable is the one table of codes with their exit codes and HTTP statuses.
var codeTable = map[Code]struct{ exit, status int }{
	CodeUsage:           {2, http.StatusBadRequest},
	CodeInvalid:         {3, http.StatusUnprocessableEntity},
	CodeUnauthenticated: {4, http.StatusUnauthorized},
	CodeForbidden:       {4, http.StatusForbidden},
	CodeNotFound:        {5, http.StatusNotFound},
	CodeRejected:        {7, http.StatusUnprocessableEntity},
	CodeUnavailable:     {8, http.StatusServiceUnavailable},
	CodeRateLimited:     {8, http.StatusTooManyRequests},
	CodeUncertain:       {9, http.StatusConflict},
	CodeConflict:        {10, http.StatusConflict},
	CodeUnreachable:     {11, http.StatusBadGateway},
	CodeTimeout:         {12, http.StatusGatewayTimeout},
	CodeLocal:           {13, http.StatusInsufficientStorage},
	CodeInternal:        {1, http.StatusInternalServerError},
}

// Exit is the exit code of a command that ends with c; 1 for an unknown code.
func (c Code) Exit() int {
	if row, ok := codeTable[c]; ok {
		return row.exit
	}
	return codeTable[CodeInternal].exit
}

// Status is the HTTP status of an answer that carries c; 500 for an unknown code.
func (c Code) Status() int {
	if row, ok := codeTable[c]; ok {
		return row.status
	}
	return http.StatusInternalServerError
}

// Codes are all known codes, in no order.
func Codes() []Code {
	out := make([]Code, 0, len(codeTable))
	for c := range codeTable {
		out = append(out, c)
	}
	return out
}

// Error is the one type of error that reaches a user. It never holds a secret.
type Error struct {
	Code Code `json:"code"`
	// Message says what failed, on what, and what happens next; it starts in lower case.
	Message string `json:"message"`
	// Hint is the command to type, or how to mend the input.
	Hint string `json:"hint,omitempty"`
	// Details are facts for programs, such as the list that an id fits.
	Details map[string]any `json:"details,omitempty"`
	// RetryAfter is how long to wait before a repeat; zero where nobody said.
	RetryAfter time.Duration `json:"-"`
	// Scope is whom the failure concerns beside the one call; see [Scope].
	Scope Scope `json:"-"`
	// Err is the cause. It is for the log; nobody shows it to a user.
	Err error `json:"-"`
}

// Errorf makes an error. A %w in format sets the cause as well.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...) //nolint:err113 // this is the constructor of our errors
	return &Error{Code: code, Message: err.Error(), Err: errors.Unwrap(err)}
}

// Error is the message alone.
func (e *Error) Error() string { return e.Message }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// WithHint sets the hint and answers e.
func (e *Error) WithHint(hint string) *Error {
	e.Hint = hint
	return e
}

// WithCause sets the cause, which only the log sees, and answers e.
func (e *Error) WithCause(err error) *Error {
	e.Err = err
	return e
}

// WithScope sets the scope and answers e.
func (e *Error) WithScope(s Scope) *Error {
	e.Scope = s
	return e
}

// WithDetail adds one fact for programs and answers e.
func (e *Error) WithDetail(key string, value any) *Error {
	if e.Details == nil {
		e.Details = make(map[string]any)
	}
	e.Details[key] = value
	return e
}

// CodeOf is the code of the outermost [Error] in err; internal for any other error, "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// AsError is err as an [Error]. One of another type becomes an internal error that keeps its cause
// from the user's eyes and for the log.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: CodeInternal, Message: "something went wrong inside hayon", Hint: "run it again with -vv and report what it prints", Err: err}
}
