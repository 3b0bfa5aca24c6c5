package mastodontest

import (
	"strings"
	"time"
)

// KeyRule is what the instance makes of the header Idempotency-Key.
type KeyRule int

// The rules.
const (
	// KeysHold answers a repeat within an hour by the first status, whatever its text, and by 404 when
	// that was deleted. A refused request leaves the key free. It is Mastodon's.
	KeysHold KeyRule = iota
	// KeysIgnored publishes the repeat too, as GoToSocial does.
	KeysIgnored
	// KeysPinAnswers repeats the whole answer for six hours, errors too, with the header
	// idempotent-replayed, as Pleroma does.
	KeysPinAnswers
	// KeysAnswer500 knows the repeat, publishes nothing and answers 500, as Mastodon's releases of
	// summer 2026 do. Source: https://github.com/mastodon/mastodon/issues/40399, read 2026-11-20.
	KeysAnswer500
)

// MediaRule is how uploads are processed.
type MediaRule int

// The rules.
const (
	// MediaAsync answers images by 200 and sound and film by 202, until [Config.MediaPolls] requests
	// have asked for them. It is Mastodon's.
	MediaAsync MediaRule = iota
	// MediaAllAsync answers everything by 202.
	MediaAllAsync
	// MediaSync answers everything by 200, as GoToSocial does.
	MediaSync
)

// Config describes the instance. A zero member means what a Mastodon of today does.
type Config struct {
	// Software is what nodeinfo says: "mastodon".
	Software string
	// Version is what the instance says of itself: "4.5.3". Software before 4.3 has neither PKCE nor
	// the scope profile nor a description of its OAuth; before 4.5 there are no quotes, and their
	// parameters are ignored.
	Version string
	// Now is the wall clock; nil is time.Now. [Server.Advance] moves it.
	Now func() time.Time

	// MaxChars, URLChars, MaxMedia, MaxDescription, MaxPollOptions and MaxPollChars, of one option, are limits:
	// 500, 23, 4, 1500, 4, 50.
	MaxChars, URLChars, MaxMedia, MaxDescription, MaxPollOptions, MaxPollChars int
	// MinPoll and MaxPoll are for how many seconds a poll is open: 300 and 2,629,746. A negative MinPoll is none.
	MinPoll, MaxPoll int
	// MaxImageBytes and MaxVideoBytes bound an upload: 16 MiB and 99 MiB. Above them the answer is 422.
	MaxImageBytes, MaxVideoBytes int

	// Keys is what becomes of a repeated Idempotency-Key.
	Keys KeyRule
	// Media is how uploads are processed.
	Media MediaRule
	// MediaPolls is how many questions after an upload in work are answered by 206: 1; negative is for
	// ever.
	MediaPolls int
	// MediaRequired refuses a status without media, as Pixelfed does.
	MediaRequired bool
	// DescriptionRequired refuses an attachment without a description, as a GoToSocial can.
	DescriptionRequired bool

	// NoPolls leaves polls out of statuses without a word, as software does that has none.
	NoPolls bool

	// NoV2 leaves out /api/v2: instance, media, search.
	NoV2 bool
	// NoConfiguration leaves the limits out of the instance's description of version 1, where relatives have
	// max_toot_chars, and leaves out that of version 2.
	NoConfiguration bool
	// NoSource leaves out /api/v1/statuses/:id/source and /history.
	NoSource bool
	// NoNodeInfo leaves out nodeinfo.
	NoNodeInfo bool

	// TokenTTL lets tokens expire, and gives refresh tokens. Zero is for ever.
	TokenTTL time.Duration
	// ExactRedirect compares the port of a loopback redirect too.
	ExactRedirect bool
	// Scopes are those that an app may register; nil is Mastodon's.
	Scopes []string

	// DefaultVisibility is that of a status that names none: "public".
	DefaultVisibility string
	// Params are names of parameters that this software knows beyond the API's description.
	Params []string

	// NoRateHeaders leaves the X-RateLimit headers out.
	NoRateHeaders bool
	// RateLimit is the requests of a token in five minutes (300), MediaLimit its uploads in thirty
	// minutes (30), DeleteLimit its deletions in thirty minutes (30), PostLimit an account's statuses in three hours (300).
	// Negative is none.
	RateLimit, MediaLimit, DeleteLimit, PostLimit int

	// Memory serves through pipes in place of the network, so that the test may run in a bubble of
	// testing/synctest. [Server.Transport] is then the only way in.
	Memory bool
}

// GoToSocial ignores keys, takes 5,000 characters and six media, and processes them at once.
func GoToSocial() Config {
	return Config{
		Software: "gotosocial", Version: "0.20.2+git-0000000", Keys: KeysIgnored, Media: MediaSync, MaxChars: 5000, MaxMedia: 6,
		MaxPollOptions: 6, DefaultVisibility: "unlisted", ExactRedirect: true, Params: []string{"content_type", "local_only", "interaction_policy"},
	}
}

