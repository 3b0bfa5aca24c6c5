package mastodon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
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
	}
	return nil
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
			req, err := uploadRequest(ctx, cur, path, r, i)
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

// uploadRequest is the form of one medium. Its file is streamed, and opened anew where the request is
// sent again.
func uploadRequest(ctx context.Context, s *session, path string, r hayon.PrepareRequest, i int) (*http.Request, error) {
	m := r.Part().Media[i]
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	if m.Alt != "" {
		_ = w.WriteField("description", m.Alt) // into memory
	}
	if m.Focus != nil {
		_ = w.WriteField("focus", fmt.Sprintf("%.3f,%.3f", m.Focus.X, m.Focus.Y))
	}
	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", fmt.Sprintf(`form-data; name="file"; filename=%q`, fileName(i, m))) // snac wants the quotes
	header.Set("Content-Type", m.Type)
	if _, err := w.CreatePart(header); err != nil {
		return nil, err
	}
	head := bytes.Clone(form.Bytes())
	form.Reset()
	_ = w.Close()
	tail := form.Bytes()
	open := func() (io.ReadCloser, error) {
		f, err := r.Open(ctx, m)
		if err != nil {
			return nil, hayon.AsError(err)
		}
		return struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(head), f, bytes.NewReader(tail)), f}, nil
	}
	body, err := open()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Base+path, body)
	if err != nil {
		_ = body.Close() // it was only read
		return nil, &rest.Error{Method: http.MethodPost, Host: hostOf(s.Base), Kind: rest.KindOther, Err: err}
	}
	req.GetBody, req.Close = open, true
	req.ContentLength = int64(len(head)) + m.Bytes + int64(len(tail))
	req.Header.Set("Content-Type", w.FormDataContentType())
	call{token: s.AccessToken}.sign(req)
	return req, nil
}

// fileName is one that tells the type, which some relatives go by, and nothing of this machine's files.
func fileName(i int, m hayon.Attachment) string {
	_, ext, _ := strings.Cut(m.Type, "/")
	switch ext {
	case "jpeg":
		ext = "jpg"
	case "quicktime":
		ext = "mov"
	case "mpeg":
		ext = "mp3"
	}
	return fmt.Sprintf("media-%d.%s", i+1, ext)
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
