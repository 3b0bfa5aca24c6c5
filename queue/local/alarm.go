package local

import "time"

// alarm runs something at an instant. Queues and delayed exchanges have one each, for the earliest of
// what they wait for. All of it is called with the broker's lock held, which ring is called with too.
type alarm struct {
	broker *Broker
	ring   func()
	timer  *time.Timer   // nil: not set
	at     time.Duration // when it rings, on the clock of the broker
}

// set makes the alarm ring at an instant, or leaves it as it is when it rings before. Who is rung too
// early sets it again.
func (a *alarm) set(at time.Duration) {
	if a.timer != nil && a.at <= at {
		return
	}
	a.stop()
	a.at = at
	a.broker.running.Add(1)
	var timer *time.Timer
	timer = time.AfterFunc(at-a.broker.now(), func() {
		defer a.broker.running.Done()
		a.broker.mu.Lock()
		defer a.broker.unlock()
		if a.timer == timer { // not stopped while it waited for the lock
			a.timer = nil
			a.ring()
		}
	})
	a.timer = timer
}

func (a *alarm) stop() {
	if a.timer != nil && a.timer.Stop() {
		a.broker.running.Done()
	}
	a.timer = nil
}
