package hayontest

import (
	"context"
	"strings"

	"github.com/hayon/hayon"
)

var (
	_ hayon.Deleter  = strict{}
	_ hayon.Editor   = strict{}
	_ hayon.Reposter = strict{}
)

const (
	// strictURL is how the addresses begin that strict reposts.
	strictURL = "https://strict.example/"
	// strictRefuses is in the address of what strict does not remove, and in the text that it does not
	// change anything to.
	strictRefuses = "refuses"
)

func strictOptions() []hayon.Option {
	return []hayon.Option{
		{Name: hayon.OptionVisibility, Kind: hayon.OptionChoice, Values: []string{hayon.VisibilityPublic, hayon.VisibilityFollowers}},
		{Name: hayon.OptionWarning, Kind: hayon.OptionText},
		{Name: hayon.OptionSensitive, Kind: hayon.OptionBool},
		{Name: "mood", Kind: hayon.OptionText},
	}
}

// Delete removes everything but what has strictRefuses in its address.
func (strict) Delete(_ context.Context, _ hayon.Session, r hayon.Remote) error {
	if strings.Contains(r.URL, strictRefuses) {
		return hayon.Errorf(hayon.CodeUnavailable, "strict: the server is busy").WithHint("try again")
	}
	return nil
}

// Edit takes every text but strictRefuses.
func (strict) Edit(_ context.Context, _ hayon.Session, r hayon.EditRequest) (hayon.Remote, error) {
	if r.Part().Text == strictRefuses {
		return hayon.Remote{}, hayon.Errorf(hayon.CodeRejected, "strict: the text is refused")
	}
	remote := r.Part().Remote
	remote.Digest = "edited"
	return remote, nil
}

// Reposts takes the addresses of strict.
func (strict) Reposts(_ *hayon.Account, url string) bool { return strings.HasPrefix(url, strictURL) }
