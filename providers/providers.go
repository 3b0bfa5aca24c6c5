package providers

import (
	"cmp"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/bluesky"
	"github.com/hayon/hayon/providers/demo"
	"github.com/hayon/hayon/providers/mastodon"
	"github.com/hayon/hayon/providers/site"
)

// Config is what the providers need of the program.
type Config struct {
	// SiteDir is the absolute folder that site publishes to for an account without one of its own.
	SiteDir string
	// Demo adds the demo platform, which writes what is public into DemoDir.
	Demo    bool
	DemoDir string
	// Transport carries the requests of all platforms; nil for one of their own.
	Transport http.RoundTripper
	// Timeout bounds one request; zero leaves it to each platform.
	Timeout time.Duration
	// UserAgent is sent with every request; "" is "hayon".
	UserAgent string
	// PLC is the URL of the directory of Bluesky's DIDs; "" for the public one.
	PLC string
	// VideoService is the URL of Bluesky's video service; "" for its own, and "none" for none.
	VideoService string
	// Vault keeps what platforms need to know from one sign-in to the next, such as the application that
	// is registered with an instance of Mastodon; nil keeps nothing.
	Vault hayon.Vault
	// Logger hears of requests and of what mends itself; nil for nobody.
	Logger *slog.Logger
}

// Registry holds the platforms of a program.
type Registry struct {
	sorted []hayon.Provider // by name
	demo   bool
}

// New makes all platforms that cfg asks for. It touches no file and no network.
func New(cfg Config) *Registry {
	all := []hayon.Provider{
		bluesky.New(bluesky.Config{
			Transport: cfg.Transport, Timeout: cfg.Timeout, UserAgent: cfg.UserAgent, PLC: cfg.PLC,
			VideoService: cfg.VideoService, Logger: cfg.Logger,
		}),
		mastodon.New(mastodon.Config{
			Transport: cfg.Transport, Timeout: cfg.Timeout, UserAgent: cfg.UserAgent, Vault: cfg.Vault, Logger: cfg.Logger,
		}),
		site.New(site.Config{Dir: cfg.SiteDir, Logger: cfg.Logger}),
	}
	if cfg.Demo {
		all = append(all, demo.New(demo.Config{Dir: cfg.DemoDir}))
	}
	return Of(all...)
}

// Of makes a registry of these platforms alone, for tests and for programs that bring their own.
// Of two with the same name the first one counts.
func Of(all ...hayon.Provider) *Registry {
	r := &Registry{sorted: slices.Clone(all)}
	byName := func(a, b hayon.Provider) int { return cmp.Compare(a.Info().Name, b.Info().Name) }
	slices.SortStableFunc(r.sorted, byName)
	r.sorted = slices.CompactFunc(r.sorted, func(a, b hayon.Provider) bool { return byName(a, b) == 0 })
	_, r.demo = r.lookUp(demo.Name)
	return r
}

// All are the platforms, sorted by name. The caller may keep and change the slice.
func (r *Registry) All() []hayon.Provider { return slices.Clone(r.sorted) }

// Find is the platform of that name, in any letter case. An unknown name is a usage error that
// lists the platforms, in its details under "platforms" too, and offers the nearest one.
func (r *Registry) Find(name string) (hayon.Provider, error) {
	if p, ok := r.lookUp(strings.ToLower(strings.TrimSpace(name))); ok {
		return p, nil
	}
	names := make([]string, len(r.sorted))
	for i, p := range r.sorted {
		names[i] = p.Info().Name
	}
	err := hayon.Errorf(hayon.CodeUsage, "there is no platform %q; there are %s", name, strings.Join(names, ", ")).
		WithDetail("platforms", names)
	if near := nearest(strings.ToLower(name), names); near != "" {
		return nil, err.WithHint("did you mean " + near + "?")
	}
	if strings.EqualFold(name, demo.Name) && !r.demo {
		return nil, err.WithHint("set demo = true in the configuration, or HAYON_DEMO=1")
	}
	return nil, err.WithHint("see what each takes: hayon help platforms")
}

func (r *Registry) lookUp(name string) (hayon.Provider, bool) {
	i, ok := slices.BinarySearchFunc(r.sorted, name, func(p hayon.Provider, name string) int {
		return cmp.Compare(p.Info().Name, name)
	})
	if !ok {
		return nil, false
	}
	return r.sorted[i], true
}

// nearest is the name that a person most likely meant: one that begins so, that is shortened so
// (bsky), or that is at most a third of its letters away; "" where none is near.
func nearest(typed string, names []string) string {
	best, least := "", len(typed)+1
	for _, name := range names {
		d := distance(typed, name)
		if len(typed) >= 2 && (strings.HasPrefix(name, typed) || strings.HasPrefix(typed, name)) {
			d = 0
		} else if len(typed) >= 3 && isShort(typed, name) {
			d = 1
		}
		if d <= max(1, len(name)/3) && d < least {
			best, least = name, d
		}
	}
	return best
}

// isShort reports whether short is name with letters left out, but not the first.
func isShort(short, name string) bool {
	if short[0] != name[0] {
		return false
	}
	for _, c := range []byte(name) {
		if short != "" && short[0] == c {
			short = short[1:]
		}
	}
	return short == ""
}

// distance is how many letters must be put in, left out, changed or swapped with their neighbour
// to make b of a.
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(last[j]+1, row[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
