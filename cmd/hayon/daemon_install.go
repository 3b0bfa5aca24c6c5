package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/hayon/hayon"
)

// installOptions are the flags of daemon install and uninstall.
type installOptions struct {
	print, dryRun bool
	user, system  bool
	envFile       string
}

// serviceManager is what starts the daemon by itself on this system, for one profile.
type serviceManager interface {
	// path is where the file stands that describes the daemon, and file its content.
	path() string
	file(s serviceSpec) ([]byte, error)
	installed() bool
	// enable makes it known, starts it and has it started from then on; disable takes that back.
	enable(ctx context.Context) error
	disable(ctx context.Context) error
	start(ctx context.Context) error
	// advice is what the user should know, "" for nothing.
	advice(ctx context.Context) string
}

// serviceSpec is what a service manager starts.
type serviceSpec struct {
	Profile string
	Program string
	Args    []string
	// Env are variables that say where things are, as NAME=VALUE.
	Env     []string
	EnvFile string
	// User is who it runs as, of a service of the machine.
	User string
}

func (a *app) serviceManager(system bool) (serviceManager, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, noHome(err)
	}
	name := "hayon"
	if a.flags.profile != defaultProfile {
		name += "-" + a.flags.profile
	}
	switch runtime.GOOS {
	case "linux":
		config, _ := a.getenv("XDG_CONFIG_HOME")
		if config == "" {
			config = filepath.Join(home, ".config")
		}
		return systemd{name: name, system: system, config: config}, nil
	case "darwin":
		return launchd{name: name, system: system, home: home, log: a.paths.log()}, nil
	case "windows":
		return taskScheduler{name: name, system: system, dir: a.paths.data}, nil
	}
	return nil, hayon.Errorf(hayon.CodeUsage, "hayon knows no service manager of %s", runtime.GOOS).
		WithHint("have yours run: hayon daemon run")
}

// daemonInstall tries the unattended case, writes the file and enables it.
func (a *app) daemonInstall(ctx context.Context, o installOptions) error {
	m, err := a.serviceManager(o.system)
	if err != nil {
		return err
	}
	spec, err := a.serviceSpec(o)
	if err != nil {
		return err
	}
	file, err := m.file(spec)
	if err != nil {
		return err
	}
	if o.print {
		_, err := a.io.out.Write(file)
		return err
	}
	if err := a.checkUnattended(ctx, spec); err != nil {
		return err
	}
	if o.dryRun {
		a.say("The credentials open unattended. This would be written to %s:", m.path())
		_, err := a.io.out.Write(file)
		return err
	}
	if err := writeService(m.path(), file); err != nil {
		return err
	}
	b, err := a.dial(ctx)
	runs := err == nil
	if runs { // the new one takes its place
		_ = b.close()
		if err := a.daemonStop(ctx); err != nil {
			return err
		}
	}
	if err := m.enable(ctx); err != nil {
		if runs { // nobody is worse off for having tried
			return errors.Join(err, a.daemonStart(ctx))
		}
		return err
	}
	a.say("Installed %s", m.path())
	if advice := m.advice(ctx); advice != "" {
		a.say("%s", advice)
	}
	return a.awaitDaemon(ctx, nil)
}

func (a *app) daemonUninstall(ctx context.Context, o installOptions) error {
	m, err := a.serviceManager(o.system)
	if err != nil {
		return err
	}
	if !m.installed() {
		a.say("Nothing is installed: there is no %s", m.path())
		return nil
	}
	if o.dryRun {
		a.say("This would be stopped and deleted: %s", m.path())
		return nil
	}
	if err := m.disable(ctx); err != nil {
		return err
	}
	if err := os.Remove(m.path()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return hayon.Errorf(hayon.CodeLocal, "%s cannot be deleted: %w", m.path(), err)
	}
	a.say("Deleted %s. Posts and accounts stay where they are.", m.path())
	return nil
}

func writeService(path string, file []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return hayon.Errorf(hayon.CodeLocal, "the folder of %s cannot be made: %w", path, err)
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		return hayon.Errorf(hayon.CodeLocal, "%s cannot be written: %w", path, err).
			WithHint("print it and put it there yourself: hayon daemon install --print")
	}
	return nil
}

