package mastodon

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-mastodon"

	"github.com/hayon/hayon"
)

// post is a status that is referred to, or whose poll is to be known. The library's lacks who may quote it.
type post struct {
	status
	InReplyToID string           `json:"in_reply_to_id"`
	Visibility  string           `json:"visibility"`
	Account     mastodon.Account `json:"account"`
	Reblog      *post            `json:"reblog"`
	Approval    *struct {
		CurrentUser string `json:"current_user"`
	} `json:"quote_approval"`
	Quote *struct {
		State string `json:"state"`
	} `json:"quote"`
	Poll *struct {
		ExpiresAt time.Time `json:"expires_at"`
		Expired   bool      `json:"expired"`
	} `json:"poll"`
}

// proper is the status itself, or what it reposts.
func (st *post) proper() *post {
	if st.Reblog != nil && st.Reblog.ID != "" {
		return st.Reblog
	}
	return st
}

// post reads a status by the id that the account's instance knows.
func (p *Provider) post(ctx context.Context, s hayon.Session, id string) (*post, error) {
	out := new(post)
	err := p.signed(ctx, s, func(cur *session) error {
		_, err := p.do(ctx, call{method: http.MethodGet, base: cur.Base, path: "/api/v1/statuses/" + url.PathEscape(id), token: cur.AccessToken}, out)
		return err
	})
	if err == nil && out.ID == "" {
		err = &unreadable{Host: hostOf(s.Account().Host), Err: errIncomplete}
	}
	return out, err
}

// Refers reports whether the address looks like that of a post, on any server: the account's instance
// fetches what it does not have.
func (p *Provider) Refers(_ *hayon.Account, link string) bool { return isPost(link) }

// Quotes reports whether the account's instance knows quotes.
func (p *Provider) Quotes(a *hayon.Account) bool {
	if a == nil || a.Server == nil {
		return false
	}
	version, err := strconv.Atoi(a.Server.Extra[extraAPI])
	return err == nil && version >= quotesAPI
}

// referred is the status that a post answers or quotes. Where the instance does not have it, the error is
// invalid.
func (p *Provider) referred(ctx context.Context, s hayon.Session, what hayon.Remote, who subject) (*post, error) {
	host := hostOf(s.Account().Host)
	if strings.HasPrefix(what.ID, repostMark) {
		return nil, who.errorf(hayon.CodeInvalid, "a repost can be neither answered nor quoted")
	}
	if what.ID != "" {
		st, err := p.post(ctx, s, what.ID)
		e, refused := errors.AsType[*apiError](err)
		switch {
		case err == nil:
			return st.proper(), nil
		case isAbsent(err) && (e.Parsed || rulesOf(s.Account()).pages):
			return nil, who.errorf(hayon.CodeInvalid, "%s does not have %s any more", host, cmp.Or(what.URL, "the post "+what.ID)).WithCause(err)
		case refused && e.Status == http.StatusForbidden: // the token may not read, and may yet write
			return &post{status: status{ID: mastodon.ID(what.ID), URL: what.URL}}, nil
		}
		return nil, fault(err, who)
	}
	u := parseLink(what.URL)
	if u == nil {
		return nil, who.errorf(hayon.CodeInvalid, "%q is no address of a post", clean(what.URL, 200))
	}
	st, err := p.lookUp(ctx, s, u)
	if err != nil {
		return nil, searchFault(err, who)
	}
	if st == nil {
		return nil, who.errorf(hayon.CodeInvalid, "%s does not find %s", host, clean(what.URL, 200)).
			WithHint("check the address; the post must be public")
	}
	return st.proper(), nil
}

// searchFault is why a look-up by address did not work. A token that may not search, as older sign-ins
// have them, is no reason to stop the account.
func searchFault(err error, who subject) *hayon.Error {
	if e, ok := errors.AsType[*apiError](err); ok && e.Status == http.StatusForbidden {
		return who.errorf(hayon.CodeInvalid, "the token may not search on %s, so that posts of other servers are not found: %s", e.Host, e.Message).
			WithHint("sign in again, so that it gets the right: " + who.login).WithCause(e)
	}
	return fault(err, who)
}

