package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100) // 100, 99, … 1
	for i := range hundred {
		hundred[i] = time.Duration(100 - i)
	}
	tests := []struct {
		name   string
		values []time.Duration
		q      float64
		want   time.Duration
	}{
		{"of none", nil, 0.5, 0},
		{"of one", []time.Duration{7}, 0.99, 7},
		{"the middle of three", []time.Duration{9, 1, 5}, 0.5, 5},
		{"the lower middle of four", []time.Duration{4, 3, 2, 1}, 0.5, 2},
		{"p99 of a hundred", hundred, 0.99, 99},
		{"the largest", hundred, 1, 100},
		{"the smallest", hundred, 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := quantile(tt.values, tt.q); got != tt.want {
				t.Errorf("quantile(%v) = %d, want %d", tt.q, got, tt.want)
			}
		})
	}
	if hundred[0] != 100 {
		t.Error("quantile changed its values")
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{
		0: "0", 0.144: "0.14", 1: "1", 3.25: "3.2", 40: "40", 99.94: "99.9", 11800.4: "11800", 0.5: "0.50",
	} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestFigureVerdict(t *testing.T) {
	t.Parallel()
	bound := 10.0
	b := &bench{budget: budget{Targets: []target{
		{Name: "most", What: "w", Unit: "ms", Max: &bound}, {Name: "least", What: "w", Unit: "/s", Min: &bound},
	}}}
	for _, tt := range []struct {
		name string
		v    float64
		want string
	}{
		{"most", 9, verdictOK},
		{"most", 10, verdictOK},
		{"most", 10.1, verdictOver},
		{"least", 9.9, verdictOver},
		{"least", 10, verdictOK},
		{"least", 11, verdictOK},
	} {
		r := b.figure(tt.name, tt.v, "")
		if r.Verdict != tt.want {
			t.Errorf("%s of %v = %q, want %q", tt.name, tt.v, r.Verdict, tt.want)
		}
		if over([]row{fact("f", "w", 1, "ms", ""), r}) != (tt.want == verdictOver) {
			t.Errorf("over(%s of %v) disagrees with the verdict %q", tt.name, tt.v, r.Verdict)
		}
	}
	if r := b.unknown("most", errNoProc); r.Verdict != "" || r.Measured != nil || over([]row{r}) {
		t.Errorf("unknown = %+v, want no verdict", r)
	}
}

func TestShortRunJudgesNothing(t *testing.T) {
	t.Parallel()
	bound := 10.0
	b := &bench{short: true, budget: budget{Targets: []target{{Name: "most", What: "w", Unit: "ms", Max: &bound}}}}
	for _, v := range []float64{9, 11} {
		if r := b.figure("most", v, ""); r.Verdict != "" || r.Measured == nil || r.Target == "" {
			t.Errorf("figure(%v) = %+v, want it measured, with its target and no verdict", v, r)
		}
	}
	if !strings.Contains(b.shortNote(), "SHORT") || (&bench{}).shortNote() != "" {
		t.Error("a short run must say what it is, and no other")
	}
}

// TestBudgetServesAllFigures measures nothing: it asks for each name that the code uses.
func TestBudgetServesAllFigures(t *testing.T) {
	t.Parallel()
	bud, err := readBudget(budgetFile)
	if err != nil {
		t.Fatal(err)
	}
	used := []string{
		"version", "help", "list-file", "complete", "list-socket",
		"find-newest", "find-rare", "find-absent", "find-frequent", "find-state", "find-month", "count-all", "count-label",
		"count-graphemes", "count-mastodon", "count-weighted", "split", "facets",
		"fit-time", "fit-memory", "fit-share", "fit-40mp", "fit-bomb", "fit-video", "preview", "late-p50", "late-p99", "late-early", "trouble-p50", "trouble-p99",
		"targets", "finished",
		"relay", "consume-1", "consume-50", "delivered-p50", "delivered-p99", "restart-stopped", "restart-killed",
		"burst-claimed", "burst-early", "sweep-growth", "create-growth",
		"million-ready", "million-private", "million-late-p50", "million-late-p99",
		"ready", "rss", "private", "cpu", "size", "size-budget",
	}
	var have []string
	for _, target := range bud.Targets {
		have = append(have, target.Name)
	}
	if diff := cmp.Diff(used, have); diff != "" {
		t.Errorf("targets (-used +budget.json):\n%s", diff)
	}
}

func TestWriteTable(t *testing.T) {
	t.Parallel()
	v, w := 3.25, 120.0
	var out strings.Builder
	err := writeTable(&out, "a machine", []row{
		{What: "one", Measured: &v, Unit: "ms", Target: "≤ 15 ms", Verdict: "ok"},
		{What: "another", Measured: &w, Unit: "/s", Note: "why"},
		{What: "none", Unit: "MiB", Target: "≤ 40 MiB", Note: "measured on Linux only"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `a machine

WHAT     MEASURED  TARGET    VERDICT
one        3.2 ms  ≤ 15 ms   ok
another    120 /s                     why
none            -  ≤ 40 MiB           measured on Linux only
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestParseInitTrace(t *testing.T) {
	t.Parallel()
	got := parseInitTrace("init runtime @0.1 ms, 0.02 ms clock, 0 bytes, 0 allocs\nhayon 1.0\ninit net/http @0.53 ms, 1.5 ms clock, 4712 bytes, 23 allocs\ninit of nothing\n")
	want := map[string]time.Duration{"runtime": 20 * time.Microsecond, "net/http": 1500 * time.Microsecond}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parseInitTrace (-want +got):\n%s", diff)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"help", []string{"-h"}, exitOK, "-only"},
		{"an unknown flag", []string{"-nonsense"}, exitError, "nonsense"},
		{"an unknown measurement", []string{"-only", "speed"}, exitError, "startup"},
		{"two names in one", []string{"-only", "list,idl"}, exitError, `"idl"`},
		{"an argument", []string{"list"}, exitError, `"list" is no flag`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), tt.args, &stdout, &stderr); code != tt.code {
				t.Errorf("exit %d, want %d", code, tt.code)
			}
			if !strings.Contains(stderr.String(), tt.want) || stdout.Len() > 0 {
				t.Errorf("stderr %q, want %q in it; stdout %q, want nothing", &stderr, tt.want, &stdout)
			}
		})
	}
}

func TestChooseKeepsFsync(t *testing.T) {
	t.Parallel()
	chosen, err := choose("idle,list")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range chosen {
		got = append(got, m.name)
	}
	if diff := cmp.Diff([]string{"fsync", "list", "idle"}, got); diff != "" {
		t.Errorf("chosen (-want +got):\n%s", diff)
	}
}
