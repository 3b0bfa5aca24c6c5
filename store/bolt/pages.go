package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"io"
	"math"
	"slices"
)

// The form of a page. The numbers are in the order of the processor's bytes.
// Source: https://github.com/etcd-io/bbolt/blob/v1.5.0/internal/common/page.go, meta.go, bucket.go, read 2026-11-20.
const (
	pageHeader  = 16 // id 8, flags 2, count 2, overflow 4
	pageElement = 16 // of a leaf: flags 4, pos 4, ksize 4, vsize 4; of a branch: pos 4, ksize 4, page 8

	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagMeta     = 0x04
	flagFreelist = 0x10
	flagBucket   = 0x01 // of an element of a leaf

	bucketHeader = 16 // root 8, sequence 8; a root of 0 means that the page follows at once

	// A meta page: magic 4, version 4, page size 4, flags 4, root 8, sequence 8, freelist 8, pages 8,
	// transaction 8, and the FNV-1a of all that.
	metaSummed = 56
	metaMagic  = 0xED0CDAED
	metaFormat = 2

	// noFreelist is in the place of the freelist's page where there is none.
	noFreelist = math.MaxUint64
	// longFreelist is the count of a freelist that has its length as its first number.
	longFreelist = 0xFFFF
	// maxDepth is more than a tree of any file has levels.
	maxDepth = 64
)

// pageWalk goes through the pages of a file and trusts none of them, so that what follows them
// afterwards comes to an end and stays inside of the file. bbolt itself does not survive a page that
// points to one above it.
type pageWalk struct {
	r    io.ReaderAt
	size int                              // of a page
	high uint64                           // the number of pages
	seen []uint64                         // a bit for each page that something points to
	add  func(format string, args ...any) // a problem
	deep bool                             // also the trees of buckets
	// ended answers an error where the walk is to stop; nil: nothing stops it.
	ended func() error
}

// walk goes through all pages of the file. Nobody writes meanwhile.
func (h *handle) walk(ctx context.Context, add func(format string, args ...any)) error {
	w := &pageWalk{r: h.file, size: h.pageSize(), add: add, deep: true, ended: func() error {
		if ctx.Err() != nil {
			return ctxError(ctx)
		}
		return nil
	}}
	root, freelist, err := w.metas()
	if err != nil || w.high == 0 {
		return err
	}
	if err := w.tree(root, true, 0); err != nil {
		return err
	}
	return w.freelist(freelist)
}

func (h *handle) pageSize() int { return h.db.Info().PageSize }

// metas reads both meta pages and answers what the newer whole one says. The older one is the state
// before the last commit: nobody may lose that without being told.
func (w *pageWalk) metas() (root, freelist uint64, err error) {
	newest := uint64(0)
	for id := range uint64(2) {
		p, err := w.read(id, 1)
		if err != nil {
			return 0, 0, err
		}
		m := p[pageHeader:]
		sum := fnv.New64a()
		_, _ = sum.Write(m[:metaSummed]) // never an error
		number := func(at int) uint64 { return binary.NativeEndian.Uint64(m[at:]) }
		whole := number(metaSummed) == sum.Sum64() && binary.NativeEndian.Uint32(m) == metaMagic &&
			binary.NativeEndian.Uint32(m[4:]) == metaFormat
		if !whole || pageID(p) != id || pageFlags(p) != flagMeta {
			w.add("meta page %d is not what was written; the last change may be lost", id)
		}
		if txid := number(48); whole && (w.high == 0 || txid > newest) {
			newest, root, freelist, w.high = txid, number(16), number(32), number(40)
		}
	}
	if w.high > math.MaxInt64/uint64(w.size) { //nolint:gosec // a size is no negative number
		w.add("the meta pages speak of %d pages", w.high)
		w.high = 0
	}
	w.seen = make([]uint64, w.high/64+1)
	return root, freelist, nil
}

func pageID(p []byte) uint64       { return binary.NativeEndian.Uint64(p) }
func pageFlags(p []byte) uint16    { return binary.NativeEndian.Uint16(p[8:]) }
func pageCount(p []byte) int       { return int(binary.NativeEndian.Uint16(p[10:])) }
func pageOverflow(p []byte) uint64 { return uint64(binary.NativeEndian.Uint32(p[12:])) }

// read reads n pages.
func (w *pageWalk) read(id, n uint64) ([]byte, error) {
	b := make([]byte, int(n)*w.size)                                  //nolint:gosec // n pages are inside of the file
	if _, err := w.r.ReadAt(b, int64(id)*int64(w.size)); err != nil { //nolint:gosec // so is id
		if errors.Is(err, io.EOF) {
			return nil, &damage{detail: "its end is missing", cause: err}
		}
		return nil, err
	}
	return b, nil
}

