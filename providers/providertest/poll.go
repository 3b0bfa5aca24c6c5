package providertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

// pollLimits are what the account allows of a poll.
type pollLimits struct{ options, option, time hayon.Limit }

// polls are the limits of polls; ok is false where there are none.
func (fx *Fixture) polls() (l pollLimits, ok bool) {
	for _, limit := range fx.info().Limits {
		switch limit.Of {
		case hayon.LimitPollOptions:
			l.options, ok = limit, true
		case hayon.LimitPollOption:
			l.option = limit
		case hayon.LimitPollTime:
			l.time = limit
		}
	}
	return l, ok
}

// needPolls skips where the harness cannot tell what became of a poll.
func (fx *Fixture) needPolls(t *testing.T) pollLimits {
	t.Helper()
	l, ok := fx.polls()
	if !ok || !fx.Content.Polls {
		t.Skip("no polls, or the harness cannot tell")
	}
	return l
}

// asking is a target with a poll.
func (fx *Fixture) asking(p hayon.Poll) *hayon.Target {
	target := fx.Target("which one?")
	target.Parts[0].Poll = &p
	return target
}

// answers are n different ones, the first as long as can be.
func answers(n int64, l hayon.Limit) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprint("answer ", i+1))
	}
	if l.Max > 0 {
		out[0] = filled(l.Unit, int(l.Max))
	}
	return out
}

// A poll at its limits goes out as it is.
func testPoll(t *testing.T, fx *Fixture) {
	t.Helper()
	l := fx.needPolls(t)
	least, most := max(l.time.Min, 300), l.time.Max
	if most == 0 {
		most = least
	}
	for _, p := range []hayon.Poll{
		{Options: answers(max(l.options.Min, 2), hayon.Limit{}), Seconds: least},
		{Options: answers(l.options.Max, l.option), Seconds: most, Multiple: true, HideTotals: true},
	} {
		_, remote := fx.out(t, fx.asking(p), 0)
		got, _ := posted(fx.Posts(t), remote.ID)
		if diff := cmp.Diff(&p, got.Poll); diff != "" {
			t.Errorf("the poll that is public (-want +got):\n%s", diff)
		}
	}
}

// A poll over its limits is refused before anything is sent.
func testPollOverLimits(t *testing.T, fx *Fixture) {
	t.Helper()
	l := fx.needPolls(t)
	good := hayon.Poll{Options: answers(max(l.options.Min, 2), hayon.Limit{}), Seconds: max(l.time.Min, 300)}
	refused := map[string]hayon.Poll{
		"too many answers": {Options: answers(l.options.Max+1, hayon.Limit{}), Seconds: good.Seconds},
		"one answer":       {Options: good.Options[:1], Seconds: good.Seconds},
	}
	if l.option.Max > 0 {
		long := answers(2, l.option)
		long[0] += "b"
		refused["too long an answer"] = hayon.Poll{Options: long, Seconds: good.Seconds}
	}
	if l.time.Max > 0 {
		refused["too long"] = hayon.Poll{Options: good.Options, Seconds: l.time.Max + 1}
	}
	if l.time.Min > 0 {
		refused["too short"] = hayon.Poll{Options: good.Options, Seconds: l.time.Min - 1}
	}
	for name, p := range refused {
		_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(fx.asking(p), 0))
		fx.wantCode(t, "Prepare of a poll: "+name, err, hayon.CodeInvalid)
	}
	fx.wantPosts(t, 0)
}

// Where there are no polls, none is sent as something else.
func testNoPolls(t *testing.T, fx *Fixture) {
	t.Helper()
	if _, ok := fx.polls(); ok || !fx.Content.Polls {
		t.Skip("there are polls, or the harness cannot tell")
	}
	p := hayon.Poll{Options: []string{"yes", "no"}, Seconds: 3600}
	_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(fx.asking(p), 0))
	fx.wantCode(t, "Prepare of a poll where there are none", err, hayon.CodeInvalid)
	fx.wantPosts(t, 0)
}

// A title and tags at their limits go out, and over them are refused.
func testTitleAndTags(t *testing.T, fx *Fixture) {
	t.Helper()
	if !fx.Content.Options {
		t.Skip("the harness cannot tell")
	}
	tried := false
	for _, l := range fx.info().Limits {
		var at, over string
		name := hayon.OptionTags
		switch l.Of {
		case hayon.LimitTitle:
			name, at = hayon.OptionTitle, filled(l.Unit, int(l.Max))
			over = at + "b"
		case hayon.LimitTag:
			at = filled(l.Unit, int(l.Max))
			over = at + "b"
		case hayon.LimitTags:
			at = strings.Join(answers(l.Max, hayon.Limit{}), ",")
			over = at + ",another"
		default:
			continue
		}
		tried = true
		target := fx.Target("with " + l.Of)
		target.Options = fx.withOption(name, at)
		_, remote := fx.out(t, target, 0)
		if got, _ := posted(fx.Posts(t), remote.ID); got.Options != nil && got.Options[name] != at {
			t.Errorf("%s at the limit of %s in %s: %q is public, want %q", name, l.Of, l.Unit, got.Options[name], at)
		}
		n := len(fx.Posts(t))
		target = fx.Target("with too much of " + l.Of)
		target.Options = fx.withOption(name, over)
		_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
		fx.wantCode(t, "Prepare over the limit of "+l.Of+" in "+string(l.Unit), err, hayon.CodeInvalid)
		fx.wantPosts(t, n)
	}
	if !tried {
		t.Skip("neither title nor tags have limits")
	}
}
