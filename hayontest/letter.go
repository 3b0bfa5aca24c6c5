package hayontest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

func letterCases() []testCase {
	return []testCase{
		{"letters of targets", lettersOfTargets},
		{"letters of messages", lettersOfMessages},
		{"look a letter up", lookUpLetters},
		{"replay what failed or is parked", replayTargets},
		{"replay what would be refused again", replayInvalid},
		{"replay a message", replayMessages},
		{"replay a message that has nothing to send", replayNothing},
		{"discard what failed or is parked", discardTargets},
		{"discard a message", discardMessages},
		{"changes of letters that are refused", refusedLetterChanges},
		{"the letters of another user", letterStranger},
		{"the status of the broker", brokerStatus},
	}
}

// Filer is [Fixture.File] for a store.
func Filer(store hayon.Store) func(ctx context.Context, l *hayon.Letter) error {
	return func(ctx context.Context, l *hayon.Letter) error {
		return store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
			_, err := hayon.FileLetter(ctx, tx, l, l.At)
			return err
		})
	}
}

// file files the letter of a message and answers it.
func (w *world) file(cause hayon.LetterCause, body string) *hayon.Letter {
	w.Helper()
	l := hayon.NewLetter(hayon.Message{
		Exchange: hayon.PostExchange, RoutingKey: "post.create.strict", ID: "by-hand", At: time.Now(), Body: []byte(body),
	}, cause, "it was put aside by a test", time.Now())
	if err := w.File(w.Context(), l); err != nil {
		w.Fatalf("file a letter: %v", err)
	}
	return l
}

// about files the letter of a hint for a target.
func (w *world) about(t *hayon.Target) *hayon.Letter {
	w.Helper()
	return w.file(hayon.CauseDeliveryLimit, string(hayon.Encode(hayon.HintFor(t, time.Now()).Hint)))
}

// letters lists letters or ends the test.
func (w *world) letters(f hayon.LetterFilter) []*hayon.Letter {
	w.Helper()
	list, err := w.Service.FindLetters(w.ctx(), f)
	if err != nil {
		w.Fatalf("FindLetters(%+v): %v", f, err)
	}
	return list
}

func refs(list []*hayon.Letter) []string {
	out := make([]string, len(list))
	for i, l := range list {
		out[i] = l.Ref()
	}
	return out
}

// wantLetters checks which letters there are, newest first.
func (w *world) wantLetters(f hayon.LetterFilter, want ...string) {
	w.Helper()
	if got := refs(w.letters(f)); !slices.Equal(got, want) {
		w.Errorf("letters %+v: %v, want %v", f, got, want)
	}
}

const (
	dead   = hayon.LetterDead
	parked = hayon.LetterParked
)

func lettersOfTargets(w *world) {
	w.wantLetters(hayon.LetterFilter{})
	failed := w.in(hayon.StateFailed, "refused").Targets[0]
	held := w.in(hayon.StateParked, "gave up").Targets[0]
	w.in(hayon.StateMissed, "late")
	w.in(hayon.StateUncertain, "lost")
	w.create(later("waits"))
	w.wantLetters(hayon.LetterFilter{}, held.ID.String(), failed.ID.String())
	w.wantLetters(hayon.LetterFilter{Limit: 1}, held.ID.String())
	w.wantLetters(hayon.LetterFilter{Kind: dead}, failed.ID.String())
	w.wantLetters(hayon.LetterFilter{Kind: parked}, held.ID.String())
	for kind, t := range map[hayon.LetterKind]*hayon.Target{dead: failed, parked: held} {
		cause := map[hayon.LetterKind]hayon.LetterCause{dead: hayon.CauseFailed, parked: hayon.CauseRetries}[kind]
		l := w.letters(hayon.LetterFilter{Kind: kind})[0]
		if l.Kind != kind || l.Cause != cause || !l.At.Equal(t.StateSince) || l.Reason != t.Error.Message || l.Hint != t.Error.Hint ||
			l.Message != nil || l.Ended != nil || !l.ID.IsZero() {
			w.Errorf("%s: %+v", kind, l)
		}
		if l.Target != t.ID || l.Post != t.Post || l.Account != "strict" || l.Platform != "strict" || l.State != t.State || l.Attempts != t.Attempts {
			w.Errorf("%s: %+v, want what its target is", kind, l)
		}
	}
}

