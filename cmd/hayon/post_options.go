package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hayon/hayon"
)

// options are --visibility, --cw and --sensitive, which hold for all platforms that know them, and
// --set ACCOUNT.KEY=VALUE.
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
	if o.visibility != "" {
		if err := checkVisibility(o.visibility); err != nil {
			return nil, err
		}
		put("", hayon.OptionVisibility, o.visibility)
	}
	if o.cw != "" {
		put("", hayon.OptionWarning, o.cw)
	}
	if o.sensitive {
		put("", hayon.OptionSensitive, strconv.FormatBool(true))
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
