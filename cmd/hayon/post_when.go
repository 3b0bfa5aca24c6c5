package main

import (
	"errors"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// schedule reads --at and --in.
func (o *postOptions) schedule() (hayon.Schedule, error) { return o.app.readSchedule(o.at, o.in) }

// readSchedule reads what --at and --in say, of which one is given at the most, and tells what was
// concluded. Without both it is the zero schedule.
func (a *app) readSchedule(at, in string) (hayon.Schedule, error) {
	if at == "" && in == "" {
		return hayon.Schedule{}, nil
	}
	loc, err := a.location()
	if err != nil {
		return hayon.Schedule{}, err
	}
	now := a.now()
	if in != "" {
		d, err := when.ParseDuration(in)
		if err != nil {
			return hayon.Schedule{}, timeError("--in", err)
		}
		return hayon.Schedule{At: d.Add(now, loc).UTC()}, nil
	}
	t, err := when.Parse(at, now, loc)
	if err != nil {
		return hayon.Schedule{}, timeError("--at", err)
	}
	for _, note := range t.Notes {
		a.say("Note: %s", note)
	}
	return hayon.Schedule{At: t.At.UTC(), Wall: t.Wall, Zone: t.Zone}, nil
}

// waitLimit is how long to wait: 0 not at all, below 0 without a bound.
func (o *postOptions) waitLimit(c hayon.PostCreate) (time.Duration, error) {
	switch {
	case o.noWait || c.Draft || c.DryRun:
		return 0, nil
	case o.wait == "":
		return defaultWait, nil
	case o.wait == "0" && c.Schedule.IsZero():
		return defaultWait, nil
	case o.wait == "0":
		return -1, nil
	}
	d, err := time.ParseDuration(o.wait)
	if err != nil || d <= 0 {
		return 0, hayon.Errorf(hayon.CodeUsage, "--wait is %q", o.wait).WithHint("give a duration, as --wait=5m")
	}
	return d, nil
}

// lateFlags reads --if-late and --grace; what was not given is "" and nil.
func lateFlags(ifLate, grace string) (policy hayon.LatePolicy, window *time.Duration, err error) {
	if ifLate != "" {
		policy, err = parseLatePolicy(ifLate)
		if err != nil {
			return "", nil, hayon.Errorf(hayon.CodeUsage, "--if-late does not know %q", ifLate).WithHint(hintOf(err))
		}
	}
	if grace == "" {
		return policy, nil, nil
	}
	d, err := parseGrace(grace)
	if err != nil {
		return "", nil, graceError(grace, err)
	}
	return policy, &d, nil
}

// graceError is the error for a --grace that is none.
func graceError(v string, err error) error {
	reason := err.Error()
	if e, ok := errors.AsType[*when.Error](err); ok {
		reason = e.Reason
	}
	return hayon.Errorf(hayon.CodeUsage, "--grace %q: %s", v, reason).WithHint("give 0 to 7d, as 30m, 2h or 1d")
}

// timeError is what the time grammar says, as an error of a flag.
func timeError(flag string, err error) error {
	e, ok := errors.AsType[*when.Error](err)
	if !ok {
		return hayon.Errorf(hayon.CodeUsage, "%s: %w", flag, err)
	}
	code := hayon.CodeUsage
	if e.Past {
		code = hayon.CodeInvalid
	}
	return hayon.Errorf(code, "%s %q: %s", flag, e.Input, e.Reason).WithHint(e.Hint)
}
