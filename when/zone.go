package when

import (
	"fmt"
	"strings"
	"time"
)

// LoadZone returns the location of an IANA name or UTC, in any letter case. Letters
// such as PST or CST stand for several zones and are refused with the names to choose
// from. Every error is an [*Error].
func LoadZone(name string) (*time.Location, error) {
	loc, err := loadZone(name)
	if err != nil {
		err.Input = name
		return nil, err
	}
	return loc, nil
}

func loadZone(name string) (*time.Location, *Error) {
	if strings.EqualFold(name, "utc") {
		return time.UTC, nil
	}
	if hint := abbreviation(name); hint != "" {
		return nil, refuse(hint, "%s stands for more than one zone or changes with the season", strings.ToUpper(name))
	}
	if strings.EqualFold(name, "z") {
		return nil, refuse(`"UTC", or 09:00Z without a blank`, "%q is no time zone", name)
	}
	if !ianaShape(name) {
		return nil, refuse(`"UTC", "+02:00" or a name such as "Europe/Berlin"`, "%q is no time zone", name)
	}
	// The spelling of the tz database first: some systems accept any letter case, and the
	// name is stored and must mean the same everywhere.
	for _, try := range []string{ianaCase(name), name} {
		if loc, err := time.LoadLocation(try); err == nil {
			return loc, nil
		}
	}
	return nil, refuse(`a name of the tz database, such as "Europe/Berlin", or an offset such as "+02:00"`, "%q is no known time zone", name)
}

// ianaShape reports whether a name can be one of a place. Short names without a slash
// are abbreviations; "Local" is no place.
func ianaShape(name string) bool {
	if len(name) < 4 || !isLetter(name[0]) || strings.EqualFold(name, "local") || strings.EqualFold(name, "factory") {
		return false
	}
	slash := strings.Contains(name, "/")
	return span(name, func(c byte) bool {
		return isLetter(c) || slash && (isDigit(c) || strings.IndexByte("/_-+", c) >= 0)
	}) == len(name)
}

// ianaCase spells a name as the tz database does: "america/port_of_spain" is
// "America/Port_of_Spain".
func ianaCase(name string) string {
	for _, odd := range oddNames() {
		if strings.EqualFold(odd, name) {
			return odd
		}
	}
	lower := strings.ToLower(name)
	b := []byte(lower)
	for i := 0; i < len(b); {
		n := span(lower[i:], isLetter)
		switch word := lower[i : i+n]; {
		case i > 0 && lower[i-1] != '/' && (word == "of" || word == "es" || word == "au"):
		case strings.HasPrefix(lower, "etc/") && i > 0, word == "us" && i == 0:
			copy(b[i:], strings.ToUpper(word))
		case n > 0:
			b[i] -= 'a' - 'A'
		}
		i += n + 1
	}
	return string(b)
}

// oddNames are those names of the tz database whose capitals follow no rule.
func oddNames() []string {
	return []string{
		"America/Argentina/ComodRivadavia", "America/Knox_IN", "Antarctica/DumontDUrville", "Antarctica/McMurdo",
		"Australia/ACT", "Australia/LHI", "Australia/NSW", "Brazil/DeNoronha", "Chile/EasterIsland",
		"Etc/Greenwich", "Etc/Universal", "Etc/Zulu", "Mexico/BajaNorte", "Mexico/BajaSur",
	}
}

// zoneName returns the name under which a location can be loaded again, or "".
func zoneName(loc *time.Location) string {
	name := loc.String()
	if again, err := loadZone(name); err != nil || again.String() != name {
		return ""
	}
	return name
}

// abbreviation returns what to say instead of the letters of a zone, or "".
func abbreviation(name string) string {
	switch strings.ToUpper(name) {
	case "PST":
		return "America/Los_Angeles or Asia/Manila"
	case "PDT", "PT", "PST8PDT":
		return "America/Los_Angeles"
	case "MST", "MDT", "MT", "MST7MDT":
		return "America/Denver or America/Phoenix"
	case "CST":
		return "America/Chicago, Asia/Shanghai or America/Havana"
	case "CDT", "CT", "CST6CDT":
		return "America/Chicago or America/Havana"
	case "EST":
		return "America/New_York or America/Panama"
	case "EDT", "ET", "EST5EDT":
		return "America/New_York"
	case "AST", "ADT":
		return "America/Halifax, America/Puerto_Rico or Asia/Riyadh"
	case "HST":
		return "Pacific/Honolulu"
	case "GMT", "WET", "WEST":
		return "UTC, Europe/London or Europe/Lisbon"
	case "BST":
		return "Europe/London or Asia/Dhaka"
	case "CET", "CEST", "MET", "MEST", "MEZ", "MESZ":
		return "Europe/Berlin, Europe/Paris or another city of yours"
	case "EET", "EEST":
		return "Europe/Helsinki, Europe/Athens or Africa/Cairo"
	case "MSK":
		return "Europe/Moscow"
	case "IST":
		return "Asia/Kolkata, Europe/Dublin or Asia/Jerusalem"
	case "SGT":
		return "Asia/Singapore"
	case "JST":
		return "Asia/Tokyo"
	case "KST":
		return "Asia/Seoul"
	case "AEST", "AEDT":
		return "Australia/Sydney or Australia/Brisbane"
	case "ACST", "ACDT":
		return "Australia/Adelaide or Australia/Darwin"
	case "AWST":
		return "Australia/Perth"
	case "NZST", "NZDT":
		return "Pacific/Auckland"
	case "BRT", "BRST":
		return "America/Sao_Paulo"
	case "ART":
		return "America/Argentina/Buenos_Aires"
	case "SAST":
		return "Africa/Johannesburg"
	case "WAT", "CAT", "EAT":
		return "Africa/Lagos, Africa/Maputo or Africa/Nairobi"
	}
	return ""
}

// offset reads "+02:00" or "-03:30" as seconds east of UTC.
func offset(s string) (int, bool) {
	if len(s) != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':' {
		return 0, false
	}
	h, m := s[1:3], s[4:6]
	if span(h, isDigit) != 2 || span(m, isDigit) != 2 || atoi(h) > 23 || atoi(m) > 59 {
		return 0, false
	}
	east := atoi(h)*3600 + atoi(m)*60
	if s[0] == '-' {
		east = -east
	}
	return east, true
}

// offsetHint suggests the full form of "+2", "+0200", "utc+2".
func offsetHint(s string) string {
	i := strings.IndexAny(s, "+-")
	if i < 0 {
		return ""
	}
	digits := strings.ReplaceAll(s[i+1:], ":", "")
	if digits == "" || len(digits) > 4 || span(digits, isDigit) != len(digits) {
		return ""
	}
	h, m := digits, "00"
	if len(digits) > 2 {
		h, m = digits[:len(digits)-2], digits[len(digits)-2:]
	}
	full := fmt.Sprintf("%c%02d:%s", s[i], atoi(h), m)
	if _, ok := offset(full); !ok {
		return ""
	}
	return fmt.Sprintf("%q", full)
}