func lettersOfMessages(w *world) {
	nothing := w.file(hayon.CauseUndecodable, "look")
	t := w.in(hayon.StateQueued, "waits").Targets[0]
	hint := w.about(t)
	w.wantLetters(hayon.LetterFilter{}, hint.ID.String(), nothing.ID.String())
	w.wantLetters(hayon.LetterFilter{Kind: dead, Limit: 1}, hint.ID.String())
	w.wantLetters(hayon.LetterFilter{Kind: parked})
	list := w.letters(hayon.LetterFilter{})
	l := list[1]
	if l.Cause != hayon.CauseUndecodable || l.Reason != "it was put aside by a test" || l.Message == nil || string(l.Message.Body) != "look" ||
		l.Message.RoutingKey != "post.create.strict" || !l.Target.IsZero() || !l.Post.IsZero() {
		w.Errorf("%+v, message %+v", l, l.Message)
	}
	if !strings.Contains(l.Hint, "discard "+l.ID.String()) || strings.Contains(l.Hint, "replay") {
		w.Errorf("hint %q, want the command that ends it", l.Hint)
	}
	if l := list[0]; l.Target != t.ID || l.Post != t.Post || l.State != hayon.StateQueued || l.Account != "strict" ||
		!strings.Contains(l.Hint, "replay "+l.ID.String()) {
		w.Errorf("%+v, want how its target is", l)
	}
}

func lookUpLetters(w *world) {
	look := func(kind hayon.LetterKind, ref string) *hayon.Letter {
		w.Helper()
		l, err := w.Service.LookupLetter(w.ctx(), kind, ref)
		if err != nil {
			w.Fatalf("LookupLetter(%q, %q): %v", kind, ref, err)
		}
		return l
	}
	failed := w.in(hayon.StateFailed, "refused").Targets[0]
	about := w.about(failed)
	message := w.file(hayon.CauseUndecodable, "look")
	for ref, want := range map[string]string{
		"last": message.Ref(), "LAST": message.Ref(), message.Ref(): message.Ref(), message.ID.Short(6): message.Ref(),
		failed.ID.String(): failed.ID.String(), failed.ID.Short(8): failed.ID.String(), strings.ToUpper(failed.ID.Digits()[12:]): failed.ID.String(),
		about.ID.String(): about.Ref(),
	} {
		if got := look("", ref); got.Ref() != want {
			w.Errorf("%q: %s, want %s", ref, got.Ref(), want)
		}
	}
	if got := look(dead, failed.ID.String()); got.Post != failed.Post || got.Reason != failed.Error.Message {
		w.Errorf("%+v, want the target with its reason", got)
	}
	held := w.in(hayon.StateParked, "gave up").Targets[0]
	if got := look(parked, held.Post.String()); got.Target != held.ID {
		w.Errorf("by its post: %s, want %s", got.Ref(), held.ID)
	}
	_, err := w.Service.LookupLetter(w.ctx(), "", failed.Post.String())
	if e := w.refusal("a post with two letters", err, hayon.CodeNotFound); e.Details["letters"] == nil || !strings.Contains(e.Message, about.Ref()) {
		w.Errorf("%v, details %v; want both named", e, e.Details)
	}
	queued := w.in(hayon.StateQueued, "waits").Targets[0]
	for _, tc := range []struct {
		kind hayon.LetterKind
		ref  string
	}{
		{parked, failed.ID.String()},
		{parked, message.Ref()},
		{dead, held.ID.String()},
		{"", queued.ID.String()},
		{"", queued.Post.String()},
		{"", hayon.NewLetterID(time.Now()).String()},
		{"", "zz"},
		{"", ""},
		{"", "what's this"},
	} {
		_, err := w.Service.LookupLetter(w.ctx(), tc.kind, tc.ref)
		w.refused("look up "+tc.ref, err, hayon.CodeNotFound)
	}
	if _, err := w.Service.DiscardLetter(w.ctx(), message.Ref(), hayon.LetterRequest{Reason: "noise"}); err != nil {
		w.Fatal(err)
	}
	_, err = w.Service.LookupLetter(w.ctx(), "", message.ID.Short(6))
	w.refused("one that has ended, by the end of its id", err, hayon.CodeNotFound)
	if got := look("", message.Ref()); got.Ended == nil || got.Ended.Reason != "noise" {
		w.Errorf("%+v, want how it ended", got)
	}
}

