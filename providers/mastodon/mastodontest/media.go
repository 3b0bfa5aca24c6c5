package mastodontest

import (
	"bytes"
	"fmt"
	"image"
	_ "image/gif"  // images are measured
	_ "image/jpeg" // images are measured
	_ "image/png"  // images are measured
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// attachment is an upload and how far its processing is.
type attachment struct {
	Media
	owner         *User
	width, height int
	polls         int // questions until it is ready; negative is never
	failed        bool
}

// Attachments are u's uploads, the oldest first, deleted ones too.
func (s *Server) Attachments(u *User) []Media {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Media
	for _, m := range s.media {
		if m.owner == u {
			out = append(out, m.Media)
		}
	}
	return out
}

// FinishMedia ends the processing of all uploads, well or, with failed, badly.
func (s *Server) FinishMedia(failed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.media {
		if !m.Ready {
			m.Ready, m.failed = !failed, failed
		}
	}
}

// RemoveMedia forgets the uploads that no status has, as an instance does after a day.
func (s *Server) RemoveMedia() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.media {
		if m.StatusID == "" {
			m.Deleted = true
		}
	}
}

func (s *Server) attachment(id string) *attachment {
	for _, m := range s.media {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// uploadV1 answers when the file is processed.
func (c *call) uploadV1() *Answer {
	m, ans := c.upload()
	if ans != nil {
		return ans
	}
	if !m.failed {
		m.Ready = true
	}
	return ok(m.json(c.s))
}

// uploadV2 answers 202 for what takes its time.
func (c *call) uploadV2() *Answer {
	m, ans := c.upload()
	if ans != nil {
		return ans
	}
	if m.Ready {
		return ok(m.json(c.s))
	}
	return respond(http.StatusAccepted, m.json(c.s))
}

func (c *call) upload() (*attachment, *Answer) {
	file, is := c.p["file"].(upload)
	if !is || len(file.data) == 0 {
		return nil, invalid("File can't be blank")
	}
	cfg := c.s.cfg
	m := &attachment{Media: Media{MIME: file.mime, Bytes: file.data}, owner: c.user, polls: cfg.MediaPolls}
	kind, _, _ := strings.Cut(file.mime, "/")
	m.Type = kind
	limit := cfg.MaxImageBytes
	if kind != "image" {
		limit = cfg.MaxVideoBytes
	}
	if file.mime == "image/gif" {
		m.Type = "gifv"
	}
	switch {
	case !slices.Contains(mediaTypes, file.mime):
		return nil, invalid("File content type is invalid")
	case len(file.data) > limit:
		return nil, invalid(fmt.Sprintf("File size must be less than %d bytes", limit))
	}
	if ans := m.measure(); ans != nil {
		return nil, ans
	}
	if ans := checkMediaText(cfg, c.p); ans != nil {
		return nil, ans
	}
	if ans := m.thumbnail(cfg, c.p); ans != nil {
		return nil, ans
	}
	m.describe(c.p)
	m.Ready = cfg.Media == MediaSync || cfg.Media == MediaAsync && m.Type == "image"
	m.ID = c.s.id()
	c.s.media = append(c.s.media, m)
	return m, nil
}

// thumbnail takes the thumbnail that is given.
func (m *attachment) thumbnail(cfg Config, p params) *Answer {
	if !p.has("thumbnail") {
		return nil
	}
	file, is := p["thumbnail"].(upload)
	if _, format, err := image.DecodeConfig(bytes.NewReader(file.data)); !is || err != nil || "image/"+format != file.mime || len(file.data) > cfg.MaxImageBytes {
		return invalid("Thumbnail content type is invalid")
	}
	m.Thumbnail = file.data
	return nil
}

// measure reads the size of an image, and refuses what is none.
func (m *attachment) measure() *Answer {
	switch m.MIME {
	case "image/png", "image/jpeg", "image/gif":
		conf, format, err := image.DecodeConfig(bytes.NewReader(m.Bytes))
		if err != nil || "image/"+format != m.MIME {
			return invalid("File has contents that are not what they are reported to be")
		}
		m.width, m.height = conf.Width, conf.Height
		if m.width*m.height > imagePixels {
			return invalid(fmt.Sprintf("%dx%d images are not supported", m.width, m.height))
		}
	default:
		m.width, m.height = 640, 480
	}
	return nil
}

// checkMediaText refuses a description or a focus.
func checkMediaText(cfg Config, p params) *Answer {
	if Count("", p.text("description"), cfg.URLChars) > cfg.MaxDescription {
		return invalid(fmt.Sprintf("Description is too long (maximum is %d characters)", cfg.MaxDescription))
	}
	if _, _, good := parseFocus(p.text("focus")); p.has("focus") && !good {
		return invalid("Focus is invalid")
	}
	return nil
}

// describe takes the description and the focus that are given.
func (m *attachment) describe(p params) {
	if p.has("description") {
		m.Description = p.text("description")
	}
	if p.has("focus") {
		m.Focus = p.text("focus")
	}
}

// parseFocus reads "x,y", each from -1 to 1.
func parseFocus(s string) (x, y float64, good bool) {
	a, b, both := strings.Cut(s, ",")
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return x, y, both && err == nil && err2 == nil && min(x, y) >= -1 && max(x, y) <= 1
}

// mediaState answers 206 while a file is processed.
func (c *call) mediaState() *Answer {
	m := c.ownMedia()
	switch {
	case m == nil || m.StatusID != "":
		return notFound()
	case m.failed:
		return refuse(http.StatusUnprocessableEntity, "Error processing thumbnail for uploaded media")
	case m.Ready:
		return ok(m.json(c.s))
	case m.polls == 0:
		m.Ready = true
		return ok(m.json(c.s))
	}
	m.polls = max(m.polls-1, -1) // negative stays so
	return respond(http.StatusPartialContent, m.json(c.s))
}

func (c *call) ownMedia() *attachment {
	m := c.s.attachment(c.args["id"])
	if m == nil || m.owner != c.user || m.Deleted {
		return nil
	}
	return m
}

// editMedia describes what is not attached yet; afterwards the status is edited.
func (c *call) editMedia() *Answer {
	m := c.ownMedia()
	if m == nil || m.StatusID != "" {
		return notFound()
	}
	if ans := checkMediaText(c.s.cfg, c.p); ans != nil {
		return ans
	}
	m.describe(c.p)
	return ok(m.json(c.s))
}

func (c *call) deleteMedia() *Answer {
	m := c.ownMedia()
	switch {
	case m == nil:
		return notFound()
	case m.StatusID != "":
		return refuse(http.StatusUnprocessableEntity, "Media attachment is currently used by a status")
	}
	m.Deleted = true
	return ok(obj{})
}

func (c *call) mediaFile() *Answer {
	m := c.s.attachment(c.args["id"])
	if m == nil || m.Deleted {
		return page(http.StatusNotFound, "")
	}
	return &Answer{http.StatusOK, http.Header{"Content-Type": {m.MIME}}, m.Bytes}
}

// json is the attachment as the API gives it: without a URL while it is processed.
func (m *attachment) json(s *Server) obj {
	out := obj{
		"id": m.ID, "type": m.Type, "description": null(m.Description), "url": nil, "preview_url": nil, "remote_url": nil,
		"blurhash": nil, "meta": obj{},
	}
	if m.Ready {
		out["url"], out["preview_url"] = s.URL+"/media/"+m.ID, s.URL+"/media/"+m.ID
		meta := obj{}
		if m.width > 0 {
			meta["original"] = obj{"width": m.width, "height": m.height, "aspect": float64(m.width) / float64(m.height)}
		}
		if x, y, good := parseFocus(m.Focus); good {
			meta["focus"] = obj{"x": x, "y": y}
		}
		out["meta"] = meta
	}
	return out
}
