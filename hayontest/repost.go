package hayontest

import (
	"strings"

	"github.com/hayon/hayon"
)

func repostCases() []testCase {
	return []testCase{
		{"repost an address", repostURL},
		{"repost a post of one's own", repostOwn},
		{"repost twice", repostTwice},
		{"reposts that are refused", refusedReposts},
	}
}

const aPost = strictURL + "@ada/1"

// wantRepost checks that a post reposts what is at an address, on strict alone.
func (w *world) wantRepost(p *hayon.Post, url string) {
	w.Helper()
	p = w.find(p.ID)
	if p.Repost != url || p.Text != "" || len(p.Targets) != 1 || p.Targets[0].Platform != "strict" {
		w.Fatalf("%+v with %d targets, want a repost of %s by strict", p, len(p.Targets), url)
	}
	parts := p.Targets[0].Parts
	if len(parts) != 1 || parts[0].Repost == nil || parts[0].Repost.URL != url || parts[0].Text != "" {
		w.Errorf("parts %+v, want one that reposts %s", parts, url)
	}
}

func repostURL(w *world) {
	p := w.create(hayon.PostCreate{Repost: aPost, Note: "she is right"})
	w.wantRepost(p, aPost)
	w.wantState(p, hayon.StateQueued)
	c := later("")
	c.Text, c.To, c.Repost = "", []string{"strict"}, strictURL+"@ada/2"
	p = w.create(c)
	w.wantRepost(p, c.Repost)
	w.wantState(p, hayon.StateScheduled)
	c.To, c.DryRun = []string{"strict", "plain"}, true
	_, err := w.Service.CreatePost(w.ctx(), c)
	if e := w.refusal("one of two that cannot", err, hayon.CodeInvalid); !strings.Contains(e.Message, "plain") || strings.Contains(e.Message, "strict:") {
		w.Errorf("%q, want plain alone named", e.Message)
	}
	c.BestEffort, c.AllowDuplicate, c.DryRun = true, true, false
	p = w.find(w.create(c).ID)
	if w.on(p, "plain").State != hayon.StateFailed || w.on(p, "strict").State != hayon.StateScheduled {
		w.Errorf("by best effort: %s and %s, want failed and scheduled", w.on(p, "plain").State, w.on(p, "strict").State)
	}
}

func repostOwn(w *world) {
	original := w.create(hayon.PostCreate{Text: "look", To: []string{"strict", "plain"}})
	_, err := w.Service.CreatePost(w.ctx(), hayon.PostCreate{Repost: original.ID.String()})
	if e := w.refusal("what is not out", err, hayon.CodeConflict); e.Details["state"] != string(hayon.PostPublishing) {
		w.Errorf("details %v do not tell the state", e.Details)
	}
	w.move(original.ID, hayon.StatePublished)
	url := w.on(w.find(original.ID), "strict").Remote().URL
	for _, c := range []hayon.PostCreate{
		{Repost: original.ID.Short(8), To: []string{"strict"}},
		{Repost: "last", Not: []string{"plain"}, AllowDuplicate: true},
	} {
		p := w.create(c)
		w.wantRepost(p, url)
		_, err = w.Service.CreatePost(w.ctx(), hayon.PostCreate{Repost: p.ID.String()})
		w.refused("a repost that is not out", err, hayon.CodeConflict)
		w.move(p.ID, hayon.StatePublished)
		_, err = w.Service.CreatePost(w.ctx(), hayon.PostCreate{Repost: p.ID.String()})
		if e := w.refusal("a repost of a repost", err, hayon.CodeConflict); !strings.Contains(e.Hint, url) {
			w.Errorf("hint %q does not name the original", e.Hint)
		}
		w.remove(p.ID, hayon.PostDelete{}) // so that the last one is the original again
	}
	w.signIn("a")
	_, err = w.Service.CreatePost(w.ctx(), hayon.PostCreate{Repost: original.ID.String(), To: []string{"demo/a"}})
	if e := w.refusal("an account without a copy", err, hayon.CodeUsage); !strings.Contains(e.Message, "demo/a") {
		w.Errorf("%q does not name the account", e.Message)
	}
}

func repostTwice(w *world) {
	c := hayon.PostCreate{Repost: aPost, IdempotencyKey: "k"}
	first := w.create(c)
	if again := w.create(c); again.ID != first.ID {
		w.Errorf("the same request made %s and %s", first.ID, again.ID)
	}
	c.IdempotencyKey = ""
	_, err := w.Service.CreatePost(w.ctx(), c)
	w.refused("the same again", err, hayon.CodeConflict)
	c.Repost += "0"
	w.create(c) // another post
}

func refusedReposts(w *world) {
	body := hayon.PostCreate{Repost: aPost, To: []string{"strict"}}
	withText, withParts, withMedia, withWarning, withTexts := body, body, body, body, body
	withText.Text, withParts.Parts, withTexts.Texts = "x", []string{"x"}, map[string]string{"strict": "x"}
	withMedia.Media = []hayon.MediaInput{{Media: w.upload(1, 1, "a.png").ID}}
	withWarning.Options = common("cw", "x")
	for name, tt := range map[string]struct {
		c    hayon.PostCreate
		code hayon.Code
	}{
		"a text":                       {withText, hayon.CodeUsage},
		"parts":                        {withParts, hayon.CodeUsage},
		"texts":                        {withTexts, hayon.CodeUsage},
		"media":                        {withMedia, hayon.CodeUsage},
		"a warning":                    {withWarning, hayon.CodeUsage},
		"an address that nobody takes": {hayon.PostCreate{Repost: "https://example.net/1"}, hayon.CodeUsage},
		"an address of another place":  {hayon.PostCreate{Repost: "https://example.net/1", To: []string{"strict"}}, hayon.CodeInvalid},
		"a platform that cannot":       {hayon.PostCreate{Repost: aPost, To: []string{"plain"}}, hayon.CodeInvalid},
		"a post that is not there":     {hayon.PostCreate{Repost: "p_zzzz"}, hayon.CodeNotFound},
		"nothing that has a name":      {hayon.PostCreate{Repost: "that one"}, hayon.CodeNotFound},
		"everybody left out":           {hayon.PostCreate{Repost: aPost, Not: []string{"strict"}}, hayon.CodeUsage},
	} {
		_, err := w.Service.CreatePost(w.ctx(), tt.c)
		if e := w.refusal(name, err, tt.code); e.Hint == "" {
			w.Errorf("%s: %q without a hint", name, e.Message)
		}
	}
	w.wantNothing()
}
