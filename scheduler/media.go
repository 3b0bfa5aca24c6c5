package scheduler

import (
	"context"
	"io"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/media"
)

// CreateMedia stores bytes and what is known of them. The bytes are on the disk before the row that
// names them.
func (s *Scheduler) CreateMedia(ctx context.Context, r io.Reader, name string) (*hayon.Media, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	sum, size, err := s.deps.Blobs.Put(ctx, r)
	if err != nil {
		return nil, err
	}
	info, err := s.probe(ctx, sum)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeInvalid, "%s cannot be attached: %w", display(name), err).
			WithHint("attach a JPEG, PNG, GIF or WebP image")
	}
	now := time.Now().UTC()
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

func (s *Scheduler) probe(ctx context.Context, sum string) (media.Info, error) {
	blob, err := s.deps.Blobs.Open(ctx, sum)
	if err != nil {
		return media.Info{}, err
	}
	defer func() { _ = blob.Close() }() // read only
	return media.Probe(blob)
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
