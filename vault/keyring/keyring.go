package keyring

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	oskeyring "github.com/zalando/go-keyring"

	"github.com/hayon/hayon"
)

// Service is the service name of the entries.
const Service = "hayon"

// DefaultTimeout leaves a person the time to answer the keyring's prompt. What runs unattended takes
// a shorter one.
const DefaultTimeout = 30 * time.Second

// Backend is a keyring. Its methods may block for ever. Get and Delete answer an error that is
// [ErrNotFound] where there is no such entry.
type Backend interface {
	Set(service, user, secret string) error
	Get(service, user string) (string, error)
	Delete(service, user string) error
}

// ErrNotFound is a [Backend]'s answer that there is no such entry.
var ErrNotFound = oskeyring.ErrNotFound

// errNoBus says that there is no session bus, and so no Secret Service.
var errNoBus = errors.New("there is no desktop session bus")

// Config of an [Opener]; its zero value works.
type Config struct {
	// Profile names the entries, for people who look into their keyring.
	Profile string
	// Timeout limits each call; 0 is [DefaultTimeout].
	Timeout time.Duration
	// Backend is the keyring; nil is that of the operating system.
	Backend Backend
}

// Opener keeps identities in a keyring. It is safe for concurrent use.
type Opener struct {
	profile string
	timeout time.Duration
	backend Backend
	// turn is held by the call that runs; calls run one at a time.
	turn chan struct{}
	// hangs is set while a call runs that nobody waits for any more.
	hangs atomic.Bool
}

// New answers an opener and touches no keyring.
func New(c Config) *Opener {
	o := &Opener{profile: c.Profile, timeout: c.Timeout, backend: c.Backend, turn: make(chan struct{}, 1)}
	if o.timeout <= 0 {
		o.timeout = DefaultTimeout
	}
	if o.backend == nil {
		o.backend = system{}
	}
	return o
}

// Make puts fresh into the keyring.
func (o *Opener) Make(ctx context.Context, id string, fresh hayon.Secret) (hayon.Secret, []byte, error) {
	text := string(fresh.Reveal())
	got, err := o.call(ctx, func() (string, error) {
		if err := o.backend.Set(Service, o.user(id), text); err != nil {
			return "", err
		}
		return o.backend.Get(Service, o.user(id))
	})
	if err != nil {
		return hayon.Secret{}, nil, unusable(err, text).WithHint(newVaultHint)
	}
	if got != text {
		return hayon.Secret{}, nil, hayon.Errorf(hayon.CodeLocal, "the OS keyring did not keep what it was given").
			WithHint(newVaultHint)
	}
	return fresh, nil, nil
}

// Open reads the identity from the keyring.
func (o *Opener) Open(ctx context.Context, id string, _ []byte) (hayon.Secret, error) {
	text, err := o.call(ctx, func() (string, error) { return o.backend.Get(Service, o.user(id)) })
	if errors.Is(err, ErrNotFound) {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "the OS keyring has no entry %q of service %q, which opens the vault", o.user(id), Service).
			WithHint("run it as the user and on the machine that signed in; if the keyring was reset: move vault.json and secrets.age of the profile aside, then sign in again: hayon login")
	}
	if err != nil {
		return hayon.Secret{}, unusable(err, "").WithHint(oldVaultHint)
	}
	return hayon.NewSecret([]byte(text)), nil
}

// Drop removes the identity from the keyring.
func (o *Opener) Drop(ctx context.Context, id string) error {
	_, err := o.call(ctx, func() (string, error) { return "", o.backend.Delete(Service, o.user(id)) })
	if err == nil || errors.Is(err, ErrNotFound) {
		return nil
	}
	return unusable(err, "").WithHint("unlock the keyring and run the command again")
}

// user is the entry's user name: unique, and readable to who lists a keyring.
func (o *Opener) user(id string) string { return o.profile + "/" + id }

// The ways out, before there is a vault and after.
const (
	newVaultHint = "unlock or install a keyring, or keep the secrets under a passphrase: export HAYON_VAULT_PASSPHRASE=… HAYON_VAULT=passphrase (or hayon login … --vault passphrase); in a CI job set CI=true, HAYON_ACCOUNTS and its variables: hayon help environment"
	oldVaultHint = "unlock the keyring, or run it in the desktop session that signed in; for cron and services start over with a passphrase: move vault.json and secrets.age of the profile aside, then hayon login … --vault passphrase"
)

// errTimeout is the end of waiting for a call; limit is how long that was.
type errTimeout struct{ limit time.Duration }

func (e errTimeout) Error() string { return fmt.Sprintf("it did not answer within %s", e.limit) }

// call runs fn with the time limit. Where fn hangs, its goroutine is left behind: there is no way to
// end it. It holds the turn until then.
func (o *Opener) call(ctx context.Context, fn func() (string, error)) (string, error) {
	if o.hangs.Load() {
		return "", errTimeout{o.timeout}
	}
	parent := ctx
	ctx, cancel := context.WithTimeout(parent, o.timeout)
	defer cancel()
	late := func() error {
		if err := parent.Err(); err != nil {
			return err
		}
		return errTimeout{o.timeout}
	}
	select {
	case o.turn <- struct{}{}:
	case <-ctx.Done():
		return "", late()
	}
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		text, err := fn()
		done <- answer{text, err}
		o.hangs.Store(false)
		<-o.turn
	}()
	select {
	case a := <-done:
		return a.text, a.err
	case <-ctx.Done():
		o.hangs.Store(true)
		select {
		case a := <-done: // it ended in this very moment, and perhaps before hangs was set
			o.hangs.Store(false)
			return a.text, a.err
		default:
			return "", late()
		}
	}
}

// unusable tells the failures apart by what they are not: the keyrings have no errors in common but
// "not found". secret is what must not show, whatever the keyring quotes.
func unusable(err error, secret string) *hayon.Error {
	_, late := errors.AsType[errTimeout](err)
	switch {
	case late:
		return hayon.Errorf(hayon.CodeLocal, "the OS keyring cannot be used: %s", err.Error()).
			WithDetail("keyring", "timeout")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return hayon.Errorf(hayon.CodeTimeout, "stopped waiting for the OS keyring").WithCause(err)
	case errors.Is(err, errNoBus):
		return hayon.Errorf(hayon.CodeLocal, "the OS keyring cannot be used: %s", errNoBus).
			WithDetail("keyring", "no_session")
	case errors.Is(err, oskeyring.ErrUnsupportedPlatform):
		return hayon.Errorf(hayon.CodeLocal, "there is no keyring on this operating system").
			WithDetail("keyring", "unsupported")
	}
	text := err.Error()
	if secret != "" {
		text = strings.ReplaceAll(text, secret, "[hidden]")
	}
	return hayon.Errorf(hayon.CodeLocal, "the OS keyring is locked or cannot be used: %s", text).
		WithDetail("keyring", "unusable")
}

// system is the keyring of the operating system.
type system struct{}

// Set adds the entry or replaces it.
func (system) Set(service, user, secret string) error {
	if err := reachable(); err != nil {
		return err
	}
	return oskeyring.Set(service, user, secret)
}

// Get reads the entry.
func (system) Get(service, user string) (string, error) {
	if err := reachable(); err != nil {
		return "", err
	}
	return oskeyring.Get(service, user)
}

// Delete removes the entry.
func (system) Delete(service, user string) error {
	if err := reachable(); err != nil {
		return err
	}
	return oskeyring.Delete(service, user)
}
