package api

import (
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// Duration is a span of time that a person may have written. On the wire it is a string such as
// "1h30m" or "45s".
type Duration time.Duration

// MarshalText writes d with the units that it needs.
func (d Duration) MarshalText() ([]byte, error) {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return []byte(s), nil
}

// UnmarshalText reads what package time reads; anything else is a usage error.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return hayon.Errorf(hayon.CodeUsage, "%q is no span of time", text).WithHint(`give one such as "1h30m"`)
	}
	*d = Duration(v)
	return nil
}
