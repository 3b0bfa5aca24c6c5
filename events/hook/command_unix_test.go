//go:build unix

package hook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
	"github.com/hayon/hayon/events/hook"
)

var at = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

func command(t *testing.T, cfg hook.Config) *hook.Command {
	t.Helper()
	cfg.Name = "test"
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	c, err := hook.NewCommand(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// wantCode tests the code of an error and answers it.
func wantCode(t *testing.T, err error, code hayon.Code) *hayon.Error {
	t.Helper()
	if hayon.CodeOf(err) != code {
		t.Fatalf("the error is %v, want the code %s", err, code)
	}
	return hayon.AsError(err)
}

func TestCommandReadsTheEvent(t *testing.T) {
	t.Parallel()
	n := events.Example(hayon.EventPublished, at)
	n.Post.Text = strings.Repeat("x", 1<<20) // more than a pipe holds
	want, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]hook.Config{
		"line": {Line: "cat > got"},
		"args": {Args: []string{"sh", "-c", `cat > "$0"`, "got"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg.Dir = t.TempDir()
			if err := command(t, cfg).Deliver(t.Context(), n); err != nil {
				t.Fatal(err)
			}
			if got := read(t, cfg.Dir, "got"); got != string(want)+"\n" {
				t.Errorf("standard input was %.200q…", got)
			}
		})
	}
	if err := command(t, hook.Config{Line: "exit 0"}).Deliver(t.Context(), n); err != nil {
		t.Errorf("a command that reads nothing: %v", err)
	}
}

func TestCommandEnvironment(t *testing.T) {
	for name, value := range map[string]string{
		"HAYON_VAULT_PASSPHRASE": "hidden", "HAYON_BLUESKY_PASSWORD": "hidden", "HAYON_MASTODON_WORK_TOKEN": "hidden",
		"HAYON_VAULT_IDENTITY": "hidden", "HAYON_X_CLIENT_SECRET": "hidden", "NOTIFY_SOCKET": "hidden", "WATCHDOG_USEC": "hidden",
		"HAYON_EVENT": "stale", "HAYON_HOME": "stays", "HAYON_PROFILE": "stays", "MY_TOKEN": "stays",
	} {
		t.Setenv(name, value)
	}
	n := events.Example(hayon.EventPublished, at)
	dir := t.TempDir()
	if err := command(t, hook.Config{Line: "env > got", Dir: dir}).Deliver(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(read(t, dir, "got")) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "HAYON_SPECS=") { // of those who run the tests
			continue
		}
		if strings.HasPrefix(line, "HAYON_") || strings.HasPrefix(line, "MY_") || strings.Contains(line, "hidden") {
			got = append(got, line)
		}
	}
	slices.Sort(got)
	want := []string{
		"HAYON_ACCOUNT=bluesky/work", "HAYON_EVENT=target.published", "HAYON_HOME=stays", "HAYON_POST=" + n.Post.ID.String(),
		"HAYON_PROFILE=stays", "HAYON_STATE=published", "HAYON_TARGET=" + n.Target.ID.String(),
		"HAYON_URL=" + n.Event.URL, "MY_TOKEN=stays",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

// What the event is not about is empty, and not what happened to be there.
func TestCommandEnvironmentOfOtherEvents(t *testing.T) {
	t.Setenv("HAYON_URL", "stale")
	dir := t.TempDir()
	n := events.Notice{Event: hayon.Event{Seq: 1, Kind: hayon.EventServiceChanged, At: at}}
	line := `echo "[$HAYON_EVENT][$HAYON_POST][$HAYON_TARGET][$HAYON_ACCOUNT][$HAYON_STATE][$HAYON_URL]" > got`
	if err := command(t, hook.Config{Line: line, Dir: dir}).Deliver(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if got := read(t, dir, "got"); got != "[service.changed][][][][][]\n" {
		t.Errorf("got %q", got)
	}
}

// A command that hangs is killed with what it started: all of them hold a pipe open, whose end comes
// when none is left.
func TestHangingCommandIsKilledWithItsChildren(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fifo := filepath.Join(dir, "alive")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	gone := make(chan string, 1)
	go func() {
		f, err := os.Open(fifo)
		if err != nil {
			gone <- err.Error()
			return
		}
		defer func() { _ = f.Close() }()
		b, err := io.ReadAll(f)
		if err != nil {
			gone <- err.Error()
		}
		gone <- string(b)
	}()
	line := `exec 3> alive; (echo child >&3; sleep 300) & (trap "" TERM INT HUP; sleep 300) & echo waiting; wait`
	err := command(t, hook.Config{Line: line, Dir: dir, Timeout: time.Second}).Deliver(t.Context(), events.Example(hayon.EventFailed, at))
	he := wantCode(t, err, hayon.CodeTimeout)
	if !strings.Contains(he.Message, "within 1s") || !strings.Contains(he.Message, "waiting") {
		t.Errorf("the message is %q", he.Message)
	}
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	select {
	case said := <-gone:
		if said != "child\n" {
			t.Errorf("the children said %q", said)
		}
	case <-limit.C:
		t.Error("a child of the command still runs")
	}
}

func TestCommandFails(t *testing.T) {
	t.Parallel()
	n := events.Example(hayon.EventFailed, at)
	for _, tt := range []struct {
		name, line, want, output string
	}{
		{"with a status", "echo one; echo two >&2; exit 3", `the hook "test": exit status 3: two`, "one\ntwo"},
		{"in silence", "exit 1", `the hook "test": exit status 1`, ""},
		{"by a signal", "kill -9 $$", `the hook "test": signal: killed`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			he := wantCode(t, command(t, hook.Config{Line: tt.line}).Deliver(t.Context(), n), hayon.CodeLocal)
			output, _ := he.Details["output"].(string)
			if he.Message != tt.want || output != tt.output {
				t.Errorf("got %q with the output %q", he.Message, output)
			}
		})
	}
	t.Run("to start", func(t *testing.T) {
		t.Parallel()
		err := command(t, hook.Config{Args: []string{"/nowhere/notify.sh"}}).Deliver(t.Context(), n)
		if he := wantCode(t, err, hayon.CodeLocal); he.Message != `the hook "test": there is no program /nowhere/notify.sh, or none that interprets it` || !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the error is %v", err)
		}
	})
}

// Of a command that prints without end the end is kept.
func TestOutputIsBounded(t *testing.T) {
	t.Parallel()
	line := `yes some output | head -c 3000000; echo; echo the end; exit 4`
	err := command(t, hook.Config{Line: line}).Deliver(t.Context(), events.Example(hayon.EventFailed, at))
	he := wantCode(t, err, hayon.CodeLocal)
	output, _ := he.Details["output"].(string)
	if len(output) < 8000 || len(output) > 8<<10 || !strings.HasSuffix(output, "\nthe end") {
		t.Errorf("%d bytes were kept, which end with %q", len(output), output[max(0, len(output)-40):])
	}
	if want := `the hook "test": exit status 4: the end`; he.Message != want {
		t.Errorf("the message is %q, want %q", he.Message, want)
	}
}

// What a command leaves behind does not hold it up, even where it keeps its output open.
func TestCommandThatLeavesSomethingBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	line := `(sleep 60 & echo $! > left); exit 0`
	if err := command(t, hook.Config{Line: line, Dir: dir, Timeout: 30 * time.Second}).Deliver(t.Context(), events.Example(hayon.EventFailed, at)); err != nil {
		t.Error(err)
	}
	var pid int
	if err := json.NewDecoder(bytes.NewReader([]byte(read(t, dir, "left")))).Decode(&pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Errorf("what the command left behind was not left: %v", err)
	}
}

func TestNewCommand(t *testing.T) {
	t.Parallel()
	for _, cfg := range []hook.Config{
		{Line: "true"}, {Name: "a"}, {Name: "a", Line: " "}, {Name: "a", Args: []string{""}}, {Name: "a", Line: "true", Args: []string{"true"}},
	} {
		if _, err := hook.NewCommand(cfg); hayon.CodeOf(err) != hayon.CodeInvalid {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
	c := command(t, hook.Config{Line: "true", Kinds: []hayon.EventKind{hayon.EventFailed}})
	if p := c.Policy(); c.Name() != "hook/test" || p.Tries != 3 || p.Timeout <= 10*time.Second || !cmp.Equal(c.Kinds(), []hayon.EventKind{hayon.EventFailed}) {
		t.Errorf("%s has the policy %+v and the kinds %v", c.Name(), p, c.Kinds())
	}
}
