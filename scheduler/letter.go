package scheduler

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

const (
	// queuesWait bounds the questions to the broker for one status.
	queuesWait = 2 * time.Second
	// oldestMost bounds how many targets that failed or are parked a status reads to find the oldest.
	oldestMost = 10_000
	// listMost is how many letters an error names.
	listMost = 10
)

// BrokerStatus asks the broker how it is, and counts the letters of all users.
func (s *Scheduler) BrokerStatus(ctx context.Context) (*hayon.BrokerStatus, error) {
	var st *hayon.BrokerStatus
	err := s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		now := s.now()
		var counts hayon.Status
		if err := countOutbox(ctx, tx, &counts, now); err != nil {
			return err
		}
		st = &hayon.BrokerStatus{Outbox: counts.Outbox, OutboxAge: counts.OutboxAge}
		var err error
		if st.Dead.Open, st.Dead.Oldest, err = tx.CountLetters(ctx); err != nil {
			return err
		}
		if err := countRests(ctx, tx, hayon.StateFailed, &st.Dead); err != nil {
			return err
		}
		return countRests(ctx, tx, hayon.StateParked, &st.Parked)
	})
	if err != nil {
		return nil, err
	}
	broker := s.running()
	if broker == nil {
		return st, nil
	}
	state := broker.State()
	st.Broker = &state
	if state.Connected {
		st.Queues = s.queues(ctx, broker)
	}
	st.Dead.Full = isFull(&s.full.dead, st.Queues, hayon.DeadLettersQueue)
	st.Parked.Full = isFull(&s.full.parked, st.Queues, hayon.ParkingLotQueue)
	return st, nil
}

// countRests adds the targets in a state, and since when the oldest is in it.
func countRests(ctx context.Context, tx hayon.Tx, state hayon.State, st *hayon.LetterStatus) error {
	n, err := tx.CountTargets(ctx, state, time.Time{})
	if err != nil || n == 0 {
		return err
	}
	st.Open += n
	found, err := tx.FindTargets(ctx, hayon.TargetFilter{States: []hayon.State{state}, Limit: oldestMost})
	for _, t := range found {
		st.Oldest = earlier(st.Oldest, t.StateSince)
	}
	return err
}

// running is the broker that Run was given, nil while it does not run.
func (s *Scheduler) running() hayon.Broker {
	if b := s.broker.Load(); b != nil {
		return *b
	}
	return nil
}

// topology is what the broker has for the platforms of this program.
func (s *Scheduler) topology() hayon.Topology {
	var platforms []string
	for _, p := range s.deps.Providers.All() {
		platforms = append(platforms, p.Info().Name)
	}
	return hayon.NewTopology(platforms)
}

// queues asks the broker how much is in each queue.
func (s *Scheduler) queues(ctx context.Context, broker hayon.Broker) []hayon.QueueStatus {
	ctx, cancel := context.WithTimeout(ctx, queuesWait)
	defer cancel()
	var out []hayon.QueueStatus
	for _, q := range s.topology().Queues {
		st := hayon.QueueStatus{Name: q.Name}
		st.Max, _ = q.Arguments[hayon.ArgMaxLength].(int)
		var err error
		if st.QueueDepth, err = broker.Depth(ctx, q.Name); err != nil {
			st.Error = hayon.AsError(err).Message
		}
		out = append(out, st)
	}
	return out
}

// isFull reports whether a queue takes no records: it has as many as it may, or has refused the last one
// and something is still in it.
func isFull(refused interface{ Load() bool }, queues []hayon.QueueStatus, name string) bool {
	for _, q := range queues {
		if q.Name == name && q.Error == "" {
			return q.Max > 0 && q.Ready >= q.Max || q.Ready > 0 && refused.Load()
		}
	}
	return refused.Load()
}

// FindLetters answers the letters of messages, and those that the actor's targets are.
func (s *Scheduler) FindLetters(ctx context.Context, f hayon.LetterFilter) ([]*hayon.Letter, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	var letters []*hayon.Letter
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		letters, err = findLetters(ctx, tx, actor, f)
		return err
	})
	return letters, err
}

func findLetters(ctx context.Context, tx hayon.Tx, actor hayon.Actor, f hayon.LetterFilter) ([]*hayon.Letter, error) {
	var letters []*hayon.Letter
	if f.Kind != hayon.LetterParked { // a message that is put aside is a dead letter, wherever it was found
		var err error
		if letters, err = tx.FindLetters(ctx, f); err != nil {
			return nil, err
		}
	}
	for kind, state := range map[hayon.LetterKind]hayon.State{
		hayon.LetterDead: hayon.StateFailed, hayon.LetterParked: hayon.StateParked,
	} {
		if f.Kind != "" && f.Kind != kind {
			continue
		}
		targets, err := tx.FindTargets(ctx, hayon.TargetFilter{States: []hayon.State{state}})
		if err != nil {
			return nil, err
		}
		for _, t := range targets {
			if t.Owner == actor.User {
				letters = append(letters, ofTarget(t))
			}
		}
	}
	slices.SortFunc(letters, func(a, b *hayon.Letter) int {
		return cmp.Or(b.At.Compare(a.At), strings.Compare(b.Ref(), a.Ref()))
	})
	if f.Limit > 0 && len(letters) > f.Limit {
		letters = letters[:f.Limit]
	}
	for _, l := range letters {
		if err := describeLetter(ctx, tx, actor, l); err != nil {
			return nil, err
		}
	}
	return letters, nil
}

