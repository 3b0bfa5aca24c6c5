package providertest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func (fx *Fixture) needLinker(t *testing.T) hayon.Linker {
	t.Helper()
	linker, ok := fx.Provider.(hayon.Linker)
	if !ok {
		t.Skip("cannot tell what an address stands for")
	}
	return linker
}

func testLink(t *testing.T, fx *Fixture) {
	t.Helper()
	linker := fx.needLinker(t)
	target := fx.Target("here I am")
	p := fx.prepare(t, target, 0)
	if p.Remote.URL != "" {
		_, err := linker.RemoteOf(t.Context(), fx.Session, p.Remote.URL)
		fx.wantCode(t, "RemoteOf before the post is out", err, hayon.CodeInvalid)
	}
	res := fx.Provider.Publish(t.Context(), fx.Session, fx.PublishRequest(t, target, 0, p))
	fx.checkResult(t, "Publish", res)
	for _, url := range []string{res.Remote.URL, "  " + res.Remote.URL + "\n"} {
		got, err := linker.RemoteOf(t.Context(), fx.Session, url)
		if err != nil {
			t.Fatalf("RemoteOf: %v", err)
		}
		if diff := cmp.Diff(res.Remote, got); diff != "" {
			t.Errorf("RemoteOf answers another post (-published +found):\n%s", diff)
		}
	}
	for _, url := range []string{"", "x", "https://example.org/", "https://example.org/a/b/c/d", res.Remote.URL + "-not-there", "\x00"} {
		_, err := linker.RemoteOf(t.Context(), fx.Session, url)
		fx.wantCode(t, "RemoteOf of what is no post", err, hayon.CodeInvalid)
	}
	fx.wantPosts(t, 1)
}

func testExpires(t *testing.T, fx *Fixture) {
	t.Helper()
	expirer, ok := fx.Provider.(hayon.Expirer)
	if !ok {
		t.Skip("credentials without an end")
	}
	end, err := expirer.Expires(t.Context(), fx.Session)
	if err != nil {
		t.Fatalf("Expires: %v", err)
	}
	if !end.IsZero() && !end.After(time.Now()) {
		t.Errorf("Expires: %v, which is over although the session works", end)
	}
	if fx.Unreachable == nil {
		return
	}
	if _, err := expirer.Expires(t.Context(), fx.Unreachable); err != nil {
		t.Errorf("Expires with nobody there: %v; want that nobody is asked", err)
	}
}
