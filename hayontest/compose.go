package hayontest

import (
	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func composeCases() []testCase {
	return []testCase{
		{"a preview is what would be stored", previewIsThePost},
		{"a preview of what would be refused", previewOfRefused},
		{"lines of --- begin a part", linesBeginParts},
		{"answers to what is not out", answersToWhatIsNotOut},
		{"an answer to one's own", answerToOwn},
		{"refused ways to compose", refusedComposing},
	}
}

// partTexts are the texts of the parts of a target.
func partTexts(t *hayon.Target) []string {
	out := make([]string, len(t.Parts))
	for i, p := range t.Parts {
		out[i] = p.Text
	}
	return out
}

func previewIsThePost(w *world) {
	w.signIn("a")
	c := hayon.PostCreate{Text: "one\n---\ntwo", To: []string{"demo/a", "strict"}, Number: "({i}/{n})", Labels: []string{"x"}, Langs: []string{"en"}}
	v, err := w.Service.PreviewPost(w.ctx(), c)
	if err != nil {
		w.Fatal(err)
	}
	w.wantNothing()
	p := w.create(c)
	if len(v.Targets) != 2 || len(v.Post.Targets) != 2 {
		w.Fatalf("the preview has %d and %d targets", len(v.Targets), len(v.Post.Targets))
	}
	for i, t := range v.Post.Targets {
		if diff := cmp.Diff(partTexts(p.Targets[i]), partTexts(t)); diff != "" || t.State == hayon.StateFailed {
			w.Errorf("%s, %s (-post +preview):\n%s", t.Platform, t.State, diff)
		}
		if len(v.Targets[i].Parts) != len(t.Parts) || len(v.Targets[i].Problems) > 0 {
			w.Errorf("%s: %+v", t.Platform, v.Targets[i])
		}
	}
	if v.Post.Text != p.Text || !v.Post.ID.IsZero() {
		w.Errorf("the preview is of %q as %s", v.Post.Text, v.Post.ID)
	}
}

func previewOfRefused(w *world) {
	v, err := w.Service.PreviewPost(w.ctx(), hayon.PostCreate{Text: "", To: []string{"site"}})
	if err != nil {
		w.Fatal(err)
	}
	t := v.Post.Targets[0]
	if t.State != hayon.StateFailed || t.Error == nil || t.Error.Code != hayon.CodeInvalid || len(v.Targets[0].Problems) != 1 {
		w.Errorf("an empty text is %s, %+v, %q", t.State, t.Error, v.Targets[0].Problems)
	}
	_, err = w.Service.PreviewPost(w.ctx(), hayon.PostCreate{Text: "x"})
	w.refused("a preview for nobody", err, hayon.CodeUsage)
	w.wantNothing()
}

func linesBeginParts(w *world) {
	p := w.create(hayon.PostCreate{Text: "a\n---\n\nb", Parts: []string{"c"}, To: []string{"strict"}})
	if diff := cmp.Diff([]string{"a", "b", "c"}, partTexts(w.find(p.ID).Targets[0])); diff != "" {
		w.Errorf("-want +got:\n%s", diff)
	}
	p = w.create(hayon.PostCreate{Text: "a\n---\nb", To: []string{"site"}})
	if t := p.Targets[0]; len(t.Parts) != 1 || t.Parts[0].Text != "a\n---\nb" || len(t.Notes) != 1 {
		w.Errorf("where there are no threads it is %q, notes %q", partTexts(t), t.Notes)
	}
	p = w.create(hayon.PostCreate{Text: "a\n---\nb", Thread: hayon.ThreadOff, To: []string{"strict"}})
	if diff := cmp.Diff([]string{"a\n---\nb"}, partTexts(w.find(p.ID).Targets[0])); diff != "" {
		w.Errorf("off (-want +got):\n%s", diff)
	}
}

func answersToWhatIsNotOut(w *world) {
	p := w.create(later("later"))
	for _, c := range []hayon.PostCreate{{ReplyTo: p.ID.String()}, {Quote: p.ID.String()}} {
		c.Text, c.To = "x", []string{"site"}
		_, err := w.Service.CreatePost(w.ctx(), c)
		w.refused("an answer to what is not out", err, hayon.CodeConflict)
	}
}

func answerToOwn(w *world) {
	w.signIn("a")
	p := w.create(hayon.PostCreate{Text: "first", To: []string{"demo/a"}})
	w.move(p.ID, hayon.StatePublished)
	want := w.find(p.ID).Targets[0].Parts[0].Remote
	for _, c := range []hayon.PostCreate{{ReplyTo: p.ID.String()}, {Continue: true}} {
		c.Text, c.To, c.DryRun = "second", []string{"demo/a"}, true
		got := w.create(c).Targets[0].Parts[0].ReplyTo
		if diff := cmp.Diff(&want, got); diff != "" {
			w.Errorf("it answers (-want +got):\n%s", diff)
		}
	}
}

func refusedComposing(w *world) {
	for what, c := range map[string]hayon.PostCreate{
		"another mode":          {Thread: "perhaps"},
		"a number that is none": {Number: "part"},
		"a card that is none":   {Card: "here"},
		"an alt policy":         {AltPolicy: "perhaps"},
		"two answers":           {ReplyTo: "last", Continue: true},
		"a poll of one answer":  {Poll: &hayon.Poll{Options: []string{"yes"}, Seconds: 300}},
	} {
		c.Text, c.To = "x", []string{"site"}
		_, err := w.Service.CreatePost(w.ctx(), c)
		w.refused(what, err, hayon.CodeUsage)
	}
	_, err := w.Service.CreatePost(w.ctx(), hayon.PostCreate{Text: "x", To: []string{"site"}, Poll: &hayon.Poll{Options: []string{"a", "b"}, Seconds: 300}})
	w.refused("a poll where there are none", err, hayon.CodeInvalid)
	w.wantNothing()
}
