package mastodon

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
)

const tokenHelp = "leave it out to sign in by your browser; or make one on your server: Preferences, Development, New application"

// subject is whom an error is about.
type subject struct {
	name  string // the account as a person types it
	login string // the command that signs it in again
	// perAddress: a rate limit concerns every account behind this network address.
	perAddress bool
}

func about(a *hayon.Account) subject {
	s := subject{name: a.Name, login: "hayon login mastodon", perAddress: rulesOf(a).perAddress}
	if s.name == "" {
		s.name = "mastodon"
	}
	if alias := a.Alias(); alias != "" {
		s.login += " --alias " + alias
	}
	if h := a.Settings["host"]; h != "" {
		s.login += " --host " + h
	} else if a.Host != "" {
		s.login += " --host " + strings.TrimPrefix(a.Host, "https://")
	}
	return s
}

// who is the account, or the platform before there is one.
func (s subject) who() string { return cmp.Or(s.name, "mastodon") }

func (s subject) errorf(code hayon.Code, format string, args ...any) *hayon.Error {
	e := hayon.Errorf(code, format, args...)
	e.Message = s.who() + ": " + e.Message
	if code == hayon.CodeUnauthenticated && s.login != "" {
		e.Hint = s.login
	}
	return e
}

// refusedToken reports whether the instance refuses the token, which proves that it did nothing else.
func refusedToken(err error) bool {
	e, ok := errors.AsType[*apiError](err)
	return ok && e.Parsed && e.Status == http.StatusUnauthorized
}

// fault is err, of an API call, as people see it. An error that is one for people stays.
func fault(err error, s subject) *hayon.Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*hayon.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*rest.Error](err); ok {
		return e.Unanswered(s.who())
	}
	if e, ok := errors.AsType[*unreadable](err); ok {
		return s.errorf(hayon.CodeUnavailable, "%s gave an answer that makes no sense", e.Host).WithCause(e)
	}
	e, ok := errors.AsType[*apiError](err)
	if !ok {
		return hayon.AsError(err)
	}
	return refusal(e, s).WithCause(e)
}

// refusal is an answer that refuses.
func refusal(e *apiError, s subject) *hayon.Error {
	switch {
	case e.Status == http.StatusTooManyRequests:
		return limited(e, s)
	case e.Status >= http.StatusInternalServerError:
		out := s.errorf(hayon.CodeUnavailable, "%s has a problem of its own (%d)", e.Host, e.Status)
		if e.Status == http.StatusServiceUnavailable && !e.Parsed {
			out = s.errorf(hayon.CodeUnavailable, "%s is closed for maintenance or overloaded (503)", e.Host)
		}
		out.RetryAfter = e.RetryAfter
		return out
	case e.Status == http.StatusRequestEntityTooLarge: // of a proxy, which speaks no JSON
		return s.errorf(hayon.CodeInvalid, "%s takes nothing that large", e.Host)
	case !e.Parsed:
		return s.errorf(hayon.CodeUnavailable, "%s does not answer like a Mastodon (%d)", e.Host, e.Status).
			WithHint("check the server: hayon account verify " + s.name)
	case e.Status == http.StatusUnauthorized:
		return s.errorf(hayon.CodeUnauthenticated, "%s does not accept the token any more: %s", e.Host, e.Message)
	case e.Status == http.StatusForbidden:
		return forbidden(e, s)
	case e.Status == http.StatusGone:
		return s.errorf(hayon.CodeForbidden, "%s says that the account is gone", e.Host).
			WithHint("look at your account on " + e.Host + ", then " + s.login)
	case e.Status == http.StatusNotFound:
		return s.errorf(hayon.CodeInvalid, "%s does not have what it refers to: %s", e.Host, e.Message)
	}
	return s.errorf(hayon.CodeRejected, "%s refused it: %s", e.Host, e.Message)
}

// forbidden tells a missing scope and a closed account, which concern the account, from what is not
// allowed with this one thing.
func forbidden(e *apiError, s subject) *hayon.Error {
	text := strings.ToLower(e.Message)
	switch {
	case strings.Contains(text, "scope"), strings.Contains(text, "insufficient permissions"):
		return s.errorf(hayon.CodeForbidden, "the token may not do that: %s", e.Message).
			WithHint("sign in again, so that it gets the rights: " + s.login)
	case strings.Contains(text, "your login is"):
		return s.errorf(hayon.CodeForbidden, "%s does not let the account in: %s", e.Host, e.Message).
			WithHint("look at your account on " + e.Host)
	}
	return s.errorf(hayon.CodeRejected, "%s does not allow it: %s", e.Host, e.Message)
}

// limited says whom a limit that was reached concerns, and for how long.
func limited(e *apiError, s subject) *hayon.Error {
	out := s.errorf(hayon.CodeRateLimited, "%s allows no more requests for now", e.Host).WithScope(hayon.ScopeAccount)
	if s.perAddress {
		out = s.errorf(hayon.CodeRateLimited, "%s allows no more requests from this network for now", e.Host).WithScope(hayon.ScopeHost)
	}
	out.RetryAfter = e.RetryAfter
	return out
}
