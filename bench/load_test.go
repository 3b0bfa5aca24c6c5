package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func TestShortLoads(t *testing.T) {
	t.Parallel()
	long, short := &bench{}, &bench{short: true}
	if diff := cmp.Diff([]int{10_000, 100_000, 1_000_000}, long.scaleSizes()); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{200, 2000, 20_000}, short.scaleSizes()); diff != "" {
		t.Errorf("sizes of a short run (-want +got):\n%s", diff)
	}
	if got := short.count(10); got != lanes {
		t.Errorf("count(10) = %d, want one for each lane", got)
	}
	if long.span(time.Second) != time.Second || short.span(time.Second) >= time.Second {
		t.Error("only a short run measures for a shorter time")
	}
}

func TestSpreadIDs(t *testing.T) {
	t.Parallel()
	const n = 5000
	now := time.UnixMilli(1_700_000_000_000)
	var last string
	seen := map[hayon.PostID]bool{}
	for i := range n {
		id := spreadID(i, n, now)
		if got := id.Time(); !got.Equal(now) {
			t.Fatalf("identifier %d is of %s, want %s", i, got, now)
		}
		digits := []byte(id.Digits())
		slices.Reverse(digits)
		if end := string(digits[:6]); end <= last {
			t.Fatalf("identifier %d ends, read from the end, with %q, which is not after %q", i, end, last)
		} else {
			last = end
		}
		seen[id] = true
	}
	if len(seen) != n {
		t.Errorf("%d different identifiers of %d", len(seen), n)
	}
	if !strings.HasPrefix(last, "zz") {
		t.Errorf("the last one ends with %q, want the end of all that there are", last)
	}
}

func TestSpreadDues(t *testing.T) {
	t.Parallel()
	due := spread(1_000_000)
	if days := due(999_999).Sub(due(0)).Hours() / 24; days < scaleDays-1 || days > scaleDays {
		t.Errorf("a million are due over %v days, want %d", days, scaleDays)
	}
	first := time.UnixMilli(1_700_000_000_000)
	a, b := dues(1000, first, lateSpread, 1), dues(1000, first, lateSpread, 1)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("two draws differ:\n%s", diff)
	}
	for _, d := range a {
		if d.Before(first) || !d.Before(first.Add(lateSpread)) {
			t.Errorf("%s is not in the ten seconds from %s", d, first)
		}
	}
}

func TestGrouping(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{7: "7", 200: "200", 2000: "2,000", 100_000: "100,000", 1_000_000: "1,000,000"} {
		if got := grouping(n); got != want {
			t.Errorf("grouping(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestQuietness(t *testing.T) {
	t.Parallel()
	if s := quietness(quietMost); strings.Contains(s, "NOT QUIET") {
		t.Errorf("quietness(%d) = %q", quietMost, s)
	}
	if s := quietness(quietMost + 1); !strings.Contains(s, "NOT QUIET") {
		t.Errorf("quietness(%d) = %q, want that it says so", quietMost+1, s)
	}
	if line := machineLine(t.Context(), 0); !strings.Contains(line, "CPUs") {
		t.Errorf("machineLine = %q", line)
	}
}

func TestLineCount(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, more string) {
		t.Helper()
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteString(more)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	lines := lineCount{}
	for _, step := range []struct {
		file, more string
		want       int
	}{
		{"a.ndjson", "", 0},
		{"a.ndjson", "1\n2", 1},
		{"a.ndjson", "2\n", 2},
		{"b.ndjson", "3\n4\n", 4},
		{"a.state", "5\n", 4},
	} {
		write(step.file, step.more)
		if got, err := lines.below(dir); got != step.want || err != nil {
			t.Errorf("after %q in %s: %d lines, %v; want %d", step.more, step.file, got, err, step.want)
		}
	}
}

func TestReadPublic(t *testing.T) {
	t.Parallel()
	b := &bench{dir: t.TempDir()}
	h := b.home("home")
	if err := os.MkdirAll(h.demo(), 0o700); err != nil {
		t.Fatal(err)
	}
	target := hayon.NewTargetID(time.UnixMilli(1_700_000_000_000)).String()
	line := func(target, at string) string {
		return `{"id":"1","target":"` + target + `","part":0,"text":"x","published_at":"2026-11-20T10:00:` + at + `Z","due":"2026-11-20T10:00:00.1Z"}` + "\n"
	}
	other := hayon.NewTargetID(time.UnixMilli(1_700_000_000_001)).String()
	file := filepath.Join(h.demo(), "a.ndjson")
	if err := os.WriteFile(file, []byte(line(target, "00.09")+line(other, "00.25")), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readPublic(h)
	want := delays{late: []time.Duration{-10 * time.Millisecond, 150 * time.Millisecond}, early: 1}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(delays{})); diff != "" || err != nil {
		t.Errorf("readPublic: %v (-want +got):\n%s", err, diff)
	}
	if err := os.WriteFile(file, []byte(line(target, "01")+line(target, "02")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readPublic(h); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("readPublic of a target that is there twice = %v", err)
	}
}

func TestWritersStopAtAnError(t *testing.T) {
	t.Parallel()
	wrong := errors.New("wrong")
	var commits atomic.Int64
	_, err := writers(t.Context(), time.Hour, func(context.Context, int) error {
		commits.Add(1)
		return wrong
	})
	if !errors.Is(err, wrong) || commits.Load() != lanes {
		t.Errorf("writers = %v after %d commits, want the error and one commit of each", err, commits.Load())
	}
}

func TestPaces(t *testing.T) {
	t.Parallel()
	got := pace{rate: 10, took: []time.Duration{time.Millisecond}}.and(pace{rate: 20, took: []time.Duration{3 * time.Millisecond}})
	if got.rate != 15 || got.spread() != "p50 1, p99 3 ms" {
		t.Errorf("the mean of both is %v, %s", got.rate, got.spread())
	}
}

// TestPeersCommit has each peer commit again and again what it did before.
func TestPeersCommit(t *testing.T) {
	t.Parallel()
	b := &bench{dir: t.TempDir()}
	for name, open := range map[string]peerOpener{
		"row, store": grouped(storeJournalRow), "change, store": grouped(storeChange),
		"row, one by one": oneByOne((*plain).journalRow), "change, batched": batched((*plain).change),
	} {
		c, err := open(t.Context(), b.home(strings.ReplaceAll(name, " ", "")))
		if err != nil {
			t.Fatal(err)
		}
		for range 3 { // there and back again
			if err := c.commit(t.Context(), lanes-1); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := c.close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRefuser(t *testing.T) {
	t.Parallel()
	r, err := refuse(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusInternalServerError || r.requests.Load() != 1 {
		t.Errorf("status %d after %d requests, want 500 after one", resp.StatusCode, r.requests.Load())
	}
}
