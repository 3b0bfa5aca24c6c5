package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hayon/hayon"
)

// launchd is the service manager of macOS.
type launchd struct {
	name   string
	system bool
	home   string
	log    string
}

func (m launchd) label() string { return "org." + m.name + ".daemon" }

func (m launchd) path() string {
	if m.system {
		return filepath.Join("/Library/LaunchDaemons", m.label()+".plist")
	}
	return filepath.Join(m.home, "Library", "LaunchAgents", m.label()+".plist")
}

const plistHead = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
`

// file is the agent: it is started again unless it ended well, as after daemon stop.
func (m launchd) file(s serviceSpec) ([]byte, error) {
	if s.EnvFile != "" {
		return nil, hayon.Errorf(hayon.CodeUsage, "launchd reads no file of variables").
			WithHint("let the keyring open the credentials: hayon login PLATFORM --vault keyring")
	}
	b := bytes.NewBufferString(plistHead)
	text := func(key, value string) {
		fmt.Fprintf(b, "\t<key>%s</key><string>%s</string>\n", xmlText(key), xmlText(value))
	}
	text("Label", m.label())
	b.WriteString("\t<key>ProgramArguments</key>\n\t<array>\n")
	for _, w := range append(append([]string{s.Program}, s.Args...), "--detached") {
		fmt.Fprintf(b, "\t\t<string>%s</string>\n", xmlText(w))
	}
	b.WriteString("\t</array>\n")
	if len(s.Env) > 0 {
		b.WriteString("\t<key>EnvironmentVariables</key>\n\t<dict>\n")
		for _, v := range s.Env {
			name, value, _ := strings.Cut(v, "=")
			text(name, value)
		}
		b.WriteString("\t</dict>\n")
	}
	if s.User != "" {
		text("UserName", s.User)
	}
	b.WriteString("\t<key>RunAtLoad</key><true/>\n\t<key>KeepAlive</key>\n\t<dict>\n\t\t<key>SuccessfulExit</key><false/>\n\t</dict>\n" +
		"\t<key>ExitTimeOut</key><integer>45</integer>\n\t<key>Umask</key><integer>63</integer>\n")
	text("ProcessType", "Background")
	text("StandardErrorPath", m.log+".start")
	b.WriteString("</dict>\n</plist>\n")
	return b.Bytes(), nil
}

// xmlText is a text between tags.
func xmlText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;").Replace(s)
}

func (m launchd) installed() bool { return fileExists(m.path()) }

func (m launchd) domain() string {
	if m.system {
		return "system"
	}
	return "gui/" + strconv.Itoa(os.Getuid())
}

func (m launchd) enable(ctx context.Context) error {
	return manage(ctx, "launchctl", "bootstrap", m.domain(), m.path())
}

func (m launchd) disable(ctx context.Context) error {
	return manage(ctx, "launchctl", "bootout", m.domain()+"/"+m.label())
}

func (m launchd) start(ctx context.Context) error {
	return manage(ctx, "launchctl", "kickstart", m.domain()+"/"+m.label())
}

func (m launchd) advice(context.Context) string {
	if m.system {
		return ""
	}
	return "It runs while you are logged in."
}
