package main

import (
	"cmp"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/queue"
)

// brokerConfig is the broker of the profile, with what it is opened with: that of a flag ("" where it
// was not given), of the environment, of the configuration, or the one in this process. A password on
// the command line is warned of, since every user of the machine can see it.
func (a *app) brokerConfig(flag string) (string, queue.Config, error) {
	variable := func(name, otherwise string) string {
		v, _ := a.getenv(name)
		return cmp.Or(v, otherwise)
	}
	c := a.cfg.Broker
	address := cmp.Or(flag, variable("HAYON_BROKER", c.URL), "local:")
	out := queue.Config{
		Prefix: variable("HAYON_BROKER_PREFIX", c.Prefix),
		Delay:  hayon.DelayMode(variable("HAYON_BROKER_DELAY", cmp.Or(c.Delay, string(hayon.DelayAuto)))),
		Name:   "hayon " + a.flags.profile,
		Logger: a.log,
	}
	if !out.Delay.Valid() {
		return "", out, hayon.Errorf(hayon.CodeUsage, "HAYON_BROKER_DELAY is %q", out.Delay).WithHint("use auto, store or plugin")
	}
	if err := errors.Join(queue.CheckURL(address), queue.CheckPrefix(out.Prefix)); err != nil {
		return "", out, err
	}
	if flag != "" && a.onCommandLine("broker") && hasPassword(flag) {
		a.warn("the password in --broker can be seen by every user of this machine; leave it out, and put it into HAYON_BROKER_PASSWORD or a file: broker.password_file")
	}
	if hasPassword(address) {
		return address, out, nil
	}
	var err error
	out.Password, err = a.brokerPassword(variable("HAYON_BROKER_PASSWORD_FILE", c.PasswordFile))
	return address, out, err
}

// hasPassword reports whether a URL has a password that somebody has to keep: that of the user guest is
// known to everybody.
func hasPassword(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return false
	}
	password, set := u.User.Password()
	return set && password != "guest"
}

// brokerPassword is the password of the environment, or the one in a file that only its owner can read.
func (a *app) brokerPassword(path string) (hayon.Secret, error) {
	if v, ok := a.getenv("HAYON_BROKER_PASSWORD"); ok && v != "" {
		return hayon.NewSecret([]byte(v)), nil
	}
	if path == "" {
		return hayon.Secret{}, nil
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return hayon.Secret{}, noHome(err)
		}
		path = filepath.Join(home, rest)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "the password of the broker cannot be read: %w", err).
			WithHint("mend the path: hayon config set broker.password_file PATH")
	}
	if err := closedFile(path); err != nil {
		return hayon.Secret{}, err
	}
	password := strings.TrimRight(string(b), "\r\n")
	if password == "" {
		return hayon.Secret{}, hayon.Errorf(hayon.CodeLocal, "%s is to hold the password of the broker, and is empty", path).
			WithHint("write the password into it, and nothing else")
	}
	return hayon.NewSecret([]byte(password)), nil
}
