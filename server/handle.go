package server

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// handler answers one operation. It writes the answer itself, or returns an error and has written
// nothing.
type handler func(w http.ResponseWriter, r *http.Request) error

// methods are the handlers of one path, by method.
type methods map[string]http.Handler

// byMethod picks the handler, so that a wrong method is refused in our own form of errors.
func (s *Server) byMethod(path string, m methods) http.Handler {
	allow := strings.Join(slices.Sorted(maps.Keys(m)), ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		h, ok := m[method]
		if !ok {
			w.Header().Set("Allow", allow)
			s.writeError(w, r, http.StatusMethodNotAllowed, hayon.Errorf(hayon.CodeUsage, "%s takes no %s", path, r.Method).
				WithHint("it takes "+allow))
			return
		}
		h.ServeHTTP(w, r)
	})
}

// endpoint is the handler of a route.
func (s *Server) endpoint(route api.Route, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.answer(route, h, w, r); err != nil {
			s.writeError(w, r, 0, err)
		}
	})
}

// answer does for a route what all routes need: actor, parameters, the bound of the body.
func (s *Server) answer(route api.Route, h handler, w http.ResponseWriter, r *http.Request) error {
	if !route.Public {
		actor, err := s.actor(r)
		if err != nil {
			return err
		}
		r = r.WithContext(hayon.WithActor(r.Context(), actor))
	}
	if err := route.CheckQuery(r.URL.Query()); err != nil {
		return err
	}
	if route.MaxBody > 0 {
		r.Body = http.MaxBytesReader(w, r.Body, route.MaxBody)
	}
	return h(w, r)
}

// actor is who the request acts for.
func (s *Server) actor(r *http.Request) (hayon.Actor, error) {
	a, err := s.cfg.Actor(r)
	if err != nil {
		return hayon.Actor{}, err
	}
	a.RequestID = requestID(r.Context())
	if a.Source == "" {
		a.Source = source(r)
	}
	return a, nil
}

// source is the face that the request names; one that we do not know is a program.
func source(r *http.Request) hayon.Source {
	switch s := hayon.Source(r.Header.Get(api.HeaderSource)); s {
	case hayon.SourceCLI, hayon.SourceTUI, hayon.SourceFeed, hayon.SourceApply, hayon.SourceMCP:
		return s
	case hayon.SourceAPI, hayon.SourceWorker:
	}
	return hayon.SourceAPI
}

// envelope gives every answer its id and version, logs it, and turns a panic into an internal error.
func (s *Server) envelope(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(api.HeaderRequestID)
		if !validRequestID(id) {
			id = strings.ToLower(rand.Text()[:16])
		}
		w.Header().Set(api.HeaderRequestID, id)
		if s.cfg.Version != "" {
			w.Header().Set(api.HeaderVersion, s.cfg.Version)
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		s.noteClient(r)
		r = r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id))
		rec := &recorder{ResponseWriter: w}
		defer s.finish(rec, r, time.Now())
		next.ServeHTTP(rec, r)
	})
}

// slow is how long an answer may take before it stands in a quiet day's log.
const slow = time.Second

// finish ends every request: it must be the deferred function itself, to see a panic. The path is
// that of the route, so that lines of one route can be counted; what stood for {id} is beside it.
func (s *Server) finish(rec *recorder, r *http.Request, start time.Time) {
	if p := recover(); p != nil {
		s.panicked(rec, r, p)
	}
	took := time.Since(start)
	level := slog.LevelDebug
	if took >= slow && !rec.waits {
		level = slog.LevelInfo
	}
	attrs := []slog.Attr{
		slog.String("request_id", requestID(r.Context())), slog.String("method", r.Method), slog.String("path", r.Pattern),
		slog.Int("status", rec.status), slog.Duration("took", took),
	}
	if id := r.PathValue("id"); id != "" {
		attrs = append(attrs, slog.String("id", id))
	}
	s.log.LogAttrs(r.Context(), level, "request answered", attrs...)
}

