package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// terminal is a terminal with somebody before it.
type terminal struct {
	keys *os.File // what is typed and shown
	tty  *os.File // what a program gets

	mu    sync.Mutex // guards shown
	shown bytes.Buffer
	grown chan struct{} // has room for one: something was shown
	ended chan struct{}
}

// newTerminal is a terminal of 100 columns that is closed with the test.
func newTerminal(t *testing.T) *terminal {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminal: ", err)
	}
	t.Cleanup(func() { _ = keys.Close() })
	fd := int(keys.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 30, Col: 100}); err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{keys: keys, tty: tty, grown: make(chan struct{}, 1), ended: make(chan struct{})}
	go term.watch()
	t.Cleanup(func() {
		_ = tty.Close()
		<-term.ended
	})
	return term
}

// watch reads what is shown until nobody holds the terminal any more.
func (term *terminal) watch() {
	defer close(term.ended)
	b := make([]byte, 4096)
	for {
		n, err := term.keys.Read(b)
		if err != nil {
			return
		}
		term.mu.Lock()
		term.shown.Write(b[:n])
		term.mu.Unlock()
		select {
		case term.grown <- struct{}{}:
		default:
		}
	}
}

func (term *terminal) text() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.shown.String()
}

// all is what was shown when nobody writes any more: what was written before the end of a program may be
// on its way. The terminal is of no use afterwards.
func (term *terminal) all() string {
	_ = term.tty.Close()
	<-term.ended
	return term.text()
}

// colours are the sequences that the words of wait do not have.
var colours = regexp.MustCompile(`\x1b\[\d*m`)

// wait waits until the terminal shows the words.
func (term *terminal) wait(t *testing.T, words string, within time.Duration) {
	t.Helper()
	limit := time.After(within)
	for !strings.Contains(colours.ReplaceAllString(term.text(), ""), words) {
		select {
		case <-term.grown:
		case <-limit:
			t.Fatalf("the terminal does not show %q within %s, but %q", words, within, term.text())
		}
	}
}

func (term *terminal) typeKeys(t *testing.T, keys string) {
	t.Helper()
	if _, err := term.keys.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

func (term *terminal) settings(t *testing.T) unix.Termios {
	t.Helper()
	s, err := unix.IoctlGetTermios(int(term.tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *s
}

// start runs hayon before the terminal. All three streams are the terminal.
func (u *user) start(t *testing.T, term *terminal, args ...string) *exec.Cmd {
	t.Helper()
	cmd := u.command(t, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = term.tty, term.tty, term.tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func exitCode(cmd *exec.Cmd) int {
	_ = cmd.Wait() // the code tells
	return cmd.ProcessState.ExitCode()
}

// TestPostWithoutTextOnTerminal: nobody waits for an input that nobody knows of.
func TestPostWithoutTextOnTerminal(t *testing.T) {
	t.Parallel()
	u, term := newUser(t, "file"), newTerminal(t)
	cmd := u.start(t, term, "post")
	term.wait(t, `hayon post "Hello, world" --to site`, time.Second)
	if got := exitCode(cmd); got != 2 {
		t.Errorf("exit code %d, want 2", got)
	}
}

// TestProgressOnTerminal: each target has its line, which ends with the URL.
func TestProgressOnTerminal(t *testing.T) {
	t.Parallel()
	u, term := newUser(t, "file"), newTerminal(t)
	u.must(t, 0, "", "login", "demo", "--set", "latency=300ms")
	cmd := u.start(t, term, "post", "hello", "--to", "demo,site")
	term.wait(t, "demo  publishing", 5*time.Second)
	if got := exitCode(cmd); got != 0 {
		t.Errorf("exit code %d, want 0", got)
	}
	term.wait(t, "\np_", time.Second) // the id comes last
	if text := term.text(); strings.Contains(text, "site published") {
		t.Errorf("the columns jump: %q", text)
	}
	lines := screen(term.text())
	for _, want := range []string{"  demo  published   https://demo.invalid/demo/", "  site  published   file:///"} {
		found := 0
		for _, line := range lines {
			if strings.HasPrefix(line, want) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%d lines begin with %q in\n%s", found, want, strings.Join(lines, "\n"))
		}
	}
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "p_") || len(last) > 10 {
		t.Errorf("the last line is %q, want a short id", last)
	}
}

// screen is what a terminal shows after the sequences that the progress uses: up, carriage return,
// erase to the end of the line, colours. Lines do not wrap.
func screen(s string) []string {
	lines, row, column := [][]rune{nil}, 0, 0
	for len(s) > 0 {
		switch {
		case s[0] == '\n':
			s = s[1:]
			if row++; row == len(lines) {
				lines = append(lines, nil)
			}
		case s[0] == '\r':
			s, column = s[1:], 0
		case strings.HasPrefix(s, "\x1b["):
			end := strings.IndexAny(s, "AKm")
			arg := 0
			_, _ = fmt.Sscan(s[2:end], &arg)
			switch s[end] {
			case 'A':
				row -= arg
			case 'K':
				lines[row] = lines[row][:min(column, len(lines[row]))]
			}
			s = s[end+1:]
		default:
			r, n := utf8.DecodeRuneInString(s)
			if column < len(lines[row]) {
				lines[row][column] = r
			} else {
				lines[row] = append(lines[row], r)
			}
			s, column = s[n:], column+1
		}
	}
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		out = append(out, string(l))
	}
	for len(out) > 1 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

// TestCtrlC: what was accepted is safe, the exit code is 130 and the terminal as it was.
func TestCtrlC(t *testing.T) {
	t.Parallel()
	u, term := newUser(t, "file"), newTerminal(t)
	u.must(t, 0, "", "login", "demo", "--set", "latency=3s")
	before := term.settings(t)
	cmd := u.start(t, term, "post", "slow", "--to", "demo")
	term.wait(t, "demo  publishing", 5*time.Second)
	term.typeKeys(t, "\x03")
	if got := exitCode(cmd); got != 130 {
		t.Errorf("exit code %d, want 130", got)
	}
	if diff := cmp.Diff(before, term.settings(t)); diff != "" {
		t.Errorf("the terminal's settings have changed (-before +after):\n%s", diff)
	}
	// It is out once, now or by the next command.
	u.run(t, "", "wait", "last", "--for", "20s")
	u.must(t, 0, "", "show", "last")
	public, err := os.ReadFile(u.dir + "/hayon/data/default/demo/demo.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(public, []byte("\n")); n != 1 {
		t.Errorf("the post is out %d times, want 1", n)
	}
}

// TestSecondCtrlC ends at once, and the next command finishes what was begun.
func TestSecondCtrlC(t *testing.T) {
	t.Parallel()
	u, term := newUser(t, "file"), newTerminal(t)
	u.must(t, 0, "", "login", "demo", "--set", "latency=3s")
	cmd := u.start(t, term, "post", "slow", "--to", "demo")
	term.wait(t, "demo  publishing", 5*time.Second)
	began := time.Now()
	ended := make(chan int, 1)
	go func() { ended <- exitCode(cmd) }()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for got := 0; got == 0; {
		term.typeKeys(t, "\x03") // two that come too close are one
		select {
		case got = <-ended:
			if got != 130 {
				t.Fatalf("exit code %d, want 130", got)
			}
		case <-again.C:
		}
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %s to stop", took)
	}
	u.must(t, 0, "", "wait", "last", "--for", "20s")
}

// TestListOnTerminal: a head, short ids, colours and words, fitted to the width.
func TestListOnTerminal(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "post", "a text that is longer than forty cells by far, 日本語 too", "--to", "site", "--draft")
	for _, columns := range []int{40, 60, 100} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			t.Parallel()
			term := newTerminal(t)
			v := &user{u.dir, append(u.env[:len(u.env):len(u.env)], fmt.Sprintf("COLUMNS=%d", columns))}
			cmd := v.start(t, term, "list")
			if got := exitCode(cmd); got != 0 {
				t.Fatalf("exit code %d", got)
			}
			term.wait(t, "draft", time.Second)
			if !strings.Contains(term.text(), "\x1b[") {
				t.Error("there are no colours")
			}
			lines := screen(term.text())
			if len(lines) != 2 || !strings.HasPrefix(lines[0], "ID") || !strings.Contains(lines[1], "draft") {
				t.Fatalf("the table is %q", lines)
			}
			for _, line := range lines {
				if n := cells(line); n > columns {
					t.Errorf("%d cells: %q", n, line)
				}
			}
		})
	}
}

