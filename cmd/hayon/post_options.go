package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hayon/hayon"
)

// options are --visibility, --cw, --title and their like, which hold for all platforms that know them,
// and --set ACCOUNT.KEY=VALUE.
func (o *postOptions) options() (map[string]map[string]string, error) {
	out := make(map[string]map[string]string)
	put := func(account, key, value string) bool {
		if out[account] == nil {
			out[account] = make(map[string]string)
		}
		_, twice := out[account][key]
		out[account][key] = value
		return !twice
	}
	common, err := o.commonOptions()
	if err != nil {
		return nil, err
	}
	for key, value := range common {
		put("", key, value)
	}
	for _, v := range o.set {
		name, value, ok := strings.Cut(v, "=")
		i := strings.LastIndex(name, ".")
		if !ok || i <= 0 || i == len(name)-1 {
			return nil, hayon.Errorf(hayon.CodeUsage, "--set %q is no ACCOUNT.KEY=VALUE", v).
				WithHint("write --set mastodon.visibility=unlisted; the keys are shown by: hayon platform show mastodon")
		}
		if !put(name[:i], name[i+1:], value) {
			return nil, hayon.Errorf(hayon.CodeUsage, "--set names %s twice", name)
		}
	}
	if len(out) == 0 {
		return nil, nil //nolint:nilnil // no options are no options
	}
	return out, nil
}

// commonOptions are the options with flags of their own that were given.
func (o *postOptions) commonOptions() (map[string]string, error) {
	out := make(map[string]string)
	if o.visibility != "" {
		if err := checkVisibility(o.visibility); err != nil {
			return nil, err
		}
	}
	if o.replies != "" && !slices.Contains(hayon.Replies(), o.replies) {
		return nil, notOneOf("--replies", o.replies, hayon.Replies())
	}
	tags := hayon.TagsOf(strings.Join(o.tags, ","))
	if len(o.tags) > 0 && len(tags) == 0 {
		return nil, hayon.Errorf(hayon.CodeUsage, "--tag %q is no word", strings.Join(o.tags, ",")).WithHint("give a word, as --tag golang")
	}
	for key, value := range map[string]string{
		hayon.OptionVisibility: o.visibility, hayon.OptionWarning: o.cw, hayon.OptionTitle: o.title,
		hayon.OptionTags: strings.Join(tags, ","), hayon.OptionReplies: o.replies,
	} {
		if value != "" {
			out[key] = value
		}
	}
	for key, on := range map[string]bool{hayon.OptionSensitive: o.sensitive, hayon.OptionNoQuotes: o.noQuotes} {
		if on {
			out[key] = strconv.FormatBool(true)
		}
	}
	return out, nil
}

// checkVisibility refuses a word that no platform can know.
func checkVisibility(v string) error {
	known := hayon.Visibilities()
	if slices.Contains(known, v) {
		return nil
	}
	e := hayon.Errorf(hayon.CodeUsage, "--visibility does not take %q", v).
		WithHint("use one of: "+strings.Join(known, ", ")).WithDetail("values", known)
	if near := nearest(v, known); near != "" {
		e.Hint = "did you mean " + near + "? There are: " + strings.Join(known, ", ")
	}
	return e
}
