package hayon_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

// codes is the table that users and programs rely on. A status of 0 stands for codes that no server
// answers.
var codes = map[hayon.Code]struct{ exit, status int }{
	"usage":           {2, 400},
	"invalid":         {3, 422},
	"unauthenticated": {4, 401},
	"forbidden":       {4, 403},
	"not_found":       {5, 404},
	"rejected":        {7, 422},
	"unavailable":     {8, 503},
	"rate_limited":    {8, 429},
	"uncertain":       {9, 409},
	"conflict":        {10, 409},
	"unreachable":     {11, 0},
	"timeout":         {12, 0},
	"local":           {13, 507},
	"internal":        {1, 500},
}

func TestCodeTable(t *testing.T) {
	t.Parallel()
	for code, want := range codes {
		if got := code.Exit(); got != want.exit {
			t.Errorf("%s: exit %d, want %d", code, got, want.exit)
		}
		if got := code.Status(); want.status != 0 && got != want.status || want.status == 0 && got < 500 {
			t.Errorf("%s: status %d, want %d", code, got, want.status)
		}
		if code.Exit() == hayon.ExitOK || code.Exit() == hayon.ExitPartial {
			t.Errorf("%s: exit %d is a result, not an error", code, code.Exit())
		}
	}
	all := map[hayon.Code]bool{}
	for _, c := range hayon.Codes() {
		all[c] = true
		if _, ok := codes[c]; !ok {
			t.Errorf("the code %q is in no table", c)
		}
	}
	if len(all) != len(codes) {
		t.Errorf("Codes: got %d, want %d", len(all), len(codes))
	}
}

func TestUnknownCode(t *testing.T) {
	t.Parallel()
	for _, c := range []hayon.Code{"", "brand_new"} {
		if c.Exit() != 1 || c.Status() != 500 {
			t.Errorf("%q: got %d and %d, want 1 and 500", c, c.Exit(), c.Status())
		}
	}
}

func TestErrorf(t *testing.T) {
	t.Parallel()
	err := hayon.Errorf(hayon.CodeLocal, "cannot read %s: %w", "x", io.ErrUnexpectedEOF).WithHint("hayon doctor").WithDetail("a", 1).WithDetail("b", "2")
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error("%w did not set the cause")
	}
	if got, want := err.Error(), "cannot read x: unexpected EOF"; got != want {
		t.Errorf("message: got %q, want %q", got, want)
	}
	if err.Hint != "hayon doctor" {
		t.Errorf("hint: got %q", err.Hint)
	}
	if diff := cmp.Diff(map[string]any{"a": 1, "b": "2"}, err.Details); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
	if plain := hayon.Errorf(hayon.CodeUsage, "no"); plain.Unwrap() != nil {
		t.Errorf("cause: got %v, want none", plain.Unwrap())
	}
}

func TestErrorHidesCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("dial tcp 10.0.0.7: token hunter2 refused")
	for name, err := range map[string]*hayon.Error{
		"WithCause": hayon.Errorf(hayon.CodeUnavailable, "the platform did not answer").WithCause(cause),
		"AsError":   hayon.AsError(cause),
		"wrapped":   hayon.AsError(fmt.Errorf("while posting: %w", cause)),
	} {
		b, mErr := json.Marshal(err)
		if mErr != nil {
			t.Fatal(mErr)
		}
		for what, text := range map[string]string{"message": err.Error(), "JSON": string(b), "hint": err.Hint} {
			if strings.Contains(text, "hunter2") || strings.Contains(text, "10.0.0.7") {
				t.Errorf("%s: the %s shows the cause: %s", name, what, text)
			}
		}
		if !errors.Is(err, cause) {
			t.Errorf("%s: the log cannot see the cause", name)
		}
	}
}

func TestAsError(t *testing.T) {
	t.Parallel()
	ours := hayon.Errorf(hayon.CodeConflict, "locked")
	for _, tt := range []struct {
		name string
		err  error
		code hayon.Code
		same bool
	}{
		{"nil", nil, "", false},
		{"ours", ours, hayon.CodeConflict, true},
		{"ours wrapped", fmt.Errorf("while: %w", ours), hayon.CodeConflict, true},
		{"ours joined", errors.Join(io.EOF, ours), hayon.CodeConflict, true},
		{"another", io.EOF, hayon.CodeInternal, false},
		{"ours around ours", hayon.Errorf(hayon.CodeLocal, "disk: %w", ours), hayon.CodeLocal, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := hayon.CodeOf(tt.err); got != tt.code {
				t.Errorf("CodeOf: got %q, want %q", got, tt.code)
			}
			got := hayon.AsError(tt.err)
			if tt.err == nil {
				if got != nil {
					t.Errorf("AsError: got %v, want nil", got)
				}
				return
			}
			if got == nil || got.Code != tt.code || tt.same != (got == ours) {
				t.Errorf("AsError: got %#v", got)
			}
		})
	}
}

func TestErrorInJSON(t *testing.T) {
	t.Parallel()
	err := &hayon.Error{Code: hayon.CodeRateLimited, Message: "too many", Hint: "wait", RetryAfter: time.Minute, Err: io.EOF}
	b, mErr := json.Marshal(err)
	if want := `{"code":"rate_limited","message":"too many","hint":"wait"}`; mErr != nil || string(b) != want {
		t.Errorf("got %s, %v, want %s", b, mErr, want)
	}
}