// answer notes what the part answers: the part before it, or of the first part whatever it is to answer. A
// post that answers what is not there is not sent.
func (p *Provider) answer(ctx context.Context, s hayon.Session, r hayon.PrepareRequest, d *draft, out *hayon.Prepared, who subject) error {
	parent := r.Parent
	if r.Index == 0 && parent.IsZero() && r.Part().ReplyTo != nil {
		parent = *r.Part().ReplyTo
	}
	if parent.IsZero() {
		return nil
	}
	if r.Index > 0 && parent.ID == "" {
		return who.errorf(hayon.CodeInvalid, "the part before it, %s, has no id on %s", parent.URL, hostOf(s.Account().Host))
	}
	d.InReplyToID = parent.ID
	asked := r.Target.Options[hayon.OptionVisibility] != ""
	if r.Index > 0 && (asked || r.Target.Parts[0].ReplyTo == nil) { // nothing is to be found out
		return nil
	}
	if id := out.Handles[handleReply]; id != "" {
		d.InReplyToID, d.Visibility = id, cmp.Or(out.Handles[handleSeenBy], d.Visibility)
		return nil
	}
	st, err := p.referred(ctx, s, parent, who)
	if err != nil {
		return err
	}
	d.InReplyToID = string(st.ID)
	out.Handles[handleReply] = d.InReplyToID
	if r.Index == 0 {
		out.Root = p.root(ctx, s, st)
	}
	if asked {
		return nil
	}
	if seenBy := narrower(d.Visibility, st.Visibility); seenBy != d.Visibility {
		d.Visibility, out.Handles[handleSeenBy] = seenBy, seenBy
		out.Notes = append(out.Notes, narrowed(seenBy))
	}
	return nil
}

// root is the first post of the conversation that a status is of, as far as the instance knows it. Nothing
// is sent that needs it, so that no error is worth one.
// Source: https://docs.joinmastodon.org/methods/statuses/#context, read 2026-11-21.
func (p *Provider) root(ctx context.Context, s hayon.Session, st *post) hayon.Remote {
	host := s.Account().Host
	if st.InReplyToID == "" {
		return st.remote(host)
	}
	var around struct {
		Ancestors []*status `json:"ancestors"`
	}
	err := p.signed(ctx, s, func(cur *session) error {
		_, err := p.do(ctx, call{
			method: http.MethodGet, base: cur.Base, path: "/api/v1/statuses/" + url.PathEscape(string(st.ID)) + "/context", token: cur.AccessToken,
		}, &around)
		return err
	})
	if err != nil || len(around.Ancestors) == 0 || around.Ancestors[0].ID == "" {
		return hayon.Remote{}
	}
	return around.Ancestors[0].remote(host)
}

// byWidth are the visibilities by the server's words, from the widest to the narrowest.
var byWidth = []string{"public", "unlisted", "private", "direct"}

// narrower is the visibility of an answer whose author names none: the account's own, unless that of what
// it answers is narrower. Where nobody knows the account's own, the instance decides, but for what was not
// for everybody.
func narrower(own, parents string) string {
	theirs := slices.Index(byWidth, parents)
	mine := slices.Index(byWidth, own)
	switch {
	case theirs < 0, own != "" && mine < 0: // relatives have others
		return own
	case own == "" && theirs <= slices.Index(byWidth, "unlisted"):
		return own
	case theirs > mine:
		return parents
	}
	return own
}

// narrowed says that an answer is seen by those alone who see what it answers.
func narrowed(seenBy string) string {
	whom := map[string]string{"private": "for your followers alone", "direct": "for those alone whom it mentions"}[seenBy]
	return "It is " + cmp.Or(whom, seenBy) + ", since what it answers is " + visibilityOf(seenBy) + "."
}

// quote notes what the part quotes. Where that cannot be, its address is put at the end of the text.
func (p *Provider) quote(ctx context.Context, s hayon.Session, r hayon.PrepareRequest, d *draft, out *hayon.Prepared, who subject) error {
	what := r.Part().Quote
	if what == nil {
		return nil
	}
	id, link := out.Handles[handleQuote], out.Handles[handleLink]
	if id == "" && link == "" {
		found, err := p.quotable(ctx, s, s.Account(), r.Part(), who)
		if err != nil {
			return err
		}
		if found.note != "" {
			out.Notes = append(out.Notes, found.note)
		}
		if id, link = found.id, found.link; id == "" {
			if err := found.check(p.Info().For(s.Account()), d, who); err != nil {
				return err
			}
		}
	}
	if id != "" {
		d.QuotedID, out.Handles[handleQuote] = id, id
		return nil
	}
	d.Status, out.Handles[handleLink] = withLink(d.Status, link), link
	return nil
}

