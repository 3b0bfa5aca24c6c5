package hayontest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func mediaCases() []testCase {
	return []testCase{
		{"media", mediaFacts},
		{"media that are refused", refusedMedia},
		{"attach media", attachMedia},
	}
}

func mediaFacts(w *world) {
	picture := PNG(30, 20)
	m, err := w.Service.CreateMedia(w.ctx(), bytes.NewReader(picture), "a square.png")
	if err != nil {
		w.Fatal(err)
	}
	sum := sha256.Sum256(picture)
	want := &hayon.Media{
		ID: m.ID, Owner: m.Owner, SHA256: hex.EncodeToString(sum[:]), Type: "image/png", Bytes: int64(len(picture)),
		Width: 30, Height: 20, Name: "a square.png", CreatedAt: m.CreatedAt,
	}
	if diff := cmp.Diff(want, m); diff != "" || m.ID.IsZero() {
		w.Errorf("medium (-want +got):\n%s", diff)
	}
	got, err := w.Service.FindMediaByID(w.ctx(), m.ID)
	if diff := cmp.Diff(m, got); err != nil || diff != "" {
		w.Errorf("found: %v (-stored +found):\n%s", err, diff)
	}
	_, err = w.Service.FindMediaByID(w.ctx(), hayon.NewMediaID(time.Now()))
	w.refused("an unknown medium", err, hayon.CodeNotFound)
	_, err = w.Service.FindMediaByID(w.ctx(), hayon.MediaID{})
	w.refused("the zero medium", err, hayon.CodeNotFound)
}

func refusedMedia(w *world) {
	for name, r := range map[string]io.Reader{
		"text in a picture's name": strings.NewReader("only text, whatever the name says"),
		"empty file":               strings.NewReader(""),
		"half a head":              bytes.NewReader(PNG(3, 3)[:10]),
	} {
		_, err := w.Service.CreateMedia(w.ctx(), r, "a.png")
		w.refused(name, err, hayon.CodeInvalid)
	}
	broken := errors.New("the disk went away")
	_, err := w.Service.CreateMedia(w.ctx(), io.MultiReader(bytes.NewReader(PNG(3, 3)), iotest.ErrReader(broken)), "a.png")
	if err == nil {
		w.Error("a file that broke off was stored")
	}
}

func attachMedia(w *world) {
	m := w.upload(4, 4, "a.png")
	c := later("with a picture")
	c.Media, c.IdempotencyKey = []hayon.MediaInput{{Media: m.ID, Alt: "a square"}}, "pictures"
	p := w.create(c)
	want := []hayon.Attachment{{Media: m.ID, Alt: "a square", SHA256: m.SHA256, Type: m.Type, Bytes: m.Bytes, Width: 4, Height: 4, Name: "a.png"}}
	if diff := cmp.Diff(want, w.find(p.ID).Targets[0].Parts[0].Media); diff != "" {
		w.Errorf("attached (-want +got):\n%s", diff)
	}
	// A repeat uploads the same bytes anew.
	again := w.upload(4, 4, "a.png")
	c.Media[0].Media = again.ID
	if repeat := w.create(c); repeat.ID != p.ID {
		w.Errorf("the same request with the same bytes made %s beside %s", repeat.ID, p.ID)
	}
	c.IdempotencyKey = ""
	_, err := w.Other.CreatePost(w.otherCtx(), c)
	w.refused("another user's medium", err, hayon.CodeNotFound)
}
