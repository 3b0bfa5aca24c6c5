package servers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// ToxiproxyInstance is a running Toxiproxy, which stands between a client and
// a server and spoils what they say. It is safe for concurrent use.
type ToxiproxyInstance struct {
	port    int
	log     string
	proc    *process
	release func() error // not called: it holds the folder for the life of this process
}

// Proxy is one way through a [ToxiproxyInstance], for one test.
type Proxy struct {
	server *ToxiproxyInstance
	name   string
	listen string
}

// Toxic is something bad on a [Proxy]. Types and attributes are Toxiproxy's:
// https://github.com/Shopify/toxiproxy#toxics.
type Toxic struct {
	// Type is the kind, such as "latency" or "reset_peer".
	Type string
	// Upstream spoils what the client sends; otherwise it is what the server
	// answers.
	Upstream bool
	// Attributes are in the unit of the type: milliseconds, bytes, or KB/s.
	Attributes map[string]int
}

var sharedToxiproxy = sync.OnceValues(func() (*ToxiproxyInstance, error) {
	// The server outlives the test that asks first, so no test's context.
	return runToxiproxy(context.Background())
})

// Toxiproxy returns the Toxiproxy that all tests of this test binary share. It
// ends with the binary. Keep apart by proxies ([ToxiproxyInstance.NewProxy]).
//
// Where it cannot be had the test is skipped with the reason; with CI=true it
// fails.
func Toxiproxy(t testing.TB) *ToxiproxyInstance {
	t.Helper()
	x, err := sharedToxiproxy()
	check(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log of toxiproxy ends with:\n%s", tail(x.log))
		}
	})
	return x
}

// NewProxy makes a proxy to the server at base, such as http://localhost:2583 or
// amqp://guest:guest@127.0.0.1:5672/, that ends with the test.
func (x *ToxiproxyInstance) NewProxy(t testing.TB, base string) *Proxy {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{server: x, name: randomHex(8)}
	var made struct {
		Listen string `json:"listen"`
	}
	p.server.must(t, http.MethodPost, "/proxies", map[string]any{
		"name": p.name, "listen": "127.0.0.1:0", "upstream": u.Host, "enabled": true,
	}, &made)
	p.listen = made.Listen
	t.Cleanup(func() {
		if err := x.call(context.WithoutCancel(t.Context()), http.MethodDelete, "/proxies/"+p.name, nil, nil); err != nil {
			t.Error(err)
		}
	})
	return p
}

// URL is where the proxy of an HTTP server answers: http://127.0.0.1:PORT. It
// stays the same.
func (p *Proxy) URL() string { return "http://" + p.listen }

// Addr is where the proxy listens: 127.0.0.1:PORT. It stays the same.
func (p *Proxy) Addr() string { return p.listen }

// Through answers rawURL, which names the server behind the proxy, with the
// proxy in the place of the server: scheme, user, path and query stay.
func (p *Proxy) Through(t testing.TB, rawURL string) string {
	t.Helper()
	u, err := url.Parse(rawURL)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = p.listen
	return u.String()
}

// Spoil adds a toxic, also to connections that are open.
func (p *Proxy) Spoil(t testing.TB, toxic Toxic) {
	t.Helper()
	stream := "downstream"
	if toxic.Upstream {
		stream = "upstream"
	}
	p.server.must(t, http.MethodPost, "/proxies/"+p.name+"/toxics", map[string]any{
		"name": toxic.Type + "_" + stream, "type": toxic.Type, "stream": stream, "attributes": toxic.Attributes,
	}, nil)
}

// Heal takes all toxics away and makes the proxy answer again.
func (p *Proxy) Heal(t testing.TB) {
	t.Helper()
	var toxics []struct {
		Name string `json:"name"`
	}
	p.server.must(t, http.MethodGet, "/proxies/"+p.name+"/toxics", nil, &toxics)
	for _, toxic := range toxics {
		p.server.must(t, http.MethodDelete, "/proxies/"+p.name+"/toxics/"+toxic.Name, nil, nil)
	}
	p.enable(t, true)
}

// Down ends all connections and refuses new ones, until [Proxy.Heal].
func (p *Proxy) Down(t testing.TB) {
	t.Helper()
	p.enable(t, false)
}

func (p *Proxy) enable(t testing.TB, on bool) {
	t.Helper()
	p.server.must(t, http.MethodPost, "/proxies/"+p.name, map[string]any{"enabled": on}, nil)
}

