package main

import (
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue"
	"github.com/hayon/hayon/vault"
)

// check refuses values that make no sense. path is the file that made them so.
func (c config) check(path string) error {
	if found := c.problems(); len(found) > 0 {
		return found[0].in(path, tomlDoc{}).err()
	}
	return nil
}

// problems are the values that can be read and make no sense, alone or beside each other.
func (c config) problems() []problem {
	var found []problem
	add := func(p ...problem) { found = append(found, p...) }
	if c.Profile != "" && !profilePattern().MatchString(c.Profile) {
		add(problem{
			Key: "profile", Message: fmt.Sprintf("profile is no name of a profile: %q", c.Profile),
			Hint: `use letters, digits, '.', '_' and '-', as in profile = "work"`,
		})
	}
	if c.TZ != "" {
		if _, err := time.LoadLocation(c.TZ); err != nil {
			add(problem{Key: "tz", Message: fmt.Sprintf("tz is no zone: %q", c.TZ), Hint: `use an IANA name, such as tz = "Europe/Berlin"`})
		}
	}
	add(c.checkChoices()...)
	if err := checkNumber(c.Post.Number); err != nil {
		add(problem{Key: "post.number", Message: "post.number " + err.Error(), Hint: `write it as number = "{i}/{n}"`})
	}
	if c.Log.Keep != nil && *c.Log.Keep < 0 {
		add(problem{Key: "log.keep", Message: fmt.Sprintf("log.keep is %d", *c.Log.Keep), Hint: "give 0 or more"})
	}
	if c.Daemon.Metrics != "" {
		if _, _, err := net.SplitHostPort(c.Daemon.Metrics); err != nil {
			add(problem{
				Key: "daemon.metrics", Message: fmt.Sprintf("daemon.metrics is no address: %q", c.Daemon.Metrics),
				Hint: `write it with a port: metrics = "127.0.0.1:9464"`,
			})
		}
	}
	add(c.Broker.problems()...)
	add(c.Delivery.problems()...)
	add(hookProblems(c.Hooks)...)
	return found
}

// misplacedProfile: the file of a profile is read when the profile has been chosen.
func misplacedProfile() problem {
	return problem{
		Key: "profile", Message: "profile stands in the file of a profile, where nobody looks for it",
		Hint: "move it to the user's file: hayon profile use NAME",
	}
}

// checkChoices looks at the keys that take one of some words.
func (c config) checkChoices() []problem {
	var found []problem
	for _, key := range configKeys() {
		value, ok := map[string]string{
			"server": c.Server, "log.level": c.Log.Level, "broker.delay": c.Broker.Delay,
			"post.thread": c.Post.Thread, "post.card": c.Post.Card, "post.alt_policy": c.Post.AltPolicy,
		}[key.name]
		if ok && value != "" && !slices.Contains(key.choices, value) {
			found = append(found, problem{Key: key.name, Message: fmt.Sprintf("%s is %q", key.name, value), Hint: "use one of: " + key.words()})
		}
	}
	if v := c.Bluesky.Video; !isVideoService(v) {
		found = append(found, problem{Key: "bluesky.video", Message: fmt.Sprintf("bluesky.video is %q, which is no URL", v), Hint: `as in video = "https://video.bsky.app", or "none"`})
	}
	if err := vault.Check(c.Vault); err != nil {
		e := hayon.AsError(err)
		found = append(found, problem{Key: "vault", Message: "vault: " + e.Message, Hint: `as in vault = "keyring"`})
	}
	return found
}

func (b brokerConfig) problems() []problem {
	var found []problem
	if b.URL != "" {
		if err := queue.CheckURL(b.URL); err != nil {
			e := hayon.AsError(err)
			found = append(found, problem{Key: "broker.url", Message: "broker.url: " + e.Message, Hint: `as in url = "amqp://hayon@localhost/"`})
		}
	}
	if err := queue.CheckPrefix(b.Prefix); err != nil {
		e := hayon.AsError(err)
		found = append(found, problem{Key: "broker.prefix", Message: "broker.prefix: " + e.Message, Hint: e.Hint})
	}
	return found
}

// maxRetries bounds the lists of waits: more are a mistake, and would keep an account's lane for ever.
const maxRetries = 20

func (d deliveryConfig) problems() []problem {
	var found []problem
	for _, l := range []struct {
		key  string
		list []span
	}{{"delivery.waits", d.Waits}, {"delivery.settle", d.Settle}} {
		if len(l.list) > maxRetries {
			found = append(found, problem{
				Key: l.key, Message: fmt.Sprintf("%s has %d times", l.key, len(l.list)),
				Hint: fmt.Sprintf("give at most %d", maxRetries),
			})
		}
	}
	if d.Settle != nil && len(d.Settle) == 0 {
		found = append(found, problem{Key: "delivery.settle", Message: "delivery.settle is empty", Hint: "leave it out for the platform's own times"})
	}
	if !slices.IsSortedFunc(d.Settle, func(a, b span) int { return int(a.Duration - b.Duration) }) {
		found = append(found, problem{
			Key: "delivery.settle", Message: "delivery.settle does not grow",
			Hint: "each time counts from the lost answer: [\"5s\", \"30s\", \"2m\"]",
		})
	}
	if d.Lease.Duration > 0 && d.LeaseReserve.Duration >= d.Lease.Duration {
		found = append(found, problem{
			Key: "delivery.lease_reserve", others: []string{"delivery.lease"},
			Message: "delivery.lease_reserve is as long as delivery.lease", Hint: "make the lease longer than its reserve",
		})
	}
	return found
}

// hookProblems are hooks without name or command, and a name that is there twice.
func hookProblems(hooks []hookConfig) []problem {
	var found []problem
	seen := make(map[string]bool)
	for i, h := range hooks {
		p := problem{hook: i + 1}
		switch {
		case h.Name == "":
			p.Key, p.Message, p.Hint = "hook.name", fmt.Sprintf("the hook number %d has no name", i+1), `give it one: name = "chat"`
		case seen[h.Name]:
			p.Key, p.Message, p.Hint = "hook.name", fmt.Sprintf("there are two hooks %q", h.Name), "give each a name of its own"
		case h.Command.isZero():
			p.Key, p.Message, p.Hint = "hook.command", fmt.Sprintf("the hook %q has no command", h.Name), `give it one: command = ["notify.sh"]`
		default:
			seen[h.Name] = true
			continue
		}
		seen[h.Name] = true
		found = append(found, p)
	}
	return found
}
