package events

import (
	"encoding/json"
	"time"

	"github.com/hayon/hayon"
)

// Notice is an event with what it is about, as the store has it when the notice is made. What is not
// there any more, or was never part of the event, is nil.
type Notice struct {
	// Profile names the configuration that the event comes from.
	Profile string
	Event   hayon.Event
	Post    *hayon.Post
	// Target is the event's own; it is one of Post.Targets.
	Target  *hayon.Target
	Account *hayon.Account
	// Change is what happened to the account, of the events about accounts.
	Change *hayon.AccountChange
	// Test: nothing has happened; somebody tries whether the sink works.
	Test bool
}

// MarshalJSON writes the [Payload].
func (n Notice) MarshalJSON() ([]byte, error) { return json.Marshal(n.Payload()) }

// Payload is what sinks send: the JSON on the standard input of a hook and in the body of a webhook.
// Its fields keep their names and meanings; new ones may be added. It holds no secret and no media.
type Payload struct {
	// ID is the number of the event. It is the same in every delivery of the event, and grows.
	ID uint64 `json:"id"`
	// At is when it happened.
	At      time.Time       `json:"at"`
	Kind    hayon.EventKind `json:"kind"`
	Profile string          `json:"profile,omitempty"`
	// Reason is a sentence for people.
	Reason string `json:"reason,omitempty"`
	// Question: the target is missed, and its user is to say whether it goes out all the same.
	Question bool            `json:"question"`
	Post     *PostPayload    `json:"post,omitempty"`
	Target   *TargetPayload  `json:"target,omitempty"`
	Account  *AccountPayload `json:"account,omitempty"`
	// Test: nothing has happened; somebody tries whether this arrives.
	Test bool `json:"test,omitempty"`
}

// PostPayload is a post.
type PostPayload struct {
	ID   hayon.PostID `json:"id"`
	Text string       `json:"text"`
	// State is that of the whole post when the payload was made, later than the event perhaps.
	State hayon.PostState `json:"state"`
	// At is when the post is, or was, to go out.
	At     time.Time `json:"at"`
	Labels []string  `json:"labels,omitempty"`
}

// TargetPayload is a post for one account. State, URL and Error are those of the event.
type TargetPayload struct {
	ID hayon.TargetID `json:"id"`
	// Account is the name that a person types, such as bluesky/work.
	Account  string      `json:"account,omitempty"`
	Platform string      `json:"platform"`
	Handle   string      `json:"handle,omitempty"`
	State    hayon.State `json:"state"`
	URL      string      `json:"url,omitempty"`
	Due      time.Time   `json:"due"`
	// LateSeconds is how long after Due it went out, or was found missed.
	LateSeconds float64       `json:"late_seconds,omitempty"`
	Attempts    int           `json:"attempts"`
	Error       *ErrorPayload `json:"error,omitempty"`
}

// ErrorPayload is why a target is not out.
type ErrorPayload struct {
	Code    hayon.Code `json:"code"`
	Message string     `json:"message"`
	// Hint is what to type.
	Hint string `json:"hint,omitempty"`
	// RetryAt is when the next attempt follows by itself.
	RetryAt time.Time `json:"retry_at,omitzero"`
}

// AccountPayload is an account.
type AccountPayload struct {
	ID       hayon.AccountID     `json:"id"`
	Name     string              `json:"name"`
	Platform string              `json:"platform,omitempty"`
	Handle   string              `json:"handle,omitempty"`
	Status   hayon.AccountStatus `json:"status,omitempty"`
	Reason   string              `json:"reason,omitempty"`
	// Expires is when the credentials end, in a warning of it.
	Expires time.Time `json:"expires,omitzero"`
	// Removed: the account was signed out.
	Removed bool `json:"removed,omitempty"`
}

// Payload is the notice as it is sent.
func (n Notice) Payload() Payload {
	e := n.Event
	return Payload{
		ID: e.Seq, At: e.At, Kind: e.Kind, Profile: n.Profile, Reason: e.Reason, Question: e.Asks,
		Post: n.post(), Target: n.target(), Account: n.account(), Test: n.Test,
	}
}

func (n Notice) post() *PostPayload {
	p := n.Post
	if p == nil {
		return nil
	}
	at := p.Schedule.At
	if at.IsZero() {
		at = p.CreatedAt
	}
	return &PostPayload{ID: p.ID, Text: p.Text, State: p.State(), At: at, Labels: p.Labels}
}

