package demo

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// The sign-in fields, all given by --set.
const (
	fieldClass      = "class"
	fieldLatency    = "latency"
	fieldFault      = "fault"
	fieldSeed       = "seed"
	fieldSlowness   = "slowness"
	fieldProcessing = "processing"
	fieldVisible    = "visible"
	fieldLife       = "life"
	fieldRetryAfter = "retry-after"
	fieldLimit      = "limit"
	fieldHost       = "host"
	fieldApp        = "app"
	fieldExpires    = "expires"
	fieldDown       = "down"
	fieldText       = "text"
	fieldImage      = "image"
	fieldImages     = "images"
	fieldQuotes     = "quotes"
	fieldRate       = "rate"
)

const (
	defaultSlowness = 2 * time.Second
	defaultLife     = time.Hour
	defaultWait     = time.Second
	// maxVisible bounds how late a post shows in the list: the last look must find it.
	maxVisible = 5 * time.Second
)

var classes = []hayon.Class{hayon.ClassA, hayon.ClassB, hayon.ClassC, hayon.ClassD, hayon.ClassE, hayon.ClassF}

// settings are those of an account.
type settings struct {
	class   hayon.Class
	latency time.Duration
	chances []chance
	seed    uint64
	seeded  bool
	// slowness is what the fault "slow" adds to a call.
	slowness time.Duration
	// processing is how long a container of class C is not ready.
	processing time.Duration
	// visible is how long it takes until a post shows in the list of recent ones.
	visible time.Duration
	// life is how long class B knows an idempotency key. Half of it is trusted.
	life time.Duration
	// wait, or the time until, is what the fault "rate-limit" asks for; limit is whom it concerns.
	wait  time.Duration
	until time.Time
	limit hayon.Scope

	host, app string
	expires   time.Time
	down      string

	// text is how many graphemes a text may have, image how many bytes a picture, and images how many of
	// them a part.
	text, image, images int64
	// noQuotes: the platform knows no quotes.
	noQuotes bool
	// rate is how many bytes of an upload go through in a second; 0: all at once.
	rate int64
}

// setting is one of the options: how it is described, and how it is read. read reports false where
// the value is none.
type setting struct {
	hayon.Field

	want string
	read func(*settings, string) bool
}

// options are all settings.
var options = []setting{
	{
		hayon.Field{Name: fieldClass, Title: "Class", Help: "A to F: what the platform gives to publish exactly once", Default: string(hayon.ClassA)},
		"one of A, B, C, D, E, F", readClass,
	},
	{
		hayon.Field{Name: fieldLatency, Title: "Latency", Help: "how long a call takes, such as 50ms", Default: "0s"},
		"a duration, such as 50ms", duration(func(s *settings) *time.Duration { return &s.latency }),
	},
	{
		hayon.Field{Name: fieldFault, Title: "Faults", Help: "KIND:PROBABILITY, several by semicolons: " + faultKinds()},
		"KIND:PROBABILITY, such as answer-lost:0.1; the kinds are " + faultKinds(), readFaults,
	},
	{
		hayon.Field{Name: fieldSeed, Title: "Seed", Help: "a number that makes the faults come in the same places"},
		"a whole number", readSeed,
	},
	{
		hayon.Field{Name: fieldSlowness, Title: "Slowness", Help: "what the fault slow adds to a call", Default: "2s"},
		"a duration, such as 2s", duration(func(s *settings) *time.Duration { return &s.slowness }),
	},
	{
		hayon.Field{Name: fieldProcessing, Title: "Processing", Help: "how long a container of class C is not ready", Default: "0s"},
		"a duration, such as 2s", duration(func(s *settings) *time.Duration { return &s.processing }),
	},
	{
		hayon.Field{Name: fieldVisible, Title: "Visible", Help: "how long it takes until a post shows in the list that class D reads, at most 5s", Default: "0s"},
		"a duration of at most 5s, such as 1s", readVisible,
	},
	{
		hayon.Field{Name: fieldLife, Title: "Key life", Help: "how long class B knows an idempotency key", Default: "1h"},
		"a duration, such as 1h", duration(func(s *settings) *time.Duration { return &s.life }),
	},
	{
		hayon.Field{Name: fieldRetryAfter, Title: "Retry after", Help: "what the fault rate-limit asks for: seconds, or the time (RFC 3339) when it ends", Default: "1"},
		"seconds, such as 30, or a time, such as 2026-11-20T10:00:00Z", readRetryAfter,
	},
	{
		hayon.Field{Name: fieldLimit, Title: "Limit", Help: "whom the fault rate-limit concerns: account, application or host", Default: string(hayon.ScopeAccount)},
		"one of account, application, host", readLimit,
	},
	{
		hayon.Field{Name: fieldHost, Title: "Host", Help: "the name of the account's server; accounts with the same one share it"},
		"a name", func(s *settings, v string) bool { s.host = v; return true },
	},
	{
		hayon.Field{Name: fieldApp, Title: "Application", Help: "the name of the application whose quota the account shares"},
		"a name", func(s *settings, v string) bool { s.app = v; return true },
	},
	{
		hayon.Field{Name: fieldExpires, Title: "Expires", Help: "when the account's credentials end, as a time (RFC 3339)"},
		"a time, such as 2026-11-20T10:00:00Z", readExpires,
	},
	{
		hayon.Field{Name: fieldDown, Title: "Down", Help: "a file; while it is there, the platform cannot be reached", Path: true},
		"a file", func(s *settings, v string) bool { s.down = v; return true },
	},
	{
		hayon.Field{Name: fieldText, Title: "Text", Help: "how many characters a text may have", Default: "500"},
		"a number above 0, such as 300", number(func(s *settings) *int64 { return &s.text }),
	},
	{
		hayon.Field{Name: fieldImage, Title: "Image", Help: "how many bytes a picture may have", Default: "10485760"},
		"a number above 0, such as 200000", number(func(s *settings) *int64 { return &s.image }),
	},
	{
		hayon.Field{Name: fieldImages, Title: "Images", Help: "how many pictures a post may have", Default: "4"},
		"a number above 0, such as 10", number(func(s *settings) *int64 { return &s.images }),
	},
	{
		hayon.Field{Name: fieldQuotes, Title: "Quotes", Help: "yes, or no for a platform that knows none", Default: "yes"},
		"yes or no", readQuotes,
	},
	{
		hayon.Field{Name: fieldRate, Title: "Rate", Help: "how many bytes of an upload go through in a second; all at once where it is not set"},
		"a number above 0, such as 1000000", number(func(s *settings) *int64 { return &s.rate }),
	},
}

