package hayontest

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func reviseCases() []testCase {
	return []testCase{
		{"revise the text", reviseText},
		{"revise the text of one account", reviseOneText},
		{"revise the media", reviseMedia},
		{"revise labels and note alone", reviseLabels},
		{"revise the accounts", reviseAccounts},
		{"revise the time", reviseSchedule},
		{"revise a draft to a time and back", reviseDraft},
		{"revise options", reviseOptions},
		{"revise the parts of a thread", reviseParts},
		{"revise what was changed meanwhile", reviseStale},
		{"revisions that are refused", refusedRevisions},
		{"revise what fitted one of two", reviseBestEffort},
		{"revise what is not made anew", reviseLost},
		{"revise what is reposted", reviseRepost},
		{"revise what is out", revisePublished},
		{"revise what is out in part", reviseHalfOut},
		{"revise what is queued", reviseQueued},
		{"revise what is on its way or has not worked", reviseOnItsWay},
		{"revise to a text that was there", reviseDuplicate},
		{"revise what is deleted", reviseDeleted},
		{"a dry run of a revision", reviseDryRun},
	}
}

func reviseText(w *world) {
	w.signIn("a")
	c := later("Helo")
	c.To = []string{"site", "demo/a"}
	before := w.find(w.create(c).ID)
	p := w.revise(before.ID, reword("Hello"))
	if p.Text != "Hello" || p.ID != before.ID || !p.CreatedAt.Equal(before.CreatedAt) || p.UpdatedAt.Before(before.UpdatedAt) {
		w.Errorf("post = %+v, want the one of before with its new text", p)
	}
	for i, t := range p.Targets {
		was := before.Targets[i]
		if bodyOf(t) != "Hello" || t.ID != was.ID || t.State != hayon.StateScheduled || !t.Due.Equal(was.Due) || t.Generation <= was.Generation {
			w.Errorf("target on %s = %+v, want the new text at the old time, in a new generation", t.Platform, t)
		}
	}
	w.wantRevision(p.ID, 2, hayon.ChangeEdited)
	w.wantLastReason(p.ID, "another thought")
	if r := w.request(p.ID); r.Create.Text != "Hello" || !r.Create.Schedule.At.Equal(c.Schedule.At) {
		w.Errorf("the request is %+v now", r.Create)
	}
}

func reviseOneText(w *world) {
	a := w.signIn("a")
	c := later("for all")
	c.To = []string{"site", "demo/a"}
	before := w.find(w.create(c).ID)
	for _, name := range []string{"demo/a", a.ID.String()} {
		p := w.revise(before.ID, func(c *hayon.PostCreate) { c.Texts = map[string]string{name: "for " + name} })
		if t := w.on(p, "demo"); bodyOf(t) != "for "+name || t.Generation <= w.on(before, "demo").Generation {
			w.Errorf("demo gets %q in generation %d, want its own text in a new one", bodyOf(t), t.Generation)
		}
		if t := w.on(p, "site"); bodyOf(t) != "for all" || t.Generation != w.on(before, "site").Generation {
			w.Errorf("site gets %q in generation %d, want what it had", bodyOf(t), t.Generation)
		}
		before = p
	}
	p := w.revise(before.ID, func(c *hayon.PostCreate) { c.Texts = nil })
	if got := bodyOf(w.on(p, "demo")); got != "for all" {
		w.Errorf("without a text of its own demo gets %q", got)
	}
}

func reviseMedia(w *world) {
	first, second := w.upload(4, 4, "a.png"), w.upload(6, 6, "b.png")
	c := later("with a picture")
	before := w.find(w.create(c).ID)
	media := func(p *hayon.Post) string {
		var out []string
		for _, m := range p.Targets[0].Parts[0].Media {
			out = append(out, m.Media.String()+" "+m.Alt)
		}
		return strings.Join(out, ", ")
	}
	steps := []struct {
		name string
		list []hayon.MediaInput
		want string
	}{
		{"added", []hayon.MediaInput{{Media: first.ID, Alt: "one"}}, first.ID.String() + " one"},
		{"another beside it", []hayon.MediaInput{{Media: first.ID, Alt: "one"}, {Media: second.ID, Alt: "two"}}, first.ID.String() + " one, " + second.ID.String() + " two"},
		{"described anew", []hayon.MediaInput{{Media: first.ID, Alt: "uno"}, {Media: second.ID, Alt: "two"}}, first.ID.String() + " uno, " + second.ID.String() + " two"},
		{"removed", nil, ""},
	}
	for _, s := range steps {
		p := w.revise(before.ID, func(c *hayon.PostCreate) { c.Media = s.list })
		if got := media(p); got != s.want || p.Targets[0].Generation <= before.Targets[0].Generation {
			w.Errorf("%s: media %q in generation %d, want %q in a new one", s.name, got, p.Targets[0].Generation, s.want)
		}
		before = p
	}
}

