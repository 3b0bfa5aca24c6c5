package rabbitmq

import "strings"

// mismatch is how an object on the server differs from what was declared.
type mismatch struct {
	object, name string
	argument     string
	have, want   string
}

// parseMismatch reads what RabbitMQ answers to a declaration that does not fit:
//
//	PRECONDITION_FAILED - inequivalent arg 'x-delivery-limit' for queue 'q' in vhost '/': received the value '20' of type 'long' but current is none
//	PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'x' in vhost '/': received 'direct' but current is 'topic'
//
// Both forms: rabbit_misc:assert_args_equivalence and assert_field_equivalence in RabbitMQ 3.10 to 4.2.
func parseMismatch(text string) (mismatch, bool) {
	_, rest, ok := strings.Cut(text, "inequivalent arg '")
	if !ok {
		return mismatch{}, false
	}
	var m mismatch
	if m.argument, rest, ok = strings.Cut(rest, "' for "); !ok {
		return mismatch{}, false
	}
	if m.object, rest, ok = strings.Cut(rest, " '"); !ok {
		return mismatch{}, false
	}
	if m.name, rest, ok = strings.Cut(rest, "' in vhost '"); !ok {
		return mismatch{}, false
	}
	if _, rest, ok = strings.Cut(rest, "': received "); !ok {
		return mismatch{}, false
	}
	want, have, ok := strings.Cut(rest, " but current is ")
	if !ok {
		return mismatch{}, false
	}
	m.want, m.have = value(want), value(have)
	return m, true
}

// value is the value in "none", "'topic'" or "the value '5' of type 'long'".
func value(s string) string {
	if v, ok := strings.CutPrefix(s, "the value "); ok {
		if i := strings.LastIndex(v, " of type '"); i >= 0 {
			s = v[:i]
		}
	}
	if len(s) >= 2 && s[0] == '\'' && s[len(s)-1] == '\'' {
		return s[1 : len(s)-1]
	}
	return s
}
