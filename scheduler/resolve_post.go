package scheduler

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/hayon/hayon"
)

const (
	saidThere    = "the user found it there"
	saidNotThere = "the user did not find it there"
)

// ResolvePost records what a person found out about a target. The platform is asked what the URL
// stands for before the transaction, so that none is open while the network answers.
func (s *Scheduler) ResolvePost(ctx context.Context, id hayon.PostID, r hayon.PostResolve) (*hayon.Post, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkResolve(r); err != nil {
		return nil, err
	}
	var asked *linked
	if r.Published != "" {
		if asked, err = s.link(ctx, actor, id, r); err != nil {
			return nil, err
		}
	}
	return s.change(ctx, id, r.DryRun, func(ctx context.Context, tx hayon.Tx, actor hayon.Actor, p *hayon.Post, now time.Time) error {
		t, _, err := s.toResolve(ctx, tx, p, r)
		if err != nil || t == nil {
			return err
		}
		if r.Not {
			return s.notThere(ctx, tx, actor, t, r.Reason, now)
		}
		if asked == nil || asked.target != t.ID {
			return hayon.Errorf(hayon.CodeConflict, "%s changed while the platform was asked about %s; nothing was stored", p.ID, r.Published).
				WithHint("say it again, or see how it stands: hayon show " + p.ID.String())
		}
		return s.there(ctx, tx, actor, p, t, asked.remote, r.Reason, now)
	})
}

func checkResolve(r hayon.PostResolve) error {
	if r.Not == (r.Published != "") {
		return hayon.Errorf(hayon.CodeUsage, "say one of two: where the post is, or that it is not there").
			WithHint("--published URL, or --not")
	}
	if r.Published != "" && !isAddress(r.Published) {
		return hayon.Errorf(hayon.CodeUsage, "%q is no address of a post", r.Published).
			WithHint("give the URL that the platform shows: --published https://…")
	}
	return nil
}

// isAddress reports whether s has the form of a URL that a post can have.
func isAddress(s string) bool {
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return false
	}
	// The authority of an at URI may be a DID, which package url takes for a wrong port.
	if rest, ok := strings.CutPrefix(s, "at://"); ok {
		authority, _, _ := strings.Cut(rest, "/")
		return authority != ""
	}
	u, err := url.Parse(s)
	if err != nil || u.User != nil {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return u.Host != ""
	case "file":
		return len(u.Path) > 1
	}
	return false
}

// fits reports whether a target may be said to be there, or not to be there.
func fits(t *hayon.Target, r hayon.PostResolve) bool {
	switch t.State {
	case hayon.StateUncertain:
		return true
	case hayon.StateFailed, hayon.StateParked, hayon.StateMissed:
		return r.Published != ""
	case hayon.StateDraft, hayon.StateScheduled, hayon.StateQueued, hayon.StatePublishing, hayon.StateRetryWait,
		hayon.StatePublished, hayon.StateCancelled:
	}
	return false
}

// toResolve finds the one target that is meant, with its account, which may be gone (nil). No target
// and no error: what is said is known. Where nothing is left to resolve but one target is out, it is
// that one: its address may be written in another way.
func (s *Scheduler) toResolve(ctx context.Context, tx hayon.Tx, p *hayon.Post, r hayon.PostResolve) (*hayon.Target, *hayon.Account, error) {
	accounts, err := accountsOf(ctx, tx, p)
	if err != nil {
		return nil, nil, err
	}
	meant, err := namedTargets(p, accounts, r.Account)
	if err != nil {
		return nil, nil, err
	}
	if i := slices.IndexFunc(meant, func(t *hayon.Target) bool { return hasURL(t, r.Published) }); i >= 0 {
		if meant[i].State == hayon.StateUncertain { // of another part nobody asks
			return nil, nil, anotherPart(p, r.Published)
		}
		return nil, nil, nil
	}
	var fit, out []*hayon.Target
	for _, t := range meant {
		switch {
		case fits(t, r):
			fit = append(fit, t)
		case t.State == hayon.StatePublished && r.Published != "":
			out = append(out, t)
		}
	}
	if len(fit) == 0 && len(out) == 1 {
		fit = out
	}
	switch len(fit) {
	case 0:
		return nil, nil, nothingToResolve(p, meant, accounts, r)
	case 1:
		return fit[0], accounts[fit[0].Account], nil
	}
	list := targetNames(fit, accounts)
	return nil, nil, hayon.Errorf(hayon.CodeUsage, "%s has several targets that may be meant: %s", p.ID, strings.Join(list, ", ")).
		WithHint("say which: --account "+list[0]).WithDetail("accounts", list)
}

