package bolt

import (
	"bytes"
	"context"
	"crypto/sha256"
	"time"

	"github.com/hayon/hayon"
)

// textKey makes a key of an id and a text of any length.
func textKey(id []byte, text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return join(id, sum[:])
}

// FindKey answers what an Idempotency-Key stands for.
func (t *Tx) FindKey(_ context.Context, user hayon.UserID, key string) (*hayon.KeyRow, error) {
	r, err := find[hayon.KeyRow](t, bucketKeys, textKey(user[:], key), "idempotency key")
	if err == nil && r == nil {
		err = notFound("idempotency key", key)
	}
	return r, err
}

// PutKey remembers an Idempotency-Key.
func (t *Tx) PutKey(_ context.Context, r *hayon.KeyRow) error {
	b, err := encode("idempotency key", r)
	if err != nil {
		return err
	}
	return t.put(bucketKeys, textKey(r.User[:], r.Key), b)
}

// FindDigest answers the newest post with a text.
func (t *Tx) FindDigest(_ context.Context, account hayon.AccountID, digest string) (*hayon.DigestRow, error) {
	r, err := find[hayon.DigestRow](t, bucketDigests, textKey(account[:], digest), "digest")
	if err == nil && r == nil {
		err = notFound("digest", digest)
	}
	return r, err
}

// PutDigest remembers a text, unless a newer post with it is known.
func (t *Tx) PutDigest(ctx context.Context, r *hayon.DigestRow) error {
	old, err := t.FindDigest(ctx, r.Account, r.Digest)
	if err != nil && hayon.CodeOf(err) != hayon.CodeNotFound {
		return err
	}
	if err == nil && old.At.After(r.At) {
		return nil
	}
	b, err := encode("digest", r)
	if err != nil {
		return err
	}
	return t.put(bucketDigests, textKey(r.Account[:], r.Digest), b)
}

// FindPace answers what holds a key back.
func (t *Tx) FindPace(_ context.Context, key string) (*hayon.Pace, error) {
	p, err := find[hayon.Pace](t, bucketPaces, textKey(nil, key), "pace")
	if err == nil && p == nil {
		err = notFound("pace", key)
	}
	return p, err
}

// PutPace holds a key back.
func (t *Tx) PutPace(_ context.Context, p *hayon.Pace) error {
	b, err := encode("pace", p)
	if err != nil {
		return err
	}
	return t.put(bucketPaces, textKey(nil, p.Key), b)
}

// PruneGuards forgets what is old.
func (t *Tx) PruneGuards(_ context.Context, keysBefore, digestsBefore, pacesBefore time.Time) (int, error) {
	keys, err := prune(t, bucketKeys, "idempotency key", func(r *hayon.KeyRow) bool { return r.At.Before(keysBefore) })
	if err != nil {
		return 0, err
	}
	digests, err := prune(t, bucketDigests, "digest", func(r *hayon.DigestRow) bool { return r.At.Before(digestsBefore) })
	if err != nil {
		return 0, err
	}
	paces, err := prune(t, bucketPaces, "pace", func(p *hayon.Pace) bool { return forgettable(p, pacesBefore) })
	return keys + digests + paces, err
}

// forgettable reports whether a pace that ended before an instant tells nothing any more. Failures
// are counted from Since on, and an open breaker that is over still lets one claim through at a time.
func forgettable(p *hayon.Pace, before time.Time) bool {
	counts := p.Open || p.Failures > 0
	return p.NotBefore.Before(before) && (!counts || p.Since.Before(before))
}

func prune[T any](t *Tx, bucket []byte, what string, old func(*T) bool) (int, error) {
	var keys [][]byte
	for k, v := range t.from(bucket, nil, nil) {
		r, err := decode[T](what, v)
		if err != nil {
			return 0, err
		}
		if old(r) {
			keys = append(keys, bytes.Clone(k))
		}
	}
	for _, k := range keys {
		if err := t.del(bucket, k); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}
