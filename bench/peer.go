package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
)

// peerFiles are the programs of others, with the exact versions that they need.
//
//go:embed peers/package.json peers/package-lock.json peers/serve.mjs peers/amqplib.mjs peers/bullmq.mjs peers/facets.mjs
var peerFiles embed.FS

const (
	peerInstallWait = 2 * time.Minute
	peerWait        = 30 * time.Second
)

// installPeers puts the packages of the peers into the cache folder, unless they are there, and answers
// where. The folder gets its name once it is complete.
func installPeers(ctx context.Context) (string, error) {
	names, err := peerFiles.ReadDir("peers")
	if err != nil {
		return "", err
	}
	files, sum := map[string][]byte{}, sha256.New()
	for _, f := range names {
		if files[f.Name()], err = peerFiles.ReadFile("peers/" + f.Name()); err != nil {
			return "", err
		}
		_, _ = fmt.Fprintf(sum, "%s %x\n", f.Name(), sha256.Sum256(files[f.Name()])) // a hash takes everything
	}
	cache, err := peerCache()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "bench-peers-"+hex.EncodeToString(sum.Sum(nil)[:6]))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return "", err
	}
	half, err := os.MkdirTemp(cache, "bench-peers-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(half) }() // nothing is left there when it has got its name
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(half, name), content, 0o600); err != nil {
			return "", err
		}
	}
	if err := npmInstall(ctx, half); err != nil {
		return "", err
	}
	if err := os.Rename(half, dir); err != nil {
		if _, there := os.Stat(dir); there == nil { // another run was faster
			return dir, nil
		}
		return "", err
	}
	return dir, nil
}

// peerCache is the folder in which the test servers are, too.
func peerCache() (string, error) {
	if dir := os.Getenv("HAYON_TEST_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "hayon-test"), err
}

// npmInstall installs what the lock file names. Nothing is compiled: scripts of packages do not run.
// "npm ci" would refuse the file on a registry that lacks the packages of other systems.
func npmInstall(ctx context.Context, dir string) error {
	ctx, stop := context.WithTimeout(ctx, peerInstallWait)
	defer stop()
	cmd := exec.CommandContext(ctx, "npm", "install", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund", "--no-progress")
	cmd.Dir, cmd.WaitDelay = dir, time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm install: %w: %s", err, saying(out))
	}
	return nil
}

// peer is a running program of others. It does one thing at a time.
type peer struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Scanner
	stderr bytes.Buffer
	// name is what it is, with versions.
	name string
}

// startPeer starts one of the scripts, which connects to url, and returns when it is ready. It ends with
// stop, and with this process, whose end it sees.
func startPeer(ctx context.Context, dir, script, url string) (*peer, error) {
	env, err := json.Marshal(map[string]any{
		"url": url, "bytes": kilobyteBytes, "type": hayon.HintType, "header": hayon.HeaderAttempt,
		"exchange": hayon.PostExchange, "key": hayon.PostCreateKey + demo.Name, "queue": hayon.SocialPostsQueue,
	})
	if err != nil {
		return nil, err
	}
	p := &peer{cmd: exec.CommandContext(ctx, "node", script)} //nolint:gosec // one of our scripts
	p.cmd.Dir, p.cmd.Env, p.cmd.Stderr = dir, append(os.Environ(), "NODE_ENV=production", "HAYON_PEER="+string(env)), &p.stderr
	p.cmd.WaitDelay = time.Second
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewScanner(out)
	p.out.Buffer(nil, 1<<20)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	ready, err := p.answer(ctx)
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	p.name = ready.Name
	return p, nil
}

// stop ends it. What it was doing does not matter any more.
func (p *peer) stop() error {
	_ = p.in.Close()
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // it was killed
	return nil
}

// order is what a peer is asked for, and answer what it says.
type (
	order struct {
		Do       string  `json:"do"`
		Window   int     `json:"window,omitempty"`
		MS       float64 `json:"ms,omitempty"`
		Count    int     `json:"count,omitempty"`
		Prefetch int     `json:"prefetch,omitempty"`
		Pause    float64 `json:"pause,omitempty"`
	}
	answer struct {
		Name  string    `json:"name"`
		Count int       `json:"count"`
		MS    float64   `json:"ms"`
		Took  []float64 `json:"took"`
		Error string    `json:"error"`
	}
)

// pace is what the answer tells.
func (a answer) pace() pace {
	var p pace
	if a.MS > 0 {
		p.rate = 1000 * float64(a.Count) / a.MS
	}
	for _, ms := range a.Took {
		p.took = append(p.took, time.Duration(ms*float64(time.Millisecond)))
	}
	return p
}

func (p *peer) does(ctx context.Context, o order) (pace, error) {
	line, err := json.Marshal(o)
	if err != nil {
		return pace{}, err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return pace{}, err
	}
	a, err := p.answer(ctx)
	return a.pace(), err
}

// answer reads the next line. One that takes too long ends the program.
func (p *peer) answer(ctx context.Context) (a answer, err error) {
	ctx, stop := context.WithTimeout(ctx, peerWait)
	defer stop()
	defer context.AfterFunc(ctx, func() { _ = p.cmd.Process.Kill() })()
	if !p.out.Scan() {
		return a, fmt.Errorf("%s ended: %w", p.cmd.Args[1], errors.Join(ctx.Err(), p.out.Err(), errors.New(saying(p.stderr.Bytes()))))
	}
	if err := json.Unmarshal(p.out.Bytes(), &a); err != nil {
		return a, err
	}
	if a.Error != "" {
		return a, fmt.Errorf("%s: %s", p.cmd.Args[1], a.Error)
	}
	return a, nil
}

func (p *peer) publish(ctx context.Context, window int, d time.Duration) (pace, error) {
	return p.does(ctx, order{Do: "publish", Window: window, MS: millis(d)})
}

func (p *peer) consume(ctx context.Context, prefetch, n int) (pace, error) {
	return p.does(ctx, order{Do: "consume", Prefetch: prefetch, Count: n})
}

func (p *peer) deliver(ctx context.Context, n int) (pace, error) {
	return p.does(ctx, order{Do: "latency", Count: n, Pause: millis(deliverEvery)})
}

// ownQueue is a peer that does not use our queue.
type ownQueue struct{ *peer }

// fill brings n messages to its queue.
func (q ownQueue) fill(ctx context.Context, n int) error {
	_, err := q.does(ctx, order{Do: "fill", Count: n})
	return err
}

// saying is the line of a program's output that says what is wrong, as far as that can be told.
func saying(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, line := range lines {
		if strings.Contains(line, "Error") || strings.Contains(line, "error") {
			return line
		}
	}
	return lines[len(lines)-1]
}
