package file_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault/file"
	"github.com/hayon/hayon/vault/passphrase"
)

// childEnv makes the test binary a child: "<what> <opener> <dir> <ref> <times>".
const childEnv = "HAYON_VAULT_TEST_CHILD"

func TestMain(m *testing.M) {
	if job := os.Getenv(childEnv); job != "" {
		if err := child(context.Background(), strings.Fields(job)); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(ctx context.Context, job []string) error {
	v, err := file.New(file.Config{Dir: job[2], Ask: job[1], Openers: map[string]file.Opener{"passphrase": passphrase.New(pass("correct horse"), 1)}})
	if err != nil {
		return err
	}
	ref := job[3]
	times, err := strconv.Atoi(job[4])
	if err != nil {
		return err
	}
	switch job[0] {
	case "count":
		for i := range times {
			if err := errors.Join(add(ctx, v, ref), add(ctx, v, "shared")); err != nil {
				return err
			}
			say(i + 1)
		}
		return nil
	case "hold":
		return v.Lock(ctx, ref, func(context.Context) error {
			say("held")
			_, err := io.Copy(io.Discard, os.Stdin)
			return err
		})
	case "full":
		return fullDisk(ctx, v, ref)
	}
	return errors.New("unknown job")
}

func say(what any) { _, _ = fmt.Fprintln(os.Stdout, what) }

// add adds one to the number that ref holds.
func add(ctx context.Context, v hayon.Vault, ref string) error {
	return v.Update(ctx, ref, func(current hayon.Secret) (hayon.Secret, error) {
		n := 0
		if !current.IsZero() {
			var err error
			if n, err = strconv.Atoi(string(current.Reveal())); err != nil {
				return hayon.Secret{}, err
			}
		}
		return hayon.NewSecret([]byte(strconv.Itoa(n + 1))), nil
	})
}

// start runs a child; its standard input stays open as long as the process of the test runs.
func start(ctx context.Context, t *testing.T, what, opener, dir, ref string, times int) (*exec.Cmd, *bufio.Scanner, *strings.Builder) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, exe)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s %s %d", childEnv, what, opener, dir, ref, times))
	stderr := &strings.Builder{}
	cmd.Stderr = stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stdin.Close() })
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(stdout), stderr
}

func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func number(t *testing.T, v hayon.Vault, ref string) int {
	t.Helper()
	s, err := v.Get(t.Context(), ref)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return 0
	}
	n, convErr := strconv.Atoi(string(s.Reveal()))
	if err != nil || convErr != nil {
		t.Fatalf("Get(%q): %v, %v", ref, err, convErr)
	}
	return n
}

// openers are the two ways to write the file: sealed and not.
func openers(t *testing.T, test func(t *testing.T, opener string)) {
	t.Helper()
	for _, opener := range []string{"passphrase", file.Plain} {
		t.Run(opener, func(t *testing.T) {
			t.Parallel()
			test(t, opener)
		})
	}
}

func TestProcessesLoseNoUpdate(t *testing.T) {
	t.Parallel()
	openers(t, func(t *testing.T, opener string) {
		t.Helper()
		const processes, times = 3, 15
		dir := t.TempDir() // empty: the processes also race to make the vault
		ctx := limited(t)
		var wait []func()
		for i := range processes {
			cmd, lines, stderr := start(ctx, t, "count", opener, dir, fmt.Sprint("ref", i), times)
			wait = append(wait, func() {
				for lines.Scan() {
				}
				if err := cmd.Wait(); err != nil {
					t.Errorf("process %d: %v: %s", i, err, stderr)
				}
			})
		}
		for _, w := range wait {
			w()
		}
		v := newVault(t, dir, "", nil, nil)
		for i := range processes {
			if got := number(t, v, fmt.Sprint("ref", i)); got != times {
				t.Errorf("ref%d: got %d, want %d", i, got, times)
			}
		}
		if got := number(t, v, "shared"); got != processes*times {
			t.Errorf("shared: got %d, want %d", got, processes*times)
		}
	})
}

func TestKilledProcessLeavesTheOldOrTheNewFile(t *testing.T) {
	t.Parallel()
	openers(t, func(t *testing.T, opener string) {
		t.Helper()
		const rounds = 12
		rnd := rand.New(rand.NewPCG(1, 2))
		ctx := limited(t)
		dir := t.TempDir()
		for round := range rounds {
			if round%4 == 0 { // each fourth round also kills at the making of the vault
				dir = filepath.Join(t.TempDir(), "profile")
			}
			before := number(t, newVault(t, dir, "", nil, nil), "n")
			cmd, lines, _ := start(ctx, t, "count", opener, dir, "n", 1_000_000)
			done := 0
			for range rnd.IntN(4) {
				lines.Scan()
				done++
			}
			<-time.After(time.Duration(rnd.IntN(4000)) * time.Microsecond) // somewhere inside an update
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			for lines.Scan() {
				done++
			}
			_ = cmd.Wait()

			v := newVault(t, dir, "", nil, nil)
			after := number(t, v, "n") - before
			if after != done && after != done+1 {
				t.Errorf("round %d: the vault holds %d updates, the killed process finished %d", round, after, done)
			}
			if v = newVault(t, dir, opener, nil, nil); put(ctx, v, "after", strconv.Itoa(round)) != nil {
				t.Errorf("round %d: Update after the kill: %v", round, put(ctx, v, "after", "again"))
			}
			wantText(t, v, "after", strconv.Itoa(round))
			for _, name := range names(t, dir) {
				if strings.HasSuffix(name, ".tmp") && strings.HasPrefix(name, "secrets") {
					t.Errorf("round %d: %s is left after the next update", round, name)
				}
			}
		}
	})
}

func TestLockOfAnotherProcess(t *testing.T) {
	t.Parallel()
	ctx, dir := limited(t), t.TempDir()
	cmd, lines, stderr := start(ctx, t, "hold", "passphrase", dir, "account", 0)
	if !lines.Scan() || lines.Text() != "held" {
		_ = cmd.Wait()
		t.Fatalf("the child does not hold the lock: %s", stderr)
	}
	v := newVault(t, dir, "passphrase", nil, nil)
	short, cancel := context.WithTimeout(ctx, 60*time.Millisecond)
	defer cancel()
	err := v.Lock(short, "account", func(context.Context) error { t.Error("got the lock of a living process"); return nil })
	if hayon.CodeOf(err) != hayon.CodeTimeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Lock of a held name: got %v, want a timeout", err)
	}
	mustPut(t, v, "a", "one") // another lock
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if err := v.Lock(ctx, "account", func(context.Context) error { return nil }); err != nil {
		t.Errorf("Lock after its holder was killed: %v", err)
	}
}
