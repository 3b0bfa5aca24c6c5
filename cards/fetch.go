package cards

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/hayon/hayon"
)

const (
	acceptPage  = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"
	acceptImage = "image/jpeg,image/png,image/webp,image/gif;q=0.8,*/*;q=0.1"
)

// get asks for u and follows redirects, each of which is an address like any other. The body of the answer,
// whose status is one of success, is the caller's to close.
func (r *Reader) get(ctx context.Context, u *url.URL, accept string) (*http.Response, error) {
	for left := r.cfg.MaxRedirects; ; left-- {
		resp, err := r.once(ctx, u, accept)
		if err != nil {
			return nil, err
		}
		to := resp.Header.Get("Location")
		if resp.StatusCode < 300 || resp.StatusCode > 399 || to == "" {
			return r.successful(resp)
		}
		closeBody(resp)
		if left <= 0 {
			return nil, hayon.Errorf(hayon.CodeInvalid, "%s redirects too often: more than %d times", shown(u.Hostname()), max(r.cfg.MaxRedirects, 0))
		}
		if u, err = r.follow(u, to); err != nil {
			return nil, err
		}
	}
}

// follow is where a redirect leads to.
func (r *Reader) follow(from *url.URL, to string) (*url.URL, error) {
	u, err := from.Parse(to)
	if err == nil {
		u, err = r.guard.parse(u.String())
	}
	if err == nil {
		return u, nil
	}
	if e, ok := errors.AsType[*hayon.Error](err); ok && e.Code == hayon.CodeForbidden {
		return nil, e
	}
	return nil, hayon.Errorf(hayon.CodeInvalid, "%s redirects to what is no address of a web page", shown(from.Hostname()))
}

// once makes one request. It sends what is set here and nothing else: no cookies, no user, no referrer.
func (r *Reader) once(ctx context.Context, u *url.URL, accept string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, notAnAddress("it cannot be read")
	}
	req.Header.Set("User-Agent", r.cfg.UserAgent)
	req.Header.Set("Accept", accept)
	resp, err := r.transport.RoundTrip(req)
	if err != nil {
		return nil, explain(u, err)
	}
	return resp, nil
}

func (r *Reader) successful(resp *http.Response) (*http.Response, error) {
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		return resp, nil
	}
	closeBody(resp)
	return nil, refused(resp)
}

func closeBody(resp *http.Response) { _ = resp.Body.Close() }

// readPage reads the page at u without its picture, unless the address is that of a picture.
func (r *Reader) readPage(ctx context.Context, u *url.URL) (finding, error) {
	resp, err := r.get(ctx, u, acceptPage)
	if err != nil {
		return finding{}, err
	}
	defer closeBody(resp)
	at := resp.Request.URL
	body, err := start(resp)
	if err != nil {
		return finding{}, explain(at, err)
	}
	switch declared, charset := contentType(resp); {
	case isPicture(body):
		f := file(resp)
		f.page.Image = r.pictureOrNil(at, func() ([]byte, error) { return r.rest(resp, body) })
		return f, nil
	case isPage(declared, body):
		body, err = readOn(resp.Body, body, r.cfg.MaxPage)
		if err != nil {
			return finding{}, explain(at, err)
		}
		return parse(body, charset, at), nil
	default:
		return file(resp), nil
	}
}

// contentType is what an answer says that it is. A type counts also where what follows it is broken.
func contentType(resp *http.Response) (kind, charset string) {
	header := resp.Header.Get("Content-Type")
	kind, params, err := mime.ParseMediaType(header)
	if err != nil {
		kind, _, _ = strings.Cut(header, ";")
		kind, _, _ = strings.Cut(kind, ",")
		kind = strings.ToLower(strings.TrimSpace(kind))
	}
	return kind, params["charset"]
}

// sniffed is how many bytes tell what something is.
const sniffed = 512