// namedTargets are the targets of a post that an account's name means; all for "".
func namedTargets(p *hayon.Post, accounts map[hayon.AccountID]*hayon.Account, name string) ([]*hayon.Target, error) {
	if name == "" {
		return p.Targets, nil
	}
	meant := slices.DeleteFunc(slices.Clone(p.Targets), func(t *hayon.Target) bool { return !isNamed(t, accounts[t.Account], name) })
	if len(meant) == 0 {
		list := targetNames(p.Targets, accounts)
		return nil, hayon.Errorf(hayon.CodeUsage, "%s does not go to %q, but to: %s", p.ID, name, strings.Join(list, ", ")).
			WithHint("say which: --account "+list[0]).WithDetail("accounts", list)
	}
	return meant, nil
}

func anotherPart(p *hayon.Post, address string) error {
	return hayon.Errorf(hayon.CodeConflict, "%s is another part of %s, which is known to be out", address, p.ID).
		WithHint("give the address of the part in question; see it: hayon show " + p.ID.String())
}

// hasURL reports whether a part of the target is known to be at an address.
func hasURL(t *hayon.Target, address string) bool {
	return address != "" && slices.ContainsFunc(t.Parts, func(p hayon.Part) bool { return p.Remote.URL == address })
}

// accountsOf are the accounts of a post's targets, without those that were removed.
func accountsOf(ctx context.Context, tx hayon.Tx, p *hayon.Post) (map[hayon.AccountID]*hayon.Account, error) {
	out := make(map[hayon.AccountID]*hayon.Account, len(p.Targets))
	for _, t := range p.Targets {
		a, err := tx.FindAccountByID(ctx, t.Account)
		if hayon.CodeOf(err) == hayon.CodeNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[t.Account] = a
	}
	return out, nil
}

// nameOf is what a person calls a target; a is its account, nil for one that was removed.
func nameOf(t *hayon.Target, a *hayon.Account) string {
	if a == nil {
		return t.Platform
	}
	return a.Name
}

func isNamed(t *hayon.Target, a *hayon.Account, name string) bool {
	return nameOf(t, a) == name || a != nil && a.Default && a.Platform == name
}

func targetNames(targets []*hayon.Target, accounts map[hayon.AccountID]*hayon.Account) []string {
	out := make([]string, len(targets))
	for i, t := range targets {
		out[i] = nameOf(t, accounts[t.Account])
	}
	return out
}

func nothingToResolve(p *hayon.Post, targets []*hayon.Target, accounts map[hayon.AccountID]*hayon.Account, r hayon.PostResolve) error {
	hint := "see it: hayon show " + p.ID.String()
	for _, t := range targets {
		if r.Not && fits(t, hayon.PostResolve{Published: "x"}) {
			hint = "to send it again: hayon retry " + p.ID.String()
		}
	}
	return nothingTo(p, "resolve", targets, accounts, hint)
}

// nothingTo is the conflict of a change that fits the state of no target.
func nothingTo(p *hayon.Post, do string, targets []*hayon.Target, accounts map[hayon.AccountID]*hayon.Account, hint string) error {
	states, list := statesOf(targets, accounts)
	return hayon.Errorf(hayon.CodeConflict, "%s has nothing to %s: %s", p.ID, do, strings.Join(list, ", ")).
		WithHint(hint).WithDetail("states", states)
}

// statesOf tells the state of each target by the name of its account, and all of them in words.
func statesOf(targets []*hayon.Target, accounts map[hayon.AccountID]*hayon.Account) (states map[string]string, list []string) {
	states = make(map[string]string, len(targets))
	for _, t := range targets {
		name := nameOf(t, accounts[t.Account])
		states[name] = string(t.State)
		list = append(list, name+" is "+describe(t))
	}
	return states, list
}

// linked is what the address of a post stands for, for one target.
type linked struct {
	target hayon.TargetID
	remote hayon.Remote
}

// link asks the platform what the address stands for, where it can tell. Else, and in a dry run, which
// asks nobody, the address itself is all that is known. It answers nil where what is said is known.
func (s *Scheduler) link(ctx context.Context, actor hayon.Actor, id hayon.PostID, r hayon.PostResolve) (*linked, error) {
	var post *hayon.Post
	var t *hayon.Target
	var account *hayon.Account
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		if post, err = livePost(ctx, tx, actor, id); err != nil {
			return err
		}
		t, account, err = s.toResolve(ctx, tx, post, r)
		return err
	})
	if err != nil || t == nil {
		return nil, err
	}
	out := &linked{target: t.ID, remote: hayon.Remote{ID: r.Published, URL: r.Published}}
	provider, err := s.deps.Providers.Find(t.Platform)
	linker, ok := provider.(hayon.Linker)
	if err != nil || !ok || account == nil || r.DryRun {
		return out, nil //nolint:nilerr // a platform that is not there any more can be asked nothing
	}
	found, err := linker.RemoteOf(ctx, s.deps.Sessions(account), r.Published)
	switch {
	case err != nil && !fits(t, r):
		return out, nil // whatever it is, it is not what the target has
	case err != nil:
		return nil, err
	case found.ID == "":
		return nil, hayon.Errorf(hayon.CodeInternal, "%s answered no id for %s", t.Platform, r.Published)
	case found.URL == "":
		found.URL = r.Published
	}
	out.remote = found
	return out, nil
}

