package scheduler_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/png"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/media"
)

// halves is a fitter that answers the first half of what is too large, and refuses what says so.
type halves struct {
	mu    sync.Mutex // guards calls
	calls int
}

func (h *halves) Fit(_ context.Context, src io.ReadSeeker, dst io.Writer, spec media.Spec) (media.Result, error) {
	h.mu.Lock()
	h.calls++
	h.mu.Unlock()
	b, err := io.ReadAll(src)
	if err != nil {
		return media.Result{}, err
	}
	info := media.Info{Type: media.PNG, Width: 4, Height: 2}
	switch {
	case bytes.Contains(b, []byte("never")):
		return media.Result{}, &media.FitError{Reason: "it is what it is", Hint: "take another one"}
	case spec.MaxBytes == 0 || int64(len(b)) <= spec.MaxBytes:
		return media.Result{Info: info, Bytes: int64(len(b))}, nil
	}
	info.Width = 2
	_, err = dst.Write(b[:len(b)/2])
	return media.Result{Info: info, Bytes: int64(len(b) / 2), Changed: true, Steps: []string{"halved"}}, err
}

// fitting is a daemon with an account that takes anything and one whose images have at most 80 bytes.
func fitting(t *testing.T) (*daemon, *halves) {
	t.Helper()
	a, h := newAble(), &halves{}
	d := newDaemonWith(t, setup{provider: a, fitter: h})
	d.signIn("large", "https://large.example")
	d.limit(d.signIn("small", "https://small.example"), hayon.Limit{Of: hayon.LimitImage, Unit: hayon.UnitBytes, Max: 80})
	return d, h
}

// upload stores a small picture with something behind its end.
func (d *daemon) upload(behind string) *hayon.Media {
	d.t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 2))); err != nil {
		d.t.Fatal(err)
	}
	b.WriteString(behind)
	m, err := d.scheduler.CreateMedia(d.ctx, &b, "a.png")
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

func (d *daemon) blob(sha256 string) []byte {
	d.t.Helper()
	f, err := d.blobs.Open(d.ctx, sha256)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	b, err := io.ReadAll(f)
	if err != nil {
		d.t.Fatal(err)
	}
	return b
}

