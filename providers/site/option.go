package site

import (
	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

func options() []hayon.Option {
	return []hayon.Option{
		{
			Name: hayon.OptionVisibility, Kind: hayon.OptionChoice, Help: "unlisted: the file is there, and in no feed",
			Values: []string{hayon.VisibilityPublic, hayon.VisibilityUnlisted}, Default: hayon.VisibilityPublic,
		},
		{Name: hayon.OptionWarning, Kind: hayon.OptionText, Help: "title and summary of the file, and what the feeds show before the text"},
	}
}

// wishes are the options of a post.
type wishes struct {
	unlisted bool
	warning  string
}

func wishesOf(in map[string]string) (wishes, error) {
	out := wishes{warning: oneLine(legal(text.Normalize(in[hayon.OptionWarning])))}
	switch v := in[hayon.OptionVisibility]; v {
	case "", hayon.VisibilityPublic:
	case hayon.VisibilityUnlisted:
		out.unlisted = true
	default:
		return wishes{}, hayon.Errorf(hayon.CodeInvalid, "site: the visibility %q cannot be had: what lies in the folder is for everybody", v).
			WithHint("use public or unlisted, or leave the site out: --not site")
	}
	return out, nil
}
