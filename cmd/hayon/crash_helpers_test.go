//go:build unix

package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
	"github.com/hayon/hayon/store"
)

const (
	// crashLease is the lease of the daemons and commands of these tests, and crashTimeout that of one
	// irreversible call.
	crashLease   = 400 * time.Millisecond
	crashTimeout = 600 * time.Millisecond
	// settleLimit is how long everything may take to come to rest.
	settleLimit = 60 * time.Second
	// lookEvery is the distance of looks at what somebody else does.
	lookEvery = 10 * time.Millisecond
)

// crashConfig makes the waits short. What is long is what may be: no test waits for it.
const crashConfig = `demo = true
[delivery]
waits = ["40ms", "80ms", "160ms"]
settle = ["60ms", "150ms", "300ms"]
lease = "400ms"
lease_reserve = "200ms"
publish_timeout = "600ms"
[[hook]]
name = "none"
command = ["true"]
`

var failpointBuild struct {
	once sync.Once
	path string
	err  error
}

// failpointBinary is the program with the tag failpoint, built once.
func failpointBinary(t *testing.T) string {
	t.Helper()
	b := &failpointBuild
	b.once.Do(func() {
		dir, err := os.MkdirTemp("", "hayon-failpoint-") //nolint:usetesting // it outlives the test that builds it
		if err != nil {
			b.err = err
			return
		}
		b.path = filepath.Join(dir, "hayon")
		build := exec.Command("go", "build", "-tags", "failpoint", "-o", b.path, ".")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			b.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.path
}

// crashCases are subtests that mostly wait: many run at a time, whatever the number of cores.
type crashCases struct {
	names []string
	tests []func(*testing.T, *rand.Rand)
}

func (c *crashCases) add(name string, test func(*testing.T, *rand.Rand)) {
	c.names, c.tests = append(c.names, name), append(c.tests, test)
}

// run runs all, each with random numbers of its own that the seed fixes.
func (c *crashCases) run(t *testing.T, seed uint64) {
	t.Helper()
	slots := make(chan struct{}, 6*runtime.NumCPU())
	var all sync.WaitGroup
	for i, name := range c.names {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			t.Run(name, func(t *testing.T) { c.tests[i](t, rand.New(rand.NewPCG(seed, uint64(i)))) })
		})
	}
	all.Wait()
}

// crashHome is a profile with demo accounts of one class, one for each fault.
type crashHome struct {
	bin, dir string
	class    hayon.Class
	rng      *rand.Rand
	plans    []*crashPost
	more     []string     // of the environment
	said     bytes.Buffer // of the daemons
}

// crashPost is a post that somebody tried to make.
type crashPost struct {
	account, key string
	texts        []string // of its parts
	told         told
}

// told is how a command ended.
type told struct {
	exit     int
	out, err string
	signaled bool
}

func newCrashHome(t *testing.T, bin string, class hayon.Class, rng *rand.Rand) *crashHome {
	t.Helper()
	dir, err := os.MkdirTemp("", "hy") //nolint:usetesting // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	h := &crashHome{bin: bin, dir: dir, class: class, rng: rng}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what the daemons said:\n%s", h.said.String())
		}
		_ = os.RemoveAll(dir)
	})
	if err := os.CopyFS(dir, os.DirFS(crashTemplate(t, bin, class, rng))); err != nil {
		t.Fatal(err)
	}
	return h
}

// crashTemplates are homes with all accounts of a class, which the others are copies of.
var crashTemplates sync.Map // hayon.Class → func() (string, error)

// crashTemplate is the home of a class to copy.
func crashTemplate(t *testing.T, bin string, class hayon.Class, rng *rand.Rand) string {
	t.Helper()
	seed := rng.Uint32()
	make, _ := crashTemplates.LoadOrStore(class, sync.OnceValues(func() (string, error) { return newCrashTemplate(bin, class, seed) }))
	dir, err := make.(func() (string, error))() //nolint:forcetypeassert // nothing else is in the map
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func newCrashTemplate(bin string, class hayon.Class, seed uint32) (string, error) {
	dir, err := os.MkdirTemp("", "hy")
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, "config.toml"), []byte(crashConfig), 0o600); err != nil {
		return "", err
	}
	for i, fault := range crashFaults {
		set := fmt.Sprintf("class=%s,slowness=50ms,seed=%d", class, seed+uint32(i))
		if fault != "none" {
			set += ",fault=" + fault + ":1"
		}
		cmd := exec.Command(bin, "login", "demo", "--alias", fault, "--set", set, "--server", "none")
		cmd.Env = (&crashHome{dir: dir}).env()
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("login: %w\n%s", err, out)
		}
	}
	return dir, nil
}

func (h *crashHome) env(extra ...string) []string {
	return append(append([]string{
		"HAYON_HOME=" + h.dir, "HOME=" + h.dir, "XDG_RUNTIME_DIR=" + h.dir, "TZ=UTC", "PATH=" + os.Getenv("PATH"),
	}, h.more...), extra...)
}

