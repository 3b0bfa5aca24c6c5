package server_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server"
)

// stub answers what a test tells it to. A call that no test expects is an error.
type stub struct {
	hayon.Service // nil: what the tests do not call
	createPost    func(context.Context, hayon.PostCreate) (*hayon.Post, error)
	findPost      func(context.Context, hayon.PostID) (*hayon.Post, error)
	findPosts     func(context.Context, hayon.PostFilter) ([]*hayon.Post, error)
	lookupPost    func(context.Context, string) (hayon.PostID, error)
	changePost    func(context.Context, hayon.PostID, hayon.PostChangeRequest) (*hayon.Post, error)
	findRequest   func(context.Context, hayon.PostID) (*hayon.PostRequest, error)
	revisePost    func(context.Context, hayon.PostID, hayon.PostRevise) (*hayon.Post, error)
	reschedule    func(context.Context, hayon.PostID, hayon.PostReschedule) (*hayon.Post, error)
	undoPost      func(context.Context, hayon.PostUndo) (*hayon.PostUndone, error)
	findRevisions func(context.Context, hayon.PostID) ([]hayon.Revision, error)
	countPosts    func(context.Context, hayon.PostFilter) (int, error)
	createAccount func(context.Context, hayon.SignIn) (*hayon.Account, error)
	findAccounts  func(context.Context, hayon.AccountFilter) ([]*hayon.Account, error)
	createMedia   func(context.Context, io.Reader, string) (*hayon.Media, error)
	findEvents    func(context.Context, hayon.EventFilter) ([]hayon.Event, error)
	status        func(context.Context) (*hayon.Status, error)
	brokerStatus  func(context.Context) (*hayon.BrokerStatus, error)
	findLetters   func(context.Context, hayon.LetterFilter) ([]*hayon.Letter, error)
	lookupLetter  func(context.Context, hayon.LetterKind, string) (*hayon.Letter, error)
	changeLetter  func(ctx context.Context, how hayon.LetterEffect, ref string, r hayon.LetterRequest) (*hayon.Letter, error)
}

var errUnexpected = errors.New("the test expects no such call")

func (s *stub) CreatePost(ctx context.Context, c hayon.PostCreate) (*hayon.Post, error) {
	if s.createPost == nil {
		return nil, errUnexpected
	}
	return s.createPost(ctx, c)
}

func (s *stub) FindPostByID(ctx context.Context, id hayon.PostID) (*hayon.Post, error) {
	if s.findPost == nil {
		return nil, errUnexpected
	}
	return s.findPost(ctx, id)
}

func (s *stub) FindPosts(ctx context.Context, f hayon.PostFilter) ([]*hayon.Post, error) {
	if s.findPosts == nil {
		return nil, errUnexpected
	}
	return s.findPosts(ctx, f)
}

func (s *stub) LookupPost(ctx context.Context, ref string) (hayon.PostID, error) {
	if s.lookupPost == nil {
		return hayon.PostID{}, errUnexpected
	}
	return s.lookupPost(ctx, ref)
}

func (s *stub) CancelPost(ctx context.Context, id hayon.PostID, c hayon.PostChangeRequest) (*hayon.Post, error) {
	if s.changePost == nil {
		return nil, errUnexpected
	}
	return s.changePost(ctx, id, c)
}

func (s *stub) RetryPost(ctx context.Context, id hayon.PostID, c hayon.PostChangeRequest) (*hayon.Post, error) {
	return s.CancelPost(ctx, id, c)
}

func (s *stub) FindRequest(ctx context.Context, id hayon.PostID) (*hayon.PostRequest, error) {
	if s.findRequest == nil {
		return nil, errUnexpected
	}
	return s.findRequest(ctx, id)
}

func (s *stub) RevisePost(ctx context.Context, id hayon.PostID, r hayon.PostRevise) (*hayon.Post, error) {
	if s.revisePost == nil {
		return nil, errUnexpected
	}
	return s.revisePost(ctx, id, r)
}

func (s *stub) ReschedulePost(ctx context.Context, id hayon.PostID, r hayon.PostReschedule) (*hayon.Post, error) {
	if s.reschedule == nil {
		return nil, errUnexpected
	}
	return s.reschedule(ctx, id, r)
}

