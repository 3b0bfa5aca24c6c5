package postfile_test

import (
	"fmt"

	"github.com/hayon/hayon/postfile"
)

func ExampleParse() {
	_, err := postfile.Parse("posts/a.md", []byte("---\nto: bluesky\nthraed: auto\ndraft: yes\n---\nHello\n"))
	fmt.Println(err)
	// Output:
	// posts/a.md:3:1: unknown key "thraed"
	// posts/a.md:4:8: draft: "yes" is not true or false
}

func ExampleFormat() {
	f := &postfile.File{To: []string{"bluesky", "@launch"}, At: "tomorrow 9am", Text: "Shipping 2.0 today."}
	b, err := postfile.Format(f, postfile.Markdown)
	if err != nil {
		return
	}
	fmt.Print(string(b))
	// Output:
	// ---
	// to: [bluesky, "@launch"]
	// at: tomorrow 9am
	// ---
	// Shipping 2.0 today.
}

func ExampleFile_Problem() {
	f, err := postfile.Parse("posts/a.md", []byte("---\nmedia: [a.png]\n---\nHello\n"))
	if err != nil {
		return
	}
	fmt.Println(f.Problem("there is no such file", "check the path", "media", "0", "file"))
	// Output:
	// posts/a.md:2:9: media.0.file: there is no such file
}
