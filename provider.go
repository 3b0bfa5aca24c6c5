package hayon

import (
	"context"
	"io"
	"slices"
	"time"
)

// Class says what a platform gives us to publish exactly once.
type Class string

// The classes of providers.
const (
	// ClassA: we choose the id of the post. A repeat changes nothing and a look-up is certain.
	ClassA Class = "A"
	// ClassB: an idempotency key makes a repeat safe for a while.
	ClassB Class = "B"
	// ClassC: two steps; the first makes a container whose state can be read.
	ClassC Class = "C"
	// ClassD: only the account's own recent posts can be read back.
	ClassD Class = "D"
	// ClassE: nothing. Only a person can tell.
	ClassE Class = "E"
	// ClassF: the upload has a handle whose state can be asked.
	ClassF Class = "F"
)

// Verdict is what an answer of a platform proves. The provider decides it where it decodes the
// answer; nobody derives it from a status code later.
type Verdict string

// The verdicts.
const (
	// VerdictPublished: the post is out.
	VerdictPublished Verdict = "published"
	// VerdictRejected: not out, and the same content never will be.
	VerdictRejected Verdict = "rejected"
	// VerdictNotApplied: not out; the same call may be repeated.
	VerdictNotApplied Verdict = "not_applied"
	// VerdictUnknown: nothing is proved. Ask by Reconcile, never repeat blindly.
	VerdictUnknown Verdict = "unknown"
)

// Provider publishes to one platform. All methods are safe for concurrent use and hold no state of
// an account between calls: what must be kept is in the [Session], in [Prepared], or in the target.
//
// Errors are [Error]s; their code decides what follows: unauthenticated and forbidden stop the
// account, invalid and rejected end the target, unavailable and rate_limited are retried.
type Provider interface {
	Info() ProviderInfo
	// SignIn checks what the user gave and answers the account and what the vault is to keep. The
	// answer's ID, Owner, Name, Default, SecretRef and CreatedAt are left to the caller.
	SignIn(ctx context.Context, in SignIn) (*Account, Secret, error)
	// Verify asks the platform whether the session still works, and answers the account as it is now.
	Verify(ctx context.Context, s Session) (*Account, error)
	// NewIdem mints what the platform will know part i of t by. It is called once, when the target
	// is created, asks nobody, and answers "" where the platform knows no such thing.
	NewIdem(t *Target, i int, now time.Time) string
	// Prepare does all that may be repeated: uploads, containers, the bytes to send. It is never
	// called again for a part once its answer is in the journal, except to renew what expired.
	Prepare(ctx context.Context, s Session, r PrepareRequest) (*Prepared, error)
	// Publish makes the irreversible call with p's bytes, once. It never repeats the call by itself,
	// unless the platform proved that the first one was not applied.
	Publish(ctx context.Context, s Session, r PublishRequest) Result
	// Reconcile finds out whether an earlier Publish of the part was applied, by one look. The verdict
	// not_applied means "the platform does not have it now"; for a class that reads back, the caller
	// takes it for proof only after the last look of [ProviderInfo].Settle and with ReadYourWrites.
	Reconcile(ctx context.Context, s Session, r PublishRequest) Result
}

// Linker is a [Provider] that can tell what a post's URL stands for, so that a person can say "it is
// there" and a thread can go on after it.
type Linker interface {
	// RemoteOf answers what the URL names on the account's platform, or invalid. It may ask the
	// platform.
	RemoteOf(ctx context.Context, s Session, url string) (Remote, error)
}

// Expirer is a [Provider] whose credentials end.
type Expirer interface {
	// Expires is when the session's credentials end unless somebody signs in again; zero: never, or
	// nobody knows. It asks nobody but the vault.
	Expires(ctx context.Context, s Session) (time.Time, error)
}

// Classifier is a [Provider] whose class depends on the account.
type Classifier interface {
	ClassOf(a *Account) Class
}

// Feeder is a [Provider] that writes feeds of an account's posts.
type Feeder interface {
	// Feeds are the URLs of the feeds; it asks nobody, and they may not be there yet.
	Feeds(a *Account) []string
}

