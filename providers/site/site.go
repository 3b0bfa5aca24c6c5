package site

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// Name is what a person types for this platform.
const Name = "site"

// The sign-in fields, which are also the settings of an account.
const (
	fieldDir   = "dir"
	fieldBase  = "base-url"
	fieldTitle = "title"
)

// Our own limits: a folder has none. They keep what stands in the journal, and what a reader of
// the feeds has to load, within reason.
const (
	maxTextBytes  = 1 << 20
	maxImages     = 20
	maxImageBytes = 64 << 20
	maxVideoBytes = 512 << 20
	maxTitle      = 200 // graphemes
	maxTags       = 50
	maxTag        = 100 // graphemes
)

const (
	limitSource    = "https://pkg.go.dev/github.com/hayon/hayon/providers/site"
	limitRead      = "2026-11-21"
	maxSlugBytes   = 60
	defaultTitle   = "Posts"
	publishTimeout = 30 * time.Second
)

// extensions are the types that are taken, with the ending of their file.
var extensions = map[string]string{
	videoMP4:    ".mp4",
	"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/avif": ".avif",
}

// Config configures a [Provider].
type Config struct {
	// Dir is the folder of an account without one of its own; it is made with the first post.
	Dir string
	// Logger hears of what mends itself; nil for nobody.
	Logger *slog.Logger
}

// Provider publishes to folders. Make it with [New].
type Provider struct {
	dir string
	log *slog.Logger
}

var (
	_ hayon.Provider  = (*Provider)(nil)
	_ hayon.Feeder    = (*Provider)(nil)
	_ hayon.Deleter   = (*Provider)(nil)
	_ hayon.Editor    = (*Provider)(nil)
	_ hayon.Replier   = (*Provider)(nil)
	_ hayon.Previewer = (*Provider)(nil)
)

// Where the standards stand that the files follow.
const (
	sourceJSON   = "https://www.jsonfeed.org/version/1.1/"
	sourceAtom   = "https://www.rfc-editor.org/rfc/rfc4287"
	sourceThread = "https://www.rfc-editor.org/rfc/rfc4685"
	sourceReply  = "https://indieweb.org/in-reply-to"
)

// New makes a provider. It touches no file.
func New(cfg Config) *Provider {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Provider{dir: cfg.Dir, log: cfg.Logger}
}

// Info describes the platform.
func (p *Provider) Info() hayon.ProviderInfo {
	return hayon.ProviderInfo{
		Name: Name, Title: "Site folder", DocsURL: limitSource,
		Class: hayon.ClassA, NoSignIn: true,
		Fields: []hayon.Field{
			{Name: fieldDir, Title: "Folder", Help: "where the Markdown files and feeds go", Default: p.dir, Path: true},
			{Name: fieldBase, Title: "Base URL", Help: "where that folder is seen on the web, such as https://example.org/posts/"},
			{Name: fieldTitle, Title: "Title", Help: "title of the feeds", Default: defaultTitle},
		},
		Limits: limits(), Rules: rules(),
		MediaTypes:     slices.Sorted(maps.Keys(extensions)),
		Options:        options(),
		AllowDuplicate: true, EmptyText: true,
		PublishTimeout: publishTimeout,
	}
}

// limits are all limits.
func limits() []hayon.Limit {
	list := []hayon.Limit{
		{Of: hayon.LimitText, Unit: hayon.UnitBytes, Max: maxTextBytes},
		{Of: hayon.LimitImages, Unit: hayon.UnitItems, Max: maxImages},
		{Of: hayon.LimitImage, Unit: hayon.UnitBytes, Max: maxImageBytes},
		{Of: hayon.LimitVideo, Unit: hayon.UnitBytes, Max: maxVideoBytes},
		{Of: hayon.LimitTitle, Unit: hayon.UnitGraphemes, Max: maxTitle},
		{Of: hayon.LimitTags, Unit: hayon.UnitItems, Max: maxTags},
		{Of: hayon.LimitTag, Unit: hayon.UnitGraphemes, Max: maxTag},
	}
	for i := range list {
		list[i].Source, list[i].Read = limitSource, limitRead
	}
	return list
}

// rules are what else holds here, with the standards that say how feeds tell of it.
func rules() []hayon.Rule {
	return []hayon.Rule{
		{Of: "text", Says: "Markdown, written as it was given; the feeds have it as paragraphs", Source: limitSource, Read: limitRead},
		{Of: "title", Says: "--title, else the content warning, else the first line; JSON Feed has it only where it was given", Source: sourceJSON, Read: limitRead},
		{Of: "links", Says: "what Bluesky takes for an address is a link in the feeds", Source: limitSource, Read: limitRead},
		{Of: "tags", Says: "the hashtags of the text and --tag are tags in the file and in JSON Feed", Source: sourceJSON, Read: limitRead},
		{Of: "tags", Says: "and categories in Atom", Source: sourceAtom + "#section-4.2.2", Read: limitRead},
		{Of: "replies", Says: "in_reply_to in the file and a link of the class u-in-reply-to in the feeds, as web sites answer each other", Source: sourceReply, Read: limitRead},
		{Of: "replies", Says: "and an element in-reply-to in Atom", Source: sourceThread + "#section-3", Read: limitRead},
		{Of: "image", Says: "below the text, with its description; it lies beside the file", Source: limitSource, Read: limitRead},
		{Of: "video", Says: "a link below the text, with its picture where one is given; a player in the feeds", Source: limitSource, Read: limitRead},
	}
}

