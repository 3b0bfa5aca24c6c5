package scheduler

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
	"github.com/hayon/hayon/when"
)

// checkPoll refuses a poll that cannot be meant, and spells its answers as they are stored.
func checkPoll(c *hayon.PostCreate) error {
	if c.Poll == nil {
		return nil
	}
	poll := *c.Poll
	poll.Options = slices.Clone(poll.Options)
	for i := range poll.Options {
		poll.Options[i] = strings.TrimSpace(text.Normalize(poll.Options[i]))
	}
	c.Poll = &poll
	switch {
	case len(poll.Options) < 2:
		return hayon.Errorf(hayon.CodeUsage, "a poll has two answers at least").WithHint("give each by --poll-option TEXT")
	case slices.Contains(poll.Options, ""):
		return hayon.Errorf(hayon.CodeUsage, "an answer of the poll is empty").WithHint("give each a text, or leave it out")
	case poll.Seconds <= 0:
		return hayon.Errorf(hayon.CodeUsage, "the poll does not say how long it is open").WithHint("say it: --poll-for 1d")
	case len(c.Media) > 0:
		return hayon.Errorf(hayon.CodeUsage, "a poll and media do not go together").WithHint("leave out one of them")
	}
	sorted := slices.Sorted(slices.Values(poll.Options))
	if len(slices.Compact(sorted)) < len(poll.Options) {
		return hayon.Errorf(hayon.CodeUsage, "two answers of the poll are the same").WithHint("change one of them")
	}
	return nil
}

// pollProblems is what a platform would refuse about a poll.
func pollProblems(info hayon.ProviderInfo, poll *hayon.Poll) []problem {
	if _, ok := info.Limit(hayon.LimitPollOptions, hayon.UnitItems); !ok {
		return []problem{{info.Title + " has no polls", "leave the account out: --not ACCOUNT"}}
	}
	var out []problem
	for _, l := range info.Limits {
		switch l.Of {
		case hayon.LimitPollOptions:
			if n := int64(len(poll.Options)); n > l.Max || n < l.Min {
				out = append(out, problem{fmt.Sprintf("the poll has %d answers, and %d to %d are allowed", n, l.Min, l.Max), "give other answers: --poll-option"})
			}
		case hayon.LimitPollOption:
			for _, o := range poll.Options {
				if n := int64(text.Length(ruleOf(l), o)); n > l.Max {
					out = append(out, problem{fmt.Sprintf("the answer %q has %d of %d %s", text.Clip(o, 20), n, l.Max, unitName(l.Unit)), "shorten it"})
				}
			}
		case hayon.LimitPollTime:
			if poll.Seconds > l.Max || poll.Seconds < l.Min {
				out = append(out, problem{
					fmt.Sprintf("the poll is open for %s, and %s to %s are allowed", duration(poll.Seconds), duration(l.Min), duration(l.Max)),
					"give another time: --poll-for 1d",
				})
			}
		}
	}
	return out
}

func duration(seconds int64) string {
	const most = math.MaxInt64 / int64(time.Second)
	return when.Humanize(time.Duration(min(seconds, most)) * time.Second)
}