func replayTargets(w *world) {
	for _, state := range []hayon.State{hayon.StateFailed, hayon.StateParked} {
		p := w.in(state, "is "+string(state))
		before := p.Targets[0]
		ref := before.ID.String()
		dry, err := w.Service.ReplayLetter(w.ctx(), ref, hayon.LetterRequest{DryRun: true})
		if err != nil || dry.State != hayon.StateQueued {
			w.Errorf("dry run: %+v, %v; want it queued", dry, err)
		}
		w.wantState(w.find(p.ID), state)
		l, err := w.Service.ReplayLetter(w.ctx(), ref, hayon.LetterRequest{Reason: "the cause is gone"})
		if err != nil {
			w.Fatalf("replay %s: %v", state, err)
		}
		if l.Ended == nil || l.Ended.How != hayon.LetterReplayed || l.Ended.Reason != "the cause is gone" || l.State != hayon.StateQueued {
			w.Errorf("%+v, want it replayed and queued", l)
		}
		t := w.find(p.ID).Targets[0]
		if t.State != hayon.StateQueued || t.Generation <= before.Generation || t.Error != nil || t.Attempts != 0 {
			w.Errorf("%+v, want it queued in a new generation", t)
		}
		events, err := w.Service.FindEvents(w.ctx(), hayon.EventFilter{Post: p.ID})
		if err != nil || len(events) == 0 || events[len(events)-1].To != hayon.StateQueued || events[len(events)-1].Reason != "the cause is gone" {
			w.Errorf("events %+v (%v), want the last to tell of it", events, err)
		}
		w.wantLetters(hayon.LetterFilter{})
		_, err = w.Service.ReplayLetter(w.ctx(), ref, hayon.LetterRequest{})
		if e := w.refusal("replay twice", err, hayon.CodeConflict); e.Details["state"] != string(hayon.StateQueued) {
			w.Errorf("details %v, want the state", e.Details)
		}
		if again := w.find(p.ID).Targets[0]; again.Generation != t.Generation {
			w.Errorf("generation %d, want %d as before", again.Generation, t.Generation)
		}
		w.move(p.ID, hayon.StatePublished)
	}
}

func replayInvalid(w *world) {
	p := w.create(hayon.PostCreate{Text: strings.Repeat("long ", StrictMax), To: []string{"strict", "site"}, BestEffort: true})
	i := slices.IndexFunc(p.Targets, func(t *hayon.Target) bool { return t.State == hayon.StateFailed })
	if i < 0 {
		w.Fatalf("no target failed: %+v", p.Targets)
	}
	ref := p.Targets[i].ID.String()
	w.wantLetters(hayon.LetterFilter{}, ref)
	_, err := w.Service.ReplayLetter(w.ctx(), ref, hayon.LetterRequest{})
	w.refused("a text that is too long", err, hayon.CodeConflict)
	w.wantLetters(hayon.LetterFilter{}, ref)
}

