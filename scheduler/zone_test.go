package scheduler_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

// The rules of a zone as a TZ string of POSIX tells them.
const (
	berlin      = "CET-1CEST,M3.5.0,M10.5.0/3"
	alwaysWhite = "CET-1"  // summer time is done away with
	alwaysGreen = "CEST-2" // winter time is
	inJune      = "CET-1CEST,M6.1.0,M10.5.0/3"
)

// zoneOf makes a zone that has had the same rules for ever, as zone files tell it: no changes, one type
// of time, and the rules at the end.
func zoneOf(t *testing.T, name, rules string) *time.Location {
	t.Helper()
	var b bytes.Buffer
	for range 2 { // once for readers of 32 bits, and once for those of 64
		b.WriteString("TZif2")
		b.Write(make([]byte, 15))
		for _, n := range []uint32{0, 0, 0, 0, 1, 4} { // six counts: of types one, and of letters four
			_ = binary.Write(&b, binary.BigEndian, n)
		}
		_ = binary.Write(&b, binary.BigEndian, int32(3600))
		b.Write([]byte{0, 0})
		b.WriteString("CET\x00")
	}
	b.WriteString("\n" + rules + "\n")
	loc, err := time.LoadLocationFromTZData(name, b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// atlas answers zones whose rules a test changes.
type atlas struct {
	t     *testing.T
	mu    sync.Mutex
	rules map[string]string
}

func (a *atlas) set(name, rules string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rules[name] = rules
}

func (a *atlas) load(name string) (*time.Location, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	rules, ok := a.rules[name]
	if !ok {
		return nil, errors.New("no such zone")
	}
	return zoneOf(a.t, name, rules), nil
}

// newZoneDaemon makes a daemon in the year 2026, with an atlas of its own.
func newZoneDaemon(t *testing.T, with setup) (*daemon, *atlas) {
	t.Helper()
	a := &atlas{t: t, rules: map[string]string{"Europe/Berlin": berlin, "Europe/Paris": berlin}}
	with.loadZone = a.load
	pass(time.Until(time.Date(2026, 1, 10, 8, 0, 0, 0, time.UTC)))
	return newDaemonWith(t, with), a
}

// postWall schedules a post by a wall clock.
func (d *daemon) postWall(text, wall, zone string, at time.Time) *hayon.Post {
	d.t.Helper()
	post, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
		Text: text, To: []string{"platform"}, Schedule: hayon.Schedule{At: at, Wall: wall, Zone: zone},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return post
}

// wantDue checks when a post is due, in all places that tell it.
func (d *daemon) wantDue(id hayon.PostID, due time.Time, generation int) {
	d.t.Helper()
	p, err := d.scheduler.FindPostByID(d.ctx, id)
	if err != nil {
		d.t.Fatal(err)
	}
	if t := p.Targets[0]; !p.Schedule.At.Equal(due) || !t.Due.Equal(due) || t.Generation != generation {
		d.t.Errorf("%s: at %s, due %s, generation %d; want %s, generation %d", p.Text, p.Schedule.At, t.Due, t.Generation, due, generation)
	}
}

func (d *daemon) sweep() {
	d.t.Helper()
	if _, err := d.scheduler.Sweep(d.ctx); err != nil {
		d.t.Fatal(err)
	}
}

func july(hour int) time.Time { return time.Date(2026, 7, 1, hour, 0, 0, 0, time.UTC) }

func TestZoneRulesMoveWhatTheyMean(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, atlas := newZoneDaemon(t, setup{})
		const wall = "2026-07-01T09:00:00"
		summer := d.postWall("summer", wall, "Europe/Berlin", july(7))
		winter := d.postWall("winter", "2026-02-01T09:00:00", "Europe/Berlin", time.Date(2026, 2, 1, 8, 0, 0, 0, time.UTC))
		elsewhere := d.postWall("elsewhere", wall, "Europe/Paris", july(7))
		instant := d.postWall("instant", "", "", july(7))
		d.sweep()
		d.wantDue(summer.ID, july(7), summer.Targets[0].Generation)

		atlas.set("Europe/Berlin", alwaysWhite)
		d.sweep()
		d.wantDue(summer.ID, july(8), summer.Targets[0].Generation+1)
		d.wantDue(winter.ID, winter.Schedule.At, winter.Targets[0].Generation)
		d.wantDue(elsewhere.ID, july(7), elsewhere.Targets[0].Generation)
		d.wantDue(instant.ID, july(7), instant.Targets[0].Generation)
		d.sweep() // finds nothing more to do
		d.wantDue(summer.ID, july(8), summer.Targets[0].Generation+1)

		events, err := d.scheduler.FindEvents(d.ctx, hayon.EventFilter{Post: summer.ID})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range events[1:] {
			got = append(got, e.Reason)
		}
		want := []string{"the rules of Europe/Berlin changed: 2026-07-01T09:00:00 there is 2026-07-01T08:00:00Z now, and was 2026-07-01T07:00:00Z"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("reasons (-want +got):\n%s", diff)
		}
	})
}

