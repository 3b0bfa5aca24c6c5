package main

// composeMutants are about what a post becomes on each platform.
func composeMutants() []mutant {
	return []mutant{
		{
			name:   "split-without-limits",
			breaks: "a thread is split for each account by its own limits",
			edits:  []edit{{"scheduler/thread.go", `o.Limits = textLimits(info, options)`, `o.Limits = textLimits(info, nil)`}},
			checks: []check{in("scheduler", "TestThreadCountsTheWarning")},
		},
		{
			name:   "answer-to-the-first-part",
			breaks: "an answer to one's own thread goes on at its end",
			edits:  []edit{{"scheduler/reference.go", `what, ok := r.copyOf(a, true)`, `what, ok := r.copyOf(a, false)`}},
			checks: []check{in("scheduler", "TestReplyToOwn")},
		},
		{
			name:   "answer-to-what-is-not-out",
			breaks: "what is not out yet cannot be answered",
			edits:  []edit{{"scheduler/reference.go", `if t.State == hayon.StatePublished && t.RemovedAt.IsZero() {`, `if t.RemovedAt.IsZero() {`}},
			checks: []check{in("scheduler", "TestReplyRefused")},
		},
		{
			name:   "unmade-is-sent",
			breaks: "what could not be made is not sent by a retry",
			edits:  []edit{{"scheduler/check.go", `for _, what := range t.Unmade {`, `for _, what := range t.Unmade[:0] {`}},
			checks: []check{in("scheduler", "TestUnfitMediaStayUnsent")},
		},
		{
			name:   "one-fit-for-all",
			breaks: "a medium is fitted to the limits of each account",
			edits:  []edit{{"scheduler/materials.go", `return fitKey{n.source, n.specKey()}`, `return fitKey{n.source, ""}`}},
			checks: []check{in("scheduler", "TestMediaAreFittedForEachAccount")},
		},
		{
			name:   "dry-run-reads-pages",
			breaks: "a dry run asks nobody",
			edits:  []edit{{"scheduler/card.go", `if m.offline {`, `if false {`}},
			checks: []check{in("scheduler", "TestCardsAreReadOnce")},
		},
		{
			name:   "card-stops-a-post",
			breaks: "a card that cannot be had stops no post",
			edits:  []edit{{"scheduler/card.go", `return &page{failed: hayon.AsError(err).Message}, nil`, `return nil, err`}},
			checks: []check{in("scheduler", "TestCards")},
		},
		{
			name:   "stored-unmade",
			breaks: "a post is stored only with all that it is made of",
			edits:  []edit{{"scheduler/create.go", `return nil, errMore`, `_ = errMore`}},
			checks: []check{in("scheduler", "TestCardOfAnAlias")},
		},
		{
			name:   "card-from-inside",
			breaks: "the socket itself refuses an address of a private network",
			edits: []edit{{"cards/guard.go", `return g.address(at.Addr().String(), at.Addr())`, `_ = at
		return nil`}},
			checks: []check{in("cards", "TestSocketRefuses")},
		},
	}
}
