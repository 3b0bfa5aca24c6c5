package servers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// snacLibraries are Debian's packages of what snac is linked to.
var snacLibraries = []string{"libcurl4", "libssl3"}

// InstallSnac puts snac into the cache folder, unless it is there. It returns an error that wraps
// [ErrUnavailable] where the package cannot be had.
func InstallSnac(ctx context.Context) error {
	_, err := installSnac(ctx)
	return err
}

// installSnac answers the program. Debian's package is unpacked, not installed: nothing of the system
// changes, its list of sources included, and nobody needs to be root. Elsewhere a snac that is installed
// serves too.
func installSnac(ctx context.Context) (program string, err error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	src, err := snacSource(ctx)
	if err != nil {
		if found, lerr := exec.LookPath("snac"); lerr == nil {
			return found, nil
		}
		return "", err
	}
	dir := filepath.Join(cache, "snac-"+src.suite+"-"+runtime.GOARCH)
	program = filepath.Join(dir, "root", "usr", "bin", "snac")
	ctx, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	if err := once(ctx, dir, func() error { return src.unpack(ctx, dir) }); err != nil {
		return "", err
	}
	if runs(ctx, program) {
		return program, nil
	}
	if err := aptInstall(ctx, "what snac is linked to", snacLibraries); err != nil {
		return "", err
	}
	if !runs(ctx, program) {
		return "", fmt.Errorf("%w: snac does not run on this machine: %s", ErrUnavailable, program)
	}
	return program, nil
}

// runs tells whether the libraries of a program are there.
func runs(ctx context.Context, program string) bool {
	out, err := exec.CommandContext(ctx, "ldd", program).CombinedOutput()
	return err == nil && !strings.Contains(string(out), "not found")
}

// aptSource is where apt finds snac2.
type aptSource struct {
	uri   string // of the mirror that this machine uses
	suite string // bookworm-backports, or trixie and what comes after it
}

// snacSource looks where Debian has the package: in the backports of 12, in every release since.
func snacSource(ctx context.Context) (aptSource, error) {
	if missing := absent([]string{"apt-get", "dpkg-deb", "ldd"}); len(missing) > 0 {
		return aptSource{}, fmt.Errorf("%w: snac comes from Debian's packages, and there is no %s", ErrUnavailable, strings.Join(missing, ", "))
	}
	release := debianRelease()
	// Printed without a visit to the network and also where no lists were ever fetched.
	out, err := exec.CommandContext(ctx, "apt-get", "update", "--print-uris").Output()
	if err != nil {
		return aptSource{}, fmt.Errorf("%w: apt-get update --print-uris: %w", ErrUnavailable, err)
	}
	for line := range strings.Lines(string(out)) {
		uri, _, found := strings.Cut(strings.TrimPrefix(line, "'"), "/dists/"+release+"/InRelease'")
		if release == "" || !found {
			continue
		}
		src := aptSource{uri: uri, suite: release}
		if release == "bookworm" {
			src.suite += "-backports"
		}
		return src, nil
	}
	return aptSource{}, fmt.Errorf("%w: snac comes from Debian 12 and later, whose packages this machine does not use; or install a snac", ErrUnavailable)
}

// debianRelease is the name of this machine's Debian, "" on other systems.
func debianRelease() string {
	b, err := os.ReadFile("/etc/os-release")
	if err != nil || !strings.Contains("\n"+string(b), "\nID=debian\n") {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if name, ok := strings.CutPrefix(line, "VERSION_CODENAME="); ok {
			return strings.Trim(strings.TrimSpace(name), `"`)
		}
	}
	return ""
}

// unpack gets the package with lists of its own below dir.
func (src aptSource) unpack(ctx context.Context, dir string) error {
	lists, cache, sources := filepath.Join(dir, "lists"), filepath.Join(dir, "cache"), filepath.Join(dir, "sources.list")
	for _, d := range []string{filepath.Join(lists, "partial"), filepath.Join(cache, "archives", "partial")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
	}
	const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
	option := ""
	if exists(keyring) {
		option = "[signed-by=" + keyring + "] "
	}
	if err := os.WriteFile(sources, []byte("deb "+option+src.uri+" "+src.suite+" main\n"), 0o600); err != nil {
		return err
	}
	// The sandbox's user could not write here; the package is unpacked only after its signature was checked.
	own := []string{
		"-o", "Dir::Etc::sourcelist=" + sources, "-o", "Dir::Etc::sourceparts=/dev/null", "-o", "Dir::State::lists=" + lists,
		"-o", "Dir::Cache=" + cache, "-o", "APT::Sandbox::User=",
	}
	for _, args := range [][]string{{"update"}, {"download", "snac2"}} {
		cmd := exec.CommandContext(ctx, "apt-get", append(args, own...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: snac2 of Debian's %s: apt-get %s: %w\n%s", ErrUnavailable, src.suite, args[0], err, out)
		}
	}
	found, err := filepath.Glob(filepath.Join(dir, "snac2_*.deb"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("%w: apt-get download snac2 left %d packages in %s", ErrUnavailable, len(found), dir)
	}
	if out, err := exec.CommandContext(ctx, "dpkg-deb", "--extract", found[0], filepath.Join(dir, "root")).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: dpkg-deb --extract %s: %w\n%s", ErrUnavailable, found[0], err, out)
	}
	return nil
}
