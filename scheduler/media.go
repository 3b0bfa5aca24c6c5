package scheduler

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/media"
)

// CreateMedia stores bytes and what is known of them. Of a file that cannot be used nothing is stored,
// and the bytes of one that can are on the disk before the row that names them.
func (s *Scheduler) CreateMedia(ctx context.Context, r io.Reader, name string) (*hayon.Media, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	var head bytes.Buffer // what Probe has read; it stops early
	info, err := media.Probe(io.TeeReader(r, &head))
	if err != nil {
		return nil, refusedMedia(name, err)
	}
	sum, size, err := s.deps.Blobs.Put(ctx, io.MultiReader(&head, r))
	if err != nil {
		return nil, err
	}
	now := s.now()
	m := &hayon.Media{
		ID: hayon.NewMediaID(now), Owner: actor.User, SHA256: sum, Type: info.Type, Bytes: size,
		Width: info.Width, Height: info.Height, Name: name, CreatedAt: now,
	}
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.CreateMedia(ctx, m) })
	if err != nil {
		return nil, err
	}
	return m, nil
}

// refusedMedia is why a file cannot be attached: because of what it holds, or because it cannot be
// read to the end.
func refusedMedia(name string, err error) error {
	_, unknown := errors.AsType[*media.UnknownTypeError](err)
	_, corrupt := errors.AsType[*media.CorruptError](err)
	if !unknown && !corrupt && !errors.Is(err, media.ErrEmpty) {
		return hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", display(name), err).
			WithHint("check the file and the disk that it is on")
	}
	return hayon.Errorf(hayon.CodeInvalid, "%s cannot be attached: %w", display(name), err).
		WithHint("attach a JPEG, PNG, GIF or WebP image")
}

func display(name string) string {
	if name == "" {
		return "the file"
	}
	return name
}

// FindMediaByID answers a medium of the actor.
func (s *Scheduler) FindMediaByID(ctx context.Context, id hayon.MediaID) (*hayon.Media, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	var m *hayon.Media
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		m, err = tx.FindMediaByID(ctx, id)
		if err == nil && m.Owner != actor.User {
			err = hayon.Errorf(hayon.CodeNotFound, "there is no medium %s", id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}
