package bluesky

import (
	"slices"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// check refuses what the server would refuse, before anything is uploaded.
func (d *draft) check() error {
	part := d.Part()
	if d.content == "" && embedKind(part) == "" {
		return d.who.errorf(hayon.CodeInvalid, "there is no text and no image")
	}
	if n := text.Count(text.Graphemes, d.content); n > maxGraphemes {
		return d.who.errorf(hayon.CodeInvalid, "text has %d of %d graphemes", n, maxGraphemes)
	}
	if n := text.Count(text.Bytes, d.content); n > maxTextBytes {
		return d.who.errorf(hayon.CodeInvalid, "text has %d of %d bytes", n, maxTextBytes)
	}
	if n := len(part.Langs); n > maxLangs {
		return d.who.errorf(hayon.CodeInvalid, "%d of %d languages", n, maxLangs)
	}
	for _, l := range part.Langs {
		if !isLanguage(l) {
			return d.who.errorf(hayon.CodeInvalid, "%q is no language tag such as en or pt-BR", l)
		}
	}
	if part.Poll != nil {
		return d.who.errorf(hayon.CodeInvalid, "Bluesky has no polls")
	}
	if err := d.checkTags(); err != nil {
		return err
	}
	return d.checkMedia()
}

func (d *draft) checkTags() error {
	if n := len(d.tags); n > maxTags {
		return d.who.errorf(hayon.CodeInvalid, "%d of %d tags", n, maxTags)
	}
	for _, tag := range d.tags {
		if n := text.Count(text.Graphemes, tag); n > maxTagGraphemes {
			return d.who.errorf(hayon.CodeInvalid, "the tag %q has %d of %d graphemes", clean(tag, 100), n, maxTagGraphemes)
		}
		if n := len(tag); n > maxTagBytes {
			return d.who.errorf(hayon.CodeInvalid, "the tag %q has %d of %d bytes", clean(tag, 100), n, maxTagBytes)
		}
	}
	return nil
}

func (d *draft) checkMedia() error {
	media := d.Part().Media
	if most, _ := d.info.Limit(hayon.LimitImages, hayon.UnitItems); int64(len(media)) > most {
		return d.who.errorf(hayon.CodeInvalid, "%d of %d images", len(media), most)
	}
	for i, a := range media {
		switch {
		case !slices.Contains(d.info.MediaTypes, a.Type):
			return d.who.errorf(hayon.CodeInvalid, "%s is %s; JPEG, PNG, WebP, GIF and MP4 can be attached", nameOf(i, a), a.Type)
		case a.Type == videoType && len(media) > 1:
			return d.who.errorf(hayon.CodeInvalid, "%s goes alone, without other media", nameOf(i, a))
		case len(media) > maxImages && aspectRatio(a) == nil:
			return d.who.errorf(hayon.CodeInvalid, "the size of %s in pixels is not known; a gallery of more than %d images needs it", nameOf(i, a), maxImages)
		}
		if err := d.checkSize(i, a); err != nil {
			return err
		}
	}
	return nil
}

func (d *draft) checkSize(i int, a hayon.Attachment) error {
	of := hayon.LimitImage
	if a.Type == videoType {
		of = hayon.LimitVideo
		most, ok := d.info.Limit(of, hayon.UnitSeconds)
		if ok && a.Duration > time.Duration(most)*time.Second {
			return d.who.errorf(hayon.CodeInvalid, "%s takes %s of %s", nameOf(i, a), a.Duration.Round(time.Second), time.Duration(most)*time.Second)
		}
	}
	if most, ok := d.info.Limit(of, hayon.UnitBytes); ok && a.Bytes > most {
		return tooLarge(d.who, nameOf(i, a), a.Bytes, most)
	}
	return nil
}