// Each account gets what its platform takes; what fits goes as it came; nothing is fitted twice.
func TestMediaAreFittedForEachAccount(t *testing.T) {
	t.Parallel()
	d, h := fitting(t)
	m := d.upload(strings.Repeat("x", 60))
	c := hayon.PostCreate{Text: "look", To: []string{"platform/*"}, Media: []hayon.MediaInput{{Media: m.ID, Alt: "a bar"}}}
	if _, err := d.scheduler.PreviewPost(d.ctx, c); err != nil {
		t.Fatal(err)
	}
	p, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	large, small := d.find(p.ID).Targets[0].Parts[0].Media[0], d.find(p.ID).Targets[1].Parts[0].Media[0]
	if large.SHA256 != m.SHA256 || large.Original != nil || large.Alt != "a bar" {
		t.Errorf("the large one got %+v", large)
	}
	want := &hayon.BlobRef{SHA256: m.SHA256, Type: media.PNG, Bytes: m.Bytes, Width: 4, Height: 2}
	if diff := cmp.Diff(want, small.Original); diff != "" || small.Bytes != m.Bytes/2 || small.Width != 2 {
		t.Errorf("the small one got %+v (-want +got):\n%s", small, diff)
	}
	if got := d.blob(small.SHA256); int64(len(got)) != small.Bytes || !bytes.Equal(got, d.blob(m.SHA256)[:len(got)]) {
		t.Errorf("%d bytes are stored, want %d", len(got), small.Bytes)
	}
	if diff := cmp.Diff([]string{"halved"}, small.Steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if h.calls != 2 {
		t.Errorf("fitted %d times, want once for each of two limits", h.calls)
	}
}

// What cannot be fitted is refused with its reason, and a retry does not send it as it came.
func TestMediaThatCannotBeFitted(t *testing.T) {
	t.Parallel()
	d, _ := fitting(t)
	m := d.upload("never")
	c := hayon.PostCreate{Text: "look", To: []string{"platform/large"}, Media: []hayon.MediaInput{{Media: m.ID, Alt: "x"}}}
	_, err := d.scheduler.CreatePost(d.ctx, c)
	e := wantCode(t, err, hayon.CodeInvalid)
	if want := "platform/large: a.png: it is what it is; nothing was stored or sent"; e.Message != want || e.Hint != "take another one" {
		t.Errorf("it says %q, %q", e.Message, e.Hint)
	}
	v, err := d.scheduler.PreviewPost(d.ctx, c)
	if err != nil || len(v.Targets[0].Problems) != 1 || v.Post.Targets[0].State != hayon.StateFailed {
		t.Errorf("the preview is %+v, %v", v, err)
	}
}

// A medium for one account goes to no other, and a name that the post does not go to is a mistake.
func TestMediaForOneAccount(t *testing.T) {
	t.Parallel()
	d, _ := fitting(t)
	m := d.upload("")
	c := hayon.PostCreate{Text: "look", To: []string{"platform/*"}, Media: []hayon.MediaInput{{Media: m.ID, Alt: "x", For: []string{"platform/small"}}}}
	p, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := len(p.Targets[0].Parts[0].Media), len(p.Targets[1].Parts[0].Media); a != 0 || b != 1 {
		t.Errorf("%d and %d media, want 0 and 1", a, b)
	}
	c.To = []string{"platform/large"}
	_, err = d.scheduler.CreatePost(d.ctx, c)
	wantCode(t, err, hayon.CodeUsage)
}

func TestAltPolicy(t *testing.T) {
	t.Parallel()
	d, _ := fitting(t)
	m := d.upload("")
	c := hayon.PostCreate{Text: "look", To: []string{"platform/large"}, Media: []hayon.MediaInput{{Media: m.ID}}, DryRun: true}
	for policy, notes := range map[hayon.AltPolicy]int{"": 1, hayon.AltWarn: 1, hayon.AltIgnore: 0} {
		c.AltPolicy = policy
		p, err := d.scheduler.CreatePost(d.ctx, c)
		if err != nil || len(p.Targets[0].Notes) != notes {
			t.Errorf("%q: %v, want %d notes", policy, err, notes)
		}
	}
	c.AltPolicy = hayon.AltRequire
	_, err := d.scheduler.CreatePost(d.ctx, c)
	if e := wantCode(t, err, hayon.CodeInvalid); !strings.Contains(e.Message, "a.png has no description") {
		t.Errorf("it says %q", e.Message)
	}
	c.AltPolicy = "perhaps"
	_, err = d.scheduler.CreatePost(d.ctx, c)
	wantCode(t, err, hayon.CodeUsage)
}

// A dry run stores nothing, and says of what is too large that it will be fitted.
func TestDryRunFitsNothing(t *testing.T) {
	t.Parallel()
	d, h := fitting(t)
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
		Text: "look", To: []string{"platform/*"}, Media: []hayon.MediaInput{facts(media.PNG, 1000, 400, 200)}, DryRun: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	large, small := p.Targets[0].Parts[0].Media[0], p.Targets[1].Parts[0].Media[0]
	if large.Bytes != 1000 || len(large.Steps) != 0 || small.Original == nil || small.Original.Bytes != 1000 || len(small.Steps) != 1 {
		t.Errorf("large %+v\nsmall %+v", large, small)
	}
	if h.calls != 0 {
		t.Errorf("fitted %d times", h.calls)
	}
}

// What could not be fitted for one account is not sent by a retry, while the others have theirs.
func TestUnfitMediaStayUnsent(t *testing.T) {
	t.Parallel()
	d, _ := fitting(t)
	m := d.upload("never")
	p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
		Text: "look", To: []string{"platform/*"}, Media: []hayon.MediaInput{{Media: m.ID, Alt: "x", For: []string{"platform/large"}}}, BestEffort: true,
	})
	if err != nil || p.Targets[0].State != hayon.StateFailed || p.Targets[1].State != hayon.StateQueued {
		t.Fatalf("%+v, %v", p, err)
	}
	p, err = d.scheduler.RetryPost(d.ctx, p.ID, hayon.PostChangeRequest{})
	if err != nil || p.Targets[0].State != hayon.StateFailed || !strings.Contains(p.Targets[0].Error.Message, "it is what it is") {
		t.Errorf("after a retry it is %s, %+v, %v", p.Targets[0].State, p.Targets[0].Error, err)
	}
}

