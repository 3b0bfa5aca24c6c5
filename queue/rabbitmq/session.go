package rabbitmq

import (
	"context"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/hayon/hayon"
)

// session is what lives as long as a pair of connections: one to publish, which an alarm of the server
// blocks, and one for everything else. When either ends, both do, and nothing of a session is used
// again.
type session struct {
	broker  *Broker
	publish *link
	consume *link

	control   *control
	publisher *publisher

	// done is closed when the session has ended; cause, set before, says why.
	done  chan struct{}
	cause error
	once  sync.Once
	// work counts the goroutines that end with the session.
	work crew
	// repairing is held by who declares again what somebody has deleted.
	repairing chan struct{}
	// unbound asks for that, after a message found no queue.
	unbound chan struct{}

	// mu guards everything below.
	mu sync.Mutex
	// kinds are the types of exchanges that the server was asked for, and whether it has them.
	kinds map[string]bool
	// absent are the exchanges that are left out, because the server does not have their type or we do not
	// want them.
	absent map[string]bool
}

// newSession makes both connections.
func (b *Broker) newSession(ctx context.Context) (*session, error) {
	consume, err := b.at.dial(ctx, b.cfg.Name+" consume")
	if err != nil {
		return nil, err
	}
	publish, err := b.at.dial(ctx, b.cfg.Name+" publish")
	if err != nil {
		consume.end(closeTimeout)
		return nil, err
	}
	s := &session{
		broker: b, publish: publish, consume: consume,
		done: make(chan struct{}), kinds: make(map[string]bool), absent: make(map[string]bool), repairing: make(chan struct{}, 1), unbound: make(chan struct{}, 1),
	}
	b.stuck.Store(nil)
	s.control = newControl(s)
	s.publisher = newPublisher(s)
	blocked := publish.NotifyBlocked(make(chan amqp.Blocking, 16))
	s.work.start(s.watch)
	s.work.start(func() {
		for e := range blocked {
			b.alarm(s, e)
		}
	})
	return s, nil
}

// watch ends the session with the first of its connections.
func (s *session) watch() {
	var err *amqp.Error
	select {
	case err = <-s.publish.closes:
	case err = <-s.consume.closes:
	case <-s.done:
		return
	}
	cause := error(nil)
	if err != nil {
		cause = err
	}
	s.fail(hayon.Errorf(hayon.CodeUnavailable, "the connection to the broker at %s was lost: %s", s.broker.at, reason(cause)).
		WithHint(hintReach).WithCause(cause))
}

// fail ends the session at once. The first reason counts.
func (s *session) fail(cause error) {
	s.once.Do(func() {
		s.cause = cause
		close(s.done)
		_ = s.publish.wire.Close()
		_ = s.consume.wire.Close()
	})
}

// close ends the session, politely until a time has passed, and returns when nothing of it runs.
func (s *session) close(patience time.Duration) {
	if !s.ended() && patience > 0 {
		var both sync.WaitGroup
		both.Go(func() { s.publish.end(patience) })
		both.Go(func() { s.consume.end(patience) })
		both.Wait()
	}
	s.fail(errBrokerClosed())
	s.work.end()
}

func (s *session) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// pause waits; false when the session ends first.
func (s *session) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return !s.ended()
	case <-s.done:
		return false
	}
}

// server is what the server says that it is.
func (s *session) server() string {
	product, _ := s.consume.Properties["product"].(string)
	number, _ := s.consume.Properties["version"].(string)
	if product == "" || number == "" {
		return product
	}
	return product + " " + number
}

// over is the answer of a call whose session ended.
func (s *session) over(err error) *hayon.Error {
	return hayon.Errorf(hayon.CodeUnavailable, "the connection to the broker at %s ended meanwhile", s.broker.at).
		WithHint(hintReach).WithCause(err)
}

// asked answers what call does, which waits for the server, or the end of ctx. A call that is left goes
// on until the server answers or the session ends; what it then answers is given to drop.
func asked[T any](ctx context.Context, s *session, call func() (T, error), drop func(T)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	answered, left := make(chan answer), make(chan struct{})
	started := s.work.start(func() {
		v, err := call()
		select {
		case answered <- answer{v, err}:
		case <-left:
			if err == nil && drop != nil {
				drop(v)
			}
		}
	})
	var none T
	if !started {
		return none, s.over(nil)
	}
	select {
	case a := <-answered:
		return a.value, a.err
	case <-ctx.Done():
		close(left)
		return none, hayon.Errorf(hayon.CodeUnavailable, "the broker at %s did not answer in time", s.broker.at).
			WithHint(hintReach).WithCause(ctx.Err())
	}
}
