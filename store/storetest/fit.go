package storetest

import (
	"context"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func fitCases() []testCase {
	return []testCase{
		{"store, find, store again", fitLife},
		{"each source and spec has a row of its own", fitKeys},
		{"what is no fitting is refused", wrongFits},
	}
}

func (w *world) putFit(r *hayon.FitRow) {
	w.Helper()
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.PutFit(ctx, r) })
}

func (w *world) wantFit(what string, want *hayon.FitRow) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindFit(ctx, want.Source, want.Spec)
		if diff := cmp.Diff(want, got); diff != "" {
			w.Errorf("%s: fitting (-want +got):\n%s", what, diff)
		}
		return err
	})
}

func (w *world) wantNoFit(source, spec string) {
	w.Helper()
	w.refused(hayon.CodeNotFound, func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.FindFit(ctx, source, spec)
		return err
	})
}

func fitLife(w *world) {
	r := &hayon.FitRow{
		Source: hashFrom('a'), Spec: "jpeg 1000000 bytes", Duration: 3 * time.Second, Animated: true, At: start,
		Result: hayon.BlobRef{SHA256: hashFrom('b'), Type: "image/jpeg", Bytes: 910_000, Width: 2000, Height: 1500},
		Steps:  []string{"turned upright", "2.1 MB \u2192 0.91 MB, JPEG q85"},
	}
	w.wantNoFit(r.Source, r.Spec)
	w.putFit(r)
	w.wantFit("stored", r)
	w.s = w.h.Reopen(w.T, w.s)
	w.wantFit("opened again", r)
	r.Result, r.Steps, r.Duration, r.Animated = *blob('a'), nil, 0, false
	w.putFit(r)
	w.wantFit("stored again", r)
}

func fitKeys(w *world) {
	row := func(source byte, spec string, result byte) *hayon.FitRow {
		r := &hayon.FitRow{Source: hashFrom(source), Spec: spec, Result: *blob(result), At: start}
		w.putFit(r)
		return r
	}
	long := strings.Repeat("x", 40_000)
	for _, r := range []*hayon.FitRow{row('a', "s", 'p'), row('a', "t", 'q'), row('b', "s", 'r'), row('a', long, 's'), row('a', long+"y", 't')} {
		w.wantFit("of "+r.Source[:1]+" to "+r.Spec[:1], r)
	}
	w.wantNoFit(hashFrom('b'), "t")
	w.wantNoFit(hashFrom('a')[:63], "as")
}

func wrongFits(w *world) {
	for name, r := range map[string]*hayon.FitRow{
		"no source": {Spec: "s", Result: *blob('b')},
		"no spec":   {Source: hashFrom('a'), Result: *blob('b')},
		"no result": {Source: hashFrom('a'), Spec: "s"},
	} {
		err := w.s.Update(w.Context(), func(ctx context.Context, tx hayon.Tx) error { return tx.PutFit(ctx, r) })
		if hayon.CodeOf(err) != hayon.CodeInternal {
			w.Errorf("%s: PutFit answers %v, want internal", name, err)
		}
	}
}
