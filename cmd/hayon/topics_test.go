package main

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon/query"
	"github.com/hayon/hayon/when"
)

// TestTimeTopic reads every phrase of "hayon help time", each as its section says.
func TestTimeTopic(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 21, 18, 0, 0, berlin)
	at := func(s string) error { _, err := when.Parse(s, now, berlin); return err }
	since := func(s string) error { _, err := when.ParseSince(s, now, berlin); return err }
	filter := func(s string) error { _, err := query.Parse(s, now, berlin); return err }
	refused := func(s string) error {
		if at(s) == nil {
			return errors.New("it is taken")
		}
		return nil
	}
	sections := []struct {
		heading     string
		left, right func(string) error
		least       int
	}{
		{"When a post goes out", at, nil, 25},
		{"A zone may follow", at, nil, 4},
		{"Refused, and what to write", refused, at, 35},
		{"What has been", since, nil, 19},
		{"Filters of lists", filter, nil, 25},
	}
	paragraphs := strings.Split(topicTime, "\n\n")
	for _, s := range sections {
		t.Run(s.heading, func(t *testing.T) {
			t.Parallel()
			n := 0
			check := func(cell string, is func(string) error) {
				for _, phrase := range phrasesIn(cell) {
					if n++; is(phrase) != nil {
						t.Errorf("%q: %v", phrase, is(phrase))
					}
				}
			}
			for i, p := range paragraphs {
				if !strings.HasPrefix(p, s.heading) {
					continue
				}
				for line := range strings.Lines(paragraphs[i+1]) {
					cells := regexp.MustCompile(` {2,}`).Split(strings.TrimSpace(line), 2)
					check(cells[0], s.left)
					if s.right != nil {
						check(cells[1], s.right)
					}
				}
			}
			if n < s.least {
				t.Errorf("%d phrases", n)
			}
		})
	}
	for _, said := range []string{"tomorrow midnight", "2027-10-31 2:30am +01:00"} {
		if !strings.Contains(topicTime, said) || at(said) != nil {
			t.Errorf("%q: %v", said, at(said))
		}
	}
	for _, said := range []string{"state:failed to:mastodon since:monday launch", `"state:failed"`} {
		if !strings.Contains(topicTime, said) || filter(said) != nil {
			t.Errorf("%q: %v", said, filter(said))
		}
	}
}

// phrasesIn are what stands between the commas that a blank follows.
func phrasesIn(cell string) []string {
	return strings.Split(strings.TrimSuffix(cell, ","), ", ")
}
