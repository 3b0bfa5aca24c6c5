package servers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// startAttempts is how often a server is started anew, each time on another
// port, because somebody took the first one.
const startAttempts = 3

// PDSOption changes how a PDS runs.
type PDSOption func(*pdsConfig)

type pdsConfig struct {
	blobUploadLimit int
	rateLimits      bool
}

// WithBlobUploadLimit sets the size in bytes above which an upload is answered
// by 413 PayloadTooLarge. The default is the server's own, 5,242,880.
func WithBlobUploadLimit(bytes int) PDSOption {
	return func(c *pdsConfig) { c.blobUploadLimit = bytes }
}

// WithRateLimits switches on the server's limits, which are off otherwise: 30
// log-ins in five minutes for an account, 3,000 requests in five minutes for an
// address, with ratelimit-* headers.
func WithRateLimits() PDSOption {
	return func(c *pdsConfig) { c.rateLimits = true }
}

// PDSInstance is a running Bluesky PDS with a PLC directory. It is safe for
// concurrent use, but Stop, Kill and Restart are for its owner alone.
type PDSInstance struct {
	in       install
	cfg      pdsConfig
	dir      string
	release  func() error
	port     int
	secret   string
	admin    string
	rotation string
	plc      *plcInstance

	mu   sync.Mutex // guards proc
	proc *process   // nil while stopped
}

// URL is where the PDS answers, and the host of its accounts:
// http://localhost:PORT. It stays the same over restarts.
func (p *PDSInstance) URL() string { return "http://localhost:" + strconv.Itoa(p.port) }

// PLCURL is where the PLC directory answers, which resolves the DIDs of the
// accounts: http://localhost:PORT.
func (p *PDSInstance) PLCURL() string { return p.plc.url() }

// JWTSecret is the key of the HS256 tokens that the PDS gives out and accepts.
func (p *PDSInstance) JWTSecret() string { return p.secret }

// AdminPassword is the password of the user "admin" for com.atproto.admin.*,
// by HTTP basic authentication.
func (p *PDSInstance) AdminPassword() string { return p.admin }

// One server for all tests of a binary is the purpose.
var (
	sharedPDS = sync.OnceValues(func() (*PDSInstance, error) {
		// The server outlives the test that asks first, so no test's context.
		return RunPDS(context.Background())
	})
	sharedPLC = sync.OnceValues(func() (*plcInstance, error) {
		return runPLC(context.Background())
	})
)

// PDS returns the PDS that all tests of this test binary share. It ends with
// the binary. Keep apart by accounts ([PDSInstance.NewAccount]); never stop it.
//
// Where it cannot be had the test is skipped with the reason and what to
// install; with CI=true it fails.
func PDS(t testing.TB) *PDSInstance {
	t.Helper()
	p, err := sharedPDS()
	check(t, err)
	p.logOnFailure(t)
	return p
}

// StartPDS starts a PDS that belongs to this test alone, which may stop, kill
// and restart it. It is stopped, and its data deleted, when the test ends.
// It skips and fails as [PDS] does.
func StartPDS(t testing.TB, opts ...PDSOption) *PDSInstance {
	t.Helper()
	p, err := RunPDS(context.WithoutCancel(t.Context()), opts...)
	check(t, err)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	p.logOnFailure(t)
	return p
}

// RunPDS installs what is missing, starts a PDS and returns when it answers.
// It is for programs; tests call [PDS] or [StartPDS]. The caller closes it. An
// error that wraps [ErrUnavailable] says that it cannot be had here.
func RunPDS(ctx context.Context, opts ...PDSOption) (*PDSInstance, error) {
	in, err := installPDS(ctx)
	if err != nil {
		return nil, err
	}
	plc, err := sharedPLC()
	if err != nil {
		return nil, err
	}
	dir, release, err := tempDir()
	if err != nil {
		return nil, err
	}
	p := &PDSInstance{in: in, dir: dir, release: release, plc: plc, secret: randomHex(16), admin: randomHex(8), rotation: randomHex(32)}
	for _, opt := range opts {
		opt(&p.cfg)
	}
	for range startAttempts {
		p.port, err = freePort(ctx)
		if err == nil {
			err = p.start(ctx)
		}
		if !errors.Is(err, errEnded) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, release())
	}
	return p, nil
}

// Close stops the PDS and deletes its data.
func (p *PDSInstance) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proc != nil {
		p.proc.stop()
		p.proc = nil
	}
	return p.release()
}

// Stop ends the PDS by SIGTERM and returns when it is gone. Its data stay for
// [PDSInstance.Restart]; connections to it are refused until then.
func (p *PDSInstance) Stop(t testing.TB) {
	t.Helper()
	p.end((*process).stop)
}

