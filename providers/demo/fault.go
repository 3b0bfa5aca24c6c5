package demo

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// fault is something that goes wrong: in Publish, but for faultDelete and faultEdit, which are of the
// calls that they are named after.
type fault string

const (
	faultNone       fault = ""
	faultAnswerLost fault = "answer-lost" // applied, nobody hears of it
	fault500        fault = "500"         // applied or not
	faultSlow       fault = "slow"
	faultReset      fault = "reset" // before or after it was applied
	faultRateLimit  fault = "rate-limit"
	faultRejected   fault = "rejected"
	faultConnect    fault = "connect" // never left
	faultAuth       fault = "auth"
	faultExpired    fault = "expired"     // the container or upload was dropped before the call
	faultHandleLost fault = "handle-lost" // like reset, and nobody knows the upload any more

	faultDelete fault = "delete"
	faultEdit   fault = "edit"
)

var faults = []fault{
	faultAnswerLost, fault500, faultSlow, faultReset, faultRateLimit, faultRejected, faultConnect, faultAuth, faultExpired, faultHandleLost,
	faultDelete, faultEdit,
}

func faultKinds() string {
	out := make([]string, len(faults))
	for i, f := range faults {
		out[i] = string(f)
	}
	return strings.Join(out, ", ")
}

// chance is a fault and how probable it is, from 0 to 1.
type chance struct {
	fault fault
	p     float64
}

// readFaults reads KIND:PROBABILITY, several parted by commas, semicolons or spaces.
func readFaults(s *settings, v string) bool {
	for one := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		kind, odds, ok := strings.Cut(one, ":")
		p, err := strconv.ParseFloat(odds, 64)
		if !ok || err != nil || !(p >= 0 && p <= 1) || !slices.Contains(faults, fault(kind)) {
			return false
		}
		s.chances = append(s.chances, chance{fault(kind), p})
	}
	return true
}

// dice answers what is to go wrong with a call, and a coin for what is left open. The same seed
// answers the same for the same try of a target, which its fence and its attempts tell apart from
// every other: a try that costs no attempt has its own chance, too.
func (s *settings) dice(t *hayon.Target, part int) (fault, bool) {
	if len(s.chances) == 0 {
		return faultNone, false
	}
	r := s.rand(t.ID[:], int64(part), int64(t.Attempts), int64(t.Generation), t.Fence)
	coin := r.IntN(2) == 0
	for _, c := range s.chances {
		if c.fault != faultDelete && c.fault != faultEdit && r.Float64() < c.p {
			return c.fault, coin
		}
	}
	return faultNone, coin
}

// fails reports whether a change of the post with this id is to fail: by faultDelete or faultEdit. The
// same seed answers the same for the same try of a process.
func (s *settings) fails(kind fault, id string, try int) bool {
	for _, c := range s.chances {
		if c.fault == kind && s.rand([]byte(id), int64(try)).Float64() < c.p {
			return true
		}
	}
	return false
}

// rand is chance that depends on the seed, where there is one, and on what is asked.
func (s *settings) rand(id []byte, rest ...int64) *rand.Rand {
	seed := s.seed
	if !s.seeded {
		seed = rand.Uint64() //nolint:gosec // chance, no secret
	}
	h := fnv.New64a()
	_, _ = h.Write(id)
	for _, n := range rest {
		_ = binary.Write(h, binary.BigEndian, n) // a hash takes everything
	}
	return rand.New(rand.NewPCG(seed, h.Sum64())) //nolint:gosec // chance, no secret
}

// server is the name of the account's server.
func (s *settings) server() string {
	if s.host == "" {
		return "demo.invalid"
	}
	return s.host
}

// refused is what keeps every call of the account from being answered now; nil where nothing does.
func (s *settings) refused(now time.Time) *hayon.Error {
	if s.down != "" {
		if _, err := os.Stat(s.down); !errors.Is(err, fs.ErrNotExist) {
			return s.unreachable()
		}
	}
	if !s.expires.IsZero() && !now.Before(s.expires) {
		return unauthenticated()
	}
	return nil
}

func (s *settings) unreachable() *hayon.Error {
	return hayon.Errorf(hayon.CodeUnavailable, "demo: cannot reach %s: connection refused", s.server()).WithScope(hayon.ScopeHost)
}

func unauthenticated() *hayon.Error {
	return hayon.Errorf(hayon.CodeUnauthenticated, "demo: the sign-in is not accepted any more").WithHint("hayon login demo")
}

// tooMany is the answer of a rate limit; nil where it is over.
func (s *settings) tooMany(now time.Time) *hayon.Error {
	e := hayon.Errorf(hayon.CodeRateLimited, "demo: %s allows no more posts for now", s.server()).WithScope(s.limit)
	e.RetryAfter = s.wait
	if !s.until.IsZero() {
		e.RetryAfter = s.until.Sub(now)
	}
	if e.RetryAfter <= 0 {
		return nil
	}
	return e
}
