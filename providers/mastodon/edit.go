package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mattn/go-mastodon"

	"github.com/hayon/hayon"
)

// Delete removes a status, and its media where the instance does that. What is not there is gone.
func (p *Provider) Delete(ctx context.Context, s hayon.Session, r hayon.Remote) error {
	who := about(s.Account())
	if r.ID == "" {
		return who.errorf(hayon.CodeInvalid, "the post has no id on %s", hostOf(s.Account().Host)).
			WithHint("delete it there: " + r.URL)
	}
	marked, isRepost := strings.CutPrefix(r.ID, repostMark)
	_, reposted, _ := strings.Cut(marked, ":")
	err := p.signed(ctx, s, func(cur *session) error {
		c := call{method: http.MethodDelete, base: cur.Base, path: "/api/v1/statuses/" + url.PathEscape(r.ID), token: cur.AccessToken}
		switch {
		case isRepost:
			c.method, c.path = http.MethodPost, "/api/v1/statuses/"+url.PathEscape(reposted)+"/unreblog"
		case deletesMedia(s.Account()):
			c.query = url.Values{"delete_media": {"true"}}
		}
		_, err := p.do(ctx, c, nil)
		return err
	})
	e, ok := errors.AsType[*apiError](err)
	switch {
	case err == nil, ok && e.Status == http.StatusNotFound && e.Parsed:
		return nil
	case ok && !isRepost && (e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed):
		return p.undeleted(ctx, s, r, e, who)
	}
	return fault(err, who)
}

// undeleted tells a status that is gone from an instance that deletes nothing by its API, such as snac.
func (p *Provider) undeleted(ctx context.Context, s hayon.Session, r hayon.Remote, e *apiError, who subject) error {
	err := p.signed(ctx, s, func(cur *session) error {
		_, err := p.do(ctx, call{method: http.MethodGet, base: cur.Base, path: "/api/v1/statuses/" + url.PathEscape(r.ID), token: cur.AccessToken}, nil)
		return err
	})
	switch {
	case isAbsent(err):
		return nil
	case err != nil:
		return fault(err, who)
	}
	return who.errorf(hayon.CodeRejected, "%s deletes nothing for other programs", e.Host).WithHint("delete it there: " + r.URL).WithCause(e)
}

// change is the whole new state of a status. What is false or empty is sent as well: it may have been
// something else before.
// Source: https://docs.joinmastodon.org/methods/statuses/#edit, read 2026-11-20.
type change struct {
	Status      string         `json:"status"`
	SpoilerText string         `json:"spoiler_text"`
	Sensitive   bool           `json:"sensitive"`
	Language    string         `json:"language,omitempty"`
	MediaIDs    []string       `json:"media_ids"`
	Media       []mediumChange `json:"media_attributes,omitempty"`
	Poll        *poll          `json:"poll,omitempty"`
	QuotePolicy string         `json:"quote_approval_policy,omitempty"`
	ContentType string         `json:"content_type,omitempty"`
}

type mediumChange struct {
	ID          string `json:"id"`
	Description string `json:"description"`
	Focus       string `json:"focus"`
}

