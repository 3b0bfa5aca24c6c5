package mastodon

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// software is what one relative does otherwise than the others. The zero value is software that
// nobody knows: its key is ignored, and it has the first version of media and instance.
type software struct {
	// names are what nodeinfo may say.
	names []string
	// keyLife is how long an idempotency key is kept; zero: it is ignored, so that the class is D.
	keyLife time.Duration
	// overlaps: a repeat beside the first call makes a second status, although the key is the same.
	overlaps bool
	// pinsErrors: the answer to a key is kept also where it refuses.
	pinsErrors bool
	// mediaV2 and instanceV2: the second version of these calls is tried, and 404 leads to the first.
	mediaV2, instanceV2 bool
	// fineScopes: scopes such as write:statuses may be asked for; else read and write.
	fineScopes bool
	// loosePort: a loopback redirect may have another port than the registered one.
	loosePort bool
	// readsOwn: what was published shows at once in the account's list, so that what does not show within
	// two minutes is not there. Where nobody knows that, only a person can tell.
	readsOwn bool
	// mediaIDs: media have the same ids in a status as when they were uploaded.
	mediaIDs bool
	// noSource: the text of a status cannot be read as it was sent.
	noSource bool
	// needsMedia: a status without media is refused.
	needsMedia bool
	// pages: a refusal is a page and no JSON.
	pages bool
	// noTextLimit: where the instance names no limit of text, it has none.
	noTextLimit bool
	// perAddress: the rate limit counts requests of an address and not of a token.
	perAddress bool
	// visibilities are values beyond the usual four, contentTypes those of the option of that name, and
	// localOnly says that a status may stay on the instance.
	visibilities, contentTypes []string
	localOnly                  bool
	// grown: it is Mastodon or grew out of it, so that it has polls without saying so, takes the thumbnail of
	// a film, and processes media as Mastodon does.
	grown bool
	// noPolls: a poll would be left out, whatever the instance says of them.
	noPolls bool
	// foreign: the API is another one, so that nothing works.
	foreign bool
}

// relatives is the one table of differences. What no document tells is left as for unknown software.
//
// Sources, read 2026-11-20: https://docs.joinmastodon.org · https://docs.gotosocial.org/en/latest/api/ ·
// https://git.pleroma.social/pleroma/pleroma (idempotency_plug.ex) ·
// https://docs.akkoma.dev/stable/development/API/differences_in_mastoapi_responses/ ·
// https://github.com/pixelfed/pixelfed/issues/3581 · https://codeberg.org/grunfink/snac2
var relatives = []software{
	{
		names: []string{"mastodon"}, grown: true, keyLife: time.Hour, readsOwn: true,
		mediaV2: true, instanceV2: true, fineScopes: true, loosePort: true, mediaIDs: true,
	},
	{
		names: []string{"mastodon+glitch", "glitch"}, grown: true, keyLife: time.Hour, readsOwn: true,
		mediaV2: true, instanceV2: true, fineScopes: true, loosePort: true, mediaIDs: true,
		contentTypes: []string{"text/plain", "text/markdown", "text/html"}, localOnly: true,
	},
	{
		names: []string{"hometown"}, grown: true, keyLife: time.Hour, readsOwn: true,
		mediaV2: true, instanceV2: true, fineScopes: true, loosePort: true, mediaIDs: true,
		localOnly: true,
	},
	{
		names:   []string{"gotosocial"},
		mediaV2: true, instanceV2: true, fineScopes: true, perAddress: true, readsOwn: true, mediaIDs: true,
		contentTypes: []string{"text/plain", "text/markdown"}, localOnly: true,
	},
	{
		names: []string{"pleroma", "akkoma"}, keyLife: 6 * time.Hour, pinsErrors: true, overlaps: true, readsOwn: true, mediaIDs: true,
		mediaV2: true, fineScopes: true, visibilities: []string{"local"},
		contentTypes: []string{"text/plain", "text/markdown", "text/html", "text/bbcode", "text/x.misskeymarkdown"},
	},
	// Whether Pixelfed honours the key is disputed; it gets one all the same.
	{names: []string{"pixelfed"}, needsMedia: true, noSource: true, noPolls: true},
	{names: []string{"friendica"}},
	// Snac names limits of polls, and 2.75 publishes the text alone.
	{names: []string{"snac", "snac2"}, noTextLimit: true, readsOwn: true, pages: true, noPolls: true},
	{names: []string{"sharkey", "firefish", "iceshrimp", "catodon", "takahe", "mitra", "neodb", "bookwyrm"}},
	{names: []string{"misskey"}, foreign: true},
}

// softwareOf is the row of what nodeinfo says; glitch-soc calls itself mastodon, with another version.
func softwareOf(name, version string) software {
	name = strings.ToLower(name)
	if name == "mastodon" && strings.Contains(version, "+glitch") {
		name = "mastodon+glitch"
	}
	i := slices.IndexFunc(relatives, func(s software) bool { return slices.Contains(s.names, name) })
	if i < 0 {
		return software{}
	}
	s := relatives[i]
	if s.grown && !atLeast(version, 4, 1) {
		// Source: https://github.com/mastodon/mastodon/pull/21840, read 2026-11-21.
		s.overlaps = true
	}
	return s
}

// rulesOf is the row of the account's instance; that of unknown software where nobody has asked yet.
func rulesOf(a *hayon.Account) software {
	if a == nil || a.Server == nil {
		return software{}
	}
	return softwareOf(a.Server.Software, a.Server.Version)
}

func (s software) class() hayon.Class {
	if s.keyLife > 0 {
		return hayon.ClassB
	}
	return hayon.ClassD
}

// repeatable is how long after it was sent a call may be repeated with its key: half of the key's
// life, which begins when the instance has saved the status.
func (s software) repeatable() time.Duration { return s.keyLife / 2 }

// atLeast reports whether a version such as 4.5.3+glitch is major.minor or later.
func atLeast(version string, major, minor int) bool {
	a, rest, _ := strings.Cut(version, ".")
	b := rest
	if i := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		b = rest[:i]
	}
	gotMajor, err := strconv.Atoi(a)
	if err != nil {
		return false
	}
	gotMinor, err := strconv.Atoi(b)
	if err != nil {
		return false
	}
	return gotMajor > major || gotMajor == major && gotMinor >= minor
}

// deletesMedia reports whether the instance of the account forgets media with their status when asked.
// Source: https://docs.joinmastodon.org/methods/statuses/#delete, read 2026-11-20.
func deletesMedia(a *hayon.Account) bool {
	return a.Server != nil && strings.EqualFold(a.Server.Software, "mastodon") && atLeast(a.Server.Version, 4, 4)
}