func (x *ToxiproxyInstance) must(t testing.TB, method, path string, in, out any) {
	t.Helper()
	if err := x.call(t.Context(), method, path, in, out); err != nil {
		t.Fatal(err)
	}
}

// call asks Toxiproxy's own API.
func (x *ToxiproxyInstance) call(ctx context.Context, method, path string, in, out any) error {
	if err := callJSON(ctx, method, x.api(), path, nil, in, out); err != nil {
		return fmt.Errorf("toxiproxy: %w", err)
	}
	return nil
}

func (x *ToxiproxyInstance) api() string { return "http://127.0.0.1:" + strconv.Itoa(x.port) }

func runToxiproxy(ctx context.Context) (*ToxiproxyInstance, error) {
	program, err := installToxiproxy(ctx)
	if err != nil {
		return nil, err
	}
	dir, release, err := tempDir()
	if err != nil {
		return nil, err
	}
	for range startAttempts {
		x := &ToxiproxyInstance{log: filepath.Join(dir, "toxiproxy.log"), release: release}
		if x.port, err = freePort(ctx); err != nil {
			break
		}
		if x.proc, err = startProcess(tethered(program, "-host", "127.0.0.1", "-port", strconv.Itoa(x.port)), x.log); err != nil {
			break
		}
		if err = x.proc.waitReady(ctx, x.api()+"/version"); err == nil {
			return x, nil
		}
		x.proc.kill()
		if !errors.Is(err, errEnded) {
			break
		}
	}
	return nil, errors.Join(fmt.Errorf("toxiproxy: %w", err), release())
}

// tether is the script of [tethered]. A command in the background would get an
// empty standard input, hence the third descriptor. The signal ends the first
// wait before the program has ended. When the owner is gone there is nobody to
// end it politely for. The watch ends first, so that it never meets another
// process with the number of the program.
const tether = `exec 3<&0
"$@" 3<&- </dev/null & child=$!
trap 'kill $child' TERM
(cat <&3 >/dev/null; kill -9 $child) 2>/dev/null & watch=$!
wait $child; wait $child 2>/dev/null; kill -9 $watch 2>/dev/null`

// tethered runs a program that does not read its standard input so that it
// ends all the same when that is closed, as [process] needs it.
func tethered(program string, args ...string) *exec.Cmd {
	// Without a context: the server ends with its owner.
	return exec.Command("sh", append([]string{"-c", tether, "sh", program}, args...)...)
}

// InstallToxiproxy builds Toxiproxy into the cache folder, unless it is there.
// It returns an error that wraps [ErrUnavailable] where that cannot be done.
func InstallToxiproxy(ctx context.Context) error {
	_, err := installToxiproxy(ctx)
	return err
}

const toxiproxyModule = "github.com/Shopify/toxiproxy/v2"

// installToxiproxy answers the program of the version that tools/go.mod pins.
func installToxiproxy(ctx context.Context) (program string, err error) {
	if missing := absent([]string{"go", "sh"}); len(missing) > 0 {
		return "", fmt.Errorf("%w: %s not found", ErrUnavailable, strings.Join(missing, ", "))
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	tools, version, err := pinnedToxiproxy(ctx)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "toxiproxy-"+version+"-"+platform())
	program = filepath.Join(dir, exe("toxiproxy"))
	ctx, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	return program, once(ctx, dir, func() error {
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", program, toxiproxyModule+"/cmd/server")
		cmd.Dir = tools
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: go build %s in %s: %w\n%s", ErrUnavailable, toxiproxyModule, tools, err, out)
		}
		return nil
	})
}

var toxiproxyPin = regexp.MustCompile(regexp.QuoteMeta(toxiproxyModule) + ` (v\S+)`)

// pinnedToxiproxy finds the folder tools of the module that the test is in, and
// the version there.
func pinnedToxiproxy(ctx context.Context) (tools, version string, err error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", "", fmt.Errorf("%w: go env: %w", ErrUnavailable, err)
	}
	tools = filepath.Join(filepath.Dir(strings.TrimSpace(string(out))), "tools")
	b, err := os.ReadFile(filepath.Join(tools, "go.mod"))
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	found := toxiproxyPin.FindSubmatch(b)
	if found == nil {
		return "", "", fmt.Errorf("%w: %s pins no %s", ErrUnavailable, filepath.Join(tools, "go.mod"), toxiproxyModule)
	}
	return tools, string(found[1]), nil
}
