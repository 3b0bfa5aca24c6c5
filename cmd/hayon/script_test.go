package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite what the scripts of testdata/script expect")

// TestScriptFile runs the scripts on the database itself.
func TestScriptFile(t *testing.T) {
	t.Parallel()
	runScripts(t, "file")
}

// TestScriptSocket runs the same scripts against a daemon, one for each script.
func TestScriptSocket(t *testing.T) {
	t.Parallel()
	runScripts(t, "socket")
}

// runScripts runs the scripts that both ways share, and those of one way alone.
func runScripts(t *testing.T, mode string) {
	t.Helper()
	params := testscript.Params{
		UpdateScripts: *update,
		Setup:         func(e *testscript.Env) error { return setupScript(e, mode) },
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "file", "socket":
				return cond == mode, nil
			case "root":
				return os.Getuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: scriptCommands(),
	}
	for _, dir := range []string{"", mode} {
		shared := params
		shared.Dir = filepath.Join("testdata", "script", dir)
		testscript.Run(t, shared)
	}
}

// setupScript gives a script its own home, no terminal, no keyring, a passphrase and a fixed zone; on the socket
// it starts the daemon.
func setupScript(e *testscript.Env, mode string) error {
	vars, err := freshEnv(e.WorkDir, e.Defer)
	if err != nil {
		return err
	}
	e.Vars = append(append(e.Vars, vars...), "HAYON_VAULT=passphrase", "HAYON_VAULT_PASSPHRASE=of a script")
	e.Values[rememberedKey{}] = make(map[string]snapshot)
	server := "none"
	if mode == "socket" {
		server = "unix"
		stop, err := startDaemon(e.WorkDir, e.Vars)
		if err != nil {
			return err
		}
		e.Defer(func() { stop(e.T()) })
	}
	e.Setenv("HAYON_SERVER", server)
	return nil
}

// freshEnv is the environment of a new user whose folders are below dir.
func freshEnv(dir string, cleanup func(func())) ([]string, error) {
	// The path of a socket is short.
	runtimeDir, err := os.MkdirTemp("", "hy")
	if err != nil {
		return nil, err
	}
	cleanup(func() { _ = os.RemoveAll(runtimeDir) })
	home := filepath.Join(dir, "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	vars := []string{
		"HOME=" + home, "USERPROFILE=" + home,
		"HAYON_HOME=" + filepath.Join(dir, "hayon"),
		"XDG_RUNTIME_DIR=" + runtimeDir,
		"DATA=" + filepath.Join(dir, "hayon", "data", "default"),
		"DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(dir, "no-bus"),
		"HAYON_DEMO=1", "TZ=UTC", "TERM=xterm",
		"HAYON_POST_CARD=none",     // no test reads pages of the web; those of cards say so
		"GORACE=atexit_sleep_ms=0", // a race is told all the same
		"CI=", "NO_COLOR=", "CLICOLOR_FORCE=", "COLUMNS=", "ACCESSIBLE=",
	}
	for _, v := range []string{"CONFIG", "DATA", "STATE", "CACHE"} {
		vars = append(vars, "XDG_"+v+"_HOME="+filepath.Join(dir, "xdg", strings.ToLower(v)))
	}
	return vars, nil
}

// failer is a test, or the one of a script.
type failer interface{ Fatal(args ...any) }

// startDaemon runs a daemon and answers when it does. The function stops it and fails the test
// where it did not end as it should.
func startDaemon(dir string, env []string) (stop func(failer), err error) {
	logFile, err := os.Create(filepath.Join(dir, "daemon.log"))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("hayon", "daemon", "run", "-v")
	cmd.Dir, cmd.Env, cmd.Stderr, cmd.Stdout = dir, append(env, "HAYON_SERVER="), logFile, logFile
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, logFile.Close())
	}
	said := func() string {
		b, _ := os.ReadFile(logFile.Name())
		return string(b)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	running := poll(func() bool { return strings.Contains(said(), "the database is held") }, ended)
	if !running {
		_ = cmd.Process.Kill()
		return nil, fmt.Errorf("the daemon does not run:\n%s", said())
	}
	return func(t failer) {
		defer func() { _ = logFile.Close() }()
		if strings.Contains(said(), "the daemon has stopped") {
			return // the script has stopped it
		}
		_ = terminate(cmd.Process)
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			_ = cmd.Process.Kill()
			t.Fatal("the daemon did not stop when it was told to:\n" + said())
		}
		if got := cmd.ProcessState.ExitCode(); got != exitTerminated {
			t.Fatal(fmt.Sprintf("the daemon ended with %d, want %d:\n%s", got, exitTerminated, said()))
		}
		if log := said(); strings.Contains(log, "panic") || strings.Contains(log, "DATA RACE") {
			t.Fatal(log)
		}
	}, nil
}

// poll asks until the answer is yes, for at most half a minute or until something has ended.
func poll(yes func() bool, ended <-chan error) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(30 * time.Second)
	for !yes() {
		select {
		case <-tick.C:
		case <-ended:
			return false
		case <-limit:
			return false
		}
	}
	return true
}
