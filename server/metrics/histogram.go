package metrics

import (
	"sort"
	"sync"
	"time"
)

// histogram counts durations by upper bounds, in seconds. It is safe for concurrent use.
type histogram struct {
	bounds []float64

	mu     sync.Mutex // guards what is below
	counts []uint64   // by bucket, the last one for all above the bounds
	sum    float64
}

// newHistogram takes ascending bounds, in seconds.
func newHistogram(bounds ...float64) *histogram {
	return &histogram{bounds: bounds, counts: make([]uint64, len(bounds)+1)}
}

// observe adds a duration.
func (h *histogram) observe(d time.Duration) {
	v := d.Seconds()
	i := sort.SearchFloat64s(h.bounds, v) // the first bound that is not below v
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[i]++
	h.sum += v
}

// write adds the histogram to a page.
func (h *histogram) write(p *page, name, help string) {
	h.mu.Lock()
	counts, sum := append([]uint64(nil), h.counts...), h.sum
	h.mu.Unlock()
	p.family(name, summation, help)
	total := uint64(0)
	for i, n := range counts {
		total += n
		le := "+Inf"
		if i < len(h.bounds) {
			le = number(h.bounds[i])
		}
		p.sample(name+"_bucket", float64(total), "le", le)
	}
	p.sample(name+"_sum", sum)
	p.sample(name+"_count", float64(total))
}
