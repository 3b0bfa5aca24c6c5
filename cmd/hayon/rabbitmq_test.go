package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/client"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/demo"
)

// rabbitAccounts is how many accounts of the demo platform there are; each has a lane of its own.
const rabbitAccounts = 40

// rabbitWorld is a profile whose daemon works over a RabbitMQ of its own.
type rabbitWorld struct {
	*chaosWorld
	server *servers.RabbitMQInstance
}

func newRabbitWorld(t *testing.T, accounts int, config string) *rabbitWorld {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM that a program can send")
	}
	home := t.TempDir()
	w := &rabbitWorld{&chaosWorld{home: home, bin: filepath.Join(t.TempDir(), "hayon")}, servers.NewRabbitMQ(t)}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", w.bin, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	w.env = []string{
		"HAYON_HOME=" + home, "HOME=" + home, "XDG_RUNTIME_DIR=" + home, "TZ=UTC", "PATH=" + os.Getenv("PATH"),
		"HAYON_DEMO=1", "HAYON_BROKER=" + w.server.URL(),
	}
	if err := os.WriteFile(filepath.Join(home, "config.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range accounts {
		w.mustRun(t, "", "login", "demo", "--alias", fmt.Sprintf("n%02d", i))
	}
	return w
}

func (w *rabbitWorld) data(name string) string {
	return filepath.Join(w.home, "data", "default", name)
}

