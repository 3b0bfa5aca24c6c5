package api_test

import (
	"encoding/json"
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// filler sets everything that a type holds, each time to another value.
type filler struct {
	n     int64
	words map[reflect.Type]string // of the types that have only some
}

func (f *filler) fill(v reflect.Value) {
	f.n++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(1_800_000_000+f.n, f.n).UTC()))
		return
	case time.Duration:
		v.SetInt(int64(time.Hour) + f.n)
		return
	}
	switch v.Kind() {
	case reflect.String:
		word, ok := f.words[v.Type()]
		if !ok {
			word = "word \"" + string(rune('a'+f.n%26)) + "\" é"
		}
		v.SetString(word)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1<<52 + f.n) // a float of JavaScript would do
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(uint64(200 + f.n%50)) // no byte of UTF-8 text
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.each(v.Len(), v.Index)
	case reflect.Array: // an identifier
		f.each(v.Len(), v.Index)
	case reflect.Struct:
		f.each(v.NumField(), v.Field)
	default:
		panic("no value of a " + v.Type().String())
	}
}

func (f *filler) each(n int, at func(int) reflect.Value) {
	for i := range n {
		f.fill(at(i))
	}
}

func filled[T any](n int64) *T {
	out := new(T)
	(&filler{n: n, words: map[reflect.Type]string{
		reflect.TypeFor[hayon.LetterKind]():   string(hayon.LetterParked),
		reflect.TypeFor[hayon.LetterCause]():  string(hayon.CauseRetries),
		reflect.TypeFor[hayon.LetterEffect](): string(hayon.LetterDiscarded),
		reflect.TypeFor[hayon.DelayMode]():    string(hayon.DelayPlugin),
		reflect.TypeFor[hayon.State]():        string(hayon.StateParked),
	}}).fill(reflect.ValueOf(out).Elem())
	return out
}

// What the broker service answers goes over the wire as it is: nothing of it is lost, and the document
// describes it.
func TestBrokerOnTheWire(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(api.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	for n := range int64(5) {
		wired(t, doc, "Letter", filled[hayon.Letter](n))
		wired(t, doc, "BrokerStatus", filled[hayon.BrokerStatus](n))
		wired(t, doc, "BrokerState", filled[hayon.BrokerState](n))
		wired(t, doc, "LetterRequest", filled[hayon.LetterRequest](n))
	}
	wired(t, doc, "Letter", new(hayon.Letter{Kind: hayon.LetterDead, Cause: hayon.CauseFailed, Target: filled[hayon.Letter](0).Target}))
	wired(t, doc, "BrokerStatus", &hayon.BrokerStatus{Queues: []hayon.QueueStatus{{Name: "q"}}})
	wired(t, doc, "BrokerState", &hayon.BrokerState{})
	wired(t, doc, "LetterRequest", &hayon.LetterRequest{})
	st := filled[hayon.BrokerState](9)
	wired(t, doc, "Status", &hayon.Status{Version: "1", Broker: st})
}

// wired checks that v comes back whole, and that its form is that of a schema.
func wired[T any](t *testing.T, doc *openapi3.T, schema string, v *T) {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back T
	if err := api.Decode(body, &back); err != nil {
		t.Errorf("%s: %v", schema, err)
	}
	if diff := cmp.Diff(*v, back); diff != "" {
		t.Errorf("%s (-want +got):\n%s", schema, diff)
	}
	var plain any
	if err := json.Unmarshal(body, &plain); err != nil {
		t.Fatal(err)
	}
	if err := doc.Components.Schemas[schema].Value.VisitJSON(plain, openapi3.MultiErrors()); err != nil {
		t.Errorf("%s is not as the document has it: %v\n%s", schema, err, body)
	}
}

func TestLetterQueries(t *testing.T) {
	t.Parallel()
	for _, f := range []hayon.LetterFilter{{}, {Kind: hayon.LetterDead}, {Kind: hayon.LetterParked, All: true, Limit: 7}} {
		got, err := api.ParseLetterQuery(api.LetterQuery(f))
		if err != nil || got != f {
			t.Errorf("%+v came back as %+v, %v", f, got, err)
		}
		kind, ref, err := api.ParseLetterLookupQuery(api.LetterLookupQuery(f.Kind, "9qx7 & ?"))
		if err != nil || kind != f.Kind || ref != "9qx7 & ?" {
			t.Errorf("the look-up of kind %q came back as %q %q, %v", f.Kind, kind, ref, err)
		}
		for op, q := range map[api.Op]url.Values{api.OpFindLetters: api.LetterQuery(f), api.OpLookupLetter: api.LetterLookupQuery(f.Kind, "x")} {
			if err := api.RouteOf(op).CheckQuery(q); err != nil {
				t.Errorf("%s: %v", op, err)
			}
		}
	}
	for _, query := range []string{"kind=lost", "kind=DEAD", "all=perhaps", "limit=-1", "limit=many"} {
		q, _ := url.ParseQuery(query)
		if _, err := api.ParseLetterQuery(q); hayon.CodeOf(err) != hayon.CodeUsage {
			t.Errorf("letters?%s: %v, want usage", query, err)
		}
	}
	_, _, err := api.ParseLetterLookupQuery(url.Values{"kind": {"lost"}})
	if e := hayon.AsError(err); e.Code != hayon.CodeUsage || e.Hint != "one of dead, parked" || e.Details[api.DetailUnknown] != "lost" {
		t.Errorf("an unknown kind: %v, details %v; want usage with what there is", err, e.Details)
	}
}

// A change of a letter whose answer was lost is not asked for again by itself: the second one would find
// another letter than the first.
func TestChangesOfLettersAreNotRepeated(t *testing.T) {
	t.Parallel()
	for op, want := range map[api.Op]bool{
		api.OpBrokerStatus: true, api.OpFindLetters: true, api.OpLookupLetter: true, api.OpReplayLetter: false, api.OpDiscardLetter: false,
	} {
		if r := api.RouteOf(op); r.Op != op || r.Repeatable != want || r.Public {
			t.Errorf("%s: %+v, want repeatable %v and not public", op, r, want)
		}
	}
}
