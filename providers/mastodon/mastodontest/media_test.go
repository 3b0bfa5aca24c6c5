package mastodontest_test

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

func (c *client) film() string {
	c.t.Helper()
	return c.want(202, "POST", "/api/v2/media", file(c.t, "video/mp4", []byte("film"))).text("id")
}

func TestPictureIsReadyAtOnce(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{})
	id := c.upload("description", "a square", "focus", "-0.5,1")
	c.post(obj{"media_ids": []string{id}})
	if n := c.srv.Asked(mastodontest.Uploading); n != 1 {
		t.Errorf("uploads: got %d, want 1", n)
	}
	got := c.srv.Public(ana)[0].Media
	if len(got) != 1 || got[0].Description != "a square" || got[0].Focus != "-0.5,1" || got[0].MIME != "image/png" || !bytes.Equal(got[0].Bytes, square(t)) {
		t.Errorf("got %+v", got)
	}
	c.want(404, "GET", "/api/v1/media/"+id, nil) // attached
	c.want(404, "PUT", "/api/v1/media/"+id, url.Values{"description": {"x"}})
	c.want(422, "POST", "/api/v1/statuses", obj{"media_ids": []string{id}})
	c.want(422, "DELETE", "/api/v1/media/"+id, nil)
	if a := c.want(200, "GET", "/media/"+id, nil); a.raw != string(square(t)) {
		t.Error("the file is another one")
	}
}

func TestFilmIsProcessed(t *testing.T) {
	t.Parallel()
	c, _ := signedIn(t, mastodontest.Config{MediaPolls: 2})
	film := c.film()
	post := obj{"status": "x", "media_ids": []string{film}}
	if a := c.want(422, "POST", "/api/v1/statuses", post); !strings.Contains(a.raw, "not finished processing") {
		t.Errorf("got %s", a.raw)
	}
	for range 2 {
		if a := c.want(206, "GET", "/api/v1/media/"+film, nil); a.obj["url"] != nil {
			t.Errorf("url while it is processed: got %s", a.raw)
		}
	}
	if a := c.want(200, "GET", "/api/v1/media/"+film, nil); a.obj["url"] == nil {
		t.Errorf("url afterwards: got %s", a.raw)
	}
	c.post(post)
}

func TestFilmThatFails(t *testing.T) {
	t.Parallel()
	c, ana := signedIn(t, mastodontest.Config{MediaPolls: -1})
	film := c.film()
	for range 3 {
		c.want(206, "GET", "/api/v1/media/"+film, nil)
	}
	c.srv.FinishMedia(true)
	c.want(422, "GET", "/api/v1/media/"+film, nil)
	c.want(422, "POST", "/api/v1/statuses", obj{"media_ids": []string{film}})
	if got := c.srv.Attachments(ana); len(got) != 1 || got[0].Ready {
		t.Errorf("attachments: got %+v", got)
	}
}

func TestUploadIsRefused(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]func(t *testing.T) form{
		"type":     func(t *testing.T) form { t.Helper(); return file(t, "application/zip", []byte("x")) },
		"contents": func(t *testing.T) form { t.Helper(); return file(t, "image/png", []byte("no picture")) },
		"size":     func(t *testing.T) form { t.Helper(); return file(t, "image/webp", make([]byte, 2000)) },
		"description": func(t *testing.T) form {
			t.Helper()
			return file(t, "image/png", square(t), "description", strings.Repeat("x", 1501))
		},
		"focus": func(t *testing.T) form { t.Helper(); return file(t, "image/png", square(t), "focus", "2,0") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, ana := signedIn(t, mastodontest.Config{MaxImageBytes: 1000})
			c.want(422, "POST", "/api/v2/media", body(t))
			if got := c.srv.Attachments(ana); len(got) != 0 {
				t.Errorf("kept: %+v", got)
			}
		})
	}
}

