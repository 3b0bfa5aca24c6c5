package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/when"
)

// config is what the configuration files say, later ones over earlier ones. "hayon help
// configuration" lists the keys.
type config struct {
	// Vault is what opens the sealed file: keyring, passphrase or insecure-plaintext.
	Vault string `toml:"vault"`
	// TZ is the zone in which times are read and shown.
	TZ string `toml:"tz"`
	// Demo turns the demo platform on.
	Demo bool `toml:"demo"`
	// Server is unix or none, as --server.
	Server string     `toml:"server"`
	Post   postConfig `toml:"post"`
	Log    logConfig  `toml:"log"`
}

type postConfig struct {
	// To is where a post goes when --to is not given.
	To []string `toml:"to"`
	// Lang are the languages of posts, as BCP-47.
	Lang []string `toml:"lang"`
}

type logConfig struct {
	// Level is debug, info, warn or error, for the daemon.
	Level string `toml:"level"`
}

// loadConfig reads the files that are there. An unknown key, a wrong type and bad syntax are errors
// with file, line and column.
func loadConfig(files []configFile) (config, error) {
	var c config
	for _, f := range files {
		b, err := os.ReadFile(f.path)
		if errors.Is(err, fs.ErrNotExist) && f.origin != "--config" {
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			return config{}, hayon.Errorf(hayon.CodeLocal, "there is no configuration file %s", f.path).
				WithHint("check the path of --config")
		}
		if err != nil {
			return config{}, hayon.Errorf(hayon.CodeLocal, "the configuration %s cannot be read: %w", f.path, err).
				WithHint("mend its permissions, or name another file: --config FILE")
		}
		if err := decodeConfig(f.path, b, &c); err != nil {
			return config{}, err
		}
	}
	return c, c.check()
}

func decodeConfig(path string, b []byte, c *config) error {
	d := toml.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err := d.Decode(c)
	if err == nil {
		return nil
	}
	if strict, ok := errors.AsType[*toml.StrictMissingError](err); ok && len(strict.Errors) > 0 {
		e := strict.Errors[0]
		row, col := e.Position()
		key := strings.Join(e.Key(), ".")
		hint := "see the keys: hayon help configuration"
		if near := nearest(key, configKeys()); near != "" {
			hint = "did you mean " + near + "?"
		}
		return hayon.Errorf(hayon.CodeInvalid, "%s:%d:%d: unknown key %q", path, row, col, key).WithHint(hint)
	}
	if syntax, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, col := syntax.Position()
		if want, ok := configTypes()[strings.Join(syntax.Key(), ".")]; ok && strings.Contains(syntax.Error(), "cannot decode") {
			return hayon.Errorf(hayon.CodeInvalid, "%s:%d:%d: %s has a value of another type", path, row, col, strings.Join(syntax.Key(), ".")).
				WithHint("write it as " + want)
		}
		return hayon.Errorf(hayon.CodeInvalid, "%s:%d:%d: %s", path, row, col, strings.TrimPrefix(syntax.Error(), "toml: ")).
			WithHint("mend the file; it is TOML")
	}
	return hayon.Errorf(hayon.CodeInvalid, "%s: %w", path, err).WithHint("mend the file; it is TOML")
}

// configKeys are all keys, as they are written in dotted form.
func configKeys() []string {
	return []string{"vault", "tz", "demo", "server", "post.to", "post.lang", "log.level"}
}

// configTypes says how the value of each key is written.
func configTypes() map[string]string {
	const text, list = `"…"`, `a list: ["…"]`
	return map[string]string{
		"vault": text, "tz": text, "server": text, "log.level": text,
		"post.to": list, "post.lang": list, "demo": "true or false",
	}
}

func (c config) check() error {
	if c.TZ != "" {
		if _, err := time.LoadLocation(c.TZ); err != nil {
			return hayon.Errorf(hayon.CodeInvalid, "the configuration's tz is no zone: %q", c.TZ).
				WithHint(`use an IANA name, such as tz = "Europe/Berlin"`)
		}
	}
	for _, choice := range []struct {
		key, value string
		of         []string
	}{
		{"server", c.Server, []string{"", "unix", "none"}},
		{"vault", c.Vault, append([]string{""}, vault.Openers()...)},
		{"log.level", c.Log.Level, []string{"", "debug", "info", "warn", "error"}},
	} {
		if !slices.Contains(choice.of, choice.value) {
			return hayon.Errorf(hayon.CodeInvalid, "the configuration's %s is %q", choice.key, choice.value).
				WithHint("use one of: " + strings.Join(choice.of[1:], ", "))
		}
	}
	return nil
}

// location is the zone in which times are read and shown: --tz, configuration, TZ, system.
func (a *app) location() (*time.Location, error) {
	name := cmp.Or(a.flags.tz, a.cfg.TZ)
	env := false
	if name == "" {
		v, _ := a.getenv("TZ")
		name, env = zoneName(v), true
	}
	if name == "" {
		return systemZone(), nil
	}
	loc, err := when.LoadZone(name)
	if err != nil && env {
		return nil, hayon.Errorf(hayon.CodeUsage, "the variable TZ is %q, which is no zone", name).
			WithHint("use an IANA name: --tz Europe/Berlin, or tz in the configuration")
	}
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeUsage, "%q is no zone", name).
			WithHint("use an IANA name, such as --tz Europe/Berlin")
	}
	return loc, nil
}

// zoneName is the name of the zone in a TZ variable, which may also name a file: ":/etc/localtime" is
// the zone of the system, which has no name here.
func zoneName(tz string) string {
	tz = strings.TrimPrefix(tz, ":")
	if tz == localtime {
		return ""
	}
	if _, name, ok := strings.Cut(tz, zoneinfo); ok && strings.HasPrefix(tz, "/") {
		return name
	}
	return tz
}

const (
	localtime = "/etc/localtime"
	zoneinfo  = "zoneinfo/"
)

// systemZone is the zone of the system by its name, so that a time keeps its zone; time.Local where
// the system does not tell the name.
func systemZone() *time.Location {
	if path, err := os.Readlink(localtime); err == nil {
		if i := strings.LastIndex(path, zoneinfo); i >= 0 {
			if loc, err := when.LoadZone(path[i+len(zoneinfo):]); err == nil {
				return loc
			}
		}
	}
	if b, err := os.ReadFile("/etc/timezone"); err == nil {
		if loc, err := when.LoadZone(strings.TrimSpace(string(b))); err == nil {
			return loc
		}
	}
	if name, offset := time.Now().Zone(); name == "UTC" && offset == 0 {
		return time.UTC
	}
	return time.Local
}

// configHelp lists the keys for people.
func configHelp() string {
	var b strings.Builder
	rows := [][2]string{
		{`vault = "keyring"`, "what opens the credentials: keyring or passphrase"},
		{`tz = "Europe/Berlin"`, "the zone in which times are read and shown"},
		{`server = "none"`, "unix: demand the daemon; none: open the database"},
		{`demo = true`, "turn the demo platform on"},
		{`[post]`, ""},
		{`to = ["bluesky"]`, "where a post goes when --to is not given"},
		{`lang = ["en"]`, "the languages of posts"},
		{`[log]`, ""},
		{`level = "info"`, "debug, info, warn or error, for the daemon"},
	}
	for _, r := range rows {
		fmt.Fprintln(&b, strings.TrimRight(fmt.Sprintf("  %-24s%s", r[0], comment(r[1])), " "))
	}
	return b.String()
}

func comment(s string) string {
	if s == "" {
		return ""
	}
	return "# " + s
}