// SignIn makes the folder and checks that it can be written and that the base URL is one. A
// wrong answer is invalid, a folder that cannot be written local.
func (p *Provider) SignIn(_ context.Context, in hayon.SignIn) (*hayon.Account, hayon.Secret, error) {
	dir := in.Fields[fieldDir]
	if dir == "" {
		dir = p.dir
	}
	if dir == "" {
		return nil, hayon.Secret{}, hayon.Errorf(hayon.CodeInvalid, "site: no folder is given").
			WithHint("hayon login site --dir DIR")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, hayon.Secret{}, localError("find", dir, err)
	}
	base, err := parseBase(in.Fields[fieldBase])
	if err != nil {
		return nil, hayon.Secret{}, err
	}
	if err := checkWritable(dir); err != nil {
		return nil, hayon.Secret{}, err
	}
	a := &hayon.Account{
		Platform: Name, RemoteID: dir, Handle: dir, Host: base,
		Settings: map[string]string{fieldDir: dir}, Status: hayon.AccountConnected,
	}
	if base != "" {
		a.Settings[fieldBase] = base
	}
	if title := strings.TrimSpace(in.Fields[fieldTitle]); title != "" {
		a.Settings[fieldTitle] = title
	}
	return a, hayon.Secret{}, nil
}

// Verify checks that the folder can be written.
func (p *Provider) Verify(_ context.Context, s hayon.Session) (*hayon.Account, error) {
	at, err := p.place(s.Account())
	if err != nil {
		return nil, err
	}
	if err := checkWritable(at.dir); err != nil {
		return nil, err
	}
	a := *s.Account()
	a.Platform, a.Status, a.Reason = Name, hayon.AccountConnected, ""
	if a.Handle == "" {
		a.Handle = at.dir
	}
	return &a, nil
}

// NewIdem is the name of part i's file: the due day in UTC, the title, else the content warning, else the
// first line, and the last four digits of the target's id, which are random.
func (p *Provider) NewIdem(t *hayon.Target, i int, now time.Time) string {
	day := t.Due
	if day.IsZero() {
		day = now
	}
	name := fmt.Sprintf("%s-%s-%s", day.UTC().Format(time.DateOnly),
		text.Slug(firstLine(cmp.Or(t.Options[hayon.OptionTitle], t.Options[hayon.OptionWarning], t.Parts[i].Text)), maxSlugBytes), lastDigits(t.ID, 4))
	if i > 0 {
		name += fmt.Sprintf("-part%d", i+1)
	}
	return name + postExt
}

func lastDigits(id hayon.TargetID, n int) string {
	d := id.Digits()
	return d[max(0, len(d)-n):]
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text.Normalize(s)), "\n")
	return line
}

// Feeds are the two feeds of an account's folder: on the web where the base URL is known, else on
// disk.
func (p *Provider) Feeds(a *hayon.Account) []string {
	at, err := p.place(a)
	if err != nil {
		return nil
	}
	feeds := []string{jsonFeed, atomFeed}
	for i, file := range feeds {
		if feeds[i] = at.fileURL(file); feeds[i] == "" {
			feeds[i] = at.diskURL(file)
		}
	}
	return feeds
}

// place is where an account publishes to.
type place struct {
	dir   string
	base  string // with a slash at its end; "" where nobody said
	title string
	id    hayon.AccountID
}

func (p *Provider) place(a *hayon.Account) (place, error) {
	at := place{dir: p.dir, title: defaultTitle, id: a.ID}
	if dir := a.Settings[fieldDir]; dir != "" {
		at.dir = dir
	}
	if title := a.Settings[fieldTitle]; title != "" {
		at.title = title
	}
	if at.dir == "" || !filepath.IsAbs(at.dir) {
		return place{}, hayon.Errorf(hayon.CodeInvalid, "site: %q is no absolute folder; nothing is published", at.dir).
			WithHint("hayon login site --dir DIR")
	}
	var err error
	at.base, err = parseBase(a.Settings[fieldBase])
	return at, err
}

// postURL is where a person sees the post: on the web where the base URL is known, else on disk.
func (at place) postURL(file string) string {
	if at.base != "" {
		return at.base + url.PathEscape(strings.TrimSuffix(file, postExt)) + "/"
	}
	return at.diskURL(file)
}

// diskURL is the address of a file of the folder on this machine.
func (at place) diskURL(file string) string {
	path := filepath.ToSlash(filepath.Join(at.dir, file))
	if !strings.HasPrefix(path, "/") { // a drive letter
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

// fileURL is the address of a file of the folder; "" where no base URL is known.
func (at place) fileURL(file string) string {
	if at.base == "" {
		return ""
	}
	return at.base + url.PathEscape(file)
}

// remote is a post whose file says this. Its digest tells an Edit whether somebody else changed it.
func (at place) remote(file, markdown string) hayon.Remote {
	return hayon.Remote{ID: file, URL: at.postURL(file), Digest: digestOf([]byte(markdown))}
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// parseBase checks a base URL and gives it a slash at its end; "" stays "".
func parseBase(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", hayon.Errorf(hayon.CodeInvalid, "site: %q is no base URL", s).
			WithHint("give it whole, as in --base-url https://example.org/posts/")
	}
	if !strings.HasSuffix(u.Path, "/") {
		u = u.JoinPath("/")
	}
	return u.String(), nil
}

// checkWritable makes the folder where it is not there and writes a file into it.
func checkWritable(dir string) error {
	f, err := openFolder(dir)
	if err != nil {
		return err
	}
	defer f.close()
	probe := filepath.Join(stateDir, fmt.Sprintf("probe-%d", os.Getpid()))
	if err := f.root.WriteFile(probe, nil, 0o600); err != nil {
		return localError("write to", dir, err)
	}
	if err := f.root.Remove(probe); err != nil {
		return localError("write to", dir, err)
	}
	return nil
}
