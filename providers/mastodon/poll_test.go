package mastodon_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

// poll makes the first part a question.
func poll(t *hayon.Target, seconds int64, options ...string) *hayon.Target {
	t.Parts[0].Poll = &hayon.Poll{Options: options, Seconds: seconds}
	return t
}

func TestPoll(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]mastodontest.Config{
		"mastodon": {}, "gotosocial": mastodontest.GoToSocial(), "pleroma": mastodontest.Pleroma(), "old": mastodontest.Old(), "glitch": mastodontest.Glitch(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, cfg)
			target := poll(r.target("which?"), 3600, " tea ", "coffee & cake", "👨‍👩‍👧‍👦")
			target.Parts[0].Poll.Multiple, target.Parts[0].Poll.HideTotals = true, true
			before := r.publishRequest(target, 0, r.prepare(target, 0))
			before.SentAt = before.SentAt.Add(-7 * time.Hour) // too late for a repeat
			r.wantVerdict("Reconcile before", r.reconcile(before), hayon.VerdictNotApplied, "")
			req, out := r.publish(target, 0)
			st := r.wantPublic("which?")[0]
			if diff := cmp.Diff([]string{"tea", "coffee & cake", "👨‍👩‍👧‍👦"}, st.Poll); diff != "" || !st.Multiple || !st.HideTotals {
				t.Errorf("poll: %+v\n%s", st, diff)
			}
			if left := time.Until(st.PollEnds); left < 58*time.Minute || left > time.Hour {
				t.Errorf("it ends in %s, want an hour", left)
			}
			req.SentAt = req.SentAt.Add(-7 * time.Hour)
			if again := r.reconcile(req); again.Remote != out.Remote {
				t.Errorf("Reconcile: %+v (%v), want %+v", again, again.Err, out.Remote)
			}
		})
	}
}

// The same text with another poll is another post.
func TestPollsTellPostsApart(t *testing.T) {
	t.Parallel()
	r := newRig(t, mastodontest.GoToSocial())
	_, first := r.publish(poll(r.target("which?"), 3600, "a", "b"), 0)
	second := poll(r.target("which?"), 3600, "a", "c")
	req := r.publishRequest(second, 0, r.prepare(second, 0))
	r.wantVerdict("Reconcile of another poll", r.reconcile(req), hayon.VerdictNotApplied, "")
	without := r.target("which?")
	r.wantVerdict("Reconcile without a poll", r.reconcile(r.publishRequest(without, 0, r.prepare(without, 0))), hayon.VerdictNotApplied, "")
	_, third := r.publish(second, 0)
	if again := r.reconcile(req); again.Remote != third.Remote || third.Remote == first.Remote {
		t.Errorf("found %+v, want %+v", again.Remote, third.Remote)
	}
}

func TestPollsThatAreRefused(t *testing.T) {
	t.Parallel()
	tiny := mastodontest.Config{MaxPollOptions: 2, MaxPollChars: 3}
	for _, tt := range []struct {
		name    string
		cfg     mastodontest.Config
		seconds int64
		options []string
		says    string
	}{
		{"one option", mastodontest.Config{}, 3600, []string{"a"}, "1 options"},
		{"too many", mastodontest.Config{}, 3600, []string{"a", "b", "c", "d", "e"}, "5 of 4"},
		{"too many of one that takes two", tiny, 3600, []string{"a", "b", "c"}, "3 of 2"},
		{"the same twice", mastodontest.Config{}, 3600, []string{"a", "b", "a "}, "1 and 3"},
		{"empty", mastodontest.Config{}, 3600, []string{"a", " "}, "option 2"},
		{"long", mastodontest.Config{}, 3600, []string{"a", strings.Repeat("é", 51)}, "51 of 50"},
		{"long for one that takes three", tiny, 3600, []string{"a", "four"}, "4 of 3"},
		{"short", mastodontest.Config{}, 299, []string{"a", "b"}, "299"},
		{"for ever", mastodontest.Config{}, 2_629_747, []string{"a", "b"}, "2629746"},
		{"no polls", mastodontest.Config{Software: "homemade", NoConfiguration: true}, 3600, []string{"a", "b"}, "no polls"},
		{"no polls, whatever it says", mastodontest.Config{Software: "pixelfed", NoPolls: true}, 3600, []string{"a", "b"}, "no polls"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, tt.cfg)
			target := poll(r.target("which?"), tt.seconds, tt.options...)
			if tt.cfg.Software == "pixelfed" { // which takes no post without one
				r.picture(target, 4, "")
			}
			_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, nil))
			r.wantCode("Prepare", err, hayon.CodeInvalid)
			if err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want words with %q", err, tt.says)
			}
			if n := r.srv.Asked(createCall); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
	r := newRig(t, mastodontest.Config{})
	target := poll(r.target("which?"), 3600, "a", "b")
	r.picture(target, 4, "")
	_, err := r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, nil))
	r.wantCode("with a picture", err, hayon.CodeInvalid)
	target = poll(r.target(""), 3600, "a", "b")
	_, err = r.p.Prepare(t.Context(), r.session, r.prepareRequest(target, 0, nil))
	r.wantCode("without a text", err, hayon.CodeInvalid)
}

