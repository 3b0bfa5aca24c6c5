package hayon

import "context"

// Vault keeps the secrets of a profile. References are account names or other short keys.
//
// All methods are safe for concurrent use, by several processes too. A vault that cannot be opened
// (no keyring, wrong passphrase) answers local errors with a hint that says what to do; an unknown
// reference is not_found. No error holds a secret.
type Vault interface {
	// Get reads one secret.
	Get(ctx context.Context, ref string) (Secret, error)
	// Update replaces one secret by what fn answers, under the lock of the vault. fn gets the zero
	// Secret where there is none; answering the zero Secret removes it. When Update returns without
	// an error the change is on the disk. fn must be quick: it asks no network.
	Update(ctx context.Context, ref string, fn func(current Secret) (Secret, error)) error
	// Refs lists all references, sorted.
	Refs(ctx context.Context) ([]string, error)
	// Lock runs fn while no other holder, of this or another process, has the lock of the same name.
	// It is the lock under which a session is refreshed; fn may ask the network.
	Lock(ctx context.Context, name string, fn func(ctx context.Context) error) error
}
