package scheduler

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/media"
)

// medium is one medium of a request: as it was stored, and how it is to be used.
type medium struct {
	hayon.Attachment

	input hayon.MediaInput
	// to are the accounts that get it, where the request names some.
	to []hayon.AccountID
}

// specOf is what a platform takes, as media are fitted to it.
func specOf(info hayon.ProviderInfo, in hayon.MediaInput) media.Spec {
	limit := func(of string, unit hayon.Unit) int64 {
		n, _ := info.Limit(of, unit)
		return n
	}
	spec := media.Spec{
		Types:    info.MediaTypes,
		MaxBytes: limit(hayon.LimitImage, hayon.UnitBytes), MaxPixels: limit(hayon.LimitImage, hayon.UnitPixels),
		MaxSide:       int(limit(hayon.LimitImage, hayon.UnitSide)),
		VideoMaxBytes: limit(hayon.LimitVideo, hayon.UnitBytes), VideoMaxPixels: limit(hayon.LimitVideo, hayon.UnitPixels),
		MaxDuration: time.Duration(limit(hayon.LimitVideo, hayon.UnitSeconds)) * time.Second,
		MaxFPS:      float64(limit(hayon.LimitVideo, hayon.UnitFPS)),
		GIFVideo:    info.GIFVideo, KeepMetadata: in.KeepMetadata, NoResize: in.NoResize,
	}
	for _, l := range info.Limits {
		if l.Of == hayon.LimitImage && l.Unit == hayon.UnitAspect {
			spec.MinAspect, spec.MaxAspect = float64(l.Min)/1000, float64(l.Max)/1000
		}
	}
	return spec
}

// thumbSpec is what a platform takes as the picture of a link card or of a video.
func thumbSpec(info hayon.ProviderInfo) media.Spec {
	const side = 2000 // more is never shown
	bytes, _ := info.Limit(hayon.LimitThumb, hayon.UnitBytes)
	return media.Spec{Types: []string{media.JPEG, media.PNG}, MaxBytes: bytes, MaxSide: side}
}

// attach is the media that an account gets, fitted to what its platform takes. What cannot be fitted is
// answered as problems. An animated GIF becomes a video only where it may stand by itself: a video takes
// nothing beside it.
func (s *Scheduler) attach(a *hayon.Account, info hayon.ProviderInfo, list []medium, c hayon.PostCreate, m *materials) (out []hayon.Attachment, notes []string, unmade []problem) {
	own := slices.DeleteFunc(slices.Clone(list), func(one medium) bool {
		return len(one.input.For) > 0 && !slices.Contains(one.to, a.ID)
	})
	info.GIFVideo = info.GIFVideo && (len(own) == 1 || c.Thread == hayon.ThreadAuto)
	for _, one := range own {
		fit, why := s.fitOne(info, one, m)
		if why != nil {
			unmade = append(unmade, problem{a.Name + ": " + why.text, why.hint})
			fit.Unfit = true
		}
		if one.Thumb != nil && strings.HasPrefix(fit.Type, "image/") {
			notes = append(notes, "the thumbnail of "+mediumName(fit)+" is left out: a picture is its own")
			fit.Thumb = nil
		}
		out = append(out, fit)
	}
	return out, notes, unmade
}

// mediaFor finds out which of the accounts of a post get each medium. A name that means none of them is a
// mistake.
func mediaFor(ctx context.Context, tx hayon.Tx, owner hayon.UserID, list []medium, accounts []*hayon.Account) ([]medium, error) {
	out := slices.Clone(list)
	for i := range out {
		for _, name := range out[i].input.For {
			ids, err := called(ctx, tx, owner, accounts, strings.TrimSpace(name))
			if err != nil {
				return nil, err
			}
			if len(ids) == 0 {
				return nil, hayon.Errorf(hayon.CodeUsage, "a medium is for %q, which this post does not go to", name).
					WithHint("add it: --to " + name)
			}
			out[i].to = append(out[i].to, ids...)
		}
	}
	return out, nil
}

