package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server"
)

// What is asked of letters reaches the service as it was meant, for who asks.
func TestLetters(t *testing.T) {
	t.Parallel()
	id, _, err := hayon.ParseLetterRef(letter)
	if err != nil {
		t.Fatal(err)
	}
	want := &hayon.Letter{
		ID: id, Kind: hayon.LetterDead, Cause: hayon.CauseUndecodable, At: time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC),
		Message: &hayon.LetterMessage{Body: []byte{0xff, 0x00}, Bytes: 2, Digest: "00"},
	}
	var calls []string
	note := func(ctx context.Context, format string, args ...any) {
		a, err := hayon.ActorFrom(ctx)
		calls = append(calls, fmt.Sprintf("%v ", err == nil && a.User == hayon.LocalUser().ID)+fmt.Sprintf(format, args...))
	}
	h := newHandler(t, &stub{
		findLetters: func(ctx context.Context, f hayon.LetterFilter) ([]*hayon.Letter, error) {
			note(ctx, "find %+v", f)
			return []*hayon.Letter{want}, nil
		},
		lookupLetter: func(ctx context.Context, kind hayon.LetterKind, ref string) (*hayon.Letter, error) {
			note(ctx, "look up %q %q", kind, ref)
			return want, nil
		},
		changeLetter: func(ctx context.Context, how hayon.LetterEffect, ref string, r hayon.LetterRequest) (*hayon.Letter, error) {
			note(ctx, "%s %s %+v", how, ref, r)
			return want, nil
		},
	}, server.Config{})
	for _, tt := range []struct{ method, target, body string }{
		{http.MethodGet, "/api/v2/letters?kind=parked&all=true&limit=3", ""},
		{http.MethodGet, "/api/v2/letters", ""},
		{http.MethodGet, "/api/v2/letters/lookup?kind=dead&ref=9qx7", ""},
		{http.MethodGet, "/api/v2/letters/lookup?ref=last", ""},
		{http.MethodPost, "/api/v2/letters/" + letter + "/replay", ""},
		{http.MethodPost, "/api/v2/letters/" + target + "/replay", `{"reason":"it is back","dry_run":true}`},
		{http.MethodPost, "/api/v2/letters/" + target + "/discard", `{"reason":"old"}`},
		{http.MethodPost, "/api/v2/letters/" + letter + "/discard", `{}`},
	} {
		w := do(t, h, tt.method, tt.target, tt.body)
		var got hayon.Letter
		var err error
		if body := w.Body.Bytes(); body[0] == '[' {
			var list []hayon.Letter
			if err = json.Unmarshal(body, &list); len(list) == 1 {
				got = list[0]
			}
		} else {
			err = json.Unmarshal(body, &got)
		}
		if diff := cmp.Diff(*want, got); w.Code != http.StatusOK || err != nil || diff != "" {
			t.Errorf("%s %s: %d, %v (-want +got):\n%s", tt.method, tt.target, w.Code, err, diff)
		}
	}
	if diff := cmp.Diff([]string{
		"true find {Kind:parked All:true Limit:3}", "true find {Kind: All:false Limit:0}",
		`true look up "dead" "9qx7"`, `true look up "" "last"`,
		"true replayed " + letter + " {Reason: DryRun:false}", "true replayed " + target + " {Reason:it is back DryRun:true}",
		"true discarded " + target + " {Reason:old DryRun:false}", "true discarded " + letter + " {Reason: DryRun:false}",
	}, calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}
