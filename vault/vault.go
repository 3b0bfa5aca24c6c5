package vault

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault/command"
	"github.com/hayon/hayon/vault/file"
	"github.com/hayon/hayon/vault/key"
	"github.com/hayon/hayon/vault/keyring"
	"github.com/hayon/hayon/vault/passphrase"
)

// The openers: what keeps the key of a vault.
const (
	// Keyring is the keyring of the operating system, and what a new vault takes by default.
	Keyring = "keyring"
	// Passphrase is a passphrase from the environment or a prompt.
	Passphrase = "passphrase"
	// Key, with a path behind a colon, is an age identity in a file.
	Key = "key"
	// Command, with a line for the shell behind a colon, is a program that prints an age identity.
	Command = "command"
	// InsecurePlaintext is no protection but the rights of the file.
	InsecurePlaintext = file.Plain
)

// Openers are the openers that [Config] takes, the best first, as people read them.
func Openers() []string {
	return []string{Keyring, Passphrase, Key + ":PATH", Command + ":CMD", InsecurePlaintext}
}

// Config says where a profile's vault stands and what opens it.
type Config struct {
	// Dir is the data folder of the profile.
	Dir string
	// Opener is one of [Openers] with its path or command, or "" for the one that the vault has; a new vault takes [Keyring].
	// Another one than the vault has is a conflict, which the first use of the vault answers.
	Opener string
	// Profile names the keyring's entry, for people who look into their keyring.
	Profile string
	// Passphrase answers the passphrase; confirm says that it protects a new vault, so that a prompt
	// asks twice. It is called at most once for each opening. nil means that there is none.
	Passphrase func(ctx context.Context, confirm bool) (hayon.Secret, error)
	// Identity stands for the file of [Key]: its path, or the identity itself; "" for the one behind the
	// colon.
	Identity hayon.Secret
	// KeyringTimeout limits each call of the keyring; 0 is 30 s, the time for a person to answer its
	// prompt. What runs unattended takes 3 s.
	KeyringTimeout time.Duration
	// CommandTimeout limits each run of [Command]; 0 is a minute.
	CommandTimeout time.Duration
	// Keyring stands in for the operating system's keyring in tests; nil otherwise.
	Keyring keyring.Backend
	// Logger gets warnings; nil is silent.
	Logger *slog.Logger
}

// Preparer is a vault that can be made and opened before there is a secret. A sign-in calls Prepare
// before it asks for a password, so that an unusable keyring shows first.
type Preparer interface {
	Prepare(ctx context.Context) error
}

// Destroyer is a vault that can be removed: all secrets and what opens them, in the keyring too.
type Destroyer interface {
	Destroy(ctx context.Context) error
	// Discard destroys a vault that holds no secret that is needed, and leaves any other as it is.
	Discard(ctx context.Context, needed func(ref string) bool) error
}

var (
	_ Preparer  = (*file.Vault)(nil)
	_ Destroyer = (*file.Vault)(nil)
)

// Open answers the vault of a profile. It touches neither the disk nor a keyring: that is left to the
// first use. An unknown opener is a usage error. The vault is a [Preparer] and a [Destroyer].
func Open(_ context.Context, c Config) (hayon.Vault, error) {
	if err := Check(c.Opener); err != nil {
		return nil, err
	}
	v, err := file.New(file.Config{
		Dir:     c.Dir,
		Ask:     c.Opener,
		Default: Keyring,
		Openers: map[string]file.Opener{
			Keyring:    keyring.New(keyring.Config{Profile: c.Profile, Timeout: c.KeyringTimeout, Backend: c.Keyring}),
			Passphrase: passphrase.New(c.Passphrase, 0),
		},
		Find:   c.find,
		Logger: c.Logger,
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// find answers the openers that carry more than their kind.
func (c Config) find(name string) file.Opener {
	kind, rest, _ := strings.Cut(name, ":")
	switch kind {
	case Key:
		k := key.Config{Path: rest, Logger: c.Logger}
		switch given := string(c.Identity.Reveal()); {
		case key.IsIdentity(given):
			k.Text = c.Identity
		case given != "":
			k.Path = given
		}
		return key.New(k)
	case Command:
		return command.New(command.Config{Line: rest, Timeout: c.CommandTimeout})
	}
	return nil
}

// Check refuses what is no opener, as a usage error. "" is one: that which the vault has.
func Check(opener string) error {
	// What stands behind the colon may be a path or a command; it is not repeated.
	kind, rest, more := strings.Cut(opener, ":")
	switch kind {
	case "", Keyring, Passphrase, InsecurePlaintext:
		if !more {
			return nil
		}
	case Key:
		return nil // without a path: HAYON_VAULT_IDENTITY
	case Command:
		if strings.TrimSpace(rest) != "" {
			return nil
		}
		return hayon.Errorf(hayon.CodeUsage, "the vault %q names no command", kind).WithHint(`write it behind the colon: --vault command:"pass show hayon"`)
	}
	return hayon.Errorf(hayon.CodeUsage, "%q is not a vault: use %s", kind, strings.Join(Openers()[:4], ", ")).
		WithHint("--vault keyring, or --vault passphrase with HAYON_VAULT_PASSPHRASE")
}

// Kind is the kind of an opener: what stands before the colon.
func Kind(opener string) string { return file.Kind(opener) }

// Info is what is known of a vault without opening it.
type Info struct {
	// Exists is false before the first sign-in; the other fields but Path are zero then.
	Exists bool
	// Opener is one of [Openers], with its path or command.
	Opener string
	// Recipient is the age recipient that the file is sealed to; "" for [InsecurePlaintext].
	Recipient string
	// Path is the file of the secrets, or where it will be.
	Path string
}

// Inspect looks at the vault in dir and opens nothing. A damaged vault.json is a local error.
func Inspect(dir string) (Info, error) {
	info := Info{Path: filepath.Join(dir, file.SealedName)}
	h, err := file.ReadHeader(dir)
	if h == nil || err != nil {
		return info, err
	}
	info.Exists, info.Opener, info.Recipient = true, h.Opener, h.Recipient
	if h.Opener == InsecurePlaintext {
		info.Path = filepath.Join(dir, file.PlainName)
	}
	return info, nil
}
