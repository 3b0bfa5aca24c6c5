package scheduler_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
)

// put publishes a message to a queue of records by hand.
func (d *daemon) put(key string, body []byte) hayon.Message {
	d.t.Helper()
	m := hayon.Message{Exchange: hayon.DLXExchange, RoutingKey: key, ID: "by hand", At: time.Now(), Body: body}
	d.send(m)
	return m
}

func (d *daemon) send(m hayon.Message) {
	d.t.Helper()
	confirm, err := d.broker.Publish(d.ctx, m)
	if err == nil {
		err = confirm.Wait(d.ctx)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// ended answers a letter of a message as the store has it.
func (d *daemon) stored(id hayon.LetterID) *hayon.Letter {
	d.t.Helper()
	var l *hayon.Letter
	err := d.db.View(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		l, err = tx.FindLetterByID(ctx, id)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return l
}

// What fails or is parked has a record in its queue for as long as it does, whatever its user does then,
// and over restarts.
func TestRecordsFollowTheirTargets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemonWith(t, outlive(setup{}))
		d.platform.OnPublish = func(ctx context.Context, r hayon.PublishRequest) hayon.Result {
			if strings.HasPrefix(r.Target.Parts[0].Text, "parked") {
				return refuse(hayon.CodeUnavailable, r.Target.Parts[0].Text)(ctx, r)
			}
			return refuse(hayon.CodeRejected, r.Target.Parts[0].Text)(ctx, r)
		}
		stop := d.run()
		defer func() { stop() }()
		posts := make(map[string]*hayon.Post)
		for _, kind := range []string{"failed", "parked"} {
			for _, then := range []string{"retry", "resolve", "cancel", "replay", "discard", "stays"} {
				text := kind + " " + then
				posts[text] = d.post(text, 0)
				pass(4 * time.Minute)
			}
		}
		synctest.Wait()
		d.wantLie(hayon.DeadLettersQueue, 6)
		d.wantLie(hayon.ParkingLotQueue, 6)
		for _, kind := range []hayon.LetterKind{hayon.LetterDead, hayon.LetterParked} {
			if list := d.letters(hayon.LetterFilter{Kind: kind}); len(list) != 6 {
				t.Errorf("%d %s letters, want 6", len(list), kind)
			}
		}
		for _, m := range d.lie(hayon.ParkingLotQueue) {
			if m.Headers[hayon.HeaderCause] != string(hayon.CauseRetries) || m.Headers[hayon.HeaderReason] != "platform: not this" {
				t.Errorf("headers of a record: %v", m.Headers)
			}
		}
		d.platform.OnPublish = nil
		for text, p := range posts {
			_, then, _ := strings.Cut(text, " ")
			ref := p.Targets[0].ID.String()
			var err error
			switch then {
			case "retry":
				_, err = d.scheduler.RetryPost(d.ctx, p.ID, hayon.PostChangeRequest{})
			case "resolve":
				_, err = d.scheduler.ResolvePost(d.ctx, p.ID, hayon.PostResolve{Published: "https://example.org/" + p.ID.String()})
			case "cancel":
				_, err = d.scheduler.CancelPost(d.ctx, p.ID, hayon.PostChangeRequest{})
			case "replay":
				_, err = d.scheduler.ReplayLetter(d.ctx, ref, hayon.LetterRequest{})
			case "discard":
				_, err = d.scheduler.DiscardLetter(d.ctx, ref, hayon.LetterRequest{Reason: "old"})
			}
			if err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
		pass(2 * time.Minute)
		for range 2 {
			d.wantLie(hayon.DeadLettersQueue, 1)
			d.wantLie(hayon.ParkingLotQueue, 1)
			if list := d.letters(hayon.LetterFilter{}); len(list) != 2 {
				t.Errorf("%d letters, want 2", len(list))
			}
			stop = d.restart(2, stop)
			pass(2 * time.Minute)
		}
		synctest.Wait()
		if got := len(d.platform.Public()); got != 4 {
			t.Errorf("%d are out, want those that were sent again, each once", got)
		}
	})
}

// What somebody put into the queues by hand, or the broker by itself, is filed once and stays until
// somebody deals with it. Then it is gone and does not come back, also where the same is put there while
// it is still to be cleared.
func TestForeignMessagesAreFiled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemonWith(t, outlive(setup{}))
		target := hayon.NewTargetID(time.Now())
		want := map[string]hayon.LetterCause{
			"look": hayon.CauseUndecodable,
			`{"v":7,"target":"` + target.String() + `"}`:                hayon.CauseVersion,
			`{"v":1,"target":"` + target.String() + `","generation":1}`: hayon.CauseOther,
		}
		for body := range want {
			d.put(hayon.DeadKey, []byte(body))
		}
		d.put(hayon.ParkedKey, []byte("in the parking lot"))
		want["in the parking lot"] = hayon.CauseUndecodable
		stop := d.run()
		defer func() { stop() }()
		pass(time.Minute)
		list := d.letters(hayon.LetterFilter{Kind: hayon.LetterDead})
		if len(list) != len(want) {
			t.Fatalf("%d letters, want %d", len(list), len(want))
		}
		for _, l := range list {
			if cause := want[string(l.Message.Body)]; l.Cause != cause || l.Reason == "" {
				t.Errorf("%q: %s (%s), want %s", l.Message.Body, l.Cause, l.Reason, cause)
			}
		}
		stop = d.restart(2, stop)
		pass(time.Minute)
		if again := d.letters(hayon.LetterFilter{All: true}); len(again) != len(want) {
			t.Fatalf("%d letters after a restart, want %d", len(again), len(want))
		}
		for _, l := range list {
			if _, err := d.scheduler.DiscardLetter(d.ctx, l.Ref(), hayon.LetterRequest{Reason: "noise"}); err != nil {
				t.Fatal(err)
			}
		}
		stop = d.restart(3, stop)
		pass(5 * time.Minute)
		d.wantLie(hayon.DeadLettersQueue, 0)
		d.wantLie(hayon.ParkingLotQueue, 0)
		if open := d.letters(hayon.LetterFilter{}); len(open) != 0 {
			t.Errorf("%d letters came back", len(open))
		}
		for _, l := range list {
			if got := d.stored(l.ID); got.Ended == nil || !got.Cleared {
				t.Errorf("%+v, want it ended and cleared", got)
			}
		}
		// The very same message, put aside again later, is the same letter, open once more.
		m := hayon.Message{Exchange: hayon.DLXExchange, RoutingKey: hayon.DeadKey, ID: "by hand", At: list[0].Message.At, Body: list[0].Message.Body}
		d.send(m)
		pass(time.Minute)
		if open := d.letters(hayon.LetterFilter{}); len(open) != 1 || open[0].ID != list[0].ID {
			t.Errorf("open: %+v, want the letter of the same message", open)
		}
	})
}

