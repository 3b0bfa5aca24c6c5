package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// Name is what a person types for this platform.
const Name = "demo"

// The limits, ours to choose: like those of many a real platform.
const (
	maxGraphemes  = 500
	maxImages     = 4
	maxImageBytes = 10 << 20
	limitSource   = "https://pkg.go.dev/github.com/hayon/hayon/providers/demo"
	limitRead     = "2026-11-20"
)

const publishTimeout = 10 * time.Second

// The names of the handles.
const (
	handleContainer = "container"
	handleUpload    = "upload"
)

var mediaTypes = []string{"image/gif", "image/jpeg", "image/png", "image/webp"}

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
)

// New makes a provider. It touches no file.
func New(cfg Config) *Provider {
	return &Provider{dir: cfg.Dir, ledgers: make(map[string]*ledger)}
}

// Info describes the platform. The class is that of an account without settings.
func (p *Provider) Info() hayon.ProviderInfo {
	return hayon.ProviderInfo{
		Name: Name, Title: "Demo", DocsURL: limitSource, Class: hayon.ClassA, NoSignIn: true,
		Fields: []hayon.Field{
			{Name: fieldClass, Title: "Class", Help: "A to F: what the platform gives to publish exactly once", Default: string(hayon.ClassA), Set: true},
			{Name: fieldLatency, Title: "Latency", Help: "how long a call takes, such as 50ms", Default: "0s", Set: true},
			{Name: fieldFault, Title: "Faults", Help: "KIND:PROBABILITY, several by semicolons: answer-lost, 500, slow, reset, rate-limit, rejected", Set: true},
			{Name: fieldSeed, Title: "Seed", Help: "a number that makes the faults come in the same places", Set: true},
		},
		Limits: []hayon.Limit{
			{Of: hayon.LimitText, Unit: hayon.UnitGraphemes, Max: maxGraphemes, Source: limitSource, Read: limitRead},
			{Of: hayon.LimitImages, Unit: hayon.UnitItems, Max: maxImages, Source: limitSource, Read: limitRead},
			{Of: hayon.LimitImage, Unit: hayon.UnitBytes, Max: maxImageBytes, Source: limitSource, Read: limitRead},
		},
		MediaTypes:     append([]string(nil), mediaTypes...),
		AllowDuplicate: true, EmptyText: true, Threads: true,
		PublishTimeout: publishTimeout,
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

// SignIn checks the settings; a wrong one is invalid. There is nothing secret.
func (p *Provider) SignIn(_ context.Context, in hayon.SignIn) (*hayon.Account, hayon.Secret, error) {
	if _, err := parseSettings(in.Fields); err != nil {
		return nil, hayon.Secret{}, err
	}
	if _, err := p.file(in.Alias); err != nil {
		return nil, hayon.Secret{}, err
	}
	name := fileStem(in.Alias)
	return &hayon.Account{
		Platform: Name, RemoteID: name, Handle: "@" + name,
		Settings: known(in.Fields), Status: hayon.AccountConnected,
	}, hayon.Secret{}, nil
}

// Verify checks the settings.
func (p *Provider) Verify(_ context.Context, s hayon.Session) (*hayon.Account, error) {
	if _, err := parseSettings(s.Account().Settings); err != nil {
		return nil, err
	}
	a := *s.Account()
	a.Platform, a.Status, a.Reason = Name, hayon.AccountConnected, ""
	if a.Handle == "" {
		a.Handle = "@" + fileStem(a.Alias())
	}
	return &a, nil
}

// NewIdem is the target's id with the number of the part, whatever the class: what an account's
// class does not use is written down all the same.
func (p *Provider) NewIdem(t *hayon.Target, i int, _ time.Time) string {
	return fmt.Sprintf("%s-%d", t.ID.Digits(), i)
}

// content is the body of the irreversible call.
type content struct {
	Text   string   `json:"text"`
	Alts   []string `json:"alts,omitempty"`
	Langs  []string `json:"langs,omitempty"`
	Parent string   `json:"parent,omitempty"`
}

// Prepare checks the content and reads the pictures. What breaks a limit is invalid.
func (p *Provider) Prepare(ctx context.Context, s hayon.Session, r hayon.PrepareRequest) (*hayon.Prepared, error) {
	set, err := parseSettings(s.Account().Settings)
	if err != nil {
		return nil, err
	}
	if r.Earlier != nil && len(r.Earlier.Data) > 0 {
		return r.Earlier, nil
	}
	part := r.Part()
	c := content{Text: text.Normalize(part.Text), Langs: part.Langs, Parent: r.Parent.ID}
	if err := check(c.Text, part.Media); err != nil {
		return nil, err
	}
	for _, m := range part.Media {
		if err := upload(ctx, r, m); err != nil {
			return nil, err
		}
		c.Alts = append(c.Alts, m.Alt)
	}
	data, err := json.Marshal(c)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "demo: the post cannot be encoded").WithCause(err)
	}
	out := &hayon.Prepared{Data: data}
	handle := fmt.Sprintf("%s-%d-g%d", r.Target.ID.Digits(), r.Index, r.Target.Generation)
	switch set.class {
	case hayon.ClassA:
		out.Remote = p.remote(s.Account(), part.Idem)
	case hayon.ClassC:
		out.Handles = map[string]string{handleContainer: "c-" + handle}
	case hayon.ClassF:
		out.Handles = map[string]string{handleUpload: "u-" + handle}
	case hayon.ClassB, hayon.ClassD, hayon.ClassE:
	}
	return out, nil
}

