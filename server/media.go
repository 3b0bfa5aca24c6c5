package server

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func (s *Server) createMedia(w http.ResponseWriter, r *http.Request) error {
	body := &watchedBody{r: r.Body}
	m, err := s.svc.CreateMedia(r.Context(), body, r.URL.Query().Get("name"))
	if err != nil {
		// The service sees a reader that broke and cannot know that it was the limit or the network.
		if broke := body.broke(); broke != nil {
			return bodyError(broke)
		}
		return err
	}
	s.writeJSON(w, r, http.StatusCreated, api.MediaOf(m))
	return nil
}

func (s *Server) findMedia(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParseMediaID(r.PathValue("id"))
	if err != nil {
		return err
	}
	m, err := s.svc.FindMediaByID(r.Context(), id)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.MediaOf(m))
	return nil
}

// watchedBody remembers why reading a body ended before its end.
type watchedBody struct {
	r io.Reader

	mu  sync.Mutex // guards err
	err error
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		b.mu.Lock()
		b.err = err
		b.mu.Unlock()
	}
	return n, err
}

func (b *watchedBody) broke() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}