// quoted is how a post is quoted: by its id on the account's instance, or by its address.
type quoted struct {
	id, link string
	// seenBy is the visibility of what is quoted, by the server's word.
	seenBy string
	// reason is why not by its id, as half a sentence, and note what people are told, as a sentence.
	reason, note string
}

// check refuses a quote for which there is no address, or no room.
func (q quoted) check(info hayon.ProviderInfo, d *draft, who subject) error {
	if q.link == "" {
		return who.errorf(hayon.CodeRejected, "%s, and no address of it is known", q.reason)
	}
	with := *d
	with.Status = withLink(d.Status, q.link)
	if n, most := length(info, &with); n > most {
		return who.errorf(hayon.CodeRejected, "%s, and with its address the text has %d of %d characters", q.reason, n, most).
			WithHint("shorten the text, or leave the quote out")
	}
	return nil
}

// quotable finds out how a part can quote. The error is that of an instance which cannot tell now. The
// session is used where the instance must be asked.
func (p *Provider) quotable(ctx context.Context, s hayon.Session, a *hayon.Account, part *hayon.Part, who subject) (quoted, error) {
	what, host := *part.Quote, hostOf(a.Host)
	if what.ID == "" && !isPost(what.URL) {
		return quoted{}, who.errorf(hayon.CodeInvalid, "%q is no address of a post that can be quoted", clean(what.URL, 200))
	}
	if !p.Quotes(a) {
		q := linked(what.URL, host+" knows no quotes", part)
		if strings.Contains(part.Text, what.URL) { // as it was meant to be
			q.note = ""
		}
		return q, nil
	}
	if len(part.Media) > 0 || part.Poll != nil {
		return linked(what.URL, "a post with media or a poll quotes nothing", part), nil
	}
	st, err := p.referred(ctx, s, what, who)
	if hayon.CodeOf(err) == hayon.CodeInvalid {
		return linked(what.URL, withoutName(hayon.AsError(err).Message, who), part), nil
	}
	if err != nil {
		return quoted{}, err
	}
	may := ""
	if st.Approval != nil {
		may = st.Approval.CurrentUser
	}
	switch may {
	case "automatic":
		return quoted{id: string(st.ID), seenBy: st.Visibility}, nil
	case "manual":
		return quoted{id: string(st.ID), seenBy: st.Visibility, note: "The quote is pending until the author of what it quotes allows it."}, nil
	}
	return linked(cmp.Or(what.URL, st.URL, st.URI), "what it quotes may not be quoted by this account", part), nil
}

// linked is a quote by the address alone.
func linked(link, reason string, part *hayon.Part) quoted {
	where := "at the end of the text"
	if strings.Contains(part.Text, link) {
		where = "in the text"
	}
	return quoted{link: link, reason: reason, note: "It is no quote: " + reason + "; the address stands " + where + " instead."}
}

// keepQuote puts the address of what a post quotes into its new text, where it stood in the one before.
func (p *Provider) keepQuote(ctx context.Context, s hayon.Session, r hayon.EditRequest, c *change, who subject) error {
	link := ""
	switch part := r.Part(); {
	case part.Quote == nil:
		return nil
	case r.Earlier != nil:
		link = r.Earlier.Handles[handleLink]
	default: // nobody knows how it went out
		st, err := p.post(ctx, s, part.Remote.ID)
		if err != nil {
			return editFault(err, who)
		}
		if st.Quote == nil {
			link = part.Quote.URL
		}
	}
	d := &draft{Status: withLink(c.Status, link), SpoilerText: c.SpoilerText}
	if n, most := length(p.Info().For(s.Account()), d); n > most {
		return who.errorf(hayon.CodeInvalid, "text has %d of %d characters with the address of what it quotes", n, most)
	}
	c.Status = d.Status
	return nil
}

// withLink is a text with an address in it.
func withLink(s, link string) string {
	if link == "" || strings.Contains(s, link) {
		return s
	}
	if s == "" {
		return link
	}
	return s + "\n\n" + link
}
