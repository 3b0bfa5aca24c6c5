package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/client"
	"github.com/hayon/hayon/events/hook"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/store"
	"github.com/hayon/hayon/store/backup"
	"github.com/hayon/hayon/store/bolt"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/memory"
	"github.com/hayon/hayon/worker"
)

// backend is the services as a command reaches them: over the daemon's socket, or in this process
// on the opened database.
type backend struct {
	hayon.Service
	// remote is set where the daemon answers; the fields below are nil then.
	remote *client.Client
	core   *core
	close  func() error
}

// core is everything that runs in process.
type core struct {
	store     hayon.Store
	vault     hayon.Vault
	providers platformRegistry
	scheduler *scheduler.Scheduler
	worker    *worker.Worker
	owner     hayon.Owner
	// commits is told of each commit, where somebody counts them.
	commits atomic.Pointer[func(time.Duration, int)]
}

// committed tells who counts.
func (k *core) committed(d time.Duration, n int) {
	if observe := k.commits.Load(); observe != nil {
		(*observe)(d, n)
	}
}

// platformRegistry are the platforms that this process knows.
type platformRegistry interface {
	Find(platform string) (hayon.Provider, error)
	All() []hayon.Provider
}

// holder is a store that can be kept from other processes.
type holder interface {
	Hold(ctx context.Context) error
	Release() error
	Holding() bool
}

// service runs fn with the services. Where the database turns out to be held, because a daemon has
// started meanwhile, nothing was changed, and fn is run again over its socket.
func (a *app) service(ctx context.Context, fn func(ctx context.Context, b *backend) error) error {
	return a.serviceWhile(ctx, fn, func(b *backend, err error) bool { return b.remote == nil && held(err) })
}

// steadyService is service for an fn that may be repeated whatever became of it: it goes on over the
// database where the daemon has ended before it answered, and there fn may have done its work.
func (a *app) steadyService(ctx context.Context, fn func(ctx context.Context, b *backend) error) error {
	return a.serviceWhile(ctx, fn, func(b *backend, err error) bool {
		if b.remote == nil {
			return held(err)
		}
		code := hayon.CodeOf(err)
		return code == hayon.CodeUnreachable || code == hayon.CodeUnavailable
	})
}

// maxRepeats bounds how often a command changes between socket and database: daemons that come and
// go faster than that are somebody's mistake.
const maxRepeats = 3

func (a *app) serviceWhile(ctx context.Context, fn func(ctx context.Context, b *backend) error, again func(*backend, error) bool) error {
	ctx = a.actor(ctx)
	for n := 0; ; n++ {
		b, err := a.connect(ctx)
		if err != nil {
			return err
		}
		err = fn(ctx, b)
		cerr := b.close()
		if err == nil {
			return cerr
		}
		if n == maxRepeats || ctx.Err() != nil || a.flags.server != "" || !again(b, err) {
			return err
		}
	}
}

// connect finds the services: the daemon's socket, else the database, and once more the socket
// where somebody else has the database.
func (a *app) connect(ctx context.Context) (*backend, error) {
	if a.flags.server != "none" {
		b, err := a.dial(ctx)
		if err == nil || a.flags.server == "unix" || errors.Is(err, errHangs) {
			return b, err
		}
		// A daemon that ended while it was asked is as good as none.
		if code := hayon.CodeOf(err); code != hayon.CodeUnreachable && code != hayon.CodeUnavailable {
			return nil, err
		}
	}
	b, err := a.open(ctx, coreConfig{})
	if err == nil || a.flags.server == "none" || !held(err) {
		return b, err
	}
	if remote, derr := a.dial(ctx); derr == nil {
		return remote, nil
	}
	return nil, err
}

// dial asks the daemon of the profile whether it is there.
func (a *app) dial(ctx context.Context) (*backend, error) {
	c, err := client.New(client.Config{
		Socket: a.socket(), FindSocket: a.socket, Version: version().Version, Logger: a.log,
		OnVersion: func(server string) {
			a.warn("the daemon runs hayon %s, this is %s; restart it: hayon daemon restart", server, version().Version)
		},
	})
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(a.socket()); err != nil {
		return nil, hayon.Errorf(hayon.CodeUnreachable, "no daemon runs for the profile %q", a.flags.profile).
			WithHint("start it: hayon daemon start")
	}
	if err := a.ping(ctx, c); err != nil {
		return nil, err
	}
	return &backend{Service: c, remote: c, close: func() error { return nil }}, nil
}

