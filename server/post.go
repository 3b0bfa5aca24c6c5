package server

import (
	"log/slog"
	"net/http"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func (s *Server) createPost(w http.ResponseWriter, r *http.Request) error {
	var body api.PostCreate
	if err := readJSON(r, &body, false); err != nil {
		return err
	}
	c := body.Domain()
	if key := r.Header.Get(api.HeaderIdempotencyKey); key != "" {
		if c.IdempotencyKey != "" && c.IdempotencyKey != key {
			return hayon.Errorf(hayon.CodeUsage, "header and body give two idempotency keys").WithHint("give one")
		}
		c.IdempotencyKey = key
	}
	p, err := s.svc.CreatePost(r.Context(), c)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if !c.DryRun {
		status = http.StatusCreated
		w.Header().Set("Location", api.RouteOf(api.OpFindPost).URLPath(p.ID.String()))
	}
	s.writePost(w, r, status, p)
	return nil
}

func (s *Server) previewPost(w http.ResponseWriter, r *http.Request) error {
	var body api.PostCreate
	if err := readJSON(r, &body, false); err != nil {
		return err
	}
	p, err := s.svc.PreviewPost(r.Context(), body.Domain())
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.PreviewOf(p, s.accounts(r)))
	return nil
}

func (s *Server) findPosts(w http.ResponseWriter, r *http.Request) error {
	f, err := api.ParsePostQuery(r.URL.Query())
	if err != nil {
		return err
	}
	posts, err := s.svc.FindPosts(r.Context(), f)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.PostsOf(posts, s.accounts(r)))
	return nil
}

func (s *Server) lookupPost(w http.ResponseWriter, r *http.Request) error {
	id, err := s.svc.LookupPost(r.Context(), r.URL.Query().Get("ref"))
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.Lookup{ID: id.String()})
	return nil
}

func (s *Server) findPost(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParsePostID(r.PathValue("id"))
	if err != nil {
		return err
	}
	p, err := s.svc.FindPostByID(r.Context(), id)
	if err != nil {
		return err
	}
	s.writePost(w, r, http.StatusOK, p)
	return nil
}

func (s *Server) cancelPost(w http.ResponseWriter, r *http.Request) error {
	id, c, err := change(r)
	if err != nil {
		return err
	}
	p, err := s.svc.CancelPost(r.Context(), id, c)
	if err != nil {
		return err
	}
	s.writePost(w, r, http.StatusOK, p)
	return nil
}

func (s *Server) retryPost(w http.ResponseWriter, r *http.Request) error {
	id, c, err := change(r)
	if err != nil {
		return err
	}
	p, err := s.svc.RetryPost(r.Context(), id, c)
	if err != nil {
		return err
	}
	s.writePost(w, r, http.StatusOK, p)
	return nil
}

func (s *Server) resolvePost(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParsePostID(r.PathValue("id"))
	if err != nil {
		return err
	}
	var in hayon.PostResolve
	if err := readJSON(r, &in, false); err != nil {
		return err
	}
	p, err := s.svc.ResolvePost(r.Context(), id, in)
	if err != nil {
		return err
	}
	s.writePost(w, r, http.StatusOK, p)
	return nil
}

func (s *Server) publishPost(w http.ResponseWriter, r *http.Request) error {
	id, c, err := change(r)
	if err != nil {
		return err
	}
	p, err := s.svc.PublishPost(r.Context(), id, c)
	if err != nil {
		return err
	}
	s.writePost(w, r, http.StatusOK, p)
	return nil
}

func (s *Server) editPost(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParsePostID(r.PathValue("id"))
	if err != nil {
		return err
	}
	var e hayon.PostEdit
	if err := readJSON(r, &e, false); err != nil {
		return err
	}
	p, err := s.svc.EditPost(r.Context(), id, e)
	if err != nil {
		return err
	}
	s.writePost(w, r, http.StatusOK, p)
	return nil
}

func (s *Server) deletePost(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParsePostID(r.PathValue("id"))
	if err != nil {
		return err
	}
	var d hayon.PostDelete
	if err := readJSON(r, &d, true); err != nil {
		return err
	}
	done, err := s.svc.DeletePost(r.Context(), id, d)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.DeletionOf(done, s.accounts(r)))
	return nil
}

// change reads a request that changes a post.
func change(r *http.Request) (id hayon.PostID, c hayon.PostChangeRequest, err error) {
	if id, err = hayon.ParsePostID(r.PathValue("id")); err != nil {
		return id, c, err
	}
	return id, c, readJSON(r, &c, true)
}

func (s *Server) writePost(w http.ResponseWriter, r *http.Request, status int, p *hayon.Post) {
	s.writeJSON(w, r, status, api.PostOf(p, s.accounts(r)))
}

// accounts gives targets their names. By then the service has done its work, so an answer without
// names is better than an error that says it has not.
func (s *Server) accounts(r *http.Request) map[hayon.AccountID]*hayon.Account {
	list, err := s.svc.FindAccounts(r.Context(), hayon.AccountFilter{})
	if err != nil {
		s.log.WarnContext(r.Context(), "targets are shown without account names", slog.String("request_id", requestID(r.Context())), slog.Any("err", err))
	}
	return api.AccountsByID(list)
}
