package query

import (
	"slices"
	"strings"

	"github.com/hayon/hayon"
)

// Filter is q for a store. The accounts are those of the user; a platform means all its accounts. A name
// that is none of them is an [*Error]. What q does not say, such as Limit, stays zero. Posts of which it
// is not known what wrote them do not fit where a source is excluded.
func (q *Query) Filter(accounts []*hayon.Account) (hayon.PostFilter, error) {
	f := hayon.PostFilter{
		Labels: slices.Clone(q.Labels), NotLabels: slices.Clone(q.NotLabels),
		Words: slices.Clone(q.Words), NotWords: slices.Clone(q.NotWords),
		Since: q.Since, Until: q.Until, AtSince: q.AtSince, AtUntil: q.AtUntil, Order: q.Order,
	}
	f.States = without(hayon.PostStates(), q.States, q.NotStates)
	f.Sources = without(sources(), q.Sources, q.NotSources)
	var err *Error
	if f.Accounts, err = q.ids(q.To, accounts); err != nil {
		return hayon.PostFilter{}, err
	}
	if f.NotAccounts, err = q.ids(q.NotTo, accounts); err != nil {
		return hayon.PostFilter{}, err
	}
	return f, nil
}

// without is what is asked for, or, where only some are excluded, all others.
func without[T comparable](all, yes, no []T) []T {
	if len(yes) > 0 || len(no) == 0 {
		return slices.DeleteFunc(slices.Clone(yes), func(v T) bool { return slices.Contains(no, v) })
	}
	return slices.DeleteFunc(slices.Clone(all), func(v T) bool { return slices.Contains(no, v) })
}

// ids finds the accounts of names, each once.
func (q *Query) ids(names []string, accounts []*hayon.Account) ([]hayon.AccountID, *Error) {
	var ids []hayon.AccountID
	for _, name := range names {
		found := false
		for _, a := range accounts {
			if a.Name != name && a.Platform != strings.TrimSuffix(name, "/*") {
				continue
			}
			found = true
			if !slices.Contains(ids, a.ID) {
				ids = append(ids, a.ID)
			}
		}
		if !found {
			return nil, q.unknown(name, accounts)
		}
	}
	return ids, nil
}

func (q *Query) unknown(name string, accounts []*hayon.Account) *Error {
	var known []string
	for _, a := range accounts {
		known = append(known, a.Name, a.Platform)
	}
	slices.Sort(known)
	hint := "see what there is: hayon account list"
	if near := nearest(name, slices.Compact(known)); near != "" {
		hint = "did you mean to:" + near + "?"
	}
	return &Error{Input: q.input, Column: q.names[name], Reason: `no account or platform "` + name + `" is connected`, Hint: hint}
}
