package server

import (
	"log/slog"
	"net/http"

	"github.com/hayon/hayon/server/api"
)

const (
	// maxClients bounds how many versions of clients are remembered, to tell of each once.
	maxClients = 16
	// maxVersion bounds the version of a client, in bytes.
	maxVersion = 64
)

// noteClient tells once of every version of hayon that asks and is not ours: one of the two programs
// is older and may not know what the other wants.
func (s *Server) noteClient(r *http.Request) {
	v := r.Header.Get(api.HeaderVersion)
	if v == "" || v == s.cfg.Version || s.cfg.Version == "" || len(v) > maxVersion || !api.PlainHeader(v) {
		return
	}
	s.mu.Lock()
	known := s.clients[v] || len(s.clients) >= maxClients
	if !known {
		s.clients[v] = true
	}
	s.mu.Unlock()
	if !known {
		s.log.InfoContext(r.Context(), "a hayon of another version asks; restart the older one of the two",
			slog.String("client", v), slog.String("server", s.cfg.Version))
	}
}
