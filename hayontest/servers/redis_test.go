package servers_test

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/hayon/hayon/hayontest/servers"
)

func TestRedisAnswersAndEnds(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("redis-server"); err != nil && os.Getenv("CI") != "true" {
		t.Skip("only a benchmark needs it, so a test does not install it: apt-get install redis-server")
	}
	r, err := servers.RunRedis(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialTimeout("tcp", r.Addr(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "SET k v\r\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || line != "+OK\r\n" {
		t.Errorf("got %q, %v, want +OK", line, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if listens(r.URL()) {
		t.Error("it still listens after Close")
	}
}