// Deleter is a [Provider] that can take back what is out.
type Deleter interface {
	// Delete removes one part from the platform. What is gone already is no error. It may be repeated
	// after any error.
	Delete(ctx context.Context, s Session, r Remote) error
}

// Editor is a [Provider] that can change what is out.
type Editor interface {
	// Edit makes the part on the platform say what r says. It may be repeated after any error. The
	// answer is the part as it is then; its ID is the same.
	Edit(ctx context.Context, s Session, r EditRequest) (Remote, error)
}

// EditRequest is the new state of a part that is out.
type EditRequest struct {
	// Target has the part as it is to be; its Remote says which one is meant.
	Target *Target
	Index  int
	// Earlier is what Prepare answered for the part as it went out; nil where nobody knows.
	Earlier *Prepared
	Now     time.Time
}

// Part is the part as it is to be.
func (r EditRequest) Part() *Part { return &r.Target.Parts[r.Index] }

// Reposter is a [Provider] that publishes parts with a Repost: it shows somebody's post to the
// account's followers.
type Reposter interface {
	// Reposts reports whether what is at an address can be reposted by the account. It asks nobody, so
	// it judges by the form of the address.
	Reposts(a *Account, url string) bool
}

// Replier is a [Provider] whose posts can answer others. It fills [Part].ReplyTo and [Part].Quote by
// itself in Prepare where their ID is unknown.
type Replier interface {
	// Refers reports whether the account can answer or quote what is at an address. It asks nobody, so it
	// judges by the form of the address.
	Refers(a *Account, url string) bool
	// Quotes reports whether the account's server knows quotes. Where it does not, the address of what is
	// quoted stands in the text.
	Quotes(a *Account) bool
}

// Limiter is a [Provider] whose limits are those of the account's own server.
type Limiter interface {
	// Limits reads what the account's server allows.
	Limits(ctx context.Context, s Session) (*ServerFacts, error)
}

// Refresher is a [Provider] that can renew credentials before they end.
type Refresher interface {
	// Refresh renews the session's credentials now. Where they never end it does nothing.
	Refresh(ctx context.Context, s Session) error
}

// BrowserSignIn is a [Provider] whose users allow it in a browser.
type BrowserSignIn interface {
	// StartSignIn registers with the platform what is needed and answers the page for the user. A
	// SignIn with the flow's Keep as Flow and the code as Code then ends it.
	StartSignIn(ctx context.Context, in SignIn) (*SignInFlow, error)
}

// SignInFlow is a sign-in that goes on in a browser.
type SignInFlow struct {
	// URL is the page where the user allows it.
	URL string
	// State comes back with the code in the redirect; another one is an attack.
	State string
	// Keep is what the rest of the sign-in needs. It is secret.
	Keep Secret
}

// Viewer is a [Provider] that knows where a person sees what an account has posted, to find out
// whether a post is there.
type Viewer interface {
	// ViewURL is the address of the account's posts, "" where there is none. It asks nobody.
	ViewURL(a *Account) string
}

