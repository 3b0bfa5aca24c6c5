package scheduler_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue/local"
)

var lettersSeed = flag.Uint64("letters.seed", 0, "seed of the random life of letters; 0: a new one each time")

// calm is longer than whatever waits by itself: a post for its time, a letter to be cleared. Posts that are
// tried again and again keep those behind them back for longer.
const calm = 15 * time.Minute

// moods is a platform of which each call is taken, refused for good or put off, as dice fall.
type moods struct {
	mu     sync.Mutex // guards the rest
	dice   *rand.Rand
	kind   bool
	public map[hayon.TargetID]int
}

func (m *moods) publish(_ context.Context, r hayon.PublishRequest) hayon.Result {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.dice.IntN(10)
	switch {
	case m.kind || n < 3:
		m.public[r.Target.ID]++
		return hayon.Result{Verdict: hayon.VerdictPublished, Remote: hayon.Remote{ID: fmt.Sprint(r.Target.ID, m.public[r.Target.ID])}}
	case n < 6:
		return hayon.Result{Verdict: hayon.VerdictRejected, Err: hayon.Errorf(hayon.CodeRejected, "refused")}
	}
	return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: hayon.Errorf(hayon.CodeUnavailable, "busy")}
}

func (m *moods) set(kind bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kind = kind
}

// TestLettersAndQueuesAgree lives through hours in which posts fail, are parked, sent again, discarded and
// deleted at random, while others put messages into the queues and the daemon restarts. Whenever it is calm
// for a while, the dead letters and the parking lot hold what the store tells of, and nothing was sent twice.
func TestLettersAndQueuesAgree(t *testing.T) {
	t.Parallel()
	livesOfLetters(t, false)
}

// TestLettersOverABadBroker is the same with a broker that loses, refuses, returns, doubles and leaves
// open whether it has what it is given. Records may be lost then, and hints; nothing else.
func TestLettersOverABadBroker(t *testing.T) {
	t.Parallel()
	livesOfLetters(t, true)
}

func livesOfLetters(t *testing.T, bad bool) {
	t.Helper()
	seed := *lettersSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d (-letters.seed)", seed)
	synctest.Test(t, func(t *testing.T) {
		l := &lettersLife{rand: rand.New(rand.NewPCG(seed, 1)), pid: 1, lossy: bad}
		m := &moods{dice: rand.New(rand.NewPCG(seed, 2)), public: make(map[hayon.TargetID]int)}
		kept, err := local.New(local.Config{Delayed: true})
		if err != nil {
			t.Fatal(err)
		}
		wicked := &wicked{Broker: kept, dice: rand.New(rand.NewPCG(seed, 3))}
		l.daemon = newDaemonWith(t, setup{broker: func(b hayon.Broker) hayon.Broker {
			_ = b.Close()
			return wicked
		}})
		l.platform.OnPublish = m.publish
		l.stop = l.run()
		for range 5 {
			wicked.set(bad)
			for range 50 {
				l.event()
				pass(time.Duration(l.rand.IntN(20_000)) * time.Millisecond)
			}
			wicked.set(false)
			l.rest()
			l.showHidden()
			l.wantAgreed()
		}
		m.set(true)
		letters := l.list()
		for _, x := range letters {
			if _, err := l.scheduler.ReplayLetter(l.ctx, x.Ref(), hayon.LetterRequest{}); err != nil && hayon.CodeOf(err) != hayon.CodeConflict {
				t.Errorf("replay %s: %v", x.Ref(), err)
			}
		}
		l.rest()
		l.wantAgreed()
		for _, x := range l.list() {
			if _, err := l.scheduler.DiscardLetter(l.ctx, x.Ref(), hayon.LetterRequest{Reason: "enough"}); err != nil {
				t.Errorf("discard %s: %v", x.Ref(), err)
			}
		}
		l.rest()
		l.wantAgreed()
		if left := l.list(); len(left) != 0 {
			t.Errorf("%d letters left, as %+v", len(left), left[0])
		}
		for id, n := range m.public {
			if n > 1 {
				t.Errorf("%s was sent %d times", id, n)
			}
		}
		l.stop()
		_ = kept.Close()
	})
}

