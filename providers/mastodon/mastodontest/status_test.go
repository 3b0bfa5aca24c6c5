package mastodontest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

func TestKeyAnswersTheFirst(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{})
	c.key = "k"
	first := c.post(obj{"status": "one"})
	c.key = "k"
	if got := c.post(obj{"status": "another text"}); got != first {
		t.Errorf("repeat: got %s, want %s", got, first)
	}
	other := newClient(t, c.srv, c.srv.Token(c.srv.AddUser("ben")))
	other.key = "k"
	if got := other.post(obj{"status": "one"}); got == first {
		t.Error("the key holds for another account too")
	}
	c.srv.Advance(time.Hour - time.Second)
	c.key = "k"
	if got := c.post(obj{"status": "one"}); got != first {
		t.Errorf("repeat within the hour: got %s, want %s", got, first)
	}
	c.srv.Advance(2 * time.Second)
	c.key = "k"
	if got := c.post(obj{"status": "one"}); got == first {
		t.Error("the key holds after an hour")
	}
	if got := c.srv.Statuses(ana); len(got) != 2 || got[0].Key != "k" || got[0].Text != "one" {
		t.Errorf("statuses: got %+v", got)
	}
}

func TestKeyOfARefusedAndOfADeletedStatus(t *testing.T) {
	t.Parallel()
	c, _ := signedIn(t, mastodontest.Config{})
	c.key = "k"
	c.want(422, "POST", "/api/v1/statuses", obj{"status": strings.Repeat("x", 501)})
	c.key = "k"
	id := c.post(obj{"status": "short"})
	c.want(200, "DELETE", "/api/v1/statuses/"+id, nil)
	c.key = "k"
	c.want(404, "POST", "/api/v1/statuses", obj{"status": "short"})
}

func TestKeysOfOthers(t *testing.T) {
	t.Parallel()
	t.Run("ignored", func(t *testing.T) {
		t.Parallel()
		c, ana := signedIn(t, mastodontest.GoToSocial())
		for range 2 {
			c.key = "k"
			c.post(obj{"status": "x"})
		}
		if n := len(c.srv.Public(ana)); n != 2 {
			t.Errorf("statuses: got %d, want 2", n)
		}
	})
	t.Run("500", func(t *testing.T) {
		t.Parallel()
		c, ana := signedIn(t, mastodontest.Config{Keys: mastodontest.KeysAnswer500})
		c.key = "k"
		c.post(obj{"status": "x"})
		c.key = "k"
		c.want(500, "POST", "/api/v1/statuses", obj{"status": "x"})
		if n := len(c.srv.Public(ana)); n != 1 {
			t.Errorf("statuses: got %d, want 1", n)
		}
	})
	t.Run("pinned with errors", func(t *testing.T) {
		t.Parallel()
		c, _ := signedIn(t, mastodontest.Pleroma())
		c.key = "k"
		c.want(422, "POST", "/api/v1/statuses", obj{"status": strings.Repeat("x", 5001)})
		c.srv.Advance(6*time.Hour - time.Second)
		c.key = "k"
		if a := c.want(422, "POST", "/api/v1/statuses", obj{"status": "good"}); a.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("header: got %v", a.header)
		}
		c.srv.Advance(2 * time.Second)
		c.key = "k"
		c.post(obj{"status": "good"})
	})
}

func TestStatusIsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		body   any
		status int
		want   string
	}{
		{"blank", obj{"status": " \n "}, 422, "Text can't be blank"},
		{"too long", obj{"status": strings.Repeat("x", 500) + "y"}, 422, "Text character limit of 500 exceeded"},
		{"too long with its warning", obj{"status": strings.Repeat("x", 498), "spoiler_text": "cwx"}, 422, "limit of 500"},
		{"answer to nothing", obj{"status": "x", "in_reply_to_id": "1"}, 404, "reply"},
		{"quote of nothing", obj{"status": "x", "quoted_status_id": "1"}, 404, "quote"},
		{"unknown policy", obj{"status": "x", "quote_approval_policy": "friends"}, 422, "policy"},
		{"media that are not there", obj{"media_ids": []string{"1"}}, 422, "not found"},
		{"too soon", obj{"status": "x", "scheduled_at": time.Now().Add(time.Minute).Format(time.RFC3339)}, 422, "Scheduled at"},
		{"one option", obj{"status": "x", "poll": obj{"options": []string{"a"}, "expires_in": 300}}, 422, "more than one"},
		{"five options", obj{"status": "x", "poll": obj{"options": []string{"a", "b", "c", "d", "e"}, "expires_in": 300}}, 422, "more than 4"},
		{"equal options", obj{"status": "x", "poll": obj{"options": []string{"a", "a"}, "expires_in": 300}}, 422, "duplicate"},
		{"short poll", obj{"status": "x", "poll": obj{"options": []string{"a", "b"}, "expires_in": 299}}, 422, "too short"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, ana := signedIn(t, mastodontest.Config{})
			if a := c.want(tt.status, "POST", "/api/v1/statuses", tt.body); !strings.Contains(a.text("error"), tt.want) {
				t.Errorf("got %s, want %q", a.raw, tt.want)
			}
			if n := len(c.srv.Statuses(ana)); n != 0 {
				t.Errorf("%d statuses were published", n)
			}
		})
	}
}

