package bluesky

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
)

const (
	// blobLife is how long an uploaded blob is relied on before a record refers to it. The
	// specification gives it an hour at least. Source: https://atproto.com/specs/blob, read 2026-11-20.
	blobLife = 30 * time.Minute
	// publishTimeout bounds the irreversible call, a refresh of the session included.
	publishTimeout = 30 * time.Second
	requestTimeout = time.Minute
	// uploadTimeout bounds one upload of a video. It is over sooner where nothing moves any more.
	uploadTimeout = time.Hour

	// NoVideoService is the [Config].VideoService that sends videos to the account's server alone.
	NoVideoService      = "none"
	defaultVideoService = "https://video.bsky.app"
)

// Config is what a [Provider] may be told. The zero value works.
type Config struct {
	// Transport carries the requests; nil is a transport of our own. See rest.Config.Base.
	Transport http.RoundTripper
	// Timeout bounds one request; zero is 60 s, in which an image goes over a slow line. A video may take
	// as long as it moves, for an hour at most.
	Timeout time.Duration
	// UserAgent is sent with every request; "" is "hayon".
	UserAgent string
	// Logger gets a debug line for each request; nil logs nothing.
	Logger *slog.Logger
	// PLC is the URL of the directory of did:plc; "" is https://plc.directory.
	PLC string
	// VideoService is the URL of the service that makes videos play at once; "" is
	// https://video.bsky.app, and [NoVideoService] sends videos to the account's server as they are.
	VideoService string
	// LookupTXT answers the TXT records of a name; nil asks the system's resolver.
	LookupTXT lookupTXT
	// Now is the clock on the wall; nil is time.Now.
	Now func() time.Time
}

// Provider publishes to Bluesky. It is safe for concurrent use.
type Provider struct {
	rest    *rest.Client
	uploads *rest.Client // for files that take long
	video   string       // the URL of the video service; "" for none
	ids     *resolver
	now     func() time.Time
	log     *slog.Logger
	keys    keyClock
}

var (
	_ hayon.Provider  = (*Provider)(nil)
	_ hayon.Viewer    = (*Provider)(nil)
	_ hayon.Linker    = (*Provider)(nil)
	_ hayon.Expirer   = (*Provider)(nil)
	_ hayon.Deleter   = (*Provider)(nil)
	_ hayon.Reposter  = (*Provider)(nil)
	_ hayon.Replier   = (*Provider)(nil)
	_ hayon.Limiter   = (*Provider)(nil)
	_ hayon.Previewer = (*Provider)(nil)
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
	if cfg.PLC == "" {
		cfg.PLC = "https://plc.directory"
	}
	if cfg.LookupTXT == nil {
		cfg.LookupTXT = net.DefaultResolver.LookupTXT
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	of := rest.Config{Base: cfg.Transport, Timeout: cfg.Timeout, UserAgent: cfg.UserAgent, Logger: cfg.Logger, Now: cfg.Now}
	client := rest.NewClient(of)
	of.Timeout = uploadTimeout
	p := &Provider{rest: client, uploads: rest.NewClient(of), now: cfg.Now, log: cfg.Logger}
	if cfg.VideoService != NoVideoService {
		p.video = strings.TrimRight(cmp.Or(cfg.VideoService, defaultVideoService), "/")
	}
	p.ids = &resolver{rest: client, plc: cfg.PLC, txt: cfg.LookupTXT}
	var id [2]byte
	_, _ = rand.Read(id[:]) // never fails: crypto/rand ends the program instead
	p.keys.id = binary.BigEndian.Uint16(id[:])
	return p
}

// Info describes the platform.
func (p *Provider) Info() hayon.ProviderInfo {
	return hayon.ProviderInfo{
		Name:    "bluesky",
		Title:   "Bluesky",
		DocsURL: "https://docs.bsky.app",
		Class:   hayon.ClassA,
		Fields: []hayon.Field{
			{Name: "handle", Title: "Handle", Required: true, Help: "your name on Bluesky, such as alice.bsky.social, or your DID"},
			{Name: "host", Title: "Server", Help: "URL of your server (PDS); found by the handle when left out"},
			{Name: "password", Title: "App password", Required: true, Secret: true, Help: appPasswordHelp},
		},
		Limits:         p.limits(),
		MediaTypes:     []string{"image/jpeg", "image/png", "image/webp", "image/gif", videoType},
		Alone:          []string{"video/"},
		Options:        options(),
		EmptyText:      true,
		PublishTimeout: publishTimeout,
		Threads:        true,
		Cards:          true,
		GIFVideo:       true,
		Mentions:       "@%s",
		Rules:          rules(),
	}
}

// ViewURL is the account's profile, by its permanent id where that is known.
func (p *Provider) ViewURL(a *hayon.Account) string {
	name := cmp.Or(a.RemoteID, strings.TrimPrefix(a.Handle, "@"))
	if name == "" {
		return ""
	}
	return "https://bsky.app/profile/" + name
}

// NewIdem mints a record key: a TID with the time now. Keys of one provider never repeat and grow.
func (p *Provider) NewIdem(_ *hayon.Target, _ int, now time.Time) string {
	return p.keys.next(now)
}
