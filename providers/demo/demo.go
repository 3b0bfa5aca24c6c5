package demo

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hayon/hayon"
)

// Name is what a person types for this platform.
const Name = "demo"

const publishTimeout = 10 * time.Second

// settle is when to look for a post whose outcome is not known. Everything here happens on one
// machine, and what is public shows in the list after maxVisible at the latest.
var settle = []time.Duration{time.Second, 4 * time.Second, 10 * time.Second}

// postOptions are what a post may set here. All that it says is written down and shown.
var postOptions = []hayon.Option{
	{
		Name: hayon.OptionVisibility, Kind: hayon.OptionChoice, Help: "who sees the post; everybody who reads the file does",
		Values:  hayon.Visibilities(),
		Default: hayon.VisibilityPublic,
	},
	{Name: hayon.OptionWarning, Kind: hayon.OptionText, Help: "what is shown in the place of the text"},
	{Name: hayon.OptionSensitive, Kind: hayon.OptionBool, Help: "hide the pictures until they are asked for"},
	{Name: hayon.OptionTitle, Kind: hayon.OptionText, Help: "a heading"},
	{Name: hayon.OptionTags, Kind: hayon.OptionText, Help: "words to find the post by"},
	{
		Name: hayon.OptionReplies, Kind: hayon.OptionChoice, Help: "who may answer; it is written down",
		Values: hayon.Replies(), Default: hayon.RepliesEveryone,
	},
	{Name: hayon.OptionNoQuotes, Kind: hayon.OptionBool, Help: "nobody may quote the post; it is written down"},
	{Name: "mood", Kind: hayon.OptionText, Help: "how the author feels, in a word; only this platform knows it"},
}

// Config configures a [Provider].
type Config struct {
	// Dir is the folder of the files of what is public, one an account; it is made when needed.
	Dir string
}

// Provider is the demo platform. Make it with [New].
type Provider struct {
	dir string

	mu      sync.Mutex
	ledgers map[string]*ledger // by file, guarded by mu; caches of the files
}

var (
	_ hayon.Provider   = (*Provider)(nil)
	_ hayon.Classifier = (*Provider)(nil)
	_ hayon.Viewer     = (*Provider)(nil)
	_ hayon.Linker     = (*Provider)(nil)
	_ hayon.Expirer    = (*Provider)(nil)
	_ hayon.Deleter    = (*Provider)(nil)
	_ hayon.Editor     = (*Provider)(nil)
	_ hayon.Reposter   = (*Provider)(nil)
	_ hayon.Replier    = (*Provider)(nil)
	_ hayon.Previewer  = (*Provider)(nil)
)

// New makes a provider. It touches no file.
func New(cfg Config) *Provider {
	return &Provider{dir: cfg.Dir, ledgers: make(map[string]*ledger)}
}

// Info describes the platform. The class and the limits are those of an account without settings.
func (p *Provider) Info() hayon.ProviderInfo {
	usual := settings{text: maxGraphemes, image: maxImageBytes, images: maxImages}
	return hayon.ProviderInfo{
		Name: Name, Title: "Demo", DocsURL: limitSource, Class: hayon.ClassA, NoSignIn: true,
		Fields: fields(),
		Limits: usual.limits(), Rules: rules(),
		MediaTypes:     append([]string(nil), mediaTypes...),
		AllowDuplicate: true, EmptyText: true, Threads: true, Cards: true,
		Alone: []string{videoTypes}, Mentions: "@%s",
		Options:        slices.Clone(postOptions),
		PublishTimeout: publishTimeout,
		Settle:         append([]time.Duration(nil), settle...), ReadYourWrites: true,
	}
}

// ClassOf is the class that the account asks for.
func (p *Provider) ClassOf(a *hayon.Account) hayon.Class {
	set, err := parseSettings(a.Settings)
	if err != nil {
		return hayon.ClassE // the one that promises nothing
	}
	return set.class
}

// SignIn checks the settings; a wrong one is invalid. There is nothing secret, and nobody is asked.
func (p *Provider) SignIn(_ context.Context, in hayon.SignIn) (*hayon.Account, hayon.Secret, error) {
	set, err := parseSettings(in.Fields)
	if err != nil {
		return nil, hayon.Secret{}, err
	}
	if _, err := p.file(in.Alias); err != nil {
		return nil, hayon.Secret{}, err
	}
	name := fileStem(in.Alias)
	return &hayon.Account{
		Platform: Name, RemoteID: name, Handle: "@" + name, Host: set.host, App: set.app,
		Settings: known(in.Fields), Status: hayon.AccountConnected, Server: set.facts(),
	}, hayon.Secret{}, nil
}

