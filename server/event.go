package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// findEvents is a stream for who accepts one, else a long poll: that answers when something happened,
// after the wait, or with nothing when the server is to end.
func (s *Server) findEvents(w http.ResponseWriter, r *http.Request) error {
	waits(w)
	f, err := api.ParseEventQuery(r.URL.Query())
	if err != nil {
		return err
	}
	if wantsStream(r) {
		return s.streamEvents(w, r, f)
	}
	ctx, stop := waiting(r.Context())
	defer stop()
	events, err := s.svc.FindEvents(ctx, f)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) && draining(r.Context()) {
		events, err = nil, nil
	}
	if err != nil {
		return err
	}
	if events == nil {
		events = []hayon.Event{}
	}
	s.writeJSON(w, r, http.StatusOK, events)
	return nil
}

func (s *Server) lastEvent(w http.ResponseWriter, r *http.Request) error {
	seq, err := s.svc.LastSeq(r.Context())
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.LastEvent{Seq: seq})
	return nil
}
