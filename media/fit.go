package media

import (
	"cmp"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fitVersion stands in front of [Spec.Key]. It grows with every change of fitting that makes other
// bytes of the same file, so that what was fitted by an older program is fitted again.
const fitVersion = 1

// Spec is what a platform takes. The zero value takes everything and removes metadata.
type Spec struct {
	// Types are the MIME types that the platform takes, none for all. A file of another type is
	// converted where that can be done.
	Types []string
	// MaxBytes bounds a picture's file. Of all limits here 0 means none.
	MaxBytes int64
	// MaxPixels bounds a picture's width × height.
	MaxPixels int64
	// MaxSide bounds a picture's longer side, in pixels.
	MaxSide int
	// MinAspect and MaxAspect bound width / height of a picture and of a video whose size is known. A
	// file outside is refused: nothing is cropped.
	MinAspect, MaxAspect float64
	// VideoMaxBytes bounds a video's file and VideoMaxPixels its width × height.
	VideoMaxBytes, VideoMaxPixels int64
	// MaxDuration bounds how long a video takes. A longer one is refused: nothing is cut.
	MaxDuration time.Duration
	// MaxFPS bounds a video's pictures a second.
	MaxFPS float64
	// GIFVideo asks for an MP4 in place of an animated GIF. Without ffmpeg the GIF stays, and a step
	// says that it will be shown still.
	GIFVideo bool
	// KeepMetadata leaves location, camera and the like in the file.
	KeepMetadata bool
	// NoResize refuses what fits only with fewer pixels.
	NoResize bool
}

// Key spells all fields, with the version of the fitting in front: where keys are equal, a fitter makes the
// same of the same bytes, as long as it has, or has not, ffmpeg. The order of Types does not matter. See also [Fitter.Key].
func (s Spec) Key() string {
	types := slices.Sorted(slices.Values(s.Types))
	number := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	return fmt.Sprintf("v%d types=%s bytes=%d pixels=%d side=%d aspect=%s-%s vbytes=%d vpixels=%d duration=%s fps=%s gifvideo=%t keep=%t noresize=%t",
		fitVersion, strings.Join(slices.Compact(types), ","), s.MaxBytes, s.MaxPixels, s.MaxSide,
		number(s.MinAspect), number(s.MaxAspect), s.VideoMaxBytes, s.VideoMaxPixels, s.MaxDuration,
		number(s.MaxFPS), s.GIFVideo, s.KeepMetadata, s.NoResize)
}

func (s Spec) takes(mime string) bool {
	return len(s.Types) == 0 || slices.Contains(s.Types, mime)
}

// Config is what a [Fitter] may use. The zero value works.
type Config struct {
	// Budget is the memory for pixels at once, in bytes, of all fits together; 0: 512 MiB.
	Budget int64
	// FFmpeg is the path of the program; "": looked up in PATH; "none": never used.
	FFmpeg string
	// TempDir takes the files that ffmpeg works on; "": the system's.
	TempDir string
	// Timeout bounds one run of ffmpeg; 0: 10 minutes.
	Timeout time.Duration
}

// Fitter makes files fit. Safe for concurrent use: concurrent fits share the budget, and one that does
// not fit beside the others waits for its turn.
type Fitter struct {
	budget  *budget
	ffmpeg  string // "": there is none
	tempDir string
	timeout time.Duration
}

// NewFitter looks for ffmpeg once and fills the defaults.
func NewFitter(cfg Config) *Fitter {
	const (
		defaultBudget  = 512 << 20
		defaultTimeout = 10 * time.Minute
	)
	if cfg.Budget <= 0 {
		cfg.Budget = defaultBudget
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	f := &Fitter{budget: newBudget(cfg.Budget), tempDir: cfg.TempDir, timeout: cfg.Timeout}
	if cfg.FFmpeg != "none" {
		f.ffmpeg = program(cmp.Or(cfg.FFmpeg, "ffmpeg"))
	}
	return f
}

// program is where a program is, "" for nowhere. One that is found in the working folder alone is none:
// anybody may have put it there.
func program(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}

// HasFFmpeg reports whether the program ffmpeg was found when the fitter was made.
func (f *Fitter) HasFFmpeg() bool { return f.ffmpeg != "" }

// Key is [Spec.Key] with what else decides on what a file becomes: whether there is ffmpeg.
func (f *Fitter) Key(spec Spec) string {
	return fmt.Sprintf("%s ffmpeg=%t", spec.Key(), f.HasFFmpeg())
}

// Result is what fitting came to.
type Result struct {
	// Info is of what was made, or of the source where Changed is false.
	Info Info
	// Bytes is the length of the same file.
	Bytes int64
	// Changed says that something was written.
	Changed bool
	// Steps are what was done, in order, as short phrases for people: "2.1 MB → 0.91 MB", "turned upright",
	// "JPEG q85". There may be one where nothing changed.
	Steps []string
}

// FitError is returned for a file that cannot be made what the platform takes.
type FitError struct {
	// Reason says what is the matter with the file: "it has 60,000 × 60,000 pixels; at most 100
	// megapixels are read". Lower-case start, no period.
	Reason string
	// Hint says what helps, in the same form; it may be empty.
	Hint string
}

// Error is the reason.
func (e *FitError) Error() string { return e.Reason }

// ErrNoFFmpeg is returned where only ffmpeg could do it and there is none.
var ErrNoFFmpeg = errors.New("ffmpeg is not installed")
