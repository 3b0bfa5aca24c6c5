package queue

import (
	"context"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue/local"
)

const schemeLocal = "local"

// Schemes are the schemes that [Open] knows, sorted.
func Schemes() []string { return []string{schemeLocal} }

// Open opens the broker that a URL names; the caller closes it. ctx bounds the opening alone.
//
// A scheme that is not one of [Schemes], and a URL with more than its broker understands, are
// usage errors. No error repeats the URL, since it may hold a password.
func Open(ctx context.Context, url string) (hayon.Broker, error) {
	if err := ctx.Err(); err != nil {
		return nil, hayon.Errorf(hayon.CodeUnavailable, "the broker was not opened: the wait for it ended").WithCause(err)
	}
	scheme, rest, ok := strings.Cut(url, ":")
	if !ok {
		return nil, hayon.Errorf(hayon.CodeUsage, "the broker's URL has no scheme; the schemes are: %s", strings.Join(Schemes(), ", ")).
			WithHint("hayon config set broker local:")
	}
	switch scheme {
	case schemeLocal:
		if rest != "" {
			return nil, hayon.Errorf(hayon.CodeUsage, "a local broker has no address: nothing may follow %q", schemeLocal+":").
				WithHint("hayon config set broker local:")
		}
		broker, err := local.New(local.Config{})
		if err != nil {
			return nil, err
		}
		return broker, nil
	default:
		return nil, hayon.Errorf(hayon.CodeUsage, "%q is the scheme of no broker; the schemes are: %s", scheme, strings.Join(Schemes(), ", ")).
			WithHint("hayon config set broker local:")
	}
}
