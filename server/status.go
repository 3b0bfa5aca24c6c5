package server

import (
	"net/http"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func (s *Server) status(w http.ResponseWriter, r *http.Request) error {
	st, err := s.svc.Status(r.Context())
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, st)
	return nil
}

func (s *Server) pause(w http.ResponseWriter, r *http.Request) error {
	var in api.Pause
	if err := readJSON(r, &in, true); err != nil {
		return err
	}
	st, err := s.svc.Pause(r.Context(), in.Reason)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, st)
	return nil
}

func (s *Server) resume(w http.ResponseWriter, r *http.Request) error {
	st, err := s.svc.Resume(r.Context())
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, st)
	return nil
}

func (s *Server) stopDaemon(w http.ResponseWriter, _ *http.Request) error {
	if s.cfg.Stop == nil {
		return hayon.Errorf(hayon.CodeConflict, "this server is not stopped over the network").
			WithHint("stop it where it was started")
	}
	w.WriteHeader(http.StatusAccepted)
	s.cfg.Stop()
	return nil
}

func (s *Server) health(w http.ResponseWriter, r *http.Request) error {
	s.writeJSON(w, r, http.StatusOK, api.Health{Status: "ok", Version: s.cfg.Version})
	return nil
}

func (s *Server) openapi(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	_, _ = w.Write(api.OpenAPI()) // a client that is gone needs no answer
	return nil
}
