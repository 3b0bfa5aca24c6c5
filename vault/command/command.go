package command

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault/key"
)

// DefaultTimeout leaves a person the time to unlock a password manager.
const DefaultTimeout = time.Minute

const (
	// maxOutput bounds what a program may print, in bytes.
	maxOutput = 64 << 10
	// shown bounds what is repeated of a program's standard error, in bytes.
	shown = 300
)

// Config of an [Opener].
type Config struct {
	// Line is run by the shell: sh -c on Unix, cmd /C on Windows.
	Line string
	// Timeout limits each run; 0 is [DefaultTimeout].
	Timeout time.Duration
}

// Opener asks a program for the identity of a vault. It is safe for concurrent use.
type Opener struct {
	line    string
	timeout time.Duration
}

// New answers an opener and runs nothing.
func New(c Config) *Opener {
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	return &Opener{line: c.Line, timeout: c.Timeout}
}

// Make answers the identity that the program prints; fresh is not used.
func (o *Opener) Make(ctx context.Context, id string, _ hayon.Secret) (hayon.Secret, []byte, error) {
	identity, err := o.Open(ctx, id, nil)
	return identity, nil, err
}

// Open runs the program.
func (o *Opener) Open(ctx context.Context, _ string, _ []byte) (hayon.Secret, error) {
	if strings.TrimSpace(o.line) == "" {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeUsage, "the vault has no command").WithHint(`give one: --vault command:"pass show hayon"`)
	}
	limited, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	cmd := exec.CommandContext(limited, "sh", "-c", o.line) //nolint:gosec // the user has written it
	if runtime.GOOS == "windows" {
		cmd = exec.CommandContext(limited, "cmd", "/C", o.line) //nolint:gosec // the user has written it
	}
	cmd.WaitDelay = time.Second // children that keep the pipes open hold nobody up
	out, said := &bounded{left: maxOutput}, &bounded{left: maxOutput}
	cmd.Stdout, cmd.Stderr = out, said
	ownGroup(cmd)
	err := cmd.Run()
	switch {
	case limited.Err() != nil && ctx.Err() == nil:
		return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "the command that opens the vault did not end within %s", o.timeout).
			WithHint("run it by hand, and see what it waits for")
	case ctx.Err() != nil:
		return hayon.Secret{}, context.Cause(ctx)
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "the command that opens the vault failed: %s", reason(err, said.String())).
			WithHint("run it by hand; it is to print an age identity, which age-keygen makes")
	}
	return key.Parse(bytes.NewReader(out.Bytes()), "what the command of the vault printed")
}

// Drop leaves the program's store alone: it is not ours.
func (o *Opener) Drop(context.Context, string) error { return nil }

// reason is the last thing that the program said of its failure, and how it ended.
func reason(err error, said string) string {
	said = strings.TrimSpace(said)
	if i := strings.LastIndexByte(said, '\n'); i >= 0 {
		said = strings.TrimSpace(said[i+1:])
	}
	if len(said) > shown {
		said = strings.ToValidUTF8(said[:shown], "") + "…"
	}
	if said == "" {
		return err.Error()
	}
	return said + " (" + err.Error() + ")"
}

// bounded keeps the beginning of what is written.
type bounded struct {
	bytes.Buffer

	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.left)
	b.left -= n
	b.Buffer.Write(p[:n])
	return len(p), nil
}
