package hayontest

import (
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func threadCases() []testCase {
	return []testCase{
		{"create a thread", createThread},
		{"thread where a platform takes none", threadWithoutThreads},
		{"problems of a thread name the part", threadProblems},
		{"threads are told apart", threadsApart},
	}
}

func createThread(w *world) {
	w.signIn("a")
	m := w.upload(2, 2, "a.png")
	c := hayon.PostCreate{
		Text: "one", Parts: []string{"two\r\n", "three"}, Texts: map[string]string{"demo/a": "one, for demo"},
		To: []string{"strict", "demo/a"}, Langs: []string{"en"}, Media: []hayon.MediaInput{{Media: m.ID, Alt: "a square"}},
	}
	for _, t := range w.find(w.create(c).ID).Targets {
		want := []string{"one", "two", "three"}
		if t.Platform == "demo" {
			want[0] = "one, for demo"
		}
		var got []string
		for i, p := range t.Parts {
			got = append(got, p.Text)
			if diff := cmp.Diff(c.Langs, p.Langs); diff != "" {
				w.Errorf("languages of part %d (-want +got):\n%s", i+1, diff)
			}
			if media := len(p.Media); (media == 1) != (i == 0) {
				w.Errorf("part %d on %s has %d pictures; they go with the first", i+1, t.Platform, media)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			w.Errorf("parts on %s (-want +got):\n%s", t.Platform, diff)
		}
	}
}

func threadWithoutThreads(w *world) {
	c := hayon.PostCreate{Text: "one", Parts: []string{"two"}, To: []string{"strict", "site"}}
	for _, c.DryRun = range []bool{true, false} {
		_, err := w.Service.CreatePost(w.ctx(), c)
		e := w.refusal("a thread for site", err, hayon.CodeInvalid)
		if !strings.Contains(e.Message, "site") || strings.Contains(e.Message, "strict") || !strings.Contains(e.Hint, "--not site") {
			w.Errorf("%q, hint %q; want site alone named, and how to leave it out", e.Message, e.Hint)
		}
	}
	w.wantNothing()
	c.Not = []string{"site"}
	w.create(c)
}

func threadProblems(w *world) {
	long := strings.Repeat("é", StrictMax+1)
	for _, tt := range []struct {
		name  string
		text  string
		parts []string
		want  string
	}{
		{"too long a last part", "one", []string{"two", long}, "strict: part 3: the text has 21 of 20"},
		{"too long a first part", long, []string{"two"}, "strict: part 1: the text has 21 of 20"},
		{"an empty part", "one", []string{"  ", "three"}, "strict: part 2: the text is empty"},
		{"an empty first part", "", []string{"two"}, "strict: part 1: the text is empty"},
	} {
		_, err := w.Service.CreatePost(w.ctx(), hayon.PostCreate{Text: tt.text, Parts: tt.parts, To: []string{"strict"}})
		e := w.refusal(tt.name, err, hayon.CodeInvalid)
		if !strings.Contains(e.Message, tt.want) || e.Hint == "" {
			w.Errorf("%s: %q, hint %q; want %q and a hint", tt.name, e.Message, e.Hint, tt.want)
		}
	}
	w.wantNothing()
}

// A thread is another post than its first part, for keys and for what was posted before.
func threadsApart(w *world) {
	c := hayon.PostCreate{Text: "one", Parts: []string{"two"}, To: []string{"strict"}, IdempotencyKey: "k"}
	first := w.create(c)
	if again := w.create(c); again.ID != first.ID {
		w.Errorf("the same thread under its key made %s and %s", first.ID, again.ID)
	}
	other := c
	other.Parts = []string{"three"}
	_, err := w.Service.CreatePost(w.ctx(), other)
	w.refused("another thread under the key", err, hayon.CodeConflict)
	other.IdempotencyKey = ""
	w.create(other) // another second part is another post
	other.Parts = nil
	w.create(other)
	other.Parts = []string{"three"}
	_, err = w.Service.CreatePost(w.ctx(), other)
	if e := w.refusal("the same thread twice", err, hayon.CodeConflict); !strings.Contains(e.Hint, "--allow-duplicate") {
		w.Errorf("hint %q does not tell the way out", e.Hint)
	}
}

func lateCases() []testCase {
	return []testCase{
		{"late policy and grace window", latePolicy},
		{"late policies that are refused", refusedLate},
		{"change an account", updateAccount},
	}
}

// wantLate checks what happens to the first target when it is late.
func (w *world) wantLate(what string, p *hayon.Post, ifLate hayon.LatePolicy, grace time.Duration) {
	w.Helper()
	t := w.find(p.ID).Targets[0]
	if t.IfLate != ifLate || t.Grace != grace {
		w.Errorf("%s: %s after %s, want %s after %s", what, t.IfLate, t.Grace, ifLate, grace)
	}
}

func latePolicy(w *world) {
	a := w.signIn("a")
	ifLate, grace := hayon.LateSkip, 10*time.Minute
	if _, err := w.Service.UpdateAccount(w.ctx(), a.ID, hayon.AccountUpdate{IfLate: &ifLate, Grace: &grace}); err != nil {
		w.Fatal(err)
	}
	c := later("by default")
	w.wantLate("the service's default", w.create(c), hayon.LateAsk, hayon.DefaultGrace)
	c.To = []string{"demo/a"}
	w.wantLate("the account's default", w.create(c), hayon.LateSkip, 10*time.Minute)
	none := time.Duration(0)
	c.IfLate, c.Grace = hayon.LatePublish, &none
	w.wantLate("the request", w.create(c), hayon.LatePublish, 0)
	c.Schedule, c.Draft = hayon.Schedule{}, true
	w.wantLate("a draft", w.create(c), hayon.LatePublish, 0)
}

func refusedLate(w *world) {
	a := w.signIn("a")
	for what, d := range map[string]time.Duration{"below zero": -time.Second, "too long": hayon.MaxGrace + time.Second} {
		c := later("never")
		c.Grace = &d
		_, err := w.Service.CreatePost(w.ctx(), c)
		w.refused("a grace window "+what, err, hayon.CodeUsage)
	}
	c := later("never")
	c.IfLate = "perhaps"
	_, err := w.Service.CreatePost(w.ctx(), c)
	if e := w.refusal("an unknown policy", err, hayon.CodeUsage); !strings.Contains(e.Hint, "skip") {
		w.Errorf("hint %q does not tell the policies", e.Hint)
	}
	w.wantNothing()
	long := hayon.MaxGrace + 1
	_, err = w.Service.UpdateAccount(w.ctx(), a.ID, hayon.AccountUpdate{Grace: &long})
	w.refused("too long a window for an account", err, hayon.CodeUsage)
	_, err = w.Service.UpdateAccount(w.ctx(), a.ID, hayon.AccountUpdate{IfLate: &c.IfLate})
	w.refused("an unknown policy for an account", err, hayon.CodeUsage)
	_, err = w.Service.UpdateAccount(w.ctx(), hayon.NewAccountID(time.Now()), hayon.AccountUpdate{})
	w.refused("an unknown account", err, hayon.CodeNotFound)
}

func updateAccount(w *world) {
	a := w.signIn("a")
	ifLate, grace := hayon.LatePublish, 2*time.Hour
	got, err := w.Service.UpdateAccount(w.ctx(), a.ID, hayon.AccountUpdate{IfLate: &ifLate})
	if err != nil || got.ID != a.ID || got.IfLate != ifLate || got.Grace != nil {
		w.Fatalf("after a change of the policy: %+v, %v", got, err)
	}
	got, err = w.Service.UpdateAccount(w.ctx(), a.ID, hayon.AccountUpdate{Grace: &grace})
	if err != nil || got.IfLate != ifLate || got.Grace == nil || *got.Grace != grace {
		w.Fatalf("after a change of the window alone: %+v, %v", got, err)
	}
	c := later("keeps its policy")
	c.To = []string{"demo/a"}
	p := w.create(c)
	if again := w.signIn("a"); again.IfLate != ifLate || again.Grace == nil || *again.Grace != grace {
		w.Errorf("a new sign-in took the defaults away: %+v", again)
	}
	none, off := hayon.LatePolicy(""), -time.Second
	got, err = w.Service.UpdateAccount(w.ctx(), a.ID, hayon.AccountUpdate{IfLate: &none, Grace: &off})
	if err != nil || got.IfLate != "" || got.Grace != nil {
		w.Errorf("after both were taken away: %+v, %v", got, err)
	}
	w.wantLate("a target from before", p, ifLate, grace)
}
