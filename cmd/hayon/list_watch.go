package main

import (
	"context"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// watchAll shows the list, and goes on with what changes until ctx ends.
func (o *listOptions) watchAll(ctx context.Context) error {
	a := o.app
	term, _ := a.getenv("TERM")
	switch {
	case a.forPerson() && term != "dumb" && !a.accessible() && a.flags.verbose == 0:
		s := &listScreen{list: o}
		return a.keepUp(ctx, s.session)
	case o.count:
		c := &countWatch{list: o, last: -1}
		return a.keepUp(ctx, c.session)
	}
	w := &lineWatch{list: o, known: make(map[hayon.PostID]uint64)}
	return a.keepUp(ctx, w.session)
}

// countWatch prints how many posts fit, each time that is another number.
type countWatch struct {
	list *listOptions
	last int
}

func (c *countWatch) session(ctx context.Context, b *backend) (heard bool, err error) {
	return c.list.app.eachLook(ctx, b, nil, func(ctx context.Context) error {
		f, err := c.list.filter(ctx, b)
		if err != nil {
			return err
		}
		n, err := b.CountPosts(ctx, f)
		if err == nil && n != c.last {
			c.last = n
			c.list.app.print("%d", n)
			err = c.list.app.written()
		}
		return err
	})
}

// together is how long events are waited for that come with another one: what happens to a post is often
// several of them.
const together = 100 * time.Millisecond

// eachLook looks at once, after each change, and now and then, since some things come with time alone,
// until ctx ends. again asks for a look as well; nil: nobody does.
func (a *app) eachLook(ctx context.Context, b *backend, again <-chan struct{}, look func(context.Context) error) (heard bool, err error) {
	seen, err := b.LastSeq(ctx)
	if err != nil {
		return false, err
	}
	news := listen(ctx, b, hayon.EventFilter{After: seen})
	defer news.stop()
	now := time.NewTicker(lookAgain)
	defer now.Stop()
	for {
		if err := look(ctx); err != nil || isOver(ctx) {
			return true, err
		}
		select {
		case <-news.came:
			more := time.NewTimer(together)
			select {
			case <-more.C:
			case <-ctx.Done():
				more.Stop()
			}
		case err := <-news.failed:
			return true, err
		case <-again:
		case <-now.C:
		case <-ctx.Done():
		}
		if isOver(ctx) {
			return true, nil
		}
	}
}

// The words for what happened to a post of a list that is watched.
const (
	changeListed  = "listed"  // it is in the list that comes first
	changeCreated = "created" // it is new
	changeChanged = "changed" // it is another one than was shown, or fits now
	changeLeft    = "left"    // it fits no more
	changeDeleted = "deleted" // its user has deleted it
)

// maxKnown is how many posts a watch remembers: of others it is not told that they fit no more.
const maxKnown = 10_000

// lineWatch prints the list, and then a line for each post of it that changes.
type lineWatch struct {
	list *listOptions
	// seen is the last event that was looked at, and begun: the list was printed.
	seen  uint64
	begun bool
	// known are the posts that fit, with a sum of what a line shows of them, and order is their order, the
	// one that is forgotten first at the front.
	known map[hayon.PostID]uint64
	order []hayon.PostID
}

// watchedPost is a post on a line of JSON.
type watchedPost struct {
	api.Post

	Change string `json:"change"`
}

func (w *lineWatch) session(ctx context.Context, b *backend) (heard bool, err error) {
	if err := w.begin(ctx, b); err != nil {
		return false, err
	}
	for e, err := range b.Events(ctx, hayon.EventFilter{After: w.seen}) {
		if err != nil {
			return true, err
		}
		if !e.Post.IsZero() {
			if err := w.look(context.WithoutCancel(ctx), b, &e); err != nil {
				return true, err
			}
		}
		w.seen = e.Seq
	}
	return true, nil
}

// begin prints the list, once.
func (w *lineWatch) begin(ctx context.Context, b *backend) error {
	if w.begun {
		return nil
	}
	seen, err := b.LastSeq(ctx)
	if err != nil {
		return err
	}
	f, err := w.list.filter(ctx, b)
	if err != nil {
		return err
	}
	shown := f.Limit
	f.Limit = max(shown, maxKnown)
	if w.list.all {
		f.Limit = 0
	}
	posts, err := w.list.find(ctx, b, f)
	if err != nil {
		return err
	}
	w.seen, w.begun = seen, true
	for i := min(len(posts), maxKnown) - 1; i >= 0; i-- { // the last ones are forgotten first
		w.remember(posts[i].ID, w.sum(&posts[i]))
	}
	if shown > 0 && len(posts) > shown {
		posts = posts[:shown]
	}
	return w.printAll(posts)
}

// printAll prints the list that comes first.
func (w *lineWatch) printAll(posts []api.Post) error {
	a, o := w.list.app, w.list
	l, err := o.listing(posts)
	if err != nil {
		return err
	}
	if a.flags.output == outputCSV {
		a.csvRow(append(csvHead(l.columns), "change"))
	}
	if a.forPerson() {
		if len(posts) > 0 {
			err = printList(a, posts, l)
		}
		a.say("Watching; Ctrl-C ends it.")
		return err
	}
	for i := range posts {
		if err := w.print(&posts[i], changeListed); err != nil {
			return err
		}
	}
	return nil
}

// look finds out what an event means for the list, and says it.
func (w *lineWatch) look(ctx context.Context, b *backend, e *hayon.Event) error {
	before, known := w.known[e.Post]
	post, err := b.FindPostByID(ctx, e.Post)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		w.forget(e.Post) // it was pruned since
		return nil
	}
	if err != nil {
		return err
	}
	fits, err := w.fits(ctx, b, post)
	if err != nil || !fits && !known {
		return err
	}
	view, err := apiPost(ctx, b, post)
	if err != nil {
		return err
	}
	sum := w.sum(&view)
	change := changeChanged
	switch {
	case !fits && !view.DeletedAt.IsZero():
		change = changeDeleted
	case !fits:
		change = changeLeft
	case known && before == sum:
		return nil
	case !known && e.Kind == hayon.EventCreated:
		change = changeCreated
	}
	w.forget(e.Post)
	if fits {
		w.remember(e.Post, sum)
	}
	return w.print(&view, change)
}

