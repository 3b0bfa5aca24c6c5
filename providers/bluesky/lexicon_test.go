package bluesky_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/bluesky-social/indigo/atproto/atdata"
	"github.com/bluesky-social/indigo/atproto/lexicon"
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

// validate holds a record against the lexicon of posts, where that is at hand.
func validate(t *testing.T, raw []byte) {
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
	if err := lexicon.ValidateRecord(cat, v, posts, lexicon.StrictRecursiveValidation); err != nil {
		t.Errorf("the record breaks its lexicon: %v\n%s", err, raw)
	}
}
