package metrics

import (
	"math"
	"strconv"
	"strings"
)

// ContentType is that of the text format.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// kind is the type of a family of samples.
type kind string

const (
	counter   kind = "counter"
	gauge     kind = "gauge"
	summation kind = "histogram"
)

// page writes families in Prometheus' text format, version 0.0.4.
// Source: https://prometheus.io/docs/instrumenting/exposition_formats/, read 2026-11-21.
type page struct{ b []byte }

var (
	helpEscapes  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

// family begins a family; its samples follow at once, and no other family has its name.
func (p *page) family(name string, k kind, help string) {
	p.b = append(p.b, "# HELP "+name+" "+helpEscapes.Replace(help)+"\n# TYPE "+name+" "+string(k)+"\n"...)
}

// sample adds a sample; labels are pairs of names and values.
func (p *page) sample(name string, value float64, labels ...string) {
	p.b = append(p.b, name...)
	for i := 0; i+1 < len(labels); i += 2 {
		p.b = append(p.b, "{,"[min(i, 1)])
		p.b = append(p.b, labels[i]+`="`+labelEscapes.Replace(labels[i+1])+`"`...)
	}
	if len(labels) > 1 {
		p.b = append(p.b, '}')
	}
	p.b = append(append(p.b, ' '), number(value)+"\n"...)
}

// single is a family of one sample.
func (p *page) single(name string, k kind, help string, value float64) {
	p.family(name, k, help)
	p.sample(name, value)
}

func number(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf" // as a bound of a bucket
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
