package main

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault"
)

// configKey is a key of the configuration: its dotted name, how a value is written, and for people an
// example and what it is for.
type configKey struct{ name, written, example, about string }

// configKeys are all keys, in the order of the help.
func configKeys() []configKey {
	const (
		text   = `"…"`
		list   = `a list: ["…"]`
		truth  = "true or false"
		length = `a time, as "30s", "10m" or "7d"`
		times  = `a list of times: ["5s", "2m"]`
	)
	events := `a list of: ` + strings.Join(texts(hayon.NoticeKinds()), ", ") + ", …"
	return []configKey{
		{"vault", text, `"keyring"`, "what opens the credentials: keyring or passphrase"},
		{"tz", text, `"Europe/Berlin"`, "the zone in which times are read and shown"},
		{"server", text, `"none"`, "unix: demand the daemon; none: open the database"},
		{"demo", truth, "true", "turn the demo platform on"},
		{"post.to", list, `["bluesky"]`, "where a post goes when --to is not given"},
		{"post.lang", list, `["en"]`, "the languages of posts"},
		{"delivery.grace", length, `"1h"`, "how late a post may be and still go out; at most 7d"},
		{"delivery.if_late", "one of: " + strings.Join(texts(hayon.LatePolicies()), ", "), `"ask"`, "what happens later: publish, skip or ask"},
		{"delivery.waits", times, `["5s", "30s", "2m"]`, "the waits before each retry"},
		{"delivery.settle", times, `["5s", "30s", "2m"]`, "when a platform is asked after a lost answer"},
		{"delivery.lease", length, `"90s"`, "how long a claim lasts without a sign of life"},
		{"delivery.lease_reserve", length, `"10s"`, "what of it must be left beyond a request's deadline"},
		{"delivery.publish_timeout", length, `"30s"`, "how long the publishing request may take, at the most"},
		{"delivery.catch_up_after", length, `"5m"`, "from what lateness on posts are caught up one by one"},
		{"delivery.catch_up_every", length, `"10s"`, "how far apart those of an account are"},
		{"delivery.probe_every", length, `"15s"`, "how often a host is tried that is out of reach"},
		{"daemon.metrics", text, `"127.0.0.1:9464"`, "where Prometheus finds the daemon's numbers"},
		{"log.level", text, `"info"`, "debug, info, warn or error, for the daemon"},
		{"log.size", `a size, as "10MB"`, `"10MB"`, "how long the daemon's log file becomes"},
		{"log.keep", "a whole number", "5", "how many old log files stay"},
		{"notify.desktop", truth, "true", "show events on the desktop"},
		{"notify.events", events, `["target.failed"]`, "which events; default: what needs you"},
		{"hook.name", text, `"chat"`, "[[hook]]: a program that runs on events; several may be there"},
		{"hook.command", `"a line for the shell" or ["program", "argument"]`, `["notify.sh"]`, "the event is JSON on its standard input"},
		{"hook.events", events, `["target.published"]`, "which events; default as for notify"},
		{"hook.timeout", length, `"10s"`, "how long it may run"},
	}
}

// configNames are the names of all keys.
func configNames() []string {
	var out []string
	for _, k := range configKeys() {
		out = append(out, k.name)
	}
	return out
}

// configKeyOf finds a key by its name.
func configKeyOf(name string) (configKey, bool) {
	keys := configKeys()
	i := slices.IndexFunc(keys, func(k configKey) bool { return k.name == name })
	if i < 0 {
		return configKey{}, false
	}
	return keys[i], true
}

// configHelp lists the keys for people.
func configHelp() string {
	var b strings.Builder
	section := ""
	for _, k := range configKeys() {
		table, name, nested := strings.Cut(k.name, ".")
		if !nested {
			table, name = "", k.name
		}
		if table != section {
			section = table
			head := "[" + table + "]"
			if table == "hook" {
				head = "[[hook]]"
			}
			fmt.Fprintf(&b, "  %s\n", head)
		}
		fmt.Fprintf(&b, "  %-32s# %s\n", name+" = "+k.example, strings.TrimPrefix(k.about, "[[hook]]: "))
	}
	return b.String()
}

// check refuses values that make no sense. path is the file that made them so.
func (c config) check(path string) error {
	if c.TZ != "" {
		if _, err := time.LoadLocation(c.TZ); err != nil {
			return hayon.Errorf(hayon.CodeInvalid, "%s: tz is no zone: %q", path, c.TZ).
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
			return hayon.Errorf(hayon.CodeInvalid, "%s: %s is %q", path, choice.key, choice.value).
				WithHint("use one of: " + strings.Join(choice.of[1:], ", "))
		}
	}
	if c.Log.Keep != nil && *c.Log.Keep < 0 {
		return hayon.Errorf(hayon.CodeInvalid, "%s: log.keep is %d", path, *c.Log.Keep).WithHint("give 0 or more")
	}
	if c.Daemon.Metrics != "" {
		if _, _, err := net.SplitHostPort(c.Daemon.Metrics); err != nil {
			return hayon.Errorf(hayon.CodeInvalid, "%s: daemon.metrics is no address: %q", path, c.Daemon.Metrics).
				WithHint(`write it with a port: metrics = "127.0.0.1:9464"`)
		}
	}
	if err := c.Delivery.check(path); err != nil {
		return err
	}
	return checkHooks(path, c.Hooks)
}

// maxRetries bounds the lists of waits: more are a mistake, and would keep an account's lane for ever.
const maxRetries = 20

func (d deliveryConfig) check(path string) error {
	for name, list := range map[string][]span{"waits": d.Waits, "settle": d.Settle} {
		if len(list) > maxRetries {
			return hayon.Errorf(hayon.CodeInvalid, "%s: delivery.%s has %d times", path, name, len(list)).
				WithHint(fmt.Sprintf("give at most %d", maxRetries))
		}
	}
	if d.Settle != nil && len(d.Settle) == 0 {
		return hayon.Errorf(hayon.CodeInvalid, "%s: delivery.settle is empty", path).
			WithHint("leave it out for the platform's own times")
	}
	if !slices.IsSortedFunc(d.Settle, func(a, b span) int { return int(a.Duration - b.Duration) }) {
		return hayon.Errorf(hayon.CodeInvalid, "%s: delivery.settle does not grow", path).
			WithHint("each time counts from the lost answer: [\"5s\", \"30s\", \"2m\"]")
	}
	if d.Lease.Duration > 0 && d.LeaseReserve.Duration >= d.Lease.Duration {
		return hayon.Errorf(hayon.CodeInvalid, "%s: delivery.lease_reserve is as long as delivery.lease", path).
			WithHint("make the lease longer than its reserve")
	}
	return nil
}

// checkHooks refuses hooks without name or command, and a name that is there twice.
func checkHooks(path string, hooks []hookConfig) error {
	seen := make(map[string]bool)
	for i, h := range hooks {
		switch {
		case h.Name == "":
			return hayon.Errorf(hayon.CodeInvalid, "%s: the hook number %d has no name", path, i+1).
				WithHint(`give it one: name = "chat"`)
		case seen[h.Name]:
			return hayon.Errorf(hayon.CodeInvalid, "%s: there are two hooks %q", path, h.Name).WithHint("give each a name of its own")
		case h.Command.isZero():
			return hayon.Errorf(hayon.CodeInvalid, "%s: the hook %q has no command", path, h.Name).
				WithHint(`give it one: command = ["notify.sh"]`)
		}
		seen[h.Name] = true
	}
	return nil
}
