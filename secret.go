package hayon

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

const hidden = "[hidden]"

// Secret is a credential. Whatever prints, logs or marshals it gets "[hidden]"; only
// [Secret.Reveal] gives it away. The zero value is "no secret".
type Secret struct {
	// reveal is a function, because package fmt calls no method on what stands in an unexported
	// field, nor for a verb that does not fit: bytes would be printed there, a function's are not.
	reveal func() []byte
}

// NewSecret takes a copy of b.
func NewSecret(b []byte) Secret {
	c := append([]byte(nil), b...)
	return Secret{reveal: func() []byte { return c }}
}

// Reveal is the secret itself. The caller must not keep or change it.
func (s Secret) Reveal() []byte {
	if s.reveal == nil {
		return nil
	}
	return s.reveal()
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return len(s.Reveal()) == 0 }

// Equal compares in constant time.
func (s Secret) Equal(o Secret) bool { return subtle.ConstantTimeCompare(s.Reveal(), o.Reveal()) == 1 }

// String hides the secret.
func (s Secret) String() string { return hidden }

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return hidden }

// Format hides the secret from every verb of package fmt.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// LogValue hides the secret from package slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the secret from encoders of every kind.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON hides the secret.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }
