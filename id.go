package hayon

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind tells identifiers of different things apart at compile time. Its implementations are the
// unexported kinds of this package.
type Kind interface {
	comparable
	prefix() string
	noun() string
}

type (
	postKind         struct{}
	targetKind       struct{}
	accountKind      struct{}
	mediaKind        struct{}
	userKind         struct{}
	keyKind          struct{}
	notificationKind struct{}
	webhookKind      struct{}
	letterKind       struct{}
)

func (postKind) prefix() string         { return "p_" }
func (targetKind) prefix() string       { return "t_" }
func (accountKind) prefix() string      { return "a_" }
func (mediaKind) prefix() string        { return "m_" }
func (userKind) prefix() string         { return "u_" }
func (keyKind) prefix() string          { return "k_" }
func (notificationKind) prefix() string { return "n_" }
func (webhookKind) prefix() string      { return "w_" }
func (letterKind) prefix() string       { return "d_" }

func (postKind) noun() string         { return "post" }
func (targetKind) noun() string       { return "target" }
func (accountKind) noun() string      { return "account" }
func (mediaKind) noun() string        { return "medium" }
func (userKind) noun() string         { return "user" }
func (keyKind) noun() string          { return "key" }
func (notificationKind) noun() string { return "notification" }
func (webhookKind) noun() string      { return "webhook" }
func (letterKind) noun() string       { return "letter" }

// ID is a 96-bit identifier: 48 bits of Unix milliseconds, then 48 random bits, big-endian, so
// that byte order is the order of creation, to the millisecond. The zero value means "none".
//
// It is written as the prefix of its kind and 20 characters of Crockford's base32 in lower case,
// the number padded with zero bits on the left.
type ID[K Kind] [12]byte

type (
	// PostID names a post.
	PostID = ID[postKind]
	// TargetID names a target.
	TargetID = ID[targetKind]
	// AccountID names an account.
	AccountID = ID[accountKind]
	// MediaID names a medium.
	MediaID = ID[mediaKind]
	// UserID names a user.
	UserID = ID[userKind]
	// KeyID names an API key.
	KeyID = ID[keyKind]
	// NotificationID names a notification.
	NotificationID = ID[notificationKind]
	// WebhookID names a webhook.
	WebhookID = ID[webhookKind]
	// LetterID names a dead letter.
	LetterID = ID[letterKind]
)

const (
	crockford = "0123456789abcdefghjkmnpqrstvwxyz"
	// idDigits is the length of an identifier without its prefix: 96 bits in groups of five.
	idDigits = 20
	// shortDigits is how many of the last digits a short form has at least.
	shortDigits = 4
)

// NewID makes an identifier with the time now and 48 random bits.
func NewID[K Kind](now time.Time) ID[K] {
	var id ID[K]
	ms := uint64(max(now.UnixMilli(), 0)) & (1<<48 - 1)
	binary.BigEndian.PutUint64(id[:8], ms<<16)
	_, _ = rand.Read(id[6:]) // never fails: crypto/rand ends the program instead
	return id
}

// NewPostID makes the identifier of a post created at now.
func NewPostID(now time.Time) PostID { return NewID[postKind](now) }

// NewTargetID makes the identifier of a target created at now.
func NewTargetID(now time.Time) TargetID { return NewID[targetKind](now) }

// NewAccountID makes the identifier of an account connected at now.
func NewAccountID(now time.Time) AccountID { return NewID[accountKind](now) }

// NewMediaID makes the identifier of a medium stored at now.
func NewMediaID(now time.Time) MediaID { return NewID[mediaKind](now) }

// NewWebhookID makes a webhook's id.
func NewWebhookID(now time.Time) WebhookID { return NewID[webhookKind](now) }

// NewLetterID makes the identifier of a dead letter that was found at now.
func NewLetterID(now time.Time) LetterID { return NewID[letterKind](now) }

// NewUserID makes the identifier of a user created at now.
func NewUserID(now time.Time) UserID { return NewID[userKind](now) }

// IsZero reports whether id names nothing.
func (id ID[K]) IsZero() bool { return id == ID[K]{} }

// Time is the instant of creation, to the millisecond, in UTC.
func (id ID[K]) Time() time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(id[:8]) >> 16)).UTC()
}

// Digits are the 20 characters of base32 without the prefix; "" for the zero value.
func (id ID[K]) Digits() string {
	if id.IsZero() {
		return ""
	}
	var out [idDigits]byte
	hi := binary.BigEndian.Uint64(id[:8]) // the upper 64 of 96 bits
	lo := uint64(binary.BigEndian.Uint32(id[8:]))
	for i := idDigits - 1; i >= 0; i-- {
		out[i] = crockford[lo&31]
		lo = lo>>5 | (hi&31)<<27
		hi >>= 5
	}
	return string(out[:])
}