// run runs a command to its end.
func (h *crashHome) run(t *testing.T, env []string, args ...string) told {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), settleLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, h.bin, args...)
	var out, errOut bytes.Buffer
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = h.env(env...), h.dir, &out, &errOut
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) } // it says where it hangs
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		t.Errorf("hayon %v hangs:\n%s", args, errOut.String())
	}
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatal(err)
	}
	return toldOf(cmd, &out, &errOut)
}

func toldOf(cmd *exec.Cmd, out, errOut *bytes.Buffer) told {
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return told{exit: cmd.ProcessState.ExitCode(), out: out.String(), err: errOut.String(), signaled: status.Signaled()}
}

// plan is a new post for an account.
func (h *crashHome) plan(account string, parts int) *crashPost {
	p := &crashPost{account: account, key: fmt.Sprintf("crash-%d", len(h.plans))}
	for i := range parts {
		p.texts = append(p.texts, fmt.Sprintf("post %d, part %d, number %d", len(h.plans), i+1, h.rng.Uint64()))
	}
	h.plans = append(h.plans, p)
	return p
}

// args is the command that makes the post; a repeat is the same post.
func (p *crashPost) args(more ...string) []string {
	args := []string{"post", p.texts[0], "--to", p.account, "--idempotency-key", p.key}
	for _, text := range p.texts[1:] {
		args = append(args, "--part", text)
	}
	return append(args, more...)
}

// process is a daemon or command that runs.
type process struct {
	cmd         *exec.Cmd
	home        *crashHome
	out, errOut bytes.Buffer
	ended       chan struct{}
}

// begin starts a command.
func (h *crashHome) begin(t *testing.T, failpoint string, args ...string) *process {
	t.Helper()
	p := &process{home: h, ended: make(chan struct{})}
	p.cmd = exec.CommandContext(t.Context(), h.bin, args...)
	p.cmd.Env, p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = h.env(failpoint), h.dir, &p.out, &p.errOut
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // its state tells
		close(p.ended)
	}()
	t.Cleanup(p.kill)
	return p
}

// start starts a daemon.
func (h *crashHome) start(t *testing.T, failpoint string) *process {
	t.Helper()
	return h.begin(t, failpoint, "daemon", "run", "-v")
}

// awaitSocket waits until the daemon listens, or has died on the way.
func (p *process) awaitSocket(t *testing.T) {
	t.Helper()
	socket := filepath.Join(p.home.dir, "data", "default", "hayon.sock")
	p.await(t, "listen", func() bool {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

// awaitStop waits until the process is stopped by SIGSTOP, or has ended.
func (p *process) awaitStop(t *testing.T) {
	t.Helper()
	p.await(t, "stop", func() bool {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
		return err == nil && bytes.HasPrefix(bytes.TrimSpace(b[bytes.LastIndexByte(b, ')')+1:]), []byte("T"))
	})
}

func (p *process) await(t *testing.T, what string, yes func() bool) {
	t.Helper()
	limit := time.After(settleLimit)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for !yes() {
		select {
		case <-tick.C:
		case <-p.ended:
			return
		case <-limit:
			t.Fatalf("process %d does not %s", p.cmd.Process.Pid, what)
		}
	}
}

// awaitDeath gives the process that long to end by itself, and reports whether it has.
func (p *process) awaitDeath(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.ended:
		return true
	case <-timer.C:
		return false
	}
}

// kill ends the process by SIGKILL.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
	p.home.said.Write(p.errOut.Bytes())
	p.errOut.Reset()
}

// goOn lets a stopped process run again.
func (p *process) goOn(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
}

// end waits for the end of the process.
func (p *process) end(t *testing.T) told {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(settleLimit):
		t.Fatalf("process %d does not end", p.cmd.Process.Pid)
	}
	return toldOf(p.cmd, &p.out, &p.errOut)
}

// passLease waits until every lease that anybody held is over.
func (h *crashHome) passLease(t *testing.T) {
	t.Helper()
	timer := time.NewTimer(max(crashLease, crashTimeout) + 300*time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
	}
}

// settle repeats what was not answered, and waits until everything rests.
func (h *crashHome) settle(t *testing.T, mode string) {
	t.Helper()
	if mode == "one-shot" {
		for _, p := range h.plans {
			if p.told.exit != 0 {
				h.run(t, nil, p.args("--server", "none", "--no-wait")...)
			}
		}
		h.tickUntilSettled(t)
		return
	}
	d := h.start(t, "")
	d.awaitSocket(t)
	for _, p := range h.plans {
		if r := h.run(t, nil, p.args("--no-wait")...); r.exit != 0 {
			t.Errorf("the repeat of %s ends with %d: %s", p.key, r.exit, r.err)
		}
	}
	h.awaitSettled(t)
	d.kill()
}

