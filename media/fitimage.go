package media

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"io"
	"math"
	"runtime"
	"slices"
)

// Fit writes to dst what the platform takes of src, from the start of src. Where nothing is to be done it
// writes nothing. What must be given up goes in this order: metadata, which no platform needs, the
// quality of a JPEG down to 75, pixels, and only of the smallest pictures more quality. Pixels are turned
// upright; colour profiles stay.
//
// The error is one of [ProbeFile]'s, a [*FitError], wraps [ErrNoFFmpeg] or that of src, dst or ctx. After
// an error dst may hold a part.
func (f *Fitter) Fit(ctx context.Context, src io.ReadSeeker, dst io.Writer, spec Spec) (Result, error) {
	s, err := surveyFile(src)
	if err != nil {
		return Result{}, err
	}
	if err := spec.checkAspect(s.info); err != nil {
		return Result{}, err
	}
	in, err := newSource(src)
	if err != nil {
		return Result{}, fmt.Errorf("reading the file: %w", err)
	}
	j := &job{Fitter: f, spec: spec, survey: s, src: in, file: src, dst: dst}
	if s.info.Type == MP4 || s.info.Type == MOV {
		return j.video(ctx)
	}
	if err := j.affordable(); err != nil {
		return Result{}, err
	}
	if s.info.Animated {
		return j.animation(ctx)
	}
	if j.fitsAsItIs() {
		return j.copied(ctx)
	}
	return j.picture(ctx)
}

// checkAspect refuses what is too wide or too high. The bounds are met to three digits, as platforms
// give them to two.
func (s Spec) checkAspect(info Info) error {
	if info.Width < 1 || info.Height < 1 {
		return nil
	}
	aspect := float64(info.Width) / float64(info.Height)
	const slack = 0.001
	what := ""
	switch {
	case s.MinAspect > 0 && aspect < s.MinAspect*(1-slack):
		what = fmt.Sprintf("at least %.4g times as wide as high", s.MinAspect)
	case s.MaxAspect > 0 && aspect > s.MaxAspect*(1+slack):
		what = fmt.Sprintf("at most %.4g times as wide as high", s.MaxAspect)
	default:
		return nil
	}
	return &FitError{
		Reason: fmt.Sprintf("it is %s pixels, %.3g times as wide as high; it must be %s", dimensions(info.Width, info.Height), aspect, what),
		Hint:   "crop it, or put it on a wider or higher ground",
	}
}

// job is one fit.
type job struct {
	*Fitter
	*survey
	spec Spec
	src  *source
	file io.ReadSeeker // what src reads
	dst  io.Writer
}

// bytesAsItIs is the length of the file that goes out if no pixel is touched.
func (j *job) bytesAsItIs() int64 {
	if j.strips() {
		return j.clean.size
	}
	return j.size
}

func (j *job) strips() bool { return j.dropped && !j.spec.KeepMetadata }

func (j *job) fitsAsItIs() bool {
	turned := j.info.Orientation > 1 && !j.spec.KeepMetadata
	return j.spec.takes(j.info.Type) && !turned && within(j.bytesAsItIs(), j.spec.MaxBytes) && j.spec.fitsPixels(j.info.Width, j.info.Height)
}

func within(n, limit int64) bool { return limit <= 0 || n <= limit }

func (s Spec) fitsPixels(w, h int) bool {
	return within(int64(max(w, h)), int64(s.MaxSide)) && within(int64(w)*int64(h), s.MaxPixels)
}

// copied writes the file without its metadata, if it has any.
func (j *job) copied(ctx context.Context, steps ...string) (Result, error) {
	if !j.strips() {
		return Result{Info: j.info, Bytes: j.size, Steps: steps}, nil
	}
	if err := j.clean.writeTo(ctx, j.src, j.dst); err != nil {
		return Result{}, fmt.Errorf("copying the file: %w", err)
	}
	if len(j.info.Carries) > 0 {
		steps = append(steps, removed(j.info.Carries))
	} else {
		steps = append(steps, "its end added")
	}
	info := j.info
	info.Carries = nil
	return Result{Info: info, Bytes: j.clean.size, Changed: true, Steps: steps}, nil
}