// serviceSpec is how the daemon of this profile is started by somebody else.
func (a *app) serviceSpec(o installOptions) (serviceSpec, error) {
	program, err := os.Executable()
	if err != nil {
		return serviceSpec{}, hayon.Errorf(hayon.CodeLocal, "the program does not know its own path: %w", err)
	}
	s := serviceSpec{Profile: a.flags.profile, Program: program, Args: a.daemonArgs()}
	for _, name := range []string{"HAYON_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "HAYON_VAULT", "HAYON_DEMO", "HAYON_BROKER_PREFIX", "HAYON_BROKER_DELAY", "HAYON_BROKER_PASSWORD_FILE"} {
		if v, ok := a.getenv(name); ok && v != "" {
			if name == "HAYON_HOME" {
				v = wholePath(v)
			}
			s.Env = append(s.Env, name+"="+v)
		}
	}
	a.brokerOfService(&s, o.envFile != "")
	if path := a.identityPath(); path != "" {
		s.Env = append(s.Env, "HAYON_VAULT_IDENTITY="+path)
	}
	if o.envFile != "" {
		s.EnvFile = wholePath(o.envFile)
		if err := privateFile(s.EnvFile); err != nil {
			return s, err
		}
	}
	if o.system {
		// Under sudo the daemon belongs to who asked for it.
		s.User, _ = a.getenv("SUDO_USER")
		if s.User == "" {
			s.User = currentUser()
		}
	}
	return s, nil
}

// brokerOfService gives the daemon the broker that the environment names. A password stays out of the
// file; without it the daemon would have another broker, or none that takes it, so somebody is told.
func (a *app) brokerOfService(s *serviceSpec, envFile bool) {
	address, _ := a.getenv("HAYON_BROKER")
	name := ""
	switch password, _ := a.getenv("HAYON_BROKER_PASSWORD"); {
	case hasPassword(address):
		name = "HAYON_BROKER"
	case password != "":
		name = "HAYON_BROKER_PASSWORD"
	}
	if address != "" && name != "HAYON_BROKER" {
		s.Env = append(s.Env, "HAYON_BROKER="+address)
	}
	if name != "" && !envFile {
		a.warn("%s has a password and is not written into the file: name a file with it by --env-file, or by broker.password_file", name)
	}
}

// currentUser is who runs this program; cron and containers do not say it in the environment.
func currentUser() string {
	u, err := osuser.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

// privateFile refuses a file that others can read: it holds a passphrase.
func privateFile(path string) error {
	if _, err := os.Stat(path); err != nil {
		return hayon.Errorf(hayon.CodeUsage, "--env-file: %w", err).WithHint("make it first: umask 077; echo NAME=VALUE > " + path)
	}
	return closedFile(path)
}

// closedFile refuses a file that others can read.
func closedFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", path, err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return hayon.Errorf(hayon.CodeLocal, "%s can be read by others (mode %04o)", path, info.Mode().Perm()).
			WithHint("close it: chmod 600 " + path)
	}
	return nil
}

// checkUnattended runs this program as a service manager would: with no terminal, and without the
// variables of this one. What it refuses is told with what to do.
func (a *app) checkUnattended(ctx context.Context, s serviceSpec) error {
	env, err := unattendedEnv(a.getenv, s)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, s.Program, append(append([]string{}, s.Args...), "--check")...) //nolint:gosec // this very program
	cmd.Env, cmd.Stderr = env, &said
	detach(cmd)
	err = cmd.Run()
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*exec.ExitError](err); !ok {
		return hayon.Errorf(hayon.CodeLocal, "the daemon cannot be tried: %w", err)
	}
	why, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(said.String()), "hayon: "), "\n")
	return hayon.Errorf(hayon.CodeLocal, "the daemon could not run unattended: %s; nothing was installed", why).
		WithHint("put HAYON_VAULT_PASSPHRASE=… into a file of mode 600 and name it: hayon daemon install --env-file FILE")
}

// unattendedEnv is the environment that a service manager gives.
func unattendedEnv(getenv func(string) (string, bool), s serviceSpec) ([]string, error) {
	env := append([]string{}, s.Env...)
	for _, name := range []string{"HOME", "PATH", "USER", "LANG", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "USERPROFILE", "LocalAppData", "AppData", "SystemRoot"} {
		if s.User != "" && name == "DBUS_SESSION_BUS_ADDRESS" {
			continue // a service of the machine has no session
		}
		if v, ok := getenv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	if s.EnvFile == "" {
		return env, nil
	}
	b, err := os.ReadFile(s.EnvFile)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", s.EnvFile, err)
	}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if name, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			env = append(env, name+"="+strings.Trim(value, `"'`))
		}
	}
	return env, nil
}

// manage runs a program of the service manager; what it says is in the error.
func manage(ctx context.Context, program string, args ...string) error {
	out, err := exec.CommandContext(ctx, program, args...).CombinedOutput() //nolint:gosec // a program of the system, by name
	if err == nil {
		return nil
	}
	if errors.Is(err, exec.ErrNotFound) {
		return hayon.Errorf(hayon.CodeLocal, "%s is not there: this system is run by something else", program).
			WithHint("see the file: hayon daemon install --print   or start it for now: hayon daemon start")
	}
	said, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return hayon.Errorf(hayon.CodeLocal, "%s %s: %s", program, strings.Join(args, " "), said).WithCause(fmt.Errorf("%w: %s", err, out)).
		WithHint("start it for now: hayon daemon start")
}
