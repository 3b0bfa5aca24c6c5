package demo

import (
	"slices"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// The limits, ours to choose: like those of many a real platform. Those of text, pictures and their number
// are what an account has that does not set its own.
const (
	maxGraphemes    = 500
	maxImages       = 4
	maxImageBytes   = 10 << 20
	maxVideoBytes   = 100 << 20
	maxVideoSeconds = 180
	maxAlt          = 1000
	maxThumbBytes   = 1_000_000
	maxTitle        = 100
	maxTags         = 10
	maxTag          = 64
	minPollOptions  = 2
	maxPollOptions  = 4
	maxPollOption   = 50
	minPollSeconds  = 60
	maxPollSeconds  = 7 * 24 * 60 * 60
	limitSource     = "https://pkg.go.dev/github.com/hayon/hayon/providers/demo"
	limitRead       = "2026-11-21"
	videoTypes      = "video/"
	videoMP4        = "video/mp4"
)

var mediaTypes = []string{"image/gif", "image/jpeg", "image/png", "image/webp", videoMP4}

// limits are what the account allows.
func (s settings) limits() []hayon.Limit {
	list := []hayon.Limit{
		{Of: hayon.LimitText, Unit: hayon.UnitGraphemes, Max: s.text, With: []string{hayon.OptionWarning}},
		{Of: hayon.LimitImages, Unit: hayon.UnitItems, Max: s.images},
		{Of: hayon.LimitImage, Unit: hayon.UnitBytes, Max: s.image},
		{Of: hayon.LimitVideo, Unit: hayon.UnitBytes, Max: maxVideoBytes},
		{Of: hayon.LimitVideo, Unit: hayon.UnitSeconds, Max: maxVideoSeconds},
		{Of: hayon.LimitAlt, Unit: hayon.UnitGraphemes, Max: maxAlt},
		{Of: hayon.LimitThumb, Unit: hayon.UnitBytes, Max: maxThumbBytes},
		{Of: hayon.LimitTitle, Unit: hayon.UnitGraphemes, Max: maxTitle},
		{Of: hayon.LimitTags, Unit: hayon.UnitItems, Max: maxTags},
		{Of: hayon.LimitTag, Unit: hayon.UnitGraphemes, Max: maxTag},
		{Of: hayon.LimitPollOptions, Unit: hayon.UnitItems, Min: minPollOptions, Max: maxPollOptions},
		{Of: hayon.LimitPollOption, Unit: hayon.UnitGraphemes, Max: maxPollOption},
		{Of: hayon.LimitPollTime, Unit: hayon.UnitSeconds, Min: minPollSeconds, Max: maxPollSeconds},
	}
	for i := range list {
		list[i].Source, list[i].Read = limitSource, limitRead
	}
	return list
}

// facts are the limits of an account that sets its own; nil of another.
func (s settings) facts() *hayon.ServerFacts {
	if s.text == maxGraphemes && s.image == maxImageBytes && s.images == maxImages {
		return nil
	}
	return &hayon.ServerFacts{Limits: s.limits()[:3]}
}

// rules are what else holds here.
func rules() []hayon.Rule {
	list := []hayon.Rule{
		{Of: "text", Says: "counted as it is seen, with the content warning; addresses count like any other word"},
		{Of: "mentions", Says: "@ and a handle with a domain; one that begins with nobody is nobody, and goes out as plain text"},
		{Of: "replies", Says: "any https address, and posts of this machine by their id"},
		{Of: "video", Says: "alone in its post, and processed for as long as the account says"},
		{Of: "polls", Says: "without pictures"},
	}
	for i := range list {
		list[i].Source, list[i].Read = limitSource, limitRead
	}
	return list
}

// check refuses what the account does not allow.
func (s settings) check(c content, media []hayon.Attachment) error {
	if strings.TrimSpace(c.Text) == "" && len(media) == 0 {
		return hayon.Errorf(hayon.CodeInvalid, "demo: the post is empty").WithHint("give it a text or a picture")
	}
	if n := int64(text.Length(text.Rule{Unit: text.Graphemes}, c.Text, c.Options[hayon.OptionWarning])); n > s.text {
		return over("the text", n, s.text)
	}
	if err := s.checkMedia(media); err != nil {
		return err
	}
	if n := int64(text.Count(text.Graphemes, c.Options[hayon.OptionTitle])); n > maxTitle {
		return over("the title", n, maxTitle)
	}
	tags := hayon.TagsOf(c.Options[hayon.OptionTags])
	if n := int64(len(tags)); n > maxTags {
		return hayon.Errorf(hayon.CodeInvalid, "demo: %d tags, %d are allowed", n, maxTags).WithHint("leave some out")
	}
	for _, tag := range tags {
		if n := int64(text.Count(text.Graphemes, tag)); n > maxTag {
			return over("the tag "+text.Clip(tag, maxTag), n, maxTag)
		}
	}
	return checkPoll(c.Poll, media)
}

func over(what string, n, limit int64) error {
	return hayon.Errorf(hayon.CodeInvalid, "demo: %s has %d characters, %d are allowed", what, n, limit).WithHint("shorten it")
}

func (s settings) checkMedia(media []hayon.Attachment) error {
	if n := int64(len(media)); n > s.images {
		return hayon.Errorf(hayon.CodeInvalid, "demo: %d pictures, %d are allowed", n, s.images).WithHint("leave some out")
	}
	for _, m := range media {
		limit, what := s.image, "a picture"
		if strings.HasPrefix(m.Type, videoTypes) {
			limit, what = maxVideoBytes, "a video"
		}
		switch {
		case !slices.Contains(mediaTypes, m.Type):
			return hayon.Errorf(hayon.CodeInvalid, "demo: %s is not taken", m.Type).WithHint("attach PNG, JPEG, GIF, WebP or MP4")
		case m.Bytes > limit:
			return hayon.Errorf(hayon.CodeInvalid, "demo: %s has %d bytes, %d are allowed", what, m.Bytes, limit).WithHint("make it smaller")
		case strings.HasPrefix(m.Type, videoTypes) && len(media) > 1:
			return hayon.Errorf(hayon.CodeInvalid, "demo: a video has nothing beside it").WithHint("attach it alone")
		case m.Duration.Seconds() > maxVideoSeconds && strings.HasPrefix(m.Type, videoTypes):
			return hayon.Errorf(hayon.CodeInvalid, "demo: a video takes %s, %d seconds are allowed", m.Duration, maxVideoSeconds).WithHint("shorten it")
		case m.Thumb != nil && m.Thumb.Bytes > maxThumbBytes:
			return hayon.Errorf(hayon.CodeInvalid, "demo: the picture of a video has %d bytes, %d are allowed", m.Thumb.Bytes, maxThumbBytes).WithHint("make it smaller")
		}
		if n := int64(text.Count(text.Graphemes, m.Alt)); n > maxAlt {
			return over("the alt text of a picture", n, maxAlt)
		}
	}
	return nil
}

func checkPoll(p *hayon.Poll, media []hayon.Attachment) error {
	if p == nil {
		return nil
	}
	switch n := len(p.Options); {
	case len(media) > 0:
		return hayon.Errorf(hayon.CodeInvalid, "demo: a poll has no pictures").WithHint("leave out one of them")
	case n < minPollOptions || n > maxPollOptions:
		return hayon.Errorf(hayon.CodeInvalid, "demo: %d answers, %d to %d are allowed", n, minPollOptions, maxPollOptions).WithHint("give other answers")
	case p.Seconds < minPollSeconds || p.Seconds > maxPollSeconds:
		return hayon.Errorf(hayon.CodeInvalid, "demo: the poll is open for %d seconds, %d to %d are allowed", p.Seconds, minPollSeconds, maxPollSeconds).
			WithHint("give another time")
	}
	for _, o := range p.Options {
		if n := int64(text.Count(text.Graphemes, o)); n > maxPollOption || strings.TrimSpace(o) == "" {
			return hayon.Errorf(hayon.CodeInvalid, "demo: an answer has %d characters, 1 to %d are allowed", n, maxPollOption).WithHint("change it")
		}
	}
	return nil
}