// A message that its consumers give back again and again is dead-lettered by the broker, and a letter.
// Its replay sends the target, by another message.
func TestPoisonIsALetter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemonWith(t, outlive(setup{}))
		post := d.post("hello", 0)
		if _, err := d.scheduler.Pause(d.ctx, "nobody claims"); err != nil {
			t.Fatal(err)
		}
		row := hayon.HintFor(post.Targets[0], time.Now())
		d.send(hayon.HintMessage(row, time.Now()))
		ctx, cancel := context.WithCancel(d.ctx)
		deliveries, err := d.broker.Consume(ctx, hayon.SocialPostsQueue, 1)
		if err != nil {
			t.Fatal(err)
		}
		given := 0
		for d.depth(hayon.DeadLettersQueue) == 0 {
			if err := (<-deliveries).Nack(true); err != nil {
				t.Fatal(err)
			}
			if given++; given > 50 {
				t.Fatal("it is given back for ever")
			}
		}
		cancel()
		synctest.Wait()
		stop := d.run()
		defer func() { stop() }()
		pass(time.Minute)
		list := d.letters(hayon.LetterFilter{})
		if len(list) != 1 || list[0].Cause != hayon.CauseDeliveryLimit || list[0].Target != post.Targets[0].ID || len(list[0].Message.Deaths) == 0 {
			t.Fatalf("letters: %+v", list)
		}
		if _, err := d.scheduler.Resume(d.ctx); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		synctest.Wait()
		d.wantPublic("hello")
		_, err = d.scheduler.ReplayLetter(d.ctx, list[0].Ref(), hayon.LetterRequest{})
		if hayon.CodeOf(err) != hayon.CodeConflict {
			t.Errorf("replay of what is out: %v, want a conflict", err)
		}
		d.wantLie(hayon.DeadLettersQueue, 1)
		d.wantPublic("hello")
	})
}

