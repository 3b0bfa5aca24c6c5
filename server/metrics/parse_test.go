package metrics_test

import (
	"bufio"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	commentLine = regexp.MustCompile(`^# (HELP|TYPE) ([a-z][a-z0-9_]*) (.+)$`)
	sampleLine  = regexp.MustCompile(`^([a-z][a-z0-9_]*)(\{(.*)\})? (\S+)$`)
	labelPair   = regexp.MustCompile(`^([a-z][a-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)`)
)

// parse reads a page as the description of the format has it and refuses what that leaves open:
// every family has HELP, then TYPE, then its samples at once; nothing is there twice; the buckets of a
// histogram grow up to its count.
func parse(t *testing.T, page string) map[string]float64 {
	t.Helper()
	p := parser{t: t, out: map[string]float64{}, kinds: map[string]string{}, helps: map[string]bool{}}
	if !strings.HasSuffix(page, "\n") {
		t.Error("the page does not end with a line feed")
	}
	lines := bufio.NewScanner(strings.NewReader(page))
	for lines.Scan() {
		p.line(lines.Text())
	}
	for _, name := range slices.Sorted(maps.Keys(p.kinds)) {
		if p.kinds[name] == "histogram" {
			p.histogram(name)
		}
	}
	return p.out
}

type parser struct {
	t      *testing.T
	out    map[string]float64
	kinds  map[string]string
	helps  map[string]bool
	family string
}

func (p *parser) line(line string) {
	p.t.Helper()
	if c := commentLine.FindStringSubmatch(line); c != nil {
		p.comment(c[1], c[2], c[3])
		return
	}
	s := sampleLine.FindStringSubmatch(line)
	if s == nil {
		p.t.Errorf("no line of the format: %q", line)
		return
	}
	kind := p.kinds[p.family]
	base := s[1]
	if kind == "histogram" {
		base = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(base, "_bucket"), "_sum"), "_count")
	}
	if base != p.family || kind == "" {
		p.t.Errorf("%q stands in the family %s (%s)", line, p.family, kind)
	}
	if kind == "counter" && !strings.HasSuffix(base, "_total") {
		p.t.Errorf("the counter %s does not end with _total", base)
	}
	v, err := strconv.ParseFloat(s[4], 64)
	if err != nil || math.IsNaN(v) || kind != "gauge" && v < 0 {
		p.t.Errorf("%q has no value of a %s", line, kind)
	}
	p.labels(line, s[3])
	key := s[1] + s[2]
	if _, twice := p.out[key]; twice {
		p.t.Errorf("%s is there twice", key)
	}
	p.out[key] = v
}

func (p *parser) comment(what, name, rest string) {
	p.t.Helper()
	switch {
	case what == "HELP" && !p.helps[name]:
		p.helps[name] = true
		p.family = name
	case what == "TYPE" && p.family == name && p.kinds[name] == "" && slices.Contains([]string{"counter", "gauge", "histogram"}, rest):
		p.kinds[name] = rest
	default:
		p.t.Errorf("# %s %s %s is out of place", what, name, rest)
	}
}

func (p *parser) labels(line, labels string) {
	p.t.Helper()
	var seen []string
	for labels != "" {
		m := labelPair.FindStringSubmatch(labels)
		if m == nil || slices.Contains(seen, m[1]) {
			p.t.Errorf("labels of %q", line)
			return
		}
		seen = append(seen, m[1])
		labels = labels[len(m[0]):]
	}
}

func (p *parser) histogram(name string) {
	p.t.Helper()
	type bucket struct{ le, n float64 }
	var all []bucket
	for key, n := range p.out {
		if le, ok := strings.CutPrefix(key, name+`_bucket{le="`); ok {
			bound, err := strconv.ParseFloat(strings.TrimSuffix(le, `"}`), 64)
			if err != nil {
				p.t.Errorf("%s has no bound", key)
			}
			all = append(all, bucket{bound, n})
		}
	}
	slices.SortFunc(all, func(a, b bucket) int { return int(math.Copysign(1, a.le-b.le)) })
	for i := 1; i < len(all); i++ {
		if all[i].n < all[i-1].n {
			p.t.Errorf("%s: bucket %v holds %v, the one below it %v", name, all[i].le, all[i].n, all[i-1].n)
		}
	}
	if len(all) == 0 || !math.IsInf(all[len(all)-1].le, 1) || all[len(all)-1].n != p.out[name+"_count"] {
		p.t.Errorf("%s: the last bucket is not the count %v", name, p.out[name+"_count"])
	}
	if _, ok := p.out[name+"_sum"]; !ok {
		p.t.Errorf("%s has no sum", name)
	}
}
