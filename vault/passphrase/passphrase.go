package passphrase

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"

	"filippo.io/age"

	"github.com/hayon/hayon"
)

// WorkFactor is the logarithm of scrypt's work and of its memory: 2^15 takes 32 MiB and about 0.14 s of
// an idle core of a small cloud server. Each step doubles both.
const WorkFactor = 15

// maxWorkFactor bounds what a file may ask for: 32 times the work, and 1 GiB.
const maxWorkFactor = WorkFactor + 5

// Ask answers the passphrase. confirm says that it is about to protect a new vault, so that a prompt
// asks twice. The zero Secret means that there is none.
type Ask func(ctx context.Context, confirm bool) (hayon.Secret, error)

// Opener seals the identity of a vault to a passphrase. It is safe for concurrent use if its Ask is.
type Opener struct {
	ask        Ask
	workFactor int
}

// New answers an opener that asks for the passphrase by ask; nil means that there is none. A
// workFactor of 0 is [WorkFactor]; tests take a small one.
func New(ask Ask, workFactor int) *Opener {
	if workFactor <= 0 || workFactor > maxWorkFactor {
		workFactor = WorkFactor
	}
	return &Opener{ask: ask, workFactor: workFactor}
}

// Make seals fresh to the passphrase; what it answers to be kept is the sealed identity.
func (o *Opener) Make(ctx context.Context, _ string, fresh hayon.Secret) (hayon.Secret, []byte, error) {
	pass, err := o.passphrase(ctx, true)
	if err != nil {
		return hayon.Secret{}, nil, err
	}
	kept, err := o.seal(pass, fresh)
	if err != nil {
		return hayon.Secret{}, nil, hayon.Errorf(hayon.CodeInternal, "the vault's key could not be sealed").WithCause(err)
	}
	return fresh, kept, nil
}

// Open unseals what Make answered. A wrong passphrase, or none, is a local error.
func (o *Opener) Open(ctx context.Context, _ string, kept []byte) (hayon.Secret, error) {
	if len(kept) == 0 {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "identity.age, which the passphrase opens, is missing from the vault").
			WithHint("restore it from a backup, or move all of the vault's files away and sign in again with: hayon login")
	}
	pass, err := o.passphrase(ctx, false)
	if err != nil {
		return hayon.Secret{}, err
	}
	identity, err := unseal(pass, kept)
	if _, wrong := errors.AsType[*age.NoIdentityMatchError](err); wrong {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "the passphrase does not open the vault").
			WithHint("check HAYON_VAULT_PASSPHRASE")
	}
	if err != nil {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "identity.age in the vault is damaged").
			WithHint("restore it from a backup, or move all of the vault's files away and sign in again with: hayon login").
			WithCause(err)
	}
	return hayon.NewSecret(identity), nil
}

// Drop has nothing to do: who kept the sealed identity removes it.
func (o *Opener) Drop(context.Context, string) error { return nil }

func (o *Opener) passphrase(ctx context.Context, confirm bool) (string, error) {
	var pass hayon.Secret
	if o.ask != nil {
		var err error
		if pass, err = o.ask(ctx, confirm); err != nil {
			return "", err
		}
	}
	if pass.IsZero() {
		return "", hayon.Errorf(hayon.CodeLocal, "the vault opens by a passphrase, and there is none").
			WithHint("export HAYON_VAULT_PASSPHRASE=…")
	}
	return string(pass.Reveal()), nil
}

func (o *Opener) seal(pass string, identity hayon.Secret) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(pass)
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(o.workFactor)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipient)
	if err != nil {
		return nil, err
	}
	// The line feed makes what the age program prints a key file of its own.
	if _, err := io.WriteString(w, string(identity.Reveal())+"\n"); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func unseal(pass string, kept []byte) ([]byte, error) {
	identity, err := age.NewScryptIdentity(pass)
	if err != nil {
		return nil, err
	}
	identity.SetMaxWorkFactor(maxWorkFactor)
	r, err := age.Decrypt(bytes.NewReader(kept), identity)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return []byte(strings.TrimSpace(string(raw))), nil
}
