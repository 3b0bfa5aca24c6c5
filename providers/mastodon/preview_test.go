package mastodon_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

// preview asks for the first part of a target.
func (r *rig) preview(s hayon.Session, t *hayon.Target) *hayon.PartPreview {
	r.t.Helper()
	out, err := r.p.PreviewPart(r.t.Context(), s, hayon.PreviewRequest{Account: r.account, Target: t})
	if err != nil {
		r.t.Fatalf("PreviewPart: %v", err)
	}
	return out
}

func TestPreviewFacets(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	bob := r.srv.AddUser("bob")
	r.srv.AddPerson("eve@b.example")
	body := "@bob and @Bob, @nobody, @eve@b.example, @adam@b.example: https://mastodon.social/about?x=1 #Tag #123"
	asked := len(r.srv.Requests())
	got := r.preview(nil, r.target(body))
	if n := len(r.srv.Requests()) - asked; n != 0 {
		t.Errorf("%d requests without a session", n)
	}
	want := []hayon.TextFacet{
		{Kind: "mention", Text: "@bob", Value: "bob", Unresolved: true},
		{Kind: "mention", Text: "@Bob", Value: "Bob", Unresolved: true},
		{Kind: "mention", Text: "@nobody", Value: "nobody", Unresolved: true},
		{Kind: "mention", Text: "@eve@b.example", Value: "eve@b.example", Unresolved: true},
		{Kind: "mention", Text: "@adam@b.example", Value: "adam@b.example", Unresolved: true},
		{Kind: "link", Text: "https://mastodon.social/about?x=1", Value: "https://mastodon.social/about?x=1"},
		{Kind: "tag", Text: "#Tag", Value: "Tag"},
	}
	places := cmpopts.IgnoreFields(hayon.TextFacet{}, "Start", "End")
	if diff := cmp.Diff(want, got.Facets, places); diff != "" {
		t.Errorf("facets without a session (-want +got):\n%s", diff)
	}
	if len(got.Unresolved) != 4 { // each handle once
		t.Errorf("unresolved: %q", got.Unresolved)
	}
	for _, f := range got.Facets {
		if body[f.Start:f.End] != f.Text {
			t.Errorf("%+v is at %q", f, body[f.Start:f.End])
		}
	}
	asked = len(r.srv.Requests())
	got = r.preview(r.session, r.target(body))
	eve := got.Facets[3].ID
	want[0].ID, want[1].ID, want[3].ID = bob.ID, bob.ID, eve
	want[2].Plain, want[4].Plain = true, true
	for i := range want {
		want[i].Unresolved = false
	}
	if diff := cmp.Diff(want, got.Facets, places); diff != "" || eve == "" || len(got.Unresolved) != 0 {
		t.Errorf("facets (-want +got), unresolved %q:\n%s", got.Unresolved, diff)
	}
	if n := len(r.srv.Requests()) - asked; n != 6 { // four look-ups, and two searches
		t.Errorf("%d requests, want 6", n)
	}
	fine := sessionOn(t, r.account, r.srv.URL, r.srv.Token(r.user, "profile", "write:statuses", "write:media", "read:statuses", "read:search"))
	if diff := cmp.Diff(got, r.preview(fine, r.target(body))); diff != "" {
		t.Errorf("with the rights of a sign-in by browser:\n%s", diff)
	}
	r.account.Server.Extra["domain"] = "home.example"
	if f := r.preview(r.session, r.target("@bob@home.example")).Facets; len(f) != 1 || f[0].ID != bob.ID {
		t.Errorf("somebody on the own domain: %+v", f)
	}
}

// What cannot be asked is unresolved, and no error.
func TestPreviewWithoutAnswers(t *testing.T) {
	t.Parallel()
	r := withTheirs(t, mastodontest.Config{}, "public")
	target := quoting(answering(r.target("@bob and @eve@b.example"), hayon.Remote{URL: theirs}), hayon.Remote{URL: theirs})
	got := r.preview(sessionOn(t, r.account, nobody(t), r.token), target)
	if len(got.Unresolved) != 4 || len(got.Notes) != 0 {
		t.Errorf("unresolved %q, notes %q", got.Unresolved, got.Notes)
	}
	for _, f := range got.Facets {
		if !f.Unresolved || f.Plain || f.ID != "" {
			t.Errorf("facet %+v", f)
		}
	}
	weak := sessionOn(t, r.account, r.srv.URL, r.srv.Token(r.user, "profile", "write:statuses"))
	if f := r.preview(weak, r.target("@eve@b.example")).Facets[0]; !f.Unresolved {
		t.Errorf("a token that may not search: %+v", f)
	}
}