func (s *Server) panicked(rec *recorder, r *http.Request, p any) {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p) // the agreed way to cut a connection
	}
	s.log.ErrorContext(r.Context(), "a request panicked", slog.String("request_id", requestID(r.Context())),
		slog.String("path", r.URL.Path), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	if rec.status != 0 {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	s.writeError(rec, r, 0, hayon.AsError(errPanic))
}

var errPanic = errors.New("a request panicked")

// writeError answers err. status overrides that of its code where it is not 0.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, status int, err error) {
	e := hayon.AsError(err)
	switch {
	case r.Context().Err() != nil:
		// Nobody reads the answer; whatever the service made of the end of its context is no news.
		s.log.DebugContext(r.Context(), "the client went away", slog.String("request_id", requestID(r.Context())), slog.Any("err", err))
	case e.Code == hayon.CodeInternal || e.Code == hayon.CodeLocal:
		s.log.ErrorContext(r.Context(), "request failed", slog.String("request_id", requestID(r.Context())),
			slog.String("path", r.URL.Path), slog.String("code", string(e.Code)), slog.String("message", e.Message), slog.Any("err", cause(e)))
	}
	if status == 0 {
		status = e.Code.Status()
	}
	if v := api.RetryAfterHeader(e.RetryAfter); v != "" {
		w.Header().Set("Retry-After", v)
	}
	s.writeJSON(w, r, status, api.ErrorOf(e))
}

// cause is the innermost news in e for the log.
func cause(e *hayon.Error) error {
	if e.Err != nil {
		return e.Err
	}
	return e
}

// writeJSON answers v. It is encoded first, so that an answer is whole or an error.
func (s *Server) writeJSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.log.ErrorContext(r.Context(), "an answer does not marshal", slog.String("request_id", requestID(r.Context())), slog.Any("err", err))
		status = http.StatusInternalServerError
		body = []byte(`{"error":{"code":"internal","message":"the answer could not be written as JSON"}}`)
	}
	s.writeBody(w, r, status, body)
}

// writeBody answers JSON that is encoded already.
func (s *Server) writeBody(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	if _, err := w.Write(append(body, '\n')); err != nil {
		s.log.DebugContext(r.Context(), "the client went away", slog.String("request_id", requestID(r.Context())), slog.Any("err", err))
	}
}

// readJSON reads the body strictly into v. An empty body leaves v as it is where optional is set.
func readJSON(r *http.Request, v any, optional bool) error {
	body, err := readBody(r)
	if err != nil || optional && len(body) == 0 {
		return err
	}
	return api.Decode(body, v)
}

func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, bodyError(err)
	}
	return body, nil
}

// bodyError is what went wrong while a body was read.
func bodyError(err error) error {
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooBig(e.Limit).WithCause(err)
	}
	return hayon.Errorf(hayon.CodeUsage, "the body did not arrive whole, so nothing was done").
		WithHint("send it again").WithCause(err)
}

func tooBig(limit int64) *hayon.Error {
	if limit >= 1<<20 {
		return hayon.Errorf(hayon.CodeInvalid, "the body is larger than %d MiB", limit>>20).WithHint("send less, or a smaller file")
	}
	return hayon.Errorf(hayon.CodeInvalid, "the body is larger than %d bytes", limit).WithHint("send less")
}

type requestIDKey struct{}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// maxRequestID bounds a client's id, in bytes.
const maxRequestID = 64

// validRequestID reports whether a client's id may stand in logs and headers as it is.
func validRequestID(id string) bool { return len(id) <= maxRequestID && api.PlainHeader(id) }

// recorder remembers whether an answer has begun, with which status, and whether it is one that waits
// by its nature.
type recorder struct {
	http.ResponseWriter
	status int
	waits  bool
}

// waits says that the answer to w may take long and is not slow.
func waits(w http.ResponseWriter) {
	if rec, ok := w.(*recorder); ok {
		rec.waits = true
	}
}

// WriteHeader begins the answer.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write goes on with the answer, or begins it.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the writer below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
