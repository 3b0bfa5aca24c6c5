package server

import (
	"net/http"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func (s *Server) createAccount(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(r)
	if err != nil {
		return err
	}
	in, err := api.DecodeSignIn(body)
	if err != nil {
		return err
	}
	if api.HasSecret(in) && !private(r) {
		return hayon.Errorf(hayon.CodeForbidden, "a secret is not taken over an open connection; it must count as known to others now").
			WithHint("change the password, then sign in over the unix socket or https")
	}
	a, err := s.svc.CreateAccount(r.Context(), in)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusCreated, api.AccountOf(a))
	return nil
}

func (s *Server) findAccounts(w http.ResponseWriter, r *http.Request) error {
	list, err := s.svc.FindAccounts(r.Context(), api.ParseAccountQuery(r.URL.Query()))
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.AccountsOf(list))
	return nil
}

func (s *Server) verifyAccount(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParseAccountID(r.PathValue("id"))
	if err != nil {
		return err
	}
	a, err := s.svc.VerifyAccount(r.Context(), id)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.AccountOf(a))
	return nil
}

// startSignIn answers what the rest of the sign-in needs, which is secret.
func (s *Server) startSignIn(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody(r)
	if err != nil {
		return err
	}
	in, err := api.DecodeSignIn(body)
	if err != nil {
		return err
	}
	if !private(r) {
		return hayon.Errorf(hayon.CodeForbidden, "a sign-in is not started over an open connection").
			WithHint("use the unix socket or https")
	}
	flow, err := s.svc.StartSignIn(r.Context(), in)
	if err != nil {
		return err
	}
	answer, err := api.EncodeSignInFlow(flow)
	if err != nil {
		return err
	}
	s.writeBody(w, r, http.StatusOK, answer)
	return nil
}

func (s *Server) refreshAccount(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParseAccountID(r.PathValue("id"))
	if err != nil {
		return err
	}
	a, err := s.svc.RefreshAccount(r.Context(), id)
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.AccountOf(a))
	return nil
}

func (s *Server) updateAccount(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParseAccountID(r.PathValue("id"))
	if err != nil {
		return err
	}
	var u api.AccountUpdate
	if err := readJSON(r, &u, false); err != nil {
		return err
	}
	a, err := s.svc.UpdateAccount(r.Context(), id, u.Domain())
	if err != nil {
		return err
	}
	s.writeJSON(w, r, http.StatusOK, api.AccountOf(a))
	return nil
}

func (s *Server) deleteAccount(w http.ResponseWriter, r *http.Request) error {
	id, err := hayon.ParseAccountID(r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.svc.DeleteAccount(r.Context(), id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// private reports whether nobody on the way can read the request: it came over a unix socket or
// TLS.
func private(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(interface{ Network() string })
	return r.TLS != nil || ok && local.Network() == "unix"
}
