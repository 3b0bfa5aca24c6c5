package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// MaxWait bounds the wait of one question for events.
const MaxWait = 30 * time.Second

// CheckQuery refuses parameters that the route does not know.
func (r Route) CheckQuery(q url.Values) error {
	for name := range q {
		if slices.Contains(r.Query, name) {
			continue
		}
		e := hayon.Errorf(hayon.CodeUsage, "%s %s has no parameter %q", r.Method, r.Path, name).WithDetail(DetailUnknown, name)
		if len(r.Query) == 0 {
			return e.WithHint("it takes none")
		}
		return e.WithHint("it takes " + strings.Join(r.Query, ", "))
	}
	return nil
}

// PostQuery is f as parameters of [OpFindPosts]. The owner stays behind.
func PostQuery(f hayon.PostFilter) url.Values {
	q := url.Values{}
	for _, s := range f.States {
		q.Add("state", string(s))
	}
	addIDs(q, "account", f.Accounts)
	addIDs(q, "not_account", f.NotAccounts)
	addAll(q, "label", f.Labels)
	addAll(q, "not_label", f.NotLabels)
	addAll(q, "source", f.Sources)
	addAll(q, "word", f.Words)
	addAll(q, "not_word", f.NotWords)
	setTime(q, "since", f.Since)
	setTime(q, "until", f.Until)
	setTime(q, "at_since", f.AtSince)
	setTime(q, "at_until", f.AtUntil)
	if f.Order != "" {
		q.Set("order", string(f.Order))
	}
	if f.Deleted {
		q.Set("deleted", "true")
	}
	if !f.Before.IsZero() {
		q.Set("before", f.Before.String())
	}
	setInt(q, "limit", f.Limit)
	return q
}

// ParsePostQuery reads what [PostQuery] wrote; what is wrong is a usage error.
func ParsePostQuery(q url.Values) (f hayon.PostFilter, err error) {
	if f.States, err = postStates(q["state"]); err != nil {
		return f, err
	}
	if f.Accounts, err = accountIDs(q["account"]); err != nil {
		return f, err
	}
	if f.NotAccounts, err = accountIDs(q["not_account"]); err != nil {
		return f, err
	}
	f.Labels, f.NotLabels, f.Words, f.NotWords = q["label"], q["not_label"], q["word"], q["not_word"]
	for _, s := range q["source"] {
		f.Sources = append(f.Sources, hayon.Source(s))
	}
	if err = parsePostTimes(q, &f); err != nil {
		return f, err
	}
	if f.Order, err = postOrder(q.Get("order")); err != nil {
		return f, err
	}
	if f.Deleted, err = boolOf(q, "deleted"); err != nil {
		return f, err
	}
	if s := q.Get("before"); s != "" {
		if f.Before, err = hayon.ParsePostID(s); err != nil {
			return f, err
		}
	}
	f.Limit, err = intOf(q, "limit")
	return f, err
}

func parsePostTimes(q url.Values, f *hayon.PostFilter) (err error) {
	for name, to := range map[string]*time.Time{"since": &f.Since, "until": &f.Until, "at_since": &f.AtSince, "at_until": &f.AtUntil} {
		if *to, err = timeOf(q, name); err != nil {
			return err
		}
	}
	return nil
}

func postStates(names []string) ([]hayon.PostState, error) {
	var out []hayon.PostState
	for _, s := range names {
		state := hayon.PostState(s)
		if !slices.Contains(hayon.PostStates(), state) {
			return nil, hayon.Errorf(hayon.CodeUsage, "%q is no state of a post", s).WithHint("one of " + join(hayon.PostStates()))
		}
		out = append(out, state)
	}
	return out, nil
}

