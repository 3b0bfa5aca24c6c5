package bolt

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"go.etcd.io/bbolt"
)

// sumLen is how many bytes of a stored row are its checksum, the last ones.
const sumLen = 4

// castagnoli is the polynomial for which processors have an instruction.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal puts the checksum behind a row.
func seal(row []byte) []byte {
	return binary.BigEndian.AppendUint32(row, crc32.Checksum(row, castagnoli))
}

// unseal answers the row without its checksum; ok is false where it is not the row that was sealed.
func unseal(stored []byte) (row []byte, ok bool) {
	n := len(stored) - sumLen
	if n < 0 {
		return nil, false
	}
	return stored[:n:n], crc32.Checksum(stored[:n], castagnoli) == binary.BigEndian.Uint32(stored[n:])
}

// sumOf is the checksum at the end of a stored row.
func sumOf(stored []byte) uint64 {
	if len(stored) < sumLen {
		return 0
	}
	return uint64(binary.BigEndian.Uint32(stored[len(stored)-sumLen:]))
}

// total is what the bucket of totals tells of the rows of another, so that a row that was lost with its
// page, or came back with an old one, is missed. It may stand for a change of it, too.
type total struct {
	rows uint64
	sum  uint64 // of the checksums of all rows, modulo 2^64
	seq  uint64 // the number that was given last
}

func (c *total) add(stored []byte) { c.rows, c.sum = c.rows+1, c.sum+sumOf(stored) }

func (c total) encode() []byte {
	b := make([]byte, 0, totalLen)
	for _, n := range []uint64{c.rows, c.sum, c.seq} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}

const totalLen = 3 * 8

// storedTotal is what is noted of a bucket; ok is false where nothing is.
func storedTotal(tx *bbolt.Tx, bucket []byte) (c total, ok bool) {
	b := tx.Bucket(bucketTotals).Get(bucket)
	if len(b) != totalLen {
		return total{}, false
	}
	return total{
		rows: binary.BigEndian.Uint64(b), sum: binary.BigEndian.Uint64(b[8:]), seq: binary.BigEndian.Uint64(b[16:]),
	}, true
}

// count is the total of a bucket as it is. What stands in meta has no checksum of its own.
func count(tx *bbolt.Tx, bucket []byte) total {
	b := tx.Bucket(bucket)
	c := total{seq: b.Sequence()}
	cur := b.Cursor()
	for k, v := cur.First(); k != nil; k, v = cur.Next() {
		if bytes.Equal(bucket, bucketMeta) {
			v = seal(join(k, []byte{0}, v))
		}
		c.add(v)
	}
	return c
}

// putTotal notes the total of a bucket as it is.
func putTotal(tx *bbolt.Tx, bucket []byte) error {
	return tx.Bucket(bucketTotals).Put(bucket, count(tx, bucket).encode())
}

// totals are the changes that a transaction made to the rows of each bucket.
type totals map[string]*total

func (cs totals) of(bucket []byte) *total {
	c := cs[string(bucket)]
	if c == nil {
		c = &total{}
		cs[string(bucket)] = c
	}
	return c
}

// store adds the changes to what is noted.
func (cs totals) store(tx *bbolt.Tx) error {
	for name, change := range cs {
		bucket := []byte(name)
		c, ok := storedTotal(tx, bucket)
		if !ok {
			return noTotal(bucket)
		}
		c.rows, c.sum, c.seq = c.rows+change.rows, c.sum+change.sum, tx.Bucket(bucket).Sequence()
		if err := tx.Bucket(bucketTotals).Put(bucket, c.encode()); err != nil {
			return err
		}
	}
	return nil
}

// count is how many rows a bucket has, with the changes of the transaction and of those that share its
// commit.
func (t *Tx) count(bucket []byte) (int, error) {
	c, ok := storedTotal(t.tx, bucket)
	if !ok {
		return 0, noTotal(bucket)
	}
	if change := t.totals[string(bucket)]; change != nil {
		c.rows += change.rows
	}
	return int(c.rows), nil //nolint:gosec // they fit into a file
}

func noTotal(bucket []byte) error {
	return &damage{detail: "nothing tells how many rows " + string(bucket) + " has"}
}

// putMeta stores what the file tells of itself. A nil value removes it.
func putMeta(tx *bbolt.Tx, key, value []byte) error {
	change := func(b *bbolt.Bucket) error { return b.Put(key, value) }
	if value == nil {
		change = func(b *bbolt.Bucket) error { return b.Delete(key) }
	}
	if err := change(tx.Bucket(bucketMeta)); err != nil {
		return err
	}
	return putTotal(tx, bucketMeta)
}
