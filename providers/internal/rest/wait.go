package rest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxWait bounds what a server may ask for.
const maxWait = 24 * time.Hour

// epochFrom tells seconds since 1970 from seconds to wait: no server asks to wait for 30 years.
const epochFrom = 1_000_000_000

// RetryAfter is how long the server asked to wait, from 0 to 24 h: by Retry-After, in seconds or as
// a date, else by RateLimit-Reset or X-RateLimit-Reset, in seconds, seconds since 1970 or RFC 3339.
// Zero where nobody said, or where the time is over. Ask it only of an answer that refuses: some
// servers send the second kind with every answer.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	for _, name := range []string{"Retry-After", "RateLimit-Reset", "X-RateLimit-Reset"} {
		if v := strings.TrimSpace(h.Get(name)); v != "" {
			if d, ok := parseWait(v, now); ok {
				return min(max(d, 0), maxWait)
			}
		}
	}
	return 0
}

func parseWait(v string, now time.Time) (time.Duration, bool) {
	if n, err := strconv.ParseFloat(v, 64); err == nil && n == n { // not NaN
		if n >= epochFrom {
			// A wait of whole seconds, rounded up: a moment too early is refused again.
			return time.Unix(int64(min(n, 1<<40)), 0).Sub(now), true
		}
		return time.Duration(min(max(n, 0), maxWait.Seconds()) * float64(time.Second)), true
	}
	if t, err := http.ParseTime(v); err == nil {
		return t.Sub(now), true
	}
	if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
		return t.Sub(now), true
	}
	return 0, false
}
