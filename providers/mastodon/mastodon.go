package mastodon

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
)

// The limits of an instance that says nothing of its own, which are those of Mastodon as it comes.
const (
	maxText        = 500
	urlLength      = 23
	maxMedia       = 4
	maxAlt         = 1500
	maxImageBytes  = 16_777_216
	maxImagePixels = 33_177_600
	maxVideoBytes  = 103_809_024
	maxVideoPixels = 8_294_400
	maxVideoRate   = 120 // frames a second
	statusesDocs   = "https://docs.joinmastodon.org/methods/statuses/#create"
	instanceDocs   = "https://docs.joinmastodon.org/entities/Instance/"
	factsRead      = "2026-11-20"
)

// The limits of polls of an instance that says nothing of its own. Options are counted in graphemes.
// Sources: instanceDocs and https://github.com/mastodon/mastodon (poll_options_validator.rb,
// poll_expiration_validator.rb), read 2026-11-21.
const (
	minPollOptions = 2
	maxPollOptions = 4
	maxPollOption  = 50
	minPollSeconds = 300
	maxPollSeconds = 2_629_746
)

const (
	// mediaLife is how long an upload is relied on before a status has it. Mastodon removes what nobody
	// has after 24 to 48 h. Source: https://docs.joinmastodon.org/methods/media/, read 2026-11-20.
	mediaLife = 20 * time.Hour
	// publishTimeout bounds the irreversible call.
	publishTimeout = 30 * time.Second
	requestTimeout = time.Minute
	// uploadTimeout bounds one upload: a film of 99 MiB over a slow line.
	uploadTimeout = 15 * time.Minute
)

// The options beside those that every platform has.
const (
	optionQuotes      = "quote_policy"
	optionLocalOnly   = "local_only"
	optionContentType = "content_type"
)

// Config is what a [Provider] may be told. The zero value works.
type Config struct {
	// Transport carries the requests; nil is a transport of our own. See rest.Config.Base.
	Transport http.RoundTripper
	// Timeout bounds one request; zero is 60 s. An upload has 15 min.
	Timeout time.Duration
	// UserAgent is sent with every request; "" is "hayon".
	UserAgent string
	// Logger gets a debug line for each request; nil logs nothing.
	Logger *slog.Logger
	// Vault keeps the application that is registered with each instance, so that it is registered once,
	// under references such as app/mastodon/fosstodon.org; nil keeps none.
	Vault hayon.Vault
	// Now is the clock on the wall; nil is time.Now.
	Now func() time.Time
}

// Provider publishes to Mastodon and its relatives. It is safe for concurrent use.
type Provider struct {
	rest *rest.Client
	// writes never uses a connection again. One that the server has closed meanwhile, as snac does
	// without a word, would leave it open whether a request arrived.
	writes  *rest.Client
	uploads *rest.Client // with more time; see writes
	vault   hayon.Vault
	now     func() time.Time
	log     *slog.Logger
}

var (
	_ hayon.Provider      = (*Provider)(nil)
	_ hayon.BrowserSignIn = (*Provider)(nil)
	_ hayon.Classifier    = (*Provider)(nil)
	_ hayon.Deleter       = (*Provider)(nil)
	_ hayon.Editor        = (*Provider)(nil)
	_ hayon.Expirer       = (*Provider)(nil)
	_ hayon.Limiter       = (*Provider)(nil)
	_ hayon.Linker        = (*Provider)(nil)
	_ hayon.Previewer     = (*Provider)(nil)
	_ hayon.Refresher     = (*Provider)(nil)
	_ hayon.Replier       = (*Provider)(nil)
	_ hayon.Reposter      = (*Provider)(nil)
	_ hayon.Viewer        = (*Provider)(nil)
)