// Pleroma repeats answers by their key for six hours, errors too, and has version 1 of the instance
// with max_toot_chars.
func Pleroma() Config {
	return Config{
		Software: "pleroma", Version: "2.7.2 (compatible; Pleroma 2.9.1)", Keys: KeysPinAnswers, Media: MediaSync, MaxChars: 5000, MaxPollOptions: 20,
		MaxPollChars: 200, MinPoll: -1, MaxPoll: 365 * 24 * 3600, NoConfiguration: true, TokenTTL: 100 * 24 * time.Hour, NoRateHeaders: true, RateLimit: -1, MediaLimit: -1, DeleteLimit: -1, PostLimit: -1,
		ExactRedirect: true, Params: []string{"content_type", "expires_in", "preview", "to", "in_reply_to_conversation_id", "quote_id"},
	}
}

// Pixelfed demands media, knows the four large scopes alone, and its tokens expire.
func Pixelfed() Config {
	return Config{
		Software: "pixelfed", Version: "3.5.3 (compatible; Pixelfed 0.12.6)", Keys: KeysIgnored, Media: MediaSync, MediaRequired: true, MaxMedia: 20, NoPolls: true,
		TokenTTL: 15 * 24 * time.Hour, Scopes: []string{"read", "write", "follow", "push"}, ExactRedirect: true, NoSource: true,
		NoRateHeaders: true, RateLimit: -1, MediaLimit: -1, DeleteLimit: -1, PostLimit: -1,
	}
}

// Glitch is glitch-soc: Mastodon with content types and posts that stay local.
func Glitch() Config {
	return Config{Version: "4.5.3+glitch", Params: []string{"content_type", "local_only"}}
}

// Roomy is a Mastodon whose operator allows 11,000 characters.
func Roomy() Config { return Config{MaxChars: 11_000} }

// Old is an instance with version 1 of the API alone.
func Old() Config {
	return Config{Version: "3.3.0", NoV2: true, NoConfiguration: true, NoSource: true}
}

// Mastodon's limits. Source: https://docs.joinmastodon.org/entities/Instance/ and the rate limits at
// https://docs.joinmastodon.org/api/rate-limits/, read 2026-11-20.
const (
	maxImageBytes = 16 << 20
	maxVideoBytes = 99 << 20
	imagePixels   = 33_177_600
	videoPixels   = 8_294_400
	maxPollChars  = 50
	minPoll       = 300
	maxPoll       = 2_629_746
)

func (c Config) withDefaults() Config {
	first := func(v *string, absent string) {
		if *v == "" {
			*v = absent
		}
	}
	count := func(v *int, absent int) {
		if *v == 0 {
			*v = absent
		}
	}
	first(&c.Software, "mastodon")
	first(&c.Version, "4.5.3")
	first(&c.DefaultVisibility, "public")
	if c.Now == nil {
		c.Now = time.Now
	}
	count(&c.MaxChars, 500)
	count(&c.URLChars, 23)
	count(&c.MaxMedia, 4)
	count(&c.MaxDescription, 1500)
	count(&c.MaxPollOptions, 4)
	count(&c.MaxPollChars, maxPollChars)
	count(&c.MinPoll, minPoll)
	count(&c.MaxPoll, maxPoll)
	count(&c.MaxImageBytes, maxImageBytes)
	count(&c.MaxVideoBytes, maxVideoBytes)
	count(&c.MediaPolls, 1)
	count(&c.RateLimit, 300)
	count(&c.MediaLimit, 30)
	count(&c.DeleteLimit, 30)
	count(&c.PostLimit, 300)
	if c.Scopes == nil {
		c.Scopes = mastodonScopes
		if c.modern(4, 3) {
			c.Scopes = append([]string{"profile"}, mastodonScopes...)
		}
	}
	return c
}

// modern tells whether this is a Mastodon of that version or later.
func (c Config) modern(major, minor int) bool {
	if c.Software != "mastodon" {
		return false
	}
	f := strings.SplitN(c.Version, ".", 3)
	if len(f) < 2 {
		return false
	}
	at := params{"major": f[0], "minor": f[1]}
	return at.number("major", 0) > major || at.number("major", 0) == major && at.number("minor", 0) >= minor
}

// lenient tells whether answers may have members that the description lacks.
func (c Config) lenient() bool {
	return c.Software != "mastodon" || len(c.Params) > 0 || c.NoConfiguration
}

// deviates tells whether answers at a path are knowingly not those of the description.
func (c Config) deviates(path string) bool { return c.NoConfiguration && path == "/api/v1/instance" }

// quotes tells whether the instance knows of quoting.
func (c Config) quotes() bool { return c.modern(4, 5) }

// mastodonScopes are those that an app of ours could ask for; a real instance has more. The scope profile came with 4.3.
var mastodonScopes = []string{
	"read", "write", "follow", "push",
	"read:accounts", "read:blocks", "read:bookmarks", "read:favourites", "read:filters", "read:follows", "read:lists", "read:mutes",
	"read:notifications", "read:search", "read:statuses",
	"write:accounts", "write:blocks", "write:bookmarks", "write:conversations", "write:favourites", "write:filters", "write:follows", "write:lists",
	"write:media", "write:mutes", "write:notifications", "write:reports", "write:statuses",
}
