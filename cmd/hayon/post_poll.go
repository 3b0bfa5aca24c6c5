package main

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// postPoll are the flags of a question to the readers.
type postPoll struct {
	pollOptions  []string
	pollFor      string
	pollMultiple bool
	pollHide     bool
}

// defaultPoll is how long a poll is open where nobody says how long.
const defaultPoll = 24 * time.Hour

func (o *postOptions) pollFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.pollOptions, "poll-option", nil, "an answer of a poll, where the platform has polls (repeat, 2 to 4)")
	f.StringVar(&o.pollFor, "poll-for", "", "how long the poll is open, as 6h or 3d (default 1d)")
	f.BoolVar(&o.pollMultiple, "poll-multiple", false, "a reader may choose several answers")
	f.BoolVar(&o.pollHide, "poll-hide-totals", false, "nobody sees the figures before the end of the poll")
}

// poll is what the flags ask; nil for nothing.
func (o *postOptions) poll() (*hayon.Poll, error) {
	if len(o.pollOptions) == 0 {
		return nil, o.pollWithoutOptions()
	}
	if len(o.pollOptions) == 1 {
		return nil, hayon.Errorf(hayon.CodeUsage, "a poll needs two answers, and there is one --poll-option").WithHint("give --poll-option two to four times")
	}
	seen := make(map[string]bool)
	for _, option := range o.pollOptions {
		switch key := strings.ToLower(strings.TrimSpace(option)); {
		case key == "":
			return nil, hayon.Errorf(hayon.CodeUsage, "a --poll-option is empty").WithHint("give each answer a text")
		case seen[key]:
			return nil, hayon.Errorf(hayon.CodeUsage, "--poll-option names %q twice", option).WithHint("give each answer once")
		default:
			seen[key] = true
		}
	}
	open, err := o.pollTime()
	if err != nil {
		return nil, err
	}
	return &hayon.Poll{
		Options: o.pollOptions, Seconds: int64(open / time.Second), Multiple: o.pollMultiple, HideTotals: o.pollHide,
	}, nil
}

// pollWithoutOptions refuses a poll's other flags alone. What a variable says holds for polls to come.
func (o *postOptions) pollWithoutOptions() error {
	for name, given := range map[string]bool{"poll-for": o.pollFor != "", "poll-multiple": o.pollMultiple, "poll-hide-totals": o.pollHide} {
		if given && o.app.onCommandLine(name) {
			return hayon.Errorf(hayon.CodeUsage, "--%s without a poll", name).WithHint("give the answers: --poll-option Tea --poll-option Coffee")
		}
	}
	return nil
}

// pollTime is how long the poll is open; a day has 24 hours.
func (o *postOptions) pollTime() (time.Duration, error) {
	if o.pollFor == "" {
		return defaultPoll, nil
	}
	d, err := when.ParseDuration(o.pollFor)
	open := time.Duration(d.Days)*24*time.Hour + d.Elapsed
	reason := "is no time"
	if e, ok := errors.AsType[*when.Error](err); ok {
		reason = e.Reason
	}
	if err != nil || open < time.Second {
		return 0, hayon.Errorf(hayon.CodeUsage, "--poll-for %q: %s", o.pollFor, reason).WithHint("give a time, as 30m, 6h or 3d")
	}
	return open, nil
}
