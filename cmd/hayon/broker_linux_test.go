package main

import (
	"strings"
	"testing"
	"time"
)

// TestDiscardOnTerminal: who does not say why is asked, then whether; Enter is no, and no answer gives
// nothing up.
func TestDiscardOnTerminal(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "login", "demo", "--set", "fault=rejected:1")
	u.must(t, 7, "", "post", "refused", "--to", "demo")
	for _, tt := range []struct {
		name, why, keys string
		exit            int
	}{
		{"no reason", "\r", "", 2},
		{"Enter", "too old\r", "\r", 2},
		{"y", "too old\r", "y\r", 0},
	} {
		term := newTerminal(t)
		cmd := u.start(t, term, "broker", "dead", "discard", "last")
		term.wait(t, "Why? ", 5*time.Second)
		if !strings.Contains(term.text(), "will be cancelled on demo") {
			t.Errorf("%s: what is given up is not told: %q", tt.name, term.text())
		}
		term.typeKeys(t, tt.why)
		if tt.keys != "" {
			term.wait(t, "That cannot be undone. [y/N] ", 5*time.Second)
			term.typeKeys(t, tt.keys)
		}
		if got := exitCode(cmd); got != tt.exit {
			t.Errorf("%s: exit code %d, want %d: %q", tt.name, got, tt.exit, term.text())
		}
		if left := strings.Count(u.must(t, 0, "", "broker", "dead", "list", "-q").out, "\n"); left == 1 != (tt.exit != 0) {
			t.Errorf("%s: %d letters are left", tt.name, left)
		}
	}
	if o := u.must(t, 0, "", "log", "last"); !strings.Contains(o.out, "too old") {
		t.Errorf("the history does not say why: %q", o.out)
	}
}

// TestBrokerFits: what the commands about the broker print on a narrow terminal breaks between words, and
// nothing asks for more room.
func TestBrokerFits(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.write(t, "hayon.toml", []byte("[delivery]\nwaits = []\n"))
	u.env = append(u.env, "HAYON_CONFIG="+u.dir+"/hayon.toml")
	stick(t, u)
	for _, args := range [][]string{
		{"broker", "status"},
		{"broker", "topology"},
		{"broker", "dead", "show", "last"},
		{"broker", "parked", "show", "last"},
		{"broker", "parked", "list", "--all"},
	} {
		for _, columns := range []string{"40", "80"} {
			shown, _ := paged(t, u, []string{"COLUMNS=" + columns, "HAYON_PAGER="}, args...)
			if len(strings.Fields(shown)) < 5 {
				t.Errorf("%v printed %q", args, shown)
			}
			for line := range strings.Lines(shown) {
				if n := cells(strings.TrimSuffix(line, "\n")); n > 40 && columns == "40" || n > 80 {
					t.Errorf("%v: %d cells at %s: %q", args, n, columns, line)
				}
			}
		}
	}
}
