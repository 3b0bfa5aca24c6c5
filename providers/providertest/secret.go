package providertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

// secrets are those that the harness knows of, by now.
func (fx *Fixture) secrets(t testing.TB) []string {
	t.Helper()
	out := append([]string(nil), fx.Secrets...)
	if fx.MoreSecrets != nil {
		out = append(out, fx.MoreSecrets(t)...)
	}
	return out
}

// checkSecrets fails where what was said holds a secret.
func (fx *Fixture) checkSecrets(t testing.TB, what, said string) {
	t.Helper()
	for _, secret := range fx.secrets(t) {
		if secret != "" && strings.Contains(said, secret) {
			t.Errorf("%s gives a secret away", what)
		}
	}
}

func (fx *Fixture) checkLog(t testing.TB) {
	t.Helper()
	fx.checkSecrets(t, "the log", fx.Log.String())
}

// allOf is everything that an error says, its causes included.
func allOf(err error) string {
	var b strings.Builder
	if e, ok := err.(*hayon.Error); ok && e != nil { //nolint:errorlint // the causes follow
		fmt.Fprintf(&b, "%s\n%s\n%v\n", e.Message, e.Hint, e.Details)
	}
	fmt.Fprintf(&b, "%v\n%+v\n%#v\n", err, err, err)
	switch e := err.(type) { //nolint:errorlint // this is what walks the chain
	case interface{ Unwrap() error }:
		if cause := e.Unwrap(); cause != nil {
			b.WriteString(allOf(cause))
		}
	case interface{ Unwrap() []error }:
		for _, cause := range e.Unwrap() {
			b.WriteString(allOf(cause))
		}
	}
	return b.String()
}
