package bluesky_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/bluesky"
)

// refersTo are the posts that a record answers, as URI and CID of root and parent.
func (r *record) refersTo() []string {
	return []string{r.Reply.Root.URI, r.Reply.Root.CID, r.Reply.Parent.URI, r.Reply.Parent.CID}
}

// Alice begins a thread of two, bob answers the second part by a thread of two of his own: all of it is one
// conversation, whose root is alice's first post.
func TestReplyToSomebodyElse(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	_, alices := connected(t, p, pds)
	bob, bobs := connected(t, p, pds)

	theirs := target(p, alices, "first")
	theirs.Parts = append(theirs.Parts, hayon.Part{Text: "second", Idem: p.NewIdem(theirs, 1, theirs.Due)})
	for i := range theirs.Parts {
		theirs.Parts[i].Remote = p.Publish(t.Context(), alices, part(t, p, alices, theirs, i)).Remote
	}
	root, second := theirs.Parts[0].Remote, theirs.Parts[1].Remote

	for name, to := range map[string]hayon.Remote{
		"by its address":       {URL: second.URL},
		"by its URI":           {ID: second.ID},
		"by all that is known": second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ours := target(p, bobs, "I agree")
			ours.Parts[0].ReplyTo = &to
			ours.Parts = append(ours.Parts, hayon.Part{Text: "and more", Idem: p.NewIdem(ours, 1, ours.Due)})
			r := prepareRequest(ours, nil)
			r.Parent = to
			prepared, err := p.Prepare(t.Context(), bobs, r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(root, prepared.Root); diff != "" {
				t.Errorf("the root of the conversation (-want +got):\n%s", diff)
			}
			res := p.Publish(t.Context(), bobs, publishRequest(ours, prepared))
			wantResult(t, res, hayon.VerdictPublished, "")
			ours.Parts[0].Remote, ours.Parts[0].Root = res.Remote, prepared.Root

			res = p.Publish(t.Context(), bobs, part(t, p, bobs, ours, 1))
			wantResult(t, res, hayon.VerdictPublished, "")
			for i, parent := range []hayon.Remote{second, ours.Parts[0].Remote} {
				var v record
				pds.Record(t, bob.DID, ours.Parts[i].Idem).Decode(t, &v)
				if diff := cmp.Diff([]string{root.ID, root.Digest, parent.ID, parent.Digest}, v.refersTo()); diff != "" {
					t.Errorf("what part %d answers (-want +got):\n%s", i, diff)
				}
			}
		})
	}
	t.Run("to its first post", func(t *testing.T) {
		t.Parallel()
		ours := target(p, bobs, "to you all")
		ours.Parts[0].ReplyTo = &hayon.Remote{URL: root.URL} // nobody repeats it in the request
		prepared, v := send(t, p, bobs, pds, ours, nil)
		if diff := cmp.Diff(root, prepared.Root); diff != "" {
			t.Errorf("the root of the conversation (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{root.ID, root.Digest, root.ID, root.Digest}, v.refersTo()); diff != "" {
			t.Errorf("what it answers (-want +got):\n%s", diff)
		}
	})
}

// What is gone can be neither answered nor quoted, even where its hash is known.
func TestReferenceToNothing(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	_, s := connected(t, p, pds)
	tg := target(p, s, "soon gone")
	gone := p.Publish(t.Context(), s, publishRequest(tg, prepare(t, p, s, tg, nil))).Remote
	if err := p.Delete(t.Context(), s, gone); err != nil {
		t.Fatal(err)
	}
	nobody := hayon.Remote{URL: "https://bsky.app/profile/nobody-here.test/post/3m5zzzzzzzz22"}
	for _, to := range []hayon.Remote{gone, nobody} {
		quote := target(p, s, "a")
		quote.Parts[0].Quote = &to
		_, err := p.Prepare(t.Context(), s, prepareRequest(quote, nil))
		wantCode(t, err, hayon.CodeInvalid, "the post that it quotes is not there any more")
		reply := target(p, s, "a")
		reply.Parts[0].ReplyTo = &to
		_, err = p.Prepare(t.Context(), s, prepareRequest(reply, nil))
		wantCode(t, err, hayon.CodeInvalid, "the post that it answers is not there any more")
	}
}

// A server that cannot be asked is no reason to give up.
func TestReferenceThatNobodyCanRead(t *testing.T) {
	t.Parallel()
	p := newProvider()
	s := sessionOn(t, script(t, step{call: "getRecord", status: 503}))
	tg := target(p, s, "a")
	tg.Parts[0].Quote = &hayon.Remote{ID: uri, Digest: greetingCID}
	_, err := p.Prepare(t.Context(), s, prepareRequest(tg, nil))
	wantCode(t, err, hayon.CodeUnavailable)
}

func TestRefers(t *testing.T) {
	t.Parallel()
	p := newProvider()
	for url, want := range map[string]bool{
		"https://bsky.app/profile/alice.test/post/" + rkey:     true,
		"https://deer.social/profile/" + did + "/post/" + rkey: true,
		uri:                                   true,
		"https://bsky.app/profile/alice.test": false,
		"at://" + did + "/app.bsky.feed.generator/" + rkey: false,
		"https://mastodon.example/@bob/1":                  false,
		"":                                                 false,
	} {
		if got := p.Refers(nil, url); got != want {
			t.Errorf("%s: got %t, want %t", url, got, want)
		}
	}
	if !p.Quotes(nil) {
		t.Error("there are no quotes")
	}
}