// What a change to summer time skips is sent after the gap, and what comes twice the first time; by new
// rules as well.
func TestZoneRulesMoveIntoGapAndOverlap(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, wall, rules string
		before, after     time.Time
	}{
		{
			"a gap", "2026-06-07T02:30:00", inJune,
			time.Date(2026, 6, 7, 0, 30, 0, 0, time.UTC), time.Date(2026, 6, 7, 1, 0, 0, 0, time.UTC),
		},
		{
			"an overlap", "2026-10-11T02:30:00", "CET-1CEST,M3.5.0,M10.2.0/3",
			time.Date(2026, 10, 11, 0, 30, 0, 0, time.UTC), time.Date(2026, 10, 11, 0, 30, 0, 0, time.UTC),
		},
		{
			"out of an overlap", "2026-10-25T02:30:00", alwaysWhite,
			time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC),
		},
		{
			"out of a gap", "2026-03-29T02:30:00", alwaysGreen,
			time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d, atlas := newZoneDaemon(t, setup{})
				post := d.postWall("moved", tc.wall, "Europe/Berlin", tc.before)
				atlas.set("Europe/Berlin", tc.rules)
				d.sweep()
				generation := post.Targets[0].Generation
				if !tc.before.Equal(tc.after) {
					generation++
				}
				d.wantDue(post.ID, tc.after, generation)
			})
		})
	}
}

// A daemon that starts with new rules sends nothing by the old ones, and one that runs learns of new
// rules within a day.
func TestZoneRulesReachTheDaemon(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		while bool // the daemon runs
	}{{"at its start", false}, {"while it runs", true}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d, atlas := newZoneDaemon(t, setup{})
				d.postWall("summer", "2026-07-01T09:00:00", "Europe/Berlin", july(7))
				pass(time.Until(july(6).AddDate(0, 0, -1)))
				if tc.while {
					defer d.run()()
					pass(time.Hour)
				}
				atlas.set("Europe/Berlin", alwaysWhite)
				if tc.while {
					d.clock.suspend(23*time.Hour + 30*time.Minute) // a night is a part of the day
				} else {
					pass(time.Until(july(7))) // due this very moment, by the old rules
					defer d.run()()
				}
				pass(july(8).Add(-time.Second).Sub(d.clock.now()))
				synctest.Wait()
				d.wantPublic()
				pass(2 * time.Second)
				synctest.Wait()
				d.wantPublic("summer")
			})
		})
	}
}

// fullDisk refuses transactions that write once so many are done.
type fullDisk struct {
	hayon.Store
	left atomic.Int64
}

func (f *fullDisk) Update(ctx context.Context, fn func(context.Context, hayon.Tx) error) error {
	if f.left.Add(-1) < 0 {
		return hayon.Errorf(hayon.CodeLocal, "the disk is full")
	}
	return f.Store.Update(ctx, fn)
}

