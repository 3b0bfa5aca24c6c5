package site

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// Delete takes the post out of both feeds, then removes its pictures and its file. Where it ends in
// between, the next Delete goes on. A file that is not ours is left as it is, which is a conflict.
func (p *Provider) Delete(ctx context.Context, s hayon.Session, r hayon.Remote) error {
	at, f, err := p.changing(ctx, s, r)
	if err != nil || f == nil {
		return err
	}
	defer f.close()
	it, err := f.ours(r.ID)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ix := p.loadIndex(f, at)
	// Whoever comes after an end in between reads all files.
	if err := f.dropIndex(); err != nil {
		return err
	}
	if err := ix.remove(f, r.ID); err != nil {
		return localError("read", f.dir, err)
	}
	if err := f.writeFeeds(at, ix); err != nil {
		return localError("write the feeds to", f.dir, err)
	}
	for _, pic := range it.Pictures {
		for _, file := range pic.files() {
			if err := f.removeFile(file.File); err != nil {
				return err
			}
		}
	}
	if err := f.removeFile(r.ID); err != nil {
		return err
	}
	if err := f.sync(); err != nil {
		return localError("write to", f.dir, err)
	}
	f.saveIndex(ix, p.log)
	return nil
}

// Edit writes the file anew, with the same name, id and date, and the time of the change, and the feeds
// follow. A file that is gone is not_found. One that a person changed since is a conflict: what that
// person wrote would be lost.
func (p *Provider) Edit(ctx context.Context, s hayon.Session, r hayon.EditRequest) (hayon.Remote, error) {
	body := legal(text.Normalize(r.Part().Text))
	if err := check(body, r.Part().Media); err != nil {
		return hayon.Remote{}, err
	}
	set, err := wishesOf(r.Target.Options)
	if err != nil {
		return hayon.Remote{}, err
	}
	file := r.Part().Remote.ID
	at, f, err := p.changing(ctx, s, r.Part().Remote)
	if err != nil {
		return hayon.Remote{}, err
	}
	if f == nil {
		return hayon.Remote{}, gone(file)
	}
	defer f.close()
	was, it, err := f.written(file, uuidOf(r.Target.ID, r.Index))
	if err != nil {
		return hayon.Remote{}, err
	}
	isOurs := untouched(was, it, r)
	for i := range min(len(it.Pictures), len(r.Part().Media)) {
		it.Pictures[i].Alt = altOf(r.Part().Media[i])
	}
	it.say(body, r.Part().Langs, set)
	is, err := p.rewrite(f, at, it, was, isOurs, r.Now)
	if err != nil {
		return hayon.Remote{}, err
	}
	return at.remote(file, is), nil
}

// untouched reports whether the file is as we wrote it: when it went out, or by a later edit.
func untouched(content []byte, it item, r hayon.EditRequest) bool {
	if digest := r.Part().Remote.Digest; digest != "" && digest == digestOf(content) {
		return true
	}
	if r.Earlier != nil {
		d, err := decodeDraft(r.Earlier.Data)
		return err == nil && d.Markdown == string(content)
	}
	again, err := it.markdown() // nobody knows what was written; but a key that is not ours would be lost
	return r.Part().Remote.Digest == "" && err == nil && again == string(content)
}

// rewrite puts the post in the place of what was there, unless that says it already, and answers what the
// file says then.
func (p *Provider) rewrite(f *folder, at place, it item, was []byte, isOurs bool, now time.Time) (string, error) {
	is, err := it.markdown()
	if err != nil {
		return "", err
	}
	ix := p.loadIndex(f, at)
	if is != string(was) {
		if !isOurs {
			return "", hayon.Errorf(hayon.CodeConflict, "site: %s was changed by hand; it is left as it is", it.File).
				WithHint("change it there, in " + at.dir)
		}
		if now = now.UTC().Truncate(time.Second); now.After(it.Updated) {
			it.Updated = now
		}
		if is, err = it.markdown(); err != nil {
			return "", err
		}
		if err := f.dropIndex(); err != nil {
			return "", err
		}
		if err := f.write(it.File, []byte(is)); err != nil {
			return "", localError("write", f.dir, err)
		}
	}
	return is, p.follow(f, at, it.File, ix)
}

// changing opens and locks the folder of a post that is to be changed; nil where there is no such folder.
func (p *Provider) changing(ctx context.Context, s hayon.Session, r hayon.Remote) (place, *folder, error) {
	at, err := p.place(s.Account())
	if err != nil {
		return place{}, nil, err
	}
	if !safeName(r.ID) {
		return place{}, nil, hayon.Errorf(hayon.CodeInvalid, "site: %q is no name of a post's file", r.ID)
	}
	if _, err := os.Stat(at.dir); errors.Is(err, fs.ErrNotExist) {
		return at, nil, nil
	}
	f, err := openFolder(at.dir)
	if err != nil {
		return place{}, nil, err
	}
	if err := f.acquire(ctx); err != nil {
		f.close()
		return place{}, nil, err
	}
	return at, f, nil
}

// ours reads a post of ours. Another file of that name is a conflict, and none fs.ErrNotExist.
func (f *folder) ours(file string) (item, error) {
	content, err := f.read(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return item{}, err
	case err != nil && !errors.Is(err, errIrregular):
		return item{}, localError("read", f.dir, err)
	case err == nil:
		var it item
		if it, err = parse(file, content); err == nil {
			return it, nil
		}
	}
	return item{}, hayon.Errorf(hayon.CodeConflict, "site: %s is not ours; it is left as it is", file).
		WithHint("look at that file").WithCause(err)
}

// written reads the post with that id, and its file as it is.
func (f *folder) written(file, id string) ([]byte, item, error) {
	it, err := f.ours(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, item{}, gone(file)
	}
	if err != nil {
		return nil, item{}, err
	}
	if it.ID != id {
		return nil, item{}, hayon.Errorf(hayon.CodeConflict, "site: %s is another post; it is left as it is", file).WithHint("look at that file")
	}
	content, err := f.read(file)
	if err != nil {
		return nil, item{}, localError("read", f.dir, err)
	}
	return content, it, nil
}

func gone(file string) *hayon.Error {
	return hayon.Errorf(hayon.CodeNotFound, "site: %s is not in the folder any more; nothing is changed", file).
		WithHint("post it again")
}

// removeFile removes a file that may be gone.
func (f *folder) removeFile(name string) error {
	if err := f.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return localError("remove a file from", f.dir, err)
	}
	return nil
}
