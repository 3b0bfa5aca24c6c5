package hayontest

import (
	"strings"
	"time"

	"github.com/hayon/hayon"
)

func editCases() []testCase {
	return []testCase{
		{"edit the text", editText},
		{"edit one part of a thread", editPart},
		{"edit descriptions and options", editRest},
		{"edit what cannot be changed", editNothing},
		{"edits that are refused", refusedEdits},
	}
}

func says(text string) hayon.PostEdit { return hayon.PostEdit{Text: &text} }

func editText(w *world) {
	p := w.in(hayon.StatePublished, "helo")
	e := says("hello\r\n")
	e.DryRun, e.Reason = true, "a slip"
	dry, err := w.Service.EditPost(w.ctx(), p.ID, e)
	if err != nil || dry.Text != "hello" || w.on(dry, "strict").Parts[0].Text != "hello" {
		w.Errorf("a dry run answered %v, %v; want the new text", dry, err)
	}
	if w.find(p.ID).Text != "helo" {
		w.Error("a dry run changed the post")
	}
	e.DryRun = false
	got, err := w.Service.EditPost(w.ctx(), p.ID, e)
	if err != nil {
		w.Fatal(err)
	}
	was, is := w.on(p, "strict"), w.on(w.find(p.ID), "strict")
	if got.Text != "hello" || is.Parts[0].Text != "hello" || is.State != hayon.StatePublished || is.Remote().Digest != "edited" ||
		is.Remote().ID == "" || is.Generation != was.Generation+1 {
		w.Errorf("%q, target %+v; want it published with the new text", got.Text, is)
	}
	w.wantLastReason(p.ID, "a slip")
	seq, err := w.Service.LastSeq(w.ctx())
	if err != nil {
		w.Fatal(err)
	}
	e.Account = "strict"
	if _, err := w.Service.EditPost(w.ctx(), p.ID, e); err != nil {
		w.Errorf("the same again: %v", err)
	}
	if now, err := w.Service.LastSeq(w.ctx()); err != nil || now != seq {
		w.Errorf("the same again left event %d after %d (%v)", now, seq, err)
	}
}

func editPart(w *world) {
	p := w.in(hayon.StatePublished, "one", "two", "three")
	e := says("2")
	e.Part, e.Account = 1, "strict"
	got, err := w.Service.EditPost(w.ctx(), p.ID, e)
	if err != nil {
		w.Fatal(err)
	}
	var texts []string
	for _, part := range got.Targets[0].Parts {
		texts = append(texts, part.Text)
	}
	if said := strings.Join(texts, " "); said != "one 2 three" || got.Text != "one" {
		w.Errorf("the parts say %q and the post %q", said, got.Text)
	}
	e.Part = 3
	_, err = w.Service.EditPost(w.ctx(), p.ID, e)
	w.refused("a part that is not there", err, hayon.CodeUsage)
	long := says(strings.Repeat("é", StrictMax+1))
	long.Part = 2
	_, err = w.Service.EditPost(w.ctx(), p.ID, long)
	if e := w.refusal("too long a part", err, hayon.CodeInvalid); !strings.Contains(e.Message, "strict: part 3") {
		w.Errorf("%q does not name the part", e.Message)
	}
}

func editRest(w *world) {
	a, b := w.upload(2, 2, "a.png"), w.upload(3, 3, "b.png")
	p := w.create(hayon.PostCreate{
		Text: "two squares", To: []string{"strict"}, Media: []hayon.MediaInput{{Media: a.ID}, {Media: b.ID, Alt: "the second"}},
		Options: common("cw", "maths", "mood", "calm"),
	})
	w.move(p.ID, hayon.StatePublished)
	e := hayon.PostEdit{Alts: []string{"the first"}, Options: options("cw", "", "sensitive", "1")}
	got, err := w.Service.EditPost(w.ctx(), p.ID, e)
	if err != nil {
		w.Fatal(err)
	}
	t := got.Targets[0]
	if m := t.Parts[0].Media; m[0].Alt != "the first" || m[1].Alt != "the second" || t.Parts[0].Text != "two squares" {
		w.Errorf("media %+v, text %q", m, t.Parts[0].Text)
	}
	if t.Options["cw"] != "" || t.Options["sensitive"] != "true" || t.Options["mood"] != "calm" {
		w.Errorf("options %v", t.Options)
	}
	_, err = w.Service.EditPost(w.ctx(), p.ID, hayon.PostEdit{Alts: []string{"1", "2", "3"}})
	w.refused("a description too many", err, hayon.CodeUsage)
	_, err = w.Service.EditPost(w.ctx(), p.ID, hayon.PostEdit{Options: options("mod", "calm")})
	if e := w.refusal("an unknown option", err, hayon.CodeUsage); !strings.Contains(e.Hint, "mood") {
		w.Errorf("hint %q does not tell what was meant", e.Hint)
	}
	_, err = w.Service.EditPost(w.ctx(), p.ID, hayon.PostEdit{Options: options("visibility", "nobody")})
	w.refused("a value that is not there", err, hayon.CodeInvalid)
}

func editNothing(w *world) {
	for _, state := range []hayon.State{hayon.StateScheduled, hayon.StateFailed, hayon.StateUncertain} {
		p := w.create(hayon.PostCreate{Text: "is " + string(state), To: []string{"strict"}, Schedule: later("").Schedule})
		w.move(p.ID, state)
		_, err := w.Service.EditPost(w.ctx(), p.ID, says("x"))
		if e := w.refusal(string(state), err, hayon.CodeConflict); !strings.Contains(e.Message, "strict is "+string(state)) {
			w.Errorf("%q does not name the state", e.Message)
		}
	}
	_, err := w.Service.EditPost(w.ctx(), hayon.NewPostID(time.Now()), says("x"))
	w.refused("an unknown post", err, hayon.CodeNotFound)
}

func refusedEdits(w *world) {
	p := w.in(hayon.StatePublished, "hello")
	for name, tt := range map[string]struct {
		e    hayon.PostEdit
		code hayon.Code
	}{
		"nothing to change":           {hayon.PostEdit{}, hayon.CodeUsage},
		"a part below the first":      {hayon.PostEdit{Part: -1, Alts: []string{}}, hayon.CodeUsage},
		"no text":                     {says(" \n"), hayon.CodeInvalid},
		"too long a text":             {says(strings.Repeat("é", StrictMax+1)), hayon.CodeInvalid},
		"what the platform refuses":   {says(strictRefuses), hayon.CodeRejected},
		"an account that has it not":  {hayon.PostEdit{Account: "site", Alts: []string{}}, hayon.CodeUsage},
		"a text too long with the cw": {hayon.PostEdit{Options: options("cw", strings.Repeat("é", StrictMax))}, hayon.CodeInvalid},
	} {
		_, err := w.Service.EditPost(w.ctx(), p.ID, tt.e)
		w.refused(name, err, tt.code)
	}
	if t := w.find(p.ID).Targets[0]; t.Parts[0].Text != "hello" || len(t.Options) > 0 || t.Generation != p.Targets[0].Generation {
		w.Errorf("what was refused changed it to %+v", t)
	}
}