func reviseLabels(w *world) {
	c := later("labelled")
	c.Labels, c.Note = []string{"old"}, "old"
	before := w.find(w.create(c).ID)
	p := w.revise(before.ID, func(c *hayon.PostCreate) { c.Labels, c.Note = []string{"new"}, "new" })
	if !slices.Equal(p.Labels, []string{"new"}) || p.Note != "new" {
		w.Errorf("labels %v, note %q", p.Labels, p.Note)
	}
	if diff := cmp.Diff(before.Targets, p.Targets); diff != "" {
		w.Errorf("labels changed what goes out (-before +after):\n%s", diff)
	}
	w.wantRevision(p.ID, 2, hayon.ChangeEdited)
	for label, want := range map[string]int{"old": 0, "new": 1} {
		posts, err := w.Service.FindPosts(w.ctx(), hayon.PostFilter{Labels: []string{label}})
		if err != nil || len(posts) != want {
			w.Errorf("%d posts have the label %s (%v), want %d", len(posts), label, err, want)
		}
	}
}

func reviseAccounts(w *world) {
	a := w.signIn("a")
	p := w.create(later("for whom"))
	first := p.Targets[0]
	p = w.revise(p.ID, func(c *hayon.PostCreate) { c.To = append(c.To, "demo/a") })
	added := w.on(p, "demo")
	if len(p.Targets) != 2 || added.Account != a.ID || added.State != hayon.StateScheduled || !added.Due.Equal(first.Due) || bodyOf(added) != "for whom" {
		w.Errorf("added %+v, want another target at the same time", added)
	}
	if t := w.on(p, "site"); t.ID != first.ID || t.Generation != first.Generation {
		w.Errorf("the other one is %+v, want it as it was", t)
	}
	p = w.revise(p.ID, func(c *hayon.PostCreate) { c.To = []string{"site"} })
	if gone := w.on(p, "demo"); gone.ID != added.ID || gone.State != hayon.StateCancelled || p.State() != hayon.PostScheduled {
		w.Errorf("removed: %s, the post is %s; want it cancelled, and the post still scheduled", gone.State, p.State())
	}
	if r := w.request(p.ID); !slices.Equal(r.Create.To, []string{first.Account.String()}) {
		w.Errorf("the request goes to %v still", r.Create.To)
	}
	p = w.revise(p.ID, func(c *hayon.PostCreate) { c.To, c.Text = []string{"site", "demo/a"}, "for both" })
	if back := w.on(p, "demo"); len(p.Targets) != 2 || back.ID != added.ID || back.State != hayon.StateScheduled ||
		bodyOf(back) != "for both" || !back.Due.Equal(first.Due) || back.Generation <= added.Generation {
		w.Errorf("added again: %+v, want the same target, scheduled, in a new generation", back)
	}
	w.wantRevision(p.ID, 4, hayon.ChangeEdited)
}

func reviseSchedule(w *world) {
	before := w.find(w.create(later("when")).ID)
	sc := hayon.Schedule{At: time.Date(2031, 1, 2, 8, 0, 0, 0, time.UTC), Wall: "2031-01-02T09:00:00", Zone: "Europe/Berlin"}
	p := w.revise(before.ID, func(c *hayon.PostCreate) { c.Schedule = sc })
	if diff := cmp.Diff(sc, p.Schedule); diff != "" {
		w.Errorf("schedule (-want +got):\n%s", diff)
	}
	if t := p.Targets[0]; !t.Due.Equal(sc.At) || t.State != hayon.StateScheduled {
		w.Errorf("%s, due %s; want it scheduled for %s", t.State, t.Due, sc.At)
	}
	if r := w.request(p.ID); cmp.Diff(sc, r.Create.Schedule) != "" {
		w.Errorf("the request says %+v", r.Create.Schedule)
	}
}