// called are those of some accounts that a name means; see [Scheduler.meaning].
func called(ctx context.Context, tx hayon.Tx, owner hayon.UserID, accounts []*hayon.Account, name string) ([]hayon.AccountID, error) {
	means := func(a *hayon.Account) bool {
		return isCalled(a, name) || name == a.Platform+"/*" || name == "all"
	}
	if group, ok := strings.CutPrefix(name, groupMark); ok {
		g, err := findGroup(ctx, tx, owner, group, hayon.CodeUsage)
		if err != nil {
			return nil, err
		}
		means = func(a *hayon.Account) bool { return slices.Contains(g.Accounts, a.ID) }
	}
	var ids []hayon.AccountID
	for _, a := range accounts {
		if means(a) {
			ids = append(ids, a.ID)
		}
	}
	return ids, nil
}

// fitOne is a medium as the platform takes it. While that is not known it has no size, so that it fits
// every limit; a description of what is not stored keeps its own where it may be fitted.
func (s *Scheduler) fitOne(info hayon.ProviderInfo, one medium, m *materials) (hayon.Attachment, *problem) {
	out := one.Attachment
	switch {
	case s.deps.Fitter == nil || !takesAny(info, one.Type):
		return out, nil // the check tells what is wrong with it
	case m.sketch || one.SHA256 == "":
		return sketched(info, one, s.hasFFmpeg()), nil
	}
	if out.Thumb = nil; one.Thumb != nil {
		thumb, why := thumbOf(thumbNeed(info, *one.Thumb, out.Name), m)
		if why != nil {
			return out, why
		}
		out.Thumb = thumb
	}
	n := fitNeed{source: one.SHA256, name: mediumName(one.Attachment), spec: specOf(info, one.input), ffmpeg: s.hasFFmpeg()}
	f := m.fitFor(n)
	switch {
	case f == nil:
		out.Bytes, out.Width, out.Height, out.Duration = 0, 0, 0, 0
		out.Type = likely(info, out.Type)
	case f.why != nil:
		return out, f.why
	default:
		out = asFitted(out, f.row)
	}
	return out, nil
}

// asFitted is an attachment with the facts of what was made of it.
func asFitted(a hayon.Attachment, r *hayon.FitRow) hayon.Attachment {
	if r.Result.SHA256 != a.SHA256 {
		a.Original = &hayon.BlobRef{SHA256: a.SHA256, Type: a.Type, Bytes: a.Bytes, Width: a.Width, Height: a.Height}
	}
	a.SHA256, a.Type, a.Bytes, a.Width, a.Height = r.Result.SHA256, r.Result.Type, r.Result.Bytes, r.Result.Width, r.Result.Height
	a.Duration, a.Animated, a.Steps = r.Duration, r.Animated, r.Steps
	return a
}

// takesAny reports whether the platform takes media of that kind at all, perhaps as another type.
func takesAny(info hayon.ProviderInfo, mime string) bool {
	kind, _, _ := strings.Cut(mime, "/")
	return slices.ContainsFunc(info.MediaTypes, func(t string) bool {
		return strings.HasPrefix(t, kind+"/") || kind == "image" && t == media.MP4 && mime == media.GIF
	})
}

// likely is the type that a medium has when it is fitted: its own where that is taken.
func likely(info hayon.ProviderInfo, mime string) string {
	if slices.Contains(info.MediaTypes, mime) {
		return mime
	}
	kind, _, _ := strings.Cut(mime, "/")
	for _, t := range info.MediaTypes {
		if strings.HasPrefix(t, kind+"/") {
			return t
		}
	}
	return mime
}

