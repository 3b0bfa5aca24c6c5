package media

import (
	"context"
	"io"
)

func (j *job) video(ctx context.Context) (Result, error)     { return j.copied(ctx) }
func (j *job) animation(ctx context.Context) (Result, error) { return j.copied(ctx) }

// Thumbnail makes a small JPEG of a picture, or of a video's first second where ffmpeg is there; else
// the error is [ErrNoFFmpeg].
func (f *Fitter) Thumbnail(ctx context.Context, src io.ReadSeeker, dst io.Writer, maxSide int, maxBytes int64) (Result, error) {
	s, err := surveyFile(src)
	if err != nil {
		return Result{}, err
	}
	if s.info.Type == MP4 || s.info.Type == MOV {
		return Result{}, ErrNoFFmpeg
	}
	return f.pictureThumbnail(ctx, s, src, dst, maxSide, maxBytes)
}

// pictureThumbnail makes a JPEG in any case: of an animation its first frame.
func (f *Fitter) pictureThumbnail(ctx context.Context, s *survey, src io.ReadSeeker, dst io.Writer, maxSide int, maxBytes int64) (Result, error) {
	if err := f.affordable(s); err != nil {
		return Result{}, err
	}
	in, err := newSource(src)
	if err != nil {
		return Result{}, err
	}
	j := &job{
		Fitter: f, survey: s, src: in, file: src, dst: dst,
		spec: Spec{Types: []string{JPEG}, MaxBytes: maxBytes, MaxSide: maxSide},
	}
	return j.picture(ctx)
}
