package rest

import "github.com/hayon/hayon"

// Unanswered is a request without an answer as a provider tells its user of it: unavailable, with how far
// it came, about who. A host that could not be reached has the scope of the host.
func (e *Error) Unanswered(who string) *hayon.Error {
	say := func(format string, args ...any) *hayon.Error {
		said := hayon.Errorf(hayon.CodeUnavailable, format, args...).WithCause(e)
		said.Message = who + ": " + said.Message
		return said
	}
	switch {
	case e.Kind == KindDeadline:
		return say("the time to send was over before the request could leave; nothing was sent")
	case e.Unconnected():
		return say("cannot reach %s: %s", e.Host, e.Reason()).WithScope(hayon.ScopeHost)
	case e.Kind == KindTimeout:
		return say("%s gave no answer in time", e.Host)
	}
	return say("no answer from %s: %s", e.Host, e.Reason())
}
