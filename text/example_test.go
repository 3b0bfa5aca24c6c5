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

func ExampleSplitParts() {
	parts, err := text.SplitParts([]string{"First.\n---\nSecond.", "Third."}, text.SplitOptions{Number: "({i} of {n})"})
	_, _ = fmt.Fprintf(os.Stdout, "%q %v\n", parts, err)
	// Output: ["First. (1 of 3)" "Second. (2 of 3)" "Third. (3 of 3)"] <nil>
}

func ExampleNormalize() {
	_, _ = fmt.Fprintf(os.Stdout, "%q\n", text.Normalize("\ufeffone\r\ntwo \n"))
	// Output: "one\ntwo"
}

func ExampleDigest() {
	_, _ = fmt.Fprintln(os.Stdout, text.Digest("a b") == text.Digest(" a\r\nb\n"))
	// Output: true
}

func ExampleClip() {
	_, _ = fmt.Fprintln(os.Stdout, text.Clip("a long read\nabout 👨‍👩‍👧‍👦", 9))
	// Output: a long r…
}

func ExampleSlug() {
	_, _ = fmt.Fprintln(os.Stdout, text.Slug("Über Café — 2.0", 40))
	// Output: uber-cafe-2-0
}
