package server

import (
	"net/http"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// createWebhook is the one answer that holds a secret, so it is refused before there is one where
// others could read it.
func (s *Server) createWebhook(w http.ResponseWriter, r *http.Request) error {
	var c hayon.WebhookCreate
	if err := readJSON(r, &c, false); err != nil {
		return err
	}
	if !private(r) {
		return hayon.Errorf(hayon.CodeForbidden, "the secret of a webhook is not told over an open connection, so none was made").
			WithHint("use the unix socket or https")
	}
	hook, secret, err := s.svc.CreateWebhook(r.Context(), c)
	if err != nil {
		return err
	}
	body, err := api.EncodeCreatedWebhook(hook, secret)
	if err != nil {
		return err
	}
	s.writeBody(w, r, http.StatusCreated, body)
	return nil
}

func (s *Server) findWebhooks(w http.ResponseWriter, r *http.Request) error {
	list, err := s.svc.FindWebhooks(r.Context())
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.WebhooksOf(list))
	return nil
}

func (s *Server) deleteWebhook(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParseWebhookID(r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.svc.DeleteWebhook(r.Context(), id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) testWebhook(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParseWebhookID(r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.svc.TestWebhook(r.Context(), id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
