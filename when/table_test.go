package when_test

import (
	"bufio"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon/when"
)

// phrase is a line of testdata/phrases.txt.
type phrase struct{ zone, now, phrase, instant, echo, notes string }

func phrases(t *testing.T) []phrase {
	t.Helper()
	file, err := os.Open("testdata/phrases.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out []phrase
	var last phrase
	hidden := strings.NewReplacer(`\u00a0`, "\u00a0", `\u202f`, "\u202f", `\u3000`, "\u3000")
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		cells := append(strings.Split(line, "|"), "", "", "")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		p := phrase{cells[0], cells[1], hidden.Replace(cells[2]), cells[3], cells[4], cells[5]}
		if p.zone == "" {
			p.zone, p.now = last.zone, last.now
		}
		out, last = append(out, p), p
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPhrases has the table of phrases.
func TestPhrases(t *testing.T) {
	t.Parallel()
	all := phrases(t)
	zones, refusals := map[string]bool{}, 0
	for _, p := range all {
		zones[p.zone] = true
		if p.instant == "refused" || p.instant == "past" {
			refusals++
		}
		t.Run(p.zone+"/"+p.phrase, func(t *testing.T) {
			t.Parallel()
			p.check(t)
		})
	}
	if len(all) < 250 || len(zones) < 6 || refusals < 60 || len(all)-refusals < 190 {
		t.Errorf("%d phrases in %d zones, %d of them refused", len(all), len(zones), refusals)
	}
}

func (p phrase) check(t *testing.T) {
	t.Helper()
	loc := zone(t, p.zone)
	now, err := time.Parse(time.RFC3339, p.now)
	if err != nil {
		t.Fatal(err)
	}
	got, err := when.Parse(p.phrase, now, loc)
	if p.instant == "refused" || p.instant == "past" {
		e, ok := errors.AsType[*when.Error](err)
		if !ok {
			t.Fatalf("Parse = %v, %v, want a refusal", got, err)
		}
		if e.Past != (p.instant == "past") || !strings.Contains(e.Hint, p.echo) || !strings.Contains(e.Reason, p.notes) {
			t.Errorf("Parse: past %t, %q, hint %q; want %s, %q, %q", e.Past, e.Reason, e.Hint, p.instant, p.notes, p.echo)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if at := got.At.Format(shown); at != p.instant {
		t.Errorf("At = %s, want %s", at, p.instant)
	}
	if got.Echo() != p.echo {
		t.Errorf("Echo = %q, want %q", got.Echo(), p.echo)
	}
	if notes := strings.Join(got.Notes, "; "); notes != p.notes {
		t.Errorf("Notes:\n got %q\nwant %q", notes, p.notes)
	}
	checkEcho(t, got, now, loc)
}
