package site

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

const (
	indexFile    = stateDir + "/index.json"
	indexVersion = 1
	// feedLength is how many posts the feeds hold: the newest ones.
	feedLength = 50
	// indexLength is how many the index holds; more than the feeds, so that posts which are
	// deleted by hand have successors without all files being read.
	indexLength = 2 * feedLength
)

// index is what is known of the newest posts, newest first, without the unlisted ones. It is a cache of
// their files.
type index struct {
	Version int    `json:"version"`
	FeedID  string `json:"feed_id"` // permanent
	// Complete: there are no older posts than these.
	Complete bool   `json:"complete"`
	Items    []item `json:"items"`
}

// loadIndex reads the index, or all files where there is no usable one.
func (p *Provider) loadIndex(f *folder, at place) *index {
	ix := new(index)
	content, err := f.read(indexFile)
	if err == nil && json.Unmarshal(content, ix) == nil && ix.Version == indexVersion && ix.FeedID != "" {
		return ix
	}
	if err == nil {
		p.log.Info("index is damaged and is made again", "provider", Name, "dir", at.dir)
	}
	return &index{Version: indexVersion, FeedID: f.feedID(at)}
}

// feedID is the id that the feed has, or a new one for a new feed.
func (f *folder) feedID(at place) string {
	var feed struct {
		ID string `xml:"id"`
	}
	if content, err := f.read(atomFeed); err == nil && xml.Unmarshal(content, &feed) == nil && strings.HasPrefix(feed.ID, uuidPrefix) {
		return feed.ID
	}
	if at.id.IsZero() {
		return uuidOf(hayon.NewAccountID(time.Now()), 0)
	}
	return uuidOf(at.id, 0)
}

// feedUpdated is when the feed that is there was updated; zero where there is none.
func (f *folder) feedUpdated() time.Time {
	var feed struct {
		Updated time.Time `xml:"updated"`
	}
	content, err := f.read(atomFeed)
	if err != nil || xml.Unmarshal(content, &feed) != nil {
		return time.Time{}
	}
	return feed.Updated
}

func (f *folder) dropIndex() error {
	if err := f.root.Remove(indexFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return localError("write to", f.dir, err)
	}
	return nil
}

// saveIndex keeps the index. It need not reach the disk: without it all files are read again.
func (f *folder) saveIndex(ix *index, log *slog.Logger) {
	content, err := json.Marshal(ix)
	if err == nil {
		err = f.root.WriteFile(indexFile+".tmp", content, 0o600)
	}
	if err == nil {
		err = f.root.Rename(indexFile+".tmp", indexFile)
	}
	if err != nil {
		log.Info("index is not kept; all files are read next time", "provider", Name, "dir", f.dir, "err", err)
	}
}

// refresh brings the index in line with the files that it names and with file, which is new or was
// changed.
func (ix *index) refresh(f *folder, file string) error {
	it, err := f.load(file)
	if err != nil {
		return err
	}
	ix.set(append(ix.others(f, file), it))
	return ix.fill(f, "")
}

// remove brings the index in line with the files that it names, and with the end of file.
func (ix *index) remove(f *folder, file string) error {
	ix.set(ix.others(f, file))
	return ix.fill(f, file)
}

// others are the items as their files are now, but for that of one file.
func (ix *index) others(f *folder, file string) []item {
	out := make([]item, 0, len(ix.Items)+1)
	for _, it := range ix.Items {
		if it.File == file {
			continue
		}
		if it, ok := f.current(it); ok {
			out = append(out, it)
		}
	}
	return out
}

// fill reads all posts but one where the index may have too few of them.
func (ix *index) fill(f *folder, without string) error {
	if ix.Complete || len(ix.Items) >= feedLength {
		return nil
	}
	return ix.scan(f, without)
}

// current is the item as its file is now; ok is false where that is gone or no post any more.
func (f *folder) current(it item) (_ item, ok bool) {
	info, err := f.root.Lstat(it.File)
	if err != nil {
		return item{}, false
	}
	if info.Size() == it.Size && info.ModTime().UnixNano() == it.ModTime {
		return it, true
	}
	it, err = f.load(it.File)
	return it, err == nil
}

// scan reads all posts of the folder but one. Files that are no posts of ours are passed over.
func (ix *index) scan(f *folder, without string) error {
	dir, err := f.root.Open(".")
	if err != nil {
		return err
	}
	names, err := dir.Readdirnames(-1)
	_ = dir.Close()
	if err != nil {
		return err
	}
	var items []item
	for _, name := range names {
		if !strings.HasSuffix(name, postExt) || strings.HasPrefix(name, ".") || name == without {
			continue
		}
		if it, err := f.load(name); err == nil {
			items = append(items, it)
		}
	}
	ix.Complete = true
	ix.set(items)
	return nil
}

// set keeps the newest of the items that are listed, each id once.
func (ix *index) set(items []item) {
	slices.SortFunc(items, func(a, b item) int {
		return cmp.Or(b.Date.Compare(a.Date), cmp.Compare(b.ID, a.ID), cmp.Compare(a.File, b.File))
	})
	seen := make(map[string]bool, len(items))
	ix.Items = slices.DeleteFunc(items, func(it item) bool {
		twice := seen[it.ID]
		seen[it.ID] = true
		return twice || it.Unlisted
	})
	if len(ix.Items) > indexLength {
		ix.Items, ix.Complete = ix.Items[:indexLength], false
	}
}

// load reads a post from its file.
func (f *folder) load(file string) (item, error) {
	content, err := f.read(file)
	if err != nil {
		return item{}, err
	}
	it, err := parse(file, content)
	if err != nil {
		return item{}, err
	}
	info, err := f.root.Lstat(file)
	if err != nil {
		return item{}, err
	}
	it.Size, it.ModTime = info.Size(), info.ModTime().UnixNano()
	pictures := it.Pictures[:0]
	for _, pic := range it.Pictures {
		if info, err := f.root.Lstat(pic.File); err == nil {
			pic.Bytes = info.Size()
			if pic.Poster != nil && !f.exists(pic.Poster.File) {
				pic.Poster = nil
			}
			pictures = append(pictures, pic)
		}
	}
	it.Pictures = pictures
	return it, nil
}