// wicked is a broker that outlives the process, and while it is bad does to a message what dice say.
type wicked struct {
	hayon.Broker

	mu      sync.Mutex // guards the rest
	dice    *rand.Rand
	bad     bool
	refused uint64
}

func (*wicked) Close() error { return nil }

func (w *wicked) set(bad bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bad = bad
}

func (w *wicked) State() hayon.BrokerState {
	st := w.Broker.State()
	w.mu.Lock()
	defer w.mu.Unlock()
	st.Refused += w.refused
	return st
}

func (w *wicked) Publish(ctx context.Context, m hayon.Message) (hayon.Confirmation, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 100
	if w.bad && m.Type == hayon.HintType {
		n = w.dice.IntN(14)
	}
	switch n {
	case 0:
		return nil, hayon.Errorf(hayon.CodeUnavailable, "there is no connection")
	case 1: // nobody knows, and it is there
		if _, err := w.Broker.Publish(ctx, m); err != nil {
			return nil, err
		}
		return saying{hayon.Errorf(hayon.CodeUnavailable, "the connection ended")}, nil
	case 2: // nobody knows, and it is not
		return saying{hayon.Errorf(hayon.CodeUnavailable, "the connection ended")}, nil
	case 3:
		w.refused++
		return saying{hayon.Errorf(hayon.CodeUnavailable, "refused")}, nil
	case 4:
		return saying{hayon.Errorf(hayon.CodeNotFound, "no queue")}, nil
	case 5:
		return saying{}, nil
	case 6:
		if _, err := w.Broker.Publish(ctx, m); err != nil {
			return nil, err
		}
	}
	return w.Broker.Publish(ctx, m)
}

// saying is what a broker says of a message.
type saying struct{ err error }

func (w saying) Wait(context.Context) error { return w.err }

type lettersLife struct {
	*daemon
	rand  *rand.Rand
	pid   int
	lossy bool
	stop  func()
	posts []hayon.PostID
}

func (l *lettersLife) list() []*hayon.Letter {
	l.t.Helper()
	letters, err := l.scheduler.FindLetters(l.ctx, hayon.LetterFilter{})
	if err != nil {
		l.t.Fatal(err)
	}
	return letters
}

// event is one thing that somebody does. What cannot be done now is a conflict.
func (l *lettersLife) event() {
	l.t.Helper()
	var err error
	switch n := l.rand.IntN(20); {
	case n < 7:
		in := time.Duration(l.rand.IntN(500)) * time.Second
		l.posts = append(l.posts, l.daemon.post(fmt.Sprintf("post %d", len(l.posts)), in).ID)
	case n < 13:
		letters := l.list()
		if len(letters) == 0 {
			return
		}
		ref := letters[l.rand.IntN(len(letters))].Ref()
		if n < 11 {
			_, err = l.scheduler.ReplayLetter(l.ctx, ref, hayon.LetterRequest{})
		} else {
			_, err = l.scheduler.DiscardLetter(l.ctx, ref, hayon.LetterRequest{Reason: "no use"})
		}
	case n < 16:
		if len(l.posts) == 0 {
			return
		}
		id := l.posts[l.rand.IntN(len(l.posts))]
		switch n {
		case 13:
			_, err = l.scheduler.RetryPost(l.ctx, id, hayon.PostChangeRequest{})
		case 14:
			_, err = l.scheduler.CancelPost(l.ctx, id, hayon.PostChangeRequest{})
		default:
			_, err = l.scheduler.DeletePost(l.ctx, id, hayon.PostDelete{})
		}
	case n < 19:
		l.byHand(n)
	default:
		l.stop()
		l.died(l.pid)
		l.pid++
		l.boot(l.pid)
		l.stop = l.run()
	}
	if err != nil && hayon.CodeOf(err) != hayon.CodeConflict {
		l.t.Errorf("%v", err)
	}
}

