package main_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

var soakSeedFlag = flag.Uint64("soak.seed", 0, "plan of TestSoak; 0: HAYON_SOAK_SEED, else the time")

// soakSize is how much of everything there is.
type soakSize struct {
	targets, kills int
	// brokerKills is how often RabbitMQ is killed or stopped; 0: the broker is the daemon's own.
	brokerKills int
	// span is how long posts are made and fall due.
	span time.Duration
}

// restLimit is how long after the last restart and the last post everything must rest.
func (s soakSize) restLimit() time.Duration { return 2*time.Minute + s.span/2 }

// TestSoak publishes for a while to many accounts of all classes, with faults, while the daemon is
// killed again and again and commands work beside it. Everything that was accepted comes to rest, and
// what is public is what the store says, once and in order.
//
// HAYON_SOAK_TARGETS, HAYON_SOAK_TIME and HAYON_SOAK_KILLS make it larger, as make soak does. The
// profile is left in the folder HAYON_SOAK_HOME, where that is set.
func TestSoak(t *testing.T) {
	t.Parallel()
	size := soakSize{targets: 3000, kills: 3, span: time.Minute}
	if testing.Short() {
		size = soakSize{targets: 500, kills: 1, span: 10 * time.Second}
	}
	soakFor(t, size.fromEnvironment(t))
}

// TestSoakBroker is TestSoak over a RabbitMQ that is killed and stopped beside the daemon, by
// HAYON_SOAK_BROKER_KILLS how often. At the end what the daemon counted agrees with the journal.
func TestSoakBroker(t *testing.T) {
	t.Parallel()
	size := soakSize{targets: 800, kills: 1, brokerKills: 2, span: 20 * time.Second}
	if testing.Short() {
		size = soakSize{targets: 300, kills: 1, brokerKills: 1, span: 15 * time.Second}
	}
	size = size.fromEnvironment(t)
	size.brokerKills = max(1, envInt(t, "HAYON_SOAK_BROKER_KILLS", size.brokerKills))
	soakFor(t, size)
}

func soakFor(t *testing.T, size soakSize) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM that a program can send")
	}
	seed := soakSeed(t)
	again := fmt.Sprintf("HAYON_SOAK_TARGETS=%d HAYON_SOAK_TIME=%s HAYON_SOAK_KILLS=%d HAYON_SOAK_BROKER_KILLS=%d go test -count=1 -v -run '^%s$' ./cmd/hayon -soak.seed=%d",
		size.targets, size.span, size.kills, size.brokerKills, t.Name(), seed)
	t.Logf("seed %d", seed)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("again: %s", again)
		}
	})

	rng := rand.New(rand.NewPCG(seed, 0))
	s := newSoak(t, size, soakLanes(rng, size))
	plan := s.plan(rng, seed)
	last := s.run(t, rng, plan)
	s.awaitRest(t, last)
	s.repeat(t, plan)
	s.awaitRest(t, last)
	plan = append(plan, s.countersAgree(t, last, seed)...)
	s.memory.end = memoryOf(last)
	last.stop(t)

	v := s.verify(t, plan)
	fmt.Fprintf(t.Output(), "\n%s\n", s.report(v, plan, seed))
}

func soakSeed(t *testing.T) uint64 {
	t.Helper()
	if *soakSeedFlag != 0 {
		return *soakSeedFlag
	}
	if n := envInt(t, "HAYON_SOAK_SEED", 0); n != 0 {
		return uint64(n)
	}
	return uint64(time.Now().UnixNano())
}

// fromEnvironment is s, larger or smaller where somebody says so.
func (s soakSize) fromEnvironment(t *testing.T) soakSize {
	t.Helper()
	s.targets = envInt(t, "HAYON_SOAK_TARGETS", s.targets)
	s.kills = envInt(t, "HAYON_SOAK_KILLS", s.kills)
	if v := os.Getenv("HAYON_SOAK_TIME"); v != "" {
		d, err := time.ParseDuration(v)
		if err != nil || d <= 0 {
			t.Fatalf("HAYON_SOAK_TIME: %q is no duration such as 10m", v)
		}
		s.span = d
	}
	return s
}

var soakClasses = []hayon.Class{hayon.ClassA, hayon.ClassB, hayon.ClassC, hayon.ClassD, hayon.ClassE, hayon.ClassF}

// soakLane is an account.
type soakLane struct {
	name  string // demo/alias
	class hayon.Class
	// calm: nothing goes wrong here by itself.
	calm bool
	// slow: the platform processes for a second what is uploaded, so that few posts go there.
	slow bool
	set  string // its options
}

// What goes wrong with a call, and how often: with most accounts, with those that have bad luck, and
// what only the uploads of some classes know. An upload that is lost keeps its account busy for the ten
// seconds after which its post would be seen.
const (
	soakFaults = "answer-lost:0.02;500:0.02;slow:0.02;reset:0.02;rate-limit:0.01;connect:0.01;rejected:0.005"
	soakRough  = "answer-lost:0.05;500:0.3;reset:0.2;rate-limit:0.02;connect:0.05;rejected:0.01"
	soakGone   = ";expired:0.02"
	soakLost   = ";handle-lost:0.004"
)

