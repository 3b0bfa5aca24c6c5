package bluesky_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/bluesky"
)

// Gates are there before the post, under its key, and go with it.
func TestGatesOnPDS(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	who, s := connected(t, p, pds)
	for _, tt := range []struct {
		name           string
		options        map[string]string
		thread, quotes string // what the gates say, as JSON; "" for no gate
	}{
		{"everyone", map[string]string{"replies": "everyone", "no_quotes": "false"}, "", ""},
		{"following", map[string]string{"replies": "following"}, `[{"$type":"app.bsky.feed.threadgate#followingRule"}]`, ""},
		{"mentioned", map[string]string{"replies": "mentioned"}, `[{"$type":"app.bsky.feed.threadgate#mentionRule"}]`, ""},
		{"nobody, not quoted", map[string]string{"replies": "nobody", "no_quotes": "true"}, `[]`, `[{"$type":"app.bsky.feed.postgate#disableRule"}]`},
		{"not quoted", map[string]string{"no_quotes": "1"}, "", `[{"$type":"app.bsky.feed.postgate#disableRule"}]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tg := target(p, s, "who may?")
			tg.Options = tt.options
			prepared := prepare(t, p, s, tg, nil)
			look := func() [2]string {
				return [2]string{
					gateOf(t, pds, who.DID, threadgates, "allow", tg.Parts[0].Idem),
					gateOf(t, pds, who.DID, postgates, "embeddingRules", tg.Parts[0].Idem),
				}
			}
			want := [2]string{tt.thread, tt.quotes}
			if diff := cmp.Diff(want, look()); diff != "" {
				t.Errorf("gates before the post (-want +got):\n%s", diff)
			}
			wantResult(t, p.Reconcile(t.Context(), s, publishRequest(tg, prepared)), hayon.VerdictNotApplied, "")
			prepare(t, p, s, tg, nil) // does it all once more
			sent(t, p, s, pds, tg, prepared)
			if diff := cmp.Diff(want, look()); diff != "" {
				t.Errorf("gates after the post (-want +got):\n%s", diff)
			}
			if err := p.Delete(t.Context(), s, prepared.Remote); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([2]string{}, look()); diff != "" {
				t.Errorf("gates that stay (-want +got):\n%s", diff)
			}
		})
	}
}

// gateOf is a member of the record in a collection that has the key of a post and is about it; "" where there
// is none.
func gateOf(t *testing.T, pds *servers.PDSInstance, did, collection, member, key string) string {
	t.Helper()
	for _, r := range pds.ListRecords(t, did, collection) {
		var v map[string]json.RawMessage
		r.Decode(t, &v)
		about := string(v["post"]) == `"at://`+did+"/"+posts+"/"+key+`"`
		if named := strings.HasSuffix(r.URI, "/"+key); named != about {
			t.Errorf("%s is about %s", r.URI, v["post"])
		}
		if about {
			validate(t, collection, r.Value)
			return string(v[member])
		}
	}
	return ""
}

// Of a thread the first post says who may answer, and each part whether it may be quoted. What the author
// took back before it went out is gone.
func TestGatesOfAThread(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	who, s := connected(t, p, pds)
	tg := target(p, s, "one")
	tg.Options = map[string]string{"replies": "nobody", "no_quotes": "true"}
	tg.Parts = append(tg.Parts, hayon.Part{Text: "two", Idem: p.NewIdem(tg, 1, tg.Due)})
	for i := range tg.Parts {
		tg.Parts[i].Remote = p.Publish(t.Context(), s, part(t, p, s, tg, i)).Remote
	}
	got := []int{len(pds.ListRecords(t, who.DID, threadgates)), len(pds.ListRecords(t, who.DID, postgates))}
	if diff := cmp.Diff([]int{1, 2}, got); diff != "" {
		t.Errorf("gates (-want +got):\n%s", diff)
	}

	changed := target(p, s, "three")
	changed.Options = tg.Options
	prepare(t, p, s, changed, nil)
	changed.Options, changed.Generation = nil, 2
	prepare(t, p, s, changed, nil)
	got = []int{len(pds.ListRecords(t, who.DID, threadgates)), len(pds.ListRecords(t, who.DID, postgates))}
	if diff := cmp.Diff([]int{1, 2}, got); diff != "" {
		t.Errorf("gates after they were taken back (-want +got):\n%s", diff)
	}
}

// Who may answer in somebody else's thread is not ours to say.
func TestNoThreadgateOnAnAnswer(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	_, theirs := connected(t, p, pds)
	who, s := connected(t, p, pds)
	original := target(p, theirs, "hello")
	to := p.Publish(t.Context(), theirs, publishRequest(original, prepare(t, p, theirs, original, nil))).Remote
	tg := target(p, s, "hello to you")
	tg.Parts[0].ReplyTo, tg.Options = &to, map[string]string{"replies": "nobody", "no_quotes": "true"}
	prepared, _ := send(t, p, s, pds, tg, nil)
	if len(prepared.Notes) != 1 || !strings.Contains(prepared.Notes[0], "author of the first post") {
		t.Errorf("got the notes %q", prepared.Notes)
	}
	got := []int{len(pds.ListRecords(t, who.DID, threadgates)), len(pds.ListRecords(t, who.DID, postgates))}
	if diff := cmp.Diff([]int{0, 1}, got); diff != "" {
		t.Errorf("gates (-want +got):\n%s", diff)
	}
}

func TestGatesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ option, value, says string }{
		{"replies", "friends", "use one of: everyone, following, mentioned, nobody"},
		{"no_quotes", "perhaps", `no_quotes is "perhaps"`},
	} {
		t.Run(tt.option, func(t *testing.T) {
			t.Parallel()
			p := newProvider()
			tg := &hayon.Target{Due: tenOClock, Options: map[string]string{tt.option: tt.value}, Parts: []hayon.Part{{Text: "a", Idem: rkey}}}
			_, err := p.Prepare(t.Context(), sessionOn(t, script(t)), prepareRequest(tg, nil))
			wantCode(t, err, hayon.CodeInvalid, tt.says)
		})
	}
}

// A gate that cannot be written keeps the post from going out without it.
func TestPostWaitsForItsGate(t *testing.T) {
	t.Parallel()
	p := newProvider()
	s := sessionOn(t, script(t, step{call: put, token: "access-1", status: 503}))
	tg := &hayon.Target{Due: tenOClock, Options: map[string]string{"replies": "nobody"}, Parts: []hayon.Part{{Text: "a", Idem: rkey}}}
	_, err := p.Prepare(t.Context(), s, prepareRequest(tg, nil))
	wantCode(t, err, hayon.CodeUnavailable)
}
