package key

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"filippo.io/age"

	"github.com/hayon/hayon"
)

// prefix is how an identity begins.
const prefix = "AGE-SECRET-KEY-1"

// maxFile bounds a file of identities, in bytes.
const maxFile = 64 << 10

// Config of an [Opener].
type Config struct {
	// Path is the file of the identity; relative to the working folder.
	Path string
	// Text is the identity itself, in the place of a file.
	Text hayon.Secret
	// Logger gets a warning where others can read the file; nil is silent.
	Logger *slog.Logger
}

// Opener takes the identity of a vault from a file. It is safe for concurrent use.
type Opener struct {
	path string
	text hayon.Secret
	log  *slog.Logger
}

// New answers an opener and touches no file.
func New(c Config) *Opener {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Opener{path: c.Path, text: c.Text, log: c.Logger}
}

// IsIdentity reports whether s looks like an identity and not like a path.
func IsIdentity(s string) bool { return strings.HasPrefix(strings.TrimSpace(s), prefix) }

// Make answers the identity that is there, else keeps fresh in the file.
func (o *Opener) Make(ctx context.Context, id string, fresh hayon.Secret) (hayon.Secret, []byte, error) {
	have, err := o.Open(ctx, id, nil)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return have, nil, err
	}
	if err := o.write(fresh); err != nil {
		return hayon.Secret{}, nil, hayon.Errorf(hayon.CodeLocal, "the vault's key cannot be written to %s: %w", o.path, err).
			WithHint("name a file in a folder of yours: --vault key:PATH")
	}
	return fresh, nil, nil
}

// Open answers the identity.
func (o *Opener) Open(context.Context, string, []byte) (hayon.Secret, error) {
	if !o.text.IsZero() {
		return Parse(bytes.NewReader(o.text.Reveal()), "HAYON_VAULT_IDENTITY")
	}
	if o.path == "" {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "the vault opens by a key, and none is given").
			WithHint("export HAYON_VAULT_IDENTITY=/path/to/key.txt, or the identity itself")
	}
	f, err := os.Open(o.path)
	if err != nil {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "the key of the vault, %s, cannot be read: %w", o.path, err).
			WithHint("put it back, or say where it is: export HAYON_VAULT_IDENTITY=/path/to/key.txt")
	}
	defer func() { _ = f.Close() }() // read only
	if info, err := f.Stat(); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		o.log.Warn("others can read the key of the vault", slog.String("path", o.path), slog.String("mend", "chmod 600 "+o.path))
	}
	return Parse(f, o.path)
}

// Drop leaves the file alone: it may open more than this vault.
func (o *Opener) Drop(context.Context, string) error { return nil }

// Parse finds the one identity in what age-keygen wrote; from names where it was read.
func Parse(r io.Reader, from string) (hayon.Secret, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxFile))
	if err != nil {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", from, err)
	}
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, prefix) {
			continue
		}
		if _, err := age.ParseX25519Identity(line); err != nil {
			return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "%s holds a damaged age identity", from).
				WithHint("restore it from where it was kept") // the cause would repeat the identity
		}
		return hayon.NewSecret([]byte(line)), nil
	}
	return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "%s holds no age identity", from).
		WithHint("make one: age-keygen -o key.txt; it begins with " + prefix + ". Sealed files, SSH keys and plugins are not taken")
}

// write makes the file whole or not at all, and never replaces one.
func (o *Opener) write(identity hayon.Secret) error {
	own, err := age.ParseX25519Identity(string(identity.Reveal()))
	if err != nil {
		return errors.New("the fresh identity is none") // the cause would repeat it
	}
	if err := os.MkdirAll(filepath.Dir(o.path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(o.path), ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = fmt.Fprintf(tmp, "# Opens the credentials of hayon. Keep a copy in a safe place.\n# public key: %s\n%s\n", own.Recipient(), own)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Link(tmp.Name(), o.path) // unlike a rename it replaces nothing
}