// String is the whole identifier with its prefix, such as p_01jd3v9k7m2x4c8q9qx1; "" for the
// zero value.
func (id ID[K]) String() string {
	if id.IsZero() {
		return ""
	}
	var k K
	return k.prefix() + id.Digits()
}

// Short is the prefix with the last n digits, at least four: the first ones are the time and are
// equal for days.
func (id ID[K]) Short(n int) string {
	if id.IsZero() {
		return ""
	}
	var k K
	d := id.Digits()
	return k.prefix() + d[idDigits-min(max(n, shortDigits), idDigits):]
}

// Hex is the identifier as 24 hexadecimal digits.
func (id ID[K]) Hex() string { return hex.EncodeToString(id[:]) }

// MarshalText writes the whole identifier.
func (id ID[K]) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads a whole identifier, as [ParseID] does; empty text gives the zero value.
func (id *ID[K]) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*id = ID[K]{}
		return nil
	}
	v, err := ParseID[K](string(b))
	if err != nil {
		return err
	}
	*id = v
	return nil
}

// ParseID reads a whole identifier: its prefix and 20 digits, or 24 hexadecimal digits. Upper case
// is accepted, and i, l and o are read as 1, 1 and 0. Anything else is a usage error, and so is the
// number zero, which names nothing and would stand for everything in a filter.
func ParseID[K Kind](s string) (ID[K], error) {
	var k K
	var id ID[K]
	if len(s) == 24 {
		if _, err := hex.Decode(id[:], []byte(s)); err == nil && !id.IsZero() {
			return id, nil
		}
	}
	digits, ok := strings.CutPrefix(strings.ToLower(s), k.prefix())
	if !ok || len(digits) != idDigits {
		return ID[K]{}, Errorf(CodeUsage, "%q is no whole %s id", s, k.noun()).
			WithHint("an id looks like " + k.prefix() + "01jd3v9k7m2x4c8q9qx1")
	}
	var hi, lo uint64
	for i := range len(digits) {
		v := strings.IndexByte(crockford, fold(digits[i]))
		if v < 0 || i == 0 && v > 1 { // 20 digits hold 100 bits: the first four are zero
			return ID[K]{}, Errorf(CodeUsage, "%q is no %s id: %q does not fit there", s, k.noun(), digits[i:i+1])
		}
		hi = hi<<5 | lo>>27
		lo = (lo<<5 | uint64(v)) & (1<<32 - 1)
	}
	binary.BigEndian.PutUint64(id[:8], hi)
	binary.BigEndian.PutUint32(id[8:], uint32(lo))
	if id.IsZero() {
		return ID[K]{}, Errorf(CodeUsage, "%q is no %s id: it names nothing", s, k.noun())
	}
	return id, nil
}

// ParseIDSuffix reads what a person types for an identifier: the prefix (or none) and the last
// digits, at least four. It answers the digits in their canonical form.
func ParseIDSuffix[K Kind](s string) (string, error) {
	var k K
	digits := strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), k.prefix())
	if len(digits) < shortDigits || len(digits) > idDigits {
		return "", Errorf(CodeNotFound, "%q is no %s id", s, k.noun()).
			WithHint("give the prefix and at least the last four characters, as in " + k.prefix() + "9qx1")
	}
	out := []byte(digits)
	for i, c := range digits {
		if c < utf8.RuneSelf {
			out[i] = fold(out[i])
		}
		if c >= utf8.RuneSelf || strings.IndexByte(crockford, out[i]) < 0 {
			return "", Errorf(CodeNotFound, "%q is no %s id: %q is no digit of one", s, k.noun(), string(c))
		}
	}
	return string(out), nil
}

// ParsePostID reads a whole post id.
func ParsePostID(s string) (PostID, error) { return ParseID[postKind](s) }

// ParseTargetID reads a whole target id.
func ParseTargetID(s string) (TargetID, error) { return ParseID[targetKind](s) }

// ParseAccountID reads a whole account id.
func ParseAccountID(s string) (AccountID, error) { return ParseID[accountKind](s) }

// ParseMediaID reads a whole media id.
func ParseMediaID(s string) (MediaID, error) { return ParseID[mediaKind](s) }

// ParseWebhookID reads a whole webhook id.
func ParseWebhookID(s string) (WebhookID, error) { return ParseID[webhookKind](s) }

// ParsePostSuffix reads the short form of a post id, see [ParseIDSuffix].
func ParsePostSuffix(s string) (string, error) { return ParseIDSuffix[postKind](s) }

// fold maps the letters that Crockford's base32 leaves out to the digits they are mistaken for.
func fold(c byte) byte {
	switch c {
	case 'i', 'l':
		return '1'
	case 'o':
		return '0'
	default:
		return c
	}
}
