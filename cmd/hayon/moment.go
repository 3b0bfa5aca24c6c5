package main

import (
	"errors"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// pastMoment reads a time of the past for a flag, as [when.ParseSince] does. "" is no time.
func (a *app) pastMoment(flag, v string) (time.Time, error) {
	if v == "" {
		return time.Time{}, nil
	}
	loc, err := a.location()
	if err != nil {
		return time.Time{}, err
	}
	t, err := when.ParseSince(v, a.now(), loc)
	if e, ok := errors.AsType[*when.Error](err); ok {
		return time.Time{}, hayon.Errorf(hayon.CodeUsage, "%s %q is no time: %s", flag, v, e.Reason).WithHint("write " + e.Hint)
	}
	return t, err
}