// fitterFunc is a fitter that is one function.
type fitterFunc func(ctx context.Context, src io.ReadSeeker, dst io.Writer, spec media.Spec) (media.Result, error)

func (f fitterFunc) Fit(ctx context.Context, src io.ReadSeeker, dst io.Writer, spec media.Spec) (media.Result, error) {
	return f(ctx, src, dst, spec)
}

// fittedBy is a daemon with one account and a fitter, and a request with a picture.
func fittedBy(t *testing.T, f fitterFunc) (*daemon, hayon.PostCreate) {
	t.Helper()
	d := newDaemonWith(t, setup{provider: newAble(), fitter: f})
	d.signIn("one", "")
	m := d.upload("")
	return d, hayon.PostCreate{Text: "look", To: []string{"platform/one"}, Media: []hayon.MediaInput{{Media: m.ID, Alt: "x"}}}
}

// A fitter that breaks down takes nothing with it but the one post, and its half file is no blob.
func TestFitThatPanics(t *testing.T) {
	t.Parallel()
	d, c := fittedBy(t, func(_ context.Context, _ io.ReadSeeker, dst io.Writer, _ media.Spec) (media.Result, error) {
		_, _ = dst.Write([]byte("half"))
		panic("index out of range")
	})
	_, err := d.scheduler.CreatePost(d.ctx, c)
	e := wantCode(t, err, hayon.CodeInternal)
	if e.Err == nil || !strings.Contains(e.Err.Error(), "index out of range") || strings.Contains(e.Message, "index") {
		t.Errorf("it says %q because of %v", e.Message, e.Err)
	}
	half := sha256.Sum256([]byte("half"))
	if _, err := d.blobs.Open(d.ctx, hex.EncodeToString(half[:])); hayon.CodeOf(err) != hayon.CodeNotFound {
		t.Errorf("the half file is there: %v", err)
	}
}

// Why nothing could be fitted is told by the code that is meant for it.
func TestFitThatFails(t *testing.T) {
	t.Parallel()
	d, c := fittedBy(t, func(context.Context, io.ReadSeeker, io.Writer, media.Spec) (media.Result, error) {
		return media.Result{}, errors.New("ffmpeg took longer than 10m0s")
	})
	_, err := d.scheduler.CreatePost(d.ctx, c)
	if e := wantCode(t, err, hayon.CodeLocal); !strings.Contains(e.Message, "a.png") || !strings.Contains(e.Message, "longer than 10m0s") {
		t.Errorf("it says %q", e.Message)
	}
	if got := d.count(); got != 0 {
		t.Errorf("%d posts are stored", got)
	}
}

// Where nobody waits any more, that is the reason, and not that a medium were wrong.
func TestFitThatIsLeftAlone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	for name, answer := range map[string]error{
		"as it is": context.Canceled, "as a fault of the file": &media.FitError{Reason: "ffmpeg cannot convert it"},
	} {
		d, c := fittedBy(t, func(ctx context.Context, _ io.ReadSeeker, _ io.Writer, _ media.Spec) (media.Result, error) {
			cancel()
			<-ctx.Done()
			return media.Result{}, answer
		})
		_, err := d.scheduler.CreatePost(hayon.WithActor(ctx, hayontest.Local()), c)
		if hayon.CodeOf(err) != hayon.CodeTimeout {
			t.Errorf("%s: got %v with code %q, want a timeout", name, err, hayon.CodeOf(err))
		}
		ctx, cancel = context.WithCancel(t.Context())
	}
	cancel()
}

// fullBlobs are on a disk with room for nothing more.
type fullBlobs struct{ hayon.Blobs }

func (fullBlobs) Put(_ context.Context, r io.Reader) (string, int64, error) {
	_, _ = r.Read(make([]byte, 1))
	return "", 0, hayon.Errorf(hayon.CodeLocal, "no space left for media")
}

