package bluesky_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/bluesky"
)

func TestLabelsAreReadBack(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	who, s := connected(t, p, pds)
	file := pngOf(t, 3, 2)
	att := hayon.Attachment{Type: "image/png", Bytes: int64(len(file)), Width: 3, Height: 2}
	for name, tt := range map[string]struct {
		options map[string]string
		bare    bool // without the image
		want    []string
	}{
		"none":                         {nil, false, nil},
		"sensitive":                    {map[string]string{"sensitive": "true"}, false, []string{"graphic-media"}},
		"not sensitive":                {map[string]string{"sensitive": "false"}, false, nil},
		"sensitive without media":      {map[string]string{"sensitive": "true"}, true, nil},
		"labels":                       {map[string]string{"labels": " porn,nudity,porn, "}, false, []string{"porn", "nudity"}},
		"labels without media":         {map[string]string{"labels": "sexual"}, true, []string{"sexual"}},
		"sensitive by its label":       {map[string]string{"labels": "sexual", "sensitive": "true"}, false, []string{"sexual"}},
		"sensitive, of what is shown":  {map[string]string{"labels": "nudity", "sensitive": "1"}, false, []string{"nudity", "graphic-media"}},
		"what another platform brings": {map[string]string{"cw": "x", "visibility": "direct"}, false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tg := target(p, s, name, att)
			if tg.Options = tt.options; tt.bare {
				tg.Parts[0].Media = nil
			}
			res := p.Publish(t.Context(), s, publishRequest(tg, prepare(t, p, s, tg, file)))
			wantResult(t, res, hayon.VerdictPublished, "")
			found := pds.Record(t, who.DID, tg.Parts[0].Idem)
			var v record
			found.Decode(t, &v)
			if diff := cmp.Diff(tt.want, v.labels()); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
			if tt.want != nil && v.Labels.Type != "com.atproto.label.defs#selfLabels" {
				t.Errorf("the labels are of the type %q", v.Labels.Type)
			}
			if found.CID != res.Remote.Digest {
				t.Errorf("the hash is %s, and was foretold as %s", found.CID, res.Remote.Digest)
			}
		})
	}
}

func TestLabelsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ option, value, says string }{
		{"labels", "gore", `"gore" is no label`},
		{"labels", "nudity,!no-unauthenticated", "sexual, nudity, porn, graphic-media"},
		{"labels", "Nudity", `"Nudity" is no label`},
		{"sensitive", "perhaps", `sensitive is "perhaps"`},
	} {
		t.Run(tt.option+"="+tt.value, func(t *testing.T) {
			t.Parallel()
			p := newProvider()
			tg := &hayon.Target{Due: tenOClock, Options: map[string]string{tt.option: tt.value}, Parts: []hayon.Part{{Text: "a", Idem: rkey}}}
			_, err := p.Prepare(t.Context(), sessionOn(t, script(t)), prepareRequest(tg, nil))
			wantCode(t, err, hayon.CodeInvalid, tt.says)
		})
	}
}

func TestDeleteOnPDS(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	who, s := connected(t, p, pds)
	bob, other := connected(t, p, pds)
	tg := target(p, s, "soon gone")
	r := publishRequest(tg, prepare(t, p, s, tg, nil))
	res := p.Publish(t.Context(), s, r)
	wantResult(t, res, hayon.VerdictPublished, "")

	wantCode(t, p.Delete(t.Context(), other, res.Remote), hayon.CodeInvalid, "no post or repost of this account")
	for _, id := range []string{"", res.Remote.URL, "at://" + who.DID + "/app.bsky.actor.profile/self", "at://" + who.DID + "/" + posts + "/..", "at://" + who.DID} {
		wantCode(t, p.Delete(t.Context(), s, hayon.Remote{ID: id, URL: res.Remote.URL}), hayon.CodeInvalid)
	}
	if n := len(pds.ListRecords(t, who.DID, posts)); n != 1 {
		t.Fatalf("got %d records, want the one that nobody was allowed to remove", n)
	}
	for range 2 {
		if err := p.Delete(t.Context(), s, res.Remote); err != nil {
			t.Fatal(err)
		}
		if n := len(pds.ListRecords(t, who.DID, posts)); n != 0 {
			t.Errorf("got %d records, want none", n)
		}
	}
	wantResult(t, p.Reconcile(t.Context(), s, r), hayon.VerdictNotApplied, "")

	expired := with(t, s, map[string]string{"access_jwt": pds.ExpiredAccessToken(who.DID)})
	wantResult(t, p.Publish(t.Context(), s, r), hayon.VerdictPublished, "")
	if err := p.Delete(t.Context(), expired, res.Remote); err != nil {
		t.Errorf("with an expired session: %v", err)
	}
	if n := len(pds.ListRecords(t, bob.DID, posts)) + len(pds.ListRecords(t, who.DID, posts)); n != 0 {
		t.Errorf("got %d records, want none", n)
	}
}

