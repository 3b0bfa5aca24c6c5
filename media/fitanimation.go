package media

import (
	"context"
	"fmt"
)

// stepStill tells people what a platform makes of an animation.
const stepStill = "will be shown still: without ffmpeg it cannot become a video"

// animation passes one on within its limits. It is never made still; what it can become is an MP4.
func (j *job) animation(ctx context.Context) (Result, error) {
	asVideo := j.spec.takes(MP4) && j.HasFFmpeg() && j.info.Type != WebP // ffmpeg reads no animated WebP
	wanted := j.spec.GIFVideo && j.info.Type == GIF
	fits := j.spec.takes(j.info.Type) && within(j.bytesAsItIs(), j.spec.MaxBytes) && j.spec.fitsPixels(j.info.Width, j.info.Height)
	if j.info.Orientation > 1 && !j.spec.KeepMetadata {
		return Result{}, &FitError{
			Reason: fmt.Sprintf("it is an animated %s that lies on its side; only still pictures are turned", titles[j.info.Type]),
			Hint:   "save it upright",
		}
	}
	switch {
	case asVideo && (wanted || !fits):
		return j.animationVideo(ctx)
	case fits && wanted && j.spec.takes(MP4):
		return j.copied(ctx, stepStill)
	case fits:
		return j.copied(ctx)
	}
	e := &FitError{Reason: j.animationMisfit(), Hint: "make it smaller or shorter, or attach it as a video"}
	if j.spec.takes(MP4) && j.info.Type != WebP {
		e.Hint = "install ffmpeg, which makes a video of it, or make it smaller"
	}
	return Result{}, e
}

func (j *job) animationMisfit() string {
	what := "it is an animated " + titles[j.info.Type]
	switch {
	case !j.spec.takes(j.info.Type):
		return what + ", which the platform does not take"
	case !within(j.bytesAsItIs(), j.spec.MaxBytes):
		return fmt.Sprintf("%s of %s; the platform takes at most %s", what, size(j.bytesAsItIs()), size(j.spec.MaxBytes))
	default:
		return fmt.Sprintf("%s of %s pixels; the platform takes %s", what, dimensions(j.info.Width, j.info.Height), j.spec.pixelsTaken())
	}
}

// animationVideo makes an MP4 within the limits of videos.
func (j *job) animationVideo(ctx context.Context) (Result, error) {
	if err := j.tooLong(); err != nil {
		return Result{}, err
	}
	demuxer := map[string]string{GIF: "gif", PNG: "apng"}[j.info.Type]
	return j.codeWithin(ctx, demuxer, 0, 0, func(size int64) (int64, bool) {
		seconds := max(j.info.Duration.Seconds(), 0.1)
		rate := int64(0.85 * 8 * float64(j.spec.VideoMaxBytes) / seconds)
		if size < 2*j.spec.VideoMaxBytes {
			rate = rate * 3 / 4
		}
		return rate, true
	}, "-an")
}
