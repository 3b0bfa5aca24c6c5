package text_test

import (
	"fmt"
	"os"

	"github.com/hayon/hayon/text"
)

func ExampleCount() {
	_, _ = fmt.Fprintln(os.Stdout, text.Count(text.Graphemes, "👨‍👩‍👧‍👦 hi"), text.Count(text.Bytes, "👨‍👩‍👧‍👦 hi"))
	// Output: 4 28
}

func ExampleFacets() {
	const post = "read https://example.com/a. thanks @alice.bsky.social #go"
	for _, f := range text.Facets(post) {
		_, _ = fmt.Fprintf(os.Stdout, "%s %q %s\n", f.Kind, post[f.Start:f.End], f.Value)
	}
	// Output:
	// link "https://example.com/a" https://example.com/a
	// mention "@alice.bsky.social" alice.bsky.social
	// tag "#go" go
}
