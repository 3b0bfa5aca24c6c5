package media

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"
)

// players are the codecs that platforms play from an MP4. Others are coded anew.
var players = []string{"avc1", "avc3", "hvc1", "hev1", "dvh1", "dvhe", "av01", "vp09", "vp08", ""}

// sounds are those that an MP4 may hold; others, of cameras mostly, are coded anew.
var sounds = []string{"mp4a", "ac-3", "ec-3", "Opus", ".mp3", ""}

// video passes a video on within its limits, with its metadata overwritten in place. Whatever else needs
// ffmpeg.
func (j *job) video(ctx context.Context) (Result, error) {
	if err := j.tooLong(); err != nil {
		return Result{}, err
	}
	if !j.spec.takes(MP4) && !j.spec.takes(j.info.Type) {
		return Result{}, j.wrongType()
	}
	why := j.recoding()
	packed := why == "" && (!j.spec.takes(j.info.Type) || j.stuck && !j.spec.KeepMetadata)
	switch {
	case why == "" && !packed:
		return j.copied(ctx)
	case why != "" && j.spec.NoResize && j.smallerNeeded():
		return Result{}, &FitError{Reason: why, Hint: "make it smaller, or let it be coded anew"}
	case !j.spec.takes(MP4):
		return Result{}, &FitError{Reason: why, Hint: "make it smaller, or code it anew"}
	case !j.HasFFmpeg():
		if packed {
			why = fmt.Sprintf("it is a %s file that must be packed anew", titles[j.info.Type])
		}
		return Result{}, &FitError{Reason: why, Hint: "install ffmpeg, which is used where it is found"}
	case packed:
		return j.remux(ctx)
	default:
		return j.transcode(ctx)
	}
}

// tooLong refuses what takes longer than the platform takes.
func (j *job) tooLong() error {
	if j.spec.MaxDuration <= 0 || j.info.Duration <= j.spec.MaxDuration {
		return nil
	}
	return &FitError{
		Reason: fmt.Sprintf("it takes %s; the platform takes at most %s", short(j.info.Duration), short(j.spec.MaxDuration)),
		Hint:   "cut it",
	}
}

