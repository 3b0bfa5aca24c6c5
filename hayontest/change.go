package hayontest

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func changeCases() []testCase {
	return slices.Concat(requestCases(), reviseCases(), rescheduleCases(), undoCases(), revisionCases(), findCases(), gapCases())
}

// request answers what a post was made of or ends the test.
func (w *world) request(id hayon.PostID) *hayon.PostRequest {
	w.Helper()
	r, err := w.Service.FindRequest(w.ctx(), id)
	if err != nil {
		w.Fatalf("FindRequest(%s): %v", id, err)
	}
	return r
}

// tryRevise changes the request of a post as a face does: it asks for it, changes it and hands it back.
func (w *world) tryRevise(id hayon.PostID, change func(*hayon.PostCreate)) (*hayon.Post, error) {
	w.Helper()
	r := w.request(id)
	change(&r.Create)
	return w.Service.RevisePost(w.ctx(), id, hayon.PostRevise{Revision: r.Revision, Create: r.Create, Reason: "another thought"})
}

// revise changes the request of a post or ends the test. It answers the post as it is found afterwards.
func (w *world) revise(id hayon.PostID, change func(*hayon.PostCreate)) *hayon.Post {
	w.Helper()
	answered, err := w.tryRevise(id, change)
	if err != nil {
		w.Fatalf("revise %s: %v", id, err)
	}
	w.sameTargets("what was answered", w.find(id), answered)
	return w.find(id)
}

// reword is the change of a text.
func reword(text string) func(*hayon.PostCreate) {
	return func(c *hayon.PostCreate) { c.Text = text }
}

// reschedule gives a post another time or ends the test.
func (w *world) reschedule(id hayon.PostID, r hayon.PostReschedule) *hayon.Post {
	w.Helper()
	answered, err := w.Service.ReschedulePost(w.ctx(), id, r)
	if err != nil {
		w.Fatalf("ReschedulePost(%s, %+v): %v", id, r, err)
	}
	w.sameTargets("what was answered", w.find(id), answered)
	return w.find(id)
}

// to is the request for another time.
func to(at time.Time) hayon.PostReschedule {
	return hayon.PostReschedule{Schedule: hayon.Schedule{At: at}}
}

// inHours is a time of whole seconds, so many hours from now.
func inHours(n int) time.Time {
	return time.Now().Add(time.Duration(n) * time.Hour).UTC().Truncate(time.Second)
}

// undo takes the newest change back or ends the test.
func (w *world) undo(u hayon.PostUndo) *hayon.PostUndone {
	w.Helper()
	done, err := w.Service.UndoPost(w.ctx(), u)
	if err != nil {
		w.Fatalf("UndoPost(%+v): %v", u, err)
	}
	return done
}

// cancelAs cancels a post as one of a batch, or ends the test.
func (w *world) cancelAs(id hayon.PostID, batch string) {
	w.Helper()
	if _, err := w.Service.CancelPost(w.ctx(), id, hayon.PostChangeRequest{Batch: batch}); err != nil {
		w.Fatalf("cancel %s: %v", id, err)
	}
}

// lastSeq is the number of the newest event. Where it stays, nothing was written.
func (w *world) lastSeq() uint64 {
	w.Helper()
	seq, err := w.Service.LastSeq(w.ctx())
	if err != nil {
		w.Fatal(err)
	}
	return seq
}

// untouched checks that nothing was stored for a post since it was found, nor for any other since seq.
func (w *world) untouched(what string, before *hayon.Post, seq uint64) {
	w.Helper()
	if diff := cmp.Diff(before, w.find(before.ID)); diff != "" {
		w.Errorf("%s changed the post (-before +after):\n%s", what, diff)
	}
	if now := w.lastSeq(); now != seq {
		w.Errorf("%s left the events from %d to %d", what, seq+1, now)
	}
}

// sameTargets checks that two answers tell the same of a post's text, times and targets.
func (w *world) sameTargets(what string, want, got *hayon.Post) {
	w.Helper()
	brief := func(p *hayon.Post) []string {
		out := []string{p.ID.String(), p.Text, string(p.State()), p.Schedule.At.String(), p.Schedule.Wall}
		for _, t := range p.Targets {
			out = append(out, strings.Join([]string{
				t.ID.String(), string(t.State), t.Due.String(), bodyOf(t), time.Duration(t.Generation).String(),
			}, " "))
		}
		return out
	}
	if diff := cmp.Diff(brief(want), brief(got)); diff != "" {
		w.Errorf("%s (-stored +answered):\n%s", what, diff)
	}
}

// bodyOf is the texts of a target, one after the other.
func bodyOf(t *hayon.Target) string {
	texts := make([]string, len(t.Parts))
	for i := range t.Parts {
		texts[i] = t.Parts[i].Text
	}
	return strings.Join(texts, "|")
}

