package site

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/hayon/hayon"
)

// askAgain is when a post is looked at again that is out while its feeds are not.
const askAgain = 5 * time.Second

// Publish puts the pictures, the post and both feeds in place. The post is out with the rename
// of its file: what fails before is not_applied, what fails after it is unknown, and Reconcile
// goes on from there. A file of that name that is not ours is rejected as a conflict.
func (p *Provider) Publish(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	at, d, err := p.open(s, r)
	if err != nil {
		return notApplied(err)
	}
	if !r.Deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, r.Deadline)
		defer cancel()
	}
	f, err := openFolder(at.dir)
	if err != nil {
		return notApplied(err)
	}
	defer f.close()
	if err := f.acquire(ctx); err != nil {
		return notApplied(err)
	}
	there, err := f.has(d)
	if err != nil {
		return notApplied(err)
	}
	ix := p.loadIndex(f, at)
	if !there {
		if err := f.putPictures(d); err != nil {
			return notApplied(err)
		}
		// Without an index the next post reads all files: so the feeds get this one also when
		// we end between its file and the feeds.
		if err := f.dropIndex(); err != nil {
			return notApplied(err)
		}
		if late(ctx, r.Deadline) {
			return notApplied(hayon.Errorf(hayon.CodeUnavailable, "site: the time for %s was over before it was written; it is tried again", d.File))
		}
		if err := f.write(d.File, []byte(d.Markdown)); err != nil {
			return notApplied(localError("write", f.dir, err))
		}
	}
	return p.finish(f, at, d, ix, r.Now)
}

// Reconcile looks for the file, and completes the feeds where it is there.
func (p *Provider) Reconcile(ctx context.Context, s hayon.Session, r hayon.PublishRequest) hayon.Result {
	at, d, err := p.open(s, r)
	if err != nil {
		return unknown(err, r.Now)
	}
	f, err := openFolder(at.dir)
	if err != nil {
		return unknown(err, r.Now)
	}
	defer f.close()
	if err := f.acquire(ctx); err != nil {
		return unknown(err, r.Now)
	}
	there, err := f.has(d)
	if err != nil {
		return unknown(err, r.Now)
	}
	if !there {
		return notApplied(hayon.Errorf(hayon.CodeUnavailable, "site: %s is not in the folder; it is published again", d.File))
	}
	return p.finish(f, at, d, p.loadIndex(f, at), r.Now)
}

func (p *Provider) open(s hayon.Session, r hayon.PublishRequest) (place, draft, error) {
	at, err := p.place(s.Account())
	if err != nil {
		return place{}, draft{}, err
	}
	if r.Prepared == nil {
		return place{}, draft{}, hayon.Errorf(hayon.CodeInternal, "site: nothing was prepared")
	}
	d, err := decodeDraft(r.Prepared.Data)
	return at, d, err
}

// has reports whether the post is there. A file of its name that is not ours is a conflict.
func (f *folder) has(d draft) (bool, error) {
	content, err := f.read(d.File)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		if string(content) == d.Markdown {
			return true, nil
		}
		// Somebody may have mended a typing error since: it is still the same post.
		if it, perr := parse(d.File, content); perr == nil && it.ID == d.ID {
			return true, nil
		}
	} else if !errors.Is(err, errIrregular) {
		return false, localError("read", f.dir, err)
	}
	return false, hayon.Errorf(hayon.CodeConflict, "site: %s is there already and is not ours; it is left as it is", d.File).
		WithHint("move that file away, then: hayon retry ID").WithCause(err)
}

// putPictures moves the pictures from where Prepare left them to where the public sees them.
func (f *folder) putPictures(d draft) error {
	for _, pic := range d.files() {
		if f.exists(pic.File) {
			if f.holds(pic.File, pic.SHA256) {
				continue
			}
			return hayon.Errorf(hayon.CodeConflict, "site: %s is there already and is another picture; nothing is published", pic.File).
				WithHint("move that file away, then: hayon retry ID")
		}
		if err := f.root.Rename(staged(d.File, pic), pic.File); err != nil {
			return localError("move a picture to", f.dir, err)
		}
	}
	return nil
}

// finish completes what follows the post's file: the folder's names, the feeds, the index.
func (p *Provider) finish(f *folder, at place, d draft, ix *index, now time.Time) hayon.Result {
	if err := p.complete(f, at, d, ix); err != nil {
		return unknown(err, now)
	}
	return hayon.Result{Verdict: hayon.VerdictPublished, Remote: at.remote(d.File, d.Markdown)}
}

func (p *Provider) complete(f *folder, at place, d draft, ix *index) error {
	if err := p.follow(f, at, d.File, ix); err != nil {
		return err
	}
	f.sweep(d.File)
	return nil
}

// follow makes feeds and index follow a file that is new or was changed.
func (p *Provider) follow(f *folder, at place, file string, ix *index) error {
	if err := f.sync(); err != nil {
		return localError("write to", f.dir, err)
	}
	if err := ix.refresh(f, file); err != nil {
		return localError("read", f.dir, err)
	}
	if err := f.writeFeeds(at, ix); err != nil {
		return localError("write the feeds to", f.dir, err)
	}
	f.saveIndex(ix, p.log)
	return nil
}

// sweep removes what was staged for the post, and what was staged long ago for posts that never
// went out.
func (f *folder) sweep(file string) {
	_ = f.root.RemoveAll(stageOf(file))
	dir, err := f.root.Open(stageDir)
	if err != nil {
		return
	}
	defer func() { _ = dir.Close() }()
	entries, _ := dir.ReadDir(-1)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > sweepStaged {
			_ = f.root.RemoveAll(stageDir + "/" + e.Name())
		}
	}
}

// late reports whether the call may no longer become public. Round drops the monotonic clock,
// which stands still while the machine sleeps.
func late(ctx context.Context, deadline time.Time) bool {
	return ctx.Err() != nil || !deadline.IsZero() && time.Now().Round(0).After(deadline)
}

// notApplied is the answer before anything is public.
func notApplied(err error) hayon.Result {
	e := hayon.AsError(err)
	if final(e) {
		return hayon.Result{Verdict: hayon.VerdictRejected, Err: e}
	}
	return hayon.Result{Verdict: hayon.VerdictNotApplied, Err: e}
}

// unknown is the answer while the folder cannot be read or completed: it can be asked again.
func unknown(err error, now time.Time) hayon.Result {
	e := hayon.AsError(err)
	if final(e) {
		return hayon.Result{Verdict: hayon.VerdictRejected, Err: e}
	}
	return hayon.Result{Verdict: hayon.VerdictUnknown, Err: e, AskAgain: now.Add(askAgain)}
}

// final reports whether the same call would meet the same again.
func final(e *hayon.Error) bool { return e.Code == hayon.CodeConflict || e.Code == hayon.CodeInvalid }
