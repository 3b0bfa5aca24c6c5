package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// ErrorBody is the body of every answer that is an error.
type ErrorBody struct {
	Error Error `json:"error"`
}

// DetailUnknown is the detail of an error that names what a request has and this version of the
// server does not know: a parameter, a member of the body, a kind of event.
const DetailUnknown = "unknown"

// Error is a [hayon.Error] on the wire. Its cause never is.
type Error struct {
	Code    hayon.Code     `json:"code"`
	Message string         `json:"message"`
	Hint    string         `json:"hint,omitempty"`
	Details map[string]any `json:"details,omitempty"`
	// RetryAfter is how long to wait before a repeat, in seconds; left out where nobody said.
	RetryAfter float64 `json:"retry_after,omitempty"`
}

// ErrorOf is err on the wire. An error of another type becomes an internal one that tells nothing.
func ErrorOf(err error) ErrorBody {
	e := hayon.AsError(err)
	return ErrorBody{Error: Error{
		Code: e.Code, Message: e.Message, Hint: e.Hint, Details: e.Details, RetryAfter: e.RetryAfter.Seconds(),
	}}
}

// RetryAfterHeader is the value of the header for d, in whole seconds rounded up; "" for none.
func RetryAfterHeader(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return strconv.FormatInt(int64(math.Ceil(d.Seconds())), 10)
}

// DecodeError is the error that an answer with this status, header and body stands for. A body that
// is not ours, such as the page of a proxy, gives a code by the status.
func DecodeError(status int, header http.Header, body []byte) *hayon.Error {
	var w ErrorBody
	if json.Unmarshal(body, &w) == nil && w.Error.Code != "" && w.Error.Message != "" {
		return &hayon.Error{
			Code: w.Error.Code, Message: w.Error.Message, Hint: w.Error.Hint, Details: w.Error.Details,
			RetryAfter: time.Duration(w.Error.RetryAfter * float64(time.Second)),
		}
	}
	e := hayon.Errorf(codeOf(status), "the server answered %d %s and did not say why", status, strings.ToLower(http.StatusText(status))).
		WithHint("is there a proxy, or another program, at that address?")
	if s, err := strconv.Atoi(header.Get("Retry-After")); err == nil && s > 0 {
		e.RetryAfter = time.Duration(s) * time.Second
	}
	return e
}

// statusCodes turns the statuses of other programs into our codes. [hayon.Code.Status] is the table
// of our own answers, which name their code in the body.
var statusCodes = map[int]hayon.Code{
	http.StatusBadRequest:            hayon.CodeUsage,
	http.StatusUnauthorized:          hayon.CodeUnauthenticated,
	http.StatusProxyAuthRequired:     hayon.CodeUnauthenticated,
	http.StatusForbidden:             hayon.CodeForbidden,
	http.StatusNotFound:              hayon.CodeNotFound,
	http.StatusMethodNotAllowed:      hayon.CodeUsage,
	http.StatusConflict:              hayon.CodeConflict,
	http.StatusRequestEntityTooLarge: hayon.CodeInvalid,
	http.StatusUnprocessableEntity:   hayon.CodeInvalid,
	http.StatusTooManyRequests:       hayon.CodeRateLimited,
	http.StatusBadGateway:            hayon.CodeUnreachable,
	http.StatusServiceUnavailable:    hayon.CodeUnavailable,
	http.StatusGatewayTimeout:        hayon.CodeTimeout,
	http.StatusInsufficientStorage:   hayon.CodeLocal,
}

func codeOf(status int) hayon.Code {
	if c, ok := statusCodes[status]; ok {
		return c
	}
	return hayon.CodeInternal
}

// Decode reads one JSON value into v. Unknown members, a second value and wrong types are usage
// errors that name the place.
func Decode(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return decodeError(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return hayon.Errorf(hayon.CodeUsage, "the body goes on after its JSON value").
			WithHint("send one JSON object and nothing else")
	}
	return nil
}

func decodeError(err error) error {
	if e, ok := errors.AsType[*hayon.Error](err); ok {
		return e // an identifier that is none
	}
	const hint = "the shapes are at /openapi.yaml"
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return hayon.Errorf(hayon.CodeUsage, "the body is refused: %s is a %s there, not a %s", orBody(e.Field), e.Type, e.Value).
			WithHint(hint).WithCause(err)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return hayon.Errorf(hayon.CodeUsage, "the body is no JSON: %s at byte %d", e.Error(), e.Offset).WithHint(hint).WithCause(err)
	}
	switch {
	case errors.Is(err, io.EOF):
		return hayon.Errorf(hayon.CodeUsage, "the body is empty, a JSON object is wanted").WithHint(hint).WithCause(err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return hayon.Errorf(hayon.CodeUsage, "the body ends in the middle of its JSON").WithHint(hint).WithCause(err)
	}
	// An unknown member has no error type of its own; its text names the member.
	text := strings.TrimPrefix(err.Error(), "json: ")
	e := hayon.Errorf(hayon.CodeUsage, "the body is refused: %s", text).WithHint(hint).WithCause(err)
	if name, ok := strings.CutPrefix(text, "unknown field "); ok {
		e = e.WithDetail(DetailUnknown, strings.Trim(name, `"`))
	}
	return e
}

func orBody(field string) string {
	if field == "" {
		return "the body"
	}
	return fmt.Sprintf("%q", field)
}
