package main

import (
	"cmp"
	"net/url"
	"strings"

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
	return cards.New(cards.Config{AllowPrivate: a.allowPrivate(), UserAgent: userAgent(), Logger: a.log})
}

// allowPrivate reports whether link cards may read private addresses. A word that says neither yes nor no
// is no.
func (a *app) allowPrivate() bool {
	const name = "HAYON_CARDS_ALLOW_PRIVATE"
	v, ok := a.getenv(name)
	if !ok || v == "" {
		return a.cfg.Cards.AllowPrivate
	}
	yes, known := truth(v)
	if !known {
		a.warn("%s is %q, which is neither true nor false: no private address is read", name, v)
	}
	return yes
}

// truth is what a word of the environment says, and whether it says anything.
func truth(v string) (yes, known bool) {
	switch strings.ToLower(v) {
	case "1", "true", "yes", "on":
		return true, true
	case "0", "false", "no", "off", "":
		return false, true
	}
	return false, false
}

// videoService is the URL of Bluesky's video service, "" for its own. One that is none is not used.
func (a *app) videoService() string {
	v, _ := a.getenv("HAYON_BLUESKY_VIDEO")
	v = cmp.Or(v, a.cfg.Bluesky.Video)
	if !isVideoService(v) {
		a.warn("HAYON_BLUESKY_VIDEO is %q, which is no URL: videos go to the servers of the accounts as they are", v)
		return bluesky.NoVideoService
	}
	return v
}

// isVideoService reports whether a value names a service, or none, or nothing.
func isVideoService(v string) bool {
	if v == "" || v == bluesky.NoVideoService {
		return true
	}
	u, err := url.Parse(v)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}
