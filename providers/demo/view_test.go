package demo_test

import (
	"net/url"
	"path/filepath"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
)

// What an account made public is seen in its file.
func TestViewURL(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := demo.New(demo.Config{Dir: dir})
	u, err := url.Parse(p.ViewURL(&hayon.Account{Name: "demo/a"}))
	if err != nil || u.Scheme != "file" || filepath.Base(u.Path) != "a.ndjson" {
		t.Errorf("got %q, %v", u, err)
	}
	if got := p.ViewURL(&hayon.Account{Name: "demo/.."}); got != "" {
		t.Errorf("an alias that is no name for a file gives %q", got)
	}
}
