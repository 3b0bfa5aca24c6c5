package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault/file"
	"github.com/hayon/hayon/vault/keyring"
)

// profileChange is a renaming or a deletion. Its record stands from before the first step to after the
// last, so that one that was cut off is found and finished, and nobody makes the profile anew meanwhile.
type profileChange struct {
	From string `json:"from"`
	// To is the new name; "" for a deletion.
	To string `json:"to,omitempty"`
	// Follow: From is used where no profile is named, and so is To afterwards.
	Follow bool `json:"follow,omitempty"`
	// Force: what the keyring keeps may stay there.
	Force bool `json:"force,omitempty"`
	// Began: from here on there is no way back but to the end.
	Began bool `json:"began,omitempty"`
}

func (c profileChange) String() string {
	if c.To == "" {
		return "the deletion of the profile " + c.From
	}
	return "the renaming of the profile " + c.From + " to " + c.To
}

// command is what finishes it.
func (c profileChange) command() string {
	if c.To == "" {
		return "hayon profile delete " + c.From
	}
	return "hayon profile rename " + c.From + " " + c.To
}

func (p paths) changeRecord() string { return filepath.Join(p.lockDir(), "profile.json") }

// unfinished is the change whose record stands, nil where there is none.
func (p paths) unfinished() (*profileChange, error) {
	b, err := os.ReadFile(p.changeRecord())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // "nothing is unfinished" is an answer
	}
	c := &profileChange{}
	if err == nil {
		err = json.Unmarshal(b, c)
	}
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeLocal, "the record %s of a change of the profiles cannot be read: %w", p.changeRecord(), err).
			WithHint("look at the profiles, then remove it: rm " + p.changeRecord())
	}
	return c, nil
}

// refuseUnfinished refuses a profile that is being renamed or deleted, or was when that was cut off.
func (p paths) refuseUnfinished(profile string) error {
	c, err := p.unfinished()
	if c == nil || err != nil {
		return err
	}
	if profile != c.From && profile != c.To {
		return nil
	}
	return hayon.Errorf(hayon.CodeConflict, "%s is not finished", c).WithHint("wait for it, or where it was cut off finish it: " + c.command())
}

func (p paths) record(c profileChange) error {
	b, err := json.Marshal(c)
	if err == nil {
		err = os.MkdirAll(p.lockDir(), 0o700)
	}
	if err == nil {
		err = replaceFile(p.changeRecord(), append(b, '\n'), 0o600)
	}
	if err != nil {
		return hayon.Errorf(hayon.CodeLocal, "%s cannot be begun: %w", c, err).WithHint("check who owns " + p.root + ", and the space on its disk")
	}
	return nil
}

func (p paths) dropRecord() error {
	if err := os.Remove(p.changeRecord()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return hayon.Errorf(hayon.CodeLocal, "the record %s cannot be removed: %w", p.changeRecord(), err).WithHint("remove it: rm " + p.changeRecord())
	}
	return nil
}

// withProfiles runs fn while no other process makes, renames or deletes profiles. What was cut off is
// finished first.
func (a *app) withProfiles(ctx context.Context, fn func(context.Context) error) error {
	return a.paths.locked(ctx, "profiles", func(ctx context.Context) error {
		if err := a.finishChange(ctx); err != nil {
			return err
		}
		return fn(ctx)
	})
}

// finishChange goes on with what was cut off.
func (a *app) finishChange(ctx context.Context) error {
	c, err := a.paths.unfinished()
	if c == nil || err != nil {
		return err
	}
	if !c.Began { // nothing was done
		return a.paths.dropRecord()
	}
	if err := a.newChanger(*c).run(ctx); err != nil {
		return err
	}
	a.say("Finished what was cut off: %s", c)
	return nil
}

// changer carries out a change of a profile.
type changer struct {
	app    *app
	change profileChange
	// ring is the keyring; nil is that of the system.
	ring    keyring.Backend
	timeout time.Duration
}

