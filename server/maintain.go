package server

import (
	"io"
	"log/slog"
	"net/http"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// writeBackup streams the archive. What goes wrong after its first byte cannot be told any more: the
// connection is cut, so that nobody takes half an archive for a whole one.
func (s *Server) writeBackup(w http.ResponseWriter, r *http.Request) error {
	req, err := api.ParseBackupQuery(r.URL.Query())
	if err != nil {
		return err
	}
	out := &begun{w: w}
	err = s.svc.WriteBackup(r.Context(), out, req)
	if err != nil && out.yes {
		s.log.WarnContext(r.Context(), "a backup broke off", slog.Any("err", err))
		panic(http.ErrAbortHandler)
	}
	return err
}

// begun sends the head of the answer with the first byte.
type begun struct {
	w   http.ResponseWriter
	yes bool
}

var _ io.Writer = (*begun)(nil)

func (b *begun) Write(p []byte) (int, error) {
	if !b.yes {
		b.yes = true
		b.w.Header().Set("Content-Type", "application/octet-stream")
		b.w.WriteHeader(http.StatusOK)
	}
	return b.w.Write(p)
}

func (s *Server) checkStore(w http.ResponseWriter, r *http.Request) error {
	report, err := s.svc.CheckStore(r.Context())
	if err != nil {
		return err
	}
	if report.Problems == nil {
		report.Problems = []string{}
	}
	s.writeJSON(w, r, http.StatusOK, report)
	return nil
}

func (s *Server) compactStore(w http.ResponseWriter, r *http.Request) error {
	done, err := s.svc.CompactStore(r.Context())
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, done)
	return nil
}

func (s *Server) pruneStore(w http.ResponseWriter, r *http.Request) error {
	var req hayon.PruneRequest
	if err := readJSON(r, &req, false); err != nil {
		return err
	}
	done, err := s.svc.PruneStore(r.Context(), req)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, done)
	return nil
}
