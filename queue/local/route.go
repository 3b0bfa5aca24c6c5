package local

import (
	"slices"
	"strings"
)

// binding routes a key of an exchange to a queue.
type binding struct {
	key   string
	words []string // of the key; for topic exchanges
	queue *queue
}

func newBinding(key string, q *queue) binding {
	return binding{key: key, words: split(nil, key), queue: q}
}

// route answers the queues that take a routing key, each once. The slice buf is filled and answered.
func (e *exchange) route(key string, buf []*queue) []*queue {
	var space [16]string
	words := split(space[:0], key)
	for i := range e.bindings {
		bd := &e.bindings[i]
		if bd.key != key && (!e.topic || !match(bd.words, words)) {
			continue
		}
		if !contains(buf, bd.queue) {
			buf = append(buf, bd.queue)
		}
	}
	return buf
}

// contains is a loop because a key reaches one queue nearly always.
func contains(queues []*queue, q *queue) bool {
	return slices.Contains(queues, q)
}

// split appends the words of a key to buf. The empty key has none.
func split(buf []string, key string) []string {
	if key == "" {
		return buf
	}
	for {
		word, rest, more := strings.Cut(key, ".")
		buf = append(buf, word)
		if !more {
			return buf
		}
		key = rest
	}
}

// match reports whether a topic pattern fits: * stands for one word, # for any number, none too.
// After a mismatch only the last # is tried with one word more, since whatever an earlier one could
// swallow the last one can too; so the work is at most the product of both lengths.
func match(pattern, words []string) bool {
	p, w := 0, 0
	hash, from := -1, 0
	for w < len(words) {
		switch {
		case p < len(pattern) && pattern[p] == "#":
			hash, from = p, w
			p++
		case p < len(pattern) && (pattern[p] == "*" || pattern[p] == words[w]):
			p++
			w++
		case hash >= 0:
			from++
			p, w = hash+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "#" {
		p++
	}
	return p == len(pattern)
}
