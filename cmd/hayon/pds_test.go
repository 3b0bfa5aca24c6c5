package main

import (
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

const passphrase = "HAYON_VAULT_PASSPHRASE=correct horse battery staple"

// modes are the two ways to the services.
var modes = []string{"file", "socket"}

// eachMode runs a test over the file and over the socket.
func eachMode(t *testing.T, run func(t *testing.T, mode string)) {
	t.Helper()
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			run(t, mode)
		})
	}
}

// connected is a user with a Bluesky account on the shared server.
func connected(t *testing.T, pds *servers.PDSInstance, mode string) (*user, servers.Account) {
	t.Helper()
	u, who := newUser(t, mode, passphrase), pds.NewAccount(t)
	o := u.must(t, 0, who.AppPassword, "login", "bluesky", "--host", pds.URL(), "--handle", who.Handle,
		"--password-stdin", "--vault", "passphrase")
	if o.out != "bluesky\n" {
		t.Errorf("login printed %q", o.out)
	}
	if strings.Contains(o.out+o.err, who.AppPassword) {
		t.Error("the password was printed")
	}
	return u, who
}

// skeet is a post as the PDS holds it.
type skeet struct {
	Text   string   `json:"text"`
	Langs  []string `json:"langs"`
	Facets []struct {
		Index    struct{ ByteStart, ByteEnd int } `json:"index"`
		Features []map[string]string              `json:"features"`
	} `json:"facets"`
	Embed struct {
		Images []struct {
			Alt         string         `json:"alt"`
			AspectRatio map[string]int `json:"aspectRatio"`
			Image       struct {
				Ref      map[string]string `json:"ref"`
				MimeType string            `json:"mimeType"`
			} `json:"image"`
		} `json:"images"`
	} `json:"embed"`
}

