package hayontest

import (
	"strings"
	"time"

	"github.com/hayon/hayon"
)

func resolveCases() []testCase {
	return []testCase{
		{"resolve as published", resolvePublished},
		{"resolve as not there", resolveNot},
		{"resolve a thread", resolveThread},
		{"resolve one of several accounts", resolveOne},
		{"resolve with what is another post's", resolveTaken},
		{"resolve what needs nothing", resolveNothing},
		{"resolutions that are refused", refusedResolutions},
	}
}

// in stores a post to strict and brings it into a state.
func (w *world) in(state hayon.State, text string, parts ...string) *hayon.Post {
	w.Helper()
	p := w.create(hayon.PostCreate{Text: text, Parts: parts, To: []string{"strict"}})
	w.move(p.ID, state)
	return w.find(p.ID)
}

const there = "https://example.net/there/"

func resolvePublished(w *world) {
	for _, from := range []hayon.State{hayon.StateUncertain, hayon.StateFailed, hayon.StateParked, hayon.StateMissed} {
		p := w.in(from, "was "+string(from))
		said := hayon.PostResolve{Published: there + string(from), Reason: "I looked", DryRun: true}
		if dry, err := w.Service.ResolvePost(w.ctx(), p.ID, said); err != nil || dry.State() != hayon.PostPublished {
			w.Errorf("dry run from %s: %v, %v; want it published", from, dry, err)
		}
		w.wantState(w.find(p.ID), from)
		said.DryRun = false
		if _, err := w.Service.ResolvePost(w.ctx(), p.ID, said); err != nil {
			w.Errorf("from %s: %v", from, err)
			continue
		}
		t := w.find(p.ID).Targets[0]
		if t.State != hayon.StatePublished || t.Remote().URL != said.Published || t.PublishedAt.IsZero() || t.Error != nil || t.Asks {
			w.Errorf("from %s: %+v, want it published at %s", from, t, said.Published)
		}
		w.wantSaid(p, said)
		if again, err := w.Service.ResolvePost(w.ctx(), p.ID, said); err != nil || again.State() != hayon.PostPublished {
			w.Errorf("said twice: %v, %v", again, err)
		}
	}
}

// wantSaid checks that the last event of a post tells that it is out, where, and why that is known.
func (w *world) wantSaid(p *hayon.Post, said hayon.PostResolve) {
	w.Helper()
	events, err := w.Service.FindEvents(w.ctx(), hayon.EventFilter{Post: p.ID})
	if err != nil || len(events) == 0 {
		w.Fatalf("no events of %s (%v)", p.ID, err)
	}
	e := events[len(events)-1]
	if e.Kind != hayon.EventPublished || e.URL != said.Published || e.Reason != said.Reason || e.Platform != "strict" {
		w.Errorf("last event = %+v, want %s at %s because %q", e, hayon.EventPublished, said.Published, said.Reason)
	}
}

func resolveNot(w *world) {
	p := w.in(hayon.StateUncertain, "lost")
	before := p.Targets[0]
	if _, err := w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Not: true, DryRun: true}); err != nil {
		w.Errorf("dry run: %v", err)
	}
	w.wantState(w.find(p.ID), hayon.StateUncertain)
	if _, err := w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Not: true}); err != nil {
		w.Fatal(err)
	}
	t := w.find(p.ID).Targets[0]
	if !t.State.Working() || t.Generation <= before.Generation || t.Attempts != 0 || t.Error != nil || t.Parts[0].Text != "lost" {
		w.Errorf("%+v, want it on its way in a new generation", t)
	}
	_, err := w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Not: true})
	w.refused("not there, said twice", err, hayon.CodeConflict)
	for _, state := range []hayon.State{hayon.StateFailed, hayon.StateParked, hayon.StateMissed} {
		p := w.in(state, "is "+string(state))
		_, err := w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Not: true})
		if e := w.refusal("not there, "+string(state), err, hayon.CodeConflict); !strings.Contains(e.Hint, "hayon retry "+p.ID.String()) {
			w.Errorf("%s: hint %q, want the command that sends it again", state, e.Hint)
		}
		w.wantState(w.find(p.ID), state)
	}
}

func resolveThread(w *world) {
	p := w.in(hayon.StateUncertain, "one", "two", "three")
	said := hayon.PostResolve{Published: there + "two"}
	if _, err := w.Service.ResolvePost(w.ctx(), p.ID, said); err != nil {
		w.Fatal(err)
	}
	t := w.find(p.ID).Targets[0]
	if !t.State.Working() || t.Parts[1].Remote.URL != said.Published || t.NextPart() != 2 || t.Error != nil {
		w.Errorf("%+v, want the second part out and the third on its way", t)
	}
	if _, err := w.Service.ResolvePost(w.ctx(), p.ID, said); err != nil {
		w.Errorf("said twice: %v", err)
	}
	p = w.in(hayon.StateUncertain, "uno", "due")
	if _, err := w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Published: there + "due"}); err != nil {
		w.Fatal(err)
	}
	w.wantState(w.find(p.ID), hayon.StatePublished)
	p = w.in(hayon.StateUncertain, "un", "deux", "trois")
	if _, err := w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Not: true}); err != nil {
		w.Fatal(err)
	}
	if t := w.find(p.ID).Targets[0]; !t.State.Working() || t.NextPart() != 1 {
		w.Errorf("%+v, want it on its way from the second part on", t)
	}
}

