package storetest

import (
	"cmp"
	"context"
	"slices"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func zoneCases() []testCase {
	return []testCase{
		{"a zone is stored once, with the last digest", zones},
	}
}

func zones(w *world) {
	put := func(z hayon.Zone) func(context.Context, hayon.Tx) error {
		return func(ctx context.Context, tx hayon.Tx) error { return tx.PutZone(ctx, z) }
	}
	wantZones(w)
	for _, z := range []hayon.Zone{
		{Name: "Europe/Berlin", Digest: "old"}, {Name: "America/New_York", Digest: "x"}, {Name: "Europe/Berlin", Digest: "new"},
	} {
		w.update(put(z))
	}
	w.refused(hayon.CodeInternal, put(hayon.Zone{Digest: "x"}))
	w.s = w.h.Reopen(w.T, w.s)
	wantZones(w, hayon.Zone{Name: "America/New_York", Digest: "x"}, hayon.Zone{Name: "Europe/Berlin", Digest: "new"})
}

func wantZones(w *world, want ...hayon.Zone) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		got, err := tx.FindZones(ctx)
		slices.SortFunc(got, func(a, b hayon.Zone) int { return cmp.Compare(a.Name, b.Name) })
		if diff := gocmp.Diff(want, got); diff != "" {
			w.Errorf("zones (-want +got):\n%s", diff)
		}
		return err
	})
}
