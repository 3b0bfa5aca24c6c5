package mastodon

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/mattn/go-mastodon"

	"github.com/hayon/hayon"
)

// The names of what only this provider understands, in [hayon.ServerFacts].
const (
	extraDomain    = "domain"    // of the accounts
	extraURL       = "url"       // the account's profile
	extraAPI       = "api"       // the version of Mastodon's API, a number
	extraPrivacy   = "privacy"   // the account's own visibility, by the server's word
	extraSensitive = "sensitive" // "true": the account hides its media
	extraLanguage  = "language"  // the account's own language
)

// about2 is the description of an instance, of both versions, and with what relatives add.
// Sources: https://docs.joinmastodon.org/entities/Instance/ and /V1_Instance/, read 2026-11-20.
type about2 struct {
	Domain      string `json:"domain"` // version 2
	URI         string `json:"uri"`    // version 1
	Version     string `json:"version"`
	APIVersions struct {
		Mastodon int `json:"mastodon"`
	} `json:"api_versions"`
	Configuration struct {
		Statuses struct {
			MaxCharacters int64 `json:"max_characters"`
			MaxMedia      int64 `json:"max_media_attachments"`
			PerURL        int64 `json:"characters_reserved_per_url"`
		} `json:"statuses"`
		Media struct {
			Types       []string `json:"supported_mime_types"`
			Description int64    `json:"description_limit"`
			ImageBytes  int64    `json:"image_size_limit"`
			ImagePixels int64    `json:"image_matrix_limit"`
			VideoBytes  int64    `json:"video_size_limit"`
			VideoPixels int64    `json:"video_matrix_limit"`
			VideoRate   int64    `json:"video_frame_rate_limit"`
		} `json:"media_attachments"`
		Polls *pollFacts `json:"polls"`
	} `json:"configuration"`
	// Of relatives, and of what became of their old settings.
	MaxTootChars     flexible `json:"max_toot_chars"`
	UploadLimit      flexible `json:"upload_limit"`
	DescriptionLimit flexible `json:"description_limit"`
	MaxMedia         flexible `json:"max_media_attachments"`
	// PollLimits is what Pleroma calls its polls.
	PollLimits *pollFacts `json:"poll_limits"`
}

// pollFacts are the limits of polls. Relatives name the length of an option otherwise.
type pollFacts struct {
	Options     flexible `json:"max_options"`
	Option      flexible `json:"max_characters_per_option"`
	OptionChars flexible `json:"max_option_chars"`
	MinSeconds  flexible `json:"min_expiration"`
	MaxSeconds  flexible `json:"max_expiration"`
}

// flexible is a number that may be written as a text.
type flexible int64

// UnmarshalJSON takes numbers and texts of digits; what is neither is 0.
func (f *flexible) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	if err != nil {
		n = 0
	}
	*f = flexible(n)
	return nil
}

// facts is what the instance allows, in the form that everybody understands.
func (in *instance) facts(now func() string) *hayon.ServerFacts {
	rules := softwareOf(in.software, in.version)
	f := &hayon.ServerFacts{
		Software: in.software, Version: cmp.Or(in.version, clean(in.about.Version, 100)),
		Class: rules.class(), NeedsMedia: rules.needsMedia,
		Extra: map[string]string{extraDomain: in.domain()},
	}
	if n := in.about.APIVersions.Mastodon; n > 0 {
		f.Extra[extraAPI] = strconv.Itoa(n)
	}
	f.Limits = in.limits(rules, now())
	if types := in.about.Configuration.Media.Types; len(types) > 0 {
		f.MediaTypes = slices.Clone(types)
	}
	f.Options = in.options(rules)
	return f
}

// domain is that of the accounts.
func (in *instance) domain() string {
	d := cmp.Or(in.about.Domain, in.about.URI)
	if i := strings.Index(d, "://"); i >= 0 { // some relatives give a URL
		d = d[i+len("://"):]
	}
	d, _, _ = strings.Cut(d, "/")
	return cmp.Or(clean(d, 255), hostOf(in.base))
}

func (in *instance) limits(rules software, read string) []hayon.Limit {
	about := in.about
	source := in.base + "/api/v2/instance"
	if in.firstVersion {
		source = in.base + "/api/v1/instance"
	}
	var out []hayon.Limit
	add := func(of string, unit hayon.Unit, values ...int64) {
		if n := cmp.Or(values...); n > 0 {
			out = append(out, hayon.Limit{Of: of, Unit: unit, Max: n, Source: source, Read: read})
		}
	}
	statuses, media := about.Configuration.Statuses, about.Configuration.Media
	add(hayon.LimitText, hayon.UnitMastodon, statuses.MaxCharacters, int64(about.MaxTootChars))
	switch {
	case len(out) > 0:
		out[0].URL = cmp.Or(max(statuses.PerURL, 0), urlLength)
		out[0].With = []string{hayon.OptionWarning}
	case rules.noTextLimit:
		out = append(out, hayon.Limit{Of: hayon.LimitText, Unit: hayon.UnitMastodon}) // 0 takes it away
	}
	add(hayon.LimitImages, hayon.UnitItems, statuses.MaxMedia, int64(about.MaxMedia))
	add(hayon.LimitImage, hayon.UnitBytes, media.ImageBytes, int64(about.UploadLimit))
	add(hayon.LimitImage, hayon.UnitPixels, media.ImagePixels)
	add(hayon.LimitVideo, hayon.UnitBytes, media.VideoBytes, int64(about.UploadLimit))
	add(hayon.LimitVideo, hayon.UnitPixels, media.VideoPixels)
	add(hayon.LimitVideo, hayon.UnitFPS, media.VideoRate)
	add(hayon.LimitAlt, hayon.UnitCodePoints, media.Description, int64(about.DescriptionLimit))
	return append(out, in.polls(rules, source, read)...)
}

