package hayontest

import (
	"strings"
	"time"

	"github.com/hayon/hayon"
)

func rescheduleCases() []testCase {
	return []testCase{
		{"reschedule to a time", rescheduleTo},
		{"reschedule by a shift", rescheduleBy},
		{"reschedule over a change of the clocks", rescheduleOverChange},
		{"reschedule onto a skipped clock and on", rescheduleOntoGap},
		{"reschedule a draft", rescheduleDraft},
		{"reschedule what did not work or waits", rescheduleOthers},
		{"reschedule what is out", rescheduleOut},
		{"reschedule to now", rescheduleNow},
		{"reschedule what is cancelled", rescheduleCancelled},
		{"times that are refused", refusedTimes},
		{"a dry run of another time", rescheduleDryRun},
	}
}

func rescheduleTo(w *world) {
	w.signIn("a")
	c := later("when")
	c.To = []string{"site", "demo/a"}
	before := w.find(w.create(c).ID)
	at := inHours(48)
	r := to(at)
	r.Reason = "not a Sunday"
	p := w.reschedule(before.ID, r)
	for _, t := range p.Targets {
		if !t.Due.Equal(at) || t.State != hayon.StateScheduled || bodyOf(t) != "when" {
			w.Errorf("%s on %s is due %s, want it scheduled for %s", t.State, t.Platform, t.Due, at)
		}
	}
	if !p.Schedule.At.Equal(at) || p.Schedule.Wall != "" || !w.request(p.ID).Create.Schedule.At.Equal(at) {
		w.Errorf("schedule %+v, want %s", p.Schedule, at)
	}
	w.wantRevision(p.ID, 2, hayon.ChangeRescheduled)
	w.wantLastReason(p.ID, "not a Sunday")
	sc := hayon.Schedule{Wall: "2031-01-02T09:00:00", Zone: "Europe/Berlin"}
	p = w.reschedule(p.ID, hayon.PostReschedule{Schedule: sc})
	if want := time.Date(2031, 1, 2, 8, 0, 0, 0, time.UTC); !p.Targets[0].Due.Equal(want) || !p.Schedule.At.Equal(want) ||
		p.Schedule.Wall != sc.Wall || p.Schedule.Zone != sc.Zone {
		w.Errorf("schedule %+v, due %s; want nine o'clock in Berlin", p.Schedule, p.Targets[0].Due)
	}
	if status, err := w.Service.Status(w.ctx()); err != nil || !status.Next.Equal(p.Schedule.At) {
		w.Errorf("next is %v (%v), want %s", status.Next, err, p.Schedule.At)
	}
}

func rescheduleBy(w *world) {
	at := inHours(100)
	c := later("shifted")
	c.Schedule = hayon.Schedule{At: at}
	p := w.create(c)
	tests := []struct {
		name string
		by   hayon.Shift
		want time.Duration // after what it was at first
	}{
		{"later", hayon.Shift{Elapsed: 90 * time.Minute}, 90 * time.Minute},
		{"earlier", hayon.Shift{Elapsed: -2 * time.Hour}, -30 * time.Minute},
		{"by days", hayon.Shift{Days: 2}, 48*time.Hour - 30*time.Minute},
		{"by days and hours", hayon.Shift{Days: -1, Elapsed: 30 * time.Minute}, 24 * time.Hour},
	}
	for _, tt := range tests {
		p = w.reschedule(p.ID, hayon.PostReschedule{By: &tt.by})
		if want := at.Add(tt.want); !p.Schedule.At.Equal(want) || !p.Targets[0].Due.Equal(want) {
			w.Errorf("%s: scheduled for %s, due %s; want %s", tt.name, p.Schedule.At, p.Targets[0].Due, want)
		}
	}
	w.wantRevision(p.ID, 1+len(tests), hayon.ChangeRescheduled)
}

