package server

import (
	"context"
	"net/http"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func (s *Server) brokerStatus(w http.ResponseWriter, r *http.Request) error {
	st, err := s.svc.BrokerStatus(r.Context())
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, st)
	return nil
}

func (s *Server) findLetters(w http.ResponseWriter, r *http.Request) error {
	f, err := api.ParseLetterQuery(r.URL.Query())
	if err != nil {
		return err
	}
	letters, err := s.svc.FindLetters(r.Context(), f)
	if err != nil {
		return err
	}
	if letters == nil {
		letters = []*hayon.Letter{}
	}
	s.writeJSON(w, r, http.StatusOK, letters)
	return nil
}

func (s *Server) lookupLetter(w http.ResponseWriter, r *http.Request) error {
	kind, ref, err := api.ParseLetterLookupQuery(r.URL.Query())
	if err != nil {
		return err
	}
	l, err := s.svc.LookupLetter(r.Context(), kind, ref)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, l)
	return nil
}

func (s *Server) replayLetter(w http.ResponseWriter, r *http.Request) error {
	return s.changeLetter(w, r, true, s.svc.ReplayLetter)
}

// discardLetter wants a body, since the service wants a reason.
func (s *Server) discardLetter(w http.ResponseWriter, r *http.Request) error {
	return s.changeLetter(w, r, false, s.svc.DiscardLetter)
}

// changeLetter answers the letter of the path as change leaves it. The body may be empty where it is
// optional.
func (s *Server) changeLetter(
	w http.ResponseWriter, r *http.Request, optional bool,
	change func(context.Context, string, hayon.LetterRequest) (*hayon.Letter, error),
) error {
	ref := r.PathValue("id")
	if _, _, err := hayon.ParseLetterRef(ref); err != nil {
		return err
	}
	var in hayon.LetterRequest
	if err := readJSON(r, &in, optional); err != nil {
		return err
	}
	l, err := change(r.Context(), ref, in)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, l)
	return nil
}
