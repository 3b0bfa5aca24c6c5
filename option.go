package hayon

import (
	"slices"
	"strconv"
	"strings"
)

// OptionKind is what the value of an [Option] looks like.
type OptionKind string

// The kinds of options.
const (
	OptionText   OptionKind = "text"
	OptionBool   OptionKind = "bool" // "true" or "false"
	OptionChoice OptionKind = "choice"
)

// The options that mean the same on every platform that has them. Each is a flag of its own.
const (
	// OptionVisibility is who sees the post: one of the Visibility constants.
	OptionVisibility = "visibility"
	// OptionWarning is shown in the place of the text until the reader asks for it.
	OptionWarning = "cw"
	// OptionSensitive hides the media until the reader asks for them.
	OptionSensitive = "sensitive"
	// OptionTitle is a heading, where a platform has one.
	OptionTitle = "title"
	// OptionTags are words to find the post by beside those in the text, without #, separated by commas.
	OptionTags = "tags"
	// OptionReplies is who may answer: one of the Replies constants.
	OptionReplies = "replies"
	// OptionNoQuotes forbids others to quote the post.
	OptionNoQuotes = "no_quotes"
)

// The values of [OptionReplies].
const (
	RepliesEveryone  = "everyone"
	RepliesFollowing = "following" // whom the author follows
	RepliesMentioned = "mentioned" // whom the text mentions
	RepliesNobody    = "nobody"
)

// Replies are all values of [OptionReplies], from the widest to the narrowest.
func Replies() []string {
	return []string{RepliesEveryone, RepliesFollowing, RepliesMentioned, RepliesNobody}
}

// CommonOptions are the options that mean the same on every platform that has them.
func CommonOptions() []string {
	return []string{OptionVisibility, OptionWarning, OptionSensitive, OptionTitle, OptionTags, OptionReplies, OptionNoQuotes}
}

// TagsOf are the tags in a value of [OptionTags]: without # and blanks, each once in whatever letter case, in their order.
func TagsOf(value string) []string {
	var out []string
	for tag := range strings.SplitSeq(value, ",") {
		tag = strings.TrimLeft(strings.TrimSpace(tag), "#＃")
		same := func(other string) bool { return strings.EqualFold(other, tag) }
		if tag != "" && !slices.ContainsFunc(out, same) {
			out = append(out, tag)
		}
	}
	return out
}

// The values of [OptionVisibility].
const (
	VisibilityPublic    = "public"
	VisibilityUnlisted  = "unlisted" // public, and in no timeline of strangers
	VisibilityFollowers = "followers"
	VisibilityDirect    = "direct" // only those whom the text mentions
)

// Visibilities are all values of [OptionVisibility], from the widest to the narrowest.
func Visibilities() []string {
	return []string{VisibilityPublic, VisibilityUnlisted, VisibilityFollowers, VisibilityDirect}
}

// Option is what a platform lets an author decide beside text and media. Its value travels as text in
// [Target].Options.
type Option struct {
	Name string     `json:"name"`
	Kind OptionKind `json:"kind"`
	// Help is half a sentence for people.
	Help string `json:"help,omitempty"`
	// Values are what a choice may be; of [OptionVisibility] a subset of its values, or more.
	Values []string `json:"values,omitempty"`
	// Default is what holds where nobody says anything; "" where the account or the platform decides.
	Default string `json:"default,omitempty"`
}

// Check refuses a value that the option cannot have, as a usage error without the account.
func (o Option) Check(value string) error {
	switch o.Kind {
	case OptionBool:
		if _, err := strconv.ParseBool(value); err != nil {
			return Errorf(CodeUsage, "%s is %q", o.Name, value).WithHint("use true or false")
		}
	case OptionChoice:
		if slices.Contains(o.Values, value) {
			return nil
		}
		return Errorf(CodeUsage, "%s is %q", o.Name, value).WithHint("use one of: "+strings.Join(o.Values, ", ")).WithDetail("values", o.Values)
	case OptionText:
	}
	return nil
}

// Option is the option of that name; ok is false where the platform has none.
func (i ProviderInfo) Option(name string) (o Option, ok bool) {
	for _, o := range i.Options {
		if o.Name == name {
			return o, true
		}
	}
	return Option{}, false
}
