package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// Config tunes a [Server]. The zero value works.
type Config struct {
	// Version is that of the program, sent with every answer.
	Version string
	// Logger takes what a person should know; nil: nobody listens.
	Logger *slog.Logger
	// Actor says for whom a request acts. Its errors are answered as they are. Nil: peers of
	// [ListenUnix] are the local user, everybody else is nobody. The server fills in the request's id,
	// and the source where Actor leaves it empty.
	Actor func(*http.Request) (hayon.Actor, error)
	// Stop ends the program that the server is part of, soon and without blocking. Nil: a request to
	// stop is refused.
	Stop func()
	// Streams is how many event streams may be open at once, over all listeners; 0: 64. One more is
	// rate_limited.
	Streams int
	// Grace is how long requests may go on when Serve is to end; 0: 10 s.
	Grace time.Duration
}

// Server is the HTTP face of a service. It is safe for concurrent use, and may serve several
// listeners at once.
type Server struct {
	svc     hayon.Service
	cfg     Config
	log     *slog.Logger
	handler http.Handler
	streams chan struct{} // holds one token for each open event stream

	mu      sync.Mutex // guards clients
	clients map[string]bool
}

// headerTimeout bounds how long a peer may take to send the head of a request, idleTimeout how long
// a connection may stay open without one.
const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	defaultGrace  = 10 * time.Second
	// maxStreams bounds event streams. A terminal, a dashboard and a few scripts have one each.
	maxStreams = 64
)

// New makes a server for svc, which is required.
func New(svc hayon.Service, cfg Config) (*Server, error) {
	if svc == nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "a server needs a service")
	}
	if cfg.Grace <= 0 {
		cfg.Grace = defaultGrace
	}
	if cfg.Streams <= 0 {
		cfg.Streams = maxStreams
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Actor == nil {
		cfg.Actor = localActor
	}
	s := &Server{
		svc: svc, cfg: cfg, log: cfg.Logger,
		streams: make(chan struct{}, cfg.Streams), clients: make(map[string]bool),
	}
	mux, err := s.routes()
	if err != nil {
		return nil, err
	}
	s.handler = s.envelope(mux)
	return s, nil
}

// Handler serves all routes. Behind a server of another making no peer is known, so Config.Actor
// must be set for anything but the public routes.
func (s *Server) Handler() http.Handler { return s.handler }

// Streams is how many event streams are open.
func (s *Server) Streams() int { return len(s.streams) }

// Serve answers requests on ln until ctx ends, then finishes gracefully within Config.Grace, closes
// ln and returns nil. What cannot go on by itself is returned as an error. All its goroutines have
// ended when it returns.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	// Requests outlive ctx for the time of the grace period; those that only wait look at it.
	base := context.WithValue(context.WithoutCancel(ctx), drainKey{}, ctx)
	srv := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return base },
		ConnContext:       withPeer,
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	select {
	case err := <-served:
		return hayon.Errorf(hayon.CodeLocal, "the server on %s ended: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Grace)
	defer cancel()
	if err := srv.Shutdown(grace); err != nil {
		s.log.Warn("requests were cut off at the end", slog.String("address", ln.Addr().String()), slog.Any("err", err))
		_ = srv.Close() // the grace period is over; what is still open is cut
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		s.log.Warn("the server ended in an unusual way", slog.Any("err", err))
	}
	return nil
}

type drainKey struct{}

// waiting is a request's context for work that only waits: it ends when the server is to end as well.
// The caller must call stop.
func waiting(request context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(request)
	drain, ok := request.Value(drainKey{}).(context.Context)
	if !ok {
		return ctx, cancel
	}
	unhook := context.AfterFunc(drain, cancel)
	return ctx, func() {
		unhook()
		cancel()
	}
}

// draining reports whether the server of a request's context is to end.
func draining(request context.Context) bool {
	drain, ok := request.Value(drainKey{}).(context.Context)
	return ok && drain.Err() != nil
}

// routes is the multiplexer with a handler for each of [api.Routes].
func (s *Server) routes() (http.Handler, error) {
	handlers := map[api.Op]handler{
		api.OpCreatePost: s.createPost, api.OpPreviewPost: s.previewPost, api.OpFindPosts: s.findPosts, api.OpLookupPost: s.lookupPost,
		api.OpFindPost: s.findPost, api.OpCancelPost: s.cancelPost, api.OpRetryPost: s.retryPost, api.OpResolvePost: s.resolvePost,
		api.OpPublishPost: s.publishPost, api.OpEditPost: s.editPost, api.OpDeletePost: s.deletePost,
		api.OpFindRequest: s.findRequest, api.OpRevisePost: s.revisePost, api.OpReschedulePost: s.reschedulePost,
		api.OpUndoPost: s.undoPost, api.OpFindRevisions: s.findRevisions, api.OpCountPosts: s.countPosts,
		api.OpStartSignIn: s.startSignIn, api.OpRefreshAccount: s.refreshAccount,
		api.OpCreateGroup: s.createGroup, api.OpFindGroups: s.findGroups, api.OpUpdateGroup: s.updateGroup, api.OpDeleteGroup: s.deleteGroup,
		api.OpPutPerson: s.putPerson, api.OpFindPeople: s.findPeople, api.OpDeletePerson: s.deletePerson,
		api.OpCreateTemplate: s.createTemplate, api.OpFindTemplates: s.findTemplates, api.OpDeleteTemplate: s.deleteTemplate,
		api.OpWriteBackup: s.writeBackup, api.OpCheckStore: s.checkStore, api.OpCompactStore: s.compactStore, api.OpPruneStore: s.pruneStore,
		api.OpCreateAccount: s.createAccount, api.OpFindAccounts: s.findAccounts,
		api.OpVerifyAccount: s.verifyAccount, api.OpUpdateAccount: s.updateAccount, api.OpDeleteAccount: s.deleteAccount,
		api.OpCreateMedia: s.createMedia, api.OpFindMedia: s.findMedia,
		api.OpFindEvents: s.findEvents, api.OpLastEvent: s.lastEvent,
		api.OpStatus: s.status, api.OpPause: s.pause, api.OpResume: s.resume, api.OpStopDaemon: s.stopDaemon,
		api.OpCreateWebhook: s.createWebhook, api.OpFindWebhooks: s.findWebhooks,
		api.OpDeleteWebhook: s.deleteWebhook, api.OpTestWebhook: s.testWebhook,
		api.OpBrokerStatus: s.brokerStatus, api.OpFindLetters: s.findLetters, api.OpLookupLetter: s.lookupLetter,
		api.OpReplayLetter: s.replayLetter, api.OpDiscardLetter: s.discardLetter,
		api.OpHealth: s.health, api.OpOpenAPI: s.openapi,
	}
	paths := make(map[string]methods)
	for _, route := range api.Routes() {
		h, ok := handlers[route.Op]
		if !ok {
			return nil, hayon.Errorf(hayon.CodeInternal, "no handler for the route %s", route.Op)
		}
		if paths[route.Path] == nil {
			paths[route.Path] = make(methods)
		}
		paths[route.Path][route.Method] = s.endpoint(route, h)
	}
	mux := http.NewServeMux()
	for path, m := range paths {
		mux.Handle(path, s.byMethod(path, m))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.writeError(w, r, http.StatusNotFound, hayon.Errorf(hayon.CodeUsage, "there is nothing at %s", r.URL.Path).
			WithHint("the paths are at /openapi.yaml; an older server may not know them all"))
	})
	return mux, nil
}
