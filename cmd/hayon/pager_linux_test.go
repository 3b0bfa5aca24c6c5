package main

import (
	"strings"
	"testing"
	"time"
)

// paged is what a terminal of 30 rows and 100 columns shows of a command, and how that ended.
func paged(t *testing.T, u *user, vars []string, args ...string) (shown string, exit int) {
	t.Helper()
	term := newTerminal(t)
	v := &user{u.dir, append(u.env[:len(u.env):len(u.env)], vars...)}
	exit = exitCode(v.start(t, term, append(args, "--color", "never")...))
	_ = term.tty.Close()
	<-term.ended
	t.Logf("%v %q: %q [%d]", vars, args, term.text(), exit)
	return strings.ReplaceAll(term.text(), "\r\n", "\n"), exit
}

const marking = "HAYON_PAGER=sed s/^/PAGED:/"

// TestPager: what is longer than the screen is given to the pager, whole and in order, and nothing else.
func TestPager(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	help := strings.Count(u.must(t, 0, "", "help", "post").out, "\n")
	tests := []struct {
		name  string
		vars  []string
		args  []string
		paged bool
		exit  int
	}{
		{"long help", []string{marking}, []string{"help", "post"}, true, 0},
		{"a flag for help", []string{marking}, []string{"post", "--help"}, true, 0},
		{"a long list", []string{marking}, []string{"commands"}, true, 0},
		{"long JSON", []string{marking}, []string{"commands", "--json=path"}, true, 0},
		{"a short list", []string{marking}, []string{"platform", "list"}, false, 0},
		{"PAGER", []string{"PAGER=sed s/^/PAGED:/"}, []string{"commands"}, true, 0},
		{"HAYON_PAGER before PAGER", []string{marking, "PAGER=cat"}, []string{"commands"}, true, 0},
		{"a line for the shell", []string{"HAYON_PAGER=cat | sed s/^/PAGED:/"}, []string{"commands"}, true, 0},
		{"--no-pager", []string{marking}, []string{"commands", "--no-pager"}, false, 0},
		{"--no-pager for help", []string{marking}, []string{"help", "post", "--no-pager"}, false, 0},
		{"HAYON_NO_PAGER", []string{marking, "HAYON_NO_PAGER=1"}, []string{"post", "--help"}, false, 0},
		{"an empty HAYON_PAGER", []string{"HAYON_PAGER=", "PAGER=sed s/^/PAGED:/"}, []string{"commands"}, false, 0},
		{"cat", []string{"HAYON_PAGER=cat"}, []string{"commands"}, false, 0},
		{"one that is missing", []string{"HAYON_PAGER=no-such-pager -x"}, []string{"commands"}, false, 0},
		{"a dumb terminal", []string{marking, "TERM=dumb"}, []string{"commands"}, false, 0},
		{"a screen reader", []string{marking, "ACCESSIBLE=1"}, []string{"commands"}, false, 0},
		{"a command that is no list", []string{marking}, []string{"config", "schema"}, false, 0},
		{"an error", []string{marking}, []string{"show", "nope"}, false, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			shown, exit := paged(t, u, tt.vars, tt.args...)
			if exit != tt.exit {
				t.Errorf("exit code %d, want %d", exit, tt.exit)
			}
			lines := strings.Count(shown, "\n")
			marked := strings.Count("\n"+shown, "\nPAGED:")
			switch {
			case tt.paged && marked != lines:
				t.Errorf("%d of %d lines went to the pager", marked, lines)
			case tt.paged && lines < 30:
				t.Errorf("only %d lines are shown", lines)
			case !tt.paged && marked > 0:
				t.Errorf("%d lines went to the pager", marked)
			case !tt.paged && lines == 0:
				t.Error("nothing is shown")
			}
			if tt.args[0] == "help" && lines != help {
				t.Errorf("%d lines are shown, want %d", lines, help)
			}
		})
	}
}

// TestPagerLeft: who leaves the pager early has seen enough, which is no error.
func TestPagerLeft(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	shown, exit := paged(t, u, []string{"HAYON_PAGER=head -n 1"}, "commands", "--json") // more than a pipe holds
	if exit != 0 || shown != "[\n" {
		t.Errorf("exit code %d, and the terminal shows %q", exit, shown)
	}
}

// TestPagerOptions: less is told to leave short results on the screen, unless its user has told it
// something else.
func TestPagerOptions(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	echo := `HAYON_PAGER=cat >/dev/null; echo "LESS is $LESS"`
	for _, tt := range []struct {
		vars []string
		want string
	}{
		{[]string{echo}, "LESS is FRX\n"},
		{[]string{echo, "LESS=-S"}, "LESS is -S\n"},
	} {
		if shown, _ := paged(t, u, tt.vars, "commands"); shown != tt.want {
			t.Errorf("with %q the pager said %q, want %q", tt.vars, shown, tt.want)
		}
	}
}

// TestPagerCtrlC: Ctrl-C is the pager's. The command waits for it, and ends as it would have.
func TestPagerCtrlC(t *testing.T) {
	t.Parallel()
	u, term := newUser(t, "file"), newTerminal(t)
	v := &user{u.dir, append(u.env[:len(u.env):len(u.env)],
		`HAYON_PAGER=sh -c 'trap "echo interrupted" INT; cat >/dev/null; echo reading; read x </dev/tty; read x </dev/tty; echo left'`)}
	cmd := v.start(t, term, "commands")
	term.wait(t, "reading", 5*time.Second)
	term.typeKeys(t, "\x03")
	term.wait(t, "interrupted", 5*time.Second)
	term.typeKeys(t, "\r\r")
	if got := exitCode(cmd); got != 0 {
		t.Errorf("exit code %d, want 0: %q", got, term.text())
	}
	term.wait(t, "left", time.Second)
	if strings.Contains(term.text(), "Finishing") {
		t.Errorf("the command spoke into the pager: %q", term.text())
	}
}
