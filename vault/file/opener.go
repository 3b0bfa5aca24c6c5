package file

import (
	"context"

	"github.com/hayon/hayon"
)

// Plain is the opener's name of a vault that is not sealed. It needs no [Opener].
const Plain = "insecure-plaintext"

// Opener keeps the identity that opens a sealed file: an age X25519 identity as text
// ("AGE-SECRET-KEY-1…"). Openers write no files.
//
// Each method ends soon after ctx does and answers local errors with a hint that says what to do.
// No error holds the identity or what protects it. A vault calls one method at a time.
type Opener interface {
	// Make is called once for a new vault, whose random id is 32 hexadecimal digits. It keeps fresh,
	// or answers another identity that it has already. The vault stores kept, unless it is nil, and
	// hands it to Open.
	Make(ctx context.Context, id string, fresh hayon.Secret) (identity hayon.Secret, kept []byte, err error)
	// Open answers the identity of the vault with that id. kept is what Make answered; nil for none.
	Open(ctx context.Context, id string, kept []byte) (hayon.Secret, error)
	// Drop forgets the identity of the vault with that id. An identity that is not there is no error.
	Drop(ctx context.Context, id string) error
}
