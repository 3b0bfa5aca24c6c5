package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/filelock"
	"github.com/hayon/hayon/text"
)

// Post is one line of the file: a post as the public sees it.
type Post struct {
	ID         string         `json:"id"`
	Target     hayon.TargetID `json:"target"`
	Part       int            `json:"part"`
	Generation int            `json:"generation,omitempty"`
	Idem       string         `json:"idem,omitempty"`
	// Key is what the platform knows the post by, according to its class; "" in D and E.
	Key  string   `json:"key,omitempty"`
	Text string   `json:"text"`
	Alts []string `json:"alts,omitempty"`
	// Media are its pictures or its video, and Facets what of its text is more than letters, as byte
	// offsets.
	Media  []Medium `json:"media,omitempty"`
	Facets []Facet  `json:"facets,omitempty"`
	// Repost is the URL of the post that this one shows, which has no text then.
	Repost string `json:"repost,omitempty"`
	// Langs and Options are those that were asked for.
	Langs   []string          `json:"langs,omitempty"`
	Options map[string]string `json:"options,omitempty"`
	// Quote is the URL of the post that this one quotes.
	Quote string      `json:"quote,omitempty"`
	Card  *Card       `json:"card,omitempty"`
	Poll  *hayon.Poll `json:"poll,omitempty"`
	// Parent and Root are the posts that this one answers and that its conversation began with: ids of the
	// same account, or URLs.
	Parent      string    `json:"parent,omitempty"`
	Root        string    `json:"root,omitempty"`
	PublishedAt time.Time `json:"published_at"`
	Due         time.Time `json:"due"`
	// EditedAt is when it was changed last.
	EditedAt time.Time `json:"edited_at,omitzero"`
}

// ReadFile reads what of an account is public, oldest first: posts and reposts as they are after all
// edits, without those that were removed. A missing file is no post, and so is a torn line.
func ReadFile(name string) ([]Post, error) {
	var out []Post
	err := eachLine(name, func(line []byte) {
		if c, ok := readChange(line); ok {
			out = c.applyTo(out)
			return
		}
		var p Post
		if json.Unmarshal(line, &p) == nil {
			out = append(out, p)
		}
	})
	return out, err
}

func eachLine(name string, add func(line []byte)) error {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadBytes('\n')
		add(line)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// ledger is what the platform knows of an account: the file of its public posts and, in another
// file, what it keeps to itself. Both are caches of the files.
type ledger struct {
	file string // of the posts; its lock is that of both

	mu     sync.Mutex // held together with the file lock, and taken before it
	public lines
	byID   map[string]entry
	byKey  map[string]stub
	byText map[marker][]stub
	asked  int // how many changes were asked for here, for the dice

	private lines
	handles map[string]handle
	calls   map[callID]string // digest of the first call's bytes
}

// stub is what the index keeps of a post.
type stub struct {
	id string
	at time.Time
}

// entry is how a post is found in the index.
type entry struct {
	stub

	key    string
	marker marker
	repost bool
	root   string // of its conversation; "" where it begins one
}

// marker is what a post is found by that has no key: the digest of its text, how many media, and what it
// reposts.
type marker struct {
	digest string
	media  int
	repost string
}

func markerOf(body string, media int, repost string) marker {
	return marker{text.Digest(body), media, repost}
}

// held is a ledger while its files are locked.
type held struct {
	*ledger

	posts *os.File
	state *os.File // nil until somebody asks for it
}

// lock opens and locks the files and reads what other processes appended to the posts.
func (l *ledger) lock(ctx context.Context) (*held, error) {
	l.mu.Lock()
	f, err := openLines(l.file)
	if err != nil {
		l.mu.Unlock()
		return nil, local(l.file, err)
	}
	h := &held{ledger: l, posts: f}
	err = filelock.Acquire(ctx, f)
	if err == nil {
		err = l.public.read(f, l.forget, l.learn)
	}
	if err != nil {
		h.unlock()
		return nil, local(l.file, err)
	}
	return h, nil
}

func (h *held) unlock() {
	if h.state != nil {
		_ = h.state.Close()
	}
	_ = h.posts.Close() // which frees the lock
	h.mu.Unlock()
}

func openLines(name string) (*os.File, error) {
	const flags = os.O_RDWR | os.O_APPEND | os.O_CREATE
	f, err := os.OpenFile(name, flags, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return nil, err
		}
		f, err = os.OpenFile(name, flags, 0o600)
	}
	return f, err
}

func (l *ledger) forget() {
	l.byID, l.byKey, l.byText = make(map[string]entry), make(map[string]stub), make(map[marker][]stub)
}

func (l *ledger) learn(line []byte) {
	if c, ok := readChange(line); ok {
		l.change(c)
		return
	}
	var p Post
	if json.Unmarshal(line, &p) == nil && p.ID != "" {
		l.add(p)
	}
}

func (l *ledger) add(p Post) {
	e := entry{stub{id: p.ID, at: p.PublishedAt}, p.Key, markerOf(p.Text, len(p.Alts), p.Repost), p.Repost != "", p.Root}
	l.byID[p.ID] = e
	if p.Key != "" {
		l.byKey[p.Key] = e.stub
	}
	l.byText[e.marker] = append(l.byText[e.marker], e.stub)
}

// known answers the post with the key that came out after since.
func (h *held) known(key string, since time.Time) (id string, ok bool) {
	s, ok := h.byKey[key]
	return s.id, ok && key != "" && s.at.After(since)
}

// publish makes a post public, and answers its id.
func (h *held) publish(p Post) (string, error) {
	if p.ID == "" {
		p.ID = strconv.FormatInt(h.public.offset, 36)
	}
	if err := h.public.write(h.posts, p); err != nil {
		return "", local(h.file, err)
	}
	h.add(p)
	return p.ID, nil
}

// find answers the post with the key; ok is false where there is none.
func (l *ledger) find(ctx context.Context, key string) (id string, ok bool, err error) {
	h, err := l.lock(ctx)
	if err != nil {
		return "", false, err
	}
	defer h.unlock()
	id, ok = h.known(key, time.Time{})
	return id, ok, nil
}

// isPublic reports whether there is a post with that id.
func (l *ledger) isPublic(ctx context.Context, id string) (bool, error) {
	h, err := l.lock(ctx)
	if err != nil {
		return false, err
	}
	defer h.unlock()
	_, ok := h.byID[id]
	return ok, nil
}

// recent answers the posts with that marker between two times, the first included.
func (l *ledger) recent(ctx context.Context, m marker, from, to time.Time) ([]string, error) {
	h, err := l.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer h.unlock()
	var out []string
	for _, s := range h.byText[m] {
		if !s.at.Before(from) && !s.at.After(to) {
			out = append(out, s.id)
		}
	}
	return out, nil
}

func local(file string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return hayon.Errorf(hayon.CodeUnavailable, "demo: another process kept %s locked", file).WithCause(err)
	}
	return hayon.Errorf(hayon.CodeLocal, "demo: %s cannot be written", file).
		WithHint("look at that folder, or leave demo out of the configuration").WithCause(err)
}