// wantRevision checks how often a post was changed, and by what the last time: the numbers and the events.
func (w *world) wantRevision(id hayon.PostID, number int, kind hayon.ChangeKind) {
	w.Helper()
	if p := w.find(id); p.Revision != number {
		w.Errorf("%s is at revision %d, want %d", id, p.Revision, number)
	}
	if r := w.request(id); r.Revision != number {
		w.Errorf("the request of %s is at revision %d, want %d", id, r.Revision, number)
	}
	list := w.revisions(id)
	if len(list) != number || list[len(list)-1].Number != number || list[len(list)-1].Kind != kind {
		w.Errorf("%s has the revisions %+v, want %d, the last one %s", id, list, number, kind)
	}
	if number == 1 {
		return
	}
	events, err := w.Service.FindEvents(w.ctx(), hayon.EventFilter{Post: id, Kinds: []hayon.EventKind{hayon.EventRevised}})
	if err != nil || len(events) != number-1 || events[len(events)-1].Change != kind {
		w.Errorf("%s has the events %+v (%v), want %d of changes, the last one %s", id, events, err, number-1, kind)
	}
}

func (w *world) revisions(id hayon.PostID) []hayon.Revision {
	w.Helper()
	list, err := w.Service.FindRevisions(w.ctx(), id)
	if err != nil {
		w.Fatalf("FindRevisions(%s): %v", id, err)
	}
	return list
}

// hints is how many hints wait for the broker.
func (w *world) hints() int {
	w.Helper()
	st, err := w.Service.Status(w.ctx())
	if err != nil {
		w.Fatal(err)
	}
	return st.Outbox
}

// halfOut stores a post to plain and strict for later, of which the first one is out already.
func (w *world) halfOut(text string) *hayon.Post {
	w.Helper()
	c := later(text)
	c.To = []string{"plain", "strict"}
	p := w.create(c)
	w.move(p.ID, hayon.StateFailed)
	if _, err := w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Account: "plain", Published: there + p.ID.String()}); err != nil {
		w.Fatalf("resolve: %v", err)
	}
	if _, err := w.Service.RetryPost(w.ctx(), p.ID, hayon.PostChangeRequest{}); err != nil {
		w.Fatalf("retry: %v", err)
	}
	return w.find(p.ID)
}

func requestCases() []testCase {
	return []testCase{
		{"what a post was made of", findRequest},
		{"a request that is handed back unchanged", sameRequest},
		{"the request of accounts that changed", requestOfChanged},
		{"the request of what is not there", requestOfNothing},
	}
}

func findRequest(w *world) {
	a := w.signIn("a")
	c := later("Hello")
	c.To, c.Labels, c.Note, c.IdempotencyKey, c.AllowDuplicate = []string{"site", "demo/a"}, []string{"launch"}, "for me", "k1", true
	c.Texts = map[string]string{"demo/a": "Hello, demo"}
	p := w.create(c)
	site := w.on(p, "site").Account
	want := c
	want.To = []string{site.String(), a.ID.String()}
	want.Texts = map[string]string{a.ID.String(): "Hello, demo"}
	want.IdempotencyKey, want.AllowDuplicate = "", false
	if diff := cmp.Diff(&hayon.PostRequest{Post: p.ID, Revision: 1, Create: want}, w.request(p.ID)); diff != "" {
		w.Errorf("request (-want +got):\n%s", diff)
	}
	draft := w.create(hayon.PostCreate{Text: "Not yet", To: []string{"site"}, Draft: true})
	if r := w.request(draft.ID); !r.Create.Draft || !r.Create.Schedule.IsZero() {
		w.Errorf("the request of a draft is %+v", r.Create)
	}
	if _, err := w.Service.PublishPost(w.ctx(), draft.ID, hayon.PostChangeRequest{}); err != nil {
		w.Fatal(err)
	}
	if r := w.request(draft.ID); r.Create.Draft {
		w.Error("what was a draft is one in its request still")
	}
}

// handedBack are requests with everything that a post can be made of.
func handedBack(w *world) map[string]hayon.PostCreate {
	m, grace := w.upload(6, 4, "a.png"), 2*time.Hour
	plain := later("Hello")
	thread := later("first")
	thread.To, thread.Parts, thread.Number = []string{"strict"}, []string{"second"}, "{i}/{n}"
	full := later("everything")
	full.To = []string{"strict", "site", "demo/a"}
	full.Labels, full.Langs, full.Note, full.IfLate, full.Grace = []string{"a", "b"}, []string{"en"}, "mine", hayon.LateSkip, &grace
	full.Options = map[string]map[string]string{"": options("cw", "news"), "strict": options("mood", "calm")}
	full.Texts = map[string]string{"demo/a": "for demo alone"}
	full.Media = []hayon.MediaInput{{Media: m.ID, Alt: "a square", Focus: &hayon.Focus{X: 0.5}, For: []string{"demo/*"}}}
	zoned := later("in a zone")
	zoned.Schedule = hayon.Schedule{At: time.Date(2031, 1, 2, 8, 0, 0, 0, time.UTC), Wall: "2031-01-02T09:00:00", Zone: "Europe/Berlin"}
	out := w.out("out")
	reply, lines, repost, best := later("an answer"), later("a\n---\nb"), later(""), later(strings.Repeat("x", StrictMax+1))
	reply.To, reply.ReplyTo = []string{"demo/a"}, out.ID.String()
	goesOn := later("it goes on")
	goesOn.To, goesOn.Continue = []string{"demo/a"}, true
	lines.To = []string{"strict", "site"}
	repost.To, repost.Repost = []string{"strict"}, aPost
	best.To, best.BestEffort = []string{"strict", "site"}, true
	return map[string]hayon.PostCreate{
		"reply": reply, "goes on": goesOn, "lines": lines, "repost": repost, "best effort": best,
		"plain": plain, "full": full, "thread": thread, "zoned": zoned,
		"draft": {Text: "Not yet", To: []string{"site"}, Draft: true},
		"now":   {Text: "At once", To: []string{"site"}},
	}
}

