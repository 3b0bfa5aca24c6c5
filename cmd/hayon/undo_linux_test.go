package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// byProgram cancels a post as a program does that calls the API.
func (u *user) byProgram(t *testing.T, id string) {
	t.Helper()
	found := regexp.MustCompile(`(?m)^socket\s+(.*)$`).FindStringSubmatch(u.must(t, 0, "", "daemon", "status").out)
	if found == nil {
		t.Fatal("there is no socket")
	}
	c := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", found[1])
	}}}
	defer c.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://hayon"+api.Root+"/posts/"+id+"/cancel", bytes.NewReader([]byte("{}")))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if _ = res.Body.Close(); res.StatusCode != http.StatusOK {
		t.Fatalf("the API answers %s", res.Status)
	}
}

// TestUndoAsks: a change that was made elsewhere is shown before it is taken back; one of the command line is
// not, unless it is old.
func TestUndoAsks(t *testing.T) {
	t.Parallel()
	u := newUser(t, "socket")
	id := strings.TrimSpace(u.must(t, 0, "", "post", "Hello", "--to", "site", "--at", "2090-03-01 09:00", "-q").out)
	state := func() hayon.PostState { return u.must(t, 0, "", "show", id, "--json").post(t).State }

	u.must(t, 0, "", "cancel", id, "-q")
	wantShown(t, u.edits(t, 0, "undo"), "Undone: cancel of p_", "It is scheduled for")

	u.byProgram(t, id)
	for _, answer := range []string{"\r", "n\r"} {
		term := newTerminal(t)
		cmd := u.start(t, term, "undo")
		term.wait(t, "It was done by api. Take that back? [y/N] ", 20*time.Second)
		wantShown(t, term.text(), "Would be undone: cancel of p_", "It would be scheduled for")
		term.typeKeys(t, answer)
		if got := exitCode(cmd); got != 2 {
			t.Errorf("exit code %d: %s", got, term.text())
		}
		if got := state(); got != hayon.PostCancelled {
			t.Errorf("it is %s", got)
		}
	}
	term := newTerminal(t)
	cmd := u.start(t, term, "undo")
	term.wait(t, "[y/N] ", 20*time.Second)
	term.typeKeys(t, "y\r")
	if got := exitCode(cmd); got != 0 || state() != hayon.PostScheduled {
		t.Errorf("exit code %d, and it is %s: %s", got, state(), term.text())
	}

	u.byProgram(t, id)
	wantShown(t, u.edits(t, 0, "undo", id), "Undone: cancel") // whoever names the post knows it
	u.byProgram(t, id)
	wantShown(t, u.edits(t, 0, "undo", "--yes"), "Undone: cancel")
	u.byProgram(t, id)
	u.must(t, 0, "", "undo", "-q") // nobody is there to ask
	if got := state(); got != hayon.PostScheduled {
		t.Errorf("it is %s", got)
	}
}