// sketched is a medium that nobody fits now: a still picture that is too large will be fitted, and counts
// as if it were; so does with ffmpeg what that makes a video of.
func sketched(info hayon.ProviderInfo, one medium, ffmpeg bool) hayon.Attachment {
	out := one.Attachment
	if ffmpeg && becomesVideo(info, one) {
		out.Original = &hayon.BlobRef{Type: one.Type, Bytes: one.Bytes, Width: one.Width, Height: one.Height}
		out.Type, out.Bytes, out.Width, out.Height, out.Animated = media.MP4, 0, 0, 0, false
		out.Steps = append(out.Steps, "will be converted to "+out.Type)
		return out
	}
	still := !one.Animated && slices.Contains([]string{media.JPEG, media.PNG, media.WebP}, one.Type)
	if (still || one.Type == media.MOV && ffmpeg) && !slices.Contains(info.MediaTypes, one.Type) && takesAny(info, one.Type) {
		out.Type = likely(info, one.Type)
		out.Steps = append(out.Steps, "will be converted to "+out.Type)
	}
	spec := specOf(info, one.input)
	side := int64(max(one.Width, one.Height))
	wide := spec.MaxSide > 0 && side > int64(spec.MaxSide) || spec.MaxPixels > 0 && int64(one.Width)*int64(one.Height) > spec.MaxPixels
	heavy := spec.MaxBytes > 0 && one.Bytes > spec.MaxBytes
	if still && (heavy || wide) && (!wide || !one.input.NoResize) {
		out.Original = &hayon.BlobRef{Type: one.Type, Bytes: one.Bytes, Width: one.Width, Height: one.Height}
		out.Bytes, out.Width, out.Height = 0, 0, 0
		out.Steps = append(out.Steps, "will be fitted to what "+info.Title+" takes")
	}
	return out
}

// becomesVideo reports whether a film is too large as it is, or an animation goes out as a film.
func becomesVideo(info hayon.ProviderInfo, one medium) bool {
	spec, pixels := specOf(info, one.input), int64(one.Width)*int64(one.Height)
	over := func(n, most int64) bool { return most > 0 && n > most }
	switch takes := func(t string) bool { return slices.Contains(info.MediaTypes, t) }; {
	case !takes(media.MP4):
		return false
	case one.Type == media.GIF && one.Animated:
		return info.GIFVideo || !takes(media.GIF) || over(one.Bytes, spec.MaxBytes) || over(pixels, spec.MaxPixels) ||
			over(int64(max(one.Width, one.Height)), int64(spec.MaxSide))
	case one.Type == media.MP4, one.Type == media.MOV:
		return !one.input.NoResize && (over(one.Bytes, spec.VideoMaxBytes) || over(pixels, spec.VideoMaxPixels))
	}
	return false
}

// thumbNeed asks for a picture as a platform takes it for a card or a video.
func thumbNeed(info hayon.ProviderInfo, picture hayon.BlobRef, name string) fitNeed {
	return fitNeed{source: picture.SHA256, name: "the thumbnail of " + name, spec: thumbSpec(info)}
}

// thumbOf is what such a need came to; nil while that is not known.
func thumbOf(n fitNeed, m *materials) (*hayon.BlobRef, *problem) {
	f := m.fitFor(n)
	switch {
	case f == nil:
		return nil, nil
	case f.why != nil:
		return nil, f.why
	}
	thumb := f.row.Result
	return &thumb, nil
}

// deal gives each part of a thread as many media as its platform takes, and makes parts without a text
// for the rest. One part gets all, and the check tells whether that is too much.
func deal(info hayon.ProviderInfo, parts []hayon.Part, list []hayon.Attachment, mode hayon.ThreadMode) []hayon.Part {
	if len(list) == 0 {
		return parts
	}
	most, bounded := info.Limit(hayon.LimitImages, hayon.UnitItems)
	if mode != hayon.ThreadAuto || !info.Threads || !info.EmptyText || !bounded || most < 1 {
		parts[0].Media = list
		return parts
	}
	for i := 0; len(list) > 0; i++ {
		if i == len(parts) {
			parts = append(parts, hayon.Part{Langs: parts[0].Langs})
		}
		n := 1
		for n < len(list) && int64(n) < most && !goesAlone(info, list[0]) && !goesAlone(info, list[n]) {
			n++
		}
		parts[i].Media, list = list[:n:n], list[n:]
	}
	return parts
}
