package demo

import (
	"bufio"
	"bytes"
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
	ID     string         `json:"id"`
	Target hayon.TargetID `json:"target"`
	Part   int            `json:"part"`
	Idem   string         `json:"idem,omitempty"`
	// Key is what the platform knows the post by, according to its class; "" in D and E.
	Key         string    `json:"key,omitempty"`
	Text        string    `json:"text"`
	Alts        []string  `json:"alts,omitempty"`
	Parent      string    `json:"parent,omitempty"`
	PublishedAt time.Time `json:"published_at"`
	Due         time.Time `json:"due"`
}

// ReadFile reads what an account made public, oldest first. A missing file is no post, and so is
// a torn line.
func ReadFile(name string) ([]Post, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var out []Post
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadBytes('\n')
		var p Post
		if json.Unmarshal(line, &p) == nil {
			out = append(out, p)
		}
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// ledger is a file of posts and what was read of it so far.
type ledger struct {
	file string

	mu     sync.Mutex // held together with the file lock, and taken before it
	offset int64
	byKey  map[string]stub
	byText map[string][]stub // by text.Digest
}

// stub is what the index keeps of a post.
type stub struct {
	id string
	at time.Time
}

// publish appends the post, unless one with its key is there that is younger than life (0: of
// any age). It answers the id of the post that is public.
func (l *ledger) publish(ctx context.Context, p Post, life time.Duration) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := l.open(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	if known, ok := l.byKey[p.Key]; ok && p.Key != "" && (life == 0 || p.PublishedAt.Sub(known.at) < life) {
		return known.id, nil
	}
	if p.ID == "" {
		p.ID = strconv.FormatInt(l.offset, 36)
	}
	line, err := json.Marshal(p)
	if err != nil {
		return "", hayon.Errorf(hayon.CodeInternal, "demo: the post cannot be encoded").WithCause(err)
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		_ = f.Truncate(l.offset) // half a line is no post, whatever comes behind it
		return "", local(l.file, err)
	}
	l.add(p)
	l.offset += int64(len(line)) + 1
	return p.ID, nil
}

// find answers the post with the key; ok is false where there is none.
func (l *ledger) find(ctx context.Context, key string) (id string, ok bool, err error) {
	if err := l.catchUp(ctx); err != nil {
		return "", false, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	known, ok := l.byKey[key]
	return known.id, ok && key != "", nil
}

// recent answers the posts with that text since then.
func (l *ledger) recent(ctx context.Context, digest string, since time.Time) ([]string, error) {
	if err := l.catchUp(ctx); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, s := range l.byText[digest] {
		if !s.at.Before(since) {
			out = append(out, s.id)
		}
	}
	return out, nil
}

func (l *ledger) catchUp(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	f, err := l.open(ctx)
	if err != nil {
		return err
	}
	return f.Close()
}

// open opens and locks the file and reads what other processes appended. Closing it unlocks it.
func (l *ledger) open(ctx context.Context) (*os.File, error) {
	f, err := os.OpenFile(l.file, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(l.file), 0o700); err != nil {
			return nil, local(l.file, err)
		}
		f, err = os.OpenFile(l.file, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o600)
	}
	if err != nil {
		return nil, local(l.file, err)
	}
	err = filelock.Acquire(ctx, f)
	if err == nil {
		err = l.read(f)
	}
	if err != nil {
		_ = f.Close()
		return nil, local(l.file, err)
	}
	return f, nil
}

// read indexes the file from where it was left.
func (l *ledger) read(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < l.offset || l.byKey == nil { // new, or somebody emptied it
		l.offset, l.byKey, l.byText = 0, make(map[string]stub), make(map[string][]stub)
	}
	if info.Size() == l.offset {
		return nil
	}
	fresh, err := io.ReadAll(io.NewSectionReader(f, l.offset, info.Size()-l.offset))
	if err != nil {
		return err
	}
	if !bytes.HasSuffix(fresh, []byte("\n")) { // torn by a crash: what follows gets a line of its own
		if _, err := f.Write([]byte("\n")); err != nil {
			return err
		}
		fresh = append(fresh, '\n')
	}
	for line := range bytes.Lines(fresh) {
		var p Post
		if json.Unmarshal(line, &p) == nil {
			l.add(p)
		}
	}
	l.offset += int64(len(fresh))
	return nil
}

func (l *ledger) add(p Post) {
	s := stub{id: p.ID, at: p.PublishedAt}
	if p.Key != "" {
		l.byKey[p.Key] = s
	}
	digest := text.Digest(p.Text)
	l.byText[digest] = append(l.byText[digest], s)
}

func local(file string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return hayon.Errorf(hayon.CodeUnavailable, "demo: another process kept %s locked", file).WithCause(err)
	}
	return hayon.Errorf(hayon.CodeLocal, "demo: %s cannot be written", file).
		WithHint("look at that folder, or leave demo out of the configuration").WithCause(err)
}
