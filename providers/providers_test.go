package providers_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/providers/demo"
	"github.com/hayon/hayon/providers/site"
)

func names(r *providers.Registry) []string {
	var out []string
	for _, p := range r.All() {
		out = append(out, p.Info().Name)
	}
	return out
}

func TestAll(t *testing.T) {
	t.Parallel()
	plain := providers.New(providers.Config{SiteDir: t.TempDir()})
	if diff := cmp.Diff([]string{"bluesky", "mastodon", "site"}, names(plain)); diff != "" {
		t.Errorf("platforms (-want +got):\n%s", diff)
	}
	with := providers.New(providers.Config{SiteDir: t.TempDir(), Demo: true, DemoDir: t.TempDir()})
	if diff := cmp.Diff([]string{"bluesky", "demo", "mastodon", "site"}, names(with)); diff != "" {
		t.Errorf("platforms with demo (-want +got):\n%s", diff)
	}
	slices.Reverse(with.All())
	if diff := cmp.Diff([]string{"bluesky", "demo", "mastodon", "site"}, names(with)); diff != "" {
		t.Errorf("a caller changed the registry:\n%s", diff)
	}
}

func TestOfKeepsTheFirst(t *testing.T) {
	t.Parallel()
	first := site.New(site.Config{Dir: "/first"})
	r := providers.Of(demo.New(demo.Config{}), first, site.New(site.Config{Dir: "/second"}))
	got, err := r.Find("site")
	if err != nil || got != hayon.Provider(first) || len(r.All()) != 2 {
		t.Errorf("Find = %v, %v of %v; want the first site", got, err, names(r))
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	r := providers.New(providers.Config{SiteDir: t.TempDir()})
	for _, name := range []string{"bluesky", "site", "Bluesky", " site "} {
		p, err := r.Find(name)
		if err != nil || p.Info().Name != strings.ToLower(strings.TrimSpace(name)) {
			t.Errorf("Find(%q) = %v, %v", name, p, err)
		}
	}
	for name, hint := range map[string]string{
		"bluesk": "did you mean bluesky?", "bleusky": "did you mean bluesky?", "blusky": "did you mean bluesky?",
		"bsky": "did you mean bluesky?", "sites": "did you mean site?", "stie": "did you mean site?",
		"myspace": "see what each takes: hayon help platforms", "": "see what each takes: hayon help platforms", "s": "see what each takes: hayon help platforms",
		"demo": "set demo = true in the configuration, or HAYON_DEMO=1",
	} {
		_, err := r.Find(name)
		e, ok := errors.AsType[*hayon.Error](err)
		if !ok || e.Code != hayon.CodeUsage || e.Hint != hint {
			t.Errorf("Find(%q) = %+v, want a usage error with the hint %q", name, err, hint)
			continue
		}
		if !strings.Contains(e.Message, "bluesky, mastodon, site") {
			t.Errorf("Find(%q): %q does not list the platforms", name, e.Message)
		}
		if diff := cmp.Diff(any([]string{"bluesky", "mastodon", "site"}), e.Details["platforms"]); diff != "" {
			t.Errorf("Find(%q): details (-want +got):\n%s", name, diff)
		}
	}
}
