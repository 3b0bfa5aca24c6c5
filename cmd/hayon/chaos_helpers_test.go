package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

// chaosWorld is a profile, the program, and a server with accounts.
type chaosWorld struct {
	bin, home string
	env       []string
	picture   string
	pds       *servers.PDSInstance
	bluesky   map[string]servers.Account // by the account's name
	accounts  []string                   // the names of all accounts

	mu   sync.Mutex
	logs []string // files of the daemons, in the order of their starts
}

// newChaosWorld builds the program and connects three accounts of a real server, the site and two of
// the demo platform.
func newChaosWorld(t *testing.T) *chaosWorld {
	t.Helper()
	w := &chaosWorld{home: t.ArtifactDir(), pds: servers.PDS(t), bluesky: make(map[string]servers.Account)}
	w.bin = filepath.Join(t.TempDir(), "hayon")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", w.bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	w.env = []string{
		"HAYON_HOME=" + w.home, "HAYON_VAULT_PASSPHRASE=correct horse", "HAYON_DEMO=1",
		"HOME=" + w.home, "XDG_RUNTIME_DIR=" + t.TempDir(), "TZ=UTC", "PATH=" + os.Getenv("PATH"), "NO_PROXY=localhost",
	}
	w.picture = filepath.Join(w.home, "square.png")
	writePicture(t, w.picture)
	for _, alias := range []string{"ana", "bea", "cleo"} {
		account := w.pds.NewAccount(t)
		w.mustRun(t, account.AppPassword, "login", "bluesky", "--alias", alias, "--host", w.pds.URL(),
			"--handle", account.Handle, "--password-stdin", "--vault", "passphrase")
		w.bluesky["bluesky/"+alias] = account
		w.accounts = append(w.accounts, "bluesky/"+alias)
	}
	for alias, latency := range map[string]string{"quick": "20ms", "slow": "80ms"} {
		w.mustRun(t, "", "login", "demo", "--alias", alias, "--set", "class=A,latency="+latency)
	}
	w.accounts = append(w.accounts, "demo/quick", "demo/slow", "site")
	return w
}