// ProviderInfo describes a provider as data. Flags, sign-in forms, checks before sending and the
// table of platforms are made from it.
type ProviderInfo struct {
	Name  string `json:"name"`  // what a person types, such as bluesky
	Title string `json:"title"` // what a person reads, such as Bluesky
	// DocsURL is the platform's own documentation.
	DocsURL string `json:"docs_url,omitempty"`
	Class   Class  `json:"class"`
	// NoSignIn: the platform needs no account; one named like the platform exists by itself.
	NoSignIn bool    `json:"no_sign_in,omitempty"`
	Fields   []Field `json:"fields,omitempty"`
	Limits   []Limit `json:"limits"`
	// MediaTypes are the MIME types that may be attached; none means no media.
	MediaTypes []string `json:"media_types,omitempty"`
	// AllowDuplicate: the same text twice is no mistake here.
	AllowDuplicate bool `json:"allow_duplicate,omitempty"`
	// EmptyText: a part with media needs no text.
	EmptyText bool `json:"empty_text,omitempty"`
	// PublishTimeout bounds the irreversible call; the request does not leave after it.
	PublishTimeout time.Duration `json:"publish_timeout"`
	// BytesPerSecond is set where the media ride in the irreversible call: for each second's worth of
	// bytes it gets a second more.
	BytesPerSecond int64 `json:"bytes_per_second,omitempty"`
	// Settle is, for classes that read back, when to look after an unknown outcome, counted from the
	// moment when it became unknown. None: 5 s, 30 s and 2 min.
	Settle []time.Duration `json:"settle,omitempty"`
	// ReadYourWrites: what the last look of Settle does not find was not applied. Without it only a
	// person can tell.
	ReadYourWrites bool `json:"read_your_writes,omitempty"`
	// Threads: a target may have several parts.
	Threads bool `json:"threads,omitempty"`
	// Options are what a post may set beside text and media.
	Options []Option `json:"options,omitempty"`
	// Alone are beginnings of MIME types, such as "video/", of which a part takes one and nothing beside
	// it.
	Alone []string `json:"alone,omitempty"`
	// NeedsMedia: a part without media is refused.
	NeedsMedia bool `json:"needs_media,omitempty"`
	// Cards: a link card is part of what is sent, since the platform reads no pages itself.
	Cards bool `json:"cards,omitempty"`
	// GIFVideo: an animated GIF is shown moving as a video alone, and is made one where that can be done.
	GIFVideo bool `json:"gif_video,omitempty"`
	// Mentions is what stands before and after a handle in a text, as "@%s"; "": the platform has none,
	// and an alias becomes the person's name.
	Mentions string `json:"mentions,omitempty"`
	// Rules are what else holds on the platform and no limit says: how it counts, what it takes for a link.
	Rules []Rule `json:"rules,omitempty"`
}

// Rule is a rule of a platform in words, with where it was read and when.
type Rule struct {
	Of     string `json:"of"` // such as text, links, mentions, tags, image, video
	Says   string `json:"says"`
	Source string `json:"source,omitempty"`
	Read   string `json:"read,omitempty"` // the day, as 2006-01-02
}

// ServerFacts are what an account's own server allows, in the place of what the platform allows in
// general.
type ServerFacts struct {
	// Software and Version are what the server calls itself, such as mastodon and 4.5.2.
	Software string `json:"software,omitempty"`
	Version  string `json:"version,omitempty"`
	// Class is the account's class; "" is that of the platform.
	Class Class `json:"class,omitempty"`
	// Limits, MediaTypes and Options replace those of [ProviderInfo] with the same subject and unit, as
	// a whole, and with the same name; nil leaves them. A limit of 0 says that there is none.
	Limits     []Limit  `json:"limits,omitempty"`
	MediaTypes []string `json:"media_types,omitempty"`
	Options    []Option `json:"options,omitempty"`
	NeedsMedia bool     `json:"needs_media,omitempty"`
	// Extra is what only the provider understands, by its own names.
	Extra  map[string]string `json:"extra,omitempty"`
	ReadAt time.Time         `json:"read_at"`
}

// FactsLife is how long [ServerFacts] are relied on.
const FactsLife = 24 * time.Hour

// For is the description as it holds for an account: with what its server allows.
func (i ProviderInfo) For(a *Account) ProviderInfo {
	if a == nil || a.Server == nil {
		return i
	}
	f := a.Server
	if f.Class != "" {
		i.Class = f.Class
	}
	if f.MediaTypes != nil {
		i.MediaTypes = f.MediaTypes
	}
	i.NeedsMedia = i.NeedsMedia || f.NeedsMedia
	i.Limits = overlay(i.Limits, f.Limits, func(a, b Limit) bool { return a.Of == b.Of && a.Unit == b.Unit })
	i.Limits = slices.DeleteFunc(i.Limits, func(l Limit) bool { return l.Max == 0 })
	i.Options = overlay(i.Options, f.Options, func(a, b Option) bool { return a.Name == b.Name })
	return i
}

// overlay is base with what is the same replaced by what is on top, and the rest of that behind it.
func overlay[T any](base, top []T, same func(a, b T) bool) []T {
	out := slices.Clone(base)
	for _, t := range top {
		if i := slices.IndexFunc(out, func(b T) bool { return same(b, t) }); i >= 0 {
			out[i] = t
		} else {
			out = append(out, t)
		}
	}
	return out
}

