package bluesky

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bluesky-social/indigo/api/atproto"
	"github.com/bluesky-social/indigo/api/bsky"

	"github.com/hayon/hayon"
)

// optionLabels are the labels that an author gives a post.
const optionLabels = "labels"

// genericLabel stands for sensitive media of no named kind. Of the labels that an author can give it is the
// one that says nothing of sex ("explicit or potentially disturbing media") and that hides media, not the
// text, for everybody who has not chosen otherwise; nudity is shown by default.
// Source: https://github.com/bluesky-social/atproto/blob/main/packages/api/definitions/labels.json, read 2026-11-21.
const genericLabel = "graphic-media"

// selfLabels are the labels that an author can give a post, and whether they hide its media unless a
// reader has chosen otherwise. The others that the lexicon knows are of moderators and of profiles.
// Source: the same, and the lexicon com.atproto.label.defs#labelValue.
var selfLabels = map[string]bool{"sexual": true, "nudity": false, "porn": true, genericLabel: true}

// selfLabelNames are those in the order in which people read them.
var selfLabelNames = []string{"sexual", "nudity", "porn", genericLabel}

func options() []hayon.Option {
	return []hayon.Option{
		{Name: hayon.OptionSensitive, Kind: hayon.OptionBool, Help: "label the media as graphic, so that they are hidden until somebody asks for them"},
		{Name: optionLabels, Kind: hayon.OptionText, Help: "what the media show, with commas: " + strings.Join(selfLabelNames, ", ")},
		{Name: hayon.OptionTags, Kind: hayon.OptionText, Help: "words to find the post by that are not shown, with commas, at most 8"},
		{
			Name: hayon.OptionReplies, Kind: hayon.OptionChoice, Values: hayon.Replies(), Default: hayon.RepliesEveryone,
			Help: "who may answer the thread",
		},
		{Name: hayon.OptionNoQuotes, Kind: hayon.OptionBool, Help: "nobody may quote the post"},
	}
}

// labels are those of a part; nil for none. A label that nobody knows is invalid.
func labels(part *hayon.Part, set map[string]string, who subject) (*bsky.FeedPost_Labels, error) {
	var names []string
	hidden := false
	for name := range strings.SplitSeq(set[optionLabels], ",") {
		name = strings.TrimSpace(name)
		hides, known := selfLabels[name]
		switch {
		case name == "" || slices.Contains(names, name):
			continue
		case !known:
			return nil, who.errorf(hayon.CodeInvalid, "%q is no label that an author can give", clean(name, 100)).
				WithHint("use some of: " + strings.Join(selfLabelNames, ", "))
		}
		names, hidden = append(names, name), hidden || hides
	}
	hide, err := isSensitive(set[hayon.OptionSensitive], who)
	if err != nil {
		return nil, err
	}
	if hide && len(part.Media) > 0 && !hidden {
		names = append(names, genericLabel)
	}
	if len(names) == 0 {
		return nil, nil //nolint:nilnil // most parts have none
	}
	out := &atproto.LabelDefs_SelfLabels{LexiconTypeID: "com.atproto.label.defs#selfLabels"}
	for _, name := range names {
		out.Values = append(out.Values, &atproto.LabelDefs_SelfLabel{Val: name})
	}
	return &bsky.FeedPost_Labels{LabelDefs_SelfLabels: out}, nil
}

func isSensitive(v string, who subject) (bool, error) {
	if v == "" {
		return false, nil
	}
	is, err := strconv.ParseBool(v)
	if err != nil {
		return false, who.errorf(hayon.CodeInvalid, "%s is %q", hayon.OptionSensitive, clean(v, 100)).WithHint("use true or false").WithCause(err)
	}
	return is, nil
}
