package memory

import (
	"context"
	"maps"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/hayon/hayon"
)

// Vault is a [hayon.Vault] in memory.
type Vault struct {
	// updating is held by the Update that runs; it is taken before mu.
	updating chan struct{}

	mu      sync.Mutex // guards what follows
	secrets map[string]hayon.Secret
	locks   map[string]chan struct{}
}

var _ hayon.Vault = (*Vault)(nil)

// New answers a vault that holds a copy of secrets; zero ones and nil are no secrets.
func New(secrets map[string]hayon.Secret) *Vault {
	v := &Vault{updating: make(chan struct{}, 1), secrets: make(map[string]hayon.Secret), locks: make(map[string]chan struct{})}
	for ref, s := range secrets {
		if !s.IsZero() {
			v.secrets[ref] = hayon.NewSecret(s.Reveal())
		}
	}
	return v
}

// Get reads one secret; an unknown ref is not_found.
func (v *Vault) Get(ctx context.Context, ref string) (hayon.Secret, error) {
	if ctx.Err() != nil {
		return hayon.Secret{}, gaveUp(ctx)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	s, ok := v.secrets[ref]
	if !ok {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeNotFound, "there are no credentials for %q", ref).
			WithHint("set the account's HAYON_<ACCOUNT>_… variables, or sign in with: hayon login")
	}
	return hayon.NewSecret(s.Reveal()), nil
}

// Update replaces one secret; see [hayon.Vault]. fn runs at most once and must not call Update.
func (v *Vault) Update(ctx context.Context, ref string, fn func(current hayon.Secret) (hayon.Secret, error)) error {
	if ref == "" || !utf8.ValidString(ref) {
		return hayon.Errorf(hayon.CodeInvalid, "%q is no reference for a vault", ref)
	}
	return hold(ctx, v.updating, func() error {
		v.mu.Lock()
		current := hayon.NewSecret(v.secrets[ref].Reveal())
		v.mu.Unlock()
		next, err := fn(current)
		if err != nil {
			return err
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		if next.IsZero() {
			delete(v.secrets, ref)
			return nil
		}
		v.secrets[ref] = hayon.NewSecret(next.Reveal())
		return nil
	})
}

// Refs lists all references, sorted.
func (v *Vault) Refs(ctx context.Context) ([]string, error) {
	if ctx.Err() != nil {
		return nil, gaveUp(ctx)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Sorted(maps.Keys(v.secrets)), nil
}

// Lock runs fn while no other goroutine has the lock of the same name. It is not re-entrant.
func (v *Vault) Lock(ctx context.Context, name string, fn func(ctx context.Context) error) error {
	v.mu.Lock()
	lock := v.locks[name]
	if lock == nil {
		lock = make(chan struct{}, 1)
		v.locks[name] = lock
	}
	v.mu.Unlock()
	return hold(ctx, lock, func() error { return fn(ctx) })
}

func hold(ctx context.Context, lock chan struct{}, fn func() error) error {
	if ctx.Err() != nil {
		return gaveUp(ctx)
	}
	select {
	case lock <- struct{}{}:
		defer func() { <-lock }()
		return fn()
	case <-ctx.Done():
		return gaveUp(ctx)
	}
}

func gaveUp(ctx context.Context) error {
	return hayon.Errorf(hayon.CodeTimeout, "stopped waiting for the vault").WithCause(ctx.Err())
}
