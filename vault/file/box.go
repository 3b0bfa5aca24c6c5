package file

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"

	"filippo.io/age"

	"github.com/hayon/hayon"
)

// box is an opened vault: the name of its file and how to seal it. A nil identity means clear text.
type box struct {
	name     string
	identity *age.X25519Identity
}

// contents is what is sealed. JSON writes the secrets in base64, so they may be any bytes.
type contents struct {
	Version int               `json:"version"`
	Secrets map[string][]byte `json:"secrets"`
}

// open answers the vault as its header describes it, nil where there is none.
func (v *Vault) open(ctx context.Context) (*box, error) {
	h, err := v.header()
	if h == nil || err != nil {
		return nil, err
	}
	if h.Opener == Plain {
		return v.plainBox(ctx, h), nil
	}
	identity, err := v.identity(ctx, h)
	if err != nil {
		return nil, err
	}
	return &box{name: SealedName, identity: identity}, nil
}

func (v *Vault) plainBox(ctx context.Context, h *Header) *box {
	v.warnPlain.Do(func() {
		v.log.WarnContext(ctx, "secrets are kept in clear text", "path", join(v.dir, PlainName), "opener", h.Opener)
	})
	return &box{name: PlainName}
}

// identity answers what opens the vault that h describes. The opener is asked by one caller at a
// time; the others find its answer in memory, or ask again where it had none.
func (v *Vault) identity(ctx context.Context, h *Header) (*age.X25519Identity, error) {
	select {
	case v.opening <- struct{}{}:
		defer func() { <-v.opening }()
	case <-ctx.Done():
		return nil, gaveUp(ctx, "the vault in "+v.dir+" to be opened")
	}
	if id := v.remembered(h.ID); id != nil {
		return id, nil
	}
	opener, err := v.opener(h.Opener)
	if err != nil {
		return nil, err
	}
	kept, err := readFile(v.dir, identityName)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, unreadable(v.dir, identityName, err)
	}
	v.tighten(ctx, identityName)
	text, err := opener.Open(ctx, h.ID, kept)
	if err != nil {
		return nil, err
	}
	id, err := age.ParseX25519Identity(string(text.Reveal()))
	if err != nil || id.Recipient().String() != h.Recipient {
		// The parser's message may quote the text, so it is no cause.
		return nil, hayon.Errorf(hayon.CodeLocal, "the key that %s keeps is not the key of the vault in %s", h.Opener, v.dir).
			WithHint("restore " + headerName + " and " + SealedName + " together, or move both away and sign in again with: hayon login")
	}
	v.remember(h.ID, id)
	return id, nil
}

// remembered is the identity in memory if it is that of the vault with this id.
func (v *Vault) remembered(id string) *age.X25519Identity {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.cachedID != id {
		return nil
	}
	return v.cached
}

func (v *Vault) remember(id string, identity *age.X25519Identity) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.cachedID, v.cached = id, identity
}

// read answers the secrets in b's file; none where the file is missing.
func (v *Vault) read(ctx context.Context, b *box) (map[string][]byte, error) {
	raw, err := readFile(v.dir, b.name)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string][]byte{}, nil
	}
	if err != nil {
		return nil, unreadable(v.dir, b.name, err)
	}
	v.tighten(ctx, b.name)
	text, err := b.unseal(raw)
	if err != nil {
		return nil, damaged(v.dir, b.name)
	}
	var c contents
	// The decoder's message may quote what it read, so it is no cause.
	if json.Unmarshal(text, &c) != nil || c.Version < 1 {
		return nil, damaged(v.dir, b.name)
	}
	if c.Version > version {
		return nil, hayon.Errorf(hayon.CodeLocal, "%s has version %d, and this hayon knows only version %d", join(v.dir, b.name), c.Version, version).
			WithHint("install the hayon that wrote it, or a newer one")
	}
	if c.Secrets == nil {
		c.Secrets = map[string][]byte{}
	}
	return c.Secrets, nil
}

// write replaces b's file; the caller holds the vault's lock.
func (v *Vault) write(b *box, secrets map[string][]byte) error {
	text, err := json.Marshal(contents{Version: version, Secrets: secrets})
	if err != nil {
		return hayon.Errorf(hayon.CodeInternal, "the secrets could not be encoded")
	}
	raw, err := b.seal(text)
	if err != nil {
		return hayon.Errorf(hayon.CodeInternal, "the secrets could not be sealed")
	}
	if err := writeFile(v.dir, b.name, raw); err != nil {
		return unwritable(v.dir, b.name, err)
	}
	return nil
}

func (b *box) unseal(raw []byte) ([]byte, error) {
	if b.identity == nil {
		return raw, nil
	}
	r, err := age.Decrypt(bytes.NewReader(raw), b.identity)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func (b *box) seal(text []byte) ([]byte, error) {
	if b.identity == nil {
		return text, nil
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, b.identity.Recipient())
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
