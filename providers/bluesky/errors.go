package bluesky

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
)

const appPasswordHelp = "make one on bsky.app: Settings, Privacy and security, App passwords" //nolint:gosec // no credential: it says how to get one

// subject is whom an error is about.
type subject struct {
	name  string // the account as a person types it
	login string // the command that signs it in again
}

func about(a *hayon.Account) subject {
	s := subject{name: a.Name, login: "hayon login bluesky"}
	if s.name == "" {
		s.name = "bluesky"
	}
	if alias := a.Alias(); alias != "" {
		s.login += " --alias " + alias
	}
	if h := a.Settings["host"]; h != "" {
		s.login += " --host " + h
	}
	switch {
	case a.Handle != "":
		s.login += " --handle " + trimAt(a.Handle)
	case a.RemoteID != "":
		s.login += " --handle " + a.RemoteID
	}
	return s
}

func trimAt(handle string) string {
	if handle != "" && handle[0] == '@' {
		return handle[1:]
	}
	return handle
}

func (s subject) errorf(code hayon.Code, format string, args ...any) *hayon.Error {
	e := hayon.Errorf(code, format, args...)
	e.Message = s.name + ": " + e.Message
	if code == hayon.CodeUnauthenticated && s.login != "" {
		e.Hint = s.login
	}
	return e
}

// The names by which a server says that it does not keep the account, or not any more. An account
// that moved looks like this on its old server.
var goneNames = []string{"AccountNotFound", "AccountDeactivated", "AccountTakedown"}

// gone reports whether the server refuses the account itself, whatever the token.
func gone(err error) bool {
	e, ok := errors.AsType[*apiError](err)
	return ok && slices.Contains(goneNames, e.Name)
}

// refusedToken reports whether the server refuses the token, which proves that it did nothing
// else. An expired access token is answered by 400, not 401.
func refusedToken(err error) bool {
	e, ok := errors.AsType[*apiError](err)
	if !ok || e.Name == "" {
		return false
	}
	return e.Status == http.StatusUnauthorized || gone(err) ||
		e.Status == http.StatusBadRequest && (e.Name == "ExpiredToken" || e.Name == "InvalidToken")
}

// fault is err, of [Provider.do], as people see it. An error that is one for people stays.
func fault(err error, s subject) *hayon.Error {
	if s.name == "" {
		s.name = "bluesky"
	}
	if e, ok := errors.AsType[*hayon.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*rest.Error](err); ok {
		return e.Unanswered(s.name)
	}
	if e, ok := errors.AsType[*unreadable](err); ok {
		return s.errorf(hayon.CodeUnavailable, "%s gave an answer that makes no sense", e.Host).WithCause(err)
	}
	e, ok := errors.AsType[*apiError](err)
	if !ok {
		return hayon.AsError(err)
	}
	return refusal(e, s).WithCause(err)
}

func refusal(e *apiError, s subject) *hayon.Error {
	switch {
	case e.Status == http.StatusTooManyRequests:
		return limited(e, s)
	case e.Status >= http.StatusInternalServerError:
		out := s.errorf(hayon.CodeUnavailable, "%s has a problem of its own (%d)", e.Host, e.Status)
		out.RetryAfter = e.RetryAfter
		return out
	case e.Name == "":
		return s.errorf(hayon.CodeUnavailable, "%s does not answer like a server of Bluesky (%d)", e.Host, e.Status)
	case e.Name == "AccountTakedown":
		return s.errorf(hayon.CodeUnauthenticated, "the account is taken down")
	case e.Name == "AccountDeactivated":
		return s.errorf(hayon.CodeUnauthenticated, "the account is deactivated")
	case e.Name == "AccountNotFound":
		return s.errorf(hayon.CodeUnauthenticated, "%s does not keep this account; it may have moved", e.Host)
	case refusedToken(e):
		return s.errorf(hayon.CodeUnauthenticated, "the session is over and could not be renewed")
	case e.Status == http.StatusForbidden:
		return s.errorf(hayon.CodeForbidden, "%s does not allow it: %s", e.Host, e.Message)
	case e.Status == http.StatusRequestEntityTooLarge:
		return s.errorf(hayon.CodeInvalid, "%s takes nothing that large", e.Host)
	}
	return s.errorf(hayon.CodeRejected, "%s refused it: %s", e.Host, e.said())
}

// limited says whom a limit that was reached concerns, and for how long.
func limited(e *apiError, s subject) *hayon.Error {
	out := s.errorf(hayon.CodeRateLimited, "%s allows no more requests for now", e.Host).WithScope(hayon.ScopeAccount)
	switch {
	case e.Limit == addressLimit:
		out = s.errorf(hayon.CodeRateLimited, "%s allows no more requests from this network for now", e.Host).WithScope(hayon.ScopeHost)
	case e.Limit.window >= day:
		out = s.errorf(hayon.CodeRateLimited, "%s allows this account no more for today", e.Host).WithScope(hayon.ScopeAccount)
	}
	out.RetryAfter = e.RetryAfter
	return out
}

const day = 24 * time.Hour

// said is the server's own explanation.
func (e *apiError) said() string {
	if e.Message == "" {
		return e.Name
	}
	return e.Message
}
