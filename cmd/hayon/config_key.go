package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hayon/hayon"
)

// kind is how the value of a key is written, for the command line and for the schema.
type kind int

const (
	kindText kind = iota
	kindChoice
	kindProfile
	kindTruth
	kindNumber
	kindSize
	kindSpan
	kindTexts
	kindSpans
	kindEvents
	kindCommand
)

// configKey is a key of the configuration.
type configKey struct {
	// name is dotted: table.key.
	name string
	kind kind
	// written says how a value is written; "" is what is usual for the kind.
	written string
	// example is a value in TOML, and about what the key is for.
	example, about string
	// fallback is the value that holds where nobody gives one, in TOML; "" for none.
	fallback string
	// choices are the words that it takes, of a kindChoice.
	choices []string
	// flag is the global flag that wins over it, and variables are those of the environment.
	flag      string
	variables []string
}

// kindWords say how a value is written.
func kindWords(k kind) string {
	switch k {
	case kindTruth:
		return "true or false"
	case kindNumber:
		return "a whole number"
	case kindSize:
		return `a size, as "10MB"`
	case kindSpan:
		return `a time, as "30s", "10m" or "7d"`
	case kindTexts:
		return `a list: ["…"]`
	case kindSpans:
		return `a list of times: ["5s", "2m"]`
	case kindEvents:
		return `a list of: ` + strings.Join(texts(hayon.NoticeKinds()), ", ") + ", …"
	case kindCommand:
		return `"a line for the shell" or ["program", "argument"]`
	case kindText, kindChoice, kindProfile:
	}
	return `"…"`
}

// words are the words that it takes.
func (k configKey) words() string { return strings.Join(k.choices, ", ") }

// isList reports whether its value is a list.
func (k configKey) isList() bool {
	return k.kind == kindTexts || k.kind == kindSpans || k.kind == kindEvents
}

