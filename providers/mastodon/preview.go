package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// maxLookups bounds how many people one preview asks the instance for, so that a text full of mentions
// does not use up what the account may ask.
const maxLookups = 20

// lookupTime bounds all of them together: an instance asks the servers of those whom it does not know, and
// waits for servers that are gone.
const lookupTime = 10 * time.Second

// PreviewPart is what the instance would get of a part: which links, mentions and tags it finds in the text,
// and what it does of its own accord. With a session it is asked whom mentions name and what the part
// answers and quotes.
func (p *Provider) PreviewPart(ctx context.Context, s hayon.Session, r hayon.PreviewRequest) (*hayon.PartPreview, error) {
	v := &view{p: p, s: s, r: r, account: r.Account, who: about(r.Account), out: &hayon.PartPreview{}}
	part := r.Part()
	if part.Repost != nil {
		v.out.Embed = "repost"
		v.repost(ctx)
		return v.out, ctx.Err()
	}
	v.facets(ctx)
	v.media()
	if part.Poll != nil {
		v.out.Embed = "poll"
	}
	v.reply(ctx)
	v.quote(ctx)
	return v.out, ctx.Err()
}

// view is one preview in work.
type view struct {
	p       *Provider
	s       hayon.Session // nil: nobody is asked
	r       hayon.PreviewRequest
	account *hayon.Account
	who     subject
	out     *hayon.PartPreview
}

func (v *view) note(format string, args ...any) {
	v.out.Notes = append(v.out.Notes, fmt.Sprintf(format, args...))
}

func (v *view) problem(format string, args ...any) {
	v.out.Problems = append(v.out.Problems, fmt.Sprintf(format, args...))
}

func (v *view) unresolved(format string, args ...any) {
	v.out.Unresolved = append(v.out.Unresolved, fmt.Sprintf(format, args...))
}

// facets are what the instance finds in the text.
func (v *view) facets(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	body := text.Normalize(v.r.Part().Text)
	people := make(map[string]person)
	mentions := 0
	for _, f := range text.Entities(body) {
		facet := hayon.TextFacet{Kind: string(f.Kind), Start: f.Start, End: f.End, Text: body[f.Start:f.End], Value: f.Value}
		if f.Kind == text.Mention {
			mentions++
			v.mention(ctx, &facet, people)
		}
		v.out.Facets = append(v.out.Facets, facet)
	}
	if mentions == 0 && v.visibility() == hayon.VisibilityDirect {
		v.note("It is direct and mentions nobody, so that nobody else sees it.")
	}
}

// visibility is who is to see the part, by our word; "" where the instance decides.
func (v *view) visibility() string {
	if asked := v.r.Target.Options[hayon.OptionVisibility]; asked != "" || v.account.Server == nil {
		return asked
	}
	return visibilityOf(v.account.Server.Extra[extraPrivacy])
}

// person is what the instance says of a handle.
type person struct {
	id string
	// unsure: it does not say.
	unsure bool
}

// mention asks whom a mention names, each once.
func (v *view) mention(ctx context.Context, f *hayon.TextFacet, people map[string]person) {
	handle := strings.ToLower(strings.TrimPrefix(f.Value, "@"))
	who, known := people[handle]
	if !known {
		if who.unsure = v.s == nil || len(people) >= maxLookups || ctx.Err() != nil; !who.unsure {
			who = v.p.person(ctx, v.s, handle)
		}
		people[handle] = who
		if who.unsure {
			v.unresolved("whether @%s is somebody", handle)
		}
	}
	f.ID, f.Unresolved, f.Plain = who.id, who.unsure, who.id == "" && !who.unsure
}