func TestVisibilityIsRefused(t *testing.T) {
	t.Parallel()
	srv := mastodontest.New(&witness{TB: t}, mastodontest.Config{}) // the description refuses it too
	c := newClient(t, srv, srv.Token(srv.AddUser("ana")))
	c.want(422, "POST", "/api/v1/statuses", obj{"status": "x", "visibility": "local"})
}

func TestTextAtTheLimit(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		cfg  mastodontest.Config
		text string
	}{
		"mastodon": {mastodontest.Config{}, strings.Repeat("x", 476) + " https://example.com/" + strings.Repeat("y", 300)},
		"roomy":    {mastodontest.Roomy(), strings.Repeat("x", 11_000)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := signedIn(t, tt.cfg)
			c.post(obj{"status": tt.text})
			c.want(422, "POST", "/api/v1/statuses", obj{"status": "x" + tt.text})
		})
	}
}

func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	c, _ := signedIn(t, mastodontest.Config{})
	ben := newClient(t, c.srv, c.srv.Token(c.srv.AddUser("ben")))
	nobody := newClient(t, c.srv, "")
	for visibility, status := range map[string]int{"public": 200, "unlisted": 200, "private": 404, "direct": 404} {
		id := c.post(obj{"status": "x", "visibility": visibility})
		c.want(200, "GET", "/api/v1/statuses/"+id, nil)
		ben.want(status, "GET", "/api/v1/statuses/"+id, nil)
		nobody.want(status, "GET", "/api/v1/statuses/"+id, nil)
		if status == 200 {
			ben.want(403, "GET", "/api/v1/statuses/"+id+"/source", nil)
		}
		ben.want(404, "PUT", "/api/v1/statuses/"+id, obj{"status": "mine"})
	}
}

func TestEditReplacesAll(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{})
	picture := c.upload("description", "old")
	id := c.post(obj{"status": "one", "media_ids": []string{picture}, "spoiler_text": "cw", "visibility": "unlisted"})
	c.srv.Advance(time.Minute)
	c.want(200, "PUT", "/api/v1/statuses/"+id, url.Values{
		"status": {"two"}, "media_ids[]": {picture}, "media_attributes[][id]": {picture}, "media_attributes[][description]": {"new"},
	})
	got, _ := c.srv.Status(id)
	if got.Text != "two" || got.Spoiler != "" || got.Sensitive || got.Visibility != "unlisted" || len(got.Media) != 1 || got.Media[0].Description != "new" {
		t.Errorf("after the edit: got %+v", got)
	}
	if len(got.Edits) != 1 || got.Edits[0].Text != "one" || got.Edits[0].Media[0].Description != "old" || got.EditedAt.Sub(got.CreatedAt) < time.Minute {
		t.Errorf("history: got %+v", got.Edits)
	}
	c.want(200, "PUT", "/api/v1/statuses/"+id, obj{"status": "three"})
	if got, _ = c.srv.Status(id); len(got.Media) != 0 || len(c.srv.Statuses(ana)) != 1 {
		t.Errorf("without media_ids: got %+v", got)
	}
	c.want(422, "PUT", "/api/v1/statuses/"+id, obj{"spoiler_text": ""})
}