// Many posts are moved in several transactions. When it is broken off between two of them, the next
// time moves the rest, and no post twice.
func TestZoneRulesMoveManyAndAreBrokenOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var store *fullDisk
		d, atlas := newZoneDaemon(t, setup{store: func(s hayon.Store) hayon.Store {
			store = &fullDisk{Store: s}
			store.left.Store(1 << 40)
			return store
		}})
		var posts []*hayon.Post
		for i := range 250 {
			posts = append(posts, d.postWall(fmt.Sprint(i), "2026-07-01T09:00:00", "Europe/Berlin", july(7)))
		}
		atlas.set("Europe/Berlin", alwaysWhite)
		store.left.Store(1)
		d.sweep() // it moves a batch, warns, and goes on with what else there is to do
		moved := 0
		for _, p := range posts {
			if got, err := d.scheduler.FindPostByID(d.ctx, p.ID); err != nil {
				t.Fatal(err)
			} else if got.Targets[0].Due.Equal(july(8)) {
				moved++
			}
		}
		if moved == 0 || moved == len(posts) {
			t.Fatalf("%d of %d posts were moved before it was broken off", moved, len(posts))
		}
		store.left.Store(1 << 40)
		d.sweep()
		for _, p := range posts {
			d.wantDue(p.ID, july(8), p.Targets[0].Generation+1)
		}
	})
}

// The digest of a zone tells every change of its rules, however far away, and nothing else.
func TestZoneDigest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, atlas := newZoneDaemon(t, setup{})
		d.postWall("summer", "2026-07-01T09:00:00", "Europe/Berlin", july(7))
		digest := func() string {
			t.Helper()
			d.sweep()
			var known []hayon.Zone
			err := d.db.View(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
				var err error
				known, err = tx.FindZones(ctx)
				return err
			})
			if err != nil || len(known) != 1 || known[0].Name != "Europe/Berlin" {
				t.Fatalf("zones: %+v, %v", known, err)
			}
			return known[0].Digest
		}
		seen := map[string]string{digest(): berlin}
		for _, rules := range []string{alwaysWhite, alwaysGreen, inJune, "CET-1CEST,M3.5.0/1,M10.5.0/3", "CET-1CEST-3,M3.5.0,M10.5.0/3"} {
			atlas.set("Europe/Berlin", rules)
			got := digest()
			if same, ok := seen[got]; ok {
				t.Errorf("%s and %s have one digest", same, rules)
			}
			seen[got] = rules
		}
		atlas.set("Europe/Berlin", "XYZ-1ABC,M3.5.0,M10.5.0/3")
		if got := seen[digest()]; got != berlin {
			t.Errorf("other letters change the digest")
		}
		pass(200 * 24 * time.Hour)
		if got := seen[digest()]; got != berlin {
			t.Errorf("the passing of time changes the digest")
		}
	})
}

// A zone that is not there any more moves nothing and keeps nobody back.
func TestZoneThatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log logged
		d, atlas := newZoneDaemon(t, setup{logger: log.logger()})
		lost := d.postWall("lost", "2026-07-01T09:00:00", "Europe/Berlin", july(7))
		moved := d.postWall("moved", "2026-07-01T09:00:00", "Europe/Paris", july(7))
		atlas.set("Europe/Paris", alwaysWhite)
		atlas.mu.Lock()
		delete(atlas.rules, "Europe/Berlin")
		atlas.mu.Unlock()
		d.sweep()
		d.wantDue(lost.ID, july(7), lost.Targets[0].Generation)
		d.wantDue(moved.ID, july(8), moved.Targets[0].Generation+1)
		if got := log.String(); !strings.Contains(got, "Europe/Berlin: no such zone") {
			t.Errorf("log: %s", got)
		}
	})
}
