package ics_test

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// component is a part of a file, as the letter of RFC 5545 has it.
type component struct {
	name     string
	lines    []property
	children []*component
}

// property is a line of a component, unfolded.
type property struct {
	name, tzid, value string
}

// all are the values of a property.
func (c *component) all(name string) []property {
	var out []property
	for _, p := range c.lines {
		if p.name == name {
			out = append(out, p)
		}
	}
	return out
}

// one is the value of a property that is there at most once.
func (c *component) one(name string) string {
	if found := c.all(name); len(found) > 0 {
		return found[0].value
	}
	return ""
}

func (c *component) below(name string) []*component {
	var out []*component
	for _, child := range c.children {
		if child.name == name {
			out = append(out, child)
		}
	}
	return out
}

// strict reads a file and refuses all that is not to the letter.
func strict(file string) (*component, error) {
	lines, err := unfold(file)
	if err != nil {
		return nil, err
	}
	root := &component{}
	stack := []*component{root}
	for _, line := range lines {
		p, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		top := stack[len(stack)-1]
		switch p.name {
		case "BEGIN":
			child := &component{name: p.value}
			top.children, stack = append(top.children, child), append(stack, child)
		case "END":
			if len(stack) == 1 || top.name != p.value {
				return nil, fmt.Errorf("END:%s inside of %q", p.value, top.name)
			}
			stack = stack[:len(stack)-1]
		default:
			if len(top.children) > 0 && top.name == "VCALENDAR" {
				return nil, fmt.Errorf("%q comes after a component", line)
			}
			top.lines = append(top.lines, p)
		}
	}
	if len(stack) != 1 || len(root.lines) != 0 || len(root.children) != 1 {
		return nil, errors.New("not one calendar")
	}
	return root.children[0], root.children[0].check()
}

// unfold checks the lines as they are stored.
func unfold(file string) ([]string, error) {
	rest, ok := strings.CutSuffix(file, "\r\n")
	if !ok {
		return nil, errors.New("the last line has no end")
	}
	var lines []string
	for i, line := range strings.Split(rest, "\r\n") {
		switch {
		case len(line) > 75:
			return nil, fmt.Errorf("line %d has %d octets", i+1, len(line))
		case !utf8.ValidString(line):
			return nil, fmt.Errorf("line %d is no UTF-8: %q", i+1, line)
		case line == "":
			return nil, fmt.Errorf("line %d is empty", i+1)
		case strings.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			return nil, fmt.Errorf("line %d has control characters: %q", i+1, line)
		}
		if more, ok := strings.CutPrefix(line, " "); ok {
			if len(lines) == 0 || more == "" {
				return nil, fmt.Errorf("line %d continues nothing, or with nothing", i+1)
			}
			lines[len(lines)-1] += more
			continue
		}
		lines = append(lines, line)
	}
	return lines, nil
}

var (
	contentLine = regexp.MustCompile(`^([A-Z][A-Z0-9-]*)((?:;[A-Z-]+=[^;:,"]+)*):(.*)$`)
	textValue   = regexp.MustCompile(`^(?:[^\\;,]|\\[\\;,n])*$`)
	textList    = regexp.MustCompile(`^(?:[^\\;]|\\[\\;,n])+$`)
	localValue  = regexp.MustCompile(`^\d{8}T\d{6}$`)
	utcValue    = regexp.MustCompile(`^\d{8}T\d{6}Z$`)
	offsetValue = regexp.MustCompile(`^[+-](?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?$`)
	spanValue   = regexp.MustCompile(`^PT(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S)$`)
)

func parseLine(line string) (property, error) {
	m := contentLine.FindStringSubmatch(line)
	if m == nil {
		return property{}, errors.New("it is no content line")
	}
	p := property{name: m[1], value: m[3]}
	if m[2] != "" {
		var ok bool
		if p.tzid, ok = strings.CutPrefix(m[2], ";TZID="); !ok || p.name != "DTSTART" {
			return p, errors.New("a parameter that is not expected")
		}
	}
	return p, p.check()
}

// check looks at the value alone.
func (p *property) check() error {
	ok := false
	switch p.name {
	case "BEGIN", "END":
		ok = slices.Contains([]string{"VCALENDAR", "VTIMEZONE", "STANDARD", "DAYLIGHT", "VEVENT"}, p.value)
	case "VERSION":
		ok = p.value == "2.0"
	case "CALSCALE":
		ok = p.value == "GREGORIAN"
	case "PRODID", "NAME", "X-WR-CALNAME", "UID", "SUMMARY", "DESCRIPTION", "TZID", "TZNAME":
		ok = p.value != "" && textValue.MatchString(p.value)
	case "CATEGORIES":
		ok = textList.MatchString(p.value)
	case "URL":
		u, err := url.Parse(p.value)
		ok = err == nil && u.IsAbs() && !strings.ContainsAny(p.value, " \"<>\\")
	case "DTSTAMP", "CREATED", "LAST-MODIFIED":
		ok = utcValue.MatchString(p.value) && isTime(p.value)
	case "DTSTART":
		ok = isTime(p.value) && (p.tzid == "" || localValue.MatchString(p.value))
	case "TZOFFSETFROM", "TZOFFSETTO":
		ok = offsetValue.MatchString(p.value) && p.value != "-0000" && p.value != "-000000"
	case "DURATION":
		ok = spanValue.MatchString(p.value) && strings.ContainsAny(p.value, "123456789")
	case "STATUS":
		ok = slices.Contains([]string{"TENTATIVE", "CONFIRMED", "CANCELLED"}, p.value)
	case "SEQUENCE":
		n, err := strconv.Atoi(p.value)
		ok = err == nil && n >= 0
	}
	if !ok {
		return errors.New("the value or the property is wrong")
	}
	return nil
}