func writePicture(t *testing.T, path string) {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for i := range 64 {
		img.Set(i%8, i/8, color.NRGBA{R: uint8(4 * i), G: 90, B: 160, A: 255})
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// result is how a command ended.
type result struct {
	stdout, stderr string
	code           int
	killed         bool // by SIGKILL
	none           bool // its time was over before it could start
}

// command runs hayon, and kills it after life, and when ctx ends; a life below 0 is as long as an
// answer may take.
func (w *chaosWorld) command(ctx context.Context, t *testing.T, life time.Duration, args ...string) result {
	t.Helper()
	return w.run(ctx, t, "", life, args...)
}

func (w *chaosWorld) run(ctx context.Context, t *testing.T, stdin string, life time.Duration, args ...string) result {
	t.Helper()
	limit := life
	if life < 0 {
		limit = answerLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	begun := time.Now()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, w.bin, args...) // at the end of ctx it is killed
	cmd.Env, cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = w.env, w.home, strings.NewReader(stdin), &stdout, &stderr
	err := cmd.Run()
	r := result{stdout: stdout.String(), stderr: stderr.String(), code: -1}
	if cmd.ProcessState == nil {
		if r.none = ctx.Err() != nil; !r.none {
			t.Errorf("hayon %s: %v", args[0], err)
		}
		return r
	}
	r.code = cmd.ProcessState.ExitCode()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok {
		r.killed = status.Signaled() && status.Signal() == syscall.SIGKILL
	}
	if r.killed && life < 0 && time.Since(begun) >= answerLimit {
		t.Errorf("hayon %v had not ended after %s", args, answerLimit)
	}
	return r
}

// mustRun runs a command that has to succeed and answers what it printed.
func (w *chaosWorld) mustRun(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	r := w.run(t.Context(), t, stdin, -1, args...)
	if r.code != 0 {
		t.Fatalf("hayon %s: exit %d: %s", strings.Join(args, " "), r.code, r.stderr)
	}
	return r.stdout
}

// chaosDaemon is a daemon that was started.
type chaosDaemon struct {
	cmd   *exec.Cmd
	log   string
	ended chan struct{}
}

// startDaemon starts a daemon whose log has a file of its own.
func (w *chaosWorld) startDaemon(t *testing.T) *chaosDaemon {
	t.Helper()
	w.mu.Lock()
	name := filepath.Join(w.home, fmt.Sprintf("daemon-%03d.log", len(w.logs)))
	w.logs = append(w.logs, name)
	w.mu.Unlock()
	d := &chaosDaemon{log: name, ended: make(chan struct{})}
	f, err := os.Create(name)
	if err != nil {
		t.Errorf("log of a daemon: %v", err)
	}
	d.cmd = exec.CommandContext(t.Context(), w.bin, "daemon", "run", "-v")
	d.cmd.Env, d.cmd.Dir, d.cmd.Stdout, d.cmd.Stderr = w.env, w.home, f, f
	if err := d.cmd.Start(); err != nil {
		t.Errorf("hayon daemon run: %v", err)
		_ = f.Close()
		close(d.ended)
		return d
	}
	go func() {
		defer close(d.ended)
		_ = d.cmd.Wait() // its state tells
		_ = f.Close()
	}()
	return d
}

// kill ends the daemon by SIGKILL and reports whether it was that which ended it.
func (d *chaosDaemon) kill() bool {
	if d.cmd.Process == nil {
		return false
	}
	_ = d.cmd.Process.Kill() // it may have ended
	<-d.ended
	return d.cmd.ProcessState.ExitCode() == -1
}

// terminate asks the daemon to end.
func (d *chaosDaemon) terminate() {
	if d.cmd.Process != nil {
		_ = d.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	}
}

// stop asks the daemon to end and waits for it.
func (d *chaosDaemon) stop(t *testing.T) {
	t.Helper()
	if d.cmd.Process == nil {
		return
	}
	d.terminate()
	ctx, cancel := context.WithTimeout(t.Context(), answerLimit)
	defer cancel()
	select {
	case <-d.ended:
	case <-ctx.Done():
		t.Errorf("the daemon had not ended %s after SIGTERM\n%s", answerLimit, tailOf(d.log))
		d.kill()
	}
}

// chaosPost is a post as list prints it.
type chaosPost struct {
	ID      string `json:"id"`
	Text    string `json:"text"`
	Targets []struct {
		Account string      `json:"account"`
		State   hayon.State `json:"state"`
	} `json:"targets"`
}

func (p *chaosPost) quiet() bool {
	for _, t := range p.Targets {
		if !t.State.Terminal() {
			return false
		}
	}
	return true
}

func targetsOf(posts []chaosPost) int {
	n := 0
	for i := range posts {
		n += len(posts[i].Targets)
	}
	return n
}

// waitQuiet polls the posts until nothing follows for any of them by itself.
func (w *chaosWorld) waitQuiet(t *testing.T, since time.Time) []chaosPost {
	t.Helper()
	var posts []chaosPost
	for {
		r := w.command(t.Context(), t, -1, "list", "--all", "--json=id,text,targets.account,targets.state")
		posts = nil
		if err := json.Unmarshal([]byte(r.stdout), &posts); err != nil && r.code == 0 {
			t.Fatalf("hayon list --json: %v\n%s", err, r.stdout)
		}
		var open []string
		for i := range posts {
			if !posts[i].quiet() {
				open = append(open, posts[i].ID)
			}
		}
		if r.code == 0 && len(open) == 0 {
			return posts
		}
		if time.Since(since) > quietLimit {
			t.Errorf("not quiet %s after the last restart: %d of %d posts are not out (list: exit %d, %s)", quietLimit, len(open), len(posts), r.code, r.stderr)
			for _, id := range open[:min(len(open), maxExplained)] {
				t.Error(w.explain(t, id))
			}
			return posts
		}
		if !sleep(t.Context(), 100*time.Millisecond) {
			t.Fatal(context.Cause(t.Context()))
		}
	}
}

// explain is what there is to know of a post.
func (w *chaosWorld) explain(t *testing.T, id string) string {
	t.Helper()
	r := w.command(t.Context(), t, -1, "show", id, "--json")
	w.mu.Lock()
	logs := w.logs[max(0, len(w.logs)-2):]
	w.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "post %s: %s%s", id, r.stdout, r.stderr)
	for _, l := range logs {
		fmt.Fprintf(&b, "%s:\n%s", filepath.Base(l), tailOf(l))
	}
	return b.String()
}

// tailOf is the end of a log.
func tailOf(name string) string {
	const most = 3 << 10
	b, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err.Error()
	}
	return string(b[max(0, len(b)-most):])
}