// picture decodes the file and makes another.
func (j *job) picture(ctx context.Context) (Result, error) {
	if !j.spec.takes(JPEG) && !j.spec.takes(PNG) {
		return Result{}, j.wrongType()
	}
	release, err := j.budget.acquire(ctx, j.work())
	if err != nil {
		return Result{}, err
	}
	defer release()
	p, steps, err := decodePicture(ctx, j.src, j.survey)
	if err != nil {
		return Result{}, err
	}
	m := &making{job: j, base: p, normal: steps}
	_, m.grey = p.Image.(*image.Gray)
	m.few = p.fewColours()
	m.w, m.h, err = j.bounded()
	if err != nil {
		return Result{}, err
	}
	if err := m.make(ctx); err != nil {
		return Result{}, err
	}
	return m.write()
}

func (j *job) wrongType() error {
	types := make([]string, 0, len(j.spec.Types))
	for _, t := range j.spec.Types {
		if titles[t] != "" {
			t = titles[t]
		}
		types = append(types, t)
	}
	return &FitError{
		Reason: fmt.Sprintf("it is a %s file; the platform takes %s", titles[j.info.Type], enumerate(types)),
		Hint:   "convert it",
	}
}

// bounded returns the size within the limits on pixels.
func (j *job) bounded() (w, h int, err error) {
	w, h = j.info.Width, j.info.Height
	if j.spec.fitsPixels(w, h) {
		return w, h, nil
	}
	if j.spec.NoResize {
		return 0, 0, &FitError{
			Reason: fmt.Sprintf("it has %s pixels; the platform takes %s", dimensions(w, h), j.spec.pixelsTaken()),
			Hint:   "scale it down, or let it be scaled",
		}
	}
	factor := 1.0
	if j.spec.MaxSide > 0 {
		factor = min(factor, float64(j.spec.MaxSide)/float64(max(w, h)))
	}
	if j.spec.MaxPixels > 0 {
		factor = min(factor, math.Sqrt(float64(j.spec.MaxPixels)/float64(pixels(j.info))))
	}
	w, h = times(w, h, factor)
	for int64(w)*int64(h) > j.spec.MaxPixels && j.spec.MaxPixels > 0 && max(w, h) > 1 { // rounding
		if w > h {
			w--
		} else {
			h--
		}
	}
	return w, h, nil
}

func (s Spec) pixelsTaken() string {
	if s.MaxSide > 0 {
		return fmt.Sprintf("at most %s on a side", thousands(int64(s.MaxSide)))
	}
	return fmt.Sprintf("at most %s in all", thousands(s.MaxPixels))
}

// times scales both sides; neither becomes zero, and the longer one is not rounded up.
func times(w, h int, factor float64) (int, int) {
	scale := func(n int) int { return max(1, int(math.Round(float64(n)*factor))) }
	return scale(w), scale(h)
}

// making is the search for a file of a decoded picture.
type making struct {
	*job
	base   picture // as decoded, not turned; gone where it was used for the last time
	grey   bool
	few    bool // colours
	normal []string
	w, h   int // the largest size that is taken, upright

	now        picture // upright and of the size that was last tried
	out        []byte
	mime       string
	quality    int
	flattened  bool
	extraBytes int64 // of a profile and the like, which go in afterwards
}

// make tries the types that suit the picture, the better one first.
func (m *making) make(ctx context.Context) error {
	var last error
	for _, mime := range m.candidates() {
		err := m.as(ctx, mime)
		fit, ok := err.(*FitError) //nolint:errorlint // made here and never wrapped
		if !ok {
			return err
		}
		last = fit
	}
	return last
}

// candidates are the types to try. A photograph stays or becomes a JPEG unless a PNG of it is taken as it
// is; transparency is given up only where no PNG is taken.
func (m *making) candidates() []string {
	photograph := m.base.opaque && !m.few
	var list []string
	switch tooLarge := !within(m.bytesAsItIs(), m.spec.MaxBytes) && m.w == m.info.Width; {
	case m.info.Type == JPEG, m.info.Type == WebP && m.base.opaque && !m.lossless, photograph && tooLarge:
		list = []string{JPEG, PNG}
	case m.base.opaque:
		list = []string{PNG, JPEG}
	case m.spec.takes(PNG):
		list = []string{PNG}
	default:
		list = []string{JPEG}
	}
	return slices.DeleteFunc(list, func(t string) bool { return !m.spec.takes(t) })
}

func (m *making) as(ctx context.Context, mime string) error {
	m.mime = mime
	m.extraBytes = int64(len(m.extra()))
	if mime == PNG {
		return m.png(ctx)
	}
	return m.jpeg(ctx)
}