// polls are the limits of polls; 0 takes them away, where there would be none of a poll that is sent.
func (in *instance) polls(rules software, source, read string) []hayon.Limit {
	said := cmp.Or(in.about.Configuration.Polls, in.about.PollLimits)
	switch {
	case said == nil && rules.grown:
		return nil // those of Mastodon hold
	case said == nil, said.Options < minPollOptions, rules.noPolls:
		said = &pollFacts{}
	default:
		own := *said
		own.Option = cmp.Or(said.Option, said.OptionChars, maxPollOption)
		own.MaxSeconds = cmp.Or(said.MaxSeconds, maxPollSeconds)
		said = &own
	}
	limit := func(of string, unit hayon.Unit, most, least flexible) hayon.Limit {
		return hayon.Limit{Of: of, Unit: unit, Max: int64(most), Min: int64(max(least, 0)), Source: source, Read: read}
	}
	return []hayon.Limit{
		limit(hayon.LimitPollOptions, hayon.UnitItems, said.Options, minPollOptions),
		limit(hayon.LimitPollOption, hayon.UnitGraphemes, said.Option, 0),
		limit(hayon.LimitPollTime, hayon.UnitSeconds, said.MaxSeconds, said.MinSeconds),
	}
}

// quotesAPI is the version of the API that has quotes, and quotesNobody who may quote a post that nobody
// but its author may. Source: https://docs.joinmastodon.org/client/quotes/, read 2026-11-20.
const (
	quotesAPI    = 7
	quotesNobody = "nobody"
)

// options are those that this instance has beside everybody's.
func (in *instance) options(rules software) []hayon.Option {
	var out []hayon.Option
	if len(rules.visibilities) > 0 {
		out = append(out, hayon.Option{
			Name: hayon.OptionVisibility, Kind: hayon.OptionChoice, Values: append(hayon.Visibilities(), rules.visibilities...),
			Help: "who sees it; your account's own setting where nothing is said",
		})
	}
	if in.about.APIVersions.Mastodon >= quotesAPI {
		out = append(out, hayon.Option{
			Name: optionQuotes, Kind: hayon.OptionChoice, Values: []string{"public", "followers", quotesNobody}, Help: "who may quote it",
		}, hayon.Option{Name: hayon.OptionNoQuotes, Kind: hayon.OptionBool, Help: "let nobody quote it"})
	}
	if rules.localOnly {
		out = append(out, hayon.Option{Name: optionLocalOnly, Kind: hayon.OptionBool, Help: "keep it on your own server"})
	}
	if len(rules.contentTypes) > 0 {
		out = append(out, hayon.Option{
			Name: optionContentType, Kind: hayon.OptionChoice, Values: slices.Clone(rules.contentTypes), Help: "how the text is written",
		})
	}
	return out
}

// Limits reads what the account's instance allows, and what the account has set as its defaults.
func (p *Provider) Limits(ctx context.Context, s hayon.Session) (*hayon.ServerFacts, error) {
	who := about(s.Account())
	me, cur, err := p.me(ctx, s)
	if err != nil {
		return nil, fault(err, who)
	}
	in, err := p.ask(ctx, cur.Base)
	if err != nil {
		return nil, fault(err, who)
	}
	return p.factsFor(in, me), nil
}

// me is the account as its instance sees it, and the session that was used.
func (p *Provider) me(ctx context.Context, s hayon.Session) (me *mastodon.Account, cur *session, err error) {
	err = p.signed(ctx, s, func(used *session) (err error) {
		cur = used
		me, err = p.verifyCredentials(ctx, used)
		return err
	})
	return me, cur, err
}

func (p *Provider) verifyCredentials(ctx context.Context, s *session) (*mastodon.Account, error) {
	me, err := read(s, func() (*mastodon.Account, error) { return p.library(s).GetAccountCurrentUser(ctx) })
	if e, ok := errors.AsType[*apiError](err); ok && e.Status == http.StatusUnprocessableEntity && !e.Parsed {
		e.Status, e.Parsed, e.Message = http.StatusUnauthorized, true, "unauthorized" // which is how snac says it
	}
	if err == nil && (me == nil || me.ID == "" || me.Username == "" && me.Acct == "") {
		return nil, &unreadable{Host: hostOf(s.Base), Err: errIncomplete}
	}
	return me, err
}

// factsFor are the facts of the instance with the account's own defaults.
func (p *Provider) factsFor(in *instance, me *mastodon.Account) *hayon.ServerFacts {
	f := in.facts(func() string { return p.now().UTC().Format("2006-01-02") })
	f.ReadAt = p.now().UTC()
	f.Extra[extraURL] = me.URL
	if src := me.Source; src != nil {
		if src.Privacy != nil {
			f.Extra[extraPrivacy] = *src.Privacy
		}
		if src.Sensitive != nil {
			f.Extra[extraSensitive] = strconv.FormatBool(*src.Sensitive)
		}
		if src.Language != nil {
			f.Extra[extraLanguage] = *src.Language
		}
	}
	for k, v := range f.Extra {
		if v == "" {
			delete(f.Extra, k)
		}
	}
	return f
}
