package servers

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// nodeVersion runs the npm servers: 20 is too old for the PDS, and 24 aborts
// in better-sqlite3.
const nodeVersion = "22.23.3"

// installTimeout bounds one installation and the wait for somebody else's;
// better-sqlite3 compiles for minutes on a small machine.
const installTimeout = 9 * time.Minute

//go:embed pds/package.json pds/package-lock.json pds/plc.mjs pds/pds.mjs
var pdsFiles embed.FS

// ErrUnavailable says that a server cannot be had on this machine. The error
// that wraps it names the reason and what to install.
var ErrUnavailable = errors.New("test server is not available")

// install is a finished installation of npm packages.
type install struct {
	dir  string // holds package.json and node_modules
	node string // the Node binary that runs them
}

// InstallPDS puts the PDS and the Node that runs it into the cache folder,
// unless they are there. It returns an error that wraps [ErrUnavailable] where
// the packages or what compiles them cannot be had. Processes that call it at
// the same time install once.
func InstallPDS(ctx context.Context) error {
	_, err := installPDS(ctx)
	return err
}

func installPDS(ctx context.Context) (install, error) {
	cache, err := cacheDir()
	if err != nil {
		return install{}, err
	}
	sum := sha256.New()
	for _, name := range []string{"package.json", "package-lock.json"} {
		b, err := pdsFiles.ReadFile("pds/" + name)
		if err != nil {
			return install{}, err
		}
		_, _ = sum.Write(b)
	}
	nodeDir := filepath.Join(cache, "node-"+nodeVersion+"-"+platform())
	pdsDir := filepath.Join(cache, "pds-"+hex.EncodeToString(sum.Sum(nil)[:6])+"-node-"+nodeVersion+"-"+platform())
	nodeHome := filepath.Join(nodeDir, "node_modules", "node-"+platform())
	in := install{dir: pdsDir, node: filepath.Join(nodeHome, "bin", exe("node"))}

	ctx, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	err = once(ctx, nodeDir, func() error {
		if err := needTools(ctx, "npm"); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(nodeDir, "package.json"), []byte(`{"private":true}`), 0o600); err != nil {
			return err
		}
		return npm(ctx, nodeDir, nil, "install", "--save-exact", "node-"+platform()+"@"+nodeVersion)
	})
	if err != nil {
		return install{}, err
	}
	err = once(ctx, pdsDir, func() error {
		if err := needTools(ctx, "npm", "python3", "make", "g++"); err != nil {
			return err
		}
		for _, name := range []string{"package.json", "package-lock.json"} {
			b, err := pdsFiles.ReadFile("pds/" + name)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(pdsDir, name), b, 0o600); err != nil {
				return err
			}
		}
		// node-gyp must compile against the headers of the Node that runs,
		// whatever the user's npm configuration says.
		return npm(ctx, pdsDir, []string{
			"PATH=" + filepath.Dir(in.node) + string(os.PathListSeparator) + os.Getenv("PATH"),
			"npm_config_nodedir=" + nodeHome,
		}, "ci")
	})
	return in, err
}

// cacheDir returns HAYON_TEST_CACHE, or hayon-test in the user's cache folder.
func cacheDir() (string, error) {
	if dir := os.Getenv("HAYON_TEST_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("%w: %w; set HAYON_TEST_CACHE to a folder", ErrUnavailable, err)
	}
	return filepath.Join(dir, "hayon-test"), nil
}

// once runs fn in the empty folder dir, unless it succeeded there before. Only
// one process at a time is inside; a half-made folder of a killed one is made
// anew.
func once(ctx context.Context, dir string, fn func() error) error {
	marker := filepath.Join(dir, ".complete")
	if exists(marker) {
		return nil
	}
	unlock, err := waitFolderLock(ctx, filepath.Dir(dir), filepath.Base(dir)+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if exists(marker) {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if err := fn(); err != nil {
		return err
	}
	return os.WriteFile(marker, nil, 0o600)
}

// waitFolderLock makes dir for the lock.
func waitFolderLock(ctx context.Context, dir, name string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return waitLock(ctx, filepath.Join(dir, name))
}

func waitLock(ctx context.Context, path string) (unlock func(), err error) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		unlock, ok, err := tryLock(path)
		if err != nil || ok {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the lock %s of another installation: %w", path, ctx.Err())
		case <-tick.C:
		}
	}
}

// npm runs npm in dir. Its output is in the error.
func npm(ctx context.Context, dir string, env []string, args ...string) error {
	args = append(args, "--no-audit", "--no-fund", "--no-progress", "--omit-lockfile-registry-resolved=true")
	cmd := exec.CommandContext(ctx, "npm", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = stopTimeout
	isolate(cmd)
	log := dir + ".log"
	out, err := os.OpenFile(log, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: npm %s in %s: %w; its output ends with:\n%s", ErrUnavailable, args[0], dir, err, tail(log))
	}
	return nil
}

// needTools looks for programs and gets the missing ones from Debian where this
// process may: as root, and through sudo on a machine with CI=true.
func needTools(ctx context.Context, names ...string) error {
	missing := absent(names)
	if len(missing) == 0 {
		return nil
	}
	packages := make([]string, 0, len(missing))
	for _, name := range missing {
		packages = append(packages, strings.ReplaceAll(name, "npm", "nodejs npm"))
	}
	return needPackages(ctx, missing, strings.Fields(strings.Join(packages, " ")))
}

// needPackage gets one program whose package has another name.
func needPackage(ctx context.Context, program, debian string) error {
	return needPackages(ctx, []string{program}, []string{debian})
}

func needPackages(ctx context.Context, missing, packages []string) error {
	if err := aptInstall(ctx, strings.Join(missing, ", "), packages); err != nil {
		return err
	}
	if still := absent(missing); len(still) > 0 {
		return fmt.Errorf("%w: %s not found after %s was installed", ErrUnavailable, strings.Join(still, ", "), strings.Join(packages, " "))
	}
	return nil
}

// aptInstall installs Debian's packages where this process may, see [needTools]. what names in the error
// what is missing without them.
func aptInstall(ctx context.Context, what string, packages []string) error {
	args := append([]string{"apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"}, packages...)
	unavailable := fmt.Errorf("%w: %s not found; run: sudo %s", ErrUnavailable, what, strings.Join(args, " "))
	if _, err := exec.LookPath("apt-get"); err != nil {
		return unavailable
	}
	var sudo []string
	if os.Geteuid() != 0 {
		if !inCI() || exec.CommandContext(ctx, "sudo", "-n", "true").Run() != nil {
			return unavailable
		}
		sudo = []string{"sudo", "-n"}
	}
	for _, command := range [][]string{{"apt-get", "update"}, args} {
		full := append(append([]string{}, sudo...), command...)
		cmd := exec.CommandContext(ctx, full[0], full[1:]...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s: %w\n%s", unavailable, strings.Join(command[:2], " "), err, out)
		}
	}
	return nil
}

func absent(names []string) []string {
	var missing []string
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			missing = append(missing, name)
		}
	}
	return missing
}

// platform names this machine as npm's packages of Node do.
func platform() string {
	system := runtime.GOOS
	if system == "windows" {
		system = "win"
	}
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	return system + "-" + arch
}

func exe(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func inCI() bool { return os.Getenv("CI") == "true" }