// pingWait is how long a daemon may take to say that it is there, which asks nothing of it.
const pingWait = 5 * time.Second

// errHangs: a daemon has the database, and does not answer. Nothing can be done beside it.
var errHangs = errors.New("it hangs")

// ping asks whether the daemon is there. A process that is alive and says nothing hangs, or is stopped.
func (a *app) ping(ctx context.Context, c *client.Client) error {
	limited, cancel := context.WithTimeout(ctx, pingWait)
	defer cancel()
	err := c.Ping(limited)
	if err == nil || limited.Err() == nil || ctx.Err() != nil {
		return err
	}
	f, ferr := bolt.ReadOwnerFile(a.paths.database())
	if ferr != nil || !alive(f.Owner) {
		return err
	}
	return hayon.Errorf(hayon.CodeUnreachable, "the daemon (process %d) does not answer", f.Owner.PID).
		WithHint(fmt.Sprintf("where it stays so, kill it, which is always safe: %s   then: hayon daemon start", killCommand(f.Owner.PID))).
		WithCause(errors.Join(errHangs, err))
}

// killCommand is how a person ends a process that does not listen any more.
func killCommand(pid int) string {
	if runtime.GOOS == "windows" {
		return fmt.Sprintf("taskkill /F /PID %d", pid)
	}
	return fmt.Sprintf("kill -9 %d", pid)
}

// socket is where the daemon listens: where its owner file says, else where it would.
func (a *app) socket() string {
	if f, err := bolt.ReadOwnerFile(a.paths.database()); err == nil && f.Socket != "" {
		return f.Socket
	}
	return a.paths.socket()
}

// coreConfig says how the core is opened.
type coreConfig struct {
	// daemon: this process serves others, and delivers from the broker.
	daemon bool
	// grace is how late a target may be and still go out; nil: its own grace window.
	grace *time.Duration
	// vault is the opener that a sign-in asks for.
	vault string
}

// open opens the database and builds the core on it.
func (a *app) open(ctx context.Context, c coreConfig) (*backend, error) {
	k, err := a.newCore(ctx, c)
	if err != nil {
		return nil, err
	}
	return &backend{Service: k.scheduler, core: k, close: k.store.Close}, nil
}

func (a *app) newCore(ctx context.Context, c coreConfig) (_ *core, err error) {
	k := &core{owner: self(a.command)}
	if c.daemon {
		k.owner.Command = "daemon"
	}
	if k.vault, err = a.openVault(ctx, c); err != nil {
		return nil, err
	}
	blobs, err := store.OpenBlobs(ctx, fileURL("dir", a.paths.blobs()))
	if err != nil {
		return nil, err
	}
	k.providers = failingProviders(providers.New(providers.Config{
		SiteDir: a.paths.site(), Demo: a.cfg.Demo, DemoDir: a.paths.demo(),
		UserAgent: userAgent(), Vault: k.vault, VideoService: a.videoService(), Logger: a.log,
	}))
	k.store, err = store.Open(ctx, fileURL("bolt", a.paths.database()), store.Config{
		Owner: k.owner, Version: version().Version, Socket: a.paths.socket(), OnCommit: k.committed, Logger: a.log,
	})
	if err != nil {
		return nil, err
	}
	k.store = failingStore(k.store)
	if err := k.build(a, c, blobs); err != nil {
		return nil, errors.Join(err, k.store.Close())
	}
	return k, nil
}

