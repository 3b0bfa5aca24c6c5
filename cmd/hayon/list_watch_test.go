//go:build unix

package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

// interrupt is Ctrl-C: the command ends quietly.
func (f *follower) interrupt(t *testing.T) {
	t.Helper()
	if err := f.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := f.end(t); code != 130 || f.err.Len() > 0 {
		t.Errorf("exit code %d, want 130; stderr is %q", code, f.err.String())
	}
}

func (u *user) draft(t *testing.T, text string, flags ...string) string {
	t.Helper()
	return strings.TrimSpace(u.must(t, 0, "", append([]string{"post", text, "--to", "site", "--draft", "-q"}, flags...)...).out)
}

// TestListWatch: the list, then a line for what is new, has changed, fits no more or is deleted; nothing
// for what does not fit.
func TestListWatch(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"file", "socket"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			u := newUser(t, mode)
			one := u.draft(t, "one", "--label", "launch")
			other := u.draft(t, "other")
			f := u.goOn(t, "list", "label:launch", "state:draft,scheduled", "--watch", "-L", "1")
			f.saw(t, "one\tlisted")
			two := u.draft(t, "two", "--label", "launch")
			f.saw(t, "two\tcreated")
			u.must(t, 0, "", "reschedule", one, "--at", "2090-01-02 09:00")
			f.saw(t, "one\tchanged")
			u.must(t, 0, "", "cancel", other)
			u.must(t, 0, "", "cancel", one)
			f.saw(t, "one\tleft")
			u.must(t, 0, "", "undo")
			f.saw(t, "one\tleft\n"+one+"\tscheduled\t2090-01-02T09:00:00Z\tsite\tone\tchanged")
			u.must(t, 0, "", "delete", two, "--yes")
			f.saw(t, "two\tdeleted")
			f.interrupt(t)
			want := []string{
				one + "\tdraft\t\tsite\tone\tlisted",
				two + "\tdraft\t\tsite\ttwo\tcreated",
				one + "\tscheduled\t2090-01-02T09:00:00Z\tsite\tone\tchanged",
				one + "\tcancelled\t2090-01-02T09:00:00Z\tsite\tone\tleft",
				one + "\tscheduled\t2090-01-02T09:00:00Z\tsite\tone\tchanged",
			}
			got := f.all()
			if diff := cmp.Diff(want, got[:len(got)-1]); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			if last := got[len(got)-1]; !strings.HasPrefix(last, two+"\tcancelled\t") || !strings.HasSuffix(last, "\tsite\ttwo\tdeleted") {
				t.Errorf("the last line is %q, want that two is deleted", last)
			}
		})
	}
}

// TestListWatchFormats: a line of JSON, of csv, or an id for each, and a count that is said when it is
// another one.
func TestListWatchFormats(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	one := u.draft(t, "one")
	watch := func(args ...string) *follower { return u.goOn(t, append([]string{"list", "--watch"}, args...)...) }
	lines, table, ids, count := watch("-o", "ndjson"), watch("-o", "csv"), watch("-q"), watch("--count")
	lines.saw(t, `"change":"listed"`)
	table.saw(t, "one,,cli,listed")
	ids.saw(t, one)
	count.saw(t, "1")
	two := u.draft(t, "two")
	lines.saw(t, `"change":"created"`)
	table.saw(t, "two,,cli,created")
	ids.saw(t, two)
	count.saw(t, "2")
	u.must(t, 0, "", "delete", one, "--yes")
	count.saw(t, "2\n1")
	lines.saw(t, `"change":"deleted"`)
	var p struct {
		ID, Change string
		Targets    []struct{ State string }
	}
	if err := json.Unmarshal([]byte(lines.all()[1]), &p); err != nil || p.ID != two || p.Change != "created" || len(p.Targets) != 1 {
		t.Errorf("the second line is %q (%v)", lines.all()[1], err)
	}
	if got, want := table.all()[0], "id,state,at,to,text,labels,source,change"; got != want {
		t.Errorf("the head of csv is %q, want %q", got, want)
	}
	for _, f := range []*follower{lines, table, ids, count} {
		f.interrupt(t)
	}
	o := u.run(t, "", "list", "--watch", "--timeout", "300ms", "-q")
	if o.exit != hayon.CodeUnavailable.Exit() || !strings.Contains(o.err, "--timeout 300ms") {
		t.Errorf("--timeout ends it with %d and %q", o.exit, o.err)
	}
}

// TestListWatchThroughDaemons: what changes while a daemon comes and goes is told once.
func TestListWatchThroughDaemons(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.env = append(u.env, "HAYON_SERVER=")
	f := u.goOn(t, "list", "--watch")
	var want []string
	note := func(text string) {
		t.Helper()
		want = append(want, u.draft(t, text)+"\tdraft\t\tsite\t"+text+"\tcreated")
		f.saw(t, text+"\tcreated")
	}
	listed := u.draft(t, "first")
	f.saw(t, "first\t")
	daemon := u.background(t, "daemon", "run")
	if !poll(func() bool { return u.run(t, "", "list", "--server", "unix", "--count").exit == 0 }, nil) {
		t.Fatal("the daemon does not answer")
	}
	note("over the daemon")
	u.must(t, 0, "", "daemon", "stop")
	_ = daemon.Wait() // it was asked to end
	note("after the daemon")
	f.interrupt(t)
	got := f.all()
	if len(got) == 0 || !regexp.MustCompile(`^`+listed+`\tdraft\t\tsite\tfirst\t(listed|created)$`).MatchString(got[0]) {
		t.Fatalf("the lines are %q", got)
	}
	if diff := cmp.Diff(want, got[1:]); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}
