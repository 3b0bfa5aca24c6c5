package scheduler_test

import (
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

func TestPolls(t *testing.T) {
	t.Parallel()
	a := newAble()
	polls := true
	a.adjust = func(i *hayon.ProviderInfo) {
		i.Title = "Platform"
		if polls {
			i.Limits = []hayon.Limit{
				{Of: hayon.LimitPollOptions, Unit: hayon.UnitItems, Min: 2, Max: 3},
				{Of: hayon.LimitPollOption, Unit: hayon.UnitCodePoints, Max: 5},
				{Of: hayon.LimitPollTime, Unit: hayon.UnitSeconds, Min: 300, Max: 86400},
			}
		}
	}
	d := newDaemonWith(t, setup{provider: a})
	d.signIn("one", "")
	poll := func(seconds int64, options ...string) *hayon.Poll {
		return &hayon.Poll{Options: options, Seconds: seconds}
	}
	for _, tt := range []struct {
		name string
		poll *hayon.Poll
		code hayon.Code
		says string
	}{
		{"as allowed", poll(300, " yes ", "no"), "", ""},
		{"one answer", poll(300, "yes"), hayon.CodeUsage, "two answers"},
		{"an empty one", poll(300, "yes", " "), hayon.CodeUsage, "is empty"},
		{"two the same", poll(300, "yes", "yes "), hayon.CodeUsage, "the same"},
		{"no time", poll(0, "yes", "no"), hayon.CodeUsage, "how long"},
		{"too many", poll(300, "a", "b", "c", "d"), hayon.CodeInvalid, "4 answers, and 2 to 3"},
		{"too long", poll(300, "yes", "perhaps"), hayon.CodeInvalid, "7 of 5"},
		{"longer than anybody counts", poll(1e18, "yes", "no"), hayon.CodeInvalid, "is open for 292 years"},
		{"too short a time", poll(299, "yes", "no"), hayon.CodeInvalid, "5 m to 1 d"},
	} {
		p, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "well?", Poll: tt.poll, To: []string{"platform/one"}, DryRun: true})
		switch {
		case tt.code == "" && (err != nil || p.Targets[0].Parts[0].Poll.Options[0] != "yes"):
			t.Errorf("%s: %v", tt.name, err)
		case tt.code != "" && (hayon.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.says)):
			t.Errorf("%s: %v, want %s and %q", tt.name, err, tt.code, tt.says)
		}
	}
	polls = false
	_, err := d.scheduler.CreatePost(d.ctx, hayon.PostCreate{Text: "well?", Poll: poll(300, "yes", "no"), To: []string{"platform/one"}})
	if e := wantCode(t, err, hayon.CodeInvalid); !strings.HasPrefix(e.Message, "platform/one: Platform has no polls") {
		t.Errorf("it says %q", e.Message)
	}
}
