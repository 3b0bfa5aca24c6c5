package hayon_test

import (
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

// postOf makes a post from words such as "published", "failed:unauthenticated" and "uncertain@",
// the last with a look at the platform to come.
func postOf(words string) *hayon.Post {
	p := &hayon.Post{ID: hayon.NewPostID(when)}
	for w := range strings.FieldsSeq(words) {
		state, code, _ := strings.Cut(w, ":")
		name, looked := strings.CutSuffix(state, "@")
		t := &hayon.Target{State: hayon.State(name)}
		if looked {
			t.NotBefore = when
		}
		if code != "" {
			t.Error = &hayon.TargetError{Code: hayon.Code(code)}
		}
		p.Targets = append(p.Targets, t)
	}
	return p
}

func TestPostExit(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]int{
		"":                              0,
		"published":                     0,
		"published published":           0,
		"scheduled":                     0,
		"draft":                         0,
		"published scheduled draft":     0,
		"uncertain":                     9,
		"uncertain@ queued":             9,
		"uncertain failed published":    9,
		"queued":                        12,
		"publishing published":          12,
		"retry_wait failed:forbidden":   12,
		"published failed:rejected":     6,
		"published parked":              6,
		"published missed":              6,
		"published cancelled":           6,
		"published scheduled failed":    6,
		"scheduled failed:rejected":     7,
		"draft parked":                  8,
		"failed":                        7,
		"failed:unauthenticated":        4,
		"failed:forbidden failed":       4,
		"failed:rejected parked":        7,
		"failed:invalid":                3,
		"failed:internal":               1,
		"failed:local":                  13,
		"failed:unavailable":            8,
		"failed:rate_limited cancelled": 8,
		"parked":                        8,
		"parked missed":                 8,
		"missed":                        10,
		"cancelled":                     10,
		"cancelled missed":              10,
		"cancelled failed:forbidden":    4,
		"failed:rejected failed:unauthenticated parked missed": 4,
	} {
		if got := postOf(words).Exit(); got != want {
			t.Errorf("%q: got %d, want %d", words, got, want)
		}
	}
}

// TestPostExitForgetsOrder: the exit does not depend on which target comes first.
func TestPostExitForgetsOrder(t *testing.T) {
	t.Parallel()
	words := []string{"published", "failed:unauthenticated", "failed:rejected", "failed:invalid", "failed:internal", "failed:local", "parked", "missed", "cancelled", "scheduled", "uncertain", "queued"}
	for _, a := range words {
		for _, b := range words {
			if got, want := postOf(a+" "+b).Exit(), postOf(b+" "+a).Exit(); got != want {
				t.Errorf("%s and %s: got %d, the other way round %d", a, b, got, want)
			}
		}
	}
}

func TestPostSettled(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]bool{
		"":                              true,
		"published failed parked":       true,
		"missed cancelled draft":        true,
		"uncertain":                     true, // held: only a person can tell
		"uncertain@":                    false,
		"published uncertain@":          false,
		"scheduled":                     false,
		"published queued":              false,
		"publishing":                    false,
		"retry_wait":                    false,
		"published uncertain cancelled": true,
	} {
		if got := postOf(words).Settled(); got != want {
			t.Errorf("%q: got %t, want %t", words, got, want)
		}
	}
}

func TestPostState(t *testing.T) {
	t.Parallel()
	if got := postOf("published failed").State(); got != hayon.PostPartial {
		t.Errorf("got %q, want partial", got)
	}
}

func TestPostShort(t *testing.T) {
	t.Parallel()
	p := postOf("")
	if got := p.Short(); len(got) != 2+4 {
		t.Errorf("got %q, want four digits where nobody looked", got)
	}
	p.ShortDigits = 7
	if got := p.Short(); got != p.ID.Short(7) {
		t.Errorf("got %q, want %q", got, p.ID.Short(7))
	}
}

func TestScheduleIsZero(t *testing.T) {
	t.Parallel()
	if !(hayon.Schedule{}).IsZero() || (hayon.Schedule{At: when}).IsZero() || (hayon.Schedule{Wall: "2026-11-20T17:04:05"}).IsZero() {
		t.Error("only the empty schedule means now")
	}
}