// Timeout bounds the irreversible call for a part.
func (i ProviderInfo) Timeout(p *Part) time.Duration {
	d := i.PublishTimeout
	if i.BytesPerSecond > 0 {
		for _, m := range p.Media {
			d += time.Duration(m.Bytes/i.BytesPerSecond) * time.Second
		}
	}
	return d
}

// Field is one question of a sign-in. Its name is also the name of the command-line flag.
type Field struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Help     string `json:"help,omitempty"`
	Default  string `json:"default,omitempty"`
	Required bool   `json:"required,omitempty"`
	// Secret: never shown, never a flag value, never in Account.Settings.
	Secret bool `json:"secret,omitempty"`
	// Path: a file or folder. A face makes it absolute, since the service may run in another folder.
	Path bool `json:"path,omitempty"`
	// Set: given as --set NAME=VALUE and not as a flag of its own.
	Set bool `json:"set,omitempty"`
}

// Unit is what a limit counts in.
type Unit string

// The units. Those of text are computed by package text.
const (
	UnitGraphemes  Unit = "graphemes"
	UnitBytes      Unit = "bytes"
	UnitCodePoints Unit = "code_points"
	UnitUTF16      Unit = "utf16"
	UnitItems      Unit = "items"
	UnitPixels     Unit = "pixels"
	// UnitMastodon counts as Mastodon does: graphemes, a URL as [Limit].URL, a mention without its host.
	UnitMastodon Unit = "mastodon"
	// UnitWeighted counts as X does: some scripts and every emoji two, a URL 23.
	UnitWeighted Unit = "weighted"
	// UnitSide is the longer side of a picture in pixels, where [UnitPixels] is width times height.
	UnitSide    Unit = "side"
	UnitSeconds Unit = "seconds"
	// UnitAspect is width by height in thousandths, with [Limit].Min.
	UnitAspect Unit = "aspect"
	UnitFPS    Unit = "frames_per_second"
)

// The subjects of limits.
const (
	LimitText   = "text"
	LimitImages = "images" // media of one part, in items
	LimitImage  = "image"  // one image, in bytes or pixels
	LimitVideo  = "video"  // one video, in bytes
	LimitAlt    = "alt"
	LimitLangs  = "langs"
	LimitThumb  = "thumb" // the picture of a link card, in bytes
	LimitTitle  = "title"
	LimitTags   = "tags" // how many, in items
	LimitTag    = "tag"  // one of them
	// A platform with polls has LimitPollOptions: how many answers, with a Min.
	LimitPollOptions = "poll_options"
	LimitPollOption  = "poll_option"
	LimitPollTime    = "poll_time" // in seconds, with a Min
)

// Limit is one limit of a platform, with where it was read and when.
type Limit struct {
	Of   string `json:"of"`
	Unit Unit   `json:"unit"`
	Max  int64  `json:"max"`
	// Min is the least, where there is one.
	Min int64 `json:"min,omitempty"`
	// URL is how much each URL counts, with [UnitMastodon].
	URL int64 `json:"url,omitempty"`
	// With are the options whose values count too, in graphemes.
	With   []string `json:"with,omitempty"`
	Source string   `json:"source,omitempty"`
	Read   string   `json:"read,omitempty"` // the day, as 2006-01-02
}

// Limit is the limit of a subject in a unit; ok is false where there is none.
func (i ProviderInfo) Limit(of string, unit Unit) (limit int64, ok bool) {
	for _, l := range i.Limits {
		if l.Of == of && l.Unit == unit {
			return l.Max, true
		}
	}
	return 0, false
}

// SignIn is what a user gives to connect an account.
type SignIn struct {
	Platform string `json:"platform"`
	Alias    string `json:"alias,omitempty"`
	// Fields are the answers by field name, without the secret ones.
	Fields map[string]string `json:"fields,omitempty"`
	// Secret is the password or token.
	Secret Secret `json:"-"`
	// Redirect is where the browser is to be sent, for StartSignIn; "": the page shows the code.
	Redirect string `json:"redirect,omitempty"`
	// Flow is the Keep of a [SignInFlow], and Code what the browser brought.
	Flow Secret `json:"-"`
	Code Secret `json:"-"`
}