// person asks the instance for a handle. It knows its own people, and finds those of other servers by
// its search, which older sign-ins may not use. The look-up is for everybody, and goes without the token,
// which need not have the right for it; an instance that shows strangers nothing is searched.
// Source: https://docs.joinmastodon.org/methods/accounts/#lookup, read 2026-11-21.
func (p *Provider) person(ctx context.Context, s hayon.Session, handle string) person {
	a := s.Account()
	name, host, _ := strings.Cut(handle, "@")
	if host != "" && (strings.EqualFold(host, hostOf(a.Host)) || a.Server != nil && strings.EqualFold(host, a.Server.Extra[extraDomain])) {
		handle, host = name, ""
	}
	var found struct {
		ID string `json:"id"`
	}
	cur, err := p.load(ctx, s)
	if err == nil {
		_, err = p.do(ctx, call{
			method: http.MethodGet, base: cur.Base, path: "/api/v1/accounts/lookup", query: url.Values{"acct": {handle}},
		}, &found)
	}
	e, refused := errors.AsType[*apiError](err)
	switch {
	case err == nil && found.ID != "":
		return person{id: found.ID}
	case err == nil || !refused || e.Status == http.StatusTooManyRequests || e.Status >= http.StatusInternalServerError:
		return person{unsure: true}
	case host == "" && e.Status == http.StatusNotFound && (e.Parsed || rulesOf(a).pages):
		return person{}
	}
	return p.stranger(ctx, s, handle)
}

// stranger searches for somebody whom the instance does not know yet.
func (p *Provider) stranger(ctx context.Context, s hayon.Session, handle string) person {
	var found struct {
		Accounts []struct {
			ID   string `json:"id"`
			Acct string `json:"acct"`
		} `json:"accounts"`
	}
	if err := p.findAny(ctx, s, "@"+handle, "accounts", &found); err != nil {
		return person{unsure: true}
	}
	for _, a := range found.Accounts {
		if strings.EqualFold(a.Acct, handle) {
			return person{id: a.ID}
		}
	}
	return person{}
}

// reply tells of what the part answers.
func (v *view) reply(ctx context.Context) {
	what := v.r.Part().ReplyTo
	if what == nil || v.r.Index > 0 {
		return
	}
	if v.s == nil {
		v.unresolved("whether %s has what it answers", hostOf(v.account.Host))
		return
	}
	st, err := v.p.referred(ctx, v.s, *what, v.who)
	if err != nil {
		v.missing("what it answers", err)
		return
	}
	v.told(st)
	if own := visibility(v.visibility()); v.r.Target.Options[hayon.OptionVisibility] == "" {
		if seenBy := narrower(own, st.Visibility); seenBy != own {
			v.note("%s", narrowed(seenBy))
		}
	}
}

// told tells whether the author of what is answered hears of it: instances tell those alone who are
// mentioned. Source: https://github.com/mastodon/mastodon (process_mentions_service.rb), read 2026-11-21.
func (v *view) told(st *post) {
	if st.Account.ID == "" || st.Account.ID == localID(v.account) {
		return
	}
	mentioned := slices.ContainsFunc(v.out.Facets, func(f hayon.TextFacet) bool {
		return f.Kind == string(text.Mention) && (f.ID == string(st.Account.ID) || strings.EqualFold(f.Value, st.Account.Acct))
	})
	if !mentioned {
		v.note("It does not mention @%s, who is not told of the answer.", clean(st.Account.Acct, 200))
	}
}

// missing tells that the instance does not have something, or cannot say.
func (v *view) missing(what string, err error) {
	said := withoutName(hayon.AsError(err).Message, v.who)
	if hayon.CodeOf(err) == hayon.CodeInvalid {
		v.problem("it is not sent without %s: %s", what, said)
		return
	}
	v.unresolved("%s, since %s", what, said)
}

func (v *view) repost(ctx context.Context) {
	if v.s == nil {
		v.unresolved("whether %s has what it reposts", hostOf(v.account.Host))
		return
	}
	if _, err := v.p.referred(ctx, v.s, *v.r.Part().Repost, v.who); err != nil {
		v.missing("what it reposts", err)
	}
}

