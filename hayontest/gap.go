package hayontest

import (
	"strings"
	"time"

	"github.com/hayon/hayon"
)

func gapCases() []testCase {
	return []testCase{
		{"posts that are too close", tooClose},
		{"posts that may be close", notTooClose},
		{"another time that is too close", rescheduleTooClose},
		{"another account that is too close", reviseTooClose},
		{"the gap of an account", accountGap},
	}
}

// noon is a time at which nothing else goes out.
func noon(after time.Duration) hayon.Schedule {
	return hayon.Schedule{At: time.Date(2031, 6, 1, 12, 0, 0, 0, time.UTC).Add(after)}
}

// atNoon stores a post to an account for so long after noon, and answers it as CreatePost did.
func (w *world) atNoon(account, text string, after time.Duration) *hayon.Post {
	w.Helper()
	return w.create(hayon.PostCreate{Text: text, To: []string{account}, Schedule: noon(after)})
}

// wantWarning checks that a post that was answered tells of one other, or of none.
func (w *world) wantWarning(what string, p *hayon.Post, want int, names ...string) {
	w.Helper()
	if len(p.Warnings) != want {
		w.Errorf("%s: warnings %q, want %d", what, p.Warnings, want)
	}
	for _, name := range names {
		if !strings.Contains(strings.Join(p.Warnings, "\n"), ending(name)) {
			w.Errorf("%s: warnings %q do not name %s", what, p.Warnings, name)
		}
	}
}

func tooClose(w *world) {
	w.signIn("a")
	first := w.atNoon("demo/a", "first", 0)
	w.wantWarning("the first", first, 0)
	second := w.atNoon("demo/a", "second", 4*time.Minute)
	w.wantWarning("4 minutes later", second, 1, "demo/a", first.ID.String())
	w.wantState(w.find(second.ID), hayon.StateScheduled) // told of, and stored all the same
	if p := w.find(second.ID); len(p.Warnings) > 0 {
		w.Errorf("who looks later is warned of %q", p.Warnings)
	}
	w.wantWarning("4 minutes earlier", w.atNoon("demo/a", "third", -4*time.Minute), 1, "demo/a")
	w.wantWarning("at the same time", w.atNoon("demo/a", "fourth", 0), 1, "demo/a")
}

func reviseTooClose(w *world) {
	w.signIn("a")
	first := w.atNoon("demo/a", "first", 0)
	p := w.atNoon("site", "second", 4*time.Minute)
	got, err := w.tryRevise(p.ID, func(c *hayon.PostCreate) { c.To = append(c.To, "demo/a") })
	if err != nil {
		w.Fatal(err)
	}
	w.wantWarning("another account", got, 1, "demo/a", first.ID.String())
	if got, err = w.tryRevise(p.ID, reword("third")); err != nil {
		w.Fatal(err)
	}
	w.wantWarning("another text", got, 0)
}

func notTooClose(w *world) {
	w.signIn("a")
	w.signIn("b")
	w.atNoon("demo/a", "first", 0)
	w.wantWarning("on another account", w.atNoon("demo/b", "other", time.Minute), 0)
	w.wantWarning("5 minutes later", w.atNoon("demo/a", "second", hayon.DefaultGap), 0)
	w.wantWarning("a draft", w.create(hayon.PostCreate{Text: "draft", To: []string{"demo/a"}, Draft: true}), 0)
	gone := w.atNoon("demo/a", "gone", time.Hour)
	w.cancelAs(gone.ID, "")
	w.wantWarning("beside what is cancelled", w.atNoon("demo/a", "there", time.Hour), 0)
	theirs, err := w.Other.CreatePost(w.otherCtx(), hayon.PostCreate{Text: "theirs", To: []string{"site"}, Schedule: noon(0)})
	if err != nil {
		w.Fatal(err)
	}
	w.wantWarning("another user's", theirs, 0)
	w.wantWarning("beside another user's", w.atNoon("site", "mine", time.Minute), 0)
}

func rescheduleTooClose(w *world) {
	w.signIn("a")
	first := w.atNoon("demo/a", "first", 0)
	p := w.atNoon("demo/a", "second", time.Hour)
	got, err := w.Service.ReschedulePost(w.ctx(), p.ID, hayon.PostReschedule{Schedule: noon(2 * time.Minute)})
	if err != nil {
		w.Fatal(err)
	}
	w.wantWarning("moved near another", got, 1, "demo/a", first.ID.String())
	if got, err = w.Service.ReschedulePost(w.ctx(), p.ID, hayon.PostReschedule{By: &hayon.Shift{Elapsed: time.Minute}}); err != nil {
		w.Fatal(err)
	}
	w.wantWarning("moved on, and still near", got, 1, "demo/a")
	if got, err = w.Service.ReschedulePost(w.ctx(), p.ID, hayon.PostReschedule{Schedule: noon(3 * time.Hour)}); err != nil {
		w.Fatal(err)
	}
	w.wantWarning("moved away", got, 0)
}

func accountGap(w *world) {
	a := w.signIn("a")
	gap := func(d time.Duration) *hayon.Account {
		w.Helper()
		got, err := w.Service.UpdateAccount(w.ctx(), a.ID, hayon.AccountUpdate{Gap: &d})
		if err != nil {
			w.Fatalf("a gap of %s: %v", d, err)
		}
		return got
	}
	w.atNoon("demo/a", "first", 0)
	if got := gap(15 * time.Minute); got.Gap == nil || *got.Gap != 15*time.Minute || got.Grace != nil || w.told(a.ID, "time between") != 1 {
		w.Errorf("the account is %+v, told %d times; want a gap of 15 minutes alone", got, w.told(a.ID, "time between"))
	}
	gap(15 * time.Minute) // which it is already
	if n := w.told(a.ID, "time between"); n != 1 {
		w.Errorf("what changes nothing is told %d times", n)
	}
	w.wantWarning("10 minutes later, with a gap of 15", w.atNoon("demo/a", "second", 10*time.Minute), 1, "demo/a")
	if got := gap(0); got.Gap == nil || *got.Gap != 0 {
		w.Errorf("the account is %+v, want no gap", got)
	}
	w.wantWarning("with no gap", w.atNoon("demo/a", "third", time.Minute), 0)
	if again := w.signIn("a"); again.Gap == nil || *again.Gap != 0 {
		w.Errorf("after another sign-in the account is %+v, want no gap still", again)
	}
	if got := gap(-1); got.Gap != nil || got.MinGap() != hayon.DefaultGap {
		w.Errorf("the account is %+v, want the default again", got)
	}
	w.wantWarning("with the default again", w.atNoon("demo/a", "fourth", 2*time.Minute), 1, "demo/a")
	long := hayon.MaxGap + time.Second
	_, err := w.Service.UpdateAccount(w.ctx(), a.ID, hayon.AccountUpdate{Gap: &long})
	w.refused("a gap that is too long", err, hayon.CodeUsage)
	most := hayon.MaxGap
	if _, err := w.Service.UpdateAccount(w.ctx(), a.ID, hayon.AccountUpdate{Gap: &most}); err != nil {
		w.Errorf("the longest gap: %v", err)
	}
}

// ending is what a person sees of an id; every other name is whole.
func ending(name string) string {
	if _, err := hayon.ParsePostID(name); err != nil {
		return name
	}
	const shortest = 4
	return name[len(name)-shortest:]
}
