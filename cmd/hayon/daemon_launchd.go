package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"

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

// launchdAgent: it is started again unless it ended well, as after daemon stop.
const launchdAgent = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key><string>{{xml .Label}}</string>
	<key>ProgramArguments</key>
	<array>
{{- range .Words}}
		<string>{{xml .}}</string>
{{- end}}
	</array>
{{- if .Env}}
	<key>EnvironmentVariables</key>
	<dict>
{{- range .Env}}
		<key>{{xml .Name}}</key><string>{{xml .Value}}</string>
{{- end}}
	</dict>
{{- end}}
{{- if .User}}
	<key>UserName</key><string>{{xml .User}}</string>
{{- end}}
	<key>RunAtLoad</key><true/>
	<key>KeepAlive</key>
	<dict>
		<key>SuccessfulExit</key><false/>
	</dict>
	<key>ExitTimeOut</key><integer>45</integer>
	<key>Umask</key><integer>63</integer>
	<key>ProcessType</key><string>Background</string>
	<key>StandardErrorPath</key><string>{{xml .Log}}.start</string>
</dict>
</plist>
`

func (m launchd) file(s serviceSpec) ([]byte, error) {
	if s.EnvFile != "" {
		return nil, hayon.Errorf(hayon.CodeUsage, "launchd reads no file of variables").
			WithHint("let the keyring open the credentials: hayon login PLATFORM --vault keyring")
	}
	type variable struct{ Name, Value string }
	var env []variable
	for _, v := range s.Env {
		name, value, _ := strings.Cut(v, "=")
		env = append(env, variable{name, value})
	}
	var b bytes.Buffer
	err := template.Must(template.New("agent").Funcs(template.FuncMap{"xml": xmlText}).Parse(launchdAgent)).Execute(&b, struct {
		Label, User, Log string
		Words            []string
		Env              []variable
	}{m.label(), s.User, m.log, append(append([]string{s.Program}, s.Args...), "--detached"), env})
	return b.Bytes(), err
}

// xmlText is a text between tags.
func xmlText(s string) (string, error) {
	var b strings.Builder
	err := xml.EscapeText(&b, []byte(s))
	return b.String(), err
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
