package bolt

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// head is what posts_by_search tells of a post, so that its row need not be read.
type head struct {
	created, at []byte // as timeKey has them
	source      []byte
	text        []byte // as [hayon.Post.SearchText] has it
}

// headOf is the head of a post as it is stored: both times, the length of the source, it, and the text.
func headOf(p *hayon.Post) []byte {
	text := p.SearchText()
	b := make([]byte, 0, 2*timeLen+1+len(p.Source)+len(text))
	b = append(append(b, timeKey(p.CreatedAt)...), timeKey(p.At())...)
	b = binary.AppendUvarint(b, uint64(len(p.Source)))
	return append(append(b, p.Source...), text...)
}

func readHead(v []byte) (head, error) {
	if len(v) > 2*timeLen {
		rest := v[2*timeLen:]
		if n, size := binary.Uvarint(rest); size > 0 && n <= uint64(len(rest)-size) { //nolint:gosec // not negative
			source, text := rest[size:][:n], rest[size:][n:]
			return head{created: v[:timeLen], at: v[timeLen : 2*timeLen], source: source, text: text}, nil
		}
	}
	return head{}, &damage{detail: "a row of posts_by_search cannot be read"}
}

// headFilter is the part of a filter that heads answer.
type headFilter struct {
	sources         []hayon.Source
	words, notWords [][]byte
	created         timeRange
}

// timeRange bounds a time as timeKey has it: not before from, and before to; nil: no bound.
type timeRange struct{ from, to []byte }

func newHeadFilter(f hayon.PostFilter) *headFilter {
	return &headFilter{
		sources: f.Sources, words: folded(f.Words), notWords: folded(f.NotWords),
		created: rangeOf(f.Since, f.Until),
	}
}

func rangeOf(from, to time.Time) (r timeRange) {
	if !from.IsZero() {
		r.from = timeKey(from)
	}
	if !to.IsZero() {
		r.to = timeKey(to)
	}
	return r
}

func folded(words []string) [][]byte {
	out := make([][]byte, 0, len(words))
	for _, w := range words {
		out = append(out, []byte(hayon.FoldText(w)))
	}
	return out
}

func (r timeRange) set() bool { return r.from != nil || r.to != nil }

func (r timeRange) has(at []byte) bool {
	return (r.from == nil || bytes.Compare(at, r.from) >= 0) && (r.to == nil || bytes.Compare(at, r.to) < 0)
}

// selects is false where every head fits.
func (f *headFilter) selects() bool {
	return len(f.sources)+len(f.words)+len(f.notWords) > 0 || f.created.set()
}

func (f *headFilter) fits(h head) bool {
	in := func(word []byte) bool { return bytes.Contains(h.text, word) }
	return f.created.has(h.created) &&
		(len(f.sources) == 0 || slices.Contains(f.sources, hayon.Source(h.source))) &&
		!slices.ContainsFunc(f.words, func(w []byte) bool { return !in(w) }) &&
		!slices.ContainsFunc(f.notWords, in)
}