func (d *daemon) depth(queue string) int {
	d.t.Helper()
	depth, err := d.broker.Depth(d.ctx, queue)
	if err != nil {
		d.t.Fatal(err)
	}
	return depth.Ready
}

// A replay of what waits makes the old message void: the target goes out once.
func TestReplayOfAMessageSendsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemonWith(t, outlive(setup{}))
		if _, err := d.scheduler.Pause(d.ctx, "not yet"); err != nil {
			t.Fatal(err)
		}
		post := d.post("hello", 0)
		old := hayon.Encode(hayon.HintFor(post.Targets[0], time.Now()).Hint)
		d.put(hayon.DeadKey, old)
		stop := d.run()
		defer func() { stop() }()
		pass(time.Minute)
		list := d.letters(hayon.LetterFilter{})
		if len(list) != 1 {
			t.Fatalf("%d letters, want one", len(list))
		}
		var done atomic.Int32
		var tries sync.WaitGroup
		for range 8 {
			tries.Go(func() {
				_, err := d.scheduler.ReplayLetter(d.ctx, list[0].Ref(), hayon.LetterRequest{})
				switch hayon.CodeOf(err) {
				case "":
					done.Add(1)
				case hayon.CodeConflict:
				default:
					t.Errorf("replay: %v", err)
				}
			})
		}
		tries.Wait()
		if n := done.Load(); n != 1 {
			t.Errorf("replayed %d times by eight at once, want once", n)
		}
		if _, err := d.scheduler.Resume(d.ctx); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			d.send(hayon.Message{Exchange: hayon.PostExchange, RoutingKey: "post.create.platform", At: time.Now(), Body: old})
		}
		stop = d.restart(2, stop)
		pass(5 * time.Minute)
		synctest.Wait()
		d.wantPublic("hello")
		d.wantLie(hayon.DeadLettersQueue, 0)
		if got := d.stored(list[0].ID); got.Ended == nil || got.Ended.How != hayon.LetterReplayed || !got.Cleared {
			t.Errorf("%+v, want it replayed and cleared", got)
		}
	})
}

// The parked target of a letter goes out once when it is replayed by many at once.
func TestReplayOfATargetSendsOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		d.platform.OnPublish = refuse(hayon.CodeUnavailable, "hello")
		stop := d.run()
		defer stop()
		post := d.post("hello", 0)
		pass(5 * time.Minute)
		if got := d.state(post.ID); got != hayon.StateParked {
			t.Fatalf("state: %s", got)
		}
		d.platform.OnPublish = nil
		var done atomic.Int32
		var tries sync.WaitGroup
		for i := range 8 {
			tries.Go(func() {
				ref := post.Targets[0].ID.String()
				var err error
				if i%2 == 0 {
					_, err = d.scheduler.ReplayLetter(d.ctx, ref, hayon.LetterRequest{})
				} else {
					_, err = d.scheduler.DiscardLetter(d.ctx, ref, hayon.LetterRequest{Reason: fmt.Sprint(i)})
				}
				if err == nil {
					done.Add(1)
				}
			})
		}
		tries.Wait()
		pass(time.Minute)
		synctest.Wait()
		if n := done.Load(); n != 1 {
			t.Errorf("%d of eight did something, want one", n)
		}
		if n := len(d.platform.Public()); n > 1 || (n == 1) != (d.state(post.ID) == hayon.StatePublished) {
			t.Errorf("out %d times, and it is %s", n, d.state(post.ID))
		}
		d.wantLie(hayon.ParkingLotQueue, 0)
	})
}

