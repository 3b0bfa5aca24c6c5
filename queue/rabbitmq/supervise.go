package rabbitmq

import (
	"context"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// connectTimeout bounds everything that makes a session: dialling, declaring, opening channels.
const connectTimeout = time.Minute

// closeTimeout bounds how long the end of a connection waits for the server's word.
const closeTimeout = 2 * time.Second

// supervise replaces each session that ends, until the broker is closed. It begins with s, which may be
// nil.
func (b *Broker) supervise(ctx context.Context, s *session) {
	ctx, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	defer watch.Wait()
	defer cancel()
	watch.Go(func() {
		select {
		case <-b.closing:
			cancel()
		case <-ctx.Done():
		}
	})
	lost := time.Now()
	for {
		if s != nil {
			select {
			case <-s.done:
			case <-b.closing:
			}
			if b.closed() {
				b.detach(errBrokerClosed())
				s.close(closeTimeout)
				return
			}
			b.lost(s.cause)
			s.close(0)
			lost = time.Now()
		}
		if !b.pause(ctx, wait(time.Since(lost), chance())) {
			return
		}
		var err error
		try, cancel := context.WithTimeout(ctx, connectTimeout)
		if s, err = b.connect(try); err != nil && !b.closed() {
			b.lost(err)
		}
		cancel()
	}
}

// pause waits; false when ctx or the broker ends first.
func (b *Broker) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	case <-b.closing:
		return false
	}
}

// connect makes a session and serves calls by it.
func (b *Broker) connect(ctx context.Context) (*session, error) {
	s, err := b.newSession(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.prepare(ctx, s); err != nil {
		s.fail(err)
		s.close(0)
		return nil, err
	}
	return s, nil
}

// prepare declares what was declared before, also what is added meanwhile, and makes s the session.
func (b *Broker) prepare(ctx context.Context, s *session) error {
	if err := s.publisher.open(ctx); err != nil {
		return err
	}
	if b.cfg.Delay == hayon.DelayPlugin {
		known, err := s.knows(ctx, b.delayedKind)
		if err != nil {
			return err
		}
		if !known {
			return b.noPlugin()
		}
	}
	for {
		b.mu.Lock()
		t, edition := b.topology, b.edition
		b.mu.Unlock()
		if err := s.declare(ctx, t); err != nil {
			return err
		}
		if b.attach(s, edition) {
			return nil
		}
	}
}

// attach makes s the session, unless the topology is not that of edition any more.
func (b *Broker) attach(s *session, edition int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.edition != edition {
		return false
	}
	b.session, b.problem, b.since = s, nil, time.Now()
	b.server = s.server()
	b.sessions++
	for c := range b.consumers {
		c.problem = nil // it was of a session that ended
	}
	b.tell()
	b.log.Info("connected to the broker", "server", b.server, "reconnects", b.sessions-1)
	return true
}

// detach ends that calls are served by a session, if there is one, and reports whether the problem is
// another one than the last.
func (b *Broker) detach(problem *hayon.Error) (news bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.session != nil {
		b.session, b.since = nil, time.Now()
		b.blocking.clear(b.since)
		b.tell()
	}
	news = b.problem == nil || b.problem.Message != problem.Message
	b.problem = problem
	return news
}

// tell wakes who waits for the session to change. The caller holds mu.
func (b *Broker) tell() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// lost ends that calls are served, and logs why when it is another reason than the last.
func (b *Broker) lost(err error) {
	e := hayon.AsError(err)
	switch news := b.detach(e); {
	case !news:
	case transient(e):
		b.log.Warn("the broker is out of reach", "err", e.Message)
	default:
		b.log.Error("the broker cannot be used", "err", e.Message, "hint", e.Hint)
	}
}
