package file

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"filippo.io/age"

	"github.com/hayon/hayon"
)

// The files of the secrets, in the folder of a vault.
const (
	// SealedName is the file of a sealed vault.
	SealedName = "secrets.age"
	// PlainName is the file of a [Plain] vault.
	PlainName = "secrets.plain.json"
)

// The files that say and hold what opens them.
const (
	headerName   = "vault.json"
	identityName = "identity.age"
)

// version of vault.json and of the contents of the secrets' file.
const version = 1

// Header is vault.json: how a vault is opened. It holds no secret.
type Header struct {
	Version int `json:"version"`
	// ID is random: 32 hexadecimal digits. A vault that is destroyed and made again has another one.
	ID string `json:"id"`
	// Opener is the name of the opener, or [Plain]. What stands behind a colon is the opener's own.
	Opener string `json:"opener"`
	// Recipient is the age recipient that the file is sealed to; "" for [Plain].
	Recipient string `json:"recipient,omitempty"`
}

// ReadHeader reads vault.json in dir. Where there is no vault it answers nil and no error; a file that
// cannot be read or understood is a local error.
func ReadHeader(dir string) (*Header, error) {
	raw, err := readFile(dir, headerName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // "no vault yet" is an answer, not a failure
	}
	if err != nil {
		return nil, unreadable(dir, headerName, err)
	}
	h := &Header{}
	if err := json.Unmarshal(raw, h); err != nil || h.ID == "" || h.Opener == "" {
		return nil, damaged(dir, headerName)
	}
	if h.Version != version {
		return nil, hayon.Errorf(hayon.CodeLocal, "%s has version %d, and this hayon knows only version %d", join(dir, headerName), h.Version, version).
			WithHint("install the hayon that wrote it, or a newer one")
	}
	return h, nil
}

// header reads vault.json and holds it against what was asked for. nil means that there is no vault.
func (v *Vault) header() (*Header, error) {
	h, err := ReadHeader(v.dir)
	if err != nil {
		return nil, err
	}
	if h == nil {
		return nil, v.refuseOrphans()
	}
	if v.ask != "" && Kind(v.ask) != Kind(h.Opener) {
		return nil, hayon.Errorf(hayon.CodeConflict, "the vault in %s opens by %s since the profile's first sign-in, not by %s", v.dir, Kind(h.Opener), Kind(v.ask)).
			WithHint("leave --vault out, or start over: move vault.json and secrets.age of the profile aside, then hayon login … --vault "+v.ask).
			WithDetail("vault", h.Opener)
	}
	return h, nil
}

// refuseOrphans makes sure that secrets which nobody can open any more are not overwritten.
func (v *Vault) refuseOrphans() error {
	for _, name := range []string{SealedName, PlainName} {
		if _, err := os.Lstat(join(v.dir, name)); err == nil {
			return hayon.Errorf(hayon.CodeLocal, "%s is there, but %s, which says how to open it, is missing", join(v.dir, name), headerName).
				WithHint("restore " + join(v.dir, headerName) + ", or move " + name + " away and sign in again with: hayon login").
				WithCause(errDamaged)
		}
	}
	return nil
}

// create makes a new vault; the caller holds the vault's lock and knows that there is none. Until
// vault.json stands nothing is sealed to the new identity, so a crash on the way loses nothing.
func (v *Vault) create(ctx context.Context) (*box, error) {
	name := v.ask
	if name == "" {
		name = v.byDefault
	}
	h := &Header{Version: version, ID: newID(), Opener: name}
	if name == Plain {
		if err := v.writeHeader(h); err != nil {
			return nil, err
		}
		return v.plainBox(ctx, h), nil
	}
	opener, err := v.opener(name)
	if err != nil {
		return nil, err
	}
	fresh, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "no key could be made").WithCause(err)
	}
	text, kept, err := opener.Make(ctx, h.ID, hayon.NewSecret([]byte(fresh.String())))
	if err != nil {
		return nil, err
	}
	b, err := v.keep(h, text, kept)
	if err != nil {
		// What was kept opens nothing; ctx may be over, and tidying up is worth its short time.
		if dropErr := opener.Drop(context.WithoutCancel(ctx), h.ID); dropErr != nil {
			v.log.WarnContext(ctx, "unused vault key stays behind", "opener", name, "err", dropErr)
		}
		return nil, err
	}
	v.remember(h.ID, b.identity)
	return b, nil
}

// keep writes what opens the new vault and, last, its header.
func (v *Vault) keep(h *Header, text hayon.Secret, kept []byte) (*box, error) {
	identity, err := age.ParseX25519Identity(string(text.Reveal()))
	if err != nil {
		// The parser's message may quote the text.
		return nil, hayon.Errorf(hayon.CodeLocal, "what %s gave is not an age identity", h.Opener)
	}
	h.Recipient = identity.Recipient().String()
	if kept != nil {
		if err := writeFile(v.dir, identityName, kept); err != nil {
			return nil, unwritable(v.dir, identityName, err)
		}
	}
	if err := v.writeHeader(h); err != nil {
		return nil, err
	}
	return &box{name: SealedName, identity: identity}, nil
}

func (v *Vault) writeHeader(h *Header) error {
	raw, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return hayon.Errorf(hayon.CodeInternal, "vault.json could not be encoded").WithCause(err)
	}
	if err := writeFile(v.dir, headerName, append(raw, '\n')); err != nil {
		return unwritable(v.dir, headerName, err)
	}
	return nil
}

// newID is a fresh vault id.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never answers an error
	return hex.EncodeToString(b[:])
}