func reviseDraft(w *world) {
	p := w.create(hayon.PostCreate{Text: "soon", To: []string{"site"}, Draft: true})
	at := inHours(3)
	p = w.revise(p.ID, func(c *hayon.PostCreate) { c.Draft, c.Schedule = false, hayon.Schedule{At: at} })
	w.wantState(p, hayon.StateScheduled)
	if !p.Schedule.At.Equal(at) || !p.Targets[0].Due.Equal(at) || w.request(p.ID).Create.Draft {
		w.Errorf("scheduled for %s, due %s; want %s, and no draft", p.Schedule.At, p.Targets[0].Due, at)
	}
	p = w.revise(p.ID, func(c *hayon.PostCreate) { c.Draft, c.Schedule = true, hayon.Schedule{} })
	w.wantState(p, hayon.StateDraft)
	if r := w.request(p.ID); p.State() != hayon.PostDraft || !p.Schedule.IsZero() || !r.Create.Draft || !r.Create.Schedule.IsZero() {
		w.Errorf("%s with the schedule %+v and the request %+v, want a draft without a time", p.State(), p.Schedule, r.Create)
	}
	p = w.revise(p.ID, reword("a better draft"))
	w.wantState(p, hayon.StateDraft)
	if bodyOf(p.Targets[0]) != "a better draft" {
		w.Errorf("the draft says %q", bodyOf(p.Targets[0]))
	}
	w.wantRevision(p.ID, 4, hayon.ChangeEdited)
}

func reviseOptions(w *world) {
	c := later("hush")
	c.To, c.Options = []string{"strict", "site"}, common("cw", "news")
	before := w.find(w.create(c).ID)
	p := w.revise(before.ID, func(c *hayon.PostCreate) {
		c.Options = map[string]map[string]string{"strict": options("mood", "calm")}
	})
	t := w.on(p, "strict")
	if diff := cmp.Diff(options("mood", "calm"), t.Options); diff != "" || t.Generation <= w.on(before, "strict").Generation {
		w.Errorf("generation %d, options (-want +got):\n%s", t.Generation, diff)
	}
	_, err := w.tryRevise(p.ID, func(c *hayon.PostCreate) { c.Options = common("moods", "calm") })
	w.refused("an option that nobody has", err, hayon.CodeUsage)
}

func reviseParts(w *world) {
	c := later("one")
	c.To = []string{"strict"}
	p := w.create(c)
	for _, parts := range [][]string{{"two", "three"}, {"zwei"}, nil} {
		p = w.revise(p.ID, func(c *hayon.PostCreate) { c.Parts = parts })
		if want := strings.Join(append([]string{"one"}, parts...), "|"); bodyOf(p.Targets[0]) != want {
			w.Errorf("the thread is %q, want %q", bodyOf(p.Targets[0]), want)
		}
	}
	w.wantRevision(p.ID, 4, hayon.ChangeEdited)
}

func reviseStale(w *world) {
	p := w.create(later("one"))
	stale := w.request(p.ID)
	w.revise(p.ID, reword("two"))
	before, seq := w.find(p.ID), w.lastSeq()
	stale.Create.Text = "three"
	for _, revision := range []int{stale.Revision, 9} {
		_, err := w.Service.RevisePost(w.ctx(), p.ID, hayon.PostRevise{Revision: revision, Create: stale.Create})
		if e := w.refusal("what was changed meanwhile", err, hayon.CodeConflict); e.Hint == "" {
			w.Errorf("%q has no hint", e.Message)
		}
	}
	w.untouched("a stale revision", before, seq)
	if _, err := w.Service.RevisePost(w.ctx(), p.ID, hayon.PostRevise{Create: stale.Create}); err != nil || w.find(p.ID).Text != "three" {
		w.Errorf("any revision: %v, the text is %q", err, w.find(p.ID).Text)
	}
}

func refusedRevisions(w *world) {
	w.signIn("a")
	c := later("fits")
	c.To = []string{"strict", "site"}
	before := w.find(w.create(c).ID)
	seq := w.lastSeq()
	tests := []struct {
		name   string
		change func(*hayon.PostCreate)
		code   hayon.Code
	}{
		{"too long for one", reword(strings.Repeat("é", StrictMax+1)), hayon.CodeInvalid},
		{"no text", reword(" "), hayon.CodeInvalid},
		{"too long for one, and another account", func(c *hayon.PostCreate) {
			c.Text, c.To = strings.Repeat("é", StrictMax+1), append(c.To, "demo/a")
		}, hayon.CodeInvalid},
		{"past time", func(c *hayon.PostCreate) { c.Schedule = hayon.Schedule{At: time.Now().Add(-time.Hour)} }, hayon.CodeInvalid},
		{"nobody", func(c *hayon.PostCreate) { c.To = nil }, hayon.CodeUsage},
		{"an account that is not connected", func(c *hayon.PostCreate) { c.To = append(c.To, "demo/zz") }, hayon.CodeUsage},
		{"an unknown medium", func(c *hayon.PostCreate) { c.Media = []hayon.MediaInput{{Media: hayon.NewMediaID(time.Now())}} }, hayon.CodeNotFound},
		{"a draft with a time", func(c *hayon.PostCreate) { c.Draft = true }, hayon.CodeUsage},
	}
	for _, tt := range tests {
		_, err := w.tryRevise(before.ID, tt.change)
		w.refused(tt.name, err, tt.code)
		w.untouched(tt.name, before, seq)
	}
}

