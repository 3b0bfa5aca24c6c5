package hook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
)

const (
	// DefaultTimeout is how long a command may run.
	DefaultTimeout = 10 * time.Second
	// DefaultTries is how often a command runs for one event.
	DefaultTries = 3
	// maxOutput bounds what is kept of a command's output, in bytes.
	maxOutput = 8 << 10
	// closeDelay is how long the output of a command that has ended is waited for: what it left behind
	// may hold it open.
	closeDelay = 2 * time.Second
)

// Config of a [Command]. Exactly one of Line and Args is set.
type Config struct {
	// Name tells the command apart from others.
	Name string
	// Line is run by the shell: sh, on Windows cmd.
	Line string
	// Args are a program and its arguments, run without a shell.
	Args []string
	// Dir is where it runs; "": where Hayon does.
	Dir string
	// Kinds are the events that it runs for; none: [hayon.NoticeKinds].
	Kinds []hayon.EventKind
	// Timeout is how long it may run; 0: [DefaultTimeout].
	Timeout time.Duration
	// Tries is how often it runs for an event that it fails for; 0: [DefaultTries].
	Tries int
}

// Command runs a program for each event.
type Command struct{ cfg Config }

var (
	_ events.Sink    = (*Command)(nil)
	_ events.Limited = (*Command)(nil)
)

// NewCommand makes a command and runs nothing.
func NewCommand(cfg Config) (*Command, error) {
	if cfg.Name == "" {
		return nil, hayon.Errorf(hayon.CodeInvalid, "a hook has no name").WithHint(`give it one: name = "chat"`)
	}
	if (strings.TrimSpace(cfg.Line) == "") == (len(cfg.Args) == 0 || cfg.Args[0] == "") {
		return nil, hayon.Errorf(hayon.CodeInvalid, "the hook %q has no command, or two", cfg.Name).
			WithHint(`give it one: command = ["notify.sh"]`)
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Tries <= 0 {
		cfg.Tries = DefaultTries
	}
	return &Command{cfg}, nil
}

// Name is the name of its cursor.
func (c *Command) Name() string { return events.HookPrefix + c.cfg.Name }

// Kinds are the events that it runs for.
func (c *Command) Kinds() []hayon.EventKind { return c.cfg.Kinds }

// Policy leaves the command its time, and us some to kill it.
func (c *Command) Policy() events.Policy {
	return events.Policy{Timeout: c.cfg.Timeout + 2*closeDelay, Tries: c.cfg.Tries}
}

// Deliver runs the command to its end.
func (c *Command) Deliver(ctx context.Context, n events.Notice) error {
	body, err := json.Marshal(n)
	if err != nil {
		return events.Drop(hayon.Errorf(hayon.CodeInternal, "encode event %d: %w", n.Event.Seq, err))
	}
	limited, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	out := &tail{max: maxOutput}
	cmd := c.command(limited)
	cmd.Dir = c.cfg.Dir
	cmd.Env = environ(os.Environ(), n.Payload())
	cmd.Stdin = bytes.NewReader(append(body, '\n'))
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = closeDelay
	err = runGroup(cmd)
	if err == nil || errors.Is(err, exec.ErrWaitDelay) && cmd.ProcessState.Success() {
		return nil
	}
	return c.failure(limited, err, out)
}

func (c *Command) command(ctx context.Context) *exec.Cmd {
	if len(c.cfg.Args) > 0 {
		return exec.CommandContext(ctx, c.cfg.Args[0], c.cfg.Args[1:]...) //nolint:gosec // running what the user configured is what a hook is
	}
	return shell(ctx, c.cfg.Line)
}

// failure says how the command ended, with the end of what it printed.
func (c *Command) failure(ctx context.Context, err error, out *tail) error {
	text := out.String()
	var last string
	if text != "" {
		last = ": " + text[strings.LastIndexByte(text, '\n')+1:]
	}
	var he *hayon.Error
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		he = hayon.Errorf(hayon.CodeTimeout, "the hook %q did not end within %s and was killed%s", c.cfg.Name, c.cfg.Timeout, last).
			WithHint("give it more time: timeout = \"1m\" in its [[hook]]")
	case len(c.cfg.Args) > 0 && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, exec.ErrNotFound)):
		he = hayon.Errorf(hayon.CodeLocal, "the hook %q: there is no program %s, or none that interprets it", c.cfg.Name, c.cfg.Args[0]).
			WithHint("check the command of its [[hook]]: hayon config edit").WithCause(err)
	default:
		he = hayon.Errorf(hayon.CodeLocal, "the hook %q: %w%s", c.cfg.Name, err, last).
			WithHint("try it: hayon hook test " + c.cfg.Name)
	}
	if text != "" {
		he = he.WithDetail("output", text)
	}
	return he
}

// tail keeps the end of what is written to it.
type tail struct {
	max int
	buf []byte
}

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	if n > t.max {
		p = p[n-t.max:]
	}
	if over := len(t.buf) + len(p) - t.max; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	t.buf = append(t.buf, p...)
	return n, nil
}

// String is the text of it, without white space around.
func (t *tail) String() string {
	return strings.TrimSpace(strings.ToValidUTF8(string(t.buf), "\uFFFD"))
}