func isTime(s string) bool {
	_, err := time.Parse("20060102T150405", strings.TrimSuffix(s, "Z"))
	return err == nil
}

// rule is what a component holds: each of once exactly once, each of optional at most once, and children.
type rule struct{ once, optional, children []string }

var rules = map[string]rule{
	"VCALENDAR": {
		once: []string{"VERSION", "PRODID"}, optional: []string{"CALSCALE", "NAME", "X-WR-CALNAME"},
		children: []string{"VTIMEZONE", "VEVENT"},
	},
	"VTIMEZONE": {once: []string{"TZID"}, children: []string{"STANDARD", "DAYLIGHT"}},
	"STANDARD":  {once: []string{"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"}, optional: []string{"TZNAME"}},
	"DAYLIGHT":  {once: []string{"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"}, optional: []string{"TZNAME"}},
	"VEVENT": {
		once: []string{"UID", "DTSTAMP", "DTSTART"},
		optional: []string{
			"DURATION", "SUMMARY", "DESCRIPTION", "URL", "CATEGORIES", "STATUS", "SEQUENCE",
			"CREATED", "LAST-MODIFIED",
		},
	},
}

// check looks at what is there and what is missing, in c and below.
func (c *component) check() error {
	r := rules[c.name]
	for _, p := range c.lines {
		n := len(c.all(p.name))
		if n > 1 || !slices.Contains(r.once, p.name) && !slices.Contains(r.optional, p.name) {
			return fmt.Errorf("%s has %d %s", c.name, n, p.name)
		}
	}
	for _, name := range r.once {
		if c.one(name) == "" {
			return fmt.Errorf("%s has no %s", c.name, name)
		}
	}
	if len(r.children) > 0 && len(c.children) == 0 {
		return fmt.Errorf("%s is empty", c.name)
	}
	for _, child := range c.children {
		if !slices.Contains(r.children, child.name) {
			return fmt.Errorf("%s has a %s", c.name, child.name)
		}
		if err := child.check(); err != nil {
			return err
		}
	}
	if c.name == "VCALENDAR" {
		return c.checkNames()
	}
	return nil
}

// checkNames: no name twice, and each zone that is named is there.
func (c *component) checkNames() error {
	seen := make(map[string]bool)
	for _, z := range c.below("VTIMEZONE") {
		if id := "zone " + z.one("TZID"); seen[id] {
			return fmt.Errorf("%s is there twice", id)
		}
		seen["zone "+z.one("TZID")] = true
	}
	for _, v := range c.below("VEVENT") {
		if seen[v.one("UID")] {
			return fmt.Errorf("UID %s is there twice", v.one("UID"))
		}
		seen[v.one("UID")] = true
		if p := v.all("DTSTART")[0]; p.tzid != "" && !seen["zone "+p.tzid] {
			return fmt.Errorf("no VTIMEZONE for %s", p.tzid)
		}
	}
	return nil
}

// plainText is a TEXT value as it was before it was escaped.
func plainText(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n").Replace(s)
}

// TestStrictFinds proves that the reader of these tests can fail.
func TestStrictFinds(t *testing.T) {
	t.Parallel()
	const sound = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:A/B\r\nBEGIN:STANDARD\r\n" +
		"DTSTART:20261101T020000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n" +
		"BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20261101T020000Z\r\nDTSTART;TZID=A/B:20261101T020000\r\nSUMMARY:a\\, b\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	if _, err := strict(sound); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, old, new string }{
		{"a line feed alone", "VERSION:2.0\r\n", "VERSION:2.0\n"},
		{"no end", "END:VCALENDAR\r\n", "END:VCALENDAR"},
		{"a component that is open", "END:STANDARD\r\n", ""},
		{"ends in the wrong order", "END:STANDARD\r\nEND:VTIMEZONE", "END:VTIMEZONE\r\nEND:STANDARD"},
		{"a bare comma", `a\, b`, "a, b"},
		{"a bare semicolon", `a\, b`, "a; b"},
		{"an escape that there is not", `a\, b`, `a\: b`},
		{"a backslash at the end", `a\, b`, `a\`},
		{"a long line", `a\, b`, strings.Repeat("a", 80)},
		{"a fold inside a character", `a\, b`, "\xc3\r\n \xa4"},
		{"a control character", `a\, b`, "a\x07"},
		{"no UID", "UID:1\r\n", ""},
		{"no stamp", "DTSTAMP:20261101T020000Z\r\n", ""},
		{"a stamp that is no UTC", "DTSTAMP:20261101T020000Z", "DTSTAMP:20261101T020000"},
		{"a start twice", "SUMMARY", "DTSTART:20261101T020000\r\nSUMMARY"},
		{"a local start in UTC", "A/B:20261101T020000", "A/B:20261101T020000Z"},
		{"a day that is not there", "A/B:20261101T020000", "A/B:20260231T020000"},
		{"another zone", "TZID:A/B", "TZID:A/C"},
		{"an offset without a sign", "TZOFFSETTO:+0100", "TZOFFSETTO:0100"},
		{"minus zero", "TZOFFSETTO:+0100", "TZOFFSETTO:-0000"},
		{"two calendars", "END:VCALENDAR\r\n", "END:VCALENDAR\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"},
		{"a property that is not known", "UID:1\r\n", "UID:1\r\nCOLOUR:red\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			broken := strings.Replace(sound, tt.old, tt.new, 1)
			if broken == sound {
				t.Fatal("nothing was changed")
			}
			if _, err := strict(broken); err == nil {
				t.Errorf("it is taken:\n%s", broken)
			}
		})
	}
}
