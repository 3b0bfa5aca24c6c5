package mastodon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/mattn/go-mastodon"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
)

// attach makes sure that all media of the part are on the instance, and notes in out their ids, which of
// them it still processes, and until when they last.
func (p *Provider) attach(ctx context.Context, s hayon.Session, r hayon.PrepareRequest, out *hayon.Prepared, who subject) error {
	media := r.Part().Media
	if len(media) == 0 {
		return nil
	}
	expired := !out.Expires.IsZero() && !p.now().Add(refreshAhead).Before(out.Expires)
	waiting := waitingOf(out)
	asked := r.Earlier != nil && !r.Earlier.ReadyAt.IsZero()
	var still []string
	fresh := true // all of them are
	for i, m := range media {
		number := strconv.Itoa(i + 1)
		id := out.Handles[handleMedia(i)]
		if expired || out.Handles[handleHash(i)] != m.SHA256 {
			id = ""
		}
		ready := id != ""
		if id != "" && (!asked || slices.Contains(waiting, number)) { // else it is known to be ready
			var err error
			if id, ready, err = p.processed(ctx, s, i, m, id, who); err != nil {
				return err
			}
		}
		if id == "" {
			var err error
			if id, ready, err = p.upload(ctx, s, r, i, who); err != nil {
				return err
			}
		} else {
			fresh = false
		}
		out.Handles[handleMedia(i)], out.Handles[handleHash(i)] = id, m.SHA256
		if !ready {
			still = append(still, number)
		}
	}
	if fresh || out.Expires.IsZero() {
		out.Expires = p.now().UTC().Add(mediaLife)
	}
	delete(out.Handles, handleWaiting)
	if len(still) > 0 {
		out.Handles[handleWaiting] = strings.Join(still, ",")
		out.ReadyAt = p.now().UTC().Add(pollEvery)
		out.Waits = processing(media, still)
	}
	return nil
}

// processing says what the instance works on.
func processing(media []hayon.Attachment, numbers []string) string {
	if i, err := strconv.Atoi(numbers[0]); err == nil && len(numbers) == 1 {
		return "processing " + nameOf(i-1, media[i-1])
	}
	return fmt.Sprintf("processing %d media", len(numbers))
}

func waitingOf(out *hayon.Prepared) []string {
	if out.Handles[handleWaiting] == "" {
		return nil
	}
	return strings.Split(out.Handles[handleWaiting], ",")
}

// processed asks whether a medium is ready. The id is "" where the instance does not have it any more.
// Source: https://docs.joinmastodon.org/methods/media/#get, read 2026-11-20.
func (p *Provider) processed(ctx context.Context, s hayon.Session, i int, m hayon.Attachment, id string, who subject) (string, bool, error) {
	var status int
	err := p.signed(ctx, s, func(cur *session) (err error) {
		status, err = p.do(ctx, call{method: http.MethodGet, base: cur.Base, path: "/api/v1/media/" + url.PathEscape(id), token: cur.AccessToken}, nil)
		return err
	})
	e, refused := errors.AsType[*apiError](err)
	switch {
	case err == nil:
		return id, status != http.StatusPartialContent, nil
	case refused && (e.Status == http.StatusNotFound || e.Status == http.StatusGone || e.Status == http.StatusMethodNotAllowed):
		return "", false, nil
	case refused && e.Status == http.StatusUnprocessableEntity && e.Parsed:
		return "", false, who.errorf(hayon.CodeInvalid, "%s could not process %s: %s", e.Host, nameOf(i, m), e.Message).WithCause(e)
	}
	return "", false, fault(err, who)
}

// upload sends one medium, and answers its id and whether it can be attached now.
func (p *Provider) upload(ctx context.Context, s hayon.Session, r hayon.PrepareRequest, i int, who subject) (id string, ready bool, err error) {
	m := r.Part().Media[i]
	paths := []string{"/api/v2/media", "/api/v1/media"}
	if !rulesOf(s.Account()).mediaV2 {
		slices.Reverse(paths)
	}
	var (
		found  mastodon.Attachment
		status int
	)
	for _, path := range paths {
		err = p.signed(ctx, s, func(cur *session) (err error) {
			req, err := uploadRequest(ctx, cur, path, r, i, takesThumb(rulesOf(s.Account()), m))
			if err != nil {
				return err
			}
			found = mastodon.Attachment{}
			status, err = p.send(p.uploads, req, cur.Base, &struct {
				ID  *mastodon.ID `json:"id"`
				URL *string      `json:"url"`
			}{&found.ID, &found.URL})
			if err == nil && found.ID == "" {
				return &unreadable{Host: hostOf(cur.Base), Err: errIncomplete}
			}
			return err
		})
		if e, ok := errors.AsType[*apiError](err); !ok || e.Status != http.StatusNotFound && e.Status != http.StatusMethodNotAllowed {
			break
		}
	}
	if err != nil {
		return "", false, uploadFault(err, i, m, who)
	}
	return string(found.ID), status != http.StatusAccepted || found.URL != "", nil
}

// takesThumb reports whether the thumbnail of a medium is sent: that of a film or of sound, to instances
// that know it. Source: https://docs.joinmastodon.org/methods/media/#v2, read 2026-11-21.
func takesThumb(rules software, m hayon.Attachment) bool {
	return m.Thumb != nil && rules.grown && !strings.HasPrefix(m.Type, "image/")
}

// uploadRequest is the request that uploads one medium.
func uploadRequest(ctx context.Context, s *session, path string, r hayon.PrepareRequest, i int, thumb bool) (*http.Request, error) {
	f := newForm(r.Open)
	if err := f.medium(r.Part().Media[i], i, thumb, r.Progress); err != nil {
		return nil, err
	}
	body, err := f.open(ctx)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Base+path, body)
	if err != nil {
		_ = body.Close() // it was only read
		return nil, &rest.Error{Method: http.MethodPost, Host: hostOf(s.Base), Kind: rest.KindOther, Err: err}
	}
	req.GetBody, req.Close = func() (io.ReadCloser, error) { return f.open(ctx) }, true
	req.ContentLength = f.size
	req.Header.Set("Content-Type", f.w.FormDataContentType())
	call{token: s.AccessToken}.sign(req)
	return req, nil
}

func uploadFault(err error, i int, m hayon.Attachment, who subject) *hayon.Error {
	e, ok := errors.AsType[*apiError](err)
	switch {
	case ok && e.Status == http.StatusRequestEntityTooLarge:
		return who.errorf(hayon.CodeInvalid, "%s has %d bytes, which is more than %s takes", nameOf(i, m), m.Bytes, e.Host).WithCause(e)
	case ok && e.Parsed && (e.Status == http.StatusUnprocessableEntity || e.Status == http.StatusBadRequest ||
		e.Status == http.StatusUnsupportedMediaType || e.Status == http.StatusNotAcceptable):
		return who.errorf(hayon.CodeInvalid, "%s refused %s: %s", e.Host, nameOf(i, m), e.Message).WithCause(e)
	}
	return fault(err, who)
}
