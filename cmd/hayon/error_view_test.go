package main

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// TestErrorObject: with --json an error of every code is one object with the same members, and names a
// page of the help that there is.
func TestErrorObject(t *testing.T) {
	t.Parallel()
	var topics []string
	for _, topic := range newTestApp().topics() {
		topics = append(topics, "hayon help "+topic.name)
	}
	for _, code := range hayon.Codes() {
		var out bytes.Buffer
		a := newApp(&streams{err: &out}, env())
		a.flags.json.on = true
		e := hayon.Errorf(code, "it failed").WithHint("try again").WithDetail("matches", []string{"p_a"})
		e.RetryAfter = 90 * time.Second
		a.report(t.Context(), e)
		if strings.Count(out.String(), "\n") != 1 {
			t.Errorf("%s: not one line: %q", code, &out)
		}
		var got struct {
			Error struct {
				Code, Message, Hint, Docs string
				Details                   map[string]any
				RetryAfter                float64 `json:"retry_after"`
			}
		}
		d := json.NewDecoder(&out)
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil {
			t.Fatal(err)
		}
		g := got.Error
		if g.Code != string(code) || g.Message != "it failed" || g.Hint != "try again" || g.RetryAfter != 90 || g.Details["matches"] == nil {
			t.Errorf("%s: %+v", code, g)
		}
		if !slices.Contains(topics, g.Docs) {
			t.Errorf("%s: docs is %q, which is no topic", code, g.Docs)
		}
	}
}

// TestExitCodesTopic: the page names every exit code that there is.
func TestExitCodesTopic(t *testing.T) {
	t.Parallel()
	page := topicExitCodes()
	for _, code := range hayon.Codes() {
		if !strings.Contains(page, "\n"+strings.Repeat(" ", 5-len(strconv.Itoa(code.Exit())))+strconv.Itoa(code.Exit())+"  ") {
			t.Errorf("%d (%s) is not there", code.Exit(), code)
		}
	}
}
