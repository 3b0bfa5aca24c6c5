package main

import (
	"cmp"
	"net/url"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/cards"
	"github.com/hayon/hayon/media"
	"github.com/hayon/hayon/providers/bluesky"
)

// fitter fits media with the ffmpeg that the configuration or PATH names.
func (a *app) fitter() *media.Fitter { return media.NewFitter(media.Config{FFmpeg: a.ffmpeg()}) }

// ffmpeg is the program that somebody named, "" for what PATH finds.
func (a *app) ffmpeg() string {
	v, _ := a.getenv("HAYON_MEDIA_FFMPEG")
	return cmp.Or(v, a.cfg.Media.FFmpeg)
}

// pageReader reads pages for link cards.
func (a *app) pageReader() *cards.Reader {
	return cards.New(cards.Config{
		AllowPrivate: a.cfg.Cards.AllowPrivate || a.isTrue("HAYON_CARDS_ALLOW_PRIVATE"), UserAgent: userAgent(), Logger: a.log,
	})
}

// isTrue reports whether a variable of the environment says yes.
func (a *app) isTrue(name string) bool {
	v, ok := a.getenv(name)
	return ok && v != "" && v != "0" && v != "false"
}

// videoService is the URL of Bluesky's video service, "" for its own.
func (a *app) videoService() (string, error) {
	v, _ := a.getenv("HAYON_BLUESKY_VIDEO")
	v = cmp.Or(v, a.cfg.Bluesky.Video)
	if v == "" || v == bluesky.NoVideoService {
		return v, nil
	}
	if u, err := url.Parse(v); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", hayon.Errorf(hayon.CodeUsage, "bluesky.video is %q, which is no URL", v).
			WithHint("give one as https://video.bsky.app, or none")
	}
	return v, nil
}