func resolveOne(w *world) {
	w.signIn("a")
	p := w.create(hayon.PostCreate{Text: "for two", To: []string{"demo/a", "strict"}})
	w.move(p.ID, hayon.StateUncertain)
	_, err := w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Not: true})
	e := w.refusal("one of two", err, hayon.CodeUsage)
	if !strings.Contains(e.Message, "demo/a") || !strings.Contains(e.Message, "strict") || !strings.Contains(e.Hint, "--account") {
		w.Errorf("%q, hint %q; want both accounts and how to say which", e.Message, e.Hint)
	}
	_, err = w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Not: true, Account: "site"})
	w.refused("an account that it does not go to", err, hayon.CodeUsage)
	if _, err = w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Published: there, Account: "strict"}); err != nil {
		w.Fatal(err)
	}
	for _, t := range w.find(p.ID).Targets {
		want := hayon.StateUncertain
		if t.Platform == "strict" {
			want = hayon.StatePublished
		}
		if t.State != want {
			w.Errorf("%s is %s, want %s", t.Platform, t.State, want)
		}
	}
	if _, err = w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Not: true}); err != nil {
		w.Errorf("only one is left, and it was not taken: %v", err)
	}
}

func resolveTaken(w *world) {
	first, second := w.in(hayon.StateUncertain, "first"), w.in(hayon.StateUncertain, "second")
	said := hayon.PostResolve{Published: there}
	if _, err := w.Service.ResolvePost(w.ctx(), first.ID, said); err != nil {
		w.Fatal(err)
	}
	_, err := w.Service.ResolvePost(w.ctx(), second.ID, said)
	if e := w.refusal("the address of another post", err, hayon.CodeConflict); e.Details["post"] != first.ID.String() {
		w.Errorf("%q, details %v; want the post %s", e.Message, e.Details, first.ID)
	}
	w.wantState(w.find(second.ID), hayon.StateUncertain)
}

func resolveNothing(w *world) {
	for _, state := range []hayon.State{hayon.StateScheduled, hayon.StateQueued, hayon.StateRetryWait, hayon.StateCancelled} {
		c := later("is " + string(state))
		p := w.create(c)
		w.move(p.ID, state)
		_, err := w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Published: there})
		e := w.refusal(string(state), err, hayon.CodeConflict)
		if !strings.Contains(e.Message, string(state)) || e.Hint == "" {
			w.Errorf("%q, hint %q; want the state named", e.Message, e.Hint)
		}
		w.wantState(w.find(p.ID), state)
	}
	p := w.in(hayon.StatePublished, "out")
	_, err := w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Published: there})
	w.refused("another address of what is out", err, hayon.CodeConflict)
	if got := w.find(p.ID).Targets[0].Remote(); got != p.Targets[0].Remote() {
		w.Errorf("it moved to %+v", got)
	}
}

func refusedResolutions(w *world) {
	p := w.in(hayon.StateUncertain, "lost")
	for what, r := range map[string]hayon.PostResolve{
		"nothing said":   {},
		"both said":      {Not: true, Published: there},
		"no address":     {Published: "it is there"},
		"a bare path":    {Published: "/posts/1"},
		"another scheme": {Published: "javascript:alert(1)"},
		"no host":        {Published: "https:///x"},
		"a password":     {Published: "https://me:secret@example.org/1"},
	} {
		_, err := w.Service.ResolvePost(w.ctx(), p.ID, r)
		if e := w.refusal(what, err, hayon.CodeUsage); e.Hint == "" {
			w.Errorf("%s: no hint", what)
		}
	}
	_, err := w.Service.ResolvePost(w.ctx(), hayon.NewPostID(time.Now()), hayon.PostResolve{Not: true})
	w.refused("an unknown post", err, hayon.CodeNotFound)
	w.wantState(w.find(p.ID), hayon.StateUncertain)
	for _, address := range []string{"at://did:plc:abc/app.bsky.feed.post/3k", "file:///home/me/site/a.md"} {
		p := w.in(hayon.StateUncertain, "at "+address[:4])
		if _, err := w.Service.ResolvePost(w.ctx(), p.ID, hayon.PostResolve{Published: address}); err != nil {
			w.Errorf("%s: %v", address, err)
		}
	}
}