// byHand puts a message into one of the queues.
func (l *lettersLife) byHand(kind int) {
	l.t.Helper()
	m := hayon.Message{Exchange: hayon.DLXExchange, RoutingKey: hayon.DeadKey, Body: []byte("look " + fmt.Sprint(l.rand.IntN(5)))}
	switch kind {
	case 16: // the same ones again and again, without anything that tells them apart
	case 17:
		m.Exchange, m.RoutingKey, m.ID, m.At = hayon.PostExchange, "post.create.platform", fmt.Sprint(l.rand.IntN(1e6)), time.Now()
	default:
		m.RoutingKey, m.ID = hayon.ParkedKey, fmt.Sprint(l.rand.IntN(1e6))
		if len(l.posts) > 0 { // a hint that somebody has moved
			p := l.find(l.posts[l.rand.IntN(len(l.posts))])
			m.Body = hayon.Encode(hayon.HintFor(p.Targets[0], time.Now()).Hint)
		}
	}
	c, err := l.broker.Publish(l.ctx, m)
	if err == nil {
		err = c.Wait(l.ctx)
	}
	if err != nil {
		l.t.Errorf("publish by hand: %v", err)
	}
}

// rest waits until nothing happens any more by itself, and then for what follows from the last of it.
func (l *lettersLife) rest() {
	l.t.Helper()
	pass(calm)
	for range 120 {
		st, err := l.scheduler.Status(l.ctx)
		if err != nil {
			l.t.Fatal(err)
		}
		if st.Queued+st.Publishing+st.RetryWait+st.Uncertain+st.Scheduled == 0 {
			break
		}
		pass(time.Minute)
	}
	pass(2 * time.Minute)
	synctest.Wait()
}

// showHidden lets a message come: a record that the broker has confirmed and lost is counted all the same,
// and hides one that came at the same time until the next one comes.
func (l *lettersLife) showHidden() {
	l.t.Helper()
	if l.lossy {
		l.byHand(16)
		pass(2 * time.Minute)
		synctest.Wait()
	}
}

func recordName(id hayon.TargetID, generation int) string { return fmt.Sprint(id, " ", generation) }

// wantAgreed compares both queues with the store: of each target that failed or is parked its record is
// there, and of each open letter its message, nothing else. Nothing waits that should not.
func (l *lettersLife) wantAgreed() {
	l.t.Helper()
	st, err := l.scheduler.Status(l.ctx)
	if err != nil {
		l.t.Fatal(err)
	}
	if n := st.Queued + st.Publishing + st.RetryWait + st.Uncertain + st.Scheduled + st.Missed + st.Outbox; n != 0 {
		l.t.Errorf("something waits: %+v", st)
	}
	want := make(map[string]string)
	for _, x := range l.list() {
		if x.Message != nil {
			want[x.Message.Digest] = "the message of " + x.Ref()
			continue
		}
		t := l.find(x.Post).Targets[0]
		want[recordName(t.ID, t.Generation)] = fmt.Sprintf("the record of %s, %s", x.Ref(), x.State)
	}
	records := map[any]bool{string(hayon.CauseFailed): true, string(hayon.CauseRetries): true}
	for _, queue := range []string{hayon.DeadLettersQueue, hayon.ParkingLotQueue} {
		err := l.broker.Browse(l.ctx, queue, 0, func(m hayon.Message) (bool, error) {
			name := m.Digest()
			if h, err := hayon.ParseHint(m.Body); err == nil && records[m.Headers[hayon.HeaderCause]] {
				name = recordName(h.Target, h.Generation)
			}
			if _, ok := want[name]; !ok {
				l.t.Errorf("%s has %s %s %v, of which the store does not tell", queue, name, m.Body, m.Headers)
			} else {
				want[name] = "" // identical ones have one letter
			}
			return false, nil
		})
		if err != nil {
			l.t.Fatal(err)
		}
	}
	for name, what := range want {
		if what != "" && !l.lossy {
			l.t.Errorf("%s is in no queue: %s", what, name)
		}
	}
}
