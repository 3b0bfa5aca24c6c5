package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnswerPace(t *testing.T) {
	t.Parallel()
	var a answer
	if err := json.Unmarshal([]byte(`{"count": 50, "ms": 100, "took": [1.5, 2]}`), &a); err != nil {
		t.Fatal(err)
	}
	want := pace{rate: 500, took: []time.Duration{1500 * time.Microsecond, 2 * time.Millisecond}}
	if diff := cmp.Diff(want, a.pace(), cmp.AllowUnexported(pace{})); diff != "" {
		t.Errorf("pace (-want +got):\n%s", diff)
	}
}

// TestPeersAreExact keeps a peer from becoming another one from one day to the next.
func TestPeersAreExact(t *testing.T) {
	t.Parallel()
	var wanted struct{ Dependencies map[string]string }
	var locked struct {
		Packages map[string]struct{ Version, Integrity, Resolved string }
	}
	for name, into := range map[string]any{"package.json": &wanted, "package-lock.json": &locked} {
		b, err := peerFiles.ReadFile("peers/" + name)
		if err == nil {
			err = json.Unmarshal(b, into)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if len(wanted.Dependencies) == 0 {
		t.Fatal("package.json names no dependency")
	}
	for name, version := range wanted.Dependencies {
		if got := locked.Packages["node_modules/"+name].Version; got != version {
			t.Errorf("%s is %q in package.json and %q in the lock file", name, version, got)
		}
	}
	for name, p := range locked.Packages {
		if name != "" && (p.Integrity == "" || p.Resolved != "") {
			t.Errorf("%s has integrity %q and comes from %q, want a sum and no address", name, p.Integrity, p.Resolved)
		}
	}
}

func TestSaying(t *testing.T) {
	t.Parallel()
	for out, want := range map[string]string{
		"": "", "one\ntwo\n": "two",
		"node:internal\n    throw err\n\nError: Cannot find module 'x'\n    at f\n\nNode.js v20\n": "Error: Cannot find module 'x'",
	} {
		if got := saying([]byte(out)); got != want {
			t.Errorf("saying(%q) = %q, want %q", out, got, want)
		}
	}
	if s := slug("hayon's outbox relay, hints"); s != "hayons-outbox-relay-hints" || strings.ToLower(s) != s {
		t.Errorf("slug = %q", s)
	}
}
