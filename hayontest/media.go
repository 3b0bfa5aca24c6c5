package hayontest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

var mediaCases = []testCase{
	{"media", mediaFacts},
	{"media that are refused", refusedMedia},
	{"attach media", attachMedia},
}

func mediaFacts(t *testing.T, f Fixture) {
	picture := PNG(t, 30, 20)
	m, err := f.Service.CreateMedia(as(t, f.Actor), bytes.NewReader(picture), "a square.png")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(picture)
	want := &hayon.Media{
		ID: m.ID, Owner: m.Owner, SHA256: hex.EncodeToString(sum[:]), Type: "image/png", Bytes: int64(len(picture)),
		Width: 30, Height: 20, Name: "a square.png", CreatedAt: m.CreatedAt,
	}
	if diff := cmp.Diff(want, m); diff != "" || m.ID.IsZero() {
		t.Errorf("medium (-want +got):\n%s", diff)
	}
	got, err := f.Service.FindMediaByID(as(t, f.Actor), m.ID)
	if diff := cmp.Diff(m, got); err != nil || diff != "" {
		t.Errorf("found: %v (-stored +found):\n%s", err, diff)
	}
	_, err = f.Service.FindMediaByID(as(t, f.Actor), hayon.NewMediaID(time.Now()))
	wantCode(t, "an unknown medium", err, hayon.CodeNotFound)
	_, err = f.Service.FindMediaByID(as(t, f.Actor), hayon.MediaID{})
	wantCode(t, "the zero medium", err, hayon.CodeNotFound)
}

func refusedMedia(t *testing.T, f Fixture) {
	for name, r := range map[string]io.Reader{
		"text in a picture's name": strings.NewReader("only text, whatever the name says"),
		"empty file":               strings.NewReader(""),
		"half a head":              bytes.NewReader(PNG(t, 3, 3)[:10]),
	} {
		_, err := f.Service.CreateMedia(as(t, f.Actor), r, "a.png")
		wantCode(t, name, err, hayon.CodeInvalid)
	}
	broken := errors.New("the disk went away")
	_, err := f.Service.CreateMedia(as(t, f.Actor), io.MultiReader(bytes.NewReader(PNG(t, 3, 3)), iotest.ErrReader(broken)), "a.png")
	if err == nil {
		t.Error("a file that broke off was stored")
	}
}

func attachMedia(t *testing.T, f Fixture) {
	m, err := f.Service.CreateMedia(as(t, f.Actor), bytes.NewReader(PNG(t, 4, 4)), "a.png")
	if err != nil {
		t.Fatal(err)
	}
	c := later("with a picture")
	c.Media, c.IdempotencyKey = []hayon.MediaInput{{Media: m.ID, Alt: "a square"}}, "pictures"
	p := create(t, f, c)
	want := []hayon.Attachment{{Media: m.ID, Alt: "a square", SHA256: m.SHA256, Type: m.Type, Bytes: m.Bytes, Width: 4, Height: 4, Name: "a.png"}}
	if diff := cmp.Diff(want, find(t, f, p.ID).Targets[0].Parts[0].Media); diff != "" {
		t.Errorf("attached (-want +got):\n%s", diff)
	}
	// A repeat uploads the same bytes anew.
	again, err := f.Service.CreateMedia(as(t, f.Actor), bytes.NewReader(PNG(t, 4, 4)), "a.png")
	if err != nil {
		t.Fatal(err)
	}
	c.Media[0].Media = again.ID
	if repeat := create(t, f, c); repeat.ID != p.ID {
		t.Errorf("the same request with the same bytes made %s beside %s", repeat.ID, p.ID)
	}
	c.IdempotencyKey = ""
	_, err = f.Other.CreatePost(as(t, f.OtherActor), c)
	wantCode(t, "another user's medium", err, hayon.CodeNotFound)
}
