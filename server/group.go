package server

import (
	"net/http"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func (s *Server) createGroup(w http.ResponseWriter, r *http.Request) error {
	var c api.GroupCreate
	if err := readJSON(r, &c, false); err != nil {
		return err
	}
	g, err := s.svc.CreateGroup(r.Context(), c.Name, c.Accounts)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusCreated, api.GroupOf(g, s.accounts(r)))
	return nil
}

func (s *Server) findGroups(w http.ResponseWriter, r *http.Request) error {
	list, err := s.svc.FindGroups(r.Context())
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.GroupsOf(list, s.accounts(r)))
	return nil
}

func (s *Server) updateGroup(w http.ResponseWriter, r *http.Request) error {
	var u hayon.GroupUpdate
	if err := readJSON(r, &u, false); err != nil {
		return err
	}
	g, err := s.svc.UpdateGroup(r.Context(), r.PathValue("id"), u)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.GroupOf(g, s.accounts(r)))
	return nil
}

func (s *Server) deleteGroup(w http.ResponseWriter, r *http.Request) error {
	if err := s.svc.DeleteGroup(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