func TestDeletedStatus(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{})
	picture := c.upload()
	id := c.post(obj{"status": "one", "media_ids": []string{picture}})
	ben := newClient(t, c.srv, c.srv.Token(c.srv.AddUser("ben")))
	ben.want(200, "POST", "/api/v1/statuses/"+id+"/reblog", nil)
	if a := c.want(200, "DELETE", "/api/v1/statuses/"+id, nil); a.text("text") != "one" {
		t.Errorf("text for a redraft: got %q", a.text("text"))
	}
	c.want(404, "DELETE", "/api/v1/statuses/"+id, nil)
	if all, left := c.srv.Statuses(ana), c.srv.Public(ana); len(all) != 1 || !all[0].Deleted || len(left) != 0 {
		t.Errorf("got %+v and %+v", all, left)
	}
	again := c.post(obj{"status": "two", "media_ids": []string{picture}}) // the picture is free
	c.want(200, "DELETE", "/api/v1/statuses/"+again+"?delete_media=true", nil)
	c.want(422, "POST", "/api/v1/statuses", obj{"media_ids": []string{picture}})
}

func TestBoostOnce(t *testing.T) {
	t.Parallel()
	c, _ := signedIn(t, mastodontest.Config{})
	ben := c.srv.AddUser("ben")
	b := newClient(t, c.srv, c.srv.Token(ben))
	id := c.post(obj{"status": "x"})
	first := b.want(200, "POST", "/api/v1/statuses/"+id+"/reblog", nil).text("id")
	if again := b.want(200, "POST", "/api/v1/statuses/"+id+"/reblog", nil).text("id"); again != first || first == id {
		t.Errorf("boosts: got %s and %s of %s", first, again, id)
	}
	if a := b.want(200, "GET", "/api/v1/statuses/"+id, nil); a.obj["reblogs_count"] != 1.0 || a.obj["reblogged"] != true {
		t.Errorf("the boosted status: got %s", a.raw)
	}
	for range 2 {
		if got := b.want(200, "POST", "/api/v1/statuses/"+id+"/unreblog", nil).text("id"); got != id {
			t.Errorf("unreblog: got %s, want %s", got, id)
		}
	}
	if got := b.srv.Public(ben); len(got) != 0 {
		t.Errorf("boosts left: got %+v", got)
	}
	direct := c.post(obj{"status": "x", "visibility": "direct"})
	c.want(403, "POST", "/api/v1/statuses/"+direct+"/reblog", nil)
}

func TestQuotes(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{})
	ben := c.srv.AddUser("ben")
	open, closed := c.srv.Post(ben, "quote me", "public"), c.srv.Post(ben, "do not", "nobody")
	c.want(404, "POST", "/api/v1/statuses", obj{"status": "x", "quoted_status_id": closed})
	a := c.want(200, "POST", "/api/v1/statuses", obj{"status": "x", "quoted_status_id": open})
	if got := c.srv.Public(ana)[0]; got.Quotes != open || !strings.Contains(a.text("content"), "RE: ") {
		t.Errorf("got %+v, %s", got, a.raw)
	}
	asked := c.srv.Post(ben, "ask me", "manual")
	if a := c.want(200, "GET", "/api/v1/statuses/"+asked, nil); a.obj["quote_approval"].(obj)["current_user"] != "manual" {
		t.Errorf("whom its author allows it: got %s", a.raw)
	}
	c.post(obj{"status": "x", "quoted_status_id": asked})
	if got := c.srv.Public(ana)[1]; !got.Pending {
		t.Errorf("before its author allows it: got %+v", got)
	}
	old, u := signedIn(t, mastodontest.Config{Version: "4.4.9"})
	old.post(obj{"status": "x", "quoted_status_id": "1"})
	if got := old.srv.Public(u)[0]; got.Quotes != "" {
		t.Errorf("before quotes: got %+v", got)
	}
}

// An edit opens a poll anew, and a change of its options takes its votes away, as does leaving it out.
func TestEditOfAPoll(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{})
	poll := func(options ...string) obj {
		return obj{"status": "x", "poll": obj{"options": options, "expires_in": 600, "hide_totals": true}}
	}
	id := c.post(poll(" a ", "", "b"))
	c.srv.Vote(id)
	state := func(votes int, options string) {
		t.Helper()
		st, _ := c.srv.Status(id)
		if got := strings.Join(st.Poll, " "); st.Votes != votes || got != options {
			t.Errorf("got %d votes for %q, want %d for %q", st.Votes, got, votes, options)
		}
	}
	state(1, "a b")
	if st := c.srv.Public(ana)[0]; !st.HideTotals || st.Multiple || st.PollEnds.IsZero() {
		t.Errorf("got %+v", st)
	}
	c.want(200, "PUT", "/api/v1/statuses/"+id, poll("a", "b"))
	state(1, "a b")
	c.want(200, "PUT", "/api/v1/statuses/"+id, poll("a", "c"))
	state(0, "a c")
	c.want(200, "PUT", "/api/v1/statuses/"+id, obj{"status": "x"})
	state(0, "")
	c.want(422, "POST", "/api/v1/statuses", poll("a", strings.Repeat("é", 51)))
	none, u := signedIn(t, mastodontest.Config{NoPolls: true})
	none.post(poll("a", "b"))
	if st := none.srv.Public(u)[0]; len(st.Poll) != 0 {
		t.Errorf("where there are no polls: got %+v", st)
	}
}

