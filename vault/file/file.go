package file

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"filippo.io/age"

	"github.com/hayon/hayon"
)

// Config says where a vault stands and what may open it.
type Config struct {
	// Dir is the folder of the vault; it is made (0700) when the first secret or lock needs it.
	Dir string
	// Ask is the opener the user asked for; "" for the one that the vault has, or Default for a new one.
	Ask string
	// Default opens a new vault where Ask is "".
	Default string
	// Openers by name; [Plain] needs none.
	Openers map[string]Opener
	// Find answers the opener of a name that holds more than the kind, as in "key:/path"; nil where it
	// knows none. It may be nil itself.
	Find func(name string) Opener
	// Logger gets warnings; nil is silent.
	Logger *slog.Logger
}

// Vault is a [hayon.Vault] over one sealed file. It holds no open files between calls.
type Vault struct {
	dir       string
	ask       string
	byDefault string
	openers   map[string]Opener
	find      func(name string) Opener
	log       *slog.Logger
	locks     locks
	warnPlain sync.Once

	// opening is held by who asks the opener. It is taken with or without the vault's lock, and who
	// holds it takes no lock.
	opening chan struct{}

	// mu guards cached, the identity of the vault with the id cachedID.
	mu       sync.Mutex
	cachedID string
	cached   *age.X25519Identity
}

var _ hayon.Vault = (*Vault)(nil)

// New answers a vault and touches neither the disk nor an opener. A name in c that is neither [Plain]
// nor in Openers is a usage error.
func New(c Config) (*Vault, error) {
	v := &Vault{
		dir: c.Dir, ask: c.Ask, byDefault: c.Default, openers: maps.Clone(c.Openers), find: c.Find, log: c.Logger,
		opening: make(chan struct{}, 1),
	}
	if v.log == nil {
		v.log = slog.New(slog.DiscardHandler)
	}
	if v.dir == "" {
		return nil, hayon.Errorf(hayon.CodeUsage, "a vault needs a folder")
	}
	for _, name := range []string{c.Ask, c.Default} {
		if name != "" && name != Plain && v.lookUp(name) == nil {
			return nil, hayon.Errorf(hayon.CodeUsage, "%q opens no vault", Kind(name))
		}
	}
	return v, nil
}

// Get reads one secret. An unknown ref is not_found, also where there is no vault yet.
func (v *Vault) Get(ctx context.Context, ref string) (hayon.Secret, error) {
	secrets, err := v.secrets(ctx)
	if err != nil {
		return hayon.Secret{}, err
	}
	b, ok := secrets[ref]
	if !ok {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeNotFound, "the vault holds no credentials for %q", ref).
			WithHint("sign in with: hayon login")
	}
	return hayon.NewSecret(b), nil
}

// Refs lists all references, sorted.
func (v *Vault) Refs(ctx context.Context) ([]string, error) {
	secrets, err := v.secrets(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(secrets)), nil
}

// Update replaces one secret; see [hayon.Vault]. The first secret makes the vault. fn runs at most
// once, must not call Update, and its error is answered as it is.
func (v *Vault) Update(ctx context.Context, ref string, fn func(current hayon.Secret) (hayon.Secret, error)) error {
	if ref == "" || !utf8.ValidString(ref) {
		return hayon.Errorf(hayon.CodeInvalid, "%q is no reference for a vault", ref)
	}
	// A prompt may take its time: the identity is asked for before the lock, so that nobody waits.
	if _, err := v.open(ctx); err != nil && !errors.Is(err, errDamaged) {
		return err
	}
	return v.underLock(ctx, func(ctx context.Context) error {
		b, err := v.open(ctx)
		if err != nil {
			return err
		}
		secrets := map[string][]byte{}
		if b != nil {
			if secrets, err = v.read(ctx, b); err != nil {
				return err
			}
		}
		current := hayon.NewSecret(secrets[ref])
		next, err := fn(current)
		if err != nil || next.Equal(current) {
			return err
		}
		if b == nil {
			if b, err = v.create(ctx); err != nil {
				return err
			}
		}
		if secrets[ref] = next.Reveal(); next.IsZero() {
			delete(secrets, ref)
		}
		return v.write(b, secrets)
	})
}