// A disk that fills up ends the fitting, with the disk as the reason, whatever the fitter makes of it.
func TestFitOnAFullDisk(t *testing.T) {
	t.Parallel()
	d, c := fittedBy(t, func(_ context.Context, _ io.ReadSeeker, dst io.Writer, _ media.Spec) (media.Result, error) {
		for {
			if _, err := dst.Write(make([]byte, 1<<10)); err != nil {
				return media.Result{}, errors.New("it cannot be encoded") // the cause is lost
			}
		}
	})
	d.blobs = fullBlobs{d.blobs}
	d.boot(2)
	_, err := d.scheduler.CreatePost(d.ctx, c)
	if e := wantCode(t, err, hayon.CodeLocal); !strings.Contains(e.Message, "no space left") {
		t.Errorf("it says %q", e.Message)
	}
}

// What a medium is for is named as accounts are named elsewhere.
func TestMediaForAGroup(t *testing.T) {
	t.Parallel()
	d, _ := fitting(t)
	if _, err := d.scheduler.CreateGroup(d.ctx, "launch", []string{"platform/small"}); err != nil {
		t.Fatal(err)
	}
	m := d.upload("")
	for _, tt := range []struct {
		to, media []string
		want      []int
		code      hayon.Code
	}{
		{to: []string{"platform/*"}, media: []string{"@launch"}, want: []int{0, 1}},
		{to: []string{"platform/*"}, media: []string{" @launch", " platform/large "}, want: []int{1, 1}},
		{to: []string{"platform/*"}, media: []string{"platform"}, want: []int{1, 0}},
		{to: []string{"platform/*"}, media: []string{"all"}, want: []int{1, 1}},
		{to: []string{"platform/large"}, media: []string{"@launch"}, code: hayon.CodeUsage},
		{to: []string{"platform/*"}, media: []string{"@lunch"}, code: hayon.CodeUsage},
	} {
		p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
			Text: "look", To: tt.to, Media: []hayon.MediaInput{{Media: m.ID, Alt: "x", For: tt.media}}, DryRun: true,
		})
		if hayon.CodeOf(err) != tt.code {
			t.Errorf("%q: got %v, want the code %q", tt.media, err, tt.code)
			continue
		}
		for i, want := range tt.want {
			if got := len(p.Targets[i].Parts[0].Media); got != want {
				t.Errorf("%q: %d media for account %d, want %d", tt.media, got, i, want)
			}
		}
	}
}

// The time of a post does not pass while it is made: what took too long goes out as soon as it is ready.
func TestFitThatOutlastsTheTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, c := fittedBy(t, func(context.Context, io.ReadSeeker, io.Writer, media.Spec) (media.Result, error) {
			pass(10 * time.Minute)
			return media.Result{Info: media.Info{Type: media.PNG, Width: 4, Height: 2}}, nil
		})
		at := time.Now().Add(5 * time.Minute)
		c.Schedule.At = at
		p, err := d.scheduler.CreatePost(d.ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		if target := p.Targets[0]; target.State != hayon.StateQueued || !target.Due.Equal(at) {
			t.Errorf("it is %s and due %s, want queued and %s", target.State, target.Due, at)
		}
	})
}

// filming is a fitter that makes a film of every animation where it has ffmpeg.
type filming struct{ ffmpeg bool }

func (f *filming) HasFFmpeg() bool { return f.ffmpeg }

func (f *filming) Fit(_ context.Context, _ io.ReadSeeker, dst io.Writer, _ media.Spec) (media.Result, error) {
	if !f.ffmpeg {
		return media.Result{Info: media.Info{Type: media.GIF, Width: 4, Height: 2}}, nil
	}
	n, err := dst.Write([]byte("a film"))
	return media.Result{Info: media.Info{Type: media.MP4, Width: 4, Height: 2}, Bytes: int64(n), Changed: true}, err
}

// Who installs ffmpeg gets films, also of what went out still before.
func TestFitsAreThoseOfTheProgramsThere(t *testing.T) {
	t.Parallel()
	a, f := newAble(), &filming{}
	a.adjust = func(i *hayon.ProviderInfo) { i.GIFVideo = true }
	d := newDaemonWith(t, setup{provider: a, fitter: f})
	d.signIn("one", "")
	m := d.upload("")
	c := hayon.PostCreate{Text: "look", To: []string{"platform/one"}, Media: []hayon.MediaInput{{Media: m.ID, Alt: "x"}}}
	for _, want := range []string{media.GIF, media.MP4} {
		p, err := d.scheduler.CreatePost(d.ctx, c)
		if err != nil || p.Targets[0].Parts[0].Media[0].Type != want {
			t.Errorf("with ffmpeg %t: %v, want %s", f.ffmpeg, err, want)
		}
		f.ffmpeg = true
	}
}