func (k *core) build(a *app, c coreConfig, blobs hayon.Blobs) (err error) {
	holding := func() bool { return false }
	if h, ok := k.store.(holder); ok {
		holding = h.Holding
	}
	sessions := vault.Sessions(k.vault)
	sc, wc := a.cfg.Delivery.schedulerConfig(), a.cfg.Delivery.workerConfig()
	sc.ClaimOwn, sc.GraceNow, sc.Version, sc.Holding, sc.Logger = !c.daemon && !a.leaveQueued, c.grace, version().Version, holding, a.log
	sc.Clock = systemClock()
	k.scheduler, err = scheduler.New(scheduler.Deps{
		Store: k.store, Blobs: blobs, Vault: k.vault, Providers: k.providers, Sessions: sessions,
		Owner: k.owner, Alive: alive, Ring: hook.NewClient(version().Version, nil).Ring,
		Backup: backup.Source{Store: k.store, Blobs: blobs, Version: version().Version, Dir: a.paths.data, Logger: a.log}.Write,
		Fitter: a.fitter(), Pages: a.pageReader(),
	}, sc)
	if err != nil {
		return err
	}
	wc.Grace, wc.Recover, wc.Logger = c.grace, k.scheduler.Recover, a.log
	wc.WaitLocal = c.daemon || a.command == "tick" // nobody reads why they failed
	if c.daemon {                                  // a one-shot does not live long enough to see the clock jump
		wc.MayPublish = k.scheduler.MayPublish
	}
	k.worker, err = worker.New(worker.Deps{
		Store: k.store, Blobs: blobs, Providers: k.providers, Sessions: sessions, Owner: k.owner,
	}, wc)
	return err
}

// openVault opens the profile's vault. In CI, and where accounts come from the environment, no keyring
// is touched unless somebody asked for it: without a passphrase what such a job signs in is kept in
// memory alone.
func (a *app) openVault(ctx context.Context, c coreConfig) (hayon.Vault, error) {
	opener := c.vault
	if opener == "" {
		opener, _ = a.getenv("HAYON_VAULT")
	}
	if opener == "" {
		opener = a.cfg.Vault
	}
	identity, _ := a.getenv("HAYON_VAULT_IDENTITY")
	if opener == "" && identity != "" {
		if info, err := vault.Inspect(a.paths.data); err == nil && !info.Exists {
			opener = vault.Key
		}
	}
	var err error
	if opener, err = keyPath(opener); err != nil {
		return nil, err
	}
	if opener == "" && (a.isCI() || a.hasEnv("HAYON_ACCOUNTS")) {
		if info, err := vault.Inspect(a.paths.data); err == nil && !info.Exists {
			if !a.hasPassphrase() && a.command != "login" { // a login is to last
				return memory.New(nil), nil
			}
			opener = vault.Passphrase
		}
	}
	limit := 30 * time.Second
	if !a.io.inTTY || c.daemon {
		limit = 3 * time.Second
	}
	return vault.Open(ctx, vault.Config{
		Dir: a.paths.data, Opener: opener, Profile: a.flags.profile, Passphrase: a.passphrase,
		Identity: hayon.NewSecret([]byte(identity)), KeyringTimeout: limit, Logger: a.log,
	})
}

// keyPath makes the path of a key file absolute: a daemon runs in another folder. A shell leaves the
// tilde behind the colon alone.
func keyPath(opener string) (string, error) {
	path, ok := strings.CutPrefix(opener, vault.Key+":")
	if !ok || path == "" {
		return opener, nil
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", noHome(err)
		}
		path = filepath.Join(home, rest)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", hayon.Errorf(hayon.CodeLocal, "the working folder is gone: %w", err).WithHint("give the whole path of the key")
	}
	return vault.Key + ":" + abs, nil
}

// isCI reports whether a CI system runs us.
func (a *app) isCI() bool {
	v, ok := a.getenv("CI")
	return ok && v != "" && v != "false" && v != "0"
}

func (a *app) hasPassphrase() bool { return a.hasEnv("HAYON_VAULT_PASSPHRASE") }

// hasEnv reports whether a variable is set and not empty.
func (a *app) hasEnv(name string) bool {
	v, ok := a.getenv(name)
	return ok && v != ""
}

// fileURL is the URL of a file or folder, as store wants it.
func fileURL(scheme, path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // a drive of Windows
		path = "/" + path
	}
	return (&url.URL{Scheme: scheme, Path: path}).String()
}

// requestID names one request in logs and journal.
func requestID() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return hex.EncodeToString(b)
}

// held reports whether somebody else has taken the database meanwhile.
func held(err error) bool { return errors.Is(err, bolt.ErrHeld) }