// configKeys are all keys, in the order of the help.
func configKeys() []configKey {
	late := texts(hayon.LatePolicies())
	notices := tomlTexts(texts(hayon.NoticeKinds()))
	keys := []configKey{
		{name: "profile", kind: kindProfile, example: `"work"`, fallback: `"default"`, flag: "profile", variables: []string{"HAYON_PROFILE"}, about: "the profile that is used where none is named"},
		{name: "vault", example: `"keyring"`, fallback: `"keyring"`, variables: []string{"HAYON_VAULT"}, about: "opens the credentials: keyring, passphrase, key:PATH, command:…"},
		{name: "tz", example: `"Europe/Berlin"`, flag: "tz", variables: []string{"HAYON_TZ"}, about: "the zone in which times are read and shown"},
		{name: "server", kind: kindChoice, choices: []string{"unix", "none"}, example: `"none"`, flag: "server", variables: []string{"HAYON_SERVER"}, about: "unix: demand the daemon; none: open the database"},
		{name: "accessible", kind: kindTruth, example: "true", fallback: "false", variables: []string{"ACCESSIBLE"}, about: "nothing moves on the terminal, for screen readers"},
		{name: "demo", kind: kindTruth, example: "true", fallback: "false", variables: []string{"HAYON_DEMO"}, about: "turn the demo platform on"},
		{name: "post.to", kind: kindTexts, example: `["bluesky"]`, variables: []string{"HAYON_POST_TO"}, about: "where a post goes when --to is not given"},
		{name: "post.lang", kind: kindTexts, example: `["en"]`, variables: []string{"HAYON_POST_LANG"}, about: "the languages of posts"},
		{name: "post.thread", kind: kindChoice, choices: texts(hayon.ThreadModes()), example: `"auto"`, variables: []string{"HAYON_POST_THREAD"}, about: "auto: split what is too long; off: --- splits nothing"},
		{name: "post.number", example: `"{i}/{n}"`, fallback: `"none"`, variables: []string{"HAYON_POST_NUMBER"}, about: "what each part of a thread ends with, or none"},
		{name: "post.card", kind: kindChoice, choices: []string{hayon.CardAuto, hayon.CardNone}, example: `"auto"`, fallback: `"auto"`, variables: []string{"HAYON_POST_CARD"}, about: "link cards of the first address, or none"},
		{name: "post.alt_policy", kind: kindChoice, choices: texts(hayon.AltPolicies()), example: `"warn"`, fallback: `"warn"`, variables: []string{"HAYON_POST_ALT_POLICY"}, about: "images without a description: require, warn or ignore"},
		{name: "media.ffmpeg", example: `"/usr/bin/ffmpeg"`, variables: []string{"HAYON_MEDIA_FFMPEG"}, about: "makes videos fit; none: never; default: what PATH finds"},
		{name: "cards.allow_private", kind: kindTruth, example: "true", fallback: "false", variables: []string{"HAYON_CARDS_ALLOW_PRIVATE"}, about: "link cards may read private addresses, for development"},
		{name: "bluesky.video", example: `"none"`, fallback: `"https://video.bsky.app"`, variables: []string{"HAYON_BLUESKY_VIDEO"}, about: "URL of the video service; none: the server itself"},
		{name: "delivery.grace", kind: kindSpan, example: `"1h"`, fallback: `"1h"`, variables: []string{"HAYON_POST_GRACE"}, about: "how late a post may be and still go out; at most 7d"},
		{name: "delivery.if_late", kind: kindChoice, choices: late, written: "one of: " + strings.Join(late, ", "), example: `"ask"`, fallback: `"ask"`, variables: []string{"HAYON_POST_IF_LATE"}, about: "what happens later: publish, skip or ask"},
		{name: "delivery.waits", kind: kindSpans, example: `["5s", "30s", "2m"]`, fallback: `["5s", "30s", "2m"]`, about: "the waits before each retry"},
		{name: "delivery.settle", kind: kindSpans, example: `["5s", "30s", "2m"]`, about: "when a platform is asked after a lost answer"},
		{name: "delivery.lease", kind: kindSpan, example: `"90s"`, fallback: `"90s"`, about: "how long a claim lasts without a sign of life"},
		{name: "delivery.lease_reserve", kind: kindSpan, example: `"10s"`, fallback: `"10s"`, about: "what of it must be left beyond a request's deadline"},
		{name: "delivery.publish_timeout", kind: kindSpan, example: `"30s"`, about: "how long the publishing request may take, at the most"},
		{name: "delivery.catch_up_after", kind: kindSpan, example: `"5m"`, fallback: `"5m"`, about: "from what lateness on posts are caught up one by one"},
		{name: "delivery.catch_up_every", kind: kindSpan, example: `"10s"`, fallback: `"10s"`, about: "how far apart those of an account are"},
		{name: "delivery.probe_every", kind: kindSpan, example: `"15s"`, fallback: `"15s"`, about: "how often a host is tried that is out of reach"},
		{name: "daemon.metrics", example: `"127.0.0.1:9464"`, variables: []string{"HAYON_DAEMON_RUN_METRICS"}, about: "where Prometheus finds the daemon's numbers"},
		{name: "broker.url", example: `"amqp://hayon@localhost/"`, fallback: `"local:"`, variables: []string{"HAYON_BROKER"}, about: "the daemon's broker: local: is in the daemon itself"},
		{name: "broker.prefix", example: `"hayon."`, variables: []string{"HAYON_BROKER_PREFIX"}, about: "stands before the name of each exchange and queue"},
		{name: "broker.delay", kind: kindChoice, choices: texts(hayon.DelayModes()), example: `"auto"`, fallback: `"auto"`, variables: []string{"HAYON_BROKER_DELAY"}, about: "who waits for due times: store, plugin, or auto"},
		{name: "broker.password_file", example: `"/etc/hayon/broker"`, variables: []string{"HAYON_BROKER_PASSWORD_FILE"}, about: "has the password, where the URL has none"},
		{name: "store.keep", kind: kindSpan, example: `"400d"`, fallback: `"400d"`, about: "how long what happened to finished posts is kept"},
		{name: "log.level", kind: kindChoice, choices: []string{"debug", "info", "warn", "error"}, example: `"info"`, fallback: `"info"`, about: "debug, info, warn or error, for the daemon"},
		{name: "log.size", kind: kindSize, example: `"10MB"`, fallback: `"10MB"`, about: "how long the daemon's log file becomes"},
		{name: "log.keep", kind: kindNumber, example: "5", fallback: "5", about: "how many old log files stay"},
		{name: "notify.desktop", kind: kindTruth, example: "true", fallback: "false", about: "show events on the desktop"},
		{name: "notify.events", kind: kindEvents, example: `["target.failed"]`, fallback: notices, about: "which events; default: what needs you"},
		{name: "hook.name", example: `"chat"`, about: "[[hook]]: a program that runs on events; several may be there"},
		{name: "hook.command", kind: kindCommand, example: `["notify.sh"]`, about: "the event is JSON on its standard input"},
		{name: "hook.events", kind: kindEvents, example: `["target.published"]`, fallback: notices, about: "which events; default as for notify"},
		{name: "hook.timeout", kind: kindSpan, example: `"10s"`, fallback: `"10s"`, about: "how long it may run"},
	}
	for i := range keys {
		keys[i].written = cmp.Or(keys[i].written, kindWords(keys[i].kind))
	}
	return keys
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
