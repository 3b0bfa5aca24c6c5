package main_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/client"
	"github.com/hayon/hayon/hayontest/servers"
)

// soakConfig makes the waits short. A lease and a call have time enough on a machine that does much
// else, and nothing is so late that it were caught up slowly.
const soakConfig = `demo = true
[delivery]
waits = ["40ms", "80ms", "160ms"]
settle = ["60ms", "150ms", "300ms"]
lease = "2s"
lease_reserve = "500ms"
publish_timeout = "1500ms"
catch_up_every = "0s"
probe_every = "500ms"
`

const (
	soakPosters  = 4
	soakCommands = 2
	// soakPause is how long a poster waits before it repeats what was not answered.
	soakPause = 50 * time.Millisecond
	// longestDown is how long no daemon runs after a kill, and soakAway how long a host is away.
	longestDown = 1500 * time.Millisecond
	soakAway    = 2 * time.Second
)

// soak is the world of the test and what happens in it.
type soak struct {
	w     *chaosWorld
	size  soakSize
	lanes []soakLane
	start time.Time

	// rabbit is the broker; nil: the daemon's own. shots is how often it was ended.
	rabbit *servers.RabbitMQInstance
	shots  int
	agreed string // what the counters of the end say

	took time.Duration // until everything rested, from the last restart and the last post
	kill int           // how often a daemon was killed
	// memory is that of the first daemon and of the last one, when they answered, and at the end.
	memory struct{ first, last, end string }

	made sync.Map // ids of posts by their keys

	mu       sync.Mutex
	commands map[string]int // by what they were and how they ended
	alone    int            // those that began while no daemon ran
	down     bool
	served   []soakSpan // when a daemon answered
}

// soakSpan is a span of time; a zero end has not come.
type soakSpan struct{ begin, end time.Time }

// newSoak builds the program and connects the accounts.
func newSoak(t *testing.T, size soakSize, lanes []soakLane) *soak {
	t.Helper()
	home := os.Getenv("HAYON_SOAK_HOME")
	if home == "" {
		home = t.TempDir()
	}
	w := &chaosWorld{home: home, bin: filepath.Join(t.TempDir(), "hayon")}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", w.bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	w.env = []string{"HAYON_HOME=" + home, "HOME=" + home, "XDG_RUNTIME_DIR=" + home, "TZ=UTC", "PATH=" + os.Getenv("PATH")}
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "config.toml"), []byte(soakConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, l := range lanes {
		_, alias, _ := strings.Cut(l.name, "/")
		w.mustRun(t, "", "login", "demo", "--alias", alias, "--set", l.set)
	}
	s := &soak{w: w, size: size, lanes: lanes, commands: make(map[string]int)}
	if size.brokerKills > 0 {
		s.rabbit = servers.NewRabbitMQ(t)
		w.env = append(w.env, "HAYON_BROKER="+s.rabbit.URL())
	}
	return s
}

func (s *soak) data(name string) string { return filepath.Join(s.w.home, "data", "default", name) }

func (s *soak) client(t *testing.T) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{Socket: s.data("hayon.sock")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// until sleeps until so long after the start.
func (s *soak) until(ctx context.Context, d time.Duration) bool {
	return sleep(ctx, time.Until(s.start.Add(d)))
}

// run lets everybody work until the plan is done, but not much longer than its span, and answers the
// daemon that runs then.
func (s *soak) run(t *testing.T, rng *rand.Rand, plan []*soakPost) *chaosDaemon {
	t.Helper()
	d := s.startDaemon(t)
	s.memory.first = memoryOf(d)
	s.start = time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), s.size.span+s.size.span/2)
	defer cancel()
	bulk, typed := streamOf(plan, false), streamOf(plan, true)
	var actors sync.WaitGroup
	for range soakPosters {
		c := s.client(t)
		actors.Go(func() { s.post(ctx, t, c, bulk) })
	}
	for range soakCommands {
		actors.Go(func() { s.typePosts(ctx, t, typed, len(typed)) })
	}
	c := s.client(t)
	actors.Go(func() { s.cancel(ctx, c, plan) })
	ticks, most := rand.New(rand.NewPCG(rng.Uint64(), 1)), 20+rng.IntN(200)
	spanned, end := context.WithTimeout(ctx, s.size.span)
	defer end()
	actors.Go(func() { s.tick(spanned, t, ticks) })
	actors.Go(func() { s.away(spanned, t) })
	if s.rabbit != nil {
		shots := rand.New(rand.NewPCG(rng.Uint64(), 3))
		actors.Go(func() { s.shoot(t, shots) })
	}
	d = s.kills(t, rand.New(rand.NewPCG(rng.Uint64(), 2)), d, func() {
		actors.Go(func() { s.tickOnce(t, most) })
		actors.Go(func() { s.typePosts(ctx, t, typed, 1) })
	})
	s.memory.last = memoryOf(d)
	actors.Wait()
	return d
}

