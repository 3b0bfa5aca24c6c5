package hayon_test

import (
	"context"
	"testing"

	"github.com/hayon/hayon"
)

func TestActor(t *testing.T) {
	t.Parallel()
	want := hayon.Actor{User: hayon.NewUserID(when), Source: hayon.SourceCLI, RequestID: "r-1"}
	ctx := hayon.WithActor(t.Context(), want)
	if got, err := hayon.ActorFrom(ctx); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	inner := want
	inner.Source = hayon.SourceWorker
	if got, err := hayon.ActorFrom(hayon.WithActor(ctx, inner)); err != nil || got != inner {
		t.Errorf("inner: got %+v, %v, want %+v", got, err, inner)
	}
	if got, err := hayon.ActorFrom(ctx); err != nil || got != want {
		t.Errorf("outer, afterwards: got %+v, %v, want %+v", got, err, want)
	}
}

func TestActorIsRequired(t *testing.T) {
	t.Parallel()
	for name, ctx := range map[string]context.Context{
		"none":         t.Context(),
		"without user": hayon.WithActor(t.Context(), hayon.Actor{Source: hayon.SourceAPI}),
	} {
		got, err := hayon.ActorFrom(ctx)
		if hayon.CodeOf(err) != hayon.CodeUnauthenticated || got != (hayon.Actor{}) {
			t.Errorf("%s: got %+v, %v, want unauthenticated", name, got, err)
		}
		if err != nil && hayon.AsError(err).Hint == "" {
			t.Errorf("%s: no hint says what to type", name)
		}
	}
}

func TestLocalUserIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	if got, want := hayon.LocalUser().ID.String(), "u_00000000000000000001"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
