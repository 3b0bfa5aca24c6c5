package main

import (
	"os"
	"testing"
)

func TestParseRollup(t *testing.T) {
	t.Parallel()
	got, err := parseRollup("00400000-7ffd [rollup]\nRss:               27304 kB\nPss:   1 kB\nAnonymous:          2048 kB\n")
	if want := (usage{rss: 27304 << 10, private: 2048 << 10}); err != nil || got != want {
		t.Errorf("parseRollup = %+v, %v; want %+v", got, err, want)
	}
	for _, bad := range []string{"", "\nRss: 1 kB\n", "\nRss: x kB\nAnonymous: 1 kB\n"} {
		if _, err := parseRollup(bad); err == nil {
			t.Errorf("parseRollup(%q) takes it", bad)
		}
	}
}

func TestOwnProcess(t *testing.T) {
	t.Parallel()
	use, err := memoryOf(os.Getpid())
	if err != nil || use.private <= 0 || use.rss < use.private {
		t.Errorf("memoryOf(self) = %+v, %v; want private memory, and no less resident", use, err)
	}
	if _, err := cpuTime(os.Getpid()); err != nil {
		t.Errorf("cpuTime(self): %v", err)
	}
	if _, err := cpuTime(-1); err == nil {
		t.Error("cpuTime of nobody: no error")
	}
}
