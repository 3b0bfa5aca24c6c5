package main

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/bluesky/blueskytest"
)

// film is an MP4 of so many bytes of samples, with its index at the end.
func film(samples int) []byte {
	box := func(kind string, parts ...[]byte) []byte {
		body := slices.Concat(parts...)
		return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+8)), kind...), body...)
	}
	words := func(v ...uint32) (b []byte) {
		for _, n := range v {
			b = binary.BigEndian.AppendUint32(b, n)
		}
		return b
	}
	upright := words(1<<16, 0, 0, 0, 1<<16, 0, 0, 0, 1<<30)
	stbl := box("stbl",
		box("stsd", words(0, 1), box("avc1", make([]byte, 70))), box("stts", words(0, 1, 50, 40)), box("stsc", words(0, 1, 1, 50, 1)),
		box("stsz", words(0, uint32(samples/50), 50)), box("stco", words(0, 1, 40)))
	trak := box("trak",
		box("tkhd", words(7, 0, 0, 1, 0, 2000), words(0, 0, 0, 0), upright, words(640<<16, 360<<16)),
		box("mdia", box("mdhd", words(0, 0, 0, 1000, 2000, 0x55c40000)), box("hdlr", words(0, 0), []byte("vide"), words(0, 0, 0), []byte("h\x00")), box("minf", stbl)))
	return slices.Concat(
		box("ftyp", []byte("isom\x00\x00\x02\x00isomiso2avc1mp41")), box("mdat", bytes.Repeat([]byte("film "), samples/5)),
		box("moov", box("mvhd", words(0, 0, 0, 1000, 2000), make([]byte, 80)), trak))
}

// TestVideoSurvivesARestart posts a video on a terminal through a video service before a real server. The
// daemon ends while the service is still at work, and the next one goes on with the same upload.
func TestVideoSurvivesARestart(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	video := blueskytest.NewVideoService(t, pds.URL())
	video.Looks = 4
	u := newUser(t, "file", passphrase, "HAYON_BLUESKY_VIDEO="+video.URL)
	who := pds.NewAccount(t)
	u.must(t, 0, who.AppPassword, "login", "bluesky", "--host", pds.URL(), "--handle", who.Handle, "--password-stdin", "--vault", "passphrase")
	file := film(5_000_000)
	u.write(t, "a.mp4", file)

	u.env = append(u.env, "HAYON_SERVER=unix")
	stop, err := startDaemon(u.dir, u.env)
	if err != nil {
		t.Fatal(err)
	}
	term := newTerminal(t)
	cmd := u.start(t, term, "post", "look", "--to", "bluesky", "-m", "a.mp4", "--alt", "it moves", "--wait=2m")
	term.wait(t, "Bluesky processes the video, 40 %", time.Minute)
	stop(t)
	if stop, err = startDaemon(u.dir, u.env); err != nil {
		t.Fatal(err)
	}
	defer func() { stop(t) }()
	switch got := exitCode(cmd); got {
	case 0:
	case hayon.CodeUnreachable.Exit(): // the machine was slow to bring the next one up
		u.must(t, 0, "", "wait", "last", "--timeout", "2m")
	default:
		t.Fatalf("exit code %d: %s", got, term.text())
	}
	if n := video.Jobs(); n != 1 {
		t.Errorf("the service has %d videos, want 1", n)
	}
	calls := video.Calls()
	if uploads := len(slices.DeleteFunc(slices.Clone(calls), func(c string) bool { return c != "uploadVideo" })); uploads != 1 {
		t.Errorf("the calls are %q, want one upload", calls)
	}
	wantVideoOnPDS(t, pds, who, file)
	post := u.must(t, 0, "", "show", "last", "--json").post(t)
	if post.State != hayon.PostPublished {
		t.Errorf("the post is %s", post.State)
	}
}

// wantVideoOnPDS: one post shows the video that the service made, with its shape and description.
func wantVideoOnPDS(t *testing.T, pds *servers.PDSInstance, who servers.Account, file []byte) {
	t.Helper()
	records := pds.ListRecords(t, who.DID, "app.bsky.feed.post")
	if len(records) != 1 {
		t.Fatalf("%d posts, want 1", len(records))
	}
	var got struct {
		Embed struct {
			Type        string         `json:"$type"`
			Alt         string         `json:"alt"`
			AspectRatio map[string]int `json:"aspectRatio"`
			Video       struct {
				Ref      map[string]string `json:"ref"`
				MimeType string            `json:"mimeType"`
			} `json:"video"`
		} `json:"embed"`
	}
	records[0].Decode(t, &got)
	e := got.Embed
	if e.Type != "app.bsky.embed.video" || e.Alt != "it moves" || e.Video.MimeType != "video/mp4" {
		t.Errorf("the embed is %+v", e)
	}
	if diff := cmp.Diff(map[string]int{"width": 640, "height": 360}, e.AspectRatio); diff != "" {
		t.Errorf("aspect ratio (-want +got):\n%s", diff)
	}
	if !bytes.Equal(pds.Blob(t, who.DID, e.Video.Ref["$link"]), blueskytest.Processed(file)) {
		t.Error("the video is not the one that the service made")
	}
}
