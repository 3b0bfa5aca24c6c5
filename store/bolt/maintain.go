package bolt

import (
	"context"
	"io"
	"os"

	"github.com/hayon/hayon"
)

var _ hayon.Maintainer = (*DB)(nil)

// Snapshot writes a copy of the file as it is when the copying begins, without the space behind its
// last page. An error of w is answered as it is; after the end of ctx w gets nothing more.
//
// The copy is one long reader. Where the file is held, others read and write meanwhile; pages that they
// free are used again only afterwards, so that the file grows. A writer that needs more than what is
// mapped of it, which is the next power of two above 32 KiB and from 1 GiB on the next GiB, waits for
// the end of the copy, and everybody else for that writer. Where the file is not held, all writers
// wait. So w should be no slower than a disk, and must not wait for the store. 100,000 posts, which are
// 300 MB, were in another file after a quarter of a second (Go 1.26, two cores of a small server).
func (d *DB) Snapshot(ctx context.Context, w io.Writer) (bytes int64, err error) {
	out := &boundWriter{ctx: ctx, w: w}
	err = d.View(ctx, func(_ context.Context, tx hayon.Tx) error {
		var err error
		bytes, err = tx.(*Tx).tx.WriteTo(out) //nolint:forcetypeassert // View gives nothing else
		if out.err != nil {
			return out.err
		}
		return d.explain(err)
	})
	return bytes, err
}

// boundWriter writes until ctx ends, and keeps w's own error apart from those of the file.
type boundWriter struct {
	ctx context.Context //nolint:containedctx // lives for one Snapshot
	w   io.Writer
	err error
}

func (b *boundWriter) Write(p []byte) (int, error) {
	if b.ctx.Err() != nil {
		b.err = hayon.Errorf(hayon.CodeTimeout, "the database was not copied in time; nothing was changed").
			WithCause(context.Cause(b.ctx))
		return 0, b.err
	}
	n, err := b.w.Write(p)
	b.err = err
	return n, err
}

// Info answers without reading any post.
func (d *DB) Info(ctx context.Context) (info hayon.StoreInfo, err error) {
	err = d.View(ctx, func(_ context.Context, tx hayon.Tx) error {
		t := tx.(*Tx) //nolint:forcetypeassert // View gives nothing else
		info.Schema, info.WrittenBy = storedSchema(t.tx)
		posts, _ := storedTotal(t.tx, bucketPosts)
		targets, _ := storedTotal(t.tx, bucketTargets)
		info.Posts, info.Targets = int(posts.rows), int(targets.rows) //nolint:gosec // they fit into a file
		file, err := os.Stat(d.path)
		if err != nil {
			return d.explain(err)
		}
		info.Bytes = file.Size()
		return nil
	})
	return info, err
}