// fields are the options as a sign-in asks for them.
func fields() []hayon.Field {
	out := make([]hayon.Field, len(options))
	for i, o := range options {
		out[i] = o.Field
		out[i].Set = true
	}
	return out
}

// parseSettings reads them; what is missing has its default, what is wrong is invalid.
func parseSettings(in map[string]string) (settings, error) {
	out := settings{
		class: hayon.ClassA, slowness: defaultSlowness, life: defaultLife, wait: defaultWait, limit: hayon.ScopeAccount,
		text: maxGraphemes, image: maxImageBytes, images: maxImages,
	}
	for _, o := range options {
		if v := in[o.Name]; v != "" && !o.read(&out, v) {
			return settings{}, hayon.Errorf(hayon.CodeInvalid, "demo: %s %q is none", o.Name, v).
				WithHint("--set " + o.Name + "=… wants " + o.want)
		}
	}
	return out, nil
}

func duration(of func(*settings) *time.Duration) func(*settings, string) bool {
	return func(s *settings, v string) bool {
		d, err := time.ParseDuration(v)
		*of(s) = d
		return err == nil && d >= 0
	}
}

func number(of func(*settings) *int64) func(*settings, string) bool {
	return func(s *settings, v string) bool {
		n, err := strconv.ParseInt(v, 10, 64)
		*of(s) = n
		return err == nil && n > 0
	}
}

func readQuotes(s *settings, v string) bool {
	s.noQuotes = v == "no"
	return v == "yes" || v == "no"
}

func readClass(s *settings, v string) bool {
	s.class = hayon.Class(strings.ToUpper(v))
	return slices.Contains(classes, s.class)
}

func readSeed(s *settings, v string) bool {
	n, err := strconv.ParseUint(v, 10, 64)
	s.seed, s.seeded = n, true
	return err == nil
}

func readVisible(s *settings, v string) bool {
	return duration(func(s *settings) *time.Duration { return &s.visible })(s, v) && s.visible <= maxVisible
}

func readRetryAfter(s *settings, v string) bool {
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		s.wait = time.Duration(n) * time.Second
		return true
	}
	t, err := time.Parse(time.RFC3339, v)
	s.until = t
	return err == nil
}

func readLimit(s *settings, v string) bool {
	s.limit = hayon.Scope(v)
	return slices.Contains([]hayon.Scope{hayon.ScopeAccount, hayon.ScopeApplication, hayon.ScopeHost}, s.limit)
}

func readExpires(s *settings, v string) bool {
	t, err := time.Parse(time.RFC3339, v)
	s.expires = t.UTC()
	return err == nil
}

// known are the settings that are ours, for the account.
func known(in map[string]string) map[string]string {
	out := maps.Clone(in)
	maps.DeleteFunc(out, func(k, v string) bool {
		return v == "" || !slices.ContainsFunc(options, func(o setting) bool { return o.Name == k })
	})
	return out
}