// A repost is a record of its own, which comes into being once and goes without the post.
func TestRepostOnPDS(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	bob, bobs := connected(t, p, pds)
	who, s := connected(t, p, pds)
	tg := target(p, bobs, "look here")
	original := p.Publish(t.Context(), bobs, publishRequest(tg, prepare(t, p, bobs, tg, nil))).Remote

	for name, what := range map[string]hayon.Remote{
		"by the address of its page":      {URL: original.URL},
		"by a page with the handle":       {URL: "https://bsky.app/profile/" + bob.Handle + "/post/" + tg.Parts[0].Idem + "?ref=x"},
		"by its URI":                      {URL: original.ID},
		"by its id":                       {ID: original.ID, URL: "https://elsewhere.example/"},
		"by its id, with an older digest": {ID: original.ID, Digest: greetingCID},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			again := target(p, s, "")
			again.Parts[0] = hayon.Part{Repost: &what, Idem: again.Parts[0].Idem}
			prepared := prepare(t, p, s, again, nil)
			if !strings.HasPrefix(prepared.Remote.ID, "at://"+who.DID+"/"+reposts+"/") || prepared.Remote.URL != original.URL {
				t.Errorf("got %+v, want a repost of this account that leads to the post", prepared.Remote)
			}
			r := publishRequest(again, prepared)
			wantResult(t, p.Reconcile(t.Context(), s, r), hayon.VerdictNotApplied, "")
			for range 2 {
				res := p.Publish(t.Context(), s, r)
				wantResult(t, res, hayon.VerdictPublished, "")
				if diff := cmp.Diff(prepared.Remote, res.Remote); diff != "" {
					t.Errorf("the server gives it another name or hash (-prepared +server):\n%s", diff)
				}
			}
			res := p.Reconcile(t.Context(), s, r)
			wantResult(t, res, hayon.VerdictPublished, "")
			var there int
			for _, rec := range pds.ListRecords(t, who.DID, reposts) {
				if rec.URI != res.Remote.ID {
					continue
				}
				there++
				var v record
				rec.Decode(t, &v)
				want := []string{original.ID, original.Digest, again.Due.Format("2006-01-02T15:04:05.000Z")}
				if diff := cmp.Diff(want, []string{v.Subject.URI, v.Subject.CID, v.CreatedAt}); diff != "" {
					t.Errorf("the repost (-want +got):\n%s", diff)
				}
			}
			if there != 1 {
				t.Errorf("the repost is there %d times", there)
			}
			for range 2 {
				if err := p.Delete(t.Context(), s, res.Remote); err != nil {
					t.Fatal(err)
				}
				wantResult(t, p.Reconcile(t.Context(), s, r), hayon.VerdictNotApplied, "")
			}
			if n := len(pds.ListRecords(t, bob.DID, posts)); n != 1 {
				t.Errorf("the post of somebody else is there %d times", n)
			}
		})
	}
}

// What stands under our key is ours only if it shows the same post.
func TestTakenKeyOfARepost(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	_, s := connected(t, p, pds)
	var remotes []hayon.Remote
	for _, text := range []string{"one", "two"} {
		tg := target(p, s, text)
		remotes = append(remotes, p.Publish(t.Context(), s, publishRequest(tg, prepare(t, p, s, tg, nil))).Remote)
	}
	key := p.NewIdem(nil, 0, tenOClock)
	repost := func(what hayon.Remote) hayon.PublishRequest {
		tg := target(p, s, "")
		tg.Parts[0] = hayon.Part{Repost: &what, Idem: key}
		return publishRequest(tg, prepare(t, p, s, tg, nil))
	}
	first, second := repost(remotes[0]), repost(remotes[1])
	wantResult(t, p.Publish(t.Context(), s, first), hayon.VerdictPublished, "")
	wantResult(t, p.Publish(t.Context(), s, second), hayon.VerdictUnknown, hayon.CodeUncertain)
	wantResult(t, p.Reconcile(t.Context(), s, second), hayon.VerdictRejected, hayon.CodeConflict)
	wantResult(t, p.Reconcile(t.Context(), s, first), hayon.VerdictPublished, "")
}

func TestRepostOfNothing(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	who, s := connected(t, p, pds)
	for _, url := range []string{
		"https://bsky.app/profile/" + who.DID + "/post/3m5zzzzzzzz22",
		"https://bsky.app/profile/nobody-here.test/post/3m5zzzzzzzz22",
		"https://bsky.app/profile/" + did + "/post/3m5zzzzzzzz22",
		"https://bsky.app/profile/" + who.DID,
	} {
		tg := target(p, s, "")
		tg.Parts[0] = hayon.Part{Repost: &hayon.Remote{URL: url}, Idem: tg.Parts[0].Idem}
		_, err := p.Prepare(t.Context(), s, prepareRequest(tg, nil))
		wantCode(t, err, hayon.CodeInvalid, url)
	}
}
