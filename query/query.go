package query

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// Query is what a person looks for. The zero value is everything. Lists are sorted and have each value
// once; Words are in the order in which they were typed.
type Query struct {
	States, NotStates []hayon.PostState
	// To and NotTo are names of accounts and of platforms, in lower case; "bluesky/*" is kept as "bluesky".
	To, NotTo           []string
	Labels, NotLabels   []string
	Sources, NotSources []hayon.Source
	// Since and Until bound the creation, AtSince and AtUntil [hayon.Post.At]: not before, and before.
	// Zero is no bound.
	Since, Until, AtSince, AtUntil time.Time
	// Words are words and phrases, with one blank for any white space in them.
	Words, NotWords []string
	// Order is "" where none was asked for.
	Order hayon.PostOrder

	input string
	terms []Term
	// said are the words for the times, by key, so that String keeps them.
	said map[string]said
	// names are the columns of the names of accounts.
	names map[string]int
}

// said is how somebody wrote a time, and what it came to.
type said struct {
	text     string
	from, to time.Time
}

// Term is one term of a query as it was typed.
type Term struct {
	// Key is the name of its key; "" for words.
	Key string
	// Text is the term as [Query.String] writes it, if it were alone.
	Text string
	// Start and End are its bytes in the input: input[:Start] + input[End:] is the query without it.
	Start, End int
}

// Parse reads a query of at most 1000 bytes; an empty one is everything. Words for times are taken in loc
// (nil is UTC). Every error is an [*Error].
func Parse(input string, now time.Time, loc *time.Location) (*Query, error) {
	if loc == nil {
		loc = time.UTC
	}
	tokens, err := scan(input)
	if err != nil {
		return nil, err
	}
	r := &reader{
		scanner: scanner{input: input}, now: now, loc: loc,
		q: &Query{input: input, said: map[string]said{}, names: map[string]int{}},
	}
	for _, t := range tokens {
		if err := r.read(t); err != nil {
			return nil, err
		}
	}
	if err := r.checkTimes(); err != nil {
		return nil, err
	}
	r.q.sort()
	return r.q, nil
}

// sort makes lists comparable.
func (q *Query) sort() {
	rank := func(a, b hayon.PostState) int {
		return cmp.Compare(slices.Index(hayon.PostStates(), a), slices.Index(hayon.PostStates(), b))
	}
	slices.SortFunc(q.States, rank)
	slices.SortFunc(q.NotStates, rank)
	for _, list := range [][]string{q.To, q.NotTo, q.Labels, q.NotLabels} {
		slices.Sort(list)
	}
	slices.Sort(q.Sources)
	slices.Sort(q.NotSources)
}

// IsZero reports whether q is everything, in no order of its own.
func (q *Query) IsZero() bool { return q.String() == "" }

// Terms are the terms in the order in which they were typed.
func (q *Query) Terms() []Term { return slices.Clone(q.terms) }

// String writes the query in its canonical form: keys in the order of [Keys], then words. Parse reads it,
// at the same time in the same zone, as the same query. Words for times stay words: "since:monday".
func (q *Query) String() string {
	var out []string
	list := func(key string, values []string) {
		if len(values) > 0 {
			out = append(out, listTerm(key, values))
		}
	}
	list(keyState, names(q.States))
	list("-"+keyState, names(q.NotStates))
	list(keyTo, q.To)
	list("-"+keyTo, q.NotTo)
	for _, l := range q.Labels {
		list(keyLabel, []string{l})
	}
	for _, l := range q.NotLabels {
		list("-"+keyLabel, []string{l})
	}
	list(keySource, names(q.Sources))
	list("-"+keySource, names(q.NotSources))
	list(keySince, q.time(keySince, q.Since, time.Time{}))
	list(keyUntil, q.time(keyUntil, time.Time{}, q.Until))
	list(keyAt, q.time(keyAt, q.AtSince, q.AtUntil))
	if q.Order != "" {
		list(keySort, []string{string(q.Order)})
	}
	for _, w := range q.Words {
		out = append(out, wordTerm(w))
	}
	for _, w := range q.NotWords {
		out = append(out, "-"+wordTerm(w))
	}
	return strings.Join(out, " ")
}

// time is how a bound was said, if it was and still is that, else the instants; none for no bound.
func (q *Query) time(key string, from, to time.Time) []string {
	if from.IsZero() && to.IsZero() {
		return nil
	}
	if s := q.said[key]; s.text != "" && s.from.Equal(from) && s.to.Equal(to) {
		return []string{s.text}
	}
	instant := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339Nano)
	}
	if key == keyAt {
		return []string{instant(from) + ".." + instant(to)}
	}
	return []string{instant(from) + instant(to)}
}

func listTerm(key string, values []string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v
		if v == "" || strings.ContainsAny(v, `,"`) || len(strings.Fields(v)) != 1 || strings.TrimSpace(v) != v || curly(v) {
			out[i] = quote(v)
		}
	}
	return key + ":" + strings.Join(out, ",")
}

// wordTerm writes a word so that it is read as one.
func wordTerm(w string) string {
	tokens, err := scan(w)
	if err == nil && len(tokens) == 1 && tokens[0].key.Name == "" && !tokens[0].not && tokens[0].values[0].text == w {
		return w
	}
	return quote(w)
}
