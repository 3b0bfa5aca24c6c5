package main

// changeMutants are about changing one's mind.
func changeMutants() []mutant {
	return []mutant{
		{
			name:   "edit-of-what-is-being-sent",
			breaks: "what has begun to be sent is not changed any more",
			edits:  []edit{{"scheduler/revise_target.go", `return t.NextPart() == 0 && t.Step != hayon.StepSending`, `return t.NextPart() == 0`}},
			checks: []check{in("scheduler", "TestEditAtTheLastMoment")},
		},
		{
			name:   "edit-without-a-fence",
			breaks: "a worker that prepared the old text does not send it",
			edits: []edit{{"scheduler/revise_target.go", `	t.Fence++
	return held, move(ctx, tx, actor, t, hayon.StateQueued, "given back to be changed", now)`, `	return held, nil`}},
			checks: []check{in("scheduler", "TestEditAtTheLastMoment")},
		},
		{
			name:   "edit-of-an-old-revision",
			breaks: "who edits what was changed meanwhile is told so",
			edits:  []edit{{"scheduler/revise.go", `rv.Revision != 0 && rv.Revision != is`, `false`}},
			checks: []check{in("scheduler", "TestModel", "TestService")},
		},
		{
			name:   "edit-that-keeps-the-account",
			breaks: "an account that an edit leaves out gets nothing",
			edits:  []edit{{"scheduler/revise.go", `if accounts[t.Account] != nil && v.made.accounts[t.Account] == nil {`, `if false {`}},
			checks: []check{in("scheduler", "TestModel", "TestService")},
		},
		{
			name:   "edit-of-words-alone",
			breaks: "an edit of labels touches no target",
			edits:  []edit{{"scheduler/revise_target.go", `words := !v.same && !sameTarget(t, n)`, `words := true`}},
			checks: []check{in("scheduler", "TestModel", "TestService")},
		},
		{
			name:   "undo-whatever-happened",
			breaks: "an undo takes back nothing that somebody built on",
			edits:  []edit{{"scheduler/undo.go", `case i >= len(last) || t.Generation != last[i]:`, `case i >= len(last):`}},
			checks: []check{in("scheduler", "TestModel", "TestService")},
		},
		{
			name:   "undo-that-sends",
			breaks: "an undo sends nothing whose time has passed",
			edits:  []edit{{"scheduler/undo.go", `case was.Due.After(now):`, `case true:`}},
			checks: []check{in("scheduler", "TestService")},
		},
		{
			name:   "undo-of-the-same",
			breaks: "undoing twice takes back two changes",
			edits:  []edit{{"scheduler/revised.go", `b[c.Of] = true`, `_ = b`}},
			checks: []check{in("scheduler", "TestModel", "TestService")},
		},
		{
			name:   "undo-of-half-a-batch",
			breaks: "what one command did is taken back whole",
			edits:  []edit{{"scheduler/undo.go", `case last.Batch == "" || !u.Post.IsZero():`, `case true:`}},
			checks: []check{in("scheduler", "TestModel", "TestService")},
		},
		{
			name:   "reschedule-in-elapsed-days",
			breaks: "a day is one of the calendar",
			edits: []edit{{"scheduler/reschedule.go", `out.Wall = day.AddDate(0, 0, by.Days).Format(when.WallLayout)`, `_ = day
		out.Wall = sc.At.Add(time.Duration(by.Days) * 24 * time.Hour).In(loc).Format(when.WallLayout)`}},
			checks: []check{in("scheduler", "TestService")},
		},
		{
			name:   "request-by-names",
			breaks: "a kept request means the same accounts after a rename",
			edits:  []edit{{"scheduler/kept.go", `c.To, c.Not = accountIDs(accounts), nil`, `c.Not = nil`}},
			checks: []check{in("scheduler", "TestService")},
		},
		{
			name:   "gap-of-other-accounts",
			breaks: "the gap is that of one account",
			edits:  []edit{{"scheduler/gap.go", `Account: t.Account, Limit: 2,`, `Limit: 2,`}},
			checks: []check{in("scheduler", "TestService")},
		},
		{
			name:   "deleted-is-found",
			breaks: "a search finds no deleted post",
			edits:  []edit{{"store/bolt/index.go", `s, at := shelfOf(p.Owner, !p.DeletedAt.IsZero()), timeKey(p.At())`, `s, at := shelfOf(p.Owner, false), timeKey(p.At())`}},
			checks: []check{in("store/bolt", "TestStore")},
		},
	}
}