// What is not made anew need not be there any more.
func reviseLost(w *world) {
	w.signIn("a")
	out := w.out("out")
	reply, repost := later("an answer"), later("")
	reply.To, reply.ReplyTo = []string{"demo/a"}, out.ID.String()
	repost.To, repost.Repost = []string{"demo/a"}, out.ID.String()
	for name, c := range map[string]hayon.PostCreate{"reply": reply, "repost": repost} {
		p := w.find(w.create(c).ID)
		w.remove(out.ID, hayon.PostDelete{})
		at := inHours(4)
		got := w.revise(p.ID, func(c *hayon.PostCreate) { c.Labels, c.Schedule = []string{"x"}, hayon.Schedule{At: at} })
		if diff := cmp.Diff(p.Targets[0].Parts, got.Targets[0].Parts); diff != "" || len(got.Labels) != 1 || !got.Targets[0].Due.Equal(at) {
			w.Errorf("%s: labels %v, due %s, parts (-before +after):\n%s", name, got.Labels, got.Targets[0].Due, diff)
		}
		w.undo(hayon.PostUndo{Post: p.ID})
		w.undo(hayon.PostUndo{Post: out.ID})
	}
}

func reviseRepost(w *world) {
	c := later("")
	c.To, c.Repost = []string{"strict"}, aPost
	p := w.create(c)
	const other = aPost + "9"
	if got := w.revise(p.ID, func(c *hayon.PostCreate) { c.Repost = other }); got.Repost != other || got.Targets[0].Parts[0].Repost.URL != other {
		w.Errorf("it reposts %s by %+v, want %s", got.Repost, got.Targets[0].Parts[0].Repost, other)
	}
	w.undo(hayon.PostUndo{})
	if got := w.find(p.ID); got.Repost != aPost || got.Targets[0].Parts[0].Repost.URL != aPost {
		w.Errorf("it reposts %s by %+v, want %s", got.Repost, got.Targets[0].Parts[0].Repost, aPost)
	}
}

func reviseBestEffort(w *world) {
	c := later(strings.Repeat("x", StrictMax+1))
	c.To, c.BestEffort = []string{"strict", "site"}, true
	p := w.create(c)
	p = w.revise(p.ID, reword("short"))
	for _, t := range p.Targets {
		if t.State != hayon.StateScheduled || !t.Due.Equal(c.Schedule.At) || bodyOf(t) != "short" || t.Error != nil {
			w.Errorf("on %s: %+v, want it scheduled now that it fits", t.Platform, t)
		}
	}
}

func revisePublished(w *world) {
	for _, state := range []hayon.State{hayon.StatePublished, hayon.StateUncertain} {
		before := w.in(state, "is "+string(state))
		seq := w.lastSeq()
		_, err := w.tryRevise(before.ID, reword("other"))
		if e := w.refusal(string(state), err, hayon.CodeConflict); !strings.Contains(e.Message, string(state)) || e.Hint == "" {
			w.Errorf("%q, hint %q; want the state named", e.Message, e.Hint)
		}
		w.untouched("a refused revision", before, seq)
		if p := w.revise(before.ID, func(c *hayon.PostCreate) { c.Labels, c.Note = []string{"x"}, "y" }); p.Note != "y" {
			w.Errorf("the note of what is %s is %q", state, p.Note)
		}
	}
}

