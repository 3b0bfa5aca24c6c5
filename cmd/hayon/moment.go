package main

import (
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// pastMoment reads a time of the past for a flag: a day, an instant, or how long ago. "" is no time.
func (a *app) pastMoment(flag, v string) (time.Time, error) {
	if v == "" {
		return time.Time{}, nil
	}
	loc, err := a.location()
	if err != nil {
		return time.Time{}, err
	}
	now := a.now().In(loc)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, loc)
	switch strings.ToLower(v) {
	case "today":
		return today, nil
	case "yesterday":
		return today.AddDate(0, 0, -1), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, v, loc); err == nil {
			return t, nil
		}
	}
	if d, err := when.ParseDuration(strings.TrimSuffix(v, " ago")); err == nil {
		return now.AddDate(0, 0, -d.Days).Add(-d.Elapsed), nil
	}
	return time.Time{}, hayon.Errorf(hayon.CodeUsage, "%s %q is no time", flag, v).
		WithHint("write 2h, 3d, yesterday, 2026-11-20, \"2026-11-20 09:00\" or RFC 3339")
}