// Prepare makes the vault if there is none and opens it, so that a sign-in learns that there is no
// usable keyring before it asks for a password and not after.
func (v *Vault) Prepare(ctx context.Context) error {
	if b, err := v.open(ctx); b != nil || err != nil && !errors.Is(err, errDamaged) {
		return err
	}
	return v.underLock(ctx, func(ctx context.Context) error {
		b, err := v.open(ctx)
		if err == nil && b == nil {
			_, err = v.create(ctx)
		}
		return err
	})
}

// Destroy removes all secrets and what opens them, in the keyring too. It needs neither the keyring's
// nor the passphrase's consent to remove the files. A vault that does not exist is no error.
func (v *Vault) Destroy(ctx context.Context) error {
	if h, err := ReadHeader(v.dir); h == nil || err != nil {
		return err
	}
	return v.underLock(ctx, v.destroy)
}

// Discard is Destroy for a vault that holds nothing but what is not needed, as after a sign-in that
// failed. Any other vault, and one that does not open, is left as it is.
func (v *Vault) Discard(ctx context.Context, needed func(ref string) bool) error {
	return v.underLock(ctx, func(ctx context.Context) error {
		b, err := v.open(ctx)
		if b == nil || err != nil {
			return err
		}
		secrets, err := v.read(ctx, b)
		if err != nil {
			return err
		}
		for ref := range secrets {
			if needed(ref) {
				return nil
			}
		}
		return v.destroy(ctx)
	})
}

// destroy is Destroy for who holds the vault's lock.
func (v *Vault) destroy(ctx context.Context) error {
	h, err := ReadHeader(v.dir)
	if h == nil || err != nil {
		return err
	}
	// The secrets go first and the header last: a crash on the way leaves an empty vault that
	// opens, or can be destroyed again.
	if err := v.remove(SealedName, PlainName); err != nil {
		return err
	}
	if opener := v.lookUp(h.Opener); opener != nil {
		if err := opener.Drop(ctx, h.ID); err != nil {
			return err
		}
	}
	return v.remove(identityName, headerName)
}

func (v *Vault) remove(names ...string) error {
	for _, name := range names {
		for _, n := range []string{name, name + tmpSuffix} {
			if err := os.Remove(join(v.dir, n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return unwritable(v.dir, n, err)
			}
		}
	}
	return syncDir(v.dir)
}

// secrets reads the file as it is now.
func (v *Vault) secrets(ctx context.Context) (map[string][]byte, error) {
	load := func(ctx context.Context) (secrets map[string][]byte, err error) {
		b, err := v.open(ctx)
		if b == nil || err != nil {
			return nil, err
		}
		return v.read(ctx, b)
	}
	if err := ctx.Err(); err != nil {
		return nil, gaveUp(ctx, "the vault in "+v.dir)
	}
	secrets, err := load(ctx)
	if !errors.Is(err, errDamaged) {
		return secrets, err
	}
	// Header and file are replaced one after the other; under the lock they belong together.
	err = v.underLock(ctx, func(ctx context.Context) (err error) {
		secrets, err = load(ctx)
		return err
	})
	return secrets, err
}

// Kind is the kind of an opener by its name: what stands before the colon.
func Kind(name string) string {
	kind, _, _ := strings.Cut(name, ":")
	return kind
}

// lookUp is the opener of that name, nil for an unknown one.
func (v *Vault) lookUp(name string) Opener {
	if o := v.openers[name]; o != nil {
		return o
	}
	if v.find == nil {
		return nil
	}
	return v.find(name)
}

// opener is the opener of a vault with that name in its header. One of the same kind that was asked for
// is taken in its place: the key may have moved, and whether it is the right one shows when it opens.
func (v *Vault) opener(name string) (Opener, error) {
	if v.ask != "" && Kind(v.ask) == Kind(name) {
		name = v.ask
	}
	if o := v.lookUp(name); o != nil {
		return o, nil
	}
	return nil, hayon.Errorf(hayon.CodeLocal, "the vault in %s opens by %q, which this hayon does not know", v.dir, name).
		WithHint("install the hayon that made it, or a newer one")
}