func reviseHalfOut(w *world) {
	before := w.halfOut("one")
	out := w.on(before, "plain")
	p := w.revise(before.ID, reword("two"))
	if diff := cmp.Diff(out, w.on(p, "plain")); diff != "" {
		w.Errorf("what is out (-before +after):\n%s", diff)
	}
	if t, was := w.on(p, "strict"), w.on(before, "strict"); bodyOf(t) != "two" || t.State != was.State || t.Generation <= was.Generation {
		w.Errorf("the other one is %+v, want the new text", t)
	}
	seq := w.lastSeq()
	_, err := w.tryRevise(p.ID, func(c *hayon.PostCreate) { c.To = []string{"strict"} })
	w.refused("an account where it is out is left out", err, hayon.CodeConflict)
	w.untouched("a refused revision", p, seq)
}

func reviseQueued(w *world) {
	before := w.find(w.create(hayon.PostCreate{Text: "Helo", To: []string{"site"}}).ID)
	w.wantState(before, hayon.StateQueued)
	hints := w.hints()
	p := w.revise(before.ID, reword("Hello"))
	if t := p.Targets[0]; bodyOf(t) != "Hello" || t.State != hayon.StateQueued || t.Generation <= before.Targets[0].Generation {
		w.Errorf("%+v, want the new text queued in a new generation", t)
	}
	if got := w.hints(); got != hints+1 {
		w.Errorf("%d hints wait, want one more than %d", got, hints)
	}
}

func reviseOnItsWay(w *world) {
	for _, state := range []hayon.State{
		hayon.StatePublishing, hayon.StateRetryWait, hayon.StateFailed, hayon.StateParked, hayon.StateMissed,
	} {
		before := w.in(state, "was "+string(state))
		p := w.revise(before.ID, reword("is "+string(state)))
		if t := p.Targets[0]; bodyOf(t) != "is "+string(state) || t.Generation <= before.Targets[0].Generation || t.Fence < before.Targets[0].Fence {
			w.Errorf("%s: %+v, want the new text in a new generation", state, t)
		}
		if t := p.Targets[0]; state == hayon.StatePublishing && (t.State != hayon.StateQueued || t.Lease != nil) {
			w.Errorf("what was claimed is %s with the lease %+v, want it taken back and queued", t.State, t.Lease)
		}
	}
	// A thread that is out in part is not made anew.
	before := w.in(hayon.StateUncertain, "eins", "zwei")
	_, err := w.tryRevise(before.ID, reword("one"))
	w.refused("a thread of which a part is out", err, hayon.CodeConflict)
}

func reviseDuplicate(w *world) {
	c := later("first")
	c.To = []string{"strict"}
	p := w.create(c)
	for _, text := range []string{"second", "first", "second"} {
		if got := w.revise(p.ID, reword(text)); bodyOf(got.Targets[0]) != text {
			w.Errorf("the text is %q, want %q", bodyOf(got.Targets[0]), text)
		}
	}
	c.Text = "other"
	other := w.create(c)
	_, err := w.tryRevise(other.ID, reword("second"))
	if e := w.refusal("the text of another post", err, hayon.CodeConflict); e.Details["post"] != p.ID.String() {
		w.Errorf("%q, details %v; want the other post", e.Message, e.Details)
	}
	if got := w.revise(other.ID, func(c *hayon.PostCreate) { c.Text, c.AllowDuplicate = "second", true }); got.Text != "second" {
		w.Errorf("where a duplicate is allowed the text is %q", got.Text)
	}
}

func reviseDeleted(w *world) {
	p := w.create(later("gone"))
	w.remove(p.ID, hayon.PostDelete{})
	before, seq := w.find(p.ID), w.lastSeq()
	create := later("other")
	_, err := w.Service.RevisePost(w.ctx(), p.ID, hayon.PostRevise{Create: create})
	w.refused("revise", err, hayon.CodeConflict)
	_, err = w.Service.ReschedulePost(w.ctx(), p.ID, to(inHours(2)))
	w.refused("reschedule", err, hayon.CodeConflict)
	w.untouched("a refused change", before, seq)
}

func reviseDryRun(w *world) {
	w.signIn("a")
	before := w.find(w.create(later("Helo")).ID)
	r, seq := w.request(before.ID), w.lastSeq()
	r.Create.Text, r.Create.To = "Hello", append(r.Create.To, "demo/a")
	got, err := w.Service.RevisePost(w.ctx(), before.ID, hayon.PostRevise{Revision: r.Revision, Create: r.Create, DryRun: true})
	if err != nil || got.Text != "Hello" || len(got.Targets) != 2 || bodyOf(got.Targets[0]) != "Hello" {
		w.Errorf("a dry run answered %+v, %v; want the post as it would be", got, err)
	}
	w.untouched("a dry run", before, seq)
}
