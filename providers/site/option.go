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
		{Name: hayon.OptionTitle, Kind: hayon.OptionText, Help: "title of the file and of the entry in the feeds, and part of the file's name"},
		{Name: hayon.OptionTags, Kind: hayon.OptionText, Help: "tags of the file and of the entry in the feeds, beside the hashtags of the text"},
	}
}

// wishes are the options of a post.
type wishes struct {
	unlisted bool
	warning  string
	title    string
	tags     []string
}

func wishesOf(in map[string]string) (wishes, error) {
	clean := func(name string) string { return oneLine(legal(text.Normalize(in[name]))) }
	out := wishes{warning: clean(hayon.OptionWarning), title: clean(hayon.OptionTitle), tags: hayon.TagsOf(clean(hayon.OptionTags))}
	switch v := in[hayon.OptionVisibility]; v {
	case "", hayon.VisibilityPublic:
	case hayon.VisibilityUnlisted:
		out.unlisted = true
	default:
		return wishes{}, hayon.Errorf(hayon.CodeInvalid, "site: the visibility %q cannot be had: what lies in the folder is for everybody", v).
			WithHint("use public or unlisted, or leave the site out: --not site")
	}
	return out, out.check()
}

// check refuses what is longer than a reader of the feeds has to load.
func (w wishes) check() error {
	if n := text.Count(text.Graphemes, w.title); n > maxTitle {
		return hayon.Errorf(hayon.CodeInvalid, "site: the title has %d characters, %d are allowed", n, maxTitle).WithHint("shorten it")
	}
	if n := len(w.tags); n > maxTags {
		return hayon.Errorf(hayon.CodeInvalid, "site: %d tags, %d are allowed", n, maxTags).WithHint("leave some out")
	}
	for _, tag := range w.tags {
		if n := text.Count(text.Graphemes, tag); n > maxTag {
			return hayon.Errorf(hayon.CodeInvalid, "site: the tag %q has %d characters, %d are allowed", text.Clip(tag, maxSlugBytes), n, maxTag).
				WithHint("shorten it")
		}
	}
	return nil
}
