package hayontest

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"strconv"
	"time"

	"github.com/hayon/hayon"
)

// Fixture is a service with an empty store and the platforms site, demo, [Strict] and [Plain].
type Fixture struct {
	// Service acts for Actor, whose user must be new.
	Service hayon.Service
	Actor   hayon.Actor
	// Other is the service as another user reaches it, on the same store. In process it is Service.
	Other      hayon.Service
	OtherActor hayon.Actor
	// Move brings every target of a post into a state, as a worker would have. See [Mover].
	Move func(ctx context.Context, id hayon.PostID, to hayon.State) error
	// Age makes a post older, as if so much time had passed with nobody looking. See [Ager].
	Age func(ctx context.Context, id hayon.PostID, by time.Duration) error
	// File stores the letter of a message, as who consumes the broker would have. See [Filer].
	File func(ctx context.Context, l *hayon.Letter) error
}

// Local is the local user at the command line.
func Local() hayon.Actor {
	return hayon.Actor{User: hayon.LocalUser().ID, Source: hayon.SourceCLI, RequestID: "req-local"}
}

// Stranger is another user.
func Stranger() hayon.Actor {
	return hayon.Actor{User: hayon.UserID{11: 2}, Source: hayon.SourceAPI, RequestID: "req-stranger"}
}

// StrictMax bounds the text of [Strict], in graphemes.
const StrictMax = 20

// Strict is a provider like p, named strict, that takes threads, but no text of more than [StrictMax]
// graphemes and no text twice, and that cannot tell what a URL stands for. It has options, reposts what
// is at an address of its own, and changes and removes what is out, unless it is asked for what it
// refuses. It lets the suite meet these rules whatever the real platforms allow. p must need no sign-in.
func Strict(p hayon.Provider) hayon.Provider { return strict{p} }

// Plain is a provider like p, named plain, that has no options and can do nothing but publish.
func Plain(p hayon.Provider) hayon.Provider { return plain{p} }

// Made are the providers of the suite, on one that needs no sign-in.
func Made(p hayon.Provider) []hayon.Provider { return []hayon.Provider{Strict(p), Plain(p)} }

type plain struct{ hayon.Provider }

// Info is that of the provider below, with another name and without options.
func (p plain) Info() hayon.ProviderInfo {
	info := p.Provider.Info()
	info.Name, info.Title, info.Options = "plain", "Plain", nil
	info.NoSignIn, info.AllowDuplicate, info.Threads = true, true, false
	return info
}

type strict struct{ hayon.Provider }

// Info is that of the provider below, with the rules of strict.
func (s strict) Info() hayon.ProviderInfo {
	info := s.Provider.Info()
	info.Name, info.Title = "strict", "Strict"
	info.NoSignIn, info.AllowDuplicate, info.Threads = true, false, true
	info.Limits = []hayon.Limit{{
		Of: hayon.LimitText, Unit: hayon.UnitGraphemes, Max: StrictMax, With: []string{hayon.OptionWarning},
	}}
	info.Options = strictOptions()
	return info
}

// Mover is [Fixture.Move] for a store: it takes each target along the ways of the table of
// transitions, with a lease where it passes through publishing. A thread becomes uncertain in its
// second part, with the first one out.
func Mover(store hayon.Store) func(ctx context.Context, id hayon.PostID, to hayon.State) error {
	return func(ctx context.Context, id hayon.PostID, to hayon.State) error {
		return store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			p, err := tx.FindPostByID(ctx, id)
			if err != nil {
				return err
			}
			for _, t := range p.Targets {
				if err := moveTarget(ctx, tx, t, to); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// Ager is [Fixture.Age] for a store: it moves the times that a post and its targets wait for into the past.
func Ager(store hayon.Store) func(ctx context.Context, id hayon.PostID, by time.Duration) error {
	return func(ctx context.Context, id hayon.PostID, by time.Duration) error {
		return store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			p, err := tx.FindPostByID(ctx, id)
			if err != nil {
				return err
			}
			p.Schedule = hayon.Schedule{At: p.Schedule.At.Add(-by)}
			for _, t := range p.Targets {
				t.Due = t.Due.Add(-by)
				if err := tx.UpdateTarget(ctx, t); err != nil {
					return err
				}
			}
			return tx.UpdatePost(ctx, p)
		})
	}
}

// moveTarget walks the shortest way from the target's state to another.
func moveTarget(ctx context.Context, tx hayon.Tx, t *hayon.Target, to hayon.State) error {
	now := time.Now().UTC()
	for _, next := range way(t.State, to) {
		row := &hayon.JournalRow{
			At: now, Kind: hayon.RowState, User: t.Owner, Source: hayon.SourceWorker, Post: t.Post, Target: t.ID, Account: t.Account,
			From: t.State, To: next, Generation: t.Generation, Reason: "moved by a test", Platform: t.Platform,
		}
		t.Enter(next, now)
		switch next {
		case hayon.StatePublishing:
			t.Fence++
			t.Step = hayon.StepClaimed
			t.Lease = &hayon.Lease{Until: now.Add(time.Minute), Owner: hayon.Owner{Host: "test", BootID: "test", PID: 1, Start: 1}}
		case hayon.StatePublished:
			publishParts(t, len(t.Parts), now)
			t.PublishedAt, t.Attempts = now, 1
		case hayon.StateUncertain:
			publishParts(t, len(t.Parts)-1, now)
			t.StepPart, t.Attempts = t.NextPart(), 1
		case hayon.StateRetryWait:
			t.NotBefore, t.Attempts = now.Add(time.Hour), 1
		case hayon.StateMissed:
			t.Miss("moved by a test", now)
			row.Asks = t.Asks
		case hayon.StateFailed, hayon.StateParked:
			t.Error = &hayon.TargetError{Code: hayon.CodeRejected, Message: "it was refused", Hint: "edit it"}
		case hayon.StateDraft, hayon.StateScheduled, hayon.StateQueued, hayon.StateCancelled:
		}
		row.Fence = t.Fence
		if err := tx.UpdateTarget(ctx, t); err != nil {
			return err
		}
		if err := tx.AppendJournal(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// publishParts makes the first n parts of a target public, but no more than one of a thread that is
// not to be whole.
func publishParts(t *hayon.Target, n int, now time.Time) {
	if n < len(t.Parts) {
		n = min(n, 1)
	}
	for i := range n {
		name := t.ID.String()
		if i > 0 {
			name += "-" + strconv.Itoa(i)
		}
		t.Parts[i].Remote = hayon.Remote{ID: "remote-" + name, URL: "https://example.org/" + name}
		t.Parts[i].PublishedAt = now
	}
}

// way is the states after from, up to and with to, by the table of transitions.
func way(from, to hayon.State) []hayon.State {
	ways := [][]hayon.State{{from}}
	seen := map[hayon.State]bool{from: true}
	for len(ways) > 0 {
		w := ways[0]
		ways = ways[1:]
		last := w[len(w)-1]
		if last == to {
			return w[1:]
		}
		for _, next := range hayon.States() {
			if !seen[next] && last.CanBecome(next) {
				seen[next] = true
				ways = append(ways, append(append([]hayon.State(nil), w...), next))
			}
		}
	}
	return nil
}

// PNG is a picture of this size, in pixels.
func PNG(width, height int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, width, height))); err != nil {
		panic(err) // a picture of an impossible size
	}
	return b.Bytes()
}
