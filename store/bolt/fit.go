package bolt

import (
	"context"

	"github.com/hayon/hayon"
)

// fitKey puts everything that a source was fitted to beside each other.
func fitKey(source, spec string) []byte { return textKey([]byte(source), spec) }

// PutFit remembers what fitting came to.
func (t *Tx) PutFit(_ context.Context, r *hayon.FitRow) error {
	if r.Source == "" || r.Spec == "" || r.Result.SHA256 == "" {
		return hayon.Errorf(hayon.CodeInternal, "a fitting needs a source, a spec and a result to be stored")
	}
	b, err := encode("fitting", r)
	if err != nil {
		return err
	}
	return t.put(bucketFits, fitKey(r.Source, r.Spec), b)
}

// FindFit answers what fitting came to.
func (t *Tx) FindFit(_ context.Context, source, spec string) (*hayon.FitRow, error) {
	r, err := find[hayon.FitRow](t, bucketFits, fitKey(source, spec), "fitting")
	if err == nil && r == nil {
		err = notFound("fitting", "of "+source)
	}
	return r, err
}
