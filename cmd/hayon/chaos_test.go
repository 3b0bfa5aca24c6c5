package main_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

var chaosSeed = flag.Uint64("chaos.seed", 0, "plan of TestKilledAtAnyMoment; 0: HAYON_CHAOS_SEED, else the time")

const (
	// killLimit ends a storm that takes longer for each of its kills.
	killLimit = 1600 * time.Millisecond
	// quietLimit is how long after the last restart everything must be out.
	quietLimit = 30 * time.Second
	// longestLife is how long a one-shot command that is to be killed may live.
	longestLife = 400 * time.Millisecond
	// answerLimit is how long a command may take that nobody kills: post waits for 30 s.
	answerLimit = 50 * time.Second
	posters     = 2
	// tries is how often a poster repeats a command during the storm that was not answered.
	tries = 4
)

// TestKilledAtAnyMoment kills daemons and one-shot commands at random moments under a stream of
// posts. Whatever was accepted is published exactly once, seconds after the last restart.
//
// HAYON_CHAOS_KILLS and HAYON_CHAOS_POSTS make it larger. It runs beside no other test of the package:
// it takes the whole machine.
func TestKilledAtAnyMoment(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM that a program can send")
	}
	seed := seedOf(t)
	kills, posts := 50, 220
	if testing.Short() {
		kills, posts = 10, 40
	}
	kills, posts = envInt(t, "HAYON_CHAOS_KILLS", kills), envInt(t, "HAYON_CHAOS_POSTS", posts)
	again := fmt.Sprintf("HAYON_CHAOS_KILLS=%d HAYON_CHAOS_POSTS=%d go test -count=1 -run TestKilledAtAnyMoment ./cmd/hayon -chaos.seed=%d", kills, posts, seed)
	t.Logf("seed %d", seed)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("again: %s", again)
		}
	})

	w := newChaosWorld(t)
	s := &storm{w: w, kills: kills, ended: make(chan struct{})}
	rng := rand.New(rand.NewPCG(seed, 0))
	plan := planPosts(rng, seed, w, posts)
	s.run(t, rng, plan)
	t.Logf("storm: %s", s.figures())

	last := w.startDaemon(t)
	started := time.Now()
	stored := w.waitQuiet(t, started)
	t.Logf("quiet %.1f s after the last restart: %d posts, %d targets", time.Since(started).Seconds(), len(stored), targetsOf(stored))

	// What was killed before it answered is told again under its key.
	open := 0
	for _, p := range plan {
		if p.started && p.id == "" {
			open++
			s.repeat(t, p, stored)
		}
	}
	t.Logf("repeated %d posts that nobody had answered", open)
	w.waitQuiet(t, time.Now())
	last.stop(t)
	w.verify(t, plan)
}

func seedOf(t *testing.T) uint64 {
	t.Helper()
	if *chaosSeed != 0 {
		return *chaosSeed
	}
	if n := envInt(t, "HAYON_CHAOS_SEED", 0); n != 0 {
		return uint64(n)
	}
	return uint64(time.Now().UnixNano())
}

func envInt(t *testing.T, name string, otherwise int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// plannedPost is a post command of the plan and what became of it. After the storm's goroutines have
// ended it belongs to the test.
type plannedPost struct {
	text     string // unique
	key      string
	accounts []string
	args     []string
	life     time.Duration // the first command is killed after it; below 0: not
	abandon  bool          // not repeated during the storm
	pause    time.Duration // before the command

	started bool
	id      string // as a command printed it; "" while none has
}

// planPosts draws the stream of posts.
func planPosts(rng *rand.Rand, seed uint64, w *chaosWorld, n int) []*plannedPost {
	plan := make([]*plannedPost, n)
	for i := range plan {
		p := &plannedPost{
			text: fmt.Sprintf("post %04d of %d, killed at any moment #chaos", i, seed),
			key:  fmt.Sprintf("chaos-%d-%d", seed, i),
			life: -1, pause: upTo(rng, 150*time.Millisecond),
		}
		for len(p.accounts) == 0 {
			for _, a := range w.accounts {
				if rng.IntN(100) < 45 {
					p.accounts = append(p.accounts, a)
				}
			}
		}
		p.args = []string{"post", p.text, "--to", strings.Join(p.accounts, ","), "--idempotency-key", p.key}
		switch dice := rng.IntN(100); {
		case dice < 30:
			p.args = append(p.args, "--in", fmt.Sprintf("%ds", 1+rng.IntN(3)))
			if dice < 8 {
				p.args = append(p.args, "--wait")
			}
		case dice < 45:
			p.args = append(p.args, "--no-wait")
		}
		if rng.IntN(100) < 25 {
			p.args = append(p.args, "--media", w.picture, "--alt", "a square")
		}
		if rng.IntN(100) < 45 {
			p.life = upTo(rng, longestLife)
			p.abandon = rng.IntN(100) < 30
		}
		plan[i] = p
	}
	return plan
}

// storm is everything that happens at the same time.
type storm struct {
	w     *chaosWorld
	kills int // how many there are to be

	mu     sync.Mutex // guards what follows
	killed map[string]int
	codes  map[string]int
	ended  chan struct{} // closed when there were enough kills
	over   bool
}

// killOf counts a process that died by SIGKILL.
func (s *storm) killOf(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.killed == nil {
		s.killed = make(map[string]int)
	}
	s.killed[what]++
	n := 0
	for _, k := range s.killed {
		n += k
	}
	if n >= s.kills && !s.over {
		s.over = true
		close(s.ended)
	}
}

func (s *storm) exitOf(what string, r result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.codes == nil {
		s.codes = make(map[string]int)
	}
	s.codes[fmt.Sprintf("%s %d", what, r.code)]++
}

func (s *storm) figures() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("killed %v, exits %v", s.killed, s.codes)
}

