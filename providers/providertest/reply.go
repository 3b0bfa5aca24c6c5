package providertest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

// noAddresses are what nobody can answer, quote or repost.
var noAddresses = []string{"", "x", "\x00", "file:///etc/hosts", "https://", "javascript:alert(1)"}

func (fx *Fixture) needReplier(t *testing.T) hayon.Replier {
	t.Helper()
	r, ok := fx.Provider.(hayon.Replier)
	if !ok || !fx.Content.Replies {
		t.Skip("answers nothing, or the harness cannot tell")
	}
	return r
}

// answering is a target that answers something.
func (fx *Fixture) answering(what hayon.Remote, texts ...string) *hayon.Target {
	target := fx.Target(texts...)
	target.Parts[0].ReplyTo = &what
	return target
}

// wantReply fails unless the post of that id answers parent, in the conversation of root.
func (fx *Fixture) wantReply(t testing.TB, id, parent, root string) {
	t.Helper()
	type reply struct{ Parent, Root string }
	got, ok := posted(fx.Posts(t), id)
	if !ok {
		t.Errorf("the post %q is not out", id)
		return
	}
	if diff := cmp.Diff(reply{parent, root}, reply{got.Parent, got.Root}); diff != "" {
		t.Errorf("what %q answers (-want +got):\n%s", id, diff)
	}
}

// A post answers another by whatever names it, and its thread goes on in the same conversation.
func testReply(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needReplier(t)
	_, original := fx.out(t, fx.Target("what do you think?"), 0)
	for n, what := range []hayon.Remote{{URL: original.URL}, {ID: original.ID}, original} {
		texts := []string{fmt.Sprint("answer ", n), fmt.Sprint("and more of it ", n)} // who reads back tells them apart
		if !fx.info().Threads {
			texts = texts[:1]
		}
		target := fx.answering(what, texts...)
		parent := original.ID
		for i := range target.Parts {
			r, remote := fx.out(t, target, i)
			fx.wantReply(t, remote.ID, parent, original.ID)
			parent = remote.ID
			if fx.class() == hayon.ClassE {
				continue
			}
			if found := fx.reconcile(t, r); found.Remote.ID != remote.ID {
				t.Errorf("Reconcile of part %d of an answer: verdict %q of %q (%v), want %q", i, found.Verdict, found.Remote.ID, found.Err, remote.ID)
			}
		}
		// An answer to the answer is of the same conversation.
		last := target.Parts[len(target.Parts)-1].Remote
		_, deeper := fx.out(t, fx.answering(hayon.Remote{URL: last.URL}, fmt.Sprint("no ", n)), 0)
		fx.wantReply(t, deeper.ID, last.ID, original.ID)
	}
}

func testReplyPrepare(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needReplier(t)
	_, original := fx.out(t, fx.Target("what do you think?"), 0)
	target := fx.answering(hayon.Remote{URL: original.URL}, "an answer")
	first, second := fx.prepare(t, target, 0), fx.prepare(t, target, 0)
	if diff := cmp.Diff(string(first.Data), string(second.Data)); diff != "" {
		t.Errorf("Prepare gives other bytes the second time:\n%s", diff)
	}
	if diff := cmp.Diff(first.Root, second.Root); diff != "" || first.Root.ID != original.ID {
		t.Errorf("Prepare finds the conversation of %q, and then of %q; want that of %q", first.Root.ID, second.Root.ID, original.ID)
	}
	fx.wantPosts(t, 1)
}

// What can be answered is judged by the form of its address, and what is not there is refused.
func testReplyRefused(t *testing.T, fx *Fixture) {
	t.Helper()
	rp := fx.needReplier(t)
	a := fx.Session.Account()
	_, original := fx.out(t, fx.Target("what do you think?"), 0)
	if !rp.Refers(a, original.URL) {
		t.Errorf("Refers(%q) is false, and it is a post of the platform", original.URL)
	}
	for _, url := range noAddresses {
		if rp.Refers(a, url) {
			t.Errorf("Refers(%q) is true", url)
		}
		if url == "" {
			continue // which is no answer at all
		}
		_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(fx.answering(hayon.Remote{URL: url}, "an answer"), 0))
		fx.wantCode(t, "Prepare to answer what is no post", err, hayon.CodeInvalid)
	}
	d, ok := fx.Provider.(hayon.Deleter)
	if !ok {
		return
	}
	if err := d.Delete(t.Context(), fx.Session, original); err != nil {
		t.Fatalf("Delete: %v", err)
	}
	fx.wantGone(t, fx.answering(hayon.Remote{URL: original.URL}, "an answer"))
}

// wantGone fails unless a target about a post that is gone is refused, before it leaves or by the platform.
func (fx *Fixture) wantGone(t testing.TB, target *hayon.Target) {
	t.Helper()
	p, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	if err != nil {
		fx.wantCode(t, "Prepare about a post that is gone", err, hayon.CodeInvalid)
	} else {
		res := fx.Provider.Publish(t.Context(), fx.Session, fx.PublishRequest(t, target, 0, p))
		fx.checkResult(t, "Publish", res)
		if res.Verdict != hayon.VerdictRejected {
			t.Errorf("Publish about a post that is gone: verdict %q, want rejected", res.Verdict)
		}
	}
	fx.wantPosts(t, 0)
}

func (fx *Fixture) needQuotes(t *testing.T) hayon.Replier {
	t.Helper()
	r, ok := fx.Provider.(hayon.Replier)
	if !ok || !fx.Content.Quotes || !r.Quotes(fx.Session.Account()) {
		t.Skip("quotes nothing, or the harness cannot tell")
	}
	return r
}

// A quote shows its post, by whatever names that, alone and beside an answer.
func testQuote(t *testing.T, fx *Fixture) {
	t.Helper()
	fx.needQuotes(t)
	_, original := fx.out(t, fx.Target("quote me"), 0)
	for _, what := range []hayon.Remote{{URL: original.URL}, {ID: original.ID}, original} {
		target := fx.Target("look what I found")
		target.Parts[0].Quote = &what
		_, remote := fx.out(t, target, 0)
		got, _ := posted(fx.Posts(t), remote.ID)
		if got.Quote != original.ID || got.Text != "look what I found" || got.Parent != "" {
			t.Errorf("the post quotes %q and says %q (answering %q), want %q", got.Quote, got.Text, got.Parent, original.ID)
		}
	}
	target := fx.Target("not a post")
	target.Parts[0].Quote = &hayon.Remote{URL: "file:///etc/hosts"}
	_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
	fx.wantCode(t, "Prepare to quote what is no post", err, hayon.CodeInvalid)
}