// A text full of mentions does not use up what the account may ask.
func TestPreviewAsksForFewPeople(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	var body strings.Builder
	for c := 'a'; c <= 'z'; c++ {
		body.WriteString("@" + string(c) + " ")
	}
	asked := len(r.srv.Requests())
	got := r.preview(r.session, r.target(body.String()))
	if n := len(r.srv.Requests()) - asked; n != 20 || len(got.Unresolved) != 6 {
		t.Errorf("%d requests, unresolved %q", n, got.Unresolved)
	}
}

// An instance waits for servers that are gone. A preview does not.
func TestPreviewOfPeopleWhoseServersAreGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := mastodontest.New(t, mastodontest.Config{Memory: true})
		a := &hayon.Account{Host: srv.URL, Server: &hayon.ServerFacts{Software: "mastodon", Version: "4.5.3"}}
		r := &rig{t: t, srv: srv, p: mastodon.New(mastodon.Config{Transport: srv.Transport()}), account: a}
		s := sessionOn(t, a, srv.URL, srv.Token(srv.AddUser("ana")))
		srv.AddUser("bob")
		srv.Fail(searchCall, mastodontest.Hang(true))
		begin := time.Now()
		got := r.preview(s, &hayon.Target{Parts: []hayon.Part{{Text: "@bob, @a@gone.example, @b@gone.example and @c@gone.example"}}})
		if waited := time.Since(begin); waited != 10*time.Second {
			t.Errorf("it took %s, want 10 s", waited)
		}
		if len(got.Unresolved) != 3 || got.Facets[0].ID == "" || !got.Facets[3].Unresolved {
			t.Errorf("unresolved %q, facets %+v", got.Unresolved, got.Facets)
		}
		if n := srv.Asked(mastodontest.Any); n != 3 { // two look-ups and one search
			t.Errorf("%d requests, want 3", n)
		}
	})
}

