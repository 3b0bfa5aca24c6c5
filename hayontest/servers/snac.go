package servers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// SnacInstance is a running snac, a small server that speaks a good part of Mastodon's API: it ignores
// Idempotency-Key and publishes what is scheduled at once, has no /api/v2/instance, answers errors as
// pages, and its ids are no numbers. It is safe for concurrent use, but Stop and Restart are for its
// owner alone.
type SnacInstance struct {
	program string
	dir     string // holds the log, and the data in a folder that snac makes
	data    string
	release func() error
	port    int

	mu   sync.Mutex // guards what follows
	proc *process   // nil while stopped
	free []SnacUser // whom nobody has taken yet
}

// snacUsers is how many users a snac begins with. Opening an account while it serves requests can end it.
const snacUsers = 16

// SnacUser is somebody with an account on a snac.
type SnacUser struct {
	Name     string // without the host
	Password string // for the sign-in page
}

// URL is where it answers: http://localhost:PORT. Its accounts are @NAME@localhost:PORT.
func (s *SnacInstance) URL() string { return "http://" + s.host() }

func (s *SnacInstance) host() string { return "localhost:" + strconv.Itoa(s.port) }

var sharedSnac = sync.OnceValues(func() (*SnacInstance, error) {
	// The server outlives the test that asks first, so no test's context.
	return RunSnac(context.Background())
})

// Snac returns the snac that all tests of this test binary share. It ends with the binary. Keep apart by
// users ([SnacInstance.AddUser]); never stop it.
//
// Where it cannot be had the test is skipped with the reason; with CI=true it fails.
func Snac(t testing.TB) *SnacInstance {
	t.Helper()
	s, err := sharedSnac()
	check(t, err)
	s.logOnFailure(t)
	return s
}

// StartSnac starts a snac that belongs to this test alone, which may stop and restart it. It is stopped,
// and its data deleted, when the test ends. It skips and fails as [Snac] does.
func StartSnac(t testing.TB) *SnacInstance {
	t.Helper()
	s, err := RunSnac(context.WithoutCancel(t.Context()))
	check(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.logOnFailure(t)
	return s
}

// RunSnac installs what is missing, starts a snac and returns when it answers. It is for programs; tests
// call [Snac] or [StartSnac]. The caller closes it. An error that wraps [ErrUnavailable] says that it
// cannot be had here.
func RunSnac(ctx context.Context) (*SnacInstance, error) {
	program, err := installSnac(ctx)
	if err != nil {
		return nil, err
	}
	dir, release, err := tempDir()
	if err != nil {
		return nil, err
	}
	s := &SnacInstance{program: program, dir: dir, release: release}
	for try := range startAttempts {
		if s.port, err = freePort(ctx); err != nil {
			break
		}
		// The address stands in the data, so another port needs another folder.
		s.data = filepath.Join(dir, "data-"+strconv.Itoa(try))
		if err = s.init(ctx); err == nil {
			err = s.start(ctx)
		}
		if !errors.Is(err, errEnded) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("snac: %w", err), release())
	}
	return s, nil
}

// Close stops the snac and deletes its data.
func (s *SnacInstance) Close() error {
	s.end()
	return s.release()
}

// Stop ends the snac by SIGTERM and returns when it is gone. Its data stay for [SnacInstance.Restart];
// connections to it are refused until then.
func (s *SnacInstance) Stop(t testing.TB) {
	t.Helper()
	s.end()
}

// Restart stops the snac if it runs and starts it with the same data and the same address. It returns
// when it answers; users, statuses and tokens are what they were.
func (s *SnacInstance) Restart(t testing.TB) {
	t.Helper()
	s.end()
	if err := s.start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (s *SnacInstance) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc != nil {
		s.proc.stop()
		s.proc = nil
	}
}

var snacPassword = regexp.MustCompile(`User password is\s+(\S+)`)

// AddUser answers somebody with a random name who has an account that no other test uses.
func (s *SnacInstance) AddUser(t testing.TB) SnacUser {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		u := s.free[n-1]
		s.free = s.free[:n-1]
		return u
	}
	u, err := s.adduser(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// adduser opens an account with a random name.
func (s *SnacInstance) adduser(ctx context.Context) (SnacUser, error) {
	u := SnacUser{Name: "u" + randomHex(5)}
	out, err := s.command(ctx, "\n\n", "adduser", s.data, u.Name) // two questions, of the login and the name
	if err != nil {
		return u, err
	}
	found := snacPassword.FindSubmatch(out)
	if found == nil {
		return u, fmt.Errorf("snac adduser: no password in its output: %q", out)
	}
	u.Password = string(found[1])
	return u, nil
}

// init makes the data, for plain HTTP.
func (s *SnacInstance) init(ctx context.Context) error {
	// Address, port, host, prefix, mail.
	if _, err := s.command(ctx, fmt.Sprintf("127.0.0.1\n%d\n%s\n\n\n", s.port, s.host()), "init", s.data); err != nil {
		return err
	}
	file := filepath.Join(s.data, "server.json")
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	settings := map[string]any{}
	if err := json.Unmarshal(b, &settings); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	settings["protocol"] = "http"
	if b, err = json.Marshal(settings); err != nil {
		return err
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return err
	}
	s.free = nil
	for range snacUsers {
		u, err := s.adduser(ctx)
		if err != nil {
			return err
		}
		s.free = append(s.free, u)
	}
	return nil
}

func (s *SnacInstance) start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	proc, err := startProcess(tethered(s.program, "httpd", s.data), s.logFile())
	if err != nil {
		return err
	}
	if err := proc.waitReady(ctx, s.URL()+"/api/v1/instance"); err != nil {
		proc.kill()
		return err
	}
	s.proc = proc
	return nil
}

// command runs one of snac's own commands and answers what it printed.
func (s *SnacInstance) command(ctx context.Context, input string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, s.program, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("snac %s: %w: %s", args[0], err, bytes.TrimSpace(out))
	}
	return out, nil
}

func (s *SnacInstance) logFile() string { return filepath.Join(s.dir, "snac.log") }

func (s *SnacInstance) logOnFailure(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log of the snac at %s ends with:\n%s", s.URL(), tail(s.logFile()))
		}
	})
}
