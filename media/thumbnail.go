package media

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// Thumbnail makes a small JPEG of a picture, of an animation's first frame, or of a video's first second
// where ffmpeg is there; else the error is [ErrNoFFmpeg]. Transparency is laid on white. Other errors are
// those of Fit.
func (f *Fitter) Thumbnail(ctx context.Context, src io.ReadSeeker, dst io.Writer, maxSide int, maxBytes int64) (Result, error) {
	s, err := surveyFile(src)
	if err != nil {
		return Result{}, err
	}
	if s.info.Type != MP4 && s.info.Type != MOV {
		return f.pictureThumbnail(ctx, s, src, dst, maxSide, maxBytes)
	}
	if !f.HasFFmpeg() {
		return Result{}, ErrNoFFmpeg
	}
	in, err := newSource(src)
	if err != nil {
		return Result{}, fmt.Errorf("reading the file: %w", err)
	}
	return f.videoThumbnail(ctx, &job{Fitter: f, survey: s, src: in, file: src, dst: dst}, maxSide, maxBytes)
}

// pictureThumbnail makes a JPEG in any case.
func (f *Fitter) pictureThumbnail(ctx context.Context, s *survey, src io.ReadSeeker, dst io.Writer, maxSide int, maxBytes int64) (Result, error) {
	in, err := newSource(src)
	if err != nil {
		return Result{}, fmt.Errorf("reading the file: %w", err)
	}
	j := &job{
		Fitter: f, survey: s, src: in, file: src, dst: dst,
		spec: Spec{Types: []string{JPEG}, MaxBytes: maxBytes, MaxSide: maxSide},
	}
	if err := j.affordable(); err != nil {
		return Result{}, err
	}
	return j.picture(ctx)
}

// videoThumbnail takes one picture out of a video.
func (f *Fitter) videoThumbnail(ctx context.Context, j *job, maxSide int, maxBytes int64) (Result, error) {
	at := fmt.Sprintf("%.3f", thumbnailAt(j.info.Duration).Seconds())
	out, err := j.ffmpegFile(ctx, "mov", []string{"-ss", at, "-map", "0:v:0", "-frames:v", "1", "-c:v", "png", "-f", "image2", "-update", "1"})
	if err != nil {
		return Result{}, err
	}
	defer out.remove()
	file, err := os.Open(out.path)
	if err != nil {
		return Result{}, fmt.Errorf("reading what ffmpeg made: %w", err)
	}
	defer func() { _ = file.Close() }() // read only
	s, err := surveyFile(file)
	if err != nil {
		return Result{}, fmt.Errorf("reading what ffmpeg made: %w", err)
	}
	return f.pictureThumbnail(ctx, s, file, j.dst, maxSide, maxBytes)
}

// thumbnailAt is where in a video its small picture is taken.
func thumbnailAt(length time.Duration) time.Duration {
	if length <= 0 {
		return 0
	}
	return min(time.Second, length/2)
}
