package hook

import (
	"slices"
	"strings"

	"github.com/hayon/hayon/events"
)

// private are the words in the names of Hayon's variables that stand for a secret, or for where one is.
var private = []string{
	"PASSWORD", "PASSPHRASE", "TOKEN", "SECRET", "KEY", "IDENTITY", "COOKIE", "WEBHOOK", "NSEC", "SEED",
}

// environ is the environment of a command: ours without secrets and without what systemd says to us
// alone, and what the event is about.
func environ(ours []string, p events.Payload) []string {
	var target events.TargetPayload
	if p.Target != nil {
		target = *p.Target
	}
	var post, account string
	if p.Post != nil {
		post = p.Post.ID.String()
	}
	if p.Account != nil {
		account = p.Account.Name
	}
	about := []string{
		"HAYON_EVENT=" + string(p.Kind), "HAYON_POST=" + post, "HAYON_TARGET=" + target.ID.String(),
		"HAYON_ACCOUNT=" + account, "HAYON_STATE=" + string(target.State), "HAYON_URL=" + target.URL,
	}
	out := slices.DeleteFunc(slices.Clone(ours), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return withheld(strings.ToUpper(name))
	})
	for _, v := range about {
		out = append(out, strings.ReplaceAll(v, "\x00", "")) // no system takes a variable with one
	}
	return out
}

// withheld reports whether a variable is for us alone.
func withheld(name string) bool {
	switch name {
	case "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES":
		return true
	}
	words := strings.Split(name, "_")
	return words[0] == "HAYON" && slices.ContainsFunc(words, func(w string) bool { return slices.Contains(private, w) })
}