// soakLanes are the accounts: of each class one where nothing goes wrong, one where much does, and
// others. Those with the same number share a host; that of the number 2 is away for a while, and those
// with the number 3 share an application too.
func soakLanes(rng *rand.Rand, size soakSize) []soakLane {
	var lanes []soakLane
	for _, class := range soakClasses {
		for i := range 4 + min(size.targets/10_000, 6) {
			l := soakLane{name: fmt.Sprintf("demo/%s%d", strings.ToLower(string(class)), i), class: class, calm: i == 0}
			opts := []string{
				"class=" + string(class), fmt.Sprintf("latency=%dms", 2+rng.IntN(8)), "slowness=60ms", "visible=40ms",
				fmt.Sprintf("seed=%d", rng.Uint32()), fmt.Sprintf("host=host-%d.invalid", i),
			}
			if !l.calm {
				opts = append(opts, "fault="+soakFaultsOf(class, i == 1))
			}
			if l.slow = class == hayon.ClassC && i == 2; l.slow {
				opts = append(opts, "processing=500ms")
			}
			if i == 3 {
				opts = append(opts, "app=quota", "limit=application")
			}
			if i == 2 {
				opts = append(opts, "down=away") // a file beside the configuration
			}
			l.set = strings.Join(opts, ",")
			lanes = append(lanes, l)
		}
	}
	return lanes
}

// soakFaultsOf are the faults of an account. In class E each lost answer needs its user, so that there
// is no account there that has bad luck.
func soakFaultsOf(class hayon.Class, rough bool) string {
	out := soakFaults
	if rough && class != hayon.ClassE {
		out = soakRough
	}
	if class == hayon.ClassC || class == hayon.ClassF {
		out += soakGone
	}
	if class == hayon.ClassF {
		out += soakLost
	}
	return out
}

// soakPost is a post of the plan and what became of it. After the actors have ended it belongs to the
// test.
type soakPost struct {
	key string
	// at is when it is made, due when it is to go out (0: at once), and cancel when it is taken back (0:
	// not), all from the start.
	at, due, cancel time.Duration
	create          hayon.PostCreate
	// args make it a command of its own.
	args []string

	started bool
	id      string // as it was answered; "" while it was not
}

// plan draws the posts, in the order in which they are made.
func (s *soak) plan(rng *rand.Rand, seed uint64) []*soakPost {
	var plan []*soakPost
	slow := int(s.size.span / (4 * time.Second))
	for n := 0; n < s.size.targets; {
		p := &soakPost{key: fmt.Sprintf("soak-%d-%d", seed, len(plan)), create: hayon.PostCreate{
			Text: fmt.Sprintf("post %d of %d", len(plan), seed),
		}}
		p.at = upTo(rng, s.size.span*8/10)
		if rng.IntN(100) < 65 {
			p.due = min(p.at+500*time.Millisecond+upTo(rng, s.size.span/4), s.size.span*19/20)
			if rng.IntN(100) < 4 {
				p.cancel = p.at + upTo(rng, p.due-p.at+200*time.Millisecond)
			}
		}
		if rng.IntN(100) < 10 {
			for i := range 1 + rng.IntN(2) {
				p.create.Parts = append(p.create.Parts, fmt.Sprintf("%s, part %d", p.create.Text, i+2))
			}
		}
		if rng.IntN(100) < 3 {
			p.create.Grace, p.create.IfLate = new(time.Duration), hayon.LateSkip
		}
		p.create.To = s.addressees(rng, min(1+rng.IntN(20), s.size.targets-n), &slow)
		n += len(p.create.To)
		p.create.IdempotencyKey = p.key
		plan = append(plan, p)
	}
	s.pickCommands(rng, plan)
	return plan
}

// addressees are n accounts, each once, or all. The slow one is among them slow times more.
func (s *soak) addressees(rng *rand.Rand, n int, slow *int) []string {
	var out []string
	for _, i := range rng.Perm(len(s.lanes)) {
		if l := s.lanes[i]; len(out) < n && (!l.slow || *slow > 0) {
			*slow -= oneIf(l.slow)
			out = append(out, l.name)
		}
	}
	return out
}

// pickCommands makes some posts, one in two seconds, such that a person makes at the command line. They
// go to a few accounts only.
func (s *soak) pickCommands(rng *rand.Rand, plan []*soakPost) {
	most := int(s.size.span / (2 * time.Second))
	for _, i := range rng.Perm(len(plan)) {
		p := plan[i]
		if most == 0 || len(p.create.To) > 4 || p.create.Grace != nil || p.cancel != 0 {
			continue
		}
		most--
		p.args = []string{"post", p.create.Text, "--to", strings.Join(p.create.To, ","), "--idempotency-key", p.key}
		for _, part := range p.create.Parts {
			p.args = append(p.args, "--part", part)
		}
		switch {
		case rng.IntN(4) == 0:
			p.args = append(p.args, "--in", "2s")
		case rng.IntN(2) == 0:
			p.args = append(p.args, "--no-wait")
		}
	}
}