// run lets posters, tick and daemons go until there were enough kills. What runs then is killed too:
// the last daemon finds what they were at.
func (s *storm) run(t *testing.T, rng *rand.Rand, plan []*plannedPost) {
	t.Helper()
	limit := time.Duration(s.kills) * killLimit
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	go func() {
		select {
		case <-s.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	stream := make(chan *plannedPost, len(plan))
	for _, p := range plan {
		stream <- p
	}
	close(stream)
	var actors sync.WaitGroup
	for range posters {
		actors.Go(func() { s.post(ctx, t, stream) })
	}
	ticks, daemons := rand.New(rand.NewPCG(rng.Uint64(), 1)), rand.New(rand.NewPCG(rng.Uint64(), 2))
	actors.Go(func() { s.tick(ctx, t, ticks) })
	actors.Go(func() { s.daemons(ctx, t, daemons) })
	actors.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		t.Errorf("the storm ended after %s with %v of %d kills", limit, s.killed, s.kills)
	}
}

// post works on the stream: a post whose command did not answer is told again under its key, unless
// the plan leaves it.
func (s *storm) post(ctx context.Context, t *testing.T, stream <-chan *plannedPost) {
	t.Helper()
	for p := range stream {
		if !sleep(ctx, p.pause) {
			return
		}
		p.started = true
		life := p.life
		for range tries {
			r := s.tell(ctx, t, p, life)
			if p.id != "" || p.abandon && r.killed || ctx.Err() != nil {
				break
			}
			life = -1
		}
	}
}

// tell runs the command of a post once and notes the id that it printed.
func (s *storm) tell(ctx context.Context, t *testing.T, p *plannedPost, life time.Duration) result {
	t.Helper()
	r := s.w.command(ctx, t, life, p.args...)
	if r.none {
		return r
	}
	if id := strings.TrimSpace(r.stdout); strings.HasPrefix(id, "p_") && strings.HasSuffix(r.stdout, "\n") {
		if p.id != "" && p.id != id {
			t.Errorf("the key %s of post %s answered another post, %s", p.key, p.id, id)
		}
		p.id = id
	}
	if r.killed {
		s.killOf("post")
		return r
	}
	what := "post"
	if p.id != "" {
		what = "post with id"
	}
	s.exitOf(what, r)
	switch r.code {
	case 0, 12:
		if p.id == "" {
			t.Errorf("post exited with %d and printed no id: %q, %s", r.code, r.stdout, r.stderr)
		}
	case 10, 11: // the database was held, or the daemon went while it answered
	default:
		t.Errorf("post exited with %d: %v\n%s", r.code, p.args, r.stderr)
	}
	return r
}

// repeat tells a post again after the storm: if it was stored it is the same one.
func (s *storm) repeat(t *testing.T, p *plannedPost, stored []chaosPost) {
	t.Helper()
	if r := s.tell(t.Context(), t, p, -1); p.id == "" {
		t.Errorf("post %q could not be told again: exit %d, %s", p.text, r.code, r.stderr)
		return
	}
	i := slices.IndexFunc(stored, func(c chaosPost) bool { return c.Text == p.text })
	if i >= 0 && stored[i].ID != p.id {
		t.Errorf("post %s was made a second time under its key %s, as %s", stored[i].ID, p.key, p.id)
	}
}

// tick runs hayon tick again and again; half of them do not live to their end.
func (s *storm) tick(ctx context.Context, t *testing.T, rng *rand.Rand) {
	t.Helper()
	for sleep(ctx, upTo(rng, 700*time.Millisecond)) {
		life := time.Duration(-1)
		if rng.IntN(2) == 0 {
			life = upTo(rng, longestLife/4) // beside a daemon it has little to do
		}
		r := s.w.command(ctx, t, life, "tick")
		if r.killed {
			s.killOf("tick")
			continue
		}
		if r.none {
			continue
		}
		s.exitOf("tick", r)
		switch r.code {
		case 0, 10, 11, 12:
		default:
			t.Errorf("tick exited with %d: %s", r.code, r.stderr)
		}
	}
}

// daemons starts one daemon after the other; some end by SIGTERM, some of these while the next one
// starts already.
func (s *storm) daemons(ctx context.Context, t *testing.T, rng *rand.Rand) {
	t.Helper()
	var draining []*chaosDaemon
	for sleep(ctx, upTo(rng, 800*time.Millisecond)) {
		d := s.w.startDaemon(t)
		life, gentle, overlap := upTo(rng, 1500*time.Millisecond), rng.IntN(100) < 15, rng.IntN(2) == 0
		sleep(ctx, life)
		switch {
		case !gentle:
			if d.kill() {
				s.killOf("daemon")
			}
		case overlap:
			d.terminate()
			draining = append(draining, d)
		default:
			d.stop(t)
		}
	}
	for _, d := range draining {
		d.stop(t)
	}
}

// sleep answers false when ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// upTo draws a duration below d.
func upTo(rng *rand.Rand, d time.Duration) time.Duration { return time.Duration(rng.Int64N(int64(d))) }