// Verify checks the settings, and whether the platform can be reached and takes the account.
func (p *Provider) Verify(_ context.Context, s hayon.Session) (*hayon.Account, error) {
	set, err := parseSettings(s.Account().Settings)
	if err != nil {
		return nil, err
	}
	if e := set.refused(wall()); e != nil {
		return nil, e
	}
	a := *s.Account()
	a.Platform, a.Status, a.Reason = Name, hayon.AccountConnected, ""
	a.Host, a.App = set.host, set.app
	if a.Handle == "" {
		a.Handle = "@" + stemOf(&a)
	}
	return &a, nil
}

// Expires is what the account's settings say.
func (p *Provider) Expires(_ context.Context, s hayon.Session) (time.Time, error) {
	set, err := parseSettings(s.Account().Settings)
	return set.expires, err
}

// NewIdem is the target's id with the number of the part, whatever the class: what an account's
// class does not use is written down all the same.
func (p *Provider) NewIdem(t *hayon.Target, i int, _ time.Time) string {
	return fmt.Sprintf("%s-%d", t.ID.Digits(), i)
}

// base is where a person would see the posts, if there were such a host.
const base = "https://demo.invalid/"

func (p *Provider) remote(a *hayon.Account, id string) hayon.Remote {
	return hayon.Remote{ID: id, URL: base + stemOf(a) + "/" + id}
}

// parseLink reads the URL of a post of any account.
func parseLink(link string) (stem, id string, ok bool) {
	path, ok := strings.CutPrefix(strings.TrimSuffix(strings.TrimSpace(link), "/"), base)
	stem, id, found := strings.Cut(path, "/")
	return stem, id, ok && found && stem != "" && id != "" && id == url.PathEscape(id)
}

// RemoteOf is the account's post with that URL.
func (p *Provider) RemoteOf(ctx context.Context, s hayon.Session, link string) (hayon.Remote, error) {
	a := s.Account()
	set, err := parseSettings(a.Settings)
	if err != nil {
		return hayon.Remote{}, err
	}
	stem, id, ok := parseLink(link)
	if !ok || stem != stemOf(a) {
		return hayon.Remote{}, hayon.Errorf(hayon.CodeInvalid, "demo: %q is no post of %s", link, a.Name).
			WithHint("a URL of its posts begins with " + base + stemOf(a) + "/")
	}
	if e := set.refused(wall()); e != nil {
		return hayon.Remote{}, e
	}
	l, err := p.ledger(a)
	if err != nil {
		return hayon.Remote{}, err
	}
	there, err := l.isPublic(ctx, id)
	if err != nil {
		return hayon.Remote{}, err
	}
	if !there {
		return hayon.Remote{}, hayon.Errorf(hayon.CodeInvalid, "demo: there is no such post: %s", link)
	}
	return p.remote(a, id), nil
}

// ViewURL is the file of what the account made public.
func (p *Provider) ViewURL(a *hayon.Account) string {
	path, err := p.file(stemOf(a))
	if err != nil {
		return ""
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // a drive of Windows
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// wall is the time on the wall: without the monotonic clock, which stands still while the machine
// sleeps.
func wall() time.Time { return time.Now().UTC().Round(0) }

// stemOf is the name by which an account is known for ever, whatever people call it later.
func stemOf(a *hayon.Account) string {
	if a.RemoteID != "" {
		return a.RemoteID
	}
	if name := strings.TrimPrefix(a.Handle, "@"); name != "" {
		return name
	}
	return fileStem(a.Alias())
}

func fileStem(alias string) string {
	if alias == "" {
		return Name
	}
	return alias
}

// file is the file of what an account made public.
func (p *Provider) file(alias string) (string, error) {
	stem := fileStem(alias)
	if p.dir == "" || !filepath.IsLocal(stem) || strings.ContainsAny(stem, `/\:`) || strings.HasPrefix(stem, ".") {
		return "", hayon.Errorf(hayon.CodeInvalid, "demo: %q is no name for a file in %q", stem, p.dir).
			WithHint("choose an alias of letters and digits: hayon login demo --alias a")
	}
	return filepath.Join(p.dir, stem+postsExt), nil
}

// ledger is the file of the account with what is known of it.
func (p *Provider) ledger(a *hayon.Account) (*ledger, error) {
	return p.ledgerOf(stemOf(a))
}

func (p *Provider) ledgerOf(alias string) (*ledger, error) {
	file, err := p.file(alias)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.ledgers[file]
	if !ok {
		l = &ledger{file: file}
		p.ledgers[file] = l
	}
	return l, nil
}