func replayMessages(w *world) {
	for _, state := range []hayon.State{hayon.StateQueued, hayon.StateRetryWait, hayon.StateFailed, hayon.StateParked} {
		p := w.in(state, "is "+string(state))
		l := w.about(p.Targets[0])
		before := p.Targets[0]
		if dry, err := w.Service.ReplayLetter(w.ctx(), l.Ref(), hayon.LetterRequest{DryRun: true}); err != nil || dry.Ended == nil {
			w.Errorf("%s, dry run: %+v, %v", state, dry, err)
		}
		if t := w.find(p.ID).Targets[0]; t.Generation != before.Generation || t.State != state {
			w.Errorf("%s: the dry run changed it: %+v", state, t)
		}
		got, err := w.Service.ReplayLetter(w.ctx(), l.Ref(), hayon.LetterRequest{Reason: "mended"})
		if err != nil {
			w.Errorf("replay while %s: %v", state, err)
			continue
		}
		t := w.find(p.ID).Targets[0]
		if !t.State.Working() || t.Generation != before.Generation+1 || t.Wake().After(time.Now().Add(time.Minute)) {
			w.Errorf("%s: %+v, want it on its way in the next generation", state, t)
		}
		if got.Ended == nil || got.Ended.How != hayon.LetterReplayed || got.Cleared || got.State != t.State || got.Hint != "" {
			w.Errorf("%s: %+v, want it replayed", state, got)
		}
		w.wantLast(hayon.LetterReplayed, "mended")
		_, err = w.Service.ReplayLetter(w.ctx(), l.Ref(), hayon.LetterRequest{})
		if e := w.refusal("replay twice", err, hayon.CodeConflict); e.Details["how"] != string(hayon.LetterReplayed) {
			w.Errorf("details %v, want how it ended", e.Details)
		}
		if again := w.find(p.ID).Targets[0]; again.Generation != t.Generation {
			w.Errorf("%s: generation %d, want %d as before", state, again.Generation, t.Generation)
		}
		w.move(p.ID, hayon.StatePublished)
	}
	if all := w.letters(hayon.LetterFilter{All: true}); len(all) != 4 {
		w.Errorf("%d letters altogether, want 4", len(all))
	}
	w.wantLetters(hayon.LetterFilter{})
}

// wantLast checks the last event of a letter.
func (w *world) wantLast(how hayon.LetterEffect, reason string) {
	w.Helper()
	events, err := w.Service.FindEvents(w.ctx(), hayon.EventFilter{Kinds: []hayon.EventKind{hayon.EventLetter}})
	if err != nil || len(events) == 0 {
		w.Fatalf("no events of letters (%v)", err)
	}
	if e := events[len(events)-1]; e.Letter == nil || e.Letter.Effect != how || e.Reason != reason {
		w.Errorf("last event %+v (%+v), want %s because %q", e, e.Letter, how, reason)
	}
}

func replayNothing(w *world) {
	for state, hint := range map[hayon.State]string{
		hayon.StateScheduled: "discard", hayon.StateDraft: "hayon publish", hayon.StatePublished: "discard", hayon.StateCancelled: "discard",
		hayon.StateMissed: "hayon retry", hayon.StateUncertain: "hayon resolve", hayon.StatePublishing: "hayon wait",
	} {
		var p *hayon.Post
		switch state {
		case hayon.StateScheduled:
			p = w.create(hayon.PostCreate{Text: "waits", To: []string{"strict"}, Schedule: hayon.Schedule{At: time.Now().Add(time.Hour)}})
		case hayon.StateDraft:
			p = w.create(hayon.PostCreate{Text: "not yet", To: []string{"strict"}, Draft: true})
		default:
			p = w.in(state, "is "+string(state))
		}
		l := w.about(p.Targets[0])
		_, err := w.Service.ReplayLetter(w.ctx(), l.Ref(), hayon.LetterRequest{})
		e := w.refusal("replay while "+string(state), err, hayon.CodeConflict)
		if e.Details["state"] != string(state) || !strings.Contains(e.Hint, hint) {
			w.Errorf("%s: hint %q, details %v; want %q", state, e.Hint, e.Details, hint)
		}
		if after := w.find(p.ID).Targets[0]; after.State != state || after.Generation != p.Targets[0].Generation {
			w.Errorf("%s: changed to %+v", state, after)
		}
		if got, err := w.Service.LookupLetter(w.ctx(), "", l.Ref()); err != nil || got.Ended != nil {
			w.Errorf("%s: %+v, %v; want it open", state, got, err)
		}
	}
	for what, l := range map[string]*hayon.Letter{
		"no target":          w.file(hayon.CauseUndecodable, "look"),
		"a target not there": w.about(&hayon.Target{ID: hayon.NewTargetID(time.Now()), Platform: "strict", Generation: 1}),
	} {
		_, err := w.Service.ReplayLetter(w.ctx(), l.Ref(), hayon.LetterRequest{})
		if e := w.refusal("replay with "+what, err, hayon.CodeConflict); !strings.Contains(e.Hint, "discard "+l.Ref()) {
			w.Errorf("%s: hint %q, want the command that ends it", what, e.Hint)
		}
	}
}