// To look is to take and give back, which a broker counts. Where the counts explain what is there, nobody
// looks: not while nothing happens, and not for each target that fails.
func TestCollectorLooksForAReason(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, with := newBent(setup{}, 0)
		d := newDaemonWith(t, with)
		d.platform.OnPublish = refuse(hayon.CodeRejected, "no")
		stop := d.run()
		defer stop()
		pass(time.Minute)
		before := b.looks()
		for range 60 {
			if _, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "no", To: []string{"platform"}, AllowDuplicate: true}); err != nil {
				t.Fatal(err)
			}
			pass(3 * time.Second)
		}
		pass(time.Hour)
		d.wantLie(hayon.DeadLettersQueue, 60)
		if got := b.looks() - before; got > 4 {
			t.Errorf("looked into the queues %d times while 60 targets failed", got)
		}
		before = b.looks()
		d.put(hayon.DeadKey, []byte("look"))
		pass(time.Minute)
		if list := d.letters(hayon.LetterFilter{}); len(list) != 61 {
			t.Errorf("%d letters, want one more than before", len(list))
		}
		pass(time.Hour)
		if got := b.looks() - before; got == 0 || got > 4 {
			t.Errorf("looked %d times for one message", got)
		}
		// A broker that drops what was looked at too often would lose all of it, if each loss made somebody look.
		before = b.looks()
		for range 5 {
			left := 7
			err := b.Broker.Browse(d.ctx, hayon.DeadLettersQueue, 0, func(m hayon.Message) (bool, error) {
				left--
				return left >= 0 && m.Headers[hayon.HeaderCause] != nil, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			pass(2 * time.Minute)
		}
		if got := b.looks() - before; got != 0 {
			t.Errorf("looked %d times because messages had gone", got)
		}
		d.put(hayon.DeadKey, []byte("look again"))
		pass(time.Minute)
		if list := d.letters(hayon.LetterFilter{}); len(list) != 62 {
			t.Errorf("%d letters, want the new one too", len(list))
		}
	})
}

// troubled is a broker that cannot be looked into for a while.
type troubled struct {
	hayon.Broker
	until time.Time
	tries *atomic.Int32
}

func (b troubled) Browse(ctx context.Context, queue string, limit int, look func(hayon.Message) (bool, error)) error {
	if b.tries.Add(1); time.Now().Before(b.until) {
		return b.Broker.Browse(ctx, queue, 1, func(hayon.Message) (bool, error) {
			return false, hayon.Errorf(hayon.CodeUnavailable, "the connection ended")
		})
	}
	return b.Broker.Browse(ctx, queue, limit, look)
}

// A broker that cannot be looked into is tried less and less often, and ends nothing.
func TestCollectorGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const bad = time.Hour
		var tries atomic.Int32
		d := newDaemon(t, func(b hayon.Broker) hayon.Broker { return troubled{b, time.Now().Add(bad), &tries} })
		d.put(hayon.DeadKey, []byte("look"))
		stop := d.run()
		defer stop()
		pass(bad)
		if n := tries.Load(); n < 5 || n > 25 {
			t.Errorf("tried %d times in an hour", n)
		}
		d.post("hello", 0)
		pass(10 * time.Minute)
		synctest.Wait()
		d.wantPublic("hello")
		if list := d.letters(hayon.LetterFilter{}); len(list) != 1 {
			t.Errorf("%d letters, want the one that was found at last", len(list))
		}
	})
}

// Letters that ended long ago are forgotten, and where there are far too many the oldest end.
func TestLettersAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDaemon(t, nil)
		for i := range 5 {
			d.put(hayon.DeadKey, fmt.Append(nil, "message ", i))
		}
		stop := d.run()
		defer stop()
		pass(time.Minute)
		if err := d.scheduler.BoundLetters(d.ctx, 3); err != nil {
			t.Fatal(err)
		}
		open := d.letters(hayon.LetterFilter{})
		if len(open) != 3 {
			t.Fatalf("%d letters are open, want 3", len(open))
		}
		for _, l := range d.letters(hayon.LetterFilter{All: true})[3:] {
			if l.Ended == nil || l.Ended.How != hayon.LetterDiscarded || l.Ended.Reason != "too many letters" {
				t.Errorf("%+v, want it discarded", l)
			}
		}
		pass(time.Minute)
		d.wantLie(hayon.DeadLettersQueue, 3)
		d.clock.suspend(31 * 24 * time.Hour)
		pass(2 * time.Hour)
		if all := d.letters(hayon.LetterFilter{All: true}); len(all) != 3 {
			t.Errorf("%d letters are left, want those that are open", len(all))
		}
	})
}
