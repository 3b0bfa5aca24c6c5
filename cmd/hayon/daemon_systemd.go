package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"strings"
)

// systemd is the service manager of most Linux systems.
type systemd struct {
	name   string
	system bool
	config string // the user's configuration folder
}

func (m systemd) unit() string { return m.name + ".service" }

func (m systemd) path() string {
	if m.system {
		return filepath.Join("/etc/systemd/system", m.unit())
	}
	return filepath.Join(m.config, "systemd", "user", m.unit())
}

// file is the unit: the daemon tells when it is ready and keeps the watchdog quiet; 143 is its exit code
// after SIGTERM; what it sends may take 25 s to finish.
func (m systemd) file(s serviceSpec) ([]byte, error) {
	words := make([]string, 0, 1+len(s.Args))
	for _, w := range append([]string{s.Program}, s.Args...) {
		words = append(words, systemdQuote(w, "$"))
	}
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("[Unit]")
	line("Description=Hayon publishes scheduled posts (profile %s)", s.Profile)
	line("Documentation=https://github.com/hayon/hayon")
	if m.system {
		line("Wants=network-online.target")
		line("After=network-online.target")
	}
	line("StartLimitIntervalSec=0")
	line("\n[Service]")
	line("Type=notify")
	line("ExecStart=%s", strings.Join(words, " "))
	for _, v := range s.Env {
		line("Environment=%s", systemdQuote(v, ""))
	}
	if s.EnvFile != "" {
		line("EnvironmentFile=%s", strings.ReplaceAll(s.EnvFile, "%", "%%"))
	}
	if m.system {
		line("User=%s", s.User)
	}
	b.WriteString("Restart=on-failure\nRestartSec=2\nSuccessExitStatus=143 130\nWatchdogSec=60\nTimeoutStopSec=45\n" +
		"UMask=0077\nNoNewPrivileges=yes\n\n[Install]\n")
	if m.system {
		line("WantedBy=multi-user.target")
	} else {
		line("WantedBy=default.target")
	}
	return b.Bytes(), nil
}

// systemdQuote makes one word of systemd's syntax: percent signs and, for command lines, dollar signs
// are doubled.
func systemdQuote(s, double string) string {
	for _, c := range "%" + double {
		s = strings.ReplaceAll(s, string(c), string(c)+string(c))
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func (m systemd) installed() bool { return fileExists(m.path()) }

func (m systemd) ctl(ctx context.Context, args ...string) error {
	if !m.system {
		args = append([]string{"--user"}, args...)
	}
	return manage(ctx, "systemctl", args...)
}

func (m systemd) enable(ctx context.Context) error {
	if err := m.ctl(ctx, "daemon-reload"); err != nil {
		_ = os.Remove(m.path()) // nobody reads it
		return err
	}
	return m.ctl(ctx, "enable", "--now", m.unit())
}

func (m systemd) disable(ctx context.Context) error { return m.ctl(ctx, "disable", "--now", m.unit()) }

func (m systemd) start(ctx context.Context) error { return m.ctl(ctx, "start", m.unit()) }

// advice: without lingering, a user's services end when the user logs out.
func (m systemd) advice(ctx context.Context) string {
	u, err := osuser.Current()
	if m.system || err != nil {
		return ""
	}
	out, err := exec.CommandContext(ctx, "loginctl", "show-user", u.Username, "--property=Linger").Output() //nolint:gosec // the user's own name
	if err == nil && strings.TrimSpace(string(out)) == "Linger=yes" {
		return ""
	}
	return "It runs while you are logged in. To publish at other times too: sudo loginctl enable-linger " + u.Username
}
