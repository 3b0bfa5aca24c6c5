package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/store/bolt"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/key"
	"github.com/hayon/hayon/when"
)

const (
	// lowDisk is how little room is worth a warning, in bytes.
	lowDisk = 200 << 20
	// noDisk is too little room to store a post, in bytes.
	noDisk = 1 << 20
	// askWait bounds how long one account is waited for.
	askWait = 15 * time.Second
)

// checkFolders looks whether others can read what is the user's own.
func (a *app) checkFolders() []finding {
	const check = "files"
	_, err := os.Stat(a.paths.data)
	if dir := above(a.paths.data); !mayWrite(dir) {
		return []finding{failed(check, hayon.Errorf(hayon.CodeLocal, "%s cannot be written", dir).
			WithHint("see whose it is, and whether its disk is read-only; or keep hayon elsewhere: export HAYON_HOME=DIR"))}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return []finding{good(check, a.paths.data+" is not there yet; the first post makes it")}
	}
	if runtime.GOOS == "windows" {
		return []finding{skipped(check, "Windows keeps the rights of folders by itself")}
	}
	var loose []string
	err = filepath.WalkDir(a.paths.data, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && (path == a.paths.site() || path == a.paths.demo()) {
			return fs.SkipDir // what is there is for others to read
		}
		info, err := e.Info()
		if err == nil && info.Mode().Type() != fs.ModeSymlink && info.Mode().Perm()&0o077 != 0 {
			loose = append(loose, path)
		}
		return err
	})
	if err != nil {
		return []finding{failed(check, hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", a.paths.data, err).WithHint("run hayon as the user whose folder it is"))}
	}
	if len(loose) == 0 {
		return []finding{good(check, "only you can read "+a.paths.data)}
	}
	f := warning(check, fmt.Sprintf("others can read %s, as %s", count(len(loose), "file or folder", "files and folders"), loose[0]),
		"close them: hayon doctor --fix   or: chmod -R go= "+a.paths.data)
	f.fix = func() error { return closeFiles(loose) }
	return []finding{f}
}

func closeFiles(paths []string) error {
	for _, path := range paths {
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		if err := os.Chmod(path, info.Mode().Perm()&^0o077); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) checkDisk() finding {
	const check = "disk"
	dir := above(a.paths.data)
	free, ok := diskFree(dir)
	switch {
	case !ok:
		return skipped(check, "this system does not say how much room there is")
	case free < noDisk:
		return failed(check, hayon.Errorf(hayon.CodeLocal, "%s free at %s, and no post can be stored", sizeWords(free), dir).
			WithHint("make room; then hayon db prune and hayon db compact give back what is old"))
	case free < lowDisk:
		return warning(check, fmt.Sprintf("%s free at %s", sizeWords(free), dir), "make room, or: hayon db prune, then hayon db compact")
	}
	return good(check, sizeWords(free)+" free")
}

// above is dir, or the nearest folder above it that is there.
func above(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// checkDaemon looks whether a daemon runs, and for what a dead one left behind.
func (a *app) checkDaemon(ctx context.Context) []finding {
	const check = "daemon"
	b, err := a.dial(ctx)
	if err == nil {
		server := b.remote.ServerVersion()
		_ = b.close() // nothing was opened
		if own := version().Version; server != own {
			return []finding{warning(check, fmt.Sprintf("it runs hayon %s, this is %s", server, own), "hayon daemon restart")}
		}
		return []finding{good(check, "it runs")}
	}
	if errors.Is(err, errHangs) {
		return []finding{failed(check, hayon.AsError(err))}
	}
	out := []finding{warning(check, "none runs, so what is scheduled goes out by cron alone", "hayon daemon install   or from cron: */5 * * * * hayon tick")}
	if left := a.leftovers(); len(left) > 0 {
		f := warning("leftovers", "a daemon that was killed left "+strings.Join(left, ", "), "harmless; to tidy up: hayon doctor --fix")
		f.fix = func() error {
			for _, path := range left {
				if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
			return nil
		}
		out = append(out, f)
	}
	return out
}

// leftovers are the socket and the owner file of a daemon that is dead.
func (a *app) leftovers() []string {
	f, err := bolt.ReadOwnerFile(a.paths.database())
	if err != nil || alive(f.Owner) {
		return nil
	}
	left := []string{bolt.OwnerPath(a.paths.database())}
	if _, err := os.Lstat(f.Socket); f.Socket != "" && err == nil {
		left = append(left, f.Socket)
	}
	return left
}

// checkVault looks whether the credentials open, here and where nobody is there to help.
func (a *app) checkVault(ctx context.Context) []finding {
	const check = "credentials"
	info, err := vault.Inspect(a.paths.data)
	switch {
	case err != nil:
		return []finding{failed(check, hayon.AsError(err))}
	case !info.Exists:
		return []finding{good(check, "none are stored yet")}
	case info.Opener == vault.InsecurePlaintext:
		return []finding{warning(check, info.Path+" holds them unprotected",
			"start over with a keyring or a passphrase: hayon account remove --all, then hayon login … --vault keyring")}
	}
	v, err := a.openVault(ctx, coreConfig{})
	if err == nil {
		_, err = v.Refs(ctx)
	}
	if err != nil {
		return []finding{failed(check, hayon.AsError(err))}
	}
	out := []finding{good(check, "they open by "+vault.Kind(info.Opener))}
	spec, err := a.serviceSpec(installOptions{})
	if err == nil {
		err = a.checkUnattended(ctx, spec)
	}
	if err != nil {
		e := hayon.AsError(err)
		return append(out, warning("unattended", strings.TrimSuffix(e.Message, "; nothing was installed"), e.Hint))
	}
	return append(out, good("unattended", "a daemon and cron can open them too"))
}

// checkHookPrograms looks for the programs of [[hook]].
func (a *app) checkHookPrograms() []finding {
	var out []finding
	for _, h := range a.cfg.Hooks {
		if len(h.Command.words) == 0 {
			continue // a line for the shell: only it can tell
		}
		program := h.Command.words[0]
		if _, err := exec.LookPath(program); err != nil {
			out = append(out, warning("hook "+h.Name, "there is no program "+program, "check the command: hayon config edit"))
		}
	}
	return out
}

// checkService looks at the database, at what keeps posts back, and at every account.
func (a *app) checkService(ctx context.Context, o doctorOptions) []finding {
	if _, err := os.Stat(a.paths.database()); errors.Is(err, fs.ErrNotExist) {
		return []finding{good("database", "not there yet; the first post makes it")}
	}
	var out []finding
	err := a.service(ctx, func(ctx context.Context, b *backend) error {
		out = nil
		st, err := b.Status(ctx)
		if err != nil {
			return err
		}
		out = append(out, good("database", fmt.Sprintf("it opens; %s scheduled. To read all of it: hayon db check", count(st.Scheduled, "post is", "posts are"))))
		out = append(out, a.checkStatus(st)...)
		bs, err := b.BrokerStatus(ctx)
		if err != nil {
			return err
		}
		out = append(out, checkLetters(bs, a.now())...)
		if !o.offline {
			if err := a.accountsFromEnv(ctx, b); err != nil { // as post does: its sessions are in no file
				out = append(out, failed("HAYON_ACCOUNTS", hayon.AsError(err)))
			}
		}
		accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
		if err != nil {
			return err
		}
		if o.offline {
			out = append(out, skipped("accounts", "--offline asks no platform"))
			return nil
		}
		if len(accounts) == 0 {
			out = append(out, warning("accounts", "none is connected", "hayon login bluesky   or: hayon login mastodon --host …"))
		}
		out = append(out, checkAccounts(ctx, b, accounts)...)
		return nil
	})
	if err != nil {
		out = append(out, failed("database", hayon.AsError(err)))
	}
	return out
}

func (a *app) checkStatus(st *hayon.Status) []finding {
	out := a.checkRunningBroker(st)
	if st.Paused != nil {
		out = append(out, holding("publishing", strings.TrimSuffix("it is paused: "+st.Paused.Reason, ": "), "hayon daemon resume"))
	}
	if !st.ClockHeld.IsZero() {
		out = append(out, holding("clock", "it jumped, so posts wait until "+when.Format(st.ClockHeld), "see that the clock of this machine is set by NTP"))
	}
	if st.Overdue > 0 {
		out = append(out, warning("overdue", count(st.Overdue, "post", "posts")+" should be out already", "hayon tick   or: hayon daemon start"))
	}
	if n := st.Asking + st.Held + st.Parked; n > 0 {
		out = append(out, warning("your word", count(n, "post waits", "posts wait")+" for it", "hayon daemon status   names them"))
	}
	for _, b := range st.Blocked {
		out = append(out, holding(b.Account, "nothing goes out: "+b.Reason, b.Hint))
	}
	return out
}

// checkAccounts asks all platforms at once.
func checkAccounts(ctx context.Context, b *backend, accounts []*hayon.Account) []finding {
	out := make([]finding, len(accounts))
	var asking sync.WaitGroup
	for i, account := range accounts {
		asking.Go(func() {
			limited, cancel := context.WithTimeout(ctx, askWait)
			defer cancel()
			_, err := b.VerifyAccount(limited, account.ID)
			switch {
			case err == nil:
				out[i] = good(account.Name, strings.TrimSpace("works "+account.Handle))
			case limited.Err() != nil && ctx.Err() == nil:
				out[i] = failed(account.Name, hayon.Errorf(hayon.CodeUnavailable, "no answer within %s", askWait).WithHint("check the network, and "+account.Host))
			default:
				out[i] = failed(account.Name, hayon.AsError(err))
			}
		})
	}
	asking.Wait()
	return out
}

// identityPath is HAYON_VAULT_IDENTITY where it is the path of a file; the identity itself must not
// get into a file that starts the daemon.
func (a *app) identityPath() string {
	v, _ := a.getenv("HAYON_VAULT_IDENTITY")
	if v == "" || key.IsIdentity(v) {
		return ""
	}
	return wholePath(v)
}
