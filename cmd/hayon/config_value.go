package main

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// The types of the configuration's values that TOML has no word for. Each reads its own text, so that
// what is wrong with it is told with line and column.

// span is a length of time, written as "30s", "1h30m", "7d" or "0".
type span struct{ time.Duration }

// UnmarshalTOML reads a span.
func (s *span) UnmarshalTOML(raw []byte) error {
	text, err := tomlText(raw)
	if err != nil {
		return err
	}
	d, err := parseSpan(text)
	if err != nil {
		return misread(raw, "%s", err)
	}
	s.Duration = d
	return nil
}

// graceSpan is how late a target may be: a span of 0 to [hayon.MaxGrace].
type graceSpan struct{ time.Duration }

// UnmarshalTOML reads a grace window.
func (g *graceSpan) UnmarshalTOML(raw []byte) error {
	text, err := tomlText(raw)
	if err != nil {
		return err
	}
	if g.Duration, err = parseGrace(text); err != nil {
		return misread(raw, "%s", err)
	}
	return nil
}

// parseGrace reads a grace window.
func parseGrace(s string) (time.Duration, error) {
	d, err := parseSpan(s)
	switch {
	case d < 0:
		return 0, hayon.Errorf(hayon.CodeUsage, "%q is less than none", s)
	case d > hayon.MaxGrace:
		return 0, hayon.Errorf(hayon.CodeUsage, "%q is more than 7 days", s)
	}
	return d, err
}

// maxSpan bounds every length of time that somebody writes down.
const maxSpan = 10 * 366 * 24 * time.Hour

// parseSpan reads a length of time: "90s", "1h30m", "2 weeks", "0". Days and weeks are those of 24 hours. What
// is outside of the bounds comes with the error, for who has others.
func parseSpan(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		long, err := when.ParseDuration(s)
		if err != nil {
			return 0, err
		}
		d = time.Duration(long.Days)*24*time.Hour + long.Elapsed
	}
	if d < 0 || d > maxSpan {
		return d, hayon.Errorf(hayon.CodeUsage, "%q is outside of 0 to 10 years", s)
	}
	return d, nil
}

// latePolicy is one of [hayon.LatePolicies].
type latePolicy struct{ hayon.LatePolicy }

// UnmarshalTOML reads a late policy.
func (p *latePolicy) UnmarshalTOML(raw []byte) error {
	text, err := tomlText(raw)
	if err != nil {
		return err
	}
	if p.LatePolicy, err = parseLatePolicy(text); err != nil {
		return misread(raw, "%s; %s", err, hintOf(err))
	}
	return nil
}

// parseLatePolicy reads a late policy; another word is a usage error that names the nearest.
func parseLatePolicy(s string) (hayon.LatePolicy, error) {
	if p := hayon.LatePolicy(s); p.Valid() {
		return p, nil
	}
	return "", oneOf("the late policy", s, texts(hayon.LatePolicies()))
}

// eventKind is one of [hayon.EventKinds].
type eventKind struct{ hayon.EventKind }

// UnmarshalTOML reads a kind of event.
func (k *eventKind) UnmarshalTOML(raw []byte) error {
	text, err := tomlText(raw)
	if err != nil {
		return err
	}
	k.EventKind = hayon.EventKind(text)
	if !slices.Contains(hayon.EventKinds(), k.EventKind) {
		unknown := oneOf("the event", text, texts(hayon.EventKinds()))
		return misread(raw, "%s; %s", unknown, unknown.Hint)
	}
	return nil
}

// kindsOf are the kinds in a list of the configuration.
func kindsOf(list []eventKind) []hayon.EventKind {
	var out []hayon.EventKind
	for _, k := range list {
		out = append(out, k.EventKind)
	}
	return out
}

// commandLine is a program to run: a line for the shell of the system, or words for the program itself.
type commandLine struct {
	line  string
	words []string
}

// UnmarshalTOML reads a string or a list of strings.
func (c *commandLine) UnmarshalTOML(raw []byte) error {
	v, err := tomlValue(raw)
	if err != nil {
		return err
	}
	*c = commandLine{}
	switch v := v.(type) {
	case string:
		c.line = strings.TrimSpace(v)
	case []any:
		for _, item := range v {
			word, ok := item.(string)
			if !ok {
				return misread(raw, "the command has a word that is no string")
			}
			c.words = append(c.words, word)
		}
	default:
		return misread(raw, "the command is neither a string nor a list of strings")
	}
	if c.isZero() {
		return misread(raw, "the command is empty")
	}
	return nil
}

// isZero reports whether there is nothing to run.
func (c commandLine) isZero() bool {
	return c.line == "" && (len(c.words) == 0 || strings.TrimSpace(c.words[0]) == "")
}

// size is a number of bytes, written as 4096, "512KB" or "10MB".
type size int64

// UnmarshalTOML reads a size.
func (s *size) UnmarshalTOML(raw []byte) error {
	v, err := tomlValue(raw)
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case int64:
		*s = size(v)
	case string:
		n, ok := parseSize(v)
		if !ok {
			return misread(raw, "%q is no size", v)
		}
		*s = size(n)
	default:
		return misread(raw, "it is no size")
	}
	if *s < 0 {
		return misread(raw, "a size is not negative")
	}
	return nil
}

func parseSize(s string) (int64, bool) {
	s = strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	factor := int64(1)
	for _, u := range []struct {
		name  string
		bytes int64
	}{{"KIB", 1 << 10}, {"MIB", 1 << 20}, {"GIB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}} {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			s, factor = rest, u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 32)
	return n * factor, err == nil
}

// tomlValue is what the raw bytes of a value stand for.
func tomlValue(raw []byte) (any, error) {
	var doc struct {
		V any `toml:"v"`
	}
	if err := toml.Unmarshal(append([]byte("v = "), raw...), &doc); err != nil {
		return nil, misread(raw, "%s", strings.TrimPrefix(err.Error(), "toml: "))
	}
	return doc.V, nil
}

// tomlText is the string that raw bytes stand for; a value of another type is refused.
func tomlText(raw []byte) (string, error) {
	v, err := tomlValue(raw)
	if err != nil {
		return "", err
	}
	text, ok := v.(string)
	if !ok {
		return "", misread(raw, "it stands in quotes")
	}
	return text, nil
}

// misread is an error about a value, which the decoder completes with its place.
func misread(raw []byte, format string, args ...any) error {
	return unstable.NewParserError(raw, format, args...)
}

// oneOf is the error for a word that is none of those that are known.
func oneOf(what, got string, valid []string) *hayon.Error {
	e := hayon.Errorf(hayon.CodeUsage, "%s %q is not known", what, got).WithHint("use one of: " + strings.Join(valid, ", "))
	if near := nearest(got, valid); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
	return e
}

// hintOf is the hint of an error of ours.
func hintOf(err error) string { return hayon.AsError(err).Hint }

// texts are the words of a list as plain strings.
func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}
