package queue

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue/rabbitmq"
)

// CheckURL reports what is wrong with a URL, without opening anything. Like [Open] it never repeats it.
func CheckURL(url string) error {
	scheme, rest, err := cut(url)
	switch {
	case err != nil:
		return err
	case scheme != schemeLocal:
		return rabbitmq.CheckURL(url)
	case rest != "":
		return localAddress()
	}
	return nil
}

// maxPrefix leaves room for the names behind it: AMQP has 255 bytes for one.
const maxPrefix = 100

// CheckPrefix reports whether p cannot stand before the name of an exchange or queue.
func CheckPrefix(p string) error {
	bad := func(why string) error {
		return hayon.Errorf(hayon.CodeUsage, "the prefix %q %s", p, why).WithHint(`use letters, digits, '.', '_' and '-', as in "hayon."`)
	}
	switch {
	case len(p) > maxPrefix:
		return bad("is too long")
	case strings.HasPrefix(p, "amq."):
		return bad("is the broker's own")
	case !utf8.ValidString(p) || strings.ContainsFunc(p, func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) }):
		return bad("has characters that cannot be typed")
	}
	return nil
}
