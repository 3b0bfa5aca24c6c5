package main

import (
	"os"
	"testing"
)

func TestParseMemory(t *testing.T) {
	t.Parallel()
	got, err := parseMemory("00400000-7ffd [rollup]\nRss:               27304 kB\nPss:   1 kB\nAnonymous:          2048 kB\n", "Rss", "Anonymous")
	if want := (usage{rss: 27304 << 10, private: 2048 << 10}); err != nil || got != want {
		t.Errorf("parseMemory = %+v, %v; want %+v", got, err, want)
	}
	for _, bad := range []string{"", "\nRss: 1 kB\n", "\nRss: x kB\nAnonymous: 1 kB\n"} {
		if _, err := parseMemory(bad, "Rss", "Anonymous"); err == nil {
			t.Errorf("parseMemory(%q) takes it", bad)
		}
	}
}

func TestOwnProcess(t *testing.T) {
	t.Parallel()
	use, err := memoryOf(os.Getpid())
	if err != nil || use.private <= 0 || use.rss < use.private {
		t.Errorf("memoryOf(self) = %+v, %v; want private memory, and no less resident", use, err)
	}
	if now, err := memoryNow(os.Getpid()); err != nil || now.private <= 0 || now.rss < now.private {
		t.Errorf("memoryNow(self) = %+v, %v; want private memory, and no less resident", now, err)
	}
	if _, err := cpuTime(os.Getpid()); err != nil {
		t.Errorf("cpuTime(self): %v", err)
	}
	if _, err := cpuTime(-1); err == nil {
		t.Error("cpuTime of nobody: no error")
	}
}

func TestParseProcessors(t *testing.T) {
	t.Parallel()
	busy, all, err := parseProcessors("cpu  100 20 30 1000 50 4 5 6 70 80\ncpu0 1 2 3\n")
	if err != nil || busy != 165 || all != 1215 {
		t.Errorf("parseProcessors = %v, %v, %v; want 165 of 1215", busy, all, err)
	}
	for _, bad := range []string{"", "cpu 1 2 3\n", "cpu0 1 2 3 4 5 6 7 8\n", "cpu 1 2 3 4 5 6 7 x\n"} {
		if _, _, err := parseProcessors(bad); err == nil {
			t.Errorf("parseProcessors(%q) takes it", bad)
		}
	}
}
