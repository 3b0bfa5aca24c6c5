package main

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// config is what the configuration files say, later ones over earlier ones. "hayon help
// configuration" lists the keys.
type config struct {
	// Profile is the profile that is used where nobody names one; it stands in no profile's own file.
	Profile string `toml:"profile"`
	// Vault is what opens the sealed file: keyring, passphrase, key:PATH, command:CMD or insecure-plaintext.
	Vault string `toml:"vault"`
	// TZ is the zone in which times are read and shown.
	TZ string `toml:"tz"`
	// Accessible turns off what moves on a terminal, as ACCESSIBLE=1.
	Accessible bool `toml:"accessible"`
	// Demo turns the demo platform on.
	Demo bool `toml:"demo"`
	// Server is unix or none, as --server.
	Server   string         `toml:"server"`
	Post     postConfig     `toml:"post"`
	Media    mediaConfig    `toml:"media"`
	Cards    cardsConfig    `toml:"cards"`
	Bluesky  blueskyConfig  `toml:"bluesky"`
	Log      logConfig      `toml:"log"`
	Delivery deliveryConfig `toml:"delivery"`
	Daemon   daemonConfig   `toml:"daemon"`
	Broker   brokerConfig   `toml:"broker"`
	Store    storeConfig    `toml:"store"`
	Notify   notifyConfig   `toml:"notify"`
	Hooks    []hookConfig   `toml:"hook"`
}

type postConfig struct {
	// To is where a post goes when --to is not given.
	To []string `toml:"to"`
	// Lang are the languages of posts, as BCP-47.
	Lang []string `toml:"lang"`
	// Thread, Number, Card and AltPolicy are what holds without --thread, --number, --card and
	// --alt-policy; "": as the service has it.
	Thread    string `toml:"thread"`
	Number    string `toml:"number"`
	Card      string `toml:"card"`
	AltPolicy string `toml:"alt_policy"`
}

type mediaConfig struct {
	// FFmpeg is the path of the program, "" what PATH finds, and none never.
	FFmpeg string `toml:"ffmpeg"`
}

type cardsConfig struct {
	// AllowPrivate lets link cards read addresses of private networks.
	AllowPrivate bool `toml:"allow_private"`
}

type blueskyConfig struct {
	// Video is the URL of the video service; none: videos go to the account's server as they are.
	Video string `toml:"video"`
}

type logConfig struct {
	// Level is debug, info, warn or error, for the daemon.
	Level string `toml:"level"`
	// Size is how long the daemon's log file becomes before a new one is begun, and Keep how many old
	// ones stay; 0 and nil: the daemon's own.
	Size size `toml:"size"`
	Keep *int `toml:"keep"`
}

// deliveryConfig says how posts are delivered. What is not set is the default of scheduler and worker.
type deliveryConfig struct {
	// Grace and IfLate are for new targets whose account has no defaults of its own.
	Grace  *graceSpan `toml:"grace"`
	IfLate latePolicy `toml:"if_late"`
	// Waits are the waits before the retries; an empty list means none. Settle are the times after a
	// lost answer at which the platform is asked; nil: the provider's own.
	Waits        []span `toml:"waits"`
	Settle       []span `toml:"settle"`
	Lease        span   `toml:"lease"`
	LeaseReserve span   `toml:"lease_reserve"`
	// PublishTimeout is the longest time that the irreversible call may take.
	PublishTimeout span `toml:"publish_timeout"`
	// CatchUpAfter is how late a target counts as to be caught up, CatchUpEvery how much lies between
	// two of an account, which may be nothing.
	CatchUpAfter span  `toml:"catch_up_after"`
	CatchUpEvery *span `toml:"catch_up_every"`
	// ProbeEvery is how often a host is tried that cannot be reached.
	ProbeEvery span `toml:"probe_every"`
}

type daemonConfig struct {
	// Metrics is the address at which Prometheus finds the daemon's numbers; "": nowhere.
	Metrics string `toml:"metrics"`
}

// brokerConfig says by what broker the daemon hands out its work.
type brokerConfig struct {
	// URL is local:, amqp://… or amqps://…; "": local:.
	URL string `toml:"url"`
	// Prefix stands before the name of every exchange and queue.
	Prefix string `toml:"prefix"`
	// Delay is auto, store or plugin.
	Delay string `toml:"delay"`
	// PasswordFile is a file with the password alone, for a URL without one.
	PasswordFile string `toml:"password_file"`
}

type storeConfig struct {
	// Keep is how long what happened to finished posts is kept; 0: [defaultKeep].
	Keep span `toml:"keep"`
}

// keep is how long what happened to finished posts is kept.
func (c config) keep() time.Duration { return cmp.Or(c.Store.Keep.Duration, defaultKeep) }

type notifyConfig struct {
	// Desktop: show a notice on the desktop for Events; none: those that people want to hear of.
	Desktop bool        `toml:"desktop"`
	Events  []eventKind `toml:"events"`
}

// hookConfig is a program that runs on events.
type hookConfig struct {
	Name    string      `toml:"name"`
	Command commandLine `toml:"command"`
	Events  []eventKind `toml:"events"`
	Timeout span        `toml:"timeout"`
}

// loadConfig reads the files that are there. An unknown key, a wrong type, bad syntax and a value that
// makes no sense are errors with file, line and column.
func loadConfig(files []configFile) (config, error) {
	var c config
	for _, f := range files {
		b, err := f.read()
		if err != nil {
			return config{}, err
		}
		if err := decodeConfig(f.path, b, &c); err != nil {
			return config{}, err
		}
		found := c.problems()
		if c.Profile != "" && f.origin == originProfile {
			found = append(found, misplacedProfile())
		}
		if len(found) > 0 { // what was right before the file is wrong because of it
			return config{}, found[0].in(f.path, parseToml(b)).err()
		}
		c.Profile = "" // it has been chosen, and each file is asked for its own
	}
	return c, nil
}

// read is the content of a file; one that is not there is empty, unless it was asked for by name.
func (f configFile) read() ([]byte, error) {
	b, err := os.ReadFile(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && f.origin != originConfig:
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, hayon.Errorf(hayon.CodeLocal, "there is no configuration file %s", f.path).
			WithHint("check the path of --config")
	case err != nil:
		return nil, hayon.Errorf(hayon.CodeLocal, "the configuration %s cannot be read: %w", f.path, err).
			WithHint("mend its permissions, or name another file: --config FILE")
	}
	return b, nil
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
		return nil, zoneError(name)
	}
	return loc, nil
}

// zoneError is the error for a zone that is none. An offset is one in a time alone, since where people live it
// changes with the season.
func zoneError(name string) error {
	if strings.ContainsAny(name[:1], "+-") {
		return hayon.Errorf(hayon.CodeUsage, "%q is an offset, and here a zone is its IANA name", name).
			WithHint("write --tz Europe/Berlin, or the offset in the time: --at \"2026-12-01 09:00 +02:00\"")
	}
	return hayon.Errorf(hayon.CodeUsage, "%q is no zone", name).WithHint("use an IANA name, such as --tz Europe/Berlin")
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
