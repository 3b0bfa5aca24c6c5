package servers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// RedisInstance is a running Redis that writes nothing to disk.
type RedisInstance struct {
	port    int
	log     string
	proc    *process
	release func() error
}

var sharedRedis = sync.OnceValues(func() (*RedisInstance, error) {
	// The server outlives the test that asks first, so no test's context.
	return RunRedis(context.Background())
})

// Redis returns the Redis that all tests of this test binary share. It ends with the binary. Keep apart by
// prefixes of keys. It is installed on first use.
//
// Where it cannot be had the test is skipped with the reason; with CI=true it fails.
func Redis(t testing.TB) *RedisInstance {
	t.Helper()
	r, err := sharedRedis()
	check(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log of the Redis at %s ends with:\n%s", r.Addr(), tail(r.log))
		}
	})
	return r
}

// RunRedis installs what is missing, starts a Redis and returns when it answers. It is for programs; tests
// call [Redis]. The caller closes it. An error that wraps [ErrUnavailable] says that it cannot be had here.
func RunRedis(ctx context.Context) (*RedisInstance, error) {
	var program string
	err := debianOnce(ctx, "redis-server", func() error {
		var err error
		if program, err = exec.LookPath("redis-server"); err != nil {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	dir, release, err := tempDir()
	if err != nil {
		return nil, err
	}
	r := &RedisInstance{log: filepath.Join(dir, "redis.log"), release: release}
	for range startAttempts {
		if r.port, err = freePort(ctx); err != nil {
			break
		}
		if r.proc, err = startProcess(tethered(program, "--port", strconv.Itoa(r.port), "--bind", "127.0.0.1",
			"--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", dir), r.log); err != nil {
			break
		}
		if err = r.proc.waitUntil(ctx, "an answer at "+r.Addr(), r.pongs); err == nil {
			return r, nil
		}
		r.proc.cut()
		if !errors.Is(err, errEnded) {
			break
		}
	}
	return nil, errors.Join(fmt.Errorf("redis: %w", err), release())
}

// Addr is where it listens: 127.0.0.1:PORT.
func (r *RedisInstance) Addr() string { return "127.0.0.1:" + strconv.Itoa(r.port) }

// URL is the same for clients that want one: redis://127.0.0.1:PORT.
func (r *RedisInstance) URL() string { return "redis://" + r.Addr() }

// Close ends the Redis and deletes its folder.
func (r *RedisInstance) Close() error {
	r.proc.cut()
	return r.release()
}

func (r *RedisInstance) pongs(ctx context.Context) bool {
	conn, err := dial(ctx, r.port)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return false
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return err == nil && line == "+PONG\r\n"
}