// TestConfirmOnTerminal: Enter means no.
func TestConfirmOnTerminal(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file")
	u.must(t, 0, "", "login", "demo")
	for _, tt := range []struct {
		name, keys string
		exit       int
	}{{"Enter", "\r", 2}, {"n", "n\r", 2}, {"y", "y\r", 0}} {
		term := newTerminal(t)
		cmd := u.start(t, term, "logout", "demo")
		term.wait(t, "[y/N] ", 5*time.Second)
		term.typeKeys(t, tt.keys)
		if got := exitCode(cmd); got != tt.exit {
			t.Errorf("%s: exit code %d, want %d: %q", tt.name, got, tt.exit, term.text())
		}
	}
	u.must(t, 5, "", "account", "show", "demo")
}

// TestPasswordOnTerminal: what is typed is not shown, and Ctrl-C gives the echo back.
func TestPasswordOnTerminal(t *testing.T) {
	t.Parallel()
	u := newUser(t, "file", passphrase)
	host := nobodyListens(t)
	term := newTerminal(t)
	before := term.settings(t)
	login := []string{"login", "bluesky", "--host", host, "--handle", "a.test", "--vault", "passphrase"}
	cmd := u.start(t, term, login...)
	term.wait(t, "assword", 10*time.Second)
	noEcho := func() bool { return term.settings(t).Lflag&unix.ECHO == 0 }
	if !poll(noEcho, nil) {
		t.Error("what is typed is shown")
	}
	term.typeKeys(t, "se-cret\r")
	if got := exitCode(cmd); got != 8 {
		t.Errorf("exit code %d, want 8: %q", got, term.text())
	}
	if strings.Contains(term.text(), "se-cret") {
		t.Error("the password was shown")
	}
	if diff := cmp.Diff(before, term.settings(t)); diff != "" {
		t.Errorf("the terminal's settings have changed (-before +after):\n%s", diff)
	}

	term = newTerminal(t)
	before = term.settings(t)
	cmd = u.start(t, term, login...)
	term.wait(t, "assword", 10*time.Second)
	if !poll(func() bool { return term.settings(t).Lflag&unix.ECHO == 0 }, nil) {
		t.Error("what is typed is shown")
	}
	term.typeKeys(t, "\x03")
	ended := make(chan int, 1)
	go func() { ended <- exitCode(cmd) }()
	select {
	case got := <-ended:
		if got != 130 {
			t.Errorf("exit code %d, want 130", got)
		}
	case <-time.After(5 * time.Second):
		t.Error("one Ctrl-C does not end the question")
		_ = cmd.Process.Kill()
		<-ended
	}
	if diff := cmp.Diff(before, term.settings(t)); diff != "" {
		t.Errorf("the terminal's settings have changed (-before +after):\n%s", diff)
	}
}