// Kill ends the PDS by SIGKILL, as [PDSInstance.Stop] otherwise.
func (p *PDSInstance) Kill(t testing.TB) {
	t.Helper()
	p.end((*process).kill)
}

func (p *PDSInstance) end(how func(*process)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.proc != nil {
		how(p.proc)
		p.proc = nil
	}
}

// Restart stops the PDS if it runs and starts it with the same data and the
// same address. It returns when the PDS answers; accounts, records and tokens
// are what they were.
func (p *PDSInstance) Restart(t testing.TB) {
	t.Helper()
	p.end((*process).stop)
	if err := p.start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (p *PDSInstance) start(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	data, blobs := filepath.Join(p.dir, "data"), filepath.Join(p.dir, "blobs")
	for _, dir := range []string{data, blobs} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	cfg := map[string]any{
		"devMode":                         true, // plain HTTP, and accounts whose handles no DNS knows
		"hostname":                        "localhost",
		"port":                            p.port,
		"dataDirectory":                   data,
		"blobstoreDiskLocation":           blobs,
		"didPlcUrl":                       p.plc.url(),
		"serviceHandleDomains":            []string{".test"},
		"inviteRequired":                  false,
		"jwtSecret":                       p.secret,
		"adminPassword":                   p.admin,
		"plcRotationKeyK256PrivateKeyHex": p.rotation,
		"disableSsrfProtection":           true,
		"rateLimitsEnabled":               p.cfg.rateLimits,
	}
	if p.cfg.blobUploadLimit > 0 {
		cfg["blobUploadLimit"] = p.cfg.blobUploadLimit
	}
	b, err := json.Marshal(cfg)
	if err != nil {
		return err
	}
	proc, err := p.in.run("pds.mjs", p.logFile(), "HAYON_PDS="+string(b))
	if err != nil {
		return err
	}
	if err := proc.waitReady(ctx, p.URL()+"/xrpc/_health"); err != nil {
		proc.kill()
		return fmt.Errorf("bluesky pds: %w", err)
	}
	p.proc = proc
	return nil
}

func (p *PDSInstance) logFile() string { return filepath.Join(p.dir, "pds.log") }

func (p *PDSInstance) logOnFailure(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log of the PDS at %s ends with:\n%s", p.URL(), tail(p.logFile()))
		}
	})
}

// run starts one of the embedded scripts. Node resolves the imports of a script
// that is given as text from the working folder.
func (in install) run(script, log string, env ...string) (*process, error) {
	src, err := pdsFiles.ReadFile("pds/" + script)
	if err != nil {
		return nil, err
	}
	// Without a context: the server ends with its owner.
	cmd := exec.Command(in.node, "--input-type=module", "--eval", string(src))
	cmd.Dir = in.dir
	cmd.Env = append([]string{"NODE_ENV=production", "LOG_ENABLED=1", "LOG_LEVEL=warn"}, plainEnv()...)
	cmd.Env = append(cmd.Env, env...)
	return startProcess(cmd, log)
}

// plainEnv is the environment without what would configure the servers.
func plainEnv() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PDS_") && !strings.HasPrefix(kv, "NODE_") && !strings.HasPrefix(kv, "LOG_") {
			env = append(env, kv)
		}
	}
	return env
}

// plcInstance is a PLC directory, one for all PDS of a process.
type plcInstance struct {
	port    int
	proc    *process
	release func() error // not called: it holds the folder for the life of this process
}

func (p *plcInstance) url() string { return "http://localhost:" + strconv.Itoa(p.port) }

func runPLC(ctx context.Context) (*plcInstance, error) {
	in, err := installPDS(ctx)
	if err != nil {
		return nil, err
	}
	dir, release, err := tempDir()
	if err != nil {
		return nil, err
	}
	for range startAttempts {
		p := &plcInstance{release: release}
		if p.port, err = freePort(ctx); err != nil {
			break
		}
		if p.proc, err = in.run("plc.mjs", filepath.Join(dir, "plc.log"), "HAYON_PORT="+strconv.Itoa(p.port)); err != nil {
			break
		}
		if err = p.proc.waitReady(ctx, p.url()+"/_health"); err == nil {
			return p, nil
		}
		p.proc.kill()
		if !errors.Is(err, errEnded) {
			break
		}
	}
	return nil, errors.Join(fmt.Errorf("plc directory: %w", err), release())
}

// check ends the test when err says that its server is not there.
func check(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, ErrUnavailable) && !inCI():
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return hex.EncodeToString(b)
}
