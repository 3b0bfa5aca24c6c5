package media_test

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hayon/hayon/media"
)

func ExampleProbe() {
	_, err := media.Probe(strings.NewReader("a text that somebody named photo.png"))
	if unknown, ok := errors.AsType[*media.UnknownTypeError](err); ok {
		_, _ = fmt.Fprintln(os.Stdout, unknown.Type)
	}
	_, _ = fmt.Fprintln(os.Stdout, err)
	// Output:
	// text/plain
	// not a JPEG, PNG, GIF, WebP, MP4 or MOV file, but text/plain
}