func TestPersonElsewhereIsKnownOnceSomebodySearches(t *testing.T) {
	t.Parallel()
	c, _ := signedIn(t, mastodontest.Config{})
	c.srv.AddPerson("bob@b.example")
	const lookup = "/api/v1/accounts/lookup?acct=bob@b.example"
	c.want(404, "GET", lookup, nil)
	c.want(200, "GET", "/api/v2/search?type=accounts&q=@bob@b.example", nil)
	c.want(404, "GET", lookup, nil)
	found := c.want(200, "GET", "/api/v2/search?type=accounts&resolve=true&q=@bob@b.example", nil).obj["accounts"].([]any)
	if len(found) != 1 || c.want(200, "GET", lookup, nil).text("id") != found[0].(obj)["id"] {
		t.Errorf("found %v", found)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{})
	var ids []string
	for i := range 5 {
		ids = append(ids, c.post(obj{"status": fmt.Sprint(i)}))
	}
	for query, want := range map[string]string{
		"limit=2":                                       "4 3",
		"limit=2&max_id=" + ids[3]:                      "2 1",
		"limit=2&since_id=" + ids[0]:                    "4 3",
		"limit=2&min_id=" + ids[0]:                      "2 1",
		"since_id=" + ids[4]:                            "",
		"max_id=" + ids[3] + "&min_id=" + ids[0]:        "2 1",
		"limit=2&exclude_reblogs=true&max_id=" + ids[1]: "0",
	} {
		a := c.want(200, "GET", "/api/v1/accounts/"+ana.ID+"/statuses?"+query, nil)
		var got []string
		for _, v := range a.list {
			got = append(got, strings.Trim(v.(obj)["content"].(string), "<p>/"))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: got %s, want %s", query, s, want)
		}
		if want != "" && !strings.Contains(a.header.Get("Link"), `rel="next"`) {
			t.Errorf("%s: no link in %v", query, a.header)
		}
	}
}

func TestRemoteStatusIsFoundByItsURL(t *testing.T) {
	t.Parallel()
	c, _ := signedIn(t, mastodontest.Config{})
	const address = "https://b.example/@bob/1"
	c.srv.AddRemote("bob@b.example", address, "far away", "public")
	search := "/api/v2/search?type=statuses&q=" + url.QueryEscape(address)
	if got := c.want(200, "GET", search, nil).obj["statuses"].([]any); len(got) != 0 {
		t.Errorf("without resolve: got %v", got)
	}
	found := c.want(200, "GET", search+"&resolve=true", nil).obj["statuses"].([]any)
	if len(found) != 1 {
		t.Fatalf("with resolve: got %v", found)
	}
	id := found[0].(obj)["id"].(string)
	c.post(obj{"status": "hello", "in_reply_to_id": id})
	newClient(t, c.srv, "").want(401, "GET", search+"&resolve=true", nil)
}

func TestScheduledStatusComesWithItsTime(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{})
	at := time.Now().Add(10 * time.Minute).UTC().Format(time.RFC3339)
	c.want(200, "POST", "/api/v1/statuses", obj{"status": "later", "scheduled_at": at})
	if n := len(c.srv.Public(ana)); n != 0 {
		t.Errorf("published at once")
	}
	c.srv.Advance(11 * time.Minute)
	if got := c.srv.Public(ana); len(got) != 1 || got[0].Text != "later" {
		t.Errorf("after its time: got %+v", got)
	}
	c.post(obj{"status": "past", "scheduled_at": "2020-01-01T00:00:00Z"})
	if n := len(c.srv.Public(ana)); n != 2 {
		t.Errorf("a time in the past: %d statuses, want 2", n)
	}
}