// resized makes the picture upright and of a size that is not over the one before.
func (m *making) resized(w, h int) {
	if m.decode > manyBytes && m.now.Image != nil {
		m.now = picture{}
		runtime.GC() // the size tried before
	}
	p := m.base
	if cw, ch := p.size(); m.info.Orientation >= 5 {
		if w != ch || h != cw {
			p = p.scaled(h, w)
		}
	} else if w != cw || h != ch {
		p = p.scaled(w, h)
	}
	m.now = p.upright(m.info.Orientation)
	if m.spec.MaxBytes <= 0 { // there will be no other
		p.Image, m.base.Image = nil, nil
		if m.decode > manyBytes {
			runtime.GC()
		}
	}
}

// jpeg looks for the quality, then for a size.
func (m *making) jpeg(ctx context.Context) error {
	if !m.base.opaque {
		m.flattened = true
	}
	m.base = m.base.flat()
	limit := m.spec.MaxBytes
	if limit > 0 {
		limit = max(limit-m.extraBytes, 1)
	}
	for w, h := m.w, m.h; ; {
		m.resized(w, h)
		lo := fairQuality
		last := m.spec.NoResize || max(w, h) <= minSide
		if last {
			lo = worstQuality
		}
		t := newTrial(m.now)
		out, quality, err := t.search(ctx, limit, lo, m.ceiling(w))
		if err != nil {
			return err
		}
		if out != nil {
			const soi = 2
			m.out, m.quality = slices.Insert(out, soi, m.extra()...), quality
			return nil
		}
		if last {
			return m.tooLarge()
		}
		guessed, err := t.guess(ctx, goodQuality)
		if err != nil {
			return err
		}
		w, h = smaller(w, h, float64(limit)/guessed)
	}
}

// smaller is the size at which so much smaller a share of the bytes is to be expected. A point of a
// smaller picture takes more bytes, since there is more in it.
func smaller(w, h int, share float64) (int, int) {
	const (
		detail = 1.1
		most   = 0.9 // at least a tenth of a side less, so that it ends
	)
	factor := min(math.Sqrt(math.Pow(share, detail)), most)
	return times(w, h, max(factor, min(1, float64(minSide)/float64(max(w, h)))))
}

// ceiling is the quality over which a JPEG only gets larger: the source has no more to give. Scaling
// down makes faults of a poor source smaller.
func (m *making) ceiling(w int) int {
	switch {
	case m.info.Type != JPEG && m.spec.MaxBytes <= 0:
		return freeQuality
	case m.info.Type != JPEG || m.survey.quality == 0:
		return bestQuality
	case w < m.info.Width:
		return min(max(m.survey.quality, goodQuality), bestQuality)
	default:
		return min(max(m.survey.quality, fairQuality), bestQuality)
	}
}

func (m *making) tooLarge() error {
	e := &FitError{Reason: fmt.Sprintf("it cannot be made smaller than %s without being spoilt", size(m.spec.MaxBytes))}
	if m.spec.NoResize {
		e.Hint = "let it be scaled"
	}
	return e
}

// write puts profile and the like into the file and hands it out.
func (m *making) write() (Result, error) {
	file := m.out
	made, err := surveyFile(bytes.NewReader(file))
	if err != nil {
		return Result{}, fmt.Errorf("reading the picture that was made: %w", err)
	}
	if _, err := m.dst.Write(file); err != nil {
		return Result{}, fmt.Errorf("writing the picture: %w", err)
	}
	return Result{Info: made.info, Bytes: made.size, Changed: true, Steps: m.steps(made.size)}, nil
}

func (m *making) steps(made int64) []string {
	steps := []string{size(m.size) + " → " + size(made)}
	if m.info.Orientation > 1 {
		steps = append(steps, "turned upright")
	}
	steps = append(steps, m.normal...)
	if w, h := m.now.size(); w != m.info.Width || h != m.info.Height {
		steps = append(steps, "scaled "+dimensions(m.info.Width, m.info.Height)+" → "+dimensions(w, h))
	}
	if m.flattened {
		steps = append(steps, "transparency laid on white")
	}
	if m.mime == JPEG {
		steps = append(steps, fmt.Sprintf("JPEG q%d", m.quality))
	}
	if m.mime != m.info.Type {
		steps = append(steps, "converted from "+titles[m.info.Type])
	}
	if len(m.info.Carries) > 0 && (!m.spec.KeepMetadata || m.mime != JPEG || m.info.Type != JPEG) {
		steps = append(steps, removed(m.info.Carries))
	}
	return steps
}