// What each relative says of its polls.
func TestLimitsOfPolls(t *testing.T) {
	t.Parallel()
	type limits struct{ Least, Options, Chars, Min, Max int64 }
	own := limits{2, 4, 50, 300, 2_629_746}
	for _, tt := range []struct {
		name string
		cfg  mastodontest.Config
		want limits
	}{
		{"mastodon", mastodontest.Config{}, own},
		{"roomy", mastodontest.Config{MaxPollOptions: 8, MaxPollChars: 100}, limits{2, 8, 100, 300, 2_629_746}},
		{"old", mastodontest.Old(), own},
		{"pleroma", mastodontest.Pleroma(), limits{2, 20, 200, 0, 365 * 24 * 3600}},
		{"unknown", mastodontest.Config{Software: "homemade"}, own},
		{"unknown and silent", mastodontest.Config{Software: "homemade", NoConfiguration: true}, limits{}},
		{"pixelfed", mastodontest.Pixelfed(), limits{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, tt.cfg)
			var got limits
			for _, l := range r.p.Info().For(r.account).Limits {
				switch l.Of {
				case hayon.LimitPollOptions:
					got.Least, got.Options = l.Min, l.Max
				case hayon.LimitPollOption:
					got.Chars = l.Max
				case hayon.LimitPollTime:
					got.Min, got.Max = l.Min, l.Max
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("limits (-want +got):\n%s", diff)
			}
		})
	}
}

// An edit leaves the poll open for as long as it was, with its votes.
func TestEditKeepsThePoll(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]mastodontest.Config{"mastodon": {}, "pleroma": mastodontest.Pleroma()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, cfg)
			target := poll(r.target("which?"), 3600, "a", "b")
			req, out := r.publish(target, 0)
			r.srv.Vote(out.Remote.ID)
			ends := r.srv.Public(r.user)[0].PollEnds
			edit := func(after time.Duration) error {
				_, err := r.p.Edit(t.Context(), r.session, hayon.EditRequest{Target: target, Earlier: req.Prepared, Now: r.now.Add(after)})
				return err
			}
			r.srv.Advance(20 * time.Minute)
			target.Parts[0].Text = "which one?"
			if err := edit(20 * time.Minute); err != nil {
				t.Fatalf("Edit: %v", err)
			}
			st := r.wantPublic("which one?")[0]
			if st.Votes != 1 || !slices.Equal(st.Poll, []string{"a", "b"}) || st.PollEnds.Sub(ends).Abs() > 5*time.Second {
				t.Errorf("%d votes for %q until %s, want 1 until %s", st.Votes, st.Poll, st.PollEnds, ends)
			}
			r.srv.Advance(41 * time.Minute)
			target.Parts[0].Text = "too late"
			r.wantCode("of a poll that is over", edit(61*time.Minute), hayon.CodeInvalid)
			r.wantPublic("which one?")
		})
	}
}
