package servers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// rabbitMQStopTimeout is long: a broker that is told to stop closes its queues.
const rabbitMQStopTimeout = time.Minute

// RabbitMQOption changes how a RabbitMQ runs.
type RabbitMQOption func(*rabbitMQConfig)

type rabbitMQConfig struct {
	tls bool
}

// WithTLS makes it listen for TLS too, at [RabbitMQInstance.AMQPSURL], where it demands a client
// certificate.
func WithTLS() RabbitMQOption {
	return func(c *rabbitMQConfig) { c.tls = true }
}

// RabbitMQInstance is a running RabbitMQ with the management and the Prometheus plugin. Its user is guest
// with the password guest. It is safe for concurrent use, but who stops, kills or starts it, or raises an
// alarm, must own it.
//
// Where a method takes a vhost, that is the name of one, or a URL whose path names it as those of
// [RabbitMQInstance.VHost] do.
type RabbitMQInstance struct {
	programs rabbitMQPrograms
	cfg      rabbitMQConfig
	shared   bool
	dir      string
	release  func() error
	ports    rabbitMQPorts
	certs    certificates

	mu   sync.Mutex // guards the processes
	epmd *process   // outlives the node, whose name it keeps
	node *process   // nil while stopped
}

// rabbitMQPorts are all on the loopback interface.
type rabbitMQPorts struct {
	amqp, amqps, management, prometheus int
	dist, ctl, epmd                     int // of Erlang: node, rabbitmqctl, and the register of both
}

var sharedRabbitMQ = sync.OnceValues(func() (*RabbitMQInstance, error) {
	// The server outlives the test that asks first, so no test's context.
	r, err := RunRabbitMQ(context.Background())
	if err == nil {
		r.shared = true
	}
	return r, err
})

// RabbitMQ returns the RabbitMQ that all tests of this test binary share. It ends with the binary. Keep
// apart by vhosts ([RabbitMQInstance.VHost]). It cannot be stopped: that is for [NewRabbitMQ].
//
// Where it cannot be had the test is skipped with the reason and what to install; with CI=true it fails.
func RabbitMQ(t testing.TB) *RabbitMQInstance {
	t.Helper()
	r, err := sharedRabbitMQ()
	check(t, err)
	r.logOnFailure(t)
	return r
}

// NewRabbitMQ starts a RabbitMQ that belongs to this test alone, which may stop, kill and start it and
// raise alarms. It ends, and its data are deleted, when the test ends. It skips and fails as [RabbitMQ]
// does.
func NewRabbitMQ(t testing.TB, opts ...RabbitMQOption) *RabbitMQInstance {
	t.Helper()
	r, err := RunRabbitMQ(context.WithoutCancel(t.Context()), opts...)
	check(t, err)
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	r.logOnFailure(t)
	return r
}