// Session is an account with its credentials, as a provider uses it.
type Session interface {
	// Account is the account as it was when the session was opened. The caller must not change it.
	Account() *Account
	// Load reads the credentials as they are now.
	Load(ctx context.Context) (Secret, error)
	// Refresh runs fn under the account's lock, across processes, with the credentials as they are
	// then, and keeps what fn answers before it returns. fn must look whether somebody else has
	// refreshed meanwhile and then answer current unchanged. What fn answered is returned also when
	// keeping it did not work, together with the error.
	Refresh(ctx context.Context, fn func(ctx context.Context, current Secret) (Secret, error)) (Secret, error)
}

// PrepareRequest asks for one part of a target to be made ready.
type PrepareRequest struct {
	Target *Target
	Index  int
	// Parent and Root are the part before and the first post of the conversation. Of the first part they are
	// empty, unless it answers something: then Parent is [Part].ReplyTo, and the provider finds Root.
	Parent, Root Remote
	// Now is the time that the post carries where the platform wants one.
	Now time.Time
	// Open reads an attachment's bytes.
	Open func(ctx context.Context, a Attachment) (io.ReadCloser, error)
	// Earlier is what an earlier Prepare of this part answered; nil the first time.
	Earlier *Prepared
	// Progress is told how far the upload of something is, as "the video (a.mp4)", in bytes; nil: nobody
	// listens. It returns at once, and is safe for concurrent use.
	Progress func(what string, done, total int64)
}

// Part is the part that is asked for.
func (r PrepareRequest) Part() *Part { return &r.Target.Parts[r.Index] }

// Prepared is what Prepare answers. It is journaled before the irreversible call, and all later
// attempts send exactly these bytes.
type Prepared struct {
	// Data is the body of the irreversible call, or whatever the provider needs to make the very
	// same call again.
	Data []byte `json:"data"`
	// Remote is what is known of the post before it is out.
	Remote Remote `json:"remote,omitzero"`
	// Handles are ids of uploads and containers, by the provider's own names.
	Handles map[string]string `json:"handles,omitempty"`
	// ReadyAt is when to ask Prepare again, with this answer as Earlier, while the platform is still
	// processing. Zero: ready.
	ReadyAt time.Time `json:"ready_at,omitzero"`
	// Waits says what the platform does meanwhile, for people, as "processing the video, 40 %".
	Waits string `json:"waits,omitempty"`
	// Root is the first post of the conversation that the part joins, where it answers somebody's post.
	Root Remote `json:"root,omitzero"`
	// Notes say what the platform made otherwise than it was asked, as sentences.
	Notes []string `json:"notes,omitempty"`
	// Expires is when uploads or containers are gone and Prepare must renew them; zero: never.
	Expires time.Time `json:"expires,omitzero"`
}

// PublishRequest is one part, prepared, for Publish and Reconcile.
type PublishRequest struct {
	Target   *Target
	Index    int
	Prepared *Prepared
	// Deadline is the wall-clock time after which the request must not leave. The transport checks
	// it just before the bytes go out.
	Deadline time.Time
	// SentAt is when the unknown call was about to leave, UnknownSince when its outcome became
	// unknown, and Looks how many look-ups there were before; only for Reconcile.
	SentAt       time.Time
	UnknownSince time.Time
	Looks        int
	// Claimed reports whether another target of the account owns a remote id, which is then not this
	// post; only for Reconcile.
	Claimed func(ctx context.Context, remoteID string) (bool, error)
	Now     time.Time
}

// Part is the part that is asked for.
func (r PublishRequest) Part() *Part { return &r.Target.Parts[r.Index] }

// Result is what a call proved.
type Result struct {
	Verdict Verdict
	// Remote is the post on the platform; set where the verdict is published.
	Remote Remote
	// Err is why not, where the verdict is another. Its RetryAfter is what the platform asked for.
	Err *Error
	// PrepareAgain: what Prepare had uploaded is gone, and it must be asked again before the next
	// attempt, with its earlier answer. Only with the verdict not_applied.
	PrepareAgain bool
	// AskAgain is when the platform is to be asked next while the verdict stays unknown; zero: by the
	// schedule of the class.
	AskAgain time.Time
	// Hold: asking again will never tell; only a person can. Only with the verdict unknown.
	Hold bool
}