func (s *stub) UndoPost(ctx context.Context, u hayon.PostUndo) (*hayon.PostUndone, error) {
	if s.undoPost == nil {
		return nil, errUnexpected
	}
	return s.undoPost(ctx, u)
}

func (s *stub) FindRevisions(ctx context.Context, id hayon.PostID) ([]hayon.Revision, error) {
	if s.findRevisions == nil {
		return nil, errUnexpected
	}
	return s.findRevisions(ctx, id)
}

func (s *stub) CountPosts(ctx context.Context, f hayon.PostFilter) (int, error) {
	if s.countPosts == nil {
		return 0, errUnexpected
	}
	return s.countPosts(ctx, f)
}

func (s *stub) CreateAccount(ctx context.Context, in hayon.SignIn) (*hayon.Account, error) {
	if s.createAccount == nil {
		return nil, errUnexpected
	}
	return s.createAccount(ctx, in)
}

func (s *stub) FindAccounts(ctx context.Context, f hayon.AccountFilter) ([]*hayon.Account, error) {
	if s.findAccounts == nil {
		return nil, nil
	}
	return s.findAccounts(ctx, f)
}

func (s *stub) VerifyAccount(context.Context, hayon.AccountID) (*hayon.Account, error) {
	return nil, errUnexpected
}

func (s *stub) DeleteAccount(context.Context, hayon.AccountID) error { return nil }

func (s *stub) CreateMedia(ctx context.Context, r io.Reader, name string) (*hayon.Media, error) {
	if s.createMedia == nil {
		return nil, errUnexpected
	}
	return s.createMedia(ctx, r, name)
}

func (s *stub) FindMediaByID(context.Context, hayon.MediaID) (*hayon.Media, error) {
	return nil, errUnexpected
}

func (s *stub) FindEvents(ctx context.Context, f hayon.EventFilter) ([]hayon.Event, error) {
	if s.findEvents == nil {
		return nil, errUnexpected
	}
	return s.findEvents(ctx, f)
}

func (s *stub) LastSeq(context.Context) (uint64, error) { return 42, nil }

func (s *stub) Status(ctx context.Context) (*hayon.Status, error) {
	if s.status == nil {
		return nil, errUnexpected
	}
	return s.status(ctx)
}

func (s *stub) BrokerStatus(ctx context.Context) (*hayon.BrokerStatus, error) {
	if s.brokerStatus == nil {
		return nil, errUnexpected
	}
	return s.brokerStatus(ctx)
}

func (s *stub) FindLetters(ctx context.Context, f hayon.LetterFilter) ([]*hayon.Letter, error) {
	if s.findLetters == nil {
		return nil, errUnexpected
	}
	return s.findLetters(ctx, f)
}

func (s *stub) LookupLetter(ctx context.Context, kind hayon.LetterKind, ref string) (*hayon.Letter, error) {
	if s.lookupLetter == nil {
		return nil, errUnexpected
	}
	return s.lookupLetter(ctx, kind, ref)
}

func (s *stub) ReplayLetter(ctx context.Context, ref string, r hayon.LetterRequest) (*hayon.Letter, error) {
	return s.letter(ctx, hayon.LetterReplayed, ref, r)
}

func (s *stub) DiscardLetter(ctx context.Context, ref string, r hayon.LetterRequest) (*hayon.Letter, error) {
	return s.letter(ctx, hayon.LetterDiscarded, ref, r)
}

func (s *stub) letter(ctx context.Context, how hayon.LetterEffect, ref string, r hayon.LetterRequest) (*hayon.Letter, error) {
	if s.changeLetter == nil {
		return nil, errUnexpected
	}
	return s.changeLetter(ctx, how, ref, r)
}

var _ hayon.Service = (*stub)(nil)

// asLocal lets every request act for the local user.
func asLocal(*http.Request) (hayon.Actor, error) { return hayon.Actor{User: hayon.LocalUser().ID}, nil }

// newHandler is the handler of a server for svc, by default for the local user.
func newHandler(t *testing.T, svc hayon.Service, cfg server.Config) http.Handler {
	t.Helper()
	if cfg.Actor == nil {
		cfg.Actor = asLocal
	}
	s, err := server.New(svc, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s.Handler()
}

// do answers one request.
func do(t *testing.T, h http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req := httptest.NewRequestWithContext(t.Context(), method, target, r)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}
