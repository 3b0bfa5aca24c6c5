package main

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// quantile is the smallest value that at least the share q of all values do not exceed; 0 of none.
// It does not change values.
func quantile(values []time.Duration, q float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

func median(values []time.Duration) time.Duration { return quantile(values, 0.5) }

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// number writes v with as many digits as say something: 0.14, 3.2, 41, 11800.
func number(v float64) string {
	switch a := math.Abs(v); {
	case v == math.Trunc(v) && a < 1e15, a >= 100:
		return strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	case a >= 1:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
}