// quote tells how the part quotes.
func (v *view) quote(ctx context.Context) {
	part := v.r.Part()
	if part.Quote == nil {
		return
	}
	if v.s == nil && v.p.Quotes(v.account) && len(part.Media) == 0 && part.Poll == nil {
		v.out.Embed = "quote"
		v.unresolved("whether what it quotes may be quoted; if not, its address stands in the text")
		return
	}
	found, err := v.p.quotable(ctx, v.s, v.account, part, v.who)
	if err != nil {
		v.missing("whether what it quotes may be quoted", err)
		return
	}
	if found.note != "" {
		v.note("%s", found.note)
	}
	if found.id != "" {
		v.out.Embed = "quote"
		if own := v.visibility(); found.seenBy == "private" && (own == hayon.VisibilityPublic || own == hayon.VisibilityUnlisted) {
			v.note("It becomes one for your followers alone, since what it quotes is.")
		}
		return
	}
	d := &draft{Status: text.Normalize(part.Text), SpoilerText: text.Normalize(v.r.Target.Options[hayon.OptionWarning])}
	if err := found.check(v.p.Info().For(v.account), d, v.who); err != nil {
		v.problem("%s", withoutName(hayon.AsError(err).Message, v.who))
	}
}

// shownPixels is above what a picture is scaled down.
// Sources: https://docs.joinmastodon.org/user/posting/ and https://github.com/mastodon/mastodon
// (media_attachment.rb), read 2026-11-21.
const shownPixels = 8_294_400

// media tells what becomes of the media.
func (v *view) media() {
	media, grown := v.r.Part().Media, rulesOf(v.account).grown
	for i, m := range media {
		kind, _, _ := strings.Cut(m.Type, "/")
		if i == 0 {
			v.out.Embed = map[string]string{"video": "video", "audio": "audio"}[kind]
			if v.out.Embed == "" {
				v.out.Embed = "images"
			}
		}
		if m.Thumb != nil && kind != "image" && !grown {
			v.note("The thumbnail of %s is left out: the server makes its own.", nameOf(i, m))
		}
		if what := becomes(m); what != "" && grown {
			name := nameOf(i, m)
			v.note("%s%s %s.", strings.ToUpper(name[:1]), name[1:], what)
		}
	}
	if len(media) == 1 && media[0].Animated && media[0].Type == "image/gif" && grown {
		v.out.Embed = "gifv"
	}
}

// gifPixels is how large a GIF may be, moving or not, in width by height, and filmFrames how much of a film
// is kept. No instance says so of itself, and some have others.
// Source: https://github.com/mastodon/mastodon (attachmentable.rb, media_attachment.rb), read 2026-11-21.
const (
	gifPixels  = 921_600
	filmFrames = 36_000
)

// longFilm is from when a film of 60 frames a second has more than filmFrames.
const longFilm = filmFrames / 60 * time.Second

// becomes is what Mastodon makes of a medium, as the end of a sentence.
func becomes(m hayon.Attachment) string {
	n := int64(m.Width) * int64(m.Height)
	if strings.HasPrefix(m.Type, "video/") && m.Duration > longFilm {
		return fmt.Sprintf("takes %s: the server keeps %d frames of it, which are 10 minutes at 60 a second and 20 at 30",
			m.Duration.Round(time.Second), filmFrames)
	}
	switch m.Type {
	case "image/gif":
		switch {
		case n > gifPixels:
			return fmt.Sprintf("is a GIF of %d pixels, and Mastodon takes %d of one", n, gifPixels)
		case m.Animated:
			return "becomes a film without sound"
		}
	case "image/heic", "image/heif", "image/avif":
		return "becomes a JPEG"
	case "video/webm", "video/quicktime":
		return "becomes an MP4"
	case "audio/mpeg":
	default:
		if strings.HasPrefix(m.Type, "audio/") {
			return "becomes an MP3"
		}
	}
	if strings.HasPrefix(m.Type, "image/") && n > shownPixels {
		return fmt.Sprintf("is scaled down by the server, from %.1f to %.1f megapixels", float64(n)/1e6, float64(shownPixels)/1e6)
	}
	return ""
}
