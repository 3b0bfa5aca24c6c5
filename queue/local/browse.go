package local

import (
	"context"

	"github.com/hayon/hayon"
)

// Browse shows what waits in a queue when it begins; what comes later is left out. The broker can be used
// from within look. Meanwhile the messages that were shown count as unacknowledged.
func (b *Broker) Browse(ctx context.Context, name string, limit int, look func(hayon.Message) (bool, error)) error {
	q, n, err := b.beginBrowse(ctx, name)
	if err != nil {
		return err
	}
	if limit > 0 {
		n = min(n, limit)
	}
	kept := make([]*entry, 0, min(n, keepRoom))
	defer func() { b.endBrowse(q, kept) }()
	for range n {
		e, err := b.browse(ctx, q)
		if err != nil || e == nil {
			return err
		}
		kept = append(kept, e) // also where look panics
		remove, err := look(shownMessage(e.message, e.returned))
		if err != nil {
			return err
		}
		if remove {
			kept = kept[:len(kept)-1]
			b.remove(q)
		}
	}
	return nil
}

// beginBrowse finds the queue, and how many messages wait in it.
func (b *Broker) beginBrowse(ctx context.Context, name string) (*queue, int, error) {
	b.mu.Lock()
	defer b.unlock()
	if err := b.usable(ctx); err != nil {
		return nil, 0, err
	}
	q, err := b.queue(name)
	if err != nil {
		return nil, 0, err
	}
	return q, q.ready(), nil
}

// browse takes the next message to look at; nil where none waits.
func (b *Broker) browse(ctx context.Context, q *queue) (*entry, error) {
	b.mu.Lock()
	defer b.unlock()
	if err := b.usable(ctx); err != nil {
		return nil, err
	}
	if q.expire() == nil {
		return nil, nil //nolint:nilnil // no message is no error
	}
	q.unacked++
	return q.take(), nil
}

// remove forgets a message that was taken.
func (b *Broker) remove(q *queue) {
	b.mu.Lock()
	defer b.unlock()
	q.unacked--
}

// endBrowse gives back the messages that stay.
func (b *Broker) endBrowse(q *queue, kept []*entry) {
	b.mu.Lock()
	defer b.unlock()
	if b.closed {
		return
	}
	for _, e := range kept {
		q.unacked--
		q.requeue(e)
	}
	q.dispatch()
}
