package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/worker"
)

// configured is what files with these contents say, later ones over earlier ones.
func configured(t *testing.T, contents ...string) (config, error) {
	t.Helper()
	dir := t.TempDir()
	var files []configFile
	for i, body := range contents {
		path := filepath.Join(dir, string(rune('a'+i))+".toml")
		if err := writeFile(path, body); err != nil {
			t.Fatal(err)
		}
		files = append(files, configFile{path: path})
	}
	return loadConfig(files)
}

const everyKey = `
vault = "keyring"
tz = "Europe/Berlin"
server = "none"
demo = true
[post]
to = ["site"]
lang = ["en"]
[delivery]
grace = "2d"
if_late = "skip"
waits = ["1s", "1m30s"]
settle = ["5s", "10m"]
lease = "1m"
lease_reserve = "5s"
publish_timeout = "20s"
catch_up_after = "5m"
catch_up_every = "250ms"
probe_every = "15s"
[daemon]
metrics = "127.0.0.1:9464"
[log]
level = "warn"
size = "10MB"
keep = 3
[notify]
desktop = true
events = ["target.failed"]
[[hook]]
name = "one"
command = "notify-send hayon"
[[hook]]
name = "two"
command = ["notify.sh", "-v"]
events = ["target.published", "target.missed"]
timeout = "5s"
`

func TestConfigOfDelivery(t *testing.T) {
	t.Parallel()
	c, err := configured(t, everyKey)
	if err != nil {
		t.Fatal(err)
	}
	s, w := c.Delivery.schedulerConfig(), c.Delivery.workerConfig()
	if s.Grace == nil || *s.Grace != 48*time.Hour || s.IfLate != hayon.LateSkip || s.Lease != time.Minute {
		t.Errorf("the scheduler gets %+v", s)
	}
	want := worker.Config{
		Waits: []time.Duration{time.Second, 90 * time.Second}, Settle: []time.Duration{5 * time.Second, 10 * time.Minute},
		Lease: time.Minute, LeaseReserve: 5 * time.Second, PublishTimeout: 20 * time.Second,
		CatchUpAfter: 5 * time.Minute, CatchUpEvery: 250 * time.Millisecond, ProbeEvery: 15 * time.Second,
	}
	if diff := cmp.Diff(want, w, cmpopts.IgnoreFields(worker.Config{}, "Recover", "Rand", "MayPublish", "Logger")); diff != "" {
		t.Errorf("the worker gets (-want +got):\n%s", diff)
	}
	if c.Log.Size != 10_000_000 || c.Log.Keep == nil || *c.Log.Keep != 3 || c.Daemon.Metrics != "127.0.0.1:9464" {
		t.Errorf("log and daemon are %+v %+v", c.Log, c.Daemon)
	}
	if diff := cmp.Diff([]hayon.EventKind{hayon.EventFailed}, kindsOf(c.Notify.Events)); diff != "" || !c.Notify.Desktop {
		t.Errorf("notify (-want +got):\n%s", diff)
	}
	two := c.Hooks[1]
	if len(c.Hooks) != 2 || c.Hooks[0].Command.line != "notify-send hayon" || !cmp.Equal(two.Command.words, []string{"notify.sh", "-v"}) ||
		two.Timeout.Duration != 5*time.Second || len(two.Events) != 2 {
		t.Errorf("the hooks are %+v", c.Hooks)
	}
}

// What is not configured is left to scheduler and worker; an empty list of waits means no retry.
func TestConfigLeavesDefaults(t *testing.T) {
	t.Parallel()
	c, err := configured(t, "")
	if err != nil {
		t.Fatal(err)
	}
	if s, w := c.Delivery.schedulerConfig(), c.Delivery.workerConfig(); s.Grace != nil || s.IfLate != "" || w.Waits != nil {
		t.Errorf("got %+v and %+v", s, w)
	}
	if c, err = configured(t, "[delivery]\ngrace = \"0\"\nwaits = []\ncatch_up_every = \"0\"\n"); err != nil {
		t.Fatal(err)
	}
	if s, w := c.Delivery.schedulerConfig(), c.Delivery.workerConfig(); s.Grace == nil || *s.Grace != 0 || w.Waits == nil || len(w.Waits) != 0 || w.CatchUpEvery >= 0 {
		t.Errorf("got the grace %v, the waits %v and %s between what is caught up", s.Grace, w.Waits, w.CatchUpEvery)
	}
}

// A later file replaces lists and hooks as a whole, and leaves what it does not name.
func TestConfigFilesMerge(t *testing.T) {
	t.Parallel()
	c, err := configured(t, everyKey, "[delivery]\nwaits = [\"9s\"]\n[[hook]]\nname = \"three\"\ncommand = [\"x\"]\n")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]time.Duration{9 * time.Second}, c.Delivery.workerConfig().Waits); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	if len(c.Hooks) != 1 || c.Hooks[0].Name != "three" || c.Hooks[0].Timeout.Duration != 0 || c.Hooks[0].Events != nil || c.Hooks[0].Command.line != "" {
		t.Errorf("the hooks are %+v", c.Hooks)
	}
	if c.Delivery.Lease.Duration != time.Minute || c.Delivery.IfLate.LatePolicy != hayon.LateSkip {
		t.Errorf("delivery is %+v", c.Delivery)
	}
}

func TestConfigErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, message, hint string }{
		{"a time without a unit", "[delivery]\ngrace = \"5\"", `a.toml:2:9: delivery.grace: `, `write it as a time`},
		{"a number for a time", "[delivery]\n  lease = 5", `a.toml:2:11: delivery.lease: it stands in quotes`, `write it as a time`},
		{"a wide grace window", "[delivery]\ngrace = \"8d\"", `a.toml:2:9: delivery.grace: "8d" is more than 7 days`, `write it as`},
		{"a time below zero", "[delivery]\ngrace = \"-1s\"", `a.toml:2:9: `, `write it as`},
		{"an unknown policy", "[delivery]\nif_late = \"pubish\"", `did you mean publish?`, `publish, skip, ask`},
		{"a wait that is none", "[delivery]\nwaits = [\"5s\", \"x\"]", `a.toml:2:16: delivery.waits: `, `a list of times`},
		{"waits that are no list", "[delivery]\nwaits = \"5s\"", `a.toml:2:9: delivery.waits has a value of another type`, `a list of times`},
		{"many waits", "[delivery]\nwaits = [" + strings.Repeat(`"1s",`, 21) + "]", `delivery.waits has 21 times`, `at most 20`},
		{"settle that shrinks", "[delivery]\nsettle = [\"5s\", \"1s\"]", `delivery.settle does not grow`, `from the lost answer`},
		{"settle that is empty", "[delivery]\nsettle = []", `delivery.settle is empty`, `leave it out`},
		{"a reserve as long as the lease", "[delivery]\nlease = \"5s\"\nlease_reserve = \"5s\"", `lease_reserve`, `longer`},
		{"an address without a port", "[daemon]\nmetrics = \"localhost\"", `daemon.metrics is no address`, `9464`},
		{"a size that is none", "[log]\nsize = \"big\"", `a.toml:2:8: log.size: `, `10MB`},
		{"a number of logs below zero", "[log]\nkeep = -1", `log.keep is -1`, `0 or more`},
		{"an unknown event", "[notify]\nevents = [\"target.publishd\"]", `a.toml:2:11: notify.events: the event "target.publishd"`, `a list of`},
		{"an unknown key of a hook", "[[hook]]\nname = \"a\"\ntimout = \"1s\"", `a.toml:3:1: unknown key "hook.timout"`, `hook.timeout`},
		{"a hook without a name", "[[hook]]\ncommand = [\"x\"]", `has no name`, `name = `},
		{"a hook without a command", "[[hook]]\nname = \"a\"", `the hook "a" has no command`, `command = `},
		{"a hook with an empty command", "[[hook]]\nname = \"a\"\ncommand = \" \"", `a.toml:3:11: hook.command: the command is empty`, `write it as`},
		{"a hook with a number for a word", "[[hook]]\nname = \"a\"\ncommand = [\"x\", 1]", `no string`, `write it as`},
		{"a name twice", "[[hook]]\nname = \"a\"\ncommand = \"x\"\n[[hook]]\nname = \"a\"\ncommand = \"y\"", `two hooks "a"`, `of its own`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := configured(t, tt.body)
			e := hayon.AsError(err)
			if e == nil || e.Code != hayon.CodeInvalid || !strings.Contains(e.Message, tt.message) || !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("got %#v, want %q and the hint %q", e, tt.message, tt.hint)
			}
		})
	}
}

func TestParseSpan(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "90s": 90 * time.Second, "1h30m": 90 * time.Minute, "7d": 7 * 24 * time.Hour,
		"2 weeks": 14 * 24 * time.Hour, "1d 12h": 36 * time.Hour, "250ms": 250 * time.Millisecond,
	} {
		if got, err := parseSpan(in); err != nil || got != want {
			t.Errorf("parseSpan(%q) = %s, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "5", "x", "-1s", "2 years", "4000d"} {
		if got, err := parseSpan(in); err == nil {
			t.Errorf("parseSpan(%q) = %s", in, got)
		}
	}
}

func TestDecodeConfig(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want, hint string }{
		{"unknown", "tz = \"UTC\"\nvalt = \"x\"\n", `c.toml:2:1: unknown key "valt"`, "did you mean vault?"},
		{"unknown table", "[pots]\nto = []\n", `c.toml:1:2: unknown key "pots"`, "see the keys: hayon help configuration"},
		{"unknown below", "[post]\ntoo = []\n", `c.toml:2:1: unknown key "post.too"`, "did you mean post.to?"},
		{"type", "demo = \"yes\"\n", "c.toml:1:8: demo has a value of another type", "write it as true or false"},
		{"syntax", "tz = \"UTC\"\ndemo = \n", "c.toml:2:", "mend the file; it is TOML"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var c config
			e := hayon.AsError(decodeConfig("c.toml", []byte(tt.in), &c))
			if e.Code != hayon.CodeInvalid || !strings.HasPrefix(e.Message, tt.want) || e.Hint != tt.hint {
				t.Errorf("got %s %q → %q, want %q → %q", e.Code, e.Message, e.Hint, tt.want, tt.hint)
			}
		})
	}
}

// TestConfigHelp reads what the help shows as a configuration: every key is real and shown.
func TestConfigHelp(t *testing.T) {
	t.Parallel()
	page := configHelp()
	var c config
	if err := decodeConfig("help", []byte(page), &c); err != nil {
		t.Fatal(err)
	}
	if err := c.check("help"); err != nil {
		t.Error(err)
	}
	for _, key := range configNames() {
		_, last, _ := strings.Cut(key, ".")
		if last == "" {
			last = key
		}
		if !strings.Contains(page, last+" = ") {
			t.Errorf("the help does not show %s", key)
		}
	}
}