// resting reports whether nothing goes on by itself.
func (h *crashHome) resting(t *testing.T, args ...string) bool {
	t.Helper()
	r := h.run(t, nil, append([]string{"list", "--all", "--json"}, args...)...)
	var posts []struct {
		Targets []struct {
			State hayon.State `json:"state"`
			Error struct {
				RetryAt string `json:"retry_at"`
			} `json:"error"`
		} `json:"targets"`
	}
	if r.exit != 0 || json.Unmarshal([]byte(r.out), &posts) != nil {
		return false
	}
	for _, p := range posts {
		for _, tg := range p.Targets {
			// An uncertain one without a time for the next look is held for its user.
			held := tg.State == hayon.StateUncertain && tg.Error.RetryAt == ""
			if !tg.State.Terminal() && !held {
				return false
			}
		}
	}
	return true
}

func (h *crashHome) awaitSettled(t *testing.T) {
	t.Helper()
	limit := time.After(settleLimit)
	tick := time.NewTimer(0)
	defer tick.Stop()
	for pause := 4 * lookEvery; !h.resting(t); pause = min(2*pause, 32*lookEvery) {
		tick.Reset(pause) // a look costs a process
		select {
		case <-tick.C:
		case <-limit:
			r := h.run(t, nil, "list", "--all", "--json")
			t.Fatalf("not at rest after %s:\n%s", settleLimit, r.out)
		}
	}
}

// tickUntilSettled does what cron does, at short distances. It answers false where somebody keeps the
// database: what is stopped in the middle of a transaction does.
func (h *crashHome) tickUntilSettled(t *testing.T) bool {
	t.Helper()
	end := time.Now().Add(settleLimit)
	for !h.resting(t, "--server", "none") {
		tick := h.run(t, nil, "tick", "--server", "none")
		if tick.exit == hayon.CodeConflict.Exit() && strings.Contains(tick.err, "process") {
			return false
		}
		if time.Now().After(end) {
			r := h.run(t, nil, "list", "--all", "--json", "--server", "none")
			t.Fatalf("not at rest after %s: tick ends with %d and says %q\n%s%s", settleLimit, tick.exit, tick.err, r.out, r.err)
		}
	}
	return true
}

// verify compares the store with what is public.
func (h *crashHome) verify(t *testing.T) {
	t.Helper()
	location := url.URL{Scheme: "bolt", Path: filepath.ToSlash(filepath.Join(h.dir, "data", "default", "hayon.db"))}
	s, err := store.Open(t.Context(), location.String(), store.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }() // it was only read
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	var posts []*hayon.Post
	err = s.View(t.Context(), func(ctx context.Context, tx hayon.Tx) error {
		var err error
		posts, err = tx.FindPosts(ctx, hayon.PostFilter{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	byText := make(map[string][]*hayon.Post)
	for _, p := range posts {
		byText[p.Text] = append(byText[p.Text], p)
	}
	for _, p := range h.plans {
		found := byText[p.texts[0]]
		if len(found) != 1 || len(found[0].Targets) != 1 {
			t.Errorf("%s for %s is %d times in the store", p.key, p.account, len(found))
			continue
		}
		h.verifyTarget(t, p, found[0].Targets[0])
	}
}

// verifyTarget: at most one public post for each part, exactly one where the state says that it is out,
// none where it says that it is not, and parts in their order.
func (h *crashHome) verifyTarget(t *testing.T, p *crashPost, tg *hayon.Target) {
	t.Helper()
	alias := strings.TrimPrefix(p.account, "demo/")
	public, err := demo.ReadFile(filepath.Join(h.dir, "data", "default", "demo", alias+".ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	next := 0
	count := make([]int, len(p.texts))
	for _, post := range public {
		if post.Target != tg.ID {
			continue
		}
		count[post.Part]++
		if post.Part != next && count[post.Part] == 1 {
			t.Errorf("%s: part %d came out before part %d", p.account, post.Part+1, next+1)
		}
		next = post.Part + 1
	}
	for i, n := range count {
		switch {
		case n > 1:
			t.Errorf("DUPLICATE: %s, class %s: part %d of %s is public %d times (%s)", p.account, h.class, i+1, tg.ID, n, tg.State)
		case n == 0 && tg.State == hayon.StatePublished:
			t.Errorf("LOST: %s, class %s: part %d of %s is not public and the store says that it is", p.account, h.class, i+1, tg.ID)
		case n == 1 && tg.State != hayon.StatePublished && tg.State != hayon.StateUncertain && i >= tg.NextPart():
			t.Errorf("%s, class %s: part %d of %s is public and the store says %s", p.account, h.class, i+1, tg.ID, tg.State)
		}
	}
	if !tg.State.Terminal() && !tg.Held() {
		t.Errorf("LOST: %s, class %s: %s is %s", p.account, h.class, tg.ID, tg.State)
	}
	if tg.Held() && h.class != hayon.ClassD && h.class != hayon.ClassE && h.class != hayon.ClassF {
		t.Errorf("%s: class %s never has to ask its user, and %s is held: %v", p.account, h.class, tg.ID, tg.Error)
	}
}
