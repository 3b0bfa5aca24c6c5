package server

import (
	"net/http"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func (s *Server) createTemplate(w http.ResponseWriter, r *http.Request) error {
	var c api.TemplateCreate
	if err := readJSON(r, &c, false); err != nil {
		return err
	}
	t, err := s.svc.CreateTemplate(r.Context(), hayon.Template{Name: c.Name, Text: c.Text}, c.Replace)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusCreated, api.TemplateOf(t))
	return nil
}

func (s *Server) findTemplates(w http.ResponseWriter, r *http.Request) error {
	list, err := s.svc.FindTemplates(r.Context())
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.TemplatesOf(list))
	return nil
}

func (s *Server) deleteTemplate(w http.ResponseWriter, r *http.Request) error {
	if err := s.svc.DeleteTemplate(r.Context(), r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
