package bolt_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
)

// childEnv makes the test binary a process that writes until it is killed: hold or short and so
// on, and the path.
const childEnv = "HAYON_BOLT_CHILD"

func TestMain(m *testing.M) {
	if mode, path, ok := strings.Cut(os.Getenv(childEnv), ": "); ok {
		if err := children()[mode](path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func children() map[string]func(path string) error {
	return map[string]func(string) error{
		"short": func(path string) error { return writeForEver(path, bolt.Config{Owner: self()}) },
		"hold":  func(path string) error { return writeForEver(path, bolt.Config{Owner: self(), Hold: true}) },
		"full":  writeUntilFull,

		"compact short": func(path string) error { return compactForEver(path, bolt.Config{Owner: self()}) },
		"compact hold":  func(path string) error { return compactForEver(path, bolt.Config{Owner: self(), Hold: true}) },
		"compact full":  compactWhenFull,
	}
}

// writeForEver prints the id of each post after its commit.
func writeForEver(path string, cfg bolt.Config) error {
	ctx := context.Background()
	db, err := bolt.Open(ctx, path, cfg)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	failed := make(chan error)
	for range 4 {
		go func() {
			for {
				p := newPost(time.Now().UTC(), account(1), hayon.StateScheduled)
				if err := db.Update(ctx, create(p)); err != nil {
					failed <- err
					return
				}
				mu.Lock()
				_, err := fmt.Println(p.ID) //nolint:forbidigo // a child's output is its result
				mu.Unlock()
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

func child(t *testing.T, mode, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childEnv+"="+mode+": "+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// TestKill kills writing processes at random moments. What they had printed was committed.
func TestKill(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	path := dbPath(t)
	committed := map[string]bool{}
	rounds := 6
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		mode := []string{"short", "hold"}[round%2]
		for _, id := range killAfter(t, child(t, mode, path), 1+r.IntN(150)) {
			committed[id] = true
		}
		db := open(t, path, bolt.Config{})
		err := db.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
			for s := range committed {
				id, err := hayon.ParsePostID(s)
				if err != nil {
					return err
				}
				if _, err := tx.FindPostByID(ctx, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		checkAndClose(t, db)
	}
}

// killAfter answers the whole lines that the process printed until it was killed after n of them.
func killAfter(t *testing.T, cmd *exec.Cmd, n int) []string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	br := bufio.NewReader(out)
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			break // what has no end was not printed whole
		}
		lines = append(lines, strings.TrimSpace(line))
		if len(lines) == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(lines) < n {
		t.Fatalf("the child ended by itself after %d lines: %v", len(lines), err)
	}
	return lines
}

// TestSecondProcess meets a file that another process holds.
func TestSecondProcess(t *testing.T) {
	t.Parallel()
	path := dbPath(t)
	cmd := child(t, "hold", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"there", "absent", "stale"} {
		switch file {
		case "absent":
			err = os.Remove(bolt.OwnerPath(path))
		case "stale":
			err = os.WriteFile(bolt.OwnerPath(path), []byte(`{"owner":{"pid":1,"command":"old"}}`), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = bolt.Open(t.Context(), path, bolt.Config{LockTimeout: 20 * time.Millisecond})
		e := hayon.AsError(err)
		if e == nil || e.Code != hayon.CodeConflict || e.Hint == "" {
			t.Fatalf("owner file %s: %v", file, err)
		}
		if _, statErr := os.Stat("/proc/locks"); statErr == nil || file == "there" {
			if want := fmt.Sprintf("process %d", cmd.Process.Pid); !strings.Contains(e.Message, want) {
				t.Errorf("owner file %s: %q does not name %s", file, e.Message, want)
			}
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Error(err)
	}
	opened(t, path, bolt.Config{}) // a dead holder holds nothing
}
