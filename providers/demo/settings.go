package demo

import (
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// The sign-in fields, all given by --set.
const (
	fieldClass   = "class"
	fieldLatency = "latency"
	fieldFault   = "fault"
	fieldSeed    = "seed"
)

var classes = []hayon.Class{hayon.ClassA, hayon.ClassB, hayon.ClassC, hayon.ClassD, hayon.ClassE, hayon.ClassF}

// fault is something that goes wrong in Publish.
type fault string

const (
	faultNone       fault = ""
	faultAnswerLost fault = "answer-lost"
	fault500        fault = "500"
	faultSlow       fault = "slow"
	faultReset      fault = "reset"
	faultRateLimit  fault = "rate-limit"
	faultRejected   fault = "rejected"
)

var faults = []fault{faultAnswerLost, fault500, faultSlow, faultReset, faultRateLimit, faultRejected}

// chance is a fault and how probable it is, from 0 to 1.
type chance struct {
	fault fault
	p     float64
}

// settings are those of an account.
type settings struct {
	class   hayon.Class
	latency time.Duration
	chances []chance
	seed    uint64
	seeded  bool
}

// parseSettings reads them; what is missing has its default, what is wrong is invalid.
func parseSettings(in map[string]string) (settings, error) {
	out := settings{class: hayon.ClassA}
	if v := in[fieldClass]; v != "" {
		out.class = hayon.Class(strings.ToUpper(v))
		if !slices.Contains(classes, out.class) {
			return settings{}, wrong(fieldClass, v, "one of A, B, C, D, E, F")
		}
	}
	if v := in[fieldLatency]; v != "" {
		d, err := time.ParseDuration(v)
		if err != nil || d < 0 {
			return settings{}, wrong(fieldLatency, v, "a duration, such as 50ms")
		}
		out.latency = d
	}
	if v := in[fieldSeed]; v != "" {
		n, err := strconv.ParseUint(v, 10, 64)
		if err != nil {
			return settings{}, wrong(fieldSeed, v, "a whole number")
		}
		out.seed, out.seeded = n, true
	}
	var err error
	out.chances, err = parseFaults(in[fieldFault])
	return out, err
}

// parseFaults reads KIND:PROBABILITY, several parted by commas, semicolons or spaces.
func parseFaults(s string) ([]chance, error) {
	var out []chance
	for one := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		kind, odds, ok := strings.Cut(one, ":")
		p, err := strconv.ParseFloat(odds, 64)
		if !ok || err != nil || !(p >= 0 && p <= 1) || !slices.Contains(faults, fault(kind)) {
			return nil, wrong(fieldFault, one, "KIND:PROBABILITY, such as answer-lost:0.1; the kinds are answer-lost, 500, slow, reset, rate-limit, rejected")
		}
		out = append(out, chance{fault(kind), p})
	}
	return out, nil
}

func wrong(field, value, want string) *hayon.Error {
	return hayon.Errorf(hayon.CodeInvalid, "demo: %s %q is none", field, value).
		WithHint("--set " + field + "=… wants " + want)
}

// dice answers what is to go wrong with an attempt, and a coin for what is left open. The same
// seed and attempt answer the same.
func (s settings) dice(t *hayon.Target, part int) (fault, bool) {
	if len(s.chances) == 0 {
		return faultNone, false
	}
	seed := s.seed
	if !s.seeded {
		seed = rand.Uint64() //nolint:gosec // chance, no secret
	}
	h := fnv.New64a()
	_, _ = h.Write(t.ID[:])
	_, _ = h.Write([]byte{byte(part), byte(t.Attempts), byte(t.Attempts >> 8), byte(t.Generation)}) //nolint:gosec // a mixture
	r := rand.New(rand.NewPCG(seed, h.Sum64()))                                                     //nolint:gosec // chance, no secret
	coin := r.IntN(2) == 0
	for _, c := range s.chances {
		if r.Float64() < c.p {
			return c.fault, coin
		}
	}
	return faultNone, coin
}

// known are the settings that are ours, for the account.
func known(in map[string]string) map[string]string {
	out := maps.Clone(in)
	maps.DeleteFunc(out, func(k, v string) bool {
		return v == "" || !slices.Contains([]string{fieldClass, fieldLatency, fieldFault, fieldSeed}, k)
	})
	return out
}