// streamOf are the posts that are, or are not, commands of their own, in the order of their time.
func streamOf(plan []*soakPost, typed bool) <-chan *soakPost {
	var posts []*soakPost
	for _, p := range plan {
		if (p.args != nil) == typed {
			posts = append(posts, p)
		}
	}
	slices.SortFunc(posts, func(a, b *soakPost) int { return cmp.Compare(a.at, b.at) })
	stream := make(chan *soakPost, len(posts))
	for _, p := range posts {
		stream <- p
	}
	close(stream)
	return stream
}

// startDaemon starts a daemon and waits until it answers.
func (s *soak) startDaemon(t *testing.T) *chaosDaemon {
	t.Helper()
	d := s.w.startDaemon(t)
	c := s.client(t)
	defer func() { _ = c.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), answerLimit)
	defer cancel()
	for c.Ping(ctx) != nil {
		select {
		case <-d.ended:
			t.Fatalf("the daemon ended at its start\n%s", tailOf(d.log))
		default:
		}
		if !sleep(ctx, 10*time.Millisecond) {
			t.Fatalf("the daemon does not answer after %s\n%s", answerLimit, tailOf(d.log))
		}
	}
	s.mu.Lock()
	s.down, s.served = false, append(s.served, soakSpan{begin: time.Now()})
	s.mu.Unlock()
	return d
}

// kills kills the daemon at moments spread over the span, each in a part of its own, and starts it
// again after a while, in which nobody is there but commands that begin then.
func (s *soak) kills(t *testing.T, rng *rand.Rand, d *chaosDaemon, begin func()) *chaosDaemon {
	t.Helper()
	slot := s.size.span * 9 / 10 / time.Duration(max(s.size.kills, 1))
	for i := range s.size.kills {
		if !s.until(t.Context(), s.size.span/20+time.Duration(i)*slot+upTo(rng, slot)) {
			t.Fatal(context.Cause(t.Context()))
		}
		down := longestDown/5 + upTo(rng, longestDown)
		s.mu.Lock()
		s.down, s.served[len(s.served)-1].end = true, time.Now()
		s.mu.Unlock()
		if !d.kill() {
			t.Errorf("the daemon had ended by itself\n%s", tailOf(d.log))
		}
		s.kill++
		fmt.Fprintf(t.Output(), "kill %d after %.1f s, for %.1f s\n", s.kill, time.Since(s.start).Seconds(), down.Seconds())
		begin()
		sleep(t.Context(), down)
		d = s.startDaemon(t)
	}
	return d
}

// post makes the posts of a stream over the socket, each when it is time.
func (s *soak) post(ctx context.Context, t *testing.T, c *client.Client, stream <-chan *soakPost) {
	t.Helper()
	defer func() { _ = c.Close() }()
	for p := range stream {
		if !s.until(ctx, p.at) {
			return
		}
		p.started = true
		s.create(t, c, p)
	}
}

// create makes a post, and repeats it under its key until it is answered.
func (s *soak) create(t *testing.T, c *client.Client, p *soakPost) {
	t.Helper()
	ctx, cancel := context.WithTimeout(soakActor(t.Context()), answerLimit)
	defer cancel()
	for {
		in := p.create
		if p.due != 0 {
			in.Schedule.At = later(s.start.Add(p.due), time.Now()).UTC()
		}
		post, err := c.CreatePost(ctx, in)
		s.count("post over the socket, " + outcomeOf(err))
		if err == nil {
			p.id = post.ID.String()
			s.made.Store(p.key, post.ID)
			return
		}
		code := hayon.CodeOf(err)
		if !slices.Contains([]hayon.Code{hayon.CodeUnreachable, hayon.CodeTimeout, hayon.CodeUnavailable, hayon.CodeConflict}, code) || !sleep(ctx, soakPause) {
			t.Errorf("the post %s was not taken: %v", p.key, err)
			return
		}
	}
}

// outcomeOf is how a call ended.
func outcomeOf(err error) string {
	if err == nil {
		return "done"
	}
	return string(hayon.CodeOf(err))
}