// New makes a provider. It asks nobody.
func New(cfg Config) *Provider {
	if cfg.Timeout <= 0 {
		cfg.Timeout = requestTimeout
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "hayon"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	client := func(timeout time.Duration) *rest.Client {
		return rest.NewClient(rest.Config{
			Base: cfg.Transport, Timeout: timeout, UserAgent: cfg.UserAgent, Logger: cfg.Logger, Now: cfg.Now,
		})
	}
	return &Provider{
		rest: client(cfg.Timeout), writes: client(cfg.Timeout), uploads: client(max(cfg.Timeout, uploadTimeout)),
		vault: cfg.Vault, now: cfg.Now, log: cfg.Logger,
	}
}

// Info describes the platform. What holds on the account's own instance is in its [hayon.ServerFacts].
func (p *Provider) Info() hayon.ProviderInfo {
	return hayon.ProviderInfo{
		Name:    "mastodon",
		Title:   "Mastodon",
		DocsURL: "https://docs.joinmastodon.org",
		Class:   hayon.ClassB,
		Fields: []hayon.Field{
			{Name: "host", Title: "Server", Required: true, Help: "your server, such as fosstodon.org, or @you@fosstodon.org; relatives of Mastodon too"},
			{Name: "token", Title: "Access token", Secret: true, Help: tokenHelp},
		},
		Limits: []hayon.Limit{
			{Of: hayon.LimitText, Unit: hayon.UnitMastodon, Max: maxText, URL: urlLength, With: []string{hayon.OptionWarning}, Source: statusesDocs, Read: factsRead},
			{Of: hayon.LimitImages, Unit: hayon.UnitItems, Max: maxMedia, Source: instanceDocs, Read: factsRead},
			{Of: hayon.LimitImage, Unit: hayon.UnitBytes, Max: maxImageBytes, Source: instanceDocs, Read: factsRead},
			{Of: hayon.LimitImage, Unit: hayon.UnitPixels, Max: maxImagePixels, Source: instanceDocs, Read: factsRead},
			{Of: hayon.LimitVideo, Unit: hayon.UnitBytes, Max: maxVideoBytes, Source: instanceDocs, Read: factsRead},
			{Of: hayon.LimitVideo, Unit: hayon.UnitPixels, Max: maxVideoPixels, Source: instanceDocs, Read: factsRead},
			{Of: hayon.LimitVideo, Unit: hayon.UnitFPS, Max: maxVideoRate, Source: instanceDocs, Read: factsRead},
			{Of: hayon.LimitAlt, Unit: hayon.UnitCodePoints, Max: maxAlt, Source: instanceDocs, Read: factsRead},
			{Of: hayon.LimitPollOptions, Unit: hayon.UnitItems, Max: maxPollOptions, Min: minPollOptions, Source: instanceDocs, Read: rulesRead},
			{Of: hayon.LimitPollOption, Unit: hayon.UnitGraphemes, Max: maxPollOption, Source: instanceDocs, Read: rulesRead},
			{Of: hayon.LimitPollTime, Unit: hayon.UnitSeconds, Max: maxPollSeconds, Min: minPollSeconds, Source: instanceDocs, Read: rulesRead},
		},
		MediaTypes: []string{
			"image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/heif", "image/avif",
			"video/mp4", "video/webm", "video/quicktime",
			"audio/mpeg", "audio/mp4", "audio/ogg", "audio/flac", "audio/wav", "audio/webm",
		},
		Alone:          []string{"video/", "audio/"},
		EmptyText:      true,
		PublishTimeout: publishTimeout,
		// One database answers what it has just written; copies of it may be behind by seconds.
		ReadYourWrites: true,
		Threads:        true,
		Options: []hayon.Option{
			{
				Name: hayon.OptionVisibility, Kind: hayon.OptionChoice, Values: hayon.Visibilities(),
				Help: "who sees it; your account's own setting where nothing is said",
			},
			{Name: hayon.OptionWarning, Kind: hayon.OptionText, Help: "content warning, shown in the place of the text"},
			{Name: hayon.OptionSensitive, Kind: hayon.OptionBool, Help: "hide the media until the reader asks for them"},
		},
		Mentions: "@%s",
		Rules:    platformRules(),
	}
}

// ClassOf is B where the account's instance honours the idempotency key, else D.
func (p *Provider) ClassOf(a *hayon.Account) hayon.Class { return rulesOf(a).class() }

// ViewURL is the account's profile.
func (p *Provider) ViewURL(a *hayon.Account) string {
	if a.Server != nil && a.Server.Extra[extraURL] != "" {
		return a.Server.Extra[extraURL]
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(a.Handle, "@"), "@")
	if name == "" || a.Host == "" {
		return ""
	}
	return a.Host + "/@" + name
}

// NewIdem mints an idempotency key, which nobody has minted before.
func (p *Provider) NewIdem(*hayon.Target, int, time.Time) string {
	return rand.Text()
}
