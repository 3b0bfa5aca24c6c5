package hayon_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

func TestParseLetterRef(t *testing.T) {
	t.Parallel()
	letter := &hayon.Letter{ID: hayon.NewLetterID(when), Target: hayon.NewTargetID(when)}
	if id, target, err := hayon.ParseLetterRef(letter.Ref()); err != nil || id != letter.ID || !target.IsZero() {
		t.Errorf("ParseLetterRef(%s) = %v, %v, %v; want the id of the letter alone", letter.Ref(), id, target, err)
	}
	ofTarget := &hayon.Letter{Target: letter.Target}
	if id, target, err := hayon.ParseLetterRef(ofTarget.Ref()); err != nil || !id.IsZero() || target != letter.Target {
		t.Errorf("ParseLetterRef(%s) = %v, %v, %v; want the id of the target alone", ofTarget.Ref(), id, target, err)
	}
	for _, ref := range []string{
		"", "last", "d_9qx1", "t_9qx1", "..", hayon.NewPostID(when).String(), letter.Ref() + "/replay", (&hayon.Letter{}).Ref(),
	} {
		if id, target, err := hayon.ParseLetterRef(ref); hayon.CodeOf(err) != hayon.CodeUsage || !id.IsZero() || !target.IsZero() {
			t.Errorf("ParseLetterRef(%q) = %v, %v, %v; want usage", ref, id, target, err)
		}
	}
}

// A message that anybody may have put into the queue must not make letters that cannot be stored or shown.
func TestLetterOfAnyTimestampIsJSON(t *testing.T) {
	t.Parallel()
	milliseconds := time.Unix(when.UnixMilli(), 0)
	for _, at := range []time.Time{milliseconds, time.Unix(-1<<62, 0), time.Unix(1<<62, 0)} {
		m := hayon.Message{At: at, Body: []byte("x"), Headers: map[string]any{
			hayon.HeaderDeath: []any{map[string]any{"queue": "q", "reason": "rejected", "time": at}},
		}}
		l := hayon.NewLetter(m, hayon.CauseUndecodable, "it is no hint", when)
		if _, err := json.Marshal(l); err != nil || !l.Message.At.IsZero() || !l.Message.Deaths[0].At.IsZero() {
			t.Errorf("sent at %v: %v, the letter says %v and died at %v; want none of both", at.Unix(), err, l.Message.At, l.Message.Deaths[0].At)
		}
	}
	zone := time.FixedZone("", 3600)
	if l := hayon.NewLetter(hayon.Message{At: when.In(zone)}, hayon.CauseVersion, "", when); l.Message.At != when.UTC() {
		t.Errorf("sent at %v, the letter says %v", when, l.Message.At)
	}
}
