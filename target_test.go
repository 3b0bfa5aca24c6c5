package hayon_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

func TestTargetHoldsLane(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		state     hayon.State
		notBefore time.Duration // after entering the state; 0: none
		now       time.Duration // after entering the state
		want      bool
	}{
		{"publishing", hayon.StatePublishing, 0, time.Hour, true},
		{"short retry", hayon.StateRetryWait, 30 * time.Second, time.Second, true},
		{"short retry, due", hayon.StateRetryWait, 30 * time.Second, 31 * time.Second, true},
		{"short retry, forgotten", hayon.StateRetryWait, 30 * time.Second, 150 * time.Second, false},
		{"longest short retry", hayon.StateRetryWait, 150 * time.Second, time.Second, true},
		{"long retry", hayon.StateRetryWait, 151 * time.Second, time.Second, false},
		{"uncertain, being looked up", hayon.StateUncertain, 5 * time.Second, time.Hour, true},
		{"uncertain, held", hayon.StateUncertain, 0, time.Second, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			target := hayon.Target{State: tt.state, StateSince: when}
			if tt.notBefore != 0 {
				target.NotBefore = when.Add(tt.notBefore)
			}
			if got := target.HoldsLane(when.Add(tt.now)); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
	holders := []hayon.State{hayon.StatePublishing, hayon.StateRetryWait, hayon.StateUncertain}
	for _, s := range hayon.States() {
		target := hayon.Target{State: s, StateSince: when, NotBefore: when.Add(time.Second)}
		if got, want := target.HoldsLane(when), slices.Contains(holders, s); got != want {
			t.Errorf("%s: got %t, want %t", s, got, want)
		}
	}
}

func TestTargetWake(t *testing.T) {
	t.Parallel()
	due, later, lease, since := when, when.Add(time.Minute), when.Add(time.Hour), when.Add(time.Second)
	want := map[hayon.State]time.Time{
		hayon.StateScheduled: due, hayon.StateQueued: later, hayon.StateRetryWait: later,
		hayon.StateUncertain: later, hayon.StatePublishing: lease,
	}
	for _, s := range hayon.States() {
		target := hayon.Target{State: s, StateSince: since, Due: due, NotBefore: later, Lease: &hayon.Lease{Until: lease}}
		if got := target.Wake(); !got.Equal(want[s]) {
			t.Errorf("%s: got %v, want %v", s, got, want[s])
		}
	}
	for _, tt := range []struct {
		name   string
		target hayon.Target
		want   time.Time
	}{
		{"queued without a wait", hayon.Target{State: hayon.StateQueued, Due: due}, due},
		{"queued, the wait is over before", hayon.Target{State: hayon.StateQueued, Due: later, NotBefore: due}, later},
		{"scheduled ignores a wait", hayon.Target{State: hayon.StateScheduled, Due: due, NotBefore: later}, due},
		{"publishing without a lease", hayon.Target{State: hayon.StatePublishing, StateSince: since}, since},
		{"uncertain, held", hayon.Target{State: hayon.StateUncertain, Due: due}, time.Time{}},
	} {
		if got := tt.target.Wake(); !got.Equal(tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestTargetEnter(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("east", 3600)
	keepsStep := []hayon.State{hayon.StatePublishing, hayon.StateUncertain}
	keepsWait := []hayon.State{hayon.StatePublishing, hayon.StateQueued, hayon.StateRetryWait, hayon.StateUncertain}
	for _, s := range hayon.States() {
		lease := &hayon.Lease{Until: when}
		target := hayon.Target{
			State: hayon.StatePublishing, StateSince: when, NotBefore: when, Lease: lease, Fence: 7, Attempts: 2,
			Step: hayon.StepSending, StepPart: 1, Deadline: when, Due: when,
		}
		want := target
		want.State, want.StateSince = s, when.Add(time.Minute)
		if s != hayon.StatePublishing {
			want.Lease = nil
		}
		if !slices.Contains(keepsStep, s) {
			want.Step, want.StepPart, want.Deadline = "", 0, time.Time{}
		}
		if !slices.Contains(keepsWait, s) {
			want.NotBefore = time.Time{}
		}
		target.Enter(s, when.Add(time.Minute).In(zone))
		if diff := cmp.Diff(want, target); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s, diff)
		}
		if target.StateSince.Location() != time.UTC {
			t.Errorf("%s: the instant is not in UTC", s)
		}
	}
}

func TestTargetParts(t *testing.T) {
	t.Parallel()
	out := hayon.Remote{ID: "1", URL: "https://example.org/1"}
	for _, tt := range []struct {
		name   string
		parts  []hayon.Part
		next   int
		remote hayon.Remote
	}{
		{"none", nil, 0, hayon.Remote{}},
		{"nothing out", []hayon.Part{{}, {}}, 0, hayon.Remote{}},
		{"one out", []hayon.Part{{Remote: out}, {}}, 1, out},
		{"all out", []hayon.Part{{Remote: out}, {Remote: hayon.Remote{ID: "2"}}}, 2, out},
	} {
		target := hayon.Target{Parts: tt.parts}
		if got := target.NextPart(); got != tt.next {
			t.Errorf("%s: next part %d, want %d", tt.name, got, tt.next)
		}
		if got := target.Remote(); got != tt.remote {
			t.Errorf("%s: remote %v, want %v", tt.name, got, tt.remote)
		}
	}
}

func TestTargetLate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		published time.Time
		want      time.Duration
	}{
		{"not out", time.Time{}, 0},
		{"in time", when, 0},
		{"before", when.Add(-time.Second), 0},
		{"late", when.Add(time.Minute), time.Minute},
	} {
		target := hayon.Target{Due: when, PublishedAt: tt.published}
		if got := target.Late(); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestTargetTooLate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		grace  time.Duration
		policy hayon.LatePolicy
		now    time.Duration // after due
		want   bool
	}{
		{"inside", time.Hour, hayon.LateAsk, time.Hour, false},
		{"outside", time.Hour, hayon.LateAsk, time.Hour + 1, true},
		{"skipped", time.Hour, hayon.LateSkip, 2 * time.Hour, true},
		{"however late", time.Hour, hayon.LatePublish, 1000 * time.Hour, false},
		{"no window, on time", 0, hayon.LateAsk, 10 * time.Second, false},
		{"no window, late", 0, hayon.LateAsk, 10*time.Second + 1, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			target := hayon.Target{Due: when, Grace: tt.grace, IfLate: tt.policy}
			if got := target.TooLate(when.Add(tt.now)); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
