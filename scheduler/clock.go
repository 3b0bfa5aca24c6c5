package scheduler

import (
	"context"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

const (
	// jumpHeld is how far ahead the clock may jump and still be trusted at once: what goes out too
	// early cannot be taken back.
	jumpHeld = time.Minute
	// holdFor is how long nothing is published after such a jump.
	holdFor = 30 * time.Second
	// jumpSeen is what counts as a jump, or as a suspend, and is not mere imprecision.
	jumpSeen = time.Second
	// readWithin is how close the readings of several clocks must lie to be compared.
	readWithin = 50 * time.Millisecond
)

// guard compares the clocks each time it is asked, at least once a tick. It is safe for concurrent
// use.
type guard struct {
	clock hayon.Clock

	mu   sync.Mutex // guards the rest
	last reading
	// ahead is how far the wall is from where it would be without the jump that it is held for, and
	// until when the hold ends, by the monotonic clock. Only while held.
	held  bool
	ahead time.Duration
	until time.Duration
	// news is what has happened and was not told yet.
	news []clockNews
	// shaken is closed when what waits for a time must look anew, and counted by shakes.
	shaken chan struct{}
	shakes int
	// settled is the count up to which what is due has been queued since, and calm is closed when that
	// is all: a hint that is told earlier would let a later target go first.
	settled int
	calm    chan struct{}
}

// reading is what the clocks show at one moment; boot is mono where there is no boot time.
type reading struct {
	wall       time.Time
	mono, boot time.Duration
}

// clockEvent is what a comparison of two readings showed.
type clockEvent int

const (
	suspended   clockEvent = iota // the machine was suspended
	jumpedBack                    // the wall was set back
	jumpedAhead                   // the wall jumped far ahead; publishing is held
	cameBack                      // and came back
	trusted                       // or is the right time
)

// clockNews is an event with how much the clocks differed, and until when publishing is held.
type clockNews struct {
	event clockEvent
	by    time.Duration
	until time.Time
}

func newGuard(c hayon.Clock) *guard {
	g := &guard{clock: c, shaken: make(chan struct{}), settled: -1, calm: make(chan struct{})}
	g.last = g.read()
	return g
}

// read reads all clocks as of one moment: a machine that is suspended between two readings would
// seem to have jumped.
func (g *guard) read() reading {
	var r reading
	for range 3 {
		before := g.elapsed()
		r = reading{mono: g.clock.Mono(), wall: g.clock.Wall().Round(0).UTC()}
		if r.boot = g.elapsed(); r.boot-before < readWithin {
			break
		}
	}
	return r
}

// elapsed is the best answer to how much time has passed: with suspends, where the system counts them.
func (g *guard) elapsed() time.Duration {
	if g.clock.Boot != nil {
		return g.clock.Boot()
	}
	return g.clock.Mono()
}

// observe reads the clocks and answers the time on the wall, and whether it may be published by it.
func (g *guard) observe() (now time.Time, may bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.read()
	passed := r.boot - g.last.boot
	slept := passed - (r.mono - g.last.mono)
	jump := r.wall.Sub(g.last.wall) - passed
	g.last = r
	if slept > jumpSeen {
		g.tell(clockNews{event: suspended, by: slept})
	}
	switch {
	case g.held:
		g.recheck(jump)
	case jump > jumpHeld:
		g.hold(jump)
	case jump > jumpSeen:
		g.shake()
	case jump < -jumpSeen:
		g.tell(clockNews{event: jumpedBack, by: -jump})
	}
	return r.wall, !g.held
}

// hold must be called with mu held, like the functions below.
func (g *guard) hold(jump time.Duration) {
	g.held, g.ahead, g.until = true, jump, g.last.mono+holdFor
	g.tell(clockNews{event: jumpedAhead, by: jump, until: g.heldUntil()})
}

// recheck ends the hold when the wall has come back, or has stayed where it is for long enough.
func (g *guard) recheck(jump time.Duration) {
	g.ahead += jump
	switch {
	case g.ahead <= jumpSeen:
		g.held = false
		g.tell(clockNews{event: cameBack})
	case jump > jumpHeld:
		g.hold(g.ahead)
	case g.last.mono >= g.until:
		g.held = false
		g.tell(clockNews{event: trusted, by: g.ahead})
	}
}

func (g *guard) heldUntil() time.Time { return g.last.wall.Add(g.until - g.last.mono) }

func (g *guard) tell(n clockNews) {
	g.news = append(g.news, n)
	g.shake()
}

func (g *guard) shake() {
	if g.settled == g.shakes {
		g.calm = make(chan struct{})
	}
	close(g.shaken)
	g.shaken = make(chan struct{})
	g.shakes++
}

// settle says that what is due has been queued since the clocks were shaken that often.
func (g *guard) settle(shakes int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if shakes == g.shakes && g.settled != shakes {
		g.settled = shakes
		close(g.calm)
	}
}

// start makes hints wait for the first look at what is due: the loops begin.
func (g *guard) start() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.settled == g.shakes {
		g.shake()
	}
}

