package hayontest

import (
	"maps"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func optionCases() []testCase {
	return []testCase{
		{"options for all", commonOptions},
		{"options for one account", ownOptions},
		{"an option that would make public what is for a few", wouldBePublic},
		{"options that are refused", refusedOptions},
		{"an option that counts with the text", optionCounts},
		{"options, keys and duplicates", optionsApart},
		{"note and focus", noteAndFocus},
		{"undo", undoCreate},
	}
}

// common are options for all accounts of a post.
func common(pairs ...string) map[string]map[string]string {
	return map[string]map[string]string{"": options(pairs...)}
}

func options(pairs ...string) map[string]string {
	out := make(map[string]string)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// on is the target of a post on a platform.
func (w *world) on(p *hayon.Post, platform string) *hayon.Target {
	w.Helper()
	for _, t := range p.Targets {
		if t.Platform == platform {
			return t
		}
	}
	w.Fatalf("%s has no target on %s", p.ID, platform)
	return nil
}

func commonOptions(w *world) {
	m := w.upload(2, 2, "a.png")
	c := hayon.PostCreate{
		Text: "hello", To: []string{"strict", "plain"}, Media: []hayon.MediaInput{{Media: m.ID, Alt: "a square"}},
		Options: common("visibility", "public", "cw", "news", "sensitive", "1", "mood", "calm"),
	}
	p := w.find(w.create(c).ID)
	want := options("visibility", "public", "cw", "news", "sensitive", "true", "mood", "calm")
	if t := w.on(p, "strict"); !maps.Equal(t.Options, want) || len(t.Notes) > 0 {
		w.Errorf("strict: options %v, notes %q; want %v and none", t.Options, t.Notes, want)
	}
	t := w.on(p, "plain")
	if len(t.Options) > 0 || len(t.Notes) != 3 {
		w.Errorf("plain: options %v, notes %q; want none, and a note for each but the visibility", t.Options, t.Notes)
	}
	if said := strings.Join(t.Notes, "\n"); !strings.Contains(said, "plain has no content warnings: the text goes out without one") ||
		!strings.Contains(said, "mood") || !strings.Contains(said, "media") {
		w.Errorf("plain: notes %q", t.Notes)
	}
	c.Media, c.Text = nil, "hello, hello"
	c.To, c.Options = []string{"plain"}, common("sensitive", "true", "visibility", "unlisted")
	c.DryRun = true
	if t := w.create(c).Targets[0]; len(t.Notes) != 1 || !strings.Contains(t.Notes[0], "unlisted") {
		w.Errorf("plain, without media: notes %q; want one on the visibility alone", t.Notes)
	}
}

func ownOptions(w *world) {
	c := hayon.PostCreate{Text: "hello", To: []string{"strict", "plain"}, Options: common("cw", "for all", "mood", "calm")}
	c.Options["strict"] = options("cw", "for one\r\n", "mood", "", "sensitive", "F")
	p := w.find(w.create(c).ID)
	want := options("cw", "for one", "sensitive", "false")
	if diff := cmp.Diff(want, w.on(p, "strict").Options); diff != "" {
		w.Errorf("options (-want +got):\n%s", diff)
	}
}

func wouldBePublic(w *world) {
	for _, value := range []string{hayon.VisibilityFollowers, hayon.VisibilityDirect, "nobody knows"} {
		_, err := w.Service.CreatePost(w.ctx(), hayon.PostCreate{Text: "hush", To: []string{"plain"}, Options: common("visibility", value)})
		if e := w.refusal("visibility "+value, err, hayon.CodeInvalid); !strings.Contains(e.Message, "plain") || !strings.Contains(e.Message, "public") || e.Hint == "" {
			w.Errorf("%q, hint %q; want it to tell that it would be public on plain", e.Message, e.Hint)
		}
	}
	w.wantNothing()
	w.create(hayon.PostCreate{Text: "hush", To: []string{"strict"}, Options: common("visibility", "followers")})
}

func refusedOptions(w *world) {
	to := []string{"strict", "plain"}
	tests := []struct {
		name    string
		options map[string]map[string]string
		code    hayon.Code
		want    string
	}{
		{"a value that strict has not", common("visibility", "unlisted"), hayon.CodeInvalid, "public, followers"},
		{"an option that nobody has", common("moods", "calm"), hayon.CodeUsage, "mood"},
		{"an option that the account has not", map[string]map[string]string{"strict": options("sensitiv", "true")}, hayon.CodeUsage, "sensitive"},
		{"an option of a platform that has none", map[string]map[string]string{"plain": options("cw", "x")}, hayon.CodeUsage, `plain has no option "cw"`},
		{"a wrong value for one account", map[string]map[string]string{"strict": options("sensitive", "perhaps")}, hayon.CodeUsage, "strict"},
		{"an account that the post does not go to", map[string]map[string]string{"demo": options("cw", "x")}, hayon.CodeUsage, "--to demo"},
	}
	for _, tt := range tests {
		_, err := w.Service.CreatePost(w.ctx(), hayon.PostCreate{Text: "x", To: to, Options: tt.options})
		if e := w.refusal(tt.name, err, tt.code); !strings.Contains(e.Message+" "+e.Hint, tt.want) {
			w.Errorf("%s: %q, hint %q; want %q in it", tt.name, e.Message, e.Hint, tt.want)
		}
	}
	w.wantNothing()
}

func optionCounts(w *world) {
	c := hayon.PostCreate{Text: strings.Repeat("é", StrictMax-3), To: []string{"strict"}, Options: common("cw", "four"), DryRun: true}
	_, err := w.Service.CreatePost(w.ctx(), c)
	if e := w.refusal("a warning that is too much", err, hayon.CodeInvalid); !strings.Contains(e.Message, "21 of 20") {
		w.Errorf("%q does not count the warning", e.Message)
	}
	c.Options = common("cw", "thr")
	w.create(c)
}

func optionsApart(w *world) {
	c := hayon.PostCreate{Text: "hello", To: []string{"strict"}, IdempotencyKey: "k", Options: common("visibility", "public")}
	first := w.create(c)
	if again := w.create(c); again.ID != first.ID {
		w.Errorf("the same request made %s and %s", first.ID, again.ID)
	}
	c.Options = common("visibility", "followers")
	_, err := w.Service.CreatePost(w.ctx(), c)
	w.refused("another visibility under the key", err, hayon.CodeConflict)
	c.IdempotencyKey = ""
	_, err = w.Service.CreatePost(w.ctx(), c)
	w.refused("the same text for others", err, hayon.CodeConflict)
}

func noteAndFocus(w *world) {
	m := w.upload(2, 2, "a.png")
	c := later("with a note")
	c.Note, c.Media = "ask Ada first", []hayon.MediaInput{{Media: m.ID, Focus: &hayon.Focus{X: -1, Y: 0.5}}}
	c.IdempotencyKey = "k"
	p := w.find(w.create(c).ID)
	focus := p.Targets[0].Parts[0].Media[0].Focus
	if p.Note != c.Note || focus == nil || *focus != *c.Media[0].Focus {
		w.Errorf("note %q, focus %v; want %q and %v", p.Note, focus, c.Note, c.Media[0].Focus)
	}
	c.Media = []hayon.MediaInput{{Media: m.ID}}
	_, err := w.Service.CreatePost(w.ctx(), c)
	w.refused("another focus under the key", err, hayon.CodeConflict)
	c.IdempotencyKey = ""
	c.Media[0].Focus = &hayon.Focus{X: 1.5}
	_, err = w.Service.CreatePost(w.ctx(), c)
	w.refused("a focus outside the picture", err, hayon.CodeUsage)
	c.Media, c.Note = nil, strings.Repeat("n", 2001)
	_, err = w.Service.CreatePost(w.ctx(), c)
	w.refused("a note that is too long", err, hayon.CodeUsage)
	c.Note = c.Note[1:]
	w.create(c)
}

func undoCreate(w *world) {
	c := hayon.PostCreate{Text: "wait", To: []string{"strict"}, Undo: time.Minute, IdempotencyKey: "k"}
	before := time.Now()
	p := w.find(w.create(c).ID)
	t := p.Targets[0]
	if wait := t.Due.Sub(before); t.State != hayon.StateScheduled || wait < 59*time.Second || wait > 2*time.Minute {
		w.Errorf("%s, due in %s; want scheduled in a minute", t.State, wait)
	}
	if again := w.create(c); again.ID != p.ID {
		w.Errorf("the same request made %s and %s", p.ID, again.ID)
	}
	if got, err := w.Service.CancelPost(w.ctx(), p.ID, hayon.PostChangeRequest{}); err != nil || got.State() != hayon.PostCancelled {
		w.Errorf("undone: %v, %v", got, err)
	}
	for name, c := range map[string]hayon.PostCreate{
		"too long":    {Text: "x", To: []string{"plain"}, Undo: 10*time.Minute + 1},
		"below zero":  {Text: "x", To: []string{"plain"}, Undo: -1},
		"of a draft":  {Text: "x", To: []string{"plain"}, Undo: time.Second, Draft: true},
		"with a time": {Text: "x", To: []string{"plain"}, Undo: time.Second, Schedule: later("").Schedule},
	} {
		_, err := w.Service.CreatePost(w.ctx(), c)
		w.refused("an undo "+name, err, hayon.CodeUsage)
	}
}