func soakActor(ctx context.Context) context.Context {
	return hayon.WithActor(ctx, hayon.Actor{User: hayon.LocalUser().ID, Source: hayon.SourceAPI})
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// cancel takes posts back. Whether one came too late is for the store to say.
func (s *soak) cancel(ctx context.Context, c *client.Client, plan []*soakPost) {
	defer func() { _ = c.Close() }()
	var posts []*soakPost
	for _, p := range plan {
		if p.cancel != 0 {
			posts = append(posts, p)
		}
	}
	slices.SortFunc(posts, func(a, b *soakPost) int { return cmp.Compare(a.cancel, b.cancel) })
	ctx = soakActor(ctx)
	for _, p := range posts {
		if !s.until(ctx, p.cancel) {
			return
		}
		if id, ok := s.made.Load(p.key); ok {
			_, err := c.CancelPost(ctx, id.(hayon.PostID), hayon.PostChangeRequest{})
			s.count("cancel over the socket, " + outcomeOf(err))
		}
	}
}

// typePosts runs commands for at most so many posts of a stream.
func (s *soak) typePosts(ctx context.Context, t *testing.T, stream <-chan *soakPost, most int) {
	t.Helper()
	for range most {
		p, ok := <-stream
		if !ok || most > 1 && !s.until(ctx, p.at) {
			return
		}
		p.started = true
		for range tries { // under its key, where it was not answered
			if s.typePost(t, p); p.id != "" {
				break
			}
		}
	}
}

// typePost runs the command of a post.
func (s *soak) typePost(t *testing.T, p *soakPost) {
	t.Helper()
	r := s.command(t, p.args...)
	if id := strings.TrimSpace(r.stdout); strings.HasPrefix(id, "p_") && strings.HasSuffix(r.stdout, "\n") {
		if p.id != "" && p.id != id {
			t.Errorf("the key %s of post %s answered another post, %s", p.key, p.id, id)
		}
		p.id = id
	}
	// Some are refused, parked, uncertain, not done in time; the database was held, or the daemon went.
	if !slices.Contains([]int{0, hayon.ExitPartial, 7, 8, 9, 10, 11, 12}, r.code) {
		t.Errorf("post exited with %d: %v\n%s", r.code, p.args, r.stderr)
	}
}

// command runs a command to its end and counts it.
func (s *soak) command(t *testing.T, args ...string) result {
	t.Helper()
	s.mu.Lock()
	if s.down {
		s.alone++
	}
	s.mu.Unlock()
	r := s.w.command(t.Context(), t, -1, args...)
	s.count(fmt.Sprintf("%s, exit %d", args[0], r.code))
	return r
}

func (s *soak) count(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands[what]++
}

// tick runs hayon tick again and again.
func (s *soak) tick(ctx context.Context, t *testing.T, rng *rand.Rand) {
	t.Helper()
	for sleep(ctx, upTo(rng, time.Second)) {
		s.tickOnce(t, 20+rng.IntN(100))
	}
}

func (s *soak) tickOnce(t *testing.T, most int) {
	t.Helper()
	r := s.command(t, "tick", "--max", strconv.Itoa(most))
	if !slices.Contains([]int{0, hayon.ExitPartial, 7, 8, 9, 10, 11, 12}, r.code) {
		t.Errorf("tick exited with %d: %s", r.code, r.stderr)
	}
}

// away takes a host away in the middle of the span, for a while.
func (s *soak) away(ctx context.Context, t *testing.T) {
	t.Helper()
	if !s.until(ctx, s.size.span/2) {
		return
	}
	name := filepath.Join(s.w.home, "away")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Error(err)
	}
	sleep(ctx, soakAway)
	if err := os.Remove(name); err != nil {
		t.Error(err)
	}
}

// repeat tells again what was begun and not answered.
func (s *soak) repeat(t *testing.T, plan []*soakPost) {
	t.Helper()
	for _, p := range plan {
		if p.started && p.id == "" && p.args != nil {
			if s.typePost(t, p); p.id == "" {
				t.Errorf("post %s could not be told again", p.key)
			}
		}
	}
}

// awaitRest waits until nothing follows by itself.
func (s *soak) awaitRest(t *testing.T, d *chaosDaemon) {
	t.Helper()
	c := s.client(t)
	defer func() { _ = c.Close() }()
	begun, limit := time.Now(), s.size.restLimit()
	for {
		st, err := c.Status(soakActor(t.Context()))
		if err == nil && st.Scheduled+st.Queued+st.Publishing+st.RetryWait+st.Uncertain-st.Held+st.Outbox == 0 {
			s.took += time.Since(begun)
			return
		}
		if time.Since(begun) > limit {
			t.Fatalf("not at rest %s after the last post: %+v (%v)\n%s", limit, st, err, tailOf(d.log))
		}
		if !sleep(t.Context(), 250*time.Millisecond) {
			t.Fatal(context.Cause(t.Context()))
		}
	}
}

// memoryOf is the resident memory of a daemon, and what of it is no mapped file.
func memoryOf(d *chaosDaemon) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		return "unknown"
	}
	return line(string(b), "VmRSS:") + " (" + line(string(b), "RssAnon:") + " its own)"
}