func discardTargets(w *world) {
	for _, state := range []hayon.State{hayon.StateFailed, hayon.StateParked} {
		p := w.in(state, "is "+string(state))
		ref := p.Targets[0].ID.String()
		if dry, err := w.Service.DiscardLetter(w.ctx(), ref, hayon.LetterRequest{Reason: "old", DryRun: true}); err != nil || dry.State != hayon.StateCancelled {
			w.Errorf("dry run: %+v, %v; want it cancelled", dry, err)
		}
		w.wantState(w.find(p.ID), state)
		l, err := w.Service.DiscardLetter(w.ctx(), ref, hayon.LetterRequest{Reason: "old news"})
		if err != nil || l.Ended == nil || l.Ended.How != hayon.LetterDiscarded || l.Ended.Reason != "old news" || l.State != hayon.StateCancelled {
			w.Fatalf("discard %s: %+v, %v", state, l, err)
		}
		w.wantState(w.find(p.ID), hayon.StateCancelled)
		events, err := w.Service.FindEvents(w.ctx(), hayon.EventFilter{Post: p.ID})
		if err != nil || len(events) == 0 || events[len(events)-1].Reason != "discarded: old news" {
			w.Errorf("events %+v (%v), want the last to say why", events, err)
		}
		_, err = w.Service.DiscardLetter(w.ctx(), ref, hayon.LetterRequest{Reason: "once more"})
		w.refused("discard twice", err, hayon.CodeConflict)
	}
	w.wantLetters(hayon.LetterFilter{All: true})
}

func discardMessages(w *world) {
	t := w.in(hayon.StateQueued, "waits").Targets[0]
	for _, body := range []string{"look", string(hayon.Encode(hayon.HintFor(t, time.Now()).Hint))} {
		l := w.file(hayon.CauseDeliveryLimit, body)
		if dry, err := w.Service.DiscardLetter(w.ctx(), l.Ref(), hayon.LetterRequest{Reason: "noise", DryRun: true}); err != nil || dry.Ended == nil {
			w.Errorf("dry run: %+v, %v", dry, err)
		}
		w.wantLetters(hayon.LetterFilter{}, l.Ref())
		got, err := w.Service.DiscardLetter(w.ctx(), l.Ref(), hayon.LetterRequest{Reason: " noise "})
		if err != nil || got.Ended == nil || got.Ended.How != hayon.LetterDiscarded || got.Ended.Reason != "noise" {
			w.Errorf("%+v, %v; want it discarded", got, err)
		}
		w.wantLast(hayon.LetterDiscarded, "noise")
		w.wantLetters(hayon.LetterFilter{})
		_, err = w.Service.DiscardLetter(w.ctx(), l.Ref(), hayon.LetterRequest{Reason: "once more"})
		w.refused("discard twice", err, hayon.CodeConflict)
		_, err = w.Service.ReplayLetter(w.ctx(), l.Ref(), hayon.LetterRequest{})
		w.refused("replay what was discarded", err, hayon.CodeConflict)
	}
	if after := w.find(t.Post).Targets[0]; after.State != hayon.StateQueued || after.Generation != t.Generation {
		w.Errorf("its target changed: %+v", after)
	}
}

func refusedLetterChanges(w *world) {
	failed := w.in(hayon.StateFailed, "refused").Targets[0]
	message := w.file(hayon.CauseUndecodable, "look")
	for _, ref := range []string{failed.ID.String(), message.Ref()} {
		for _, reason := range []string{"", " \t"} {
			_, err := w.Service.DiscardLetter(w.ctx(), ref, hayon.LetterRequest{Reason: reason})
			if e := w.refusal("discard without a reason", err, hayon.CodeUsage); !strings.Contains(e.Hint, "--reason") {
				w.Errorf("hint %q, want the flag", e.Hint)
			}
		}
	}
	for ref, code := range map[string]hayon.Code{
		"last": hayon.CodeUsage, "": hayon.CodeUsage, failed.Post.String(): hayon.CodeUsage, failed.ID.Short(6): hayon.CodeUsage,
		hayon.NewLetterID(time.Now()).String(): hayon.CodeNotFound, hayon.NewTargetID(time.Now()).String(): hayon.CodeNotFound,
	} {
		_, err := w.Service.ReplayLetter(w.ctx(), ref, hayon.LetterRequest{})
		w.refused("replay "+ref, err, code)
		_, err = w.Service.DiscardLetter(w.ctx(), ref, hayon.LetterRequest{Reason: "x"})
		w.refused("discard "+ref, err, code)
	}
	w.wantLetters(hayon.LetterFilter{}, message.Ref(), failed.ID.String())
}