func TestPreviewEmbedsAndNotes(t *testing.T) {
	t.Parallel()
	medium := func(a hayon.Attachment) func(*hayon.Target) {
		return func(t *hayon.Target) { a.Name = "it"; t.Parts[0].Media = append(t.Parts[0].Media, a) }
	}
	thumb := &hayon.BlobRef{SHA256: "x", Type: "image/png", Bytes: 1}
	for _, tt := range []struct {
		name   string
		cfg    mastodontest.Config
		change func(*hayon.Target)
		embed  string
		note   string // words of the one note
	}{
		{"text", mastodontest.Config{}, func(*hayon.Target) {}, "", ""},
		{"picture", mastodontest.Config{}, medium(hayon.Attachment{Type: "image/jpeg", Width: 100, Height: 100}), "images", ""},
		{"large picture", mastodontest.Config{}, medium(hayon.Attachment{Type: "image/jpeg", Width: 4000, Height: 3000}), "images", "from 12.0 to 8.3 megapixels"},
		{"large picture elsewhere", mastodontest.GoToSocial(), medium(hayon.Attachment{Type: "image/jpeg", Width: 4000, Height: 3000}), "images", ""},
		{"heic", mastodontest.Config{}, medium(hayon.Attachment{Type: "image/heic"}), "images", "Image 1 (it) becomes a JPEG."},
		{"moving gif", mastodontest.Config{}, medium(hayon.Attachment{Type: "image/gif", Animated: true, Width: 9, Height: 9}), "gifv", "without sound"},
		{"gif that stands", mastodontest.Config{}, medium(hayon.Attachment{Type: "image/gif", Width: 9, Height: 9}), "images", ""},
		{"large gif", mastodontest.Config{}, medium(hayon.Attachment{Type: "image/gif", Width: 1281, Height: 720}), "images", "Image 1 (it) is a GIF of 922320 pixels"},
		{"film", mastodontest.Config{}, medium(hayon.Attachment{Type: "video/mp4"}), "video", ""},
		{"long film", mastodontest.Config{}, medium(hayon.Attachment{Type: "video/mp4", Duration: 11 * time.Minute}), "video", "takes 11m0s: the server keeps 36000 frames"},
		{"film of another kind", mastodontest.Config{}, medium(hayon.Attachment{Type: "video/quicktime"}), "video", "becomes an MP4"},
		{"sound", mastodontest.Config{}, medium(hayon.Attachment{Type: "audio/flac"}), "audio", "becomes an MP3"},
		{"thumbnail", mastodontest.Config{}, medium(hayon.Attachment{Type: "video/mp4", Thumb: thumb}), "video", ""},
		{"thumbnail elsewhere", mastodontest.GoToSocial(), medium(hayon.Attachment{Type: "video/mp4", Thumb: thumb}), "video", "The thumbnail of video 1 (it) is left out"},
		{"poll", mastodontest.Config{}, func(t *hayon.Target) { poll(t, 3600, "a", "b") }, "poll", ""},
		{"direct to nobody", mastodontest.Config{}, func(t *hayon.Target) { t.Options["visibility"] = "direct" }, "", "mentions nobody"},
		{"quote", mastodontest.Config{}, func(t *hayon.Target) { quoting(t, hayon.Remote{URL: theirs}) }, "quote", ""},
		{"quote where there are none", mastodontest.GoToSocial(), func(t *hayon.Target) { quoting(t, hayon.Remote{URL: theirs}) }, "", "knows no quotes"},
		{"quote of what is not there", mastodontest.Config{}, func(t *hayon.Target) { quoting(t, hayon.Remote{URL: theirs + "2"}) }, "", "does not find"},
		{"answer", mastodontest.Config{}, func(t *hayon.Target) { answering(t, hayon.Remote{URL: theirs}) }, "", "does not mention @bob@b.example"},
		{"answer to what is not there", mastodontest.Config{}, func(t *hayon.Target) { answering(t, hayon.Remote{URL: theirs + "2"}) }, "", "does not find"},
		{"repost", mastodontest.Config{}, func(t *hayon.Target) { t.Parts[0].Repost = &hayon.Remote{URL: theirs} }, "repost", ""},
		{"repost of what is not there", mastodontest.Config{}, func(t *hayon.Target) { t.Parts[0].Repost = &hayon.Remote{URL: theirs + "2"} }, "repost", "what it reposts"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := withTheirs(t, tt.cfg, "public")
			target := r.target("look")
			tt.change(target)
			got := r.preview(r.session, target)
			if got.Embed != tt.embed || len(got.Unresolved) != 0 {
				t.Errorf("embed %q, want %q; unresolved %q", got.Embed, tt.embed, got.Unresolved)
			}
			said := slices.Concat(got.Notes, got.Problems)
			if notes := strings.Join(said, "|"); !strings.Contains(notes, tt.note) || (notes == "") != (tt.note == "") || len(said) > 1 {
				t.Errorf("notes %q, want one with %q", got.Notes, tt.note)
			}
			if n := r.srv.Asked(createCall); n != 0 {
				t.Errorf("%d posts", n)
			}
			// Without a session it says the same, or that it does not know.
			dry := r.preview(nil, target)
			if dry.Embed != tt.embed && tt.name != "quote of what is not there" {
				t.Errorf("without a session: embed %q", dry.Embed)
			}
		})
	}
}

// What a preview says of a quote and an answer is what Prepare does.
func TestPreviewIsWhatIsSent(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"public", "manual", "nobody"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			r := withTheirs(t, mastodontest.Config{}, policy)
			target := quoting(answering(r.target("look, @bob@b.example"), hayon.Remote{URL: theirs}), hayon.Remote{URL: theirs})
			got := r.preview(r.session, target)
			p := r.prepare(target, 0)
			if diff := cmp.Diff(p.Notes, got.Notes); diff != "" || (got.Embed == "quote") != (body(t, p)["quoted_status_id"] != nil) {
				t.Errorf("embed %q; notes (-prepared +previewed):\n%s", got.Embed, diff)
			}
		})
	}
}

func TestPlatformRules(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.Config{})
	info := r.p.Info()
	if info.Mentions != "@%s" || len(info.Rules) < 8 {
		t.Errorf("mentions %q, %d rules", info.Mentions, len(info.Rules))
	}
	for _, rule := range info.Rules {
		if rule.Of == "" || rule.Says == "" || !strings.HasPrefix(rule.Source, "https://") || len(rule.Read) != len("2026-11-21") {
			t.Errorf("rule %+v", rule)
		}
	}
}
