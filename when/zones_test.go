package when_test

import (
	"archive/zip"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon/when"
)

// zoneNames are all names of the tz database that Go embeds.
func zoneNames(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}

// TestZoneNames compares testdata/zones.txt with what this Go brings along. A name may be missing in an
// older Go, none in the file.
func TestZoneNames(t *testing.T) {
	t.Parallel()
	file, err := zip.OpenReader(filepath.Join(os.Getenv("GOROOT"), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Skip("no zoneinfo.zip: ", err)
	}
	defer file.Close()
	listed := zoneNames(t)
	found := 0
	for _, f := range file.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		found++
		if !slices.Contains(listed, f.Name) {
			t.Errorf("testdata/zones.txt lacks %s", f.Name)
		}
	}
	if found < 500 {
		t.Errorf("%d zones in zoneinfo.zip", found)
	}
}

// shortZones are those names of the tz database that mean no place, or are too short to be told from
// letters such as PST.
var shortZones = []string{
	"CET", "CST6CDT", "EET", "EST", "EST5EDT", "Factory", "GB", "GB-Eire", "GMT", "GMT+0", "GMT-0", "GMT0", "HST", "MET", "MST", "MST7MDT",
	"NZ", "NZ-CHAT", "PRC", "PST8PDT", "ROC", "ROK", "UCT", "W-SU", "WET",
}

// TestZonesInAnyCase reads each name of the database as it is, and in lower and upper case.
func TestZonesInAnyCase(t *testing.T) {
	t.Parallel()
	for _, name := range zoneNames(t) {
		for _, said := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
			loc, err := when.LoadZone(said)
			if slices.Contains(shortZones, name) {
				if err == nil {
					t.Errorf("LoadZone(%q) = %v, want a refusal", said, loc)
				}
				continue
			}
			if err != nil || loc.String() != name {
				t.Errorf("LoadZone(%q) = %v, %v", said, loc, err)
			}
		}
	}
}

// TestAbbreviations are refused with names that there are.
func TestAbbreviations(t *testing.T) {
	t.Parallel()
	known := zoneNames(t)
	for letters := range strings.FieldsSeq(`PST PDT PT MST MDT MT CST CDT CT EST EDT ET AST ADT HST GMT WET WEST BST CET CEST MET MEST
		MEZ MESZ EET EEST MSK IST SGT JST KST AEST AEDT ACST ACDT AWST NZST NZDT BRT BRST ART SAST WAT CAT EAT`) {
		loc, err := when.LoadZone(strings.ToLower(letters))
		e, ok := errors.AsType[*when.Error](err)
		if !ok || !strings.Contains(e.Reason, letters+" stands for") {
			t.Errorf("LoadZone(%s) = %v, %v", letters, loc, err)
			continue
		}
		named := 0
		for word := range strings.FieldsFuncSeq(e.Hint, func(r rune) bool { return r == ' ' || r == ',' }) {
			if strings.Contains(word, "/") {
				if named++; !slices.Contains(known, word) {
					t.Errorf("%s: there is no %s", letters, word)
				}
			}
		}
		if named == 0 {
			t.Errorf("%s: the hint %q names no zone", letters, e.Hint)
		}
	}
}

// changesOf are the instants from now on, in two years, at which the clocks of a zone change.
func changesOf(loc *time.Location, now time.Time) []time.Time {
	var out []time.Time
	for at := now; ; {
		_, end := at.In(loc).ZoneBounds()
		if end.IsZero() || end.After(now.AddDate(2, 0, 0)) {
			return out
		}
		_, before := end.Add(-time.Second).Zone()
		if _, after := end.Zone(); after != before {
			out = append(out, end)
		}
		at = end
	}
}
