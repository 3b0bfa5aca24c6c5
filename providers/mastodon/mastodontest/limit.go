package mastodontest

import (
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// resetLayout is how X-RateLimit-Reset gives a time.
const resetLayout = "2006-01-02T15:04:05.000000Z"

// window counts requests in a span that begins at a multiple of its length.
type window struct {
	start time.Time
	count int
}

// throttle is a limit that a request falls under.
type throttle struct {
	key    string
	limit  int
	period time.Duration
}

var (
	mediaPath  = regexp.MustCompile(`^/api/v\d+/media$`)
	deletePath = regexp.MustCompile(`^/api/v1/statuses/[^/]+$`)
	undoPath   = regexp.MustCompile(`^/api/v1/statuses/[^/]+/unreblog$`)
)

// throttles of a request. Source: the rack-attack configuration of Mastodon, read 2026-11-20.
func (s *Server) throttles(c *call) []throttle {
	who := "nobody"
	if c.token != nil {
		who = c.token.value
	}
	out := []throttle{{"all " + who, s.cfg.RateLimit, 5 * time.Minute}}
	method, path := c.req.Method, c.req.Path
	switch {
	case c.user == nil:
	case method == http.MethodPost && mediaPath.MatchString(path):
		out = append(out, throttle{"media " + c.user.ID, s.cfg.MediaLimit, 30 * time.Minute})
	case method == http.MethodDelete && deletePath.MatchString(path), method == http.MethodPost && undoPath.MatchString(path):
		out = append(out, throttle{"delete " + c.user.ID, s.cfg.DeleteLimit, 30 * time.Minute})
	}
	return out
}

// limit counts a request. It answers 429 above a limit, nil below, and the headers of the limit that is nearest.
func (s *Server) limit(c *call) (*Answer, http.Header) {
	var (
		headers http.Header
		nearest int
		over    bool
	)
	for _, th := range s.throttles(c) {
		if th.limit < 0 {
			continue
		}
		w := s.window(th.key, th.period)
		w.count++
		left := th.limit - w.count
		if headers == nil || left < nearest {
			nearest, headers = left, rateHeaders(th.limit, left, w.start.Add(th.period))
		}
		over = over || left < 0
	}
	if !over {
		return nil, headers
	}
	return refuse(http.StatusTooManyRequests, "Too many requests"), headers
}

func (s *Server) window(key string, period time.Duration) *window {
	start := s.now().Truncate(period)
	w := s.windows[key]
	if w == nil || w.start.Before(start) {
		w = &window{start: start}
		s.windows[key] = w
	}
	return w
}

func rateHeaders(limit, left int, reset time.Time) http.Header {
	return http.Header{
		"X-Ratelimit-Limit":     {strconv.Itoa(limit)},
		"X-Ratelimit-Remaining": {strconv.Itoa(max(left, 0))},
		"X-Ratelimit-Reset":     {reset.Format(resetLayout)},
	}
}

// postPeriod is the span of the limit of an account's statuses, boosts among them.
const postPeriod = 3 * time.Hour

// tooManyPosts answers 429 when an account has published too much; nil otherwise.
func (c *call) tooManyPosts() *Answer {
	if c.s.cfg.PostLimit < 0 {
		return nil
	}
	w := c.s.window("posts "+c.user.ID, postPeriod)
	if w.count < c.s.cfg.PostLimit {
		return nil
	}
	ans := refuse(http.StatusTooManyRequests, "Too many requests")
	ans.Header = rateHeaders(c.s.cfg.PostLimit, 0, w.start.Add(postPeriod))
	ans.Header.Set("Content-Type", jsonType)
	return ans
}

func (c *call) countPost() { c.s.window("posts "+c.user.ID, postPeriod).count++ }