// there records that a target is out. After a part of a thread that is not the last the next one
// follows, where the worker had stopped in the middle; of what failed, was parked or missed the user
// speaks as a whole, and nothing more is sent.
func (s *Scheduler) there(ctx context.Context, tx hayon.Tx, actor hayon.Actor, p *hayon.Post, t *hayon.Target,
	remote hayon.Remote, reason string, now time.Time,
) error {
	known, err := isKnown(ctx, tx, p, t, remote)
	if known || err != nil {
		return err
	}
	held := t.HoldsLane(now)
	takeOver(t)
	i, at := partInQuestion(t), now.UTC()
	if !t.SentAt.IsZero() {
		at = t.SentAt // it went out then, whenever somebody found it
	}
	t.Parts[i].Remote, t.Parts[i].PublishedAt = remote, at
	r := row(actor, hayon.RowOutcome, now)
	r.Post, r.Target, r.Account, r.Platform, r.Part = t.Post, t.ID, t.Account, t.Platform, i
	r.From, r.Generation, r.Attempt, r.Fence = t.State, t.Generation, t.Attempts, t.Fence
	r.Reason, r.Body = orSaid(reason, saidThere), hayon.Encode(hayon.Outcome{Verdict: hayon.VerdictPublished, Remote: remote})
	if t.State == hayon.StateUncertain && t.NextPart() < len(t.Parts) {
		t.Attempts, t.Crashes = 0, 0
		s.dueNow(t, now)
		t.Enter(hayon.StateQueued, now)
	} else {
		t.PublishedAt = at
		t.Enter(hayon.StatePublished, now)
	}
	r.To = t.State
	if err := tx.UpdateTarget(ctx, t); err != nil {
		return err
	}
	if err := tx.AppendJournal(ctx, r); err != nil {
		return err
	}
	if t.State == hayon.StateQueued {
		return s.start(ctx, tx, &hayon.Post{Targets: []*hayon.Target{t}}, now)
	}
	if !held {
		return nil
	}
	return hayon.HintNext(ctx, tx, t.Account, now)
}

// isKnown reports whether the remote id is the target's already. One that belongs to another post, or
// to another part of this one, is a conflict.
func isKnown(ctx context.Context, tx hayon.Tx, p *hayon.Post, t *hayon.Target, remote hayon.Remote) (bool, error) {
	owner, err := tx.FindTargetByRemote(ctx, t.Account, remote.ID)
	out := t.State == hayon.StatePublished
	switch {
	case hayon.CodeOf(err) == hayon.CodeNotFound && !out:
		return false, nil
	case hayon.CodeOf(err) == hayon.CodeNotFound:
		return false, hayon.Errorf(hayon.CodeConflict, "%s is published on %s already, as %s", p.ID, t.Platform, t.Remote().URL).
			WithHint("see it: hayon show "+p.ID.String()).WithDetail("states", map[string]string{t.Platform: string(t.State)})
	case err != nil:
		return false, err
	case owner == t.ID && out:
		return true, nil
	case owner == t.ID:
		return false, anotherPart(p, remote.URL)
	}
	other, err := tx.FindTargetByID(ctx, owner)
	if err != nil {
		return false, err
	}
	return false, hayon.Errorf(hayon.CodeConflict, "%s belongs to another post, %s", remote.URL, other.Post).
		WithHint("see that one: hayon show "+other.Post.String()).WithDetail("post", other.Post.String())
}

// partInQuestion is the index of the part whose outcome nobody knows, or else the first that is not out.
func partInQuestion(t *hayon.Target) int {
	if i := t.StepPart; t.State == hayon.StateUncertain && i < len(t.Parts) && t.Parts[i].Remote.IsZero() {
		return i
	}
	return min(t.NextPart(), len(t.Parts)-1)
}

// notThere queues an uncertain target to be sent again, with the bytes that were prepared.
func (s *Scheduler) notThere(ctx context.Context, tx hayon.Tx, actor hayon.Actor, t *hayon.Target, reason string, now time.Time) error {
	takeOver(t)
	t.Attempts, t.Crashes = 0, 0
	s.dueNow(t, now)
	if err := move(ctx, tx, actor, t, hayon.StateQueued, orSaid(reason, saidNotThere), now); err != nil {
		return err
	}
	return s.start(ctx, tx, &hayon.Post{Targets: []*hayon.Target{t}}, now)
}

// takeOver takes a target from whoever works on it or waits for it, for a word of its user.
func takeOver(t *hayon.Target) {
	t.Generation++
	if t.Lease != nil {
		t.Fence++
	}
	t.NotBefore, t.WaitingSince, t.Error = time.Time{}, time.Time{}, nil
}

// dueNow lets a target go out that would be too late by itself.
func (s *Scheduler) dueNow(t *hayon.Target, now time.Time) {
	if s.tooLate(t, now) {
		t.Due = now.UTC()
	}
}

func orSaid(reason, said string) string {
	if reason == "" {
		return said
	}
	return reason
}