// start reads the first bytes of an answer.
func start(resp *http.Response) ([]byte, error) {
	if packed := resp.Header.Get("Content-Encoding"); packed != "" && packed != "identity" { // the transport has undone what it asked for
		return nil, hayon.Errorf(hayon.CodeInvalid, "%s answers in an encoding that was not asked for", shown(resp.Request.URL.Hostname()))
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, sniffed))
	if err != nil && len(body) == 0 {
		return nil, err
	}
	return body, nil
}

// isPicture tells by its first bytes whether a file is one of the pictures that Hayon can send.
func isPicture(b []byte) bool {
	switch http.DetectContentType(b) {
	case "image/jpeg", "image/png", "image/gif", "image/webp":
		return true
	}
	return false
}

func isPage(declared string, start []byte) bool {
	switch declared {
	case "text/html", "application/xhtml+xml":
		return true
	case "", "application/octet-stream", "text/xml", "application/xml":
		sniffed, _, _ := strings.Cut(http.DetectContentType(start), ";")
		return sniffed == "text/html" || sniffed == "text/xml" && bytes.Contains(start, []byte("<html"))
	}
	return false
}

// file is the card of what is no page: its name.
func file(resp *http.Response) finding {
	at := resp.Request.URL
	title := ""
	if _, params, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err == nil {
		title = clip(path.Base("/"+params["filename"]), maxTitle)
	}
	if title == "" || title == "/" {
		title = clip(path.Base("/"+at.Path), maxTitle)
	}
	if title == "" || title == "/" {
		title = shown(at.Hostname())
	}
	return finding{page: hayon.Page{Canonical: at.String(), Title: title}}
}

// readOn reads a page of which the start is there. It stops after the head where that has what a card
// needs. An answer that breaks off behind the head is as good as one that is too long.
func readOn(from io.Reader, body []byte, most int64) ([]byte, error) {
	from = io.LimitReader(from, most-int64(len(body)))
	chunk := make([]byte, 16<<10)
	looked, behind := 0, false
	for {
		if !behind {
			behind = headEnds(body[looked:])
			looked = max(len(body)-len("</head"), 0)
			if behind && scan(decode(body, "")).done() {
				return body, nil
			}
		}
		n, err := from.Read(chunk)
		body = append(body, chunk[:n]...)
		if errors.Is(err, io.EOF) || err != nil && (behind || headEnds(body[looked:])) {
			return body, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// headEnds tells whether the end of a head may be in b.
func headEnds(b []byte) bool {
	b = bytes.ToLower(b)
	return bytes.Contains(b, []byte("</head")) || bytes.Contains(b, []byte("<body"))
}

// readImage is the picture of a page; nil where it cannot be had.
func (r *Reader) readImage(ctx context.Context, u *url.URL) []byte {
	return r.pictureOrNil(u, func() ([]byte, error) {
		if err := r.guard.parsed(u); err != nil {
			return nil, err
		}
		resp, err := r.get(ctx, u, acceptImage)
		if err != nil {
			return nil, err
		}
		defer closeBody(resp)
		body, err := start(resp)
		if err != nil {
			return nil, err
		}
		return r.rest(resp, body)
	})
}

// pictureOrNil is what read gives. Why it gives nothing is for the log.
func (r *Reader) pictureOrNil(u *url.URL, read func() ([]byte, error)) []byte {
	image, err := read()
	if err != nil {
		if cause := errors.Unwrap(err); cause != nil {
			err = cause
		}
		r.cfg.Logger.Debug("no picture for the card", slog.String("host", shown(u.Hostname())), slog.Any("err", err))
		return nil
	}
	return image
}

var (
	errNoPicture = errors.New("it is no JPEG, PNG, GIF or WebP")
	errTooLarge  = errors.New("it is too large")
)

// rest reads a picture of which the start is there.
func (r *Reader) rest(resp *http.Response, start []byte) ([]byte, error) {
	if !isPicture(start) {
		return nil, errNoPicture
	}
	if resp.ContentLength > r.cfg.MaxImage {
		return nil, errTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(io.MultiReader(bytes.NewReader(start), resp.Body), r.cfg.MaxImage+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > r.cfg.MaxImage {
		return nil, errTooLarge
	}
	return body, nil
}
