package hayon_test

import (
	"testing"

	"github.com/hayon/hayon"
)

func TestAccountName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ platform, alias, want string }{
		{"bluesky", "", "bluesky"},
		{"bluesky", "work", "bluesky/work"},
	} {
		got := hayon.AccountName(tt.platform, tt.alias)
		if got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
		if alias := (&hayon.Account{Name: got}).Alias(); alias != tt.alias {
			t.Errorf("alias of %q: got %q, want %q", got, alias, tt.alias)
		}
	}
}
