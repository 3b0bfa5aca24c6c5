package bolt

import (
	"context"

	"github.com/hayon/hayon"
)

// FindZones answers all zones that posts were scheduled in.
func (t *Tx) FindZones(_ context.Context) ([]hayon.Zone, error) {
	var out []hayon.Zone
	for _, v := range t.from(bucketZones, nil, nil) {
		z, err := decode[hayon.Zone]("zone", v)
		if err != nil {
			return nil, err
		}
		out = append(out, *z)
	}
	return out, nil
}

// PutZone stores a zone with the digest of its rules.
func (t *Tx) PutZone(_ context.Context, z hayon.Zone) error {
	b, err := encode("zone", z)
	if err != nil {
		return err
	}
	return t.put(bucketZones, textKey(nil, z.Name), b)
}