// RunRabbitMQ installs what is missing, starts a RabbitMQ and returns when it answers. It is for programs;
// tests call [RabbitMQ] or [NewRabbitMQ]. The caller closes it. An error that wraps [ErrUnavailable] says
// that it cannot be had here.
func RunRabbitMQ(ctx context.Context, opts ...RabbitMQOption) (*RabbitMQInstance, error) {
	programs, err := installRabbitMQ(ctx)
	if err != nil {
		return nil, err
	}
	dir, release, err := tempDir()
	if err != nil {
		return nil, err
	}
	r := &RabbitMQInstance{programs: programs, dir: dir, release: release}
	for _, opt := range opts {
		opt(&r.cfg)
	}
	if r.cfg.tls {
		if r.certs, err = makeCertificates(dir); err != nil {
			return nil, errors.Join(err, release())
		}
	}
	for range startAttempts {
		err = r.init(ctx)
		if err == nil {
			err = r.StartContext(ctx)
		}
		if !errors.Is(err, errEnded) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// URL is where clients connect, to the vhost "/": amqp://guest:guest@127.0.0.1:PORT/. It stays the same.
func (r *RabbitMQInstance) URL() string {
	return "amqp://guest:guest@127.0.0.1:" + strconv.Itoa(r.ports.amqp) + "/"
}

// AMQPSURL is the same for TLS, see [WithTLS].
func (r *RabbitMQInstance) AMQPSURL() string {
	return "amqps://guest:guest@127.0.0.1:" + strconv.Itoa(r.ports.amqps) + "/"
}

// CAFile is the PEM file of the authority that the server and its clients trust, see [WithTLS].
func (r *RabbitMQInstance) CAFile() string { return r.certs.ca }

// CertFile is the PEM file of a client certificate, and KeyFile that of its key, see [WithTLS].
func (r *RabbitMQInstance) CertFile() string { return r.certs.client }

// KeyFile belongs to [RabbitMQInstance.CertFile].
func (r *RabbitMQInstance) KeyFile() string { return r.certs.clientKey }

// Management is where the management API answers, without /api: http://127.0.0.1:PORT.
func (r *RabbitMQInstance) Management() string {
	return "http://127.0.0.1:" + strconv.Itoa(r.ports.management)
}

// Metrics is where Prometheus would ask: http://127.0.0.1:PORT/metrics.
func (r *RabbitMQInstance) Metrics() string {
	return "http://127.0.0.1:" + strconv.Itoa(r.ports.prometheus) + "/metrics"
}

// Close ends the RabbitMQ and deletes its data.
func (r *RabbitMQInstance) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range []*process{r.node, r.epmd} { // without SIGTERM: nobody will read the data
		if p != nil {
			p.cut()
		}
	}
	r.node, r.epmd = nil, nil
	return r.release()
}

// Stop ends the RabbitMQ by SIGTERM and returns when it is gone: its connections at once, the process some
// seconds later. Its data stay for [RabbitMQInstance.Start]; connections are refused until then.
func (r *RabbitMQInstance) Stop(t testing.TB) {
	t.Helper()
	r.mustOwn(t)
	r.StopNow()
}

// StopNow is [RabbitMQInstance.Stop] for programs.
func (r *RabbitMQInstance) StopNow() {
	r.end(func(p *process) { p.stopWithin(rabbitMQStopTimeout) })
}

// Kill ends the RabbitMQ by SIGKILL, as [RabbitMQInstance.Stop] otherwise. Who declared a quorum queue
// within the last second calls [RabbitMQInstance.Sync] before.
func (r *RabbitMQInstance) Kill(t testing.TB) {
	t.Helper()
	r.mustOwn(t)
	r.KillNow()
}

// KillNow is [RabbitMQInstance.Kill] for programs.
func (r *RabbitMQInstance) KillNow() { r.end((*process).cut) }

// Sync writes the names of the quorum queues to disk. RabbitMQ does it by itself half a second after one
// was declared. When it is killed before, it comes back with a queue that lost its messages, the confirmed
// ones too, and that has no leader: whoever publishes to it or reads from it waits for ever, until it is
// deleted.
func (r *RabbitMQInstance) Sync(t testing.TB) {
	t.Helper()
	r.Ctl(t, "eval", "[ok = dets:sync(Table) || Table <- dets:all()].")
}

func (r *RabbitMQInstance) end(how func(*process)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.node != nil {
		how(r.node)
		r.node = nil
	}
}

// Start starts a RabbitMQ that was stopped or killed, with the same data and the same ports. It returns
// when it answers. One that runs is left alone.
func (r *RabbitMQInstance) Start(t testing.TB) {
	t.Helper()
	r.mustOwn(t)
	if err := r.StartContext(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// StartContext is [RabbitMQInstance.Start] for programs.
func (r *RabbitMQInstance) StartContext(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.node != nil && !r.node.ended() {
		return nil
	}
	if err := r.startEpmd(ctx); err != nil {
		return fmt.Errorf("epmd: %w", err)
	}
	// Among the other arguments of Erlang the interface would come too early, and be ignored.
	cmd := tethered(r.programs.server, "-noinput", "-kernel", "inet_dist_use_interface", "{127,0,0,1}")
	cmd.Dir, cmd.Env = r.dir, append(r.env(),
		// The script becomes the Erlang VM then, and does not stand between it and its tether.
		"RABBITMQ_ALLOW_INPUT=true",
	)
	node, err := startProcess(cmd, r.logFile())
	if err != nil {
		return fmt.Errorf("rabbitmq: %w", err)
	}
	if err := node.waitUntil(ctx, "an answer at "+r.Management(), r.ready); err != nil {
		node.cut()
		return fmt.Errorf("rabbitmq: %w", err)
	}
	r.node = node
	return nil
}

// startEpmd starts Erlang's register of nodes, unless it runs. Left to itself the VM would start one as a
// daemon, which nobody ends.
func (r *RabbitMQInstance) startEpmd(ctx context.Context) error {
	if r.epmd != nil && !r.epmd.ended() {
		return nil
	}
	port := strconv.Itoa(r.ports.epmd)
	cmd := tethered(r.programs.epmd, "-address", "127.0.0.1", "-port", port)
	cmd.Dir, cmd.Env = r.dir, r.env()
	epmd, err := startProcess(cmd, filepath.Join(r.dir, "epmd.log"))
	if err != nil {
		return err
	}
	if err := epmd.waitUntil(ctx, "an answer at port "+port, func(ctx context.Context) bool { return accepts(ctx, r.ports.epmd) }); err != nil {
		epmd.cut()
		return err
	}
	r.epmd = epmd
	return nil
}

// init chooses the ports and writes the configuration that names them.
func (r *RabbitMQInstance) init(ctx context.Context) error {
	ports, err := freePorts(ctx, 7)
	if err != nil {
		return err
	}
	r.ports = rabbitMQPorts{
		amqp: ports[0], amqps: ports[1], management: ports[2], prometheus: ports[3], dist: ports[4], ctl: ports[5], epmd: ports[6],
	}
	if r.epmd != nil { // of an attempt that failed, on another port
		r.epmd.cut()
		r.epmd = nil
	}
	conf := []string{
		"listeners.tcp.1 = 127.0.0.1:" + strconv.Itoa(r.ports.amqp),
		"management.tcp.ip = 127.0.0.1",
		"management.tcp.port = " + strconv.Itoa(r.ports.management),
		"prometheus.tcp.ip = 127.0.0.1",
		"prometheus.tcp.port = " + strconv.Itoa(r.ports.prometheus),
		"loopback_users = none",
		"log.console = true",
		"log.console.use_colors = off",
		"log.file = false",
		"vm_memory_high_watermark.relative = " + memoryLimit,
		"disk_free_limit.absolute = " + diskLimit,
		"collect_statistics_interval = 1000", // in milliseconds; tests wait for counts
	}
	if r.cfg.tls {
		conf = append(conf,
			"listeners.ssl.1 = 127.0.0.1:"+strconv.Itoa(r.ports.amqps),
			"ssl_options.cacertfile = "+r.certs.ca,
			"ssl_options.certfile = "+r.certs.server,
			"ssl_options.keyfile = "+r.certs.serverKey,
			"ssl_options.verify = verify_peer",
			"ssl_options.fail_if_no_peer_cert = true",
		)
	}
	for name, content := range map[string]string{
		"rabbitmq.conf":   strings.Join(conf, "\n") + "\n",
		"enabled_plugins": "[rabbitmq_management,rabbitmq_prometheus].\n",
		"advanced.config": "[].\n",
	} {
		if err := os.WriteFile(filepath.Join(r.dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// env is the environment of the node, of epmd and of rabbitmqctl: nothing of the machine's own RabbitMQ
// gets in.
func (r *RabbitMQInstance) env() []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, "RABBITMQ_") && !strings.HasPrefix(name, "ERL_") && name != "NOTIFY_SOCKET" && name != "HOME" && name != "LC_ALL" {
			env = append(env, kv)
		}
	}
	path := func(name string) string { return filepath.Join(r.dir, name) }
	return append(env,
		"HOME="+r.dir, // holds the cookie
		"LC_ALL=C.UTF-8",
		"RABBITMQ_NODENAME="+r.nodeName(),
		"RABBITMQ_MNESIA_BASE="+path("data"),
		"RABBITMQ_LOG_BASE="+path("log"),
		"RABBITMQ_CONF_ENV_FILE="+path("none"),
		"RABBITMQ_CONFIG_FILE="+path("rabbitmq.conf"),
		"RABBITMQ_CONFIG_FILES="+path("none"),
		"RABBITMQ_ADVANCED_CONFIG_FILE="+path("advanced.config"),
		"RABBITMQ_ENABLED_PLUGINS_FILE="+path("enabled_plugins"),
		"RABBITMQ_DIST_PORT="+strconv.Itoa(r.ports.dist),
		"RABBITMQ_CTL_DIST_PORT_MIN="+strconv.Itoa(r.ports.ctl),
		"RABBITMQ_CTL_DIST_PORT_MAX="+strconv.Itoa(min(r.ports.ctl+20, 65535)),
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=+S 2:2 +sbwt none",
		"ERL_EPMD_PORT="+strconv.Itoa(r.ports.epmd),
		"ERL_EPMD_ADDRESS=127.0.0.1",
		"ERL_CRASH_DUMP_SECONDS=0", // none is written
	)
}

func (r *RabbitMQInstance) nodeName() string {
	return "hayon" + strconv.Itoa(r.ports.amqp) + "@localhost"
}

// ready tells whether all listeners are there and no alarm is on.
func (r *RabbitMQInstance) ready(ctx context.Context) bool {
	return speaksAMQP(ctx, r.ports.amqp) && (!r.cfg.tls || accepts(ctx, r.ports.amqps)) &&
		r.CallContext(ctx, "GET", "/api/health/checks/alarms", nil, nil) == nil
}

// speaksAMQP tells whether the header of AMQP 0-9-1 is answered by a method.
func speaksAMQP(ctx context.Context, port int) bool {
	conn, err := dial(ctx, port)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "AMQP\x00\x00\x09\x01"); err != nil {
		return false
	}
	var kind [1]byte
	_, err = io.ReadFull(conn, kind[:])
	return err == nil && kind[0] == 1
}

func accepts(ctx context.Context, port int) bool {
	conn, err := dial(ctx, port)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

// dial connects to a server of this machine, for one question.
func dial(ctx context.Context, port int) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(time.Now().Add(5 * time.Second))
}

// Ctl runs rabbitmqctl on the RabbitMQ and answers what it printed, without the lines that only
// accompany it. Each call takes most of a second; the API of [RabbitMQInstance.Call] answers at once.
func (r *RabbitMQInstance) Ctl(t testing.TB, args ...string) string {
	t.Helper()
	out, err := r.ctl(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (r *RabbitMQInstance) ctl(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, r.programs.ctl, append([]string{"--quiet"}, args...)...)
	cmd.Env = r.env()
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("rabbitmqctl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stdout.String()+stderr.String()))
	}
	return strings.TrimSpace(stdout.String()), nil
}

func (r *RabbitMQInstance) mustOwn(t testing.TB) {
	t.Helper()
	if r.shared {
		t.Fatal("other tests use this RabbitMQ too: take one of your own with NewRabbitMQ")
	}
}

func (r *RabbitMQInstance) running() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.node != nil && !r.node.ended()
}

func (r *RabbitMQInstance) logFile() string { return filepath.Join(r.dir, "rabbitmq.log") }

func (r *RabbitMQInstance) logOnFailure(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log of the RabbitMQ at 127.0.0.1:%d ends with:\n%s", r.ports.amqp, tail(r.logFile()))
		}
	})
}

var rabbitMQGuest = url.UserPassword("guest", "guest")