func (n Notice) target() *TargetPayload {
	t, e := n.Target, n.Event
	if t == nil {
		return nil
	}
	out := &TargetPayload{
		ID: t.ID, Account: n.AccountName(), Platform: t.Platform, State: t.State, URL: t.Remote().URL, Due: t.Due,
		Attempts: t.Attempts, Error: n.failure(),
	}
	if n.Account != nil {
		out.Handle = n.Account.Handle
	}
	if e.To != "" {
		out.State = e.To
	}
	if e.URL != "" {
		out.URL = e.URL
	}
	if e.Attempt > 0 {
		out.Attempts = e.Attempt
	}
	switch {
	case e.Kind == hayon.EventPublished:
		out.LateSeconds = t.Late().Seconds()
	case e.Kind == hayon.EventMissed && e.At.After(t.Due):
		out.LateSeconds = e.At.Sub(t.Due).Seconds()
	}
	return out
}

// failure is the event's error, or that of the target where it still is in the event's state.
func (n Notice) failure() *ErrorPayload {
	err := n.Event.Error
	if err == nil && n.Event.To == n.Target.State {
		err = n.Target.Error
	}
	if err == nil {
		return nil
	}
	return &ErrorPayload{Code: err.Code, Message: err.Message, Hint: err.Hint, RetryAt: err.RetryAt}
}

func (n Notice) account() *AccountPayload {
	if n.Account == nil && n.Change == nil {
		return nil
	}
	out := &AccountPayload{ID: n.Event.Account, Name: n.AccountName()}
	if a := n.Account; a != nil {
		out.Platform, out.Handle, out.Status, out.Reason = a.Platform, a.Handle, a.Status, a.Reason
	}
	if c := n.Change; c != nil {
		out.Expires, out.Removed = c.Expires, c.Removed
		if c.Status != "" {
			out.Status = c.Status
		}
	}
	return out
}

// AccountName is what a person calls the account of the event; the platform where the account is gone,
// and "" where there is none.
func (n Notice) AccountName() string {
	switch {
	case n.Account != nil:
		return n.Account.Name
	case n.Change != nil:
		return n.Change.Name
	}
	return n.Event.Platform
}

// Example is a notice of that kind about a post that does not exist, for trying a sink.
func Example(kind hayon.EventKind, at time.Time) Notice {
	at = at.UTC()
	const name, url = "bluesky/work", "https://bsky.app/profile/example.org/post/3kexample"
	account := &hayon.Account{
		ID: hayon.NewAccountID(at), Platform: "bluesky", Name: name, Handle: "@example.org",
		Status: hayon.AccountConnected,
	}
	target := &hayon.Target{
		ID: hayon.NewTargetID(at), Account: account.ID, Platform: account.Platform, State: hayon.StatePublished, Due: at,
		PublishedAt: at, Attempts: 1, Parts: []hayon.Part{{Text: "This is a test.", Remote: hayon.Remote{ID: "3kexample", URL: url}}},
	}
	post := &hayon.Post{ID: hayon.NewPostID(at), Text: "This is a test.", CreatedAt: at, Targets: []*hayon.Target{target}}
	target.Post = post.ID
	e := hayon.Event{
		At: at, Kind: kind, Post: post.ID, Target: target.ID, Account: account.ID, Platform: account.Platform, Reason: "this is a test",
	}
	if to, ok := stateOf[kind]; ok {
		target.State, e.From, e.To = to, hayon.StatePublishing, to
	}
	if target.State != hayon.StatePublished {
		target.PublishedAt, target.Parts[0].Remote = time.Time{}, hayon.Remote{}
		target.Error = &hayon.TargetError{Code: hayon.CodeRejected, Message: "this is a test", Hint: "hayon show " + post.ID.String()}
		e.Error = target.Error
	} else {
		e.URL = url
	}
	return Notice{Event: e, Post: post, Target: target, Account: account, Test: true}
}

// stateOf is the state that an event of the kind tells of.
var stateOf = map[hayon.EventKind]hayon.State{
	hayon.EventPublished: hayon.StatePublished,
	hayon.EventFailed:    hayon.StateFailed,
	hayon.EventMissed:    hayon.StateMissed,
	hayon.EventUncertain: hayon.StateUncertain,
	hayon.EventParked:    hayon.StateParked,
}