// In the night to 2031-03-30 the clocks of Berlin go from two to three.
func rescheduleOverChange(w *world) {
	tests := []struct {
		name string
		by   hayon.Shift
		at   time.Time
		wall string
	}{
		{"a day keeps the clock on the wall", hayon.Shift{Days: 1}, time.Date(2031, 3, 30, 7, 0, 0, 0, time.UTC), "2031-03-30T09:00:00"},
		{"hours elapse", hayon.Shift{Elapsed: 24 * time.Hour}, time.Date(2031, 3, 30, 8, 0, 0, 0, time.UTC), "2031-03-30T10:00:00"},
		{"a day and hours", hayon.Shift{Days: 1, Elapsed: -time.Hour}, time.Date(2031, 3, 30, 6, 0, 0, 0, time.UTC), "2031-03-30T08:00:00"},
		{"two days", hayon.Shift{Days: 2}, time.Date(2031, 3, 31, 7, 0, 0, 0, time.UTC), "2031-03-31T09:00:00"},
	}
	for _, tt := range tests {
		// A post that was given an instant has no calendar of its own; the shift says whose counts.
		bare := tt.by
		bare.Zone = "Europe/Berlin"
		b := later("bare, near a change: " + tt.name)
		b.Schedule = hayon.Schedule{At: time.Date(2031, 3, 29, 8, 0, 0, 0, time.UTC)}
		if p := w.reschedule(w.create(b).ID, hayon.PostReschedule{By: &bare}); !p.Targets[0].Due.Equal(tt.at) {
			w.Errorf("%s, of an instant: due %s, want %s", tt.name, p.Targets[0].Due, tt.at)
		}
		c := later("near a change: " + tt.name)
		c.Schedule = hayon.Schedule{At: time.Date(2031, 3, 29, 8, 0, 0, 0, time.UTC), Wall: "2031-03-29T09:00:00", Zone: "Europe/Berlin"}
		p := w.reschedule(w.create(c).ID, hayon.PostReschedule{By: &tt.by})
		if !p.Schedule.At.Equal(tt.at) || !p.Targets[0].Due.Equal(tt.at) || p.Schedule.Wall != tt.wall || p.Schedule.Zone != "Europe/Berlin" {
			w.Errorf("%s: %+v, due %s; want %s, %s in Berlin", tt.name, p.Schedule, p.Targets[0].Due, tt.at, tt.wall)
		}
	}
}

// The clock that was meant is kept where it is skipped, so that the day after has it again.
func rescheduleOntoGap(w *world) {
	c := later("at half past two")
	c.Schedule = hayon.Schedule{At: time.Date(2031, 3, 29, 1, 30, 0, 0, time.UTC), Wall: "2031-03-29T02:30:00", Zone: "Europe/Berlin"}
	p := w.create(c)
	for _, tt := range []struct {
		days int
		wall string
		at   time.Time
	}{
		{1, "2031-03-30T02:30:00", time.Date(2031, 3, 30, 1, 0, 0, 0, time.UTC)},
		{1, "2031-03-31T02:30:00", time.Date(2031, 3, 31, 0, 30, 0, 0, time.UTC)},
		{-1, "2031-03-30T02:30:00", time.Date(2031, 3, 30, 1, 0, 0, 0, time.UTC)},
		{7, "2031-04-06T02:30:00", time.Date(2031, 4, 6, 0, 30, 0, 0, time.UTC)},
	} {
		p = w.reschedule(p.ID, hayon.PostReschedule{By: &hayon.Shift{Days: tt.days}})
		if !p.Schedule.At.Equal(tt.at) || !p.Targets[0].Due.Equal(tt.at) || p.Schedule.Wall != tt.wall {
			w.Errorf("%+d days: %+v, due %s; want %s, %s in Berlin", tt.days, p.Schedule, p.Targets[0].Due, tt.at, tt.wall)
		}
	}
	seq := w.lastSeq()
	_, err := w.Service.ReschedulePost(w.ctx(), p.ID, hayon.PostReschedule{By: &hayon.Shift{Days: -3652}})
	if e := w.refusal("into the past", err, hayon.CodeInvalid); !strings.Contains(e.Message, "2021 02:30 CEST has passed") {
		w.Errorf("%q; want the time in the zone of the post", e.Message)
	}
	if got := w.lastSeq(); got != seq {
		w.Errorf("the journal went from %d to %d", seq, got)
	}
}

func rescheduleDraft(w *world) {
	p := w.create(hayon.PostCreate{Text: "soon", To: []string{"site"}, Draft: true})
	at := inHours(5)
	p = w.reschedule(p.ID, to(at))
	w.wantState(p, hayon.StateScheduled)
	if !p.Targets[0].Due.Equal(at) || w.request(p.ID).Create.Draft {
		w.Errorf("due %s, want %s, and no draft any more", p.Targets[0].Due, at)
	}
}

func rescheduleOthers(w *world) {
	at := inHours(6)
	for _, state := range []hayon.State{
		hayon.StateMissed, hayon.StateFailed, hayon.StateParked, hayon.StateQueued, hayon.StateRetryWait,
	} {
		before := w.in(state, "was "+string(state))
		p := w.reschedule(before.ID, to(at))
		w.wantState(p, hayon.StateScheduled)
		t := p.Targets[0]
		if !t.Due.Equal(at) || t.Error != nil || t.Asks || t.Attempts != 0 || t.Generation <= before.Targets[0].Generation || !t.NotBefore.IsZero() {
			w.Errorf("from %s: %+v, want it to wait for %s as if it were new", state, t, at)
		}
	}
}

