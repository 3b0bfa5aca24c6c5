package metrics

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/hayon/hayon"
)

const (
	// ioTimeout bounds reading a request, and writing its answer after the service was asked.
	ioTimeout = 10 * time.Second
	// grace is how long answers may go on when Serve is to end.
	grace = time.Second
	// stuckAfter is how long the next target may be due and still scheduled before the loop that
	// queues what is due counts as stuck. It looks several times a second.
	stuckAfter = time.Minute
)

// Handler answers /metrics, /healthz and /readyz.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", m.metrics)
	mux.HandleFunc("GET /healthz", m.healthz)
	mux.HandleFunc("GET /readyz", m.readyz)
	return mux
}

// healthz answers as long as the process does.
func (m *Metrics) healthz(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") }

// readyz says whether posts go out on time, as far as that is known.
func (m *Metrics) readyz(w http.ResponseWriter, r *http.Request) {
	if err := m.ready(r.Context()); err != nil {
		e := hayon.AsError(err)
		m.log.WarnContext(r.Context(), "not ready", slog.String("message", e.Message), slog.Any("err", err))
		say(w, http.StatusServiceUnavailable, e.Message)
		return
	}
	say(w, http.StatusOK, "ok")
}

func (m *Metrics) ready(ctx context.Context) error {
	st, err := m.status.get(hayon.WithActor(ctx, m.cfg.Actor))
	if err != nil {
		return err
	}
	held := st.Paused != nil || !st.ClockHeld.IsZero() // on purpose
	if late := time.Since(st.Next); !held && !st.Next.IsZero() && late > stuckAfter {
		return hayon.Errorf(hayon.CodeUnavailable, "the next target is due since %s and nobody has queued it", late.Round(time.Second)).
			WithHint("restart it: hayon daemon restart")
	}
	if m.cfg.Ready != nil {
		return m.cfg.Ready(ctx)
	}
	return nil
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // who is gone needs no answer
}

// ListenAndServe is [Metrics.Listen] and [Metrics.Serve].
func (m *Metrics) ListenAndServe(ctx context.Context, address string) error {
	ln, err := m.Listen(ctx, address)
	if err != nil {
		return err
	}
	return m.Serve(ctx, ln)
}

// Listen listens on a TCP address, such as 127.0.0.1:9464. One that other machines reach is refused
// without Config.AllowRemote.
func (m *Metrics) Listen(ctx context.Context, address string) (net.Listener, error) {
	addr, err := net.ResolveTCPAddr("tcp", address)
	if err != nil || address == "" {
		return nil, hayon.Errorf(hayon.CodeUsage, "%q is no address for metrics", address).
			WithHint("give one such as 127.0.0.1:9464").WithCause(err)
	}
	if !m.cfg.AllowRemote && !addr.IP.IsLoopback() {
		return nil, hayon.Errorf(hayon.CodeUsage, "other machines reach %s, and metrics are shown to whoever asks", address).
			WithHint("give an address of this machine alone, such as 127.0.0.1:9464; have a proxy with a password answer the others")
	}
	// The address that was looked at, and not its name, which could mean another one by now.
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", addr.String())
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeLocal, "listen for metrics on %s: %w", address, err).
			WithHint("does another program use it? choose another port")
	}
	return ln, nil
}

// Serve answers on ln until ctx ends, then closes ln and returns nil.
func (m *Metrics) Serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{
		Handler:           m.Handler(),
		ReadHeaderTimeout: ioTimeout,
		ReadTimeout:       ioTimeout,
		WriteTimeout:      ioTimeout + patience,
		ErrorLog:          slog.NewLogLogger(m.log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	select {
	case err := <-served:
		return hayon.Errorf(hayon.CodeLocal, "the metrics on %s ended: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := srv.Shutdown(end); err != nil {
		_ = srv.Close() // what is still asked then is cut
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		m.log.Warn("the metrics ended in an unusual way", slog.Any("err", err))
	}
	return nil
}