// short is a length of time without the ends that nobody reads.
func short(d time.Duration) string {
	if d >= time.Minute {
		return d.Round(time.Second).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

// recoding says why the pictures must be coded anew, "" if they need not.
func (j *job) recoding() string {
	s, info := j.spec, j.info
	switch {
	case !within(j.size, s.VideoMaxBytes):
		return fmt.Sprintf("it has %s; the platform takes at most %s", size(j.size), size(s.VideoMaxBytes))
	case !within(pixels(info), s.VideoMaxPixels):
		return fmt.Sprintf("its pictures have %s pixels; the platform takes at most %s in all",
			dimensions(info.Width, info.Height), thousands(s.VideoMaxPixels))
	case s.MaxFPS > 0 && info.FPS > s.MaxFPS*1.01:
		return fmt.Sprintf("it has %.4g pictures a second; the platform takes at most %.4g", info.FPS, s.MaxFPS)
	case !slices.Contains(players, info.Codec):
		return fmt.Sprintf("its pictures are coded as %q, which platforms do not play", info.Codec)
	}
	return ""
}

func (j *job) smallerNeeded() bool {
	return !within(j.size, j.spec.VideoMaxBytes) || !within(pixels(j.info), j.spec.VideoMaxPixels)
}

// remux packs the same pictures into another file.
func (j *job) remux(ctx context.Context) (Result, error) {
	sound := []string{"-c:a", "copy"}
	steps := []string{"packed anew as MP4"}
	if !slices.Contains(sounds, j.info.AudioCodec) {
		sound = []string{"-c:a", "aac", "-b:a", "160k"}
		steps = append(steps, "sound coded anew")
	}
	args := slices.Concat([]string{"-map", "0:v:0", "-map", "0:a:0?", "-c:v", "copy"}, sound, j.container())
	if j.info.Codec == "hev1" {
		args = append(args, "-tag:v", "hvc1")
	}
	out, err := j.ffmpegFile(ctx, "mov", args)
	if err != nil {
		return Result{}, err
	}
	defer out.remove()
	if !within(out.size, j.spec.VideoMaxBytes) {
		return j.transcode(ctx)
	}
	if j.info.Type == MOV {
		steps = append(steps, "converted from MOV")
	}
	return j.deliver(ctx, out, steps)
}

// container is how an MP4 is written: its directory in front, so that it plays while it is loaded.
func (j *job) container() []string {
	args := []string{"-movflags", "+faststart", "-f", "mp4"}
	if !j.spec.KeepMetadata {
		args = append(args, "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")
	}
	return args
}

// What coding anew aims at, in bits a second.
const (
	soundRate   = 128_000
	lowestSound = 64_000
	lowestRate  = 150_000 // of pictures; below, nobody likes to look
)

// transcode codes pictures and sound anew, at a quality that looks the same and no more bits than the
// limit leaves. Where ffmpeg needs more than it was told, it is told less.
func (j *job) transcode(ctx context.Context) (Result, error) {
	rate, sound, err := j.rates()
	if err != nil {
		return Result{}, err
	}
	return j.codeWithin(ctx, "mov", rate, sound, func(size int64) (int64, bool) {
		rate = int64(float64(rate) * 0.9 * float64(j.spec.VideoMaxBytes) / float64(size))
		return rate, rate >= lowestRate
	})
}

// codeWithin codes again and again, at the rate of pictures that less answers for the bytes of the last
// try, until the platform takes it or less answers false.
func (j *job) codeWithin(ctx context.Context, demuxer string, rate, sound int64, less func(size int64) (int64, bool), before ...string) (Result, error) {
	for again, n := true, 0; again && n < 4; n++ {
		w, h := j.videoSize(rate)
		out, err := j.ffmpegFile(ctx, demuxer, slices.Concat(before, j.coding(w, h, rate, sound)))
		if err != nil {
			return Result{}, err
		}
		if within(out.size, j.spec.VideoMaxBytes) {
			defer out.remove()
			return j.deliver(ctx, out, j.codingSteps(out.size, w, h))
		}
		out.remove()
		rate, again = less(out.size)
	}
	return Result{}, j.videoTooLarge()
}

func (j *job) videoTooLarge() error {
	return &FitError{
		Reason: fmt.Sprintf("it takes %s, which is too long for %s", short(j.info.Duration), size(j.spec.VideoMaxBytes)),
		Hint:   "cut it",
	}
}

// rates are the most bits a second for pictures and for sound; 0 for no limit.
func (j *job) rates() (pictures, sound int64, err error) {
	if j.info.AudioCodec != "" {
		sound = soundRate
	}
	if j.spec.VideoMaxBytes <= 0 {
		return 0, sound, nil
	}
	if j.info.Duration <= 0 {
		return 0, 0, &FitError{Reason: "it does not say how long it takes, so that it cannot be made to fit", Hint: "code it anew"}
	}
	const container = 0.97
	all := int64(float64(j.spec.VideoMaxBytes) * 8 * container / j.info.Duration.Seconds())
	if sound > 0 && all < 8*soundRate {
		sound = max(lowestSound, all/8)
	}
	if pictures = all - sound; pictures < lowestRate {
		return 0, 0, j.videoTooLarge()
	}
	return pictures, sound, nil
}

// videoSize is within the limit on pixels, and smaller where so few bits would show: below a fifteenth of a
// bit for each point. Sides are even, as the usual colours need.
func (j *job) videoSize(rate int64) (w, h int) {
	const bitsPerPoint = 1.0 / 15
	w, h = j.info.Width, j.info.Height
	if w < 1 || h < 1 {
		return 0, 0
	}
	factor := 1.0
	if j.spec.VideoMaxPixels > 0 {
		factor = min(factor, math.Sqrt(float64(j.spec.VideoMaxPixels)/float64(pixels(j.info))))
	}
	if points := float64(rate) / bitsPerPoint / max(j.frameRate(), 1); rate > 0 {
		floor := min(1, 426/float64(max(w, h)))
		factor = min(factor, max(floor, math.Sqrt(points/float64(pixels(j.info)))))
	}
	even := func(n int) int { return max(2, int(float64(n)*factor)&^1) }
	return even(w), even(h)
}

func (j *job) frameRate() float64 {
	const usual = 30
	if j.info.FPS <= 0 {
		return usual
	}
	if j.spec.MaxFPS > 0 {
		return min(j.info.FPS, j.spec.MaxFPS)
	}
	return j.info.FPS
}

// coding are the arguments for H.264, which plays everywhere.
func (j *job) coding(w, h int, rate, sound int64) []string {
	filter := []string{"scale=trunc(iw/2)*2:trunc(ih/2)*2"}
	if w > 0 {
		filter = []string{fmt.Sprintf("scale=%d:%d", w, h)}
	}
	if j.spec.MaxFPS > 0 && j.info.FPS > j.spec.MaxFPS {
		filter = append(filter, fmt.Sprintf("fps=%g", j.spec.MaxFPS))
	}
	filter = append(filter, "format=yuv420p")
	args := []string{
		"-map", "0:v:0", "-map", "0:a:0?", "-vf", strings.Join(filter, ","),
		"-c:v", "libx264", "-preset", "veryfast", "-crf", "21",
	}
	if rate > 0 {
		args = append(args, "-maxrate", fmt.Sprint(rate), "-bufsize", fmt.Sprint(2*rate))
	}
	if sound > 0 {
		args = append(args, "-c:a", "aac", "-b:a", fmt.Sprint(sound), "-ac", "2")
	}
	return append(args, j.container()...)
}

func (j *job) codingSteps(bytes int64, w, h int) []string {
	steps := []string{size(j.size) + " → " + size(bytes)}
	if w > 0 && (w != j.info.Width || h != j.info.Height) {
		steps = append(steps, "scaled "+dimensions(j.info.Width, j.info.Height)+" → "+dimensions(w, h))
	}
	if j.spec.MaxFPS > 0 && j.info.FPS > j.spec.MaxFPS {
		steps = append(steps, fmt.Sprintf("%.4g → %.4g pictures a second", j.info.FPS, j.spec.MaxFPS))
	}
	steps = append(steps, "coded anew as H.264")
	if j.info.Type != MP4 {
		steps = append(steps, "converted from "+titles[j.info.Type])
	}
	return steps
}

// deliver hands out what ffmpeg made.
func (j *job) deliver(ctx context.Context, out *tempFile, steps []string) (Result, error) {
	file, err := os.Open(out.path)
	if err != nil {
		return Result{}, fmt.Errorf("reading what ffmpeg made: %w", err)
	}
	defer func() { _ = file.Close() }() // read only
	made, err := surveyFile(file)
	if err != nil {
		return Result{}, fmt.Errorf("reading what ffmpeg made: %w", err)
	}
	in, err := newSource(file)
	if err != nil {
		return Result{}, fmt.Errorf("reading what ffmpeg made: %w", err)
	}
	if len(j.info.Carries) > 0 && !j.spec.KeepMetadata {
		steps = append(steps, removed(j.info.Carries))
	}
	to := &job{Fitter: j.Fitter, survey: made, spec: j.spec, src: in, dst: j.dst}
	if !to.strips() {
		made.clean = parts{}
		made.clean.keep(0, made.size)
	}
	if err := made.clean.writeTo(ctx, in, j.dst); err != nil {
		return Result{}, fmt.Errorf("copying the video: %w", err)
	}
	info := made.info
	if !j.spec.KeepMetadata {
		info.Carries = nil
	}
	return Result{Info: info, Bytes: made.clean.size, Changed: true, Steps: steps}, nil
}