// A dry run knows what ffmpeg would make fit, and what nothing would.
func TestDryRunOfFilms(t *testing.T) {
	t.Parallel()
	still := facts(media.GIF, 50, 4, 4)
	moving := facts(media.GIF, 5000, 4, 4)
	moving.Facts.Animated = true
	long, kept := facts(media.MP4, 5000, 4, 4), facts(media.MP4, 5000, 4, 4)
	long.Facts.Duration, kept.NoResize = time.Hour, true
	for _, tt := range []struct {
		name       string
		medium     hayon.MediaInput
		with, bare hayon.Code // with ffmpeg and without
		want       string
	}{
		{"a large film", facts(media.MP4, 5000, 4, 4), "", hayon.CodeInvalid, media.MP4},
		{"a long one", long, hayon.CodeInvalid, hayon.CodeInvalid, ""},
		{"one that is to stay", kept, hayon.CodeInvalid, hayon.CodeInvalid, ""},
		{"a small one", facts(media.MP4, 50, 4, 4), "", "", media.MP4},
		{"an animation", moving, "", hayon.CodeInvalid, media.MP4},
		{"a still GIF", still, "", "", media.GIF},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for ffmpeg, code := range map[bool]hayon.Code{true: tt.with, false: tt.bare} {
				a := newAble()
				a.adjust = func(i *hayon.ProviderInfo) {
					i.Limits = []hayon.Limit{
						{Of: hayon.LimitImage, Unit: hayon.UnitBytes, Max: 100},
						{Of: hayon.LimitVideo, Unit: hayon.UnitBytes, Max: 100},
						{Of: hayon.LimitVideo, Unit: hayon.UnitSeconds, Max: 60},
					}
				}
				d := newDaemonWith(t, setup{provider: a, fitter: &filming{ffmpeg}})
				d.signIn("one", "")
				p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{
					Text: "look", To: []string{"platform/one"}, Media: []hayon.MediaInput{tt.medium}, DryRun: true,
				})
				if hayon.CodeOf(err) != code {
					t.Errorf("with ffmpeg %t: %v, want the code %q", ffmpeg, err, code)
				} else if err == nil && p.Targets[0].Parts[0].Media[0].Type != tt.want {
					t.Errorf("with ffmpeg %t it is %s", ffmpeg, p.Targets[0].Parts[0].Media[0].Type)
				}
			}
		})
	}
}

// specs remembers what media were to be fitted to.
type specs struct {
	mu   sync.Mutex // guards seen
	seen []media.Spec
}

func (s *specs) Fit(_ context.Context, _ io.ReadSeeker, _ io.Writer, spec media.Spec) (media.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, spec)
	return media.Result{Info: media.Info{Type: media.PNG, Width: 4, Height: 2}}, nil
}

// A GIF becomes a video, which takes nothing beside it, only where it stands by itself.
func TestGIFBesidePictures(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		media  int
		thread hayon.ThreadMode
		want   bool
	}{
		{"alone", 1, "", true}, {"beside another", 2, "", false}, {"in a thread that deals them out", 2, hayon.ThreadAuto, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, fitter := newAble(), &specs{}
			a.adjust = func(i *hayon.ProviderInfo) { i.GIFVideo, i.Threads = true, true }
			d := newDaemonWith(t, setup{provider: a, fitter: fitter})
			d.signIn("one", "")
			m := d.upload("")
			c := hayon.PostCreate{Text: "look", Thread: tt.thread, To: []string{"platform/one"}}
			for range tt.media {
				c.Media = append(c.Media, hayon.MediaInput{Media: m.ID, Alt: "x"})
			}
			if _, err := d.scheduler.CreatePost(d.ctx, c); err != nil {
				t.Fatal(err)
			}
			if len(fitter.seen) != 1 || fitter.seen[0].GIFVideo != tt.want {
				t.Errorf("fitted to %+v, want a video: %t", fitter.seen, tt.want)
			}
		})
	}
}