// Edit gives a status another text, warning, language, or other descriptions and focuses of its media, and
// leaves media out. Who sees it, what it answers and quotes stay, and so do the thumbnails of its media and
// how long its poll is open. Media cannot be added.
func (p *Provider) Edit(ctx context.Context, s hayon.Session, r hayon.EditRequest) (hayon.Remote, error) {
	a := s.Account()
	who, part := about(a), r.Part()
	if part.Repost != nil || part.Remote.ID == "" {
		return hayon.Remote{}, who.errorf(hayon.CodeInvalid, "a repost, or a post without an id, cannot be changed")
	}
	d, err := p.draft(a, r.Target, part, who)
	if err != nil {
		return hayon.Remote{}, err
	}
	c := &change{
		Status: d.Status, SpoilerText: d.SpoilerText, Sensitive: d.Sensitive != nil && *d.Sensitive, Language: d.Language,
		MediaIDs: []string{}, QuotePolicy: d.QuotePolicy, ContentType: d.ContentType,
	}
	if err := p.keepQuote(ctx, s, r, c, who); err != nil {
		return hayon.Remote{}, err
	}
	if err := p.keepMedia(ctx, s, r, c, who); err != nil {
		return hayon.Remote{}, err
	}
	if err := p.keepPoll(ctx, s, r, c, who); err != nil {
		return hayon.Remote{}, err
	}
	body, err := json.Marshal(c)
	if err != nil {
		return hayon.Remote{}, err
	}
	var out *status
	err = p.signed(ctx, s, func(cur *session) (err error) {
		out, err = p.status(ctx, call{
			method: http.MethodPut, base: cur.Base, path: "/api/v1/statuses/" + url.PathEscape(part.Remote.ID),
			token: cur.AccessToken, body: body, contentType: jsonType,
		})
		return err
	})
	if err != nil {
		return hayon.Remote{}, editFault(err, who)
	}
	return hayon.Remote{ID: part.Remote.ID, URL: out.remote(a.Host).URL}, nil
}

func editFault(err error, who subject) *hayon.Error {
	e, ok := errors.AsType[*apiError](err)
	switch {
	case ok && e.Status == http.StatusMethodNotAllowed, ok && e.Status == http.StatusNotFound && !e.Parsed:
		return who.errorf(hayon.CodeRejected, "%s cannot change what is out", e.Host).WithHint("delete it and post it anew").WithCause(e)
	case ok && e.Status == http.StatusNotFound:
		return who.errorf(hayon.CodeNotFound, "the post is not on %s any more", e.Host).WithCause(e)
	}
	return fault(err, who)
}

// keepMedia names the media of the changed part by the ids that they have on the instance.
func (p *Provider) keepMedia(ctx context.Context, s hayon.Session, r hayon.EditRequest, c *change, who subject) error {
	part := r.Part()
	if len(part.Media) == 0 {
		return nil
	}
	ids, err := p.mediaIDs(ctx, s, r, who)
	if err != nil {
		return err
	}
	for i, m := range part.Media {
		if ids[i] == "" {
			return who.errorf(hayon.CodeInvalid, "%s is not part of the post; an edit adds no media", nameOf(i, m)).
				WithHint("delete the post and make a new one")
		}
		c.MediaIDs = append(c.MediaIDs, ids[i])
		c.Media = append(c.Media, mediumChange{ID: ids[i], Description: m.Alt, Focus: focusOf(m)})
	}
	return nil
}

// mediaIDs are the ids of the part's media, by what was noted when it was uploaded. Where nobody knows,
// the instance's own list stands for it, if it is as long.
func (p *Provider) mediaIDs(ctx context.Context, s hayon.Session, r hayon.EditRequest, who subject) ([]string, error) {
	media := r.Part().Media
	ids := make([]string, len(media))
	if r.Earlier != nil {
		for i, m := range media {
			for k := 0; r.Earlier.Handles[handleMedia(k)] != "" && ids[i] == ""; k++ {
				id := r.Earlier.Handles[handleMedia(k)]
				if r.Earlier.Handles[handleHash(k)] == m.SHA256 && !slices.Contains(ids, id) { // one picture may be there twice
					ids[i] = id
				}
			}
		}
		return ids, nil
	}
	var st *mastodon.Status
	err := p.signed(ctx, s, func(cur *session) (err error) {
		st, err = read(cur, func() (*mastodon.Status, error) {
			return p.library(cur).GetStatus(ctx, mastodon.ID(url.PathEscape(r.Part().Remote.ID)))
		})
		return err
	})
	if err != nil {
		return nil, editFault(err, who)
	}
	if len(st.MediaAttachments) == len(media) {
		for i, m := range st.MediaAttachments {
			ids[i] = string(m.ID)
		}
	}
	return ids, nil
}