func rescheduleOut(w *world) {
	before := w.halfOut("half out")
	at := inHours(7)
	p := w.reschedule(before.ID, to(at))
	if was, is := w.on(before, "plain"), w.on(p, "plain"); is.State != hayon.StatePublished || !is.Due.Equal(was.Due) || is.Generation != was.Generation {
		w.Errorf("what is out is %s, due %s; want it as it was", is.State, is.Due)
	}
	if t := w.on(p, "strict"); t.State != hayon.StateScheduled || !t.Due.Equal(at) {
		w.Errorf("the other one is %s, due %s; want %s", t.State, t.Due, at)
	}
	for _, state := range []hayon.State{hayon.StatePublished, hayon.StateUncertain} {
		before := w.in(state, "is "+string(state))
		seq := w.lastSeq()
		_, err := w.Service.ReschedulePost(w.ctx(), before.ID, to(at))
		if e := w.refusal(string(state), err, hayon.CodeConflict); !strings.Contains(e.Message, string(state)) || e.Hint == "" {
			w.Errorf("%q, hint %q; want the state named", e.Message, e.Hint)
		}
		w.untouched("a refused time", before, seq)
	}
}

func rescheduleNow(w *world) {
	for name, make := range map[string]hayon.PostCreate{
		"scheduled": later("at once"), "draft": {Text: "a draft", To: []string{"site"}, Draft: true},
	} {
		before := w.create(make)
		hints := w.hints()
		asked := time.Now()
		p := w.reschedule(before.ID, to(asked))
		if t := p.Targets[0]; t.State != hayon.StateQueued || t.Due.After(asked.Add(30*time.Second)) {
			w.Errorf("%s: %s, due %s; want it queued at once", name, t.State, t.Due)
		}
		if got := w.hints(); got != hints+1 {
			w.Errorf("%s: %d hints wait, want one more than %d", name, got, hints)
		}
	}
}

func rescheduleCancelled(w *world) {
	p := w.create(later("no"))
	w.cancelAs(p.ID, "")
	before, seq := w.find(p.ID), w.lastSeq()
	_, err := w.Service.ReschedulePost(w.ctx(), p.ID, to(inHours(2)))
	if e := w.refusal("cancelled", err, hayon.CodeConflict); !strings.Contains(e.Message, "cancelled") || !strings.Contains(e.Hint, "hayon undo") {
		w.Errorf("%q, hint %q; want the state, and how it comes back", e.Message, e.Hint)
	}
	w.untouched("a refused time", before, seq)
}

func refusedTimes(w *world) {
	before := w.find(w.create(later("stays")).ID)
	seq := w.lastSeq()
	tests := []struct {
		name string
		r    hayon.PostReschedule
		code hayon.Code
	}{
		{"a time that has passed", to(inHours(-2)), hayon.CodeInvalid},
		{"a shift into the past", hayon.PostReschedule{By: &hayon.Shift{Elapsed: -3 * time.Hour}}, hayon.CodeInvalid},
		{"days into the past", hayon.PostReschedule{By: &hayon.Shift{Days: -1}}, hayon.CodeInvalid},
		{"neither", hayon.PostReschedule{}, hayon.CodeUsage},
		{"both", hayon.PostReschedule{Schedule: hayon.Schedule{At: inHours(2)}, By: &hayon.Shift{Days: 1}}, hayon.CodeUsage},
		{"a zone that nobody knows", hayon.PostReschedule{Schedule: hayon.Schedule{Wall: "2031-01-02T09:00:00", Zone: "Europe/Berlinn"}}, hayon.CodeUsage},
	}
	for _, tt := range tests {
		_, err := w.Service.ReschedulePost(w.ctx(), before.ID, tt.r)
		w.refused(tt.name, err, tt.code)
		w.untouched(tt.name, before, seq)
	}
	if _, err := w.Service.ReschedulePost(w.ctx(), hayon.NewPostID(time.Now()), to(inHours(2))); hayon.CodeOf(err) != hayon.CodeNotFound {
		w.Errorf("an unknown post: %v, want not_found", err)
	}
}

func rescheduleDryRun(w *world) {
	before := w.find(w.create(later("stays")).ID)
	seq, r := w.lastSeq(), to(inHours(9))
	r.DryRun = true
	got, err := w.Service.ReschedulePost(w.ctx(), before.ID, r)
	if err != nil || !got.Schedule.At.Equal(r.Schedule.At) || !got.Targets[0].Due.Equal(r.Schedule.At) {
		w.Errorf("a dry run answered %+v, %v; want the post as it would be", got, err)
	}
	w.untouched("a dry run", before, seq)
}