func (w *rabbitWorld) client(t *testing.T) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{Socket: w.data("hayon.sock")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// answering starts a daemon and waits until it answers.
func (w *rabbitWorld) answering(t *testing.T) *chaosDaemon {
	t.Helper()
	d, c := w.startDaemon(t), w.client(t)
	w.await(t, d, "the daemon answers", func(ctx context.Context) bool { return c.Ping(ctx) == nil })
	return d
}

// await asks until it is so, for as long as an answer may take.
func (w *rabbitWorld) await(t *testing.T, d *chaosDaemon, what string, so func(context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(soakActor(t.Context()), answerLimit)
	defer cancel()
	for !so(ctx) {
		if !sleep(ctx, 50*time.Millisecond) {
			t.Fatalf("%s: not after %s\n%s", what, answerLimit, tailOf(d.log))
		}
	}
}

// public are the texts of what is out, by account, each with how often.
func (w *rabbitWorld) public(t *testing.T, accounts int) (out map[string]int, total int) {
	t.Helper()
	out = make(map[string]int)
	for i := range accounts {
		name := fmt.Sprintf("n%02d", i)
		posts, err := demo.ReadFile(filepath.Join(w.data("demo"), name+".ndjson"))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range posts {
			out[name+": "+p.Text]++
			total++
		}
	}
	return out, total
}

// TestRabbitMQRestarts: targets go out once each while RabbitMQ is killed and stopped and the daemon is
// killed. HAYON_BROKER_TARGETS makes it larger.
func TestRabbitMQRestarts(t *testing.T) {
	t.Parallel()
	targets := envInt(t, "HAYON_BROKER_TARGETS", 800)
	seed := soakSeed(t)
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	w := newRabbitWorld(t, rabbitAccounts, "")
	d := w.answering(t)
	posts := (targets + rabbitAccounts - 1) / rabbitAccounts
	start := time.Now()
	var poster sync.WaitGroup
	poster.Go(func() { w.post(t, posts) })

	quarter := targets / 4
	w.afterPublished(t, quarter)
	first := rng.IntN(2)
	w.shoot(t, first == 0)
	w.afterPublished(t, 2*quarter)
	w.shoot(t, first == 1)
	w.afterPublished(t, 3*quarter)
	d.kill()
	d = w.answering(t)
	poster.Wait()

	c := w.client(t)
	w.await(t, d, "everything is out", func(ctx context.Context) bool {
		st, err := c.Status(ctx)
		return err == nil && st.Queued+st.Publishing+st.RetryWait+st.Uncertain+st.Outbox == 0
	})
	took := time.Since(start)
	out, total := w.public(t, rabbitAccounts)
	if total != posts*rabbitAccounts || len(out) != total {
		t.Errorf("%d posts are public, %d of them different, want %d", total, len(out), posts*rabbitAccounts)
	}
	st, err := c.BrokerStatus(soakActor(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d targets in %.1f s, each once; the last daemon: %+v", total, took.Seconds(), *st.Broker)
	d.stop(t)
}

// shoot ends RabbitMQ, by SIGKILL or by SIGTERM, and starts it again.
func (w *rabbitWorld) shoot(t *testing.T, kill bool) {
	t.Helper()
	if kill {
		w.server.Kill(t)
	} else {
		w.server.Stop(t)
	}
	w.server.Start(t)
}

// post makes posts to all accounts, and repeats under their keys what was not answered.
func (w *rabbitWorld) post(t *testing.T, n int) {
	t.Helper()
	c := w.client(t)
	ctx, cancel := context.WithTimeout(soakActor(t.Context()), 2*answerLimit)
	defer cancel()
	for i := range n {
		in := hayon.PostCreate{Text: fmt.Sprintf("post %d", i), To: []string{"demo/*"}, IdempotencyKey: fmt.Sprintf("rabbit-%d", i)}
		for {
			_, err := c.CreatePost(ctx, in)
			if err == nil {
				break
			}
			if code := hayon.CodeOf(err); !slices.Contains([]hayon.Code{hayon.CodeUnreachable, hayon.CodeTimeout, hayon.CodeUnavailable}, code) || !sleep(ctx, soakPause) {
				t.Errorf("post %d was not taken: %v", i, err)
				return
			}
		}
	}
}

// afterPublished waits until at least n targets are out.
func (w *rabbitWorld) afterPublished(t *testing.T, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), answerLimit)
	defer cancel()
	for {
		_, total := w.public(t, rabbitAccounts)
		if total >= n {
			return
		}
		if !sleep(ctx, 100*time.Millisecond) {
			t.Fatalf("only %d of %d targets are out", total, n)
		}
	}
}

// TestRabbitMQAway: while RabbitMQ is away posts are accepted, the status says what is wrong, and what
// waits goes out when it is back. HAYON_BROKER_AWAY makes it longer; it tells how long posts took.
func TestRabbitMQAway(t *testing.T) {
	t.Parallel()
	w := newRabbitWorld(t, 1, "")
	d, c := w.answering(t), w.client(t)
	ctx := soakActor(t.Context())
	posted := 0
	post := func() time.Duration {
		t.Helper()
		begun := time.Now()
		posted++
		if _, err := c.CreatePost(ctx, hayon.PostCreate{Text: fmt.Sprintf("post %d", posted), To: []string{"demo/n00"}}); err != nil {
			t.Fatalf("post %d: %v", posted, err)
		}
		return time.Since(begun)
	}
	allOut := func(ctx context.Context) bool {
		st, err := c.Status(ctx)
		return err == nil && st.Queued+st.Publishing+st.RetryWait+st.Outbox == 0 && st.Broker.Connected
	}
	var there, away []time.Duration
	for range 20 {
		there = append(there, post())
	}
	w.await(t, d, "the first posts are out", allOut)
	w.server.Kill(t)
	w.await(t, d, "the status says that the broker is away", func(ctx context.Context) bool {
		st, err := c.Status(ctx)
		return err == nil && st.Broker != nil && !st.Broker.Connected && st.Broker.Error != ""
	})
	shown := w.mustRun(t, "", "daemon", "status")
	if !strings.Contains(shown, "the broker is out of reach") {
		t.Errorf("daemon status says\n%s", shown)
	}
	span := 2 * time.Second
	if v := os.Getenv("HAYON_BROKER_AWAY"); v != "" {
		var err error
		if span, err = time.ParseDuration(v); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		away = append(away, post())
		sleep(ctx, span/20)
	}
	waiting, _ := w.public(t, 1)
	w.server.Start(t)
	back := time.Now()
	w.await(t, d, "the first one that waited is out", func(context.Context) bool {
		out, _ := w.public(t, 1)
		return len(out) > len(waiting)
	})
	first := time.Since(back)
	w.await(t, d, "everything is out", allOut)
	if out, total := w.public(t, 1); total != posted || len(out) != posted {
		t.Errorf("%d posts are public, %d of them different, want %d", total, len(out), posted)
	}
	slices.Sort(there)
	slices.Sort(away)
	t.Logf("RabbitMQ was away for %s; a post took %s (p50) and %s (max) before, %s and %s meanwhile; the first target was out %s after its return",
		span, there[10], there[19], away[10], away[19], first)
	d.stop(t)
}