// Messages are everybody's who looks after the broker; targets, and how they are, their owner's alone.
func letterStranger(w *world) {
	failed := w.in(hayon.StateFailed, "refused").Targets[0]
	message := w.about(w.in(hayon.StateQueued, "waits").Targets[0])
	ctx := w.otherCtx()
	list, err := w.Other.FindLetters(ctx, hayon.LetterFilter{})
	if err != nil || len(list) != 1 || list[0].ID != message.ID {
		w.Fatalf("another user lists %v (%v), want the message", refs(list), err)
	}
	if l := list[0]; !l.Post.IsZero() || l.Account != "" || l.State != "" || l.Platform != "" {
		w.Errorf("another user sees how the target is: %+v", l)
	}
	_, err = w.Other.LookupLetter(ctx, "", failed.ID.String())
	w.refused("look up", err, hayon.CodeNotFound)
	_, err = w.Other.ReplayLetter(ctx, failed.ID.String(), hayon.LetterRequest{})
	w.refused("replay", err, hayon.CodeNotFound)
	_, err = w.Other.DiscardLetter(ctx, failed.ID.String(), hayon.LetterRequest{Reason: "x"})
	w.refused("discard", err, hayon.CodeNotFound)
	_, err = w.Other.ReplayLetter(ctx, message.Ref(), hayon.LetterRequest{})
	w.refused("replay a message", err, hayon.CodeConflict)
	w.wantLetters(hayon.LetterFilter{}, message.Ref(), failed.ID.String())
	for what, err := range w.nobodysLetters(failed) {
		w.refused(what, err, hayon.CodeUnauthenticated)
	}
}

// nobodysLetters asks without a user.
func (w *world) nobodysLetters(t *hayon.Target) map[string]error {
	ctx, ref, out := w.Context(), t.ID.String(), make(map[string]error)
	_, out["list"] = w.Service.FindLetters(ctx, hayon.LetterFilter{})
	_, out["look up"] = w.Service.LookupLetter(ctx, "", "last")
	_, out["replay"] = w.Service.ReplayLetter(ctx, ref, hayon.LetterRequest{})
	_, out["discard"] = w.Service.DiscardLetter(ctx, ref, hayon.LetterRequest{Reason: "x"})
	return out
}

func brokerStatus(w *world) {
	status := func() *hayon.BrokerStatus {
		w.Helper()
		st, err := w.Service.BrokerStatus(w.ctx())
		if err != nil {
			w.Fatal(err)
		}
		return st
	}
	if st := status(); st.Dead != (hayon.LetterStatus{}) || st.Parked != (hayon.LetterStatus{}) || st.Broker != nil || len(st.Queues) > 0 || st.Outbox != 0 {
		w.Errorf("%+v, want nothing", st)
	}
	failed := w.in(hayon.StateFailed, "refused").Targets[0]
	held := w.in(hayon.StateParked, "gave up").Targets[0]
	message := w.file(hayon.CauseUndecodable, "look")
	st := status()
	if st.Dead.Open != 2 || st.Parked.Open != 1 || st.Dead.Full || st.Outbox != 2 {
		w.Errorf("%+v, want two dead letters, one parked, and the hints of two posts", st)
	}
	near := func(a, b time.Time) bool { return a.Sub(b).Abs() < time.Millisecond }
	if !near(st.Dead.Oldest, failed.StateSince) || !near(st.Parked.Oldest, held.StateSince) {
		w.Errorf("oldest %s and %s, want %s and %s", st.Dead.Oldest, st.Parked.Oldest, failed.StateSince, held.StateSince)
	}
	for _, ref := range []string{failed.ID.String(), held.ID.String(), message.Ref()} {
		if _, err := w.Service.DiscardLetter(w.ctx(), ref, hayon.LetterRequest{Reason: "done"}); err != nil {
			w.Fatal(err)
		}
	}
	if st := status(); st.Dead != (hayon.LetterStatus{}) || st.Parked != (hayon.LetterStatus{}) {
		w.Errorf("%+v, want none open", st)
	}
}