func check(body string, media []hayon.Attachment) error {
	if strings.TrimSpace(body) == "" && len(media) == 0 {
		return hayon.Errorf(hayon.CodeInvalid, "demo: the post is empty").WithHint("give it a text or a picture")
	}
	if n := text.Count(text.Graphemes, body); n > maxGraphemes {
		return hayon.Errorf(hayon.CodeInvalid, "demo: the text has %d characters, %d are allowed", n, maxGraphemes).WithHint("shorten it")
	}
	if len(media) > maxImages {
		return hayon.Errorf(hayon.CodeInvalid, "demo: %d pictures, %d are allowed", len(media), maxImages).WithHint("leave some out")
	}
	for _, m := range media {
		if !strings.Contains(strings.Join(mediaTypes, " "), m.Type) || m.Type == "" {
			return hayon.Errorf(hayon.CodeInvalid, "demo: %s is not taken", m.Type).WithHint("attach PNG, JPEG, GIF or WebP")
		}
		if m.Bytes > maxImageBytes {
			return hayon.Errorf(hayon.CodeInvalid, "demo: a picture has %d bytes, %d are allowed", m.Bytes, maxImageBytes).WithHint("make it smaller")
		}
	}
	return nil
}

// upload reads a picture as a platform would; nobody keeps it.
func upload(ctx context.Context, r hayon.PrepareRequest, m hayon.Attachment) error {
	if r.Open == nil {
		return hayon.Errorf(hayon.CodeInternal, "demo: nobody can open the picture %s", m.Media)
	}
	body, err := r.Open(ctx, m)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	if _, err := io.Copy(io.Discard, body); err != nil {
		return hayon.Errorf(hayon.CodeLocal, "demo: the picture %s cannot be read", m.Media).WithCause(err)
	}
	return nil
}

func (p *Provider) remote(a *hayon.Account, id string) hayon.Remote {
	return hayon.Remote{ID: id, URL: "https://demo.invalid/" + fileStem(a.Alias()) + "/" + id}
}

// ViewURL is the file of what the account made public.
func (p *Provider) ViewURL(a *hayon.Account) string {
	path, err := p.file(a.Alias())
	if err != nil {
		return ""
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // a drive of Windows
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
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
	return filepath.Join(p.dir, stem+".ndjson"), nil
}

// ledger is the file of the account with what is known of it.
func (p *Provider) ledger(a *hayon.Account) (*ledger, error) {
	file, err := p.file(a.Alias())
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