// out is a post that was published by demo/a.
func (w *world) out(text string) *hayon.Post {
	w.Helper()
	p := w.create(hayon.PostCreate{Text: text, To: []string{"demo/a"}})
	w.move(p.ID, hayon.StatePublished)
	return w.find(p.ID)
}

func sameRequest(w *world) {
	w.signIn("a")
	for name, c := range handedBack(w) {
		p := w.find(w.create(c).ID)
		if c.Continue {
			w.out("out since") // and yet it goes on after what it went on after
		}
		r := w.request(p.ID)
		for _, revision := range []int{r.Revision, 0} {
			seq := w.lastSeq()
			got, err := w.Service.RevisePost(w.ctx(), p.ID, hayon.PostRevise{Revision: revision, Create: r.Create})
			if err != nil {
				w.Errorf("%s: %v", name, err)
				continue
			}
			w.sameTargets(name, p, got)
			w.untouched(name+", handed back unchanged,", p, seq)
		}
		if diff := cmp.Diff(r, w.request(p.ID)); diff != "" {
			w.Errorf("%s: the request (-before +after):\n%s", name, diff)
		}
	}
}

// A request goes by ids, so that a new name changes nothing of it, and one that is gone is left out.
func requestOfChanged(w *world) {
	a, b := w.signIn("a"), w.signIn("b")
	p := w.create(hayon.PostCreate{
		Text: "for two", To: []string{"demo/a", "demo/b"}, Draft: true, Texts: map[string]string{"demo/a": "for a", "demo/b": "for b"},
	})
	alias := "renamed"
	if _, err := w.Service.UpdateAccount(w.ctx(), a.ID, hayon.AccountUpdate{Alias: &alias}); err != nil {
		w.Fatal(err)
	}
	handBack := func(what string) {
		w.Helper()
		before, r, seq := w.find(p.ID), w.request(p.ID), w.lastSeq()
		if _, err := w.Service.RevisePost(w.ctx(), p.ID, hayon.PostRevise{Revision: r.Revision, Create: r.Create}); err != nil {
			w.Errorf("%s: %v", what, err)
		}
		w.untouched(what, before, seq)
	}
	handBack("with another name")
	if err := w.Service.DeleteAccount(w.ctx(), b.ID); err != nil {
		w.Fatal(err)
	}
	want := hayon.PostCreate{
		Text: "for two", To: []string{a.ID.String()}, Draft: true, Texts: map[string]string{a.ID.String(): "for a"},
	}
	if diff := cmp.Diff(want, w.request(p.ID).Create); diff != "" {
		w.Errorf("without an account that is gone (-want +got):\n%s", diff)
	}
	handBack("without an account that is gone")
	got := w.revise(p.ID, func(c *hayon.PostCreate) { c.Texts = map[string]string{"demo/renamed": "for the renamed"} })
	if body := bodyOf(got.Targets[0]); body != "for the renamed" {
		w.Errorf("the text is %q", body)
	}
}

func requestOfNothing(w *world) {
	p := w.create(later("mine"))
	calls := map[string]func(svc hayon.Service, s *world, id hayon.PostID) error{
		"request": func(svc hayon.Service, s *world, id hayon.PostID) error {
			_, err := svc.FindRequest(s.otherCtx(), id)
			return err
		},
		"revisions": func(svc hayon.Service, s *world, id hayon.PostID) error {
			_, err := svc.FindRevisions(s.otherCtx(), id)
			return err
		},
		"revise": func(svc hayon.Service, s *world, id hayon.PostID) error {
			_, err := svc.RevisePost(s.otherCtx(), id, hayon.PostRevise{Create: later("theirs")})
			return err
		},
		"reschedule": func(svc hayon.Service, s *world, id hayon.PostID) error {
			_, err := svc.ReschedulePost(s.otherCtx(), id, to(inHours(2)))
			return err
		},
		"undo": func(svc hayon.Service, s *world, id hayon.PostID) error {
			_, err := svc.UndoPost(s.otherCtx(), hayon.PostUndo{Post: id})
			return err
		},
	}
	before, seq := w.find(p.ID), w.lastSeq()
	for name, call := range calls {
		w.refused(name+" of another user's post", call(w.Other, w, p.ID), hayon.CodeNotFound)
		w.refused(name+" of an unknown post", call(w.Other, w, hayon.NewPostID(time.Now())), hayon.CodeNotFound)
	}
	w.untouched("another user", before, seq)
}
