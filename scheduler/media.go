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
	sum, size, err := s.deps.Blobs.Put(ctx, &bounded{r: io.MultiReader(&head, r), left: hayon.MaxMediaBytes, name: name})
	if err != nil {
		return nil, err
	}
	if info, err = s.probe(ctx, sum, name); err != nil {
		return nil, err
	}
	now := s.now()
	m := &hayon.Media{
		ID: hayon.NewMediaID(now), Owner: actor.User, SHA256: sum, Type: info.Type, Bytes: size,
		Width: info.Width, Height: info.Height, Duration: info.Duration, Animated: info.Animated, Name: name, CreatedAt: now,
	}
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.CreateMedia(ctx, m) })
	if err != nil {
		return nil, err
	}
	return m, nil
}

// probe looks at all of a stored medium: what a video is stands at its end, for some.
func (s *Scheduler) probe(ctx context.Context, sha256, name string) (media.Info, error) {
	f, err := s.openMedium(ctx, sha256)
	if err != nil {
		return media.Info{}, err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := media.ProbeFile(f)
	if err != nil {
		return info, refusedMedia(name, err)
	}
	return info, nil
}

// bounded reads up to a bound and is invalid beyond it.
type bounded struct {
	r    io.Reader
	left int64
	name string
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, hayon.Errorf(hayon.CodeInvalid, "%s has more than %d bytes, which no platform takes", display(b.name), int64(hayon.MaxMediaBytes)).
			WithHint("make it smaller, or publish it elsewhere and post its address")
	}
	return n, err
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
		WithHint("attach a JPEG, PNG, GIF or WebP image, or an MP4 video")
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