func (a *app) newChanger(c profileChange) *changer {
	timeout := 3 * time.Second
	if a.mayAsk() { // somebody is there to unlock it
		timeout = keyring.DefaultTimeout
	}
	return &changer{app: a, change: c, timeout: timeout}
}

// run makes sure that nobody works on the profile, and takes the steps. Each can be repeated: the
// record stands until all are done.
func (c *changer) run(ctx context.Context) error {
	p := c.app.paths
	if err := p.record(c.change); err != nil {
		return err
	}
	if err := c.app.refuseBusy(ctx, c.change.From); err != nil {
		if c.change.Began {
			return err
		}
		return errors.Join(err, p.dropRecord())
	}
	steps := c.renameSteps()
	if c.change.To == "" {
		steps = c.deleteSteps()
	}
	for i, step := range steps {
		if err := step(ctx); err != nil {
			if i == 0 && !c.change.Began { // the first one prepares, and undoes what it did
				return errors.Join(err, p.dropRecord())
			}
			return err
		}
		if i == 0 {
			c.change.Began = true
			if err := p.record(c.change); err != nil {
				return err
			}
			ctx = context.WithoutCancel(ctx) // what is left takes moments
		}
	}
	return p.dropRecord()
}

// refuseBusy refuses a profile that a daemon serves or is installed for, or that another command works
// on. A database that cannot be opened keeps nobody from moving it away.
func (a *app) refuseBusy(ctx context.Context, name string) error {
	other, err := a.inProfile(name)
	if err != nil {
		return err
	}
	b, err := other.dial(ctx)
	if err == nil || errors.Is(err, errHangs) {
		if b != nil {
			_ = b.close()
		}
		return hayon.Errorf(hayon.CodeConflict, "a daemon runs for the profile %s; nothing was changed", name).
			WithHint("stop it: hayon daemon stop -p " + name)
	}
	for _, system := range []bool{false, true} {
		if m, err := other.serviceManager(system); err == nil && m.installed() {
			flag := ""
			if system {
				flag = " --system"
			}
			return hayon.Errorf(hayon.CodeConflict, "a daemon is installed for the profile %s; nothing was changed", name).
				WithHint("take it away first: hayon daemon uninstall" + flag + " -p " + name)
		}
	}
	if !fileExists(other.paths.database()) {
		return nil
	}
	return other.refuseHeld(ctx)
}

// refuseHeld refuses while another process works on the database.
func (a *app) refuseHeld(ctx context.Context) error {
	busy := hayon.Errorf(hayon.CodeConflict, "another command works with the profile %s; nothing was changed", a.flags.profile).
		WithHint("wait until it has ended, then try again")
	b, err := a.open(a.actor(ctx), coreConfig{daemon: true})
	if err != nil {
		if held(err) {
			return busy.WithCause(err)
		}
		return ctx.Err()
	}
	taken := true
	if h, ok := b.core.store.(holder); ok {
		taken, err = tryHold(a.actor(ctx), b.core, h)
	}
	if cerr := b.close(); ctx.Err() != nil || cerr != nil {
		return errors.Join(ctx.Err(), cerr)
	}
	if !taken && (err == nil || held(err)) {
		return busy.WithCause(err)
	}
	return nil
}

// header is how the vault of a data folder is opened; nil where there is none.
func (c *changer) header(dir string) (*file.Header, error) {
	h, err := file.ReadHeader(dir)
	if err != nil && c.change.Force {
		return nil, nil //nolint:nilnil // the vault goes as it is
	}
	return h, err
}

func (c *changer) opener(profile string) *keyring.Opener {
	return keyring.New(keyring.Config{Profile: profile, Timeout: c.timeout, Backend: c.ring})
}

// leftBehind says which entry of the keyring nobody needs any more.
func (c *changer) leftBehind(id string, err error) {
	c.app.warn("the entry %q of service %q stays in the keyring: %s", c.change.From+"/"+id, keyring.Service, fmt.Sprint(err))
}
