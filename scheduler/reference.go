package scheduler

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// reference is what a post answers or quotes: what is at an address, or a post of the user that is out.
type reference struct {
	address    string
	post       *hayon.Post
	copies     []*hayon.Target
	publishers map[hayon.AccountID]*hayon.Account
}

// checkReferences refuses what cannot be answered or quoted, whatever the accounts are.
func checkReferences(c hayon.PostCreate) error {
	switch {
	case c.Continue && c.ReplyTo != "":
		return hayon.Errorf(hayon.CodeUsage, "a post answers one other").WithHint("leave out --continue, or --reply-to")
	case c.Repost != "" && (c.Continue || c.ReplyTo != "" || c.Quote != "" || c.Poll != nil):
		return hayon.Errorf(hayon.CodeUsage, "a repost answers and quotes nothing, and asks nothing").
			WithHint("write a post: hayon post TEXT --quote " + c.Repost)
	}
	return nil
}

// referenceTo finds what ref means: an address, or a post of the user, which must be out. verb says what
// is done to it.
func referenceTo(ctx context.Context, tx hayon.Tx, owner hayon.UserID, ref, verb string) (*reference, error) {
	if ref == "" || isAddress(ref) {
		return &reference{address: ref}, nil
	}
	id, err := lookup(ctx, tx, owner, ref)
	if err != nil {
		if e := hayon.AsError(err); e.Code == hayon.CodeNotFound && e.Details == nil || e.Hint == "" {
			return nil, e.WithHint("give the address of a post, or the id of one of yours: hayon list")
		}
		return nil, err
	}
	p, err := livePost(ctx, tx, hayon.Actor{User: owner}, id)
	if err != nil {
		return nil, err
	}
	if p.Repost != "" {
		return nil, hayon.Errorf(hayon.CodeConflict, "%s is a repost, which cannot be %s", p.ID, verb).
			WithHint("name what it reposts: " + p.Repost)
	}
	out := &reference{post: p}
	for _, t := range p.Targets {
		if t.State == hayon.StatePublished && t.RemovedAt.IsZero() {
			out.copies = append(out.copies, t)
		}
	}
	if len(out.copies) == 0 {
		hint := "wait for it, and say this again: hayon wait " + p.ID.String()
		if p.State() == hayon.PostDraft {
			hint = "publish it first: hayon publish " + p.ID.String()
		}
		return nil, hayon.Errorf(hayon.CodeConflict, "%s is not out (%s), so it cannot be %s; nothing was stored", p.ID, p.State(), verb).
			WithHint(hint).WithDetail("state", string(p.State()))
	}
	out.publishers, err = accountsOf(ctx, tx, p)
	return out, err
}

// isZero reports whether nothing is meant.
func (r *reference) isZero() bool { return r == nil || r.address == "" && r.post == nil }

// replyOf is what an account answers of it: of the user's own post the last part of the copy there.
func (r *reference) replyOf(a *hayon.Account, p hayon.Provider) (*hayon.Remote, *problem) {
	replier, ok := p.(hayon.Replier)
	title := p.Info().Title
	out := "leave it out: --not " + a.Name
	switch {
	case !ok:
		return nil, &problem{fmt.Sprintf("%s: %s answers nothing", a.Name, title), out}
	case r.address != "" && !replier.Refers(a, r.address):
		return nil, &problem{fmt.Sprintf("%s: %s has no post at %s", a.Name, title, r.address), out}
	case r.address != "":
		return &hayon.Remote{URL: r.address}, nil
	}
	what, ok := r.copyOf(a, true)
	if !ok || what.ID == "" && !replier.Refers(a, what.URL) {
		return nil, &problem{
			fmt.Sprintf("%s: %s is not out there; it is out on: %s", a.Name, r.post.ID, strings.Join(targetNames(r.copies, r.publishers), ", ")), out,
		}
	}
	return &what, nil
}

// quoteOf is what an account quotes of it; where it cannot, the address that stands for it in the text, ""
// where it has none that others can open.
func (r *reference) quoteOf(a *hayon.Account, p hayon.Provider) (quote *hayon.Remote, link string) {
	replier, ok := p.(hayon.Replier)
	if r.address != "" {
		if ok && replier.Quotes(a) && replier.Refers(a, r.address) {
			return &hayon.Remote{URL: r.address}, ""
		}
		return nil, onWeb(r.address)
	}
	what, there := r.copyOf(a, false)
	if ok && there && replier.Quotes(a) && (what.ID != "" || replier.Refers(a, what.URL)) {
		return &what, ""
	}
	link = onWeb(what.URL)
	for _, t := range r.copies {
		link = cmp.Or(link, onWeb(t.Remote().URL))
	}
	return nil, link
}

// onWeb is an address that others can open; "" for one of a file on this machine, which is nobody's
// business.
func onWeb(address string) string {
	if !isAddress(address) || strings.HasPrefix(address, "file:") {
		return ""
	}
	return address
}

// copyOf is the copy of the user's post that an account can name: its own, or else the first one on its
// platform; of a thread the last part or the first.
func (r *reference) copyOf(a *hayon.Account, last bool) (hayon.Remote, bool) {
	copies := r.copies
	if last {
		copies = make([]*hayon.Target, len(r.copies))
		for i, t := range r.copies {
			end := *t
			end.Parts = t.Parts[len(t.Parts)-1:]
			copies[i] = &end
		}
	}
	return copyFor(a, copies, r.publishers)
}

// continued is what --continue answers on an account: the post that went out there last, by its last part;
// a repost is none. The posts are looked through by when they were written, a page at a time.
func continued(ctx context.Context, tx hayon.Tx, owner hayon.UserID, a *hayon.Account) (*hayon.Remote, error) {
	const page, most = 50, 20
	f := hayon.PostFilter{Owner: owner, Accounts: []hayon.AccountID{a.ID}, Limit: page}
	for range most {
		posts, err := tx.FindPosts(ctx, f)
		if err != nil {
			return nil, err
		}
		if t := lastOut(posts, a.ID); t != nil {
			end := t.Parts[len(t.Parts)-1].Remote
			return &end, nil
		}
		if len(posts) < page {
			break
		}
		f.Before = posts[len(posts)-1].ID
	}
	return nil, nil //nolint:nilnil // there may be none
}

// lastOut is the target of an account that went out last, of some posts; nil for none.
func lastOut(posts []*hayon.Post, account hayon.AccountID) *hayon.Target {
	var last *hayon.Target
	for _, p := range posts {
		for _, t := range p.Targets {
			out := t.Account == account && t.State == hayon.StatePublished && t.RemovedAt.IsZero() && p.Repost == ""
			if out && (last == nil || t.PublishedAt.After(last.PublishedAt)) {
				last = t
			}
		}
	}
	return last
}

// withLink is a text with an address at its end, unless it stands there already.
func withLink(body, link string) string {
	isLink := func(f text.Facet) bool { return f.Kind == text.Link && f.Value == link }
	switch {
	case slices.Contains(strings.Fields(body), link) || slices.ContainsFunc(text.Facets(body), isLink):
		return body
	case body == "":
		return link
	}
	return body + "\n\n" + link
}