// fits reports whether the filter selects a post: it is asked for what was created when the post was.
func (w *lineWatch) fits(ctx context.Context, b *backend, post *hayon.Post) (bool, error) {
	f, err := w.list.filter(ctx, b)
	if err != nil {
		return false, err
	}
	since, until := post.CreatedAt, post.CreatedAt.Add(1)
	if since.Before(f.Since) || !f.Until.IsZero() && !since.Before(f.Until) {
		return false, nil
	}
	f.Since, f.Until, f.Limit = since, until, 0
	posts, err := b.FindPosts(ctx, f)
	return slices.ContainsFunc(posts, func(p *hayon.Post) bool { return p.ID == post.ID }), err
}

// sum tells what a line shows of a post from what it showed before.
func (w *lineWatch) sum(p *api.Post) uint64 {
	h := fnv.New64a()
	if w.list.app.flags.output == outputNDJSON {
		if b, err := encodeJSON(p); err == nil {
			_, _ = h.Write(b) // it takes everything
			return h.Sum64()
		}
	}
	for _, field := range w.list.row(p, time.UTC) {
		_, _ = h.Write([]byte(field + "\t"))
	}
	return h.Sum64()
}

func (w *lineWatch) remember(id hayon.PostID, sum uint64) {
	if len(w.order) >= maxKnown {
		w.forget(w.order[0])
	}
	w.known[id] = sum
	w.order = append(w.order, id)
}

func (w *lineWatch) forget(id hayon.PostID) {
	if _, ok := w.known[id]; ok {
		delete(w.known, id)
		w.order = slices.DeleteFunc(w.order, func(v hayon.PostID) bool { return v == id })
	}
}

// print prints a post and what happened to it on a line.
func (w *lineWatch) print(p *api.Post, change string) error {
	a, o := w.list.app, w.list
	l, err := o.listing([]api.Post{*p})
	if err != nil {
		return err
	}
	row := append(l.row(p), change)
	switch {
	case a.flags.output == outputNDJSON:
		return a.printJSONLine(&watchedPost{*p, change}, nil)
	case a.flags.quiet:
		a.print("%s", p.ID)
	case a.flags.output == outputCSV:
		a.csvRow(row)
	case a.forPerson():
		loc, err := a.location()
		if err != nil {
			return err
		}
		line := a.now().In(loc).Format("15:04:05") + "  " + change + "  " + strings.Join(inertRows([][]string{l.row(p)})[0], "  ")
		a.print("%s", clip(line, a.columns()))
	default:
		a.print("%s", strings.Join(inertRows([][]string{row})[0], "\t"))
	}
	return a.written()
}