func TestBlueskyPost(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	bob := pds.NewAccount(t)
	eachMode(t, func(t *testing.T, mode string) {
		t.Helper()
		u, who := connected(t, pds, mode)
		file := picture(8, 6)
		u.write(t, "a.png", file)
		body := "Hi #golang https://example.org @" + bob.Handle
		post := u.must(t, 0, "", "post", body, "-m", "a.png", "--alt", "a square", "--to", "bluesky", "--wait", "--json",
			"--lang", "en").post(t)
		if post.State != hayon.PostPublished || len(post.Targets) != 1 {
			t.Fatalf("the post is %s with %d targets", post.State, len(post.Targets))
		}
		target := post.Targets[0]
		_, rkey, _ := strings.Cut(target.RemoteID, "/app.bsky.feed.post/")
		if target.State != hayon.StatePublished || !strings.HasPrefix(target.RemoteID, "at://"+who.DID+"/") || rkey == "" {
			t.Errorf("the target is %s as %q", target.State, target.RemoteID)
		}
		if !strings.HasPrefix(target.URL, "https://") || !strings.HasSuffix(target.URL, "/post/"+rkey) {
			t.Errorf("the URL is %q", target.URL)
		}
		if n := len(pds.ListRecords(t, who.DID, "app.bsky.feed.post")); n != 1 {
			t.Errorf("the server has %d posts, want 1", n)
		}
		var got skeet
		pds.Record(t, who.DID, rkey).Decode(t, &got)
		if got.Text != body || !cmp.Equal(got.Langs, []string{"en"}) {
			t.Errorf("the text is %q in %q", got.Text, got.Langs)
		}
		wantFacets(t, got, body, map[string]string{
			"#golang": "app.bsky.richtext.facet#tag golang", "https://example.org": "app.bsky.richtext.facet#link https://example.org",
			"@" + bob.Handle: "app.bsky.richtext.facet#mention " + bob.DID,
		})
		if len(got.Embed.Images) != 1 {
			t.Fatalf("the post has %d images, want 1", len(got.Embed.Images))
		}
		img := got.Embed.Images[0]
		if img.Alt != "a square" || img.Image.MimeType != "image/png" {
			t.Errorf("the image is %q, %s", img.Alt, img.Image.MimeType)
		}
		if diff := cmp.Diff(map[string]int{"width": 8, "height": 6}, img.AspectRatio); diff != "" {
			t.Errorf("aspect ratio (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(file, pds.Blob(t, who.DID, img.Image.Ref["$link"])); diff != "" {
			t.Errorf("the image's bytes (-want +got):\n%s", diff)
		}
	})
}

// wantFacets compares facets by the bytes that they cover.
func wantFacets(t *testing.T, got skeet, body string, want map[string]string) {
	t.Helper()
	have := make(map[string]string)
	for _, f := range got.Facets {
		i := f.Index
		if i.ByteStart < 0 || i.ByteEnd > len(body) || i.ByteStart >= i.ByteEnd || len(f.Features) != 1 {
			t.Fatalf("a facet from %d to %d with %d features", i.ByteStart, i.ByteEnd, len(f.Features))
		}
		feature := f.Features[0]
		have[body[i.ByteStart:i.ByteEnd]] = feature["$type"] + " " + feature["tag"] + feature["uri"] + feature["did"]
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("facets (-want +got):\n%s", diff)
	}
}

// TestBlueskyScheduled posts to two platforms for later, by tick or by the daemon.
func TestBlueskyScheduled(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	eachMode(t, func(t *testing.T, mode string) {
		t.Helper()
		u, who := connected(t, pds, mode)
		o := u.must(t, 0, "", "post", "--to", "bluesky,site", "--in", "1s", "later")
		if mode == "file" {
			if !strings.Contains(o.err, "hayon daemon start") || !strings.Contains(o.err, "hayon tick") {
				t.Errorf("nobody was told who sends it: %q", o.err)
			}
			published := poll(func() bool {
				u.must(t, 0, "", "tick")
				return strings.Contains(u.run(t, "", "show", "last", "--json=state").out, `"published"`)
			}, nil)
			if !published {
				t.Fatal("tick does not publish it")
			}
		}
		post := u.must(t, 0, "", "wait", "last", "--for", "20s", "--json").post(t)
		if post.State != hayon.PostPublished || len(post.Targets) != 2 {
			t.Errorf("the post is %s", post.State)
		}
		if n := len(pds.ListRecords(t, who.DID, "app.bsky.feed.post")); n != 1 {
			t.Errorf("the server has %d posts, want 1", n)
		}
	})
}

func TestBlueskyRefusesBeforeSending(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	eachMode(t, func(t *testing.T, mode string) {
		t.Helper()
		u, who := connected(t, pds, mode)
		u.must(t, 0, "", "post", "the same", "--to", "bluesky,site")
		u.must(t, 10, "", "post", "the same", "--to", "bluesky,site").wantError(t, "bluesky", "--allow-duplicate")
		u.must(t, 0, "", "post", "the same", "--to", "bluesky,site", "--allow-duplicate")
		u.must(t, 3, "", "post", strings.Repeat("x", 301), "--to", "bluesky,site").wantError(t, "301", "300", "nothing was stored")
		u.write(t, "flat.gif", []byte("GIF89a\x60\xea\x60\xea\x00\x00\x00,\x00\x00\x00\x00\x60\xea\x60\xea\x00\x02\x02\x44\x01\x00;"))
		u.must(t, 3, "", "post", "big", "-m", "flat.gif", "--to", "bluesky,site").wantError(t, "flat.gif")
		if n := len(pds.ListRecords(t, who.DID, "app.bsky.feed.post")); n != 2 {
			t.Errorf("the server has %d posts, want 2", n)
		}
		if got := u.must(t, 0, "", "list", "--count").out; got != "2\n" {
			t.Errorf("there are %s posts, want 2", got)
		}
	})
}

func TestBlueskyLogin(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	eachMode(t, func(t *testing.T, mode string) {
		t.Helper()
		u, who := newUser(t, mode, passphrase), pds.NewAccount(t)
		login := func(exit int, password string, host string) outcome {
			return u.must(t, exit, password, "login", "bluesky", "--host", host, "--handle", who.Handle,
				"--password-stdin", "--vault", "passphrase")
		}
		login(4, "wrong-wron-gwro-ngwr", pds.URL()).wantError(t, "bluesky")
		login(2, "", pds.URL()).wantError(t, "no password")
		login(8, who.AppPassword, nobodyListens(t)).wantError(t, "bluesky")
		u.must(t, 0, "", "account", "list", "--json")
		if got := u.must(t, 0, "", "account", "list", "-q").out; got != "" {
			t.Errorf("connected are %q, want none", got)
		}
		login(0, who.AppPassword+"\n", pds.URL())
		if got := u.must(t, 0, "", "account", "test", "bluesky").err; got != "bluesky works\n" {
			t.Errorf("account test says %q", got)
		}
		wantNoSecret(t, u, who.AppPassword)
		o := u.must(t, 0, "", "post", "told in full", "--to", "bluesky", "-vv")
		if o.err == "" || strings.Contains(o.err, who.AppPassword) || strings.Contains(o.err, "eyJ") {
			t.Errorf("-vv says a secret or nothing: %q", o.err)
		}
		u.must(t, 0, "", "logout", "bluesky", "--yes")
		u.must(t, 5, "", "account", "test", "bluesky").wantError(t, "bluesky")
		u.must(t, 2, "", "post", "x", "--to", "bluesky").wantError(t, "hayon login bluesky")
	})
}

// TestBlueskyUnreachable stops the server between log-in and post: it is tried again, and nothing
// is lost or doubled.
func TestBlueskyUnreachable(t *testing.T) {
	t.Parallel()
	pds := servers.StartPDS(t)
	u, who := connected(t, pds, "file")
	pds.Stop(t)
	u.must(t, 8, "", "account", "test", "bluesky").wantError(t, "bluesky")
	o := u.must(t, 12, "", "post", "patience", "--to", "bluesky", "--wait=2s", "--json")
	if p := o.post(t); p.State != hayon.PostPublishing || p.Targets[0].Error == nil {
		t.Errorf("the post is %s", p.State)
	}
	pds.Restart(t)
	if p := u.must(t, 0, "", "retry", "last", "--json").post(t); p.State != hayon.PostPublished {
		t.Errorf("the post is %s", p.State)
	}
	if n := len(pds.ListRecords(t, who.DID, "app.bsky.feed.post")); n != 1 {
		t.Errorf("the server has %d posts, want 1", n)
	}
}

// TestBlueskyInCI connects by variables alone: no keyring, no prompt, no file with secrets.
func TestBlueskyInCI(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	who := pds.NewAccount(t)
	u := newUser(t, "file", "CI=true", "HAYON_ACCOUNTS=bluesky", "HAYON_BLUESKY_HOST="+pds.URL(),
		"HAYON_BLUESKY_HANDLE="+who.Handle, "HAYON_BLUESKY_PASSWORD="+who.AppPassword)
	for _, text := range []string{"first job", "second job"} {
		p := u.must(t, 0, "", "post", text, "--to", "bluesky", "--json").post(t)
		if p.State != hayon.PostPublished {
			t.Errorf("the post is %s", p.State)
		}
	}
	id := strings.TrimSpace(u.must(t, 0, "", "post", "not waited for", "--to", "bluesky", "-q", "--no-wait").out)
	if p := u.must(t, 0, "", "wait", id, "--json").post(t); p.State != hayon.PostPublished {
		t.Errorf("what wait has sent is %s", p.State)
	}
	u.must(t, 0, "", "account", "test", "bluesky")
	u.must(t, 0, "", "doctor")
	u.must(t, 0, "", "delete", id, "--remote", "--yes")
	if n := len(pds.ListRecords(t, who.DID, "app.bsky.feed.post")); n != 2 {
		t.Errorf("the server has %d posts, want 2 of 3", n)
	}
	wantNoSecret(t, u, who.AppPassword)
	u.env = append(u.env, "HAYON_BLUESKY_PASSWORD=", "HAYON_ACCOUNTS=bluesky/work")
	u.must(t, 4, "", "post", "x", "--to", "bluesky/work").wantError(t, "HAYON_BLUESKY_WORK_PASSWORD")
	u.env = append(u.env, "HAYON_ACCOUNTS=blusky")
	u.must(t, 2, "", "post", "x", "--to", "bluesky").wantError(t, "blusky")
}

// nobodyListens is the address of a port that is closed.
func nobodyListens(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return "http://" + l.Addr().String()
}
