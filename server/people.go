package server

import (
	"net/http"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func (s *Server) putPerson(w http.ResponseWriter, r *http.Request) error {
	var p api.PersonPut
	if err := readJSON(r, &p, false); err != nil {
		return err
	}
	stored, err := s.svc.PutPerson(r.Context(), hayon.Person{Name: p.Name, Title: p.Title, Handles: p.Handles})
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.PersonOf(stored))
	return nil
}

func (s *Server) findPeople(w http.ResponseWriter, r *http.Request) error {
	list, err := s.svc.FindPeople(r.Context())
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.PeopleOf(list))
	return nil
}

func (s *Server) deletePerson(w http.ResponseWriter, r *http.Request) error {
	if err := s.svc.DeletePerson(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
