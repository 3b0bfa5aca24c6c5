package hayon

import (
	"context"
	"time"
)

// User owns posts, accounts and media.
type User struct {
	ID        UserID    `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
}

// LocalUser is the built-in user of a Hayon that runs for one person. Its identifier never changes.
func LocalUser() User {
	return User{ID: UserID{11: 1}, Name: "local"}
}

// Source says through which face a change came.
type Source string

// The sources.
const (
	SourceCLI    Source = "cli"
	SourceTUI    Source = "tui"
	SourceAPI    Source = "api"
	SourceFeed   Source = "feed"
	SourceApply  Source = "apply"
	SourceMCP    Source = "mcp"
	SourceWorker Source = "worker"
)

// Actor is who does something: the user, through which face, and the id of the request, which is
// also in each log line and journal row that the request causes.
type Actor struct {
	User      UserID `json:"user,omitzero"`
	Source    Source `json:"source,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

type actorKey struct{}

// WithActor gives the context the actor that services act for.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorFrom is the actor of ctx. Without one, or without a user in it, the error is unauthenticated.
func ActorFrom(ctx context.Context) (Actor, error) {
	a, ok := ctx.Value(actorKey{}).(Actor)
	if !ok || a.User.IsZero() {
		return Actor{}, Errorf(CodeUnauthenticated, "nobody is signed in for this request").
			WithHint("sign in first: hayon server login URL")
	}
	return a, nil
}