func TestMediaThatDoNotGoTogether(t *testing.T) {
	t.Parallel()
	c, _ := signedIn(t, mastodontest.Config{})
	film := c.film()
	c.srv.FinishMedia(false)
	var pictures []string
	for range 5 {
		pictures = append(pictures, c.upload())
	}
	ben := newClient(t, c.srv, c.srv.Token(c.srv.AddUser("ben")))
	for name, ids := range map[string][]string{"five": pictures, "a film with a picture": {film, pictures[0]}, "one twice": {pictures[0], pictures[0]}} {
		if a := c.want(422, "POST", "/api/v1/statuses", obj{"media_ids": ids}); a.text("error") == "" {
			t.Errorf("%s: got %s", name, a.raw)
		}
	}
	ben.want(422, "POST", "/api/v1/statuses", obj{"media_ids": pictures[:1]})
	ben.want(404, "GET", "/api/v1/media/"+pictures[0], nil)
	c.want(422, "POST", "/api/v1/statuses", obj{"media_ids": pictures[:1], "poll": obj{"options": []string{"a", "b"}, "expires_in": 300}})
	c.post(obj{"media_ids": pictures[:4]})
	c.srv.RemoveMedia()
	c.want(422, "POST", "/api/v1/statuses", obj{"media_ids": pictures[4:]})
}

func TestMediaOfRelatives(t *testing.T) {
	t.Parallel()
	c, _ := signedIn(t, mastodontest.GoToSocial())
	film := c.want(200, "POST", "/api/v2/media", file(t, "video/mp4", []byte("film"))).text("id")
	c.post(obj{"media_ids": []string{film}})

	c, _ = signedIn(t, mastodontest.Pixelfed())
	if a := c.want(422, "POST", "/api/v1/statuses", obj{"status": "text alone"}); !strings.Contains(a.raw, "required") {
		t.Errorf("got %s", a.raw)
	}
	picture := c.want(200, "POST", "/api/v1/media", file(t, "image/png", square(t))).text("id")
	c.post(obj{"status": "text", "media_ids": []string{picture}})

	cfg := mastodontest.GoToSocial()
	cfg.DescriptionRequired = true
	c, _ = signedIn(t, cfg)
	picture = c.upload()
	c.want(422, "POST", "/api/v1/statuses", obj{"media_ids": []string{picture}})
	c.want(200, "PUT", "/api/v1/media/"+picture, url.Values{"description": {"a square"}})
	c.post(obj{"media_ids": []string{picture}})

	c, _ = signedIn(t, mastodontest.Old())
	c.want(404, "POST", "/api/v2/media", file(t, "image/png", square(t)))
	c.want(404, "GET", "/api/v2/instance", nil)
	c.want(200, "POST", "/api/v1/media", file(t, "video/mp4", []byte("film")))
	if a := c.want(200, "GET", "/api/v1/instance", nil); a.obj["configuration"] != nil || a.text("version") != "3.3.0" {
		t.Errorf("instance: got %s", a.raw)
	}
}

func TestInstanceTellsItsLimits(t *testing.T) {
	t.Parallel()
	c, _ := signedIn(t, mastodontest.Roomy())
	for _, path := range []string{"/api/v1/instance", "/api/v2/instance"} {
		a := c.want(200, "GET", path, nil)
		if got := a.obj["configuration"].(obj)["statuses"].(obj)["max_characters"]; got != 11_000.0 {
			t.Errorf("%s: got %v", path, got)
		}
	}
	c, _ = signedIn(t, mastodontest.Pleroma())
	if a := c.want(200, "GET", "/api/v1/instance", nil); a.obj["max_toot_chars"] != 5000.0 || a.header.Get("X-RateLimit-Limit") != "" {
		t.Errorf("pleroma: got %s", a.raw)
	}
	software := c.want(200, "GET", "/nodeinfo/2.0", nil).obj["software"].(obj)
	if software["name"] != "pleroma" || software["version"] != "2.9.1" {
		t.Errorf("nodeinfo: got %v", software)
	}
}