// mayHint reports whether somebody may be told to publish: the clock is trusted, and what is due by it
// is queued. Where not, the channel is closed when it is.
func (g *guard) mayHint() (may bool, calm <-chan struct{}) {
	_, may = g.observe()
	g.mu.Lock()
	defer g.mu.Unlock()
	return may && g.settled == g.shakes, g.calm
}

// shook answers how often what waits for a time had to look anew, and a channel that is closed the
// next time.
func (g *guard) shook() (int, <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shakes, g.shaken
}

func (g *guard) takeNews() []clockNews {
	g.mu.Lock()
	defer g.mu.Unlock()
	news := g.news
	g.news = nil
	return news
}

// now is the time on the wall, without a monotonic part: that stands still through a suspend.
func (s *Scheduler) now() time.Time { return s.guard.clock.Wall().Round(0).UTC() }

// MayPublish reports whether the clock can be trusted. It is false for 30 s after the clock on the
// wall jumped ahead by more than a minute, unless it came back before. A worker asks before it
// claims.
func (s *Scheduler) MayPublish() bool {
	_, may := s.guard.observe()
	return may
}

// clockHeld is until when nothing is published because of the clock; zero: it is trusted.
func (s *Scheduler) clockHeld() time.Time {
	if s.MayPublish() {
		return time.Time{}
	}
	s.guard.mu.Lock()
	defer s.guard.mu.Unlock()
	return s.guard.heldUntil()
}

// tellClock logs what the guard noticed, and keeps in the journal what holds publishing.
func (s *Scheduler) tellClock(ctx context.Context) {
	for _, n := range s.guard.takeNews() {
		by := n.by.Round(time.Second)
		switch n.event {
		case suspended:
			s.log.Info("the machine was suspended; what is due meanwhile is caught up", "for", by)
		case jumpedBack:
			s.log.Warn("the clock was set back; what is out stays out", "by", by)
		case jumpedAhead:
			s.log.Warn("the clock jumped ahead; nothing is published until it is trusted", "by", by, "until", n.until)
			s.noteClock(ctx, "the clock jumped "+by.String()+" ahead; nothing is published until "+n.until.Format(time.RFC3339))
		case cameBack:
			s.log.Info("the clock came back; publishing goes on")
			s.noteClock(ctx, "the clock came back; publishing goes on")
		case trusted:
			s.log.Warn("the clock is trusted now; publishing goes on", "by", by)
			s.noteClock(ctx, "the clock stayed "+by.String()+" ahead and is trusted now; publishing goes on")
		}
	}
}

// noteClock tells every user that has accounts.
func (s *Scheduler) noteClock(ctx context.Context, reason string) {
	owners, err := s.owners(ctx)
	if err == nil && len(owners) > 0 {
		err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			for _, owner := range owners {
				r := row(hayon.Actor{User: owner, Source: hayon.SourceWorker}, hayon.RowService, s.now())
				r.Reason = reason
				if err := tx.AppendJournal(ctx, r); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil && ctx.Err() == nil {
		s.log.Warn("the jump of the clock could not be kept in the journal", "err", err)
	}
}
