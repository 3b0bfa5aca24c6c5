package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

// health is how a check came out.
type health string

const (
	healthOK      health = "ok"
	healthWarning health = "warning" // works, and should be looked at
	healthFailed  health = "failed"
	healthSkipped health = "skipped"
	healthFixed   health = "fixed"
)

// finding is what one check of the doctor came to.
type finding struct {
	Check   string     `json:"check"`
	Health  health     `json:"health"`
	Message string     `json:"message"`
	Hint    string     `json:"hint,omitempty"`
	Code    hayon.Code `json:"code,omitempty"` // why it failed
	// fix mends it, for --fix; nil: nothing can be done from here.
	fix func() error
	// holds: nothing is broken, and posts wait all the same.
	holds bool
}

// findingFields are the names that --json takes for findings.
func findingFields() []string { return []string{"check", "health", "message", "hint", "code"} }

func (a *app) doctorCommand() *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check everything, and say what to do",
		Long: `Check everything that posts need to go out: the configuration, folders and their rights, the disk, the
database, the credentials and whether they open unattended, the daemon, and every account on its
platform. Each line says what is wrong and what to type. The exit code is that of the gravest failure;
warnings are none.

With --fix what can be mended safely is: rights of files, and what a dead daemon left behind. With
--offline nobody is asked over the network.`,
		Example: `  hayon doctor
  hayon doctor --fix --offline
  hayon doctor --json=check,health,hint`,
		Annotations: map[string]string{offline: "yes"}, // it says itself what is wrong with the configuration
		Args:        usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFields(findingFields()); err != nil {
				return err
			}
			return a.doctor(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.fix, "fix", false, "mend what can be mended safely")
	cmd.Flags().BoolVar(&o.offline, "offline", false, "ask nobody over the network")
	return cmd
}

type doctorOptions struct{ fix, offline bool }

func (a *app) doctor(ctx context.Context, o doctorOptions) error {
	found := a.examine(ctx, o)
	if o.fix {
		mend(found)
	}
	if a.flags.json.on {
		if err := a.printJSON(found, findingFields()); err != nil {
			return err
		}
	} else {
		a.printFindings(found)
	}
	return doctorExit(found)
}

// mend repairs what can be repaired.
func mend(found []finding) {
	for i := range found {
		f := &found[i]
		if f.fix == nil {
			continue
		}
		if err := f.fix(); err != nil {
			f.Hint = fmt.Sprintf("it could not be mended: %s", hayon.AsError(err).Message)
			continue
		}
		f.Health, f.Hint, f.Code = healthFixed, "", ""
	}
}

// examine runs the checks in the order in which one needs the other.
func (a *app) examine(ctx context.Context, o doctorOptions) []finding {
	if err := a.configure(); err != nil {
		e := hayon.AsError(err)
		return []finding{failed("configuration", e), skipped("everything else", "mend the configuration first")}
	}
	found := []finding{good("configuration", a.configWords())}
	found = append(found, a.checkFolders()...)
	found = append(found, a.checkDisk())
	found = append(found, a.checkDaemon(ctx)...)
	found = append(found, a.checkVault(ctx)...)
	found = append(found, a.checkBroker(ctx, o)...)
	found = append(found, a.checkHookPrograms()...)
	found = append(found, a.checkFFmpeg()...)
	return append(found, a.checkService(ctx, o)...)
}

// configWords say which files the configuration comes from.
func (a *app) configWords() string {
	var files []string
	for _, f := range a.paths.configs {
		if _, err := os.Stat(f.path); err == nil {
			files = append(files, f.path)
		}
	}
	if len(files) == 0 {
		return "valid: there is no file, so all is as it comes"
	}
	return "valid: " + strings.Join(files, ", ")
}

func good(check, message string) finding {
	return finding{Check: check, Health: healthOK, Message: message}
}

func warning(check, message, hint string) finding {
	return finding{Check: check, Health: healthWarning, Message: message, Hint: hint}
}

// holding is a warning about what keeps posts back although nothing is broken.
func holding(check, message, hint string) finding {
	f := warning(check, message, hint)
	f.holds = true
	return f
}

func skipped(check, message string) finding {
	return finding{Check: check, Health: healthSkipped, Message: message}
}

func failed(check string, e *hayon.Error) finding {
	return finding{Check: check, Health: healthFailed, Message: e.Message, Hint: hinted(e).Hint, Code: e.Code}
}

func (a *app) printFindings(found []finding) {
	width := 0
	for _, f := range found {
		width = max(width, cells(f.Check))
	}
	on := a.colour(a.io.outTTY)
	bad, held := 0, 0
	for _, f := range found {
		if f.Health == healthFailed {
			bad++
		}
		if f.holds {
			held++
		}
		if a.flags.quiet && f.Health != healthFailed {
			continue
		}
		column := 7 + 2 + width + 2
		a.printHanging(column, fmt.Sprintf("%s  %s  %s", paint(on, healthColour(f.Health), pad(string(f.Health), 7)), pad(f.Check, width), f.Message))
		if f.Hint != "" {
			a.printHanging(column+2, strings.Repeat(" ", column)+"→ "+f.Hint)
		}
	}
	switch {
	case bad == 0 && held > 0:
		a.say("Nothing is broken, and posts wait all the same: see the warnings.")
	case bad == 0:
		a.say("Nothing keeps posts from going out.")
	case bad == 1:
		a.say("One thing keeps posts from going out.")
	default:
		a.say("%d things keep posts from going out.", bad)
	}
}

func healthColour(h health) string {
	switch h {
	case healthOK, healthFixed:
		return colourGood
	case healthWarning:
		return colourWarn
	case healthFailed:
		return colourBad
	case healthSkipped:
	}
	return colourDim
}

// doctorExit is the exit code of the first failure that asks most of a person.
func doctorExit(found []finding) error {
	order := []hayon.Code{hayon.CodeInvalid, hayon.CodeLocal, hayon.CodeUnauthenticated, hayon.CodeForbidden}
	worst, rank := hayon.Code(""), len(order)+1
	for _, f := range found {
		if f.Health != healthFailed {
			continue
		}
		r := len(order)
		for i, c := range order {
			if c == f.Code {
				r = i
			}
		}
		if r < rank {
			worst, rank = f.Code, r
		}
	}
	if worst == "" {
		return nil
	}
	return exitError{worst.Exit()}
}