// ofTarget is the letter that a target is which has failed or is parked.
func ofTarget(t *hayon.Target) *hayon.Letter {
	l := &hayon.Letter{Kind: hayon.LetterDead, Cause: hayon.CauseFailed, At: t.StateSince, Target: t.ID}
	if t.State == hayon.StateParked {
		l.Kind, l.Cause = hayon.LetterParked, hayon.CauseRetries
	}
	if t.Error != nil {
		l.Reason, l.Hint = t.Error.Message, t.Error.Hint
	}
	return l
}

// describeLetter adds how the target of a letter is now, where it is the actor's, and what to do.
func describeLetter(ctx context.Context, tx hayon.Tx, actor hayon.Actor, l *hayon.Letter) error {
	var t *hayon.Target
	if !l.Target.IsZero() {
		found, err := tx.FindTargetByID(ctx, l.Target)
		if err != nil && hayon.CodeOf(err) != hayon.CodeNotFound {
			return err
		}
		if err == nil && found.Owner == actor.User {
			t = found
		}
	}
	if t != nil {
		name, err := accountName(ctx, tx, t)
		if err != nil {
			return err
		}
		l.Post, l.Account, l.Platform, l.State, l.Attempts = t.Post, name, t.Platform, t.State, t.Attempts
	}
	if l.Hint == "" && l.Ended == nil {
		l.Hint = letterHint(l, t)
	}
	return nil
}

// accountName is what a person calls the account of a target.
func accountName(ctx context.Context, tx hayon.Tx, t *hayon.Target) (string, error) {
	a, err := tx.FindAccountByID(ctx, t.Account)
	if hayon.CodeOf(err) == hayon.CodeNotFound {
		return t.Platform, nil
	}
	if err != nil {
		return "", err
	}
	return a.Name, nil
}

// letterHint is what to type for a letter; t is its target, where it has one that can be seen.
func letterHint(l *hayon.Letter, t *hayon.Target) string {
	command := "hayon broker " + string(l.Kind)
	discard := command + " discard " + l.Ref() + ` --reason "…"`
	if t == nil || !replayable(t) {
		return discard
	}
	return command + " replay " + l.Ref() + "   or: " + discard
}

// LookupLetter finds the letter that a person means.
func (s *Scheduler) LookupLetter(ctx context.Context, kind hayon.LetterKind, ref string) (*hayon.Letter, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	ref = strings.TrimSpace(ref)
	var letter *hayon.Letter
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		letter, err = lookupLetter(ctx, tx, actor, kind, ref)
		return err
	})
	return letter, err
}

func lookupLetter(ctx context.Context, tx hayon.Tx, actor hayon.Actor, kind hayon.LetterKind, ref string) (*hayon.Letter, error) {
	if id, _, err := hayon.ParseLetterRef(ref); err == nil && !id.IsZero() { // also one that has ended
		l, err := tx.FindLetterByID(ctx, id)
		if hayon.CodeOf(err) == hayon.CodeNotFound || err == nil && kind != "" && l.Kind != kind {
			return nil, noLetter(kind, ref)
		}
		if err != nil {
			return nil, err
		}
		return l, describeLetter(ctx, tx, actor, l)
	}
	open, err := findLetters(ctx, tx, actor, hayon.LetterFilter{Kind: kind})
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(ref, "last") {
		if len(open) == 0 {
			return nil, hayon.Errorf(hayon.CodeNotFound, "there is nothing that waits for you").
				WithHint("see how the broker is: hayon broker status")
		}
		return open[0], nil
	}
	fits, err := fitting(open, ref)
	if err != nil {
		return nil, err
	}
	switch len(fits) {
	case 0:
		return nil, noLetter(kind, ref)
	case 1:
		return fits[0], nil
	}
	list := make([]string, 0, listMost)
	for _, l := range fits[:min(len(fits), listMost)] {
		list = append(list, l.Ref())
	}
	return nil, hayon.Errorf(hayon.CodeNotFound, "%q fits %d of them: %s", ref, len(fits), strings.Join(list, ", ")).
		WithHint("give the whole id of one").WithDetail("letters", list)
}

// fitting are the letters whose own ref ends as ref does, or where there is none those of such a target
// or post.
func fitting(letters []*hayon.Letter, ref string) ([]*hayon.Letter, error) {
	prefix, digits := "", strings.ToLower(ref)
	if len(digits) > 2 && digits[1] == '_' {
		prefix, digits = digits[:2], digits[2:]
	}
	suffix, err := hayon.ParsePostSuffix(digits)
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeNotFound, "%q is no id of a letter, a target or a post", ref).
			WithHint("give at least the last four characters of one, or: last")
	}
	ends := func(id string) bool { return strings.HasPrefix(id, prefix) && strings.HasSuffix(id, suffix) }
	var own, about []*hayon.Letter
	for _, l := range letters {
		switch {
		case ends(l.Ref()):
			own = append(own, l)
		case ends(l.Target.String()), ends(l.Post.String()):
			about = append(about, l)
		}
	}
	if len(own) > 0 {
		return own, nil
	}
	return about, nil
}

func noLetter(kind hayon.LetterKind, ref string) *hayon.Error {
	what, list := "nothing here", "hayon broker dead list"
	switch kind {
	case hayon.LetterDead:
		what = "no dead letter"
	case hayon.LetterParked:
		what, list = "nothing parked", "hayon broker parked list"
	}
	return hayon.Errorf(hayon.CodeNotFound, "there is %s that is called %s", what, ref).WithHint("see what there is: " + list)
}
