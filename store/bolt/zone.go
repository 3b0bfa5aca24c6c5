package bolt

import (
	"context"
	"slices"
	"strings"

	"github.com/hayon/hayon"
)

// FindZones answers all zones that posts were scheduled in, in the order of their names.
func (t *Tx) FindZones(_ context.Context) ([]hayon.Zone, error) {
	var out []hayon.Zone
	for _, v := range t.from(bucketZones, nil, nil) {
		z, err := decode[hayon.Zone]("zone", v)
		if err != nil {
			return nil, err
		}
		out = append(out, *z)
	}
	slices.SortFunc(out, func(a, b hayon.Zone) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// PutZone stores a zone with the digest of its rules.
func (t *Tx) PutZone(_ context.Context, z hayon.Zone) error {
	if z.Name == "" {
		return hayon.Errorf(hayon.CodeInternal, "a zone needs a name to be stored")
	}
	b, err := encode("zone", z)
	if err != nil {
		return err
	}
	return t.put(bucketZones, textKey(nil, z.Name), b)
}
