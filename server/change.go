package server

import (
	"net/http"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func (s *Server) findRequest(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParsePostID(r.PathValue("id"))
	if err != nil {
		return err
	}
	found, err := s.svc.FindRequest(r.Context(), id)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.PostRequestOf(found))
	return nil
}

func (s *Server) revisePost(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParsePostID(r.PathValue("id"))
	if err != nil {
		return err
	}
	var body api.PostRevise
	if err := readJSON(r, &body, false); err != nil {
		return err
	}
	p, err := s.svc.RevisePost(r.Context(), id, body.Domain())
	if err != nil {
		return err
	}
	s.writePost(w, r, http.StatusOK, p)
	return nil
}

func (s *Server) reschedulePost(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParsePostID(r.PathValue("id"))
	if err != nil {
		return err
	}
	var body api.PostReschedule
	if err := readJSON(r, &body, false); err != nil {
		return err
	}
	p, err := s.svc.ReschedulePost(r.Context(), id, body.Domain())
	if err != nil {
		return err
	}
	s.writePost(w, r, http.StatusOK, p)
	return nil
}

func (s *Server) undoPost(w http.ResponseWriter, r *http.Request) error {
	var u hayon.PostUndo
	if err := readJSON(r, &u, true); err != nil {
		return err
	}
	done, err := s.svc.UndoPost(r.Context(), u)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.PostUndoneOf(done, s.accounts(r)))
	return nil
}

func (s *Server) findRevisions(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParsePostID(r.PathValue("id"))
	if err != nil {
		return err
	}
	list, err := s.svc.FindRevisions(r.Context(), id)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.RevisionsOf(list))
	return nil
}

func (s *Server) countPosts(w http.ResponseWriter, r *http.Request) error {
	f, err := api.ParsePostQuery(r.URL.Query())
	if err != nil {
		return err
	}
	n, err := s.svc.CountPosts(r.Context(), f)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.Count{Count: n})
	return nil
}
