package scheduler_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// able is a platform in memory that can also remove, change and repost what is out.
type able struct {
	*hayontest.Platform
	// adjust changes its description, where set.
	adjust func(*hayon.ProviderInfo)
	// onDelete, onEdit and reposts are the answers, where set.
	onDelete func(ctx context.Context, s hayon.Session, r hayon.Remote) error
	onEdit   func(ctx context.Context, s hayon.Session, r hayon.EditRequest) (hayon.Remote, error)
	reposts  func(a *hayon.Account, url string) bool
	// noQuotes: it knows no quotes. onPreview is its preview, where set.
	noQuotes  bool
	onPreview func(ctx context.Context, s hayon.Session, r hayon.PreviewRequest) (*hayon.PartPreview, error)

	mu      sync.Mutex // guards what follows
	deleted []string   // remote ids
	edits   []hayon.EditRequest
}

func newAble() *able { return &able{Platform: &hayontest.Platform{}} }

func (a *able) Info() hayon.ProviderInfo {
	info := a.Platform.Info()
	info.MediaTypes, info.EmptyText = []string{"image/png", "image/gif", "video/mp4"}, true
	if a.adjust != nil {
		a.adjust(&info)
	}
	return info
}

func (a *able) Delete(ctx context.Context, s hayon.Session, r hayon.Remote) error {
	a.mu.Lock()
	a.deleted = append(a.deleted, r.ID)
	a.mu.Unlock()
	if a.onDelete == nil {
		return nil
	}
	return a.onDelete(ctx, s, r)
}

func (a *able) Edit(ctx context.Context, s hayon.Session, r hayon.EditRequest) (hayon.Remote, error) {
	a.mu.Lock()
	a.edits = append(a.edits, r)
	a.mu.Unlock()
	if a.onEdit == nil {
		return r.Part().Remote, nil
	}
	return a.onEdit(ctx, s, r)
}

func (a *able) Reposts(acc *hayon.Account, url string) bool {
	return a.reposts != nil && a.reposts(acc, url)
}

// Refers takes any address that can be reposted, and Quotes is as it was told.
func (a *able) Refers(acc *hayon.Account, url string) bool { return a.Reposts(acc, url) }
func (a *able) Quotes(*hayon.Account) bool                 { return !a.noQuotes }

func (a *able) PreviewPart(ctx context.Context, s hayon.Session, r hayon.PreviewRequest) (*hayon.PartPreview, error) {
	if a.onPreview == nil {
		return &hayon.PartPreview{}, nil
	}
	return a.onPreview(ctx, s, r)
}

// calls are the remote ids that were to be deleted, in order.
func (a *able) calls() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.deleted)
}

// unable is a platform that can do nothing but publish.
type unable struct{ hayon.Provider }

// published stores a post with these parts and makes it public as a worker would have.
func (d *daemon) published(c hayon.PostCreate) *hayon.Post {
	d.t.Helper()
	p, err := d.scheduler.CreatePost(d.ctx, c)
	if err != nil {
		d.t.Fatal(err)
	}
	d.move(p.ID, hayon.StatePublished)
	return d.find(p.ID)
}

func (d *daemon) move(id hayon.PostID, to hayon.State) {
	d.t.Helper()
	if err := hayontest.Mover(d.db)(d.ctx, id, to); err != nil {
		d.t.Fatal(err)
	}
}

func (d *daemon) find(id hayon.PostID) *hayon.Post {
	d.t.Helper()
	p, err := d.scheduler.FindPostByID(d.ctx, id)
	if err != nil {
		d.t.Fatal(err)
	}
	return p
}

// signIn connects an account of the platform, on a host of its own.
func (d *daemon) signIn(alias, host string) *hayon.Account {
	d.t.Helper()
	a, err := d.scheduler.CreateAccount(d.ctx, hayon.SignIn{
		Platform: "platform", Alias: alias, Fields: map[string]string{"host": host},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return a
}

// rows are the journal rows of a post.
func (d *daemon) rows(id hayon.PostID) []*hayon.JournalRow {
	d.t.Helper()
	var rows []*hayon.JournalRow
	err := d.db.View(d.ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		rows, err = tx.FindJournal(ctx, hayon.JournalFilter{Post: id})
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return rows
}

// breaking is a store whose commits fail when they are told to.
type breaking struct {
	hayon.Store
	broken *bool
}

func (b breaking) Update(ctx context.Context, fn func(context.Context, hayon.Tx) error) error {
	if *b.broken {
		return hayon.Errorf(hayon.CodeLocal, "the disk is full")
	}
	return b.Store.Update(ctx, fn)
}

// wantCode ends the test unless err has this code.
func wantCode(t *testing.T, err error, code hayon.Code) *hayon.Error {
	t.Helper()
	if hayon.CodeOf(err) != code {
		t.Fatalf("got %v with code %q, want %q", err, hayon.CodeOf(err), code)
	}
	return hayon.AsError(err)
}

// limit says what the server of an account allows.
func (d *daemon) limit(a *hayon.Account, limits ...hayon.Limit) {
	d.t.Helper()
	a.Server = &hayon.ServerFacts{ReadAt: time.Now(), Limits: limits}
	err := d.db.Update(d.ctx, func(ctx context.Context, tx hayon.Tx) error { return tx.UpdateAccount(ctx, a) })
	if err != nil {
		d.t.Fatal(err)
	}
}