// take reads a page that something points to, with those that belong to it; nil where it cannot be one.
func (w *pageWalk) take(id uint64) ([]byte, error) {
	if id < 2 || id >= w.high {
		w.add("page %d is outside of the %d pages", id, w.high)
		return nil, nil
	}
	p, err := w.read(id, 1)
	if err != nil {
		return nil, err
	}
	more := pageOverflow(p)
	if pageID(p) != id || id+more >= w.high {
		w.add("page %d says that it is %d, with %d more", id, pageID(p), more)
		return nil, nil
	}
	for i := id; i <= id+more; i++ {
		if w.points(i) {
			w.add("page %d is in two places", i)
			return nil, nil
		}
		w.seen[i/64] |= 1 << (i % 64)
	}
	if more == 0 {
		return p, nil
	}
	return w.read(id, more+1)
}

// points reports whether something was found that points to a page.
func (w *pageWalk) points(id uint64) bool { return w.seen[id/64]&(1<<(id%64)) != 0 }

// tree goes through a tree from its root. buckets: it is the one whose leaves name the buckets.
func (w *pageWalk) tree(id uint64, buckets bool, depth int) error {
	if w.ended != nil {
		if err := w.ended(); err != nil {
			return err
		}
	}
	p, err := w.take(id)
	if p == nil || err != nil {
		return err
	}
	switch {
	case depth > maxDepth:
		w.add("page %d lies too deep", id)
		return nil
	case pageFlags(p) == flagLeaf:
		return w.leaf(id, p, buckets)
	case pageFlags(p) != flagBranch || pageCount(p) == 0:
		w.add("page %d is neither a branch nor a leaf", id)
		return nil
	}
	for i := range pageCount(p) {
		e := w.element(id, p, i)
		if e == nil {
			return nil
		}
		pos, ksize := binary.NativeEndian.Uint32(e), binary.NativeEndian.Uint32(e[4:])
		if !w.inside(id, p, i, pos, ksize, 0) {
			return nil
		}
		if err := w.tree(binary.NativeEndian.Uint64(e[8:]), buckets, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// element is the head of the i-th element of a page; nil where the page is too short for it.
func (w *pageWalk) element(id uint64, p []byte, i int) []byte {
	at := pageHeader + i*pageElement
	if at+pageElement > len(p) {
		w.add("page %d has no room for its %d elements", id, pageCount(p))
		return nil
	}
	return p[at : at+pageElement]
}

// inside reports whether key and value of the i-th element lie behind the heads of all elements and
// before the end of the page.
func (w *pageWalk) inside(id uint64, p []byte, i int, pos, ksize, vsize uint32) bool {
	begin := uint64(pageHeader+i*pageElement) + uint64(pos) //nolint:gosec // i is a count
	end := begin + uint64(ksize) + uint64(vsize)
	if begin < uint64(pageHeader+pageCount(p)*pageElement) || end > uint64(len(p)) { //nolint:gosec // so is this
		w.add("page %d: element %d lies outside of it", id, i)
		return false
	}
	return true
}

func (w *pageWalk) leaf(id uint64, p []byte, buckets bool) error {
	for i := range pageCount(p) {
		e := w.element(id, p, i)
		if e == nil {
			return nil
		}
		n := func(at int) uint32 { return binary.NativeEndian.Uint32(e[at:]) }
		flags, pos, ksize, vsize := n(0), n(4), n(8), n(12)
		if !w.inside(id, p, i, pos, ksize, vsize) {
			return nil
		}
		if flags&^flagBucket != 0 || (flags == flagBucket) != buckets {
			w.add("page %d: element %d has the flags %x", id, i, flags)
			return nil
		}
		if !buckets {
			continue
		}
		begin := pageHeader + i*pageElement + int(pos) + int(ksize)
		if err := w.bucket(id, p[begin:begin+int(vsize)]); err != nil {
			return err
		}
	}
	return nil
}

// bucket goes through the tree of a bucket, or its only page, which may stand in its row.
func (w *pageWalk) bucket(id uint64, b []byte) error {
	if len(b) < bucketHeader {
		w.add("page %d: a bucket has no head", id)
		return nil
	}
	root, p := binary.NativeEndian.Uint64(b), b[bucketHeader:]
	switch {
	case root != 0 && !w.deep:
		return nil
	case root != 0:
		return w.tree(root, false, 0)
	case len(p) < pageHeader || pageFlags(p) != flagLeaf || pageID(p) != 0 || pageOverflow(p) != 0:
		w.add("page %d: a small bucket is no leaf", id)
		return nil
	}
	return w.leaf(id, p, false)
}

// freelist looks at the list of free pages: ascending, inside of the file, and none of them in use.
func (w *pageWalk) freelist(id uint64) error {
	if id == noFreelist {
		return nil
	}
	p, err := w.take(id)
	if p == nil || err != nil {
		return err
	}
	n, ids := uint64(pageCount(p)), p[pageHeader:] //nolint:gosec // a count
	if n == longFreelist && len(ids) >= 8 {
		n, ids = binary.NativeEndian.Uint64(ids), ids[8:]
	}
	if pageFlags(p) != flagFreelist || n > uint64(len(ids)/8) {
		w.add("page %d is no list of free pages", id)
		return nil
	}
	last := uint64(1)
	for c := range slices.Chunk(ids[:n*8], 8) {
		free := binary.NativeEndian.Uint64(c)
		if free <= last || free >= w.high || w.points(free) {
			w.add("page %d cannot be free", free)
			return nil
		}
		last = free
	}
	return nil
}