func accountIDs(names []string) ([]hayon.AccountID, error) {
	var out []hayon.AccountID
	for _, s := range names {
		id, err := hayon.ParseAccountID(s)
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}

func postOrder(s string) (hayon.PostOrder, error) {
	order := hayon.PostOrder(s)
	if order != "" && !slices.Contains(hayon.PostOrders(), order) {
		return "", hayon.Errorf(hayon.CodeUsage, "%q is no order of posts", s).
			WithHint("one of "+join(hayon.PostOrders())).WithDetail(DetailUnknown, s)
	}
	return order, nil
}

// AccountQuery is f as parameters of [OpFindAccounts]. The owner stays behind.
func AccountQuery(f hayon.AccountFilter) url.Values {
	q := url.Values{}
	if f.Platform != "" {
		q.Set("platform", f.Platform)
	}
	if f.Name != "" {
		q.Set("name", f.Name)
	}
	return q
}

// ParseAccountQuery reads what [AccountQuery] wrote.
func ParseAccountQuery(q url.Values) hayon.AccountFilter {
	return hayon.AccountFilter{Platform: q.Get("platform"), Name: q.Get("name")}
}

// BackupQuery is r as parameters of [OpWriteBackup].
func BackupQuery(r hayon.BackupRequest) url.Values {
	q := url.Values{}
	if r.WithoutMedia {
		q.Set("without_media", "true")
	}
	return q
}

// ParseBackupQuery reads what [BackupQuery] wrote; what is wrong is a usage error.
func ParseBackupQuery(q url.Values) (r hayon.BackupRequest, err error) {
	r.WithoutMedia, err = boolOf(q, "without_media")
	return r, err
}

// LetterQuery is f as parameters of [OpFindLetters].
func LetterQuery(f hayon.LetterFilter) url.Values {
	q := url.Values{}
	if f.Kind != "" {
		q.Set("kind", string(f.Kind))
	}
	if f.All {
		q.Set("all", "true")
	}
	setInt(q, "limit", f.Limit)
	return q
}

// ParseLetterQuery reads what [LetterQuery] wrote; what is wrong is a usage error.
func ParseLetterQuery(q url.Values) (f hayon.LetterFilter, err error) {
	if f.Kind, err = letterKind(q); err != nil {
		return f, err
	}
	if f.All, err = boolOf(q, "all"); err != nil {
		return f, err
	}
	f.Limit, err = intOf(q, "limit")
	return f, err
}

// LetterLookupQuery is the question for a letter as parameters of [OpLookupLetter].
func LetterLookupQuery(kind hayon.LetterKind, ref string) url.Values {
	q := url.Values{"ref": {ref}}
	if kind != "" {
		q.Set("kind", string(kind))
	}
	return q
}

// ParseLetterLookupQuery reads what [LetterLookupQuery] wrote; what is wrong is a usage error.
func ParseLetterLookupQuery(q url.Values) (kind hayon.LetterKind, ref string, err error) {
	kind, err = letterKind(q)
	return kind, q.Get("ref"), err
}

func letterKind(q url.Values) (hayon.LetterKind, error) {
	kind := hayon.LetterKind(q.Get("kind"))
	if kind != "" && !slices.Contains(hayon.LetterKinds(), kind) {
		return "", hayon.Errorf(hayon.CodeUsage, "%q is no kind of letter", string(kind)).
			WithHint("one of "+join(hayon.LetterKinds())).WithDetail(DetailUnknown, string(kind))
	}
	return kind, nil
}

// EventQuery is f as parameters of [OpFindEvents].
func EventQuery(f hayon.EventFilter) url.Values {
	q := url.Values{}
	if f.After > 0 {
		q.Set("after", strconv.FormatUint(f.After, 10))
	}
	if !f.Post.IsZero() {
		q.Set("post", f.Post.String())
	}
	for _, k := range f.Kinds {
		q.Add("kind", string(k))
	}
	setInt(q, "limit", f.Limit)
	if f.Wait > 0 {
		q.Set("wait", min(f.Wait, MaxWait).String())
	}
	return q
}

// ParseEventQuery reads what [EventQuery] wrote; what is wrong is a usage error. A longer wait than
// [MaxWait] becomes MaxWait.
func ParseEventQuery(q url.Values) (f hayon.EventFilter, err error) {
	if s := q.Get("after"); s != "" {
		if f.After, err = strconv.ParseUint(s, 10, 64); err != nil {
			return f, hayon.Errorf(hayon.CodeUsage, "after=%q is no sequence number", s).WithHint("give the seq of the last event that you saw")
		}
	}
	if s := q.Get("post"); s != "" {
		if f.Post, err = hayon.ParsePostID(s); err != nil {
			return f, err
		}
	}
	if f.Kinds, err = kinds(q["kind"]); err != nil {
		return f, err
	}
	if f.Limit, err = intOf(q, "limit"); err != nil {
		return f, err
	}
	if s := q.Get("wait"); s != "" {
		if f.Wait, err = time.ParseDuration(s); err != nil || f.Wait < 0 {
			return f, hayon.Errorf(hayon.CodeUsage, "wait=%q is no duration", s).WithHint("give one such as 20s, at most 30s")
		}
		f.Wait = min(f.Wait, MaxWait)
	}
	return f, nil
}

func kinds(names []string) ([]hayon.EventKind, error) {
	var out []hayon.EventKind
	for _, s := range names {
		kind := hayon.EventKind(s)
		if !slices.Contains(hayon.EventKinds(), kind) {
			return nil, hayon.Errorf(hayon.CodeUsage, "%q is no kind of event", s).
				WithHint("one of "+join(hayon.EventKinds())).WithDetail(DetailUnknown, s)
		}
		out = append(out, kind)
	}
	return out, nil
}

func addAll[S ~string](q url.Values, name string, list []S) {
	for _, s := range list {
		q.Add(name, string(s))
	}
}

func addIDs(q url.Values, name string, list []hayon.AccountID) {
	for _, id := range list {
		q.Add(name, id.String())
	}
}

func setTime(q url.Values, name string, t time.Time) {
	if !t.IsZero() {
		q.Set(name, t.UTC().Format(time.RFC3339Nano))
	}
}

func timeOf(q url.Values, name string) (time.Time, error) {
	s := q.Get(name)
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, hayon.Errorf(hayon.CodeUsage, "%s=%q is no RFC 3339 time", name, s).WithHint("give one such as 2026-12-01T09:00:00Z")
	}
	return t.UTC(), nil
}

func setInt(q url.Values, name string, n int) {
	if n != 0 {
		q.Set(name, strconv.Itoa(n))
	}
}

func intOf(q url.Values, name string) (int, error) {
	s := q.Get(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, hayon.Errorf(hayon.CodeUsage, "%s=%q is no count", name, s).WithHint("give a whole number, 0 for no bound")
	}
	return n, nil
}

func boolOf(q url.Values, name string) (bool, error) {
	s := q.Get(name)
	if s == "" {
		return false, nil
	}
	v, err := strconv.ParseBool(s)
	if err != nil {
		return false, hayon.Errorf(hayon.CodeUsage, "%s=%q is neither true nor false", name, s).WithHint("give one of both, or leave it out")
	}
	return v, nil
}

func join[S ~string](list []S) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return strings.Join(out, ", ")
}
