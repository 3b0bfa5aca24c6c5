package providers_test

import (
	"fmt"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers"
)

func Example() {
	r := providers.New(providers.Config{SiteDir: "/home/alice/site"})
	for _, p := range r.All() {
		info := p.Info()
		fmt.Println(info.Name, info.Class)
	}
	_, err := r.Find("blusky")
	fmt.Println(hayon.AsError(err).Hint)
	// Output:
	// bluesky A
	// mastodon B
	// site A
	// did you mean bluesky?
}
