package bluesky_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/bluesky-social/indigo/atproto/atdata"
	"github.com/bluesky-social/indigo/atproto/lexicon"

	"github.com/hayon/hayon"
)

// lexicons are the descriptions of records below HAYON_SPECS; nil without it.
var lexicons = sync.OnceValues(func() (*lexicon.BaseCatalog, error) {
	dir := os.Getenv("HAYON_SPECS")
	if dir == "" {
		return nil, nil //nolint:nilnil // not set is an ordinary answer
	}
	cat := lexicon.NewBaseCatalog()
	return cat, cat.LoadDirectory(filepath.Join(dir, "bluesky", "lexicons"))
})

// validate holds a record against the lexicon of its collection, where that is at hand.
func validate(t testing.TB, collection string, raw []byte) {
	t.Helper()
	cat, err := lexicons()
	if err != nil {
		t.Error(err)
		return
	}
	if cat == nil {
		return
	}
	v, err := atdata.UnmarshalJSON(raw)
	if err != nil {
		t.Errorf("the record is no data of the protocol: %v", err)
		return
	}
	if err := lexicon.ValidateRecord(cat, v, collection, lexicon.StrictRecursiveValidation); err != nil {
		t.Errorf("the record breaks its lexicon: %v\n%s", err, raw)
	}
}

func TestRecordFollowsItsLexicon(t *testing.T) {
	t.Parallel()
	if os.Getenv("HAYON_SPECS") == "" {
		t.Skip("HAYON_SPECS does not name the folder of the platforms' descriptions")
	}
	p := newProvider()
	file := pngOf(t, 4, 3)
	s := sessionOn(t, script(t,
		step{call: "getRecord", body: `{"uri":"` + uri + `","cid":"` + greetingCID + `"}`},
		step{call: "uploadBlob", token: "access-1", body: `{"blob":{"$type":"blob","ref":{"$link":"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},` +
			`"mimeType":"image/png","size":70}}`},
		step{call: "resolveHandle", body: `{"did":"` + did + `"}`},
	))
	tg := &hayon.Target{Due: tenOClock, Options: map[string]string{"sensitive": "true", "labels": "nudity"}, Parts: []hayon.Part{{
		Text: "#tag https://example.org @bob.test $GME", Langs: []string{"en", "pt-BR"}, Idem: rkey,
		Media: []hayon.Attachment{{Type: "image/png", Bytes: int64(len(file)), Width: 4, Height: 3, Alt: "four by three"}},
	}}}
	r := prepareRequest(tg, file)
	r.Parent = hayon.Remote{ID: uri, Digest: greetingCID}
	got, err := p.Prepare(t.Context(), s, r)
	if err != nil {
		t.Fatal(err)
	}
	var body struct{ Record json.RawMessage }
	if err := json.Unmarshal(got.Data, &body); err != nil {
		t.Fatal(err)
	}
	validate(t, posts, body.Record)
}
