package mastodon_test

import (
	"fmt"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon"
)

// What is known of the account's own server decides what holds for it.
func ExampleProvider_ClassOf() {
	p := mastodon.New(mastodon.Config{})
	for _, software := range []string{"mastodon", "gotosocial", "homemade"} {
		a := &hayon.Account{Server: &hayon.ServerFacts{Software: software}}
		fmt.Println(software, p.ClassOf(a))
	}
	// Output:
	// mastodon B
	// gotosocial D
	// homemade D
}
