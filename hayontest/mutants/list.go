package main

import "slices"

// mutants are all there are.
func mutants() []mutant {
	return slices.Concat(intentMutants(), outcomeMutants(), retryMutants(), storeMutants(), clockMutants(), wireMutants(), brokerMutants(), composeMutants(), changeMutants())
}

// intentMutants are about what is committed before the irreversible call, and by whom.
func intentMutants() []mutant {
	return []mutant{
		{
			name:   "intent-after-the-call",
			breaks: "the journal row sending is committed before the irreversible call",
			edits: []edit{
				{
					"worker/attempt.go", `rest, err = a.sending(ctx, i, prepared)`,
					`a.t.SentAt, a.t.Deadline = wallNow(), wallNow().Add(a.timeout(i))
	var res = a.publish(ctx, i, prepared)
	rest, err = a.sending(ctx, i, prepared)`,
				},
				{"worker/attempt.go", "\tres := a.publish(ctx, i, prepared)\n", ""},
			},
			checks: []check{
				in("worker", "TestCrashAroundTheCall", "TestCrashAroundTheCallOfEachClass"),
				in("cmd/hayon", "TestCrashMatrix/one-shot/after-publish/E"),
			},
		},
		{
			name:   "fence-unchecked",
			breaks: "every write of an attempt is refused once another worker has claimed the target",
			edits: []edit{{
				"worker/attempt.go",
				`if t.Fence != a.t.Fence || t.Generation != a.t.Generation || t.Lease == nil {
			return errFence
		}
		if a.asking {`,
				`if t.Generation != a.t.Generation || t.Lease == nil {
			return errFence
		}
		if a.asking {`,
			}},
			checks: []check{in("worker", "TestFenceWhileAnotherWorks")},
		},
		{
			name:   "fence-unchecked-in-the-store",
			breaks: "the store refuses a target with an older fence than it has",
			edits:  []edit{{"store/bolt/target.go", `case old.Fence > tg.Fence:`, `case false:`}},
			checks: []check{in("store/bolt", "TestStore/hold/target", "TestUpdateTargetComparesWithTheStored")},
		},
		{
			name:   "fence-not-raised",
			breaks: "each claim raises the fence",
			edits:  []edit{{"store/bolt/claim.go", `tg.Fence++`, ``}},
			checks: []check{in("store/bolt", "TestStore/hold/claim")},
		},
		{
			name:   "prepared-anew",
			breaks: "every later attempt sends the very bytes of the journal again",
			edits:  []edit{{"worker/prepare.go", `case earlier.ReadyAt.IsZero() && (`, `case false && (`}},
			checks: []check{in("worker", "TestPreparedBytesAreSentAgain")},
		},
		{
			name:   "given-back-while-sending",
			breaks: "a process that stops keeps a target of which something may have been sent for recovery",
			edits: []edit{{
				"worker/giveback.go", `case from == hayon.StatePublishing && t.Step != hayon.StepSending:`,
				`case from == hayon.StatePublishing:`,
			}},
			checks: []check{in("worker", "TestGivenBackWhileSending")},
		},
		{
			name:   "cancelled-while-sending",
			breaks: "a change after the row sending is refused with the state",
			edits:  []edit{{"scheduler/post.go", `t.Step != hayon.StepSending`, `true`}},
			checks: []check{in("worker", "TestCancelWhilePublishing")},
		},
		{
			name:   "no-heartbeat",
			breaks: "a heartbeat renews the lease at a third of its time",
			edits:  []edit{{"worker/attempt.go", `return tx.RenewLease(ctx, id, fence, until)`, `return nil`}},
			checks: []check{in("worker", "TestHeartbeat")},
		},
		{
			name:   "living-robbed",
			breaks: "only a process that is dead loses its leases at once",
			edits:  []edit{{"scheduler/sweep.go", `if o != s.deps.Owner && !s.deps.Alive(o) {`, `if o != s.deps.Owner {`}},
			checks: []check{in("worker", "TestRecoverLeavesTheLiving")},
		},
	}
}

// outcomeMutants are about what is unknown.
func outcomeMutants() []mutant {
	return []mutant{
		{
			name:   "lost-answer-repeated",
			breaks: "an unknown outcome is reconciled by class, and never sent again blindly",
			edits: []edit{{
				"worker/settle.go", `case hayon.VerdictUnknown:`,
				`case hayon.VerdictUnknown:
		if from == fromCall {
			res.Err = a.nowhere()
			return true, a.retry(ctx, i, res, from)
		}`,
			}},
			checks: []check{in("worker", "TestUnknownOutcomes")},
		},
		{
			name:   "nobody-asked-sent-again",
			breaks: "a class that can tell nothing leaves an unknown outcome to its user",
			edits: []edit{{
				"worker/lookup.go", "case a.class() == hayon.ClassE:\n\t\treturn hold(nil)",
				"case a.class() == hayon.ClassE:\n\t\treturn a.settle(ctx, i, hayon.Result{Verdict: hayon.VerdictNotApplied, Err: a.nowhere()}, fromJournal)",
			}},
			checks: []check{in("worker", "TestCrashAroundTheCallOfEachClass")},
		},
		{
			name:   "absent-at-the-first-look",
			breaks: "a list of recent posts that lacks the post is believed at the last settle time",
			edits:  []edit{{"worker/lookup.go", `since.Add(times[len(times)-1])`, `since.Add(times[0])`}},
			checks: []check{in("worker", "TestUnknownOutcomes", "TestSettleTimes")},
		},
		{
			name:   "absence-believed",
			breaks: "what a list of recent posts lacks is sent again only where the platform reads its own writes",
			edits:  []edit{{"worker/lookup.go", `case !a.info().ReadYourWrites:`, `case false:`}},
			checks: []check{in("worker", "TestUnknownOutcomes", "TestSettleTimes")},
		},
		{
			name:   "looked-up-too-early",
			breaks: "a call of a dead process is looked up at its deadline and settle time, when it cannot arrive any more",
			edits: []edit{{
				"worker/lookup.go", `a.orphan && a.class() != hayon.ClassA && wallNow().Before(at)`,
				`a.orphan && a.class() != hayon.ClassA && wallNow().Before(at) && false`,
			}},
			checks: []check{in("worker", "TestLookWaitsForTheCall")},
		},
		{
			name:   "adopted-without-asking",
			breaks: "a post that another target owns is not adopted",
			edits:  []edit{{"worker/lookup.go", `owned = err == nil`, `owned = false`}},
			checks: []check{in("worker", "TestAdoptionOfEqualTexts", "TestNothingIsAdoptedTwice")},
		},
		{
			name:   "remote-id-owned-twice",
			breaks: "the account and the remote id are a unique index",
			edits: []edit{{
				"store/bolt/target.go", `other != nil && !bytes.Equal(other, tg.ID[:])`,
				`other != nil && len(other) == 0`,
			}},
			checks: []check{in("worker", "TestRemoteIDOfAnotherTargetIsHeld"), in("store/bolt", "TestStore/hold/target")},
		},
		{
			name:   "evidence-of-others-unread",
			breaks: "recovery reads what a worker without its fence has learnt before anybody is asked",
			edits:  []edit{{"worker/evidence.go", `if r.Target != t.ID || r.Part != i`, `if r.Target != t.ID || r.Fence != t.Fence || r.Part != i`}},
			checks: []check{in("worker", "TestEvidenceDecides", "TestEvidenceDecidesByItsKind", "TestStallAtEveryCommit")},
		},
		{
			name:   "evidence-unwritten",
			breaks: "a worker that lost its fence appends what it learnt to the journal",
			edits: []edit{{
				"worker/settle.go", `return true, a.insist(ctx, func(ctx context.Context) error { return a.late(ctx, i, res) })`,
				`return true, nil`,
			}},
			checks: []check{in("worker", "TestStaleWorker", "TestLateEvidenceWakesWhatIsHeld")},
		},
		{
			name:   "thread-from-the-start",
			breaks: "a thread goes on with the first part that has no remote id in the journal",
			edits:  []edit{{"worker/attempt.go", `for i := a.t.NextPart(); i < len(a.t.Parts)`, `for i := 0; i < len(a.t.Parts)`}},
			checks: []check{in("worker", "TestThreadGoesOn")},
		},
	}
}

// retryMutants are about what is tried again, and when.
func retryMutants() []mutant {
	return []mutant{
		{
			name:   "unreachable-counted",
			breaks: "what never reached the platform is no attempt",
			edits:  []edit{{"worker/retry.go", `case unconnected(res.Err):`, `case unconnected(res.Err) && false:`}},
			checks: []check{in("worker", "TestBreaker")},
		},
		{
			name:   "breaker-never-opens",
			breaks: "five failures to connect within 30 s open the breaker of the host",
			edits:  []edit{{"worker/pace.go", `p.Open = true`, `p.Open = false`}},
			checks: []check{in("worker", "TestBreaker")},
		},
		{
			name:   "rate-limit-of-one",
			breaks: "a rate limit moves all waiting targets of the account, host or application",
			edits:  []edit{{"worker/pace.go", `return a.limited(ctx, tx, e, now)`, `return time.Time{}, a.reached(ctx, tx)`}},
			checks: []check{in("worker", "TestRateLimitScopes")},
		},
		{
			name:   "retry-after-ignored",
			breaks: "what the platform asks to wait counts where it is longer",
			edits:  []edit{{"worker/retry.go", `asked > w.after {`, `asked > w.after && false {`}},
			checks: []check{in("worker", "TestRetryAfterWins")},
		},
		{
			name:   "account-not-stopped",
			breaks: "a refused sign-in stops the account until it is connected again",
			edits: []edit{{
				"worker/settle.go", `acc.Status, acc.Reason = hayon.AccountNeedsReconnect, reason`,
				`acc.Reason = reason`,
			}},
			checks: []check{in("worker", "TestSignInRefusedStopsAccount")},
		},
		{
			name:   "request-stored-twice",
			breaks: "a client that repeats its request with its idempotency key gets the post that is there",
			edits:  []edit{{"scheduler/create.go", `digest, now); post != nil || err != nil {`, `digest, now); post != nil && false || err != nil {`}},
			checks: []check{in("scheduler", "TestService/idempotency_key"), in("cmd/hayon", "TestCrashMatrix/one-shot/after-created/A")},
		},
		{
			name:   "broker-believed",
			breaks: "a target that nobody claimed gets another hint: a broker may lose everything",
			edits:  []edit{{"scheduler/hint.go", `case depth.Ready == 0 || !c.told:`, `case depth.Ready == 0 && !c.told:`}},
			checks: []check{in("scheduler", "TestBrokerThatLosesEverythingCostsSeconds")},
		},
		{
			name:   "outbox-before-the-confirm",
			breaks: "a row leaves the outbox once the broker has confirmed it",
			edits:  []edit{{"scheduler/relay.go", `err := p.wait(ctx)`, `err := error(nil)`}},
			checks: []check{in("scheduler", "TestOutboxKeepsWhatIsNotConfirmed")},
		},
		{
			name:   "cursor-before-the-delivery",
			breaks: "a sink's place in the journal moves when it has the event, so that a crash costs a repeat and no event",
			edits: []edit{{
				"events/line.go", `err = sink.Deliver(limited, n)`,
				`l.deal(r.Seq)
	if err = l.write(ctx, true); err == nil {
		err = sink.Deliver(limited, n)
	}`,
			}},
			checks: []check{in("events", "TestCrashBeforeTheCursorMoves")},
		},
	}
}

// storeMutants are about what may be claimed.
func storeMutants() []mutant {
	return []mutant{
		{
			name:   "lane-ignored",
			breaks: "one target of an account is worked on at a time, in due order, across retries too",
			edits:  []edit{{"store/bolt/lane.go", `if tg.HoldsLane(c.r.Now) && (`, `if false && (`}},
			checks: []check{in("store/bolt", "TestStore/hold/lane"), in("worker", "TestRetryKeepsTheLane")},
		},
		{
			name:   "turn-ignored",
			breaks: "a hint leads to the target of its account that is due first",
			edits:  []edit{{"store/bolt/claim.go", `if c.r.InOrder {`, `if false && c.r.InOrder {`}},
			checks: []check{in("store/bolt", "TestStore/hold/claim"), in("scheduler", "TestWindow/summer_time")},
		},
		{
			name:   "generation-ignored",
			breaks: "a hint of an older generation has no effect",
			edits:  []edit{{"store/bolt/claim.go", `if ref.Generation != 0 && ref.Generation != tg.Generation {`, `if ref.Generation < 0 {`}},
			checks: []check{in("store/bolt", "TestStore/hold/claim")},
		},
		{
			name:   "account-of-nobody-claimed",
			breaks: "nothing of an account that needs to be connected again is claimed",
			edits:  []edit{{"store/bolt/pace.go", `if err == nil && a.Status == hayon.AccountConnected {`, `if err == nil {`}},
			checks: []check{in("store/bolt", "TestStore/hold/claim")},
		},
		{
			name:   "pause-ignored",
			breaks: "while publishing is paused nothing is claimed",
			edits:  []edit{{"store/bolt/claim.go", `all != nil && all.NotBefore.After(c.r.Now)`, `all != nil && false`}},
			checks: []check{in("store/bolt", "TestStore/hold/pace")},
		},
		{
			name:   "every-probe-goes",
			breaks: "an open breaker lets one through at a time",
			edits:  []edit{{"store/bolt/pace.go", `probed.NotBefore = c.r.Now.Add(c.r.ProbeEvery)`, `probed.NotBefore = c.r.Now`}},
			checks: []check{in("store/bolt", "TestStore/hold/pace")},
		},
		{
			name:   "caught-up-at-once",
			breaks: "what is more than five minutes late goes out ten seconds apart for each account",
			edits:  []edit{{"store/bolt/pace.go", `return c.r.CatchUpEvery > 0 &&`, `return false &&`}},
			checks: []check{in("store/bolt", "TestStore/hold/late"), in("worker", "TestDueCatchesUp")},
		},
		{
			name:   "answered-before-the-commit",
			breaks: "accepted means stored: whoever waits is answered after the commit",
			edits: []edit{{
				"store/bolt/commit.go", `err = b.guard(tx.Commit)`,
				`b.finish(nil)
		err = b.guard(tx.Commit)`,
			}},
			checks: []check{in("store/bolt", "TestKill")},
		},
	}
}

// clockMutants are about when.
func clockMutants() []mutant {
	return []mutant{
		{
			name:   "queued-early",
			breaks: "nothing is queued before its due time",
			edits: []edit{{
				"store/bolt/due.go", `t.wakeRows(hayon.StateScheduled, r.Now, r.Limit, nil)`,
				`t.wakeRows(hayon.StateScheduled, r.Now.Add(time.Second), r.Limit, nil)`,
			}},
			checks: []check{in("store/bolt", "TestStore/hold/due")},
		},
		{
			name:   "claimed-early",
			breaks: "nothing is claimed before its due time or the end of its wait",
			edits: []edit{{
				"store/bolt/lane.go", `return !tg.Wake().After(c.r.Now) && !c.window.tooLate(tg)`,
				`return !tg.Wake().After(c.r.Now.Add(time.Second)) && !c.window.tooLate(tg)`,
			}},
			checks: []check{in("store/bolt", "TestStore/hold/claim")},
		},
		{
			name:   "jump-not-held",
			breaks: "after a jump of the clock by more than a minute nothing is published for 30 s",
			edits:  []edit{{"scheduler/clock.go", `return r.wall, !g.held`, `return r.wall, true`}},
			checks: []check{in("scheduler", "TestJumpAheadHoldsPublishing"), in("scheduler", "TestWindow/summer_time")},
		},
		{
			name:   "hold-unknown-to-the-worker",
			breaks: "a worker asks whether the clock is trusted before it claims",
			edits:  []edit{{"worker/worker.go", `return w.cfg.MayPublish == nil || w.cfg.MayPublish()`, `return true`}},
			checks: []check{in("worker", "TestMayPublishIsAsked")},
		},
		{
			name:   "set-back-hint-forgotten",
			breaks: "what a clock that was set back makes due once more goes out at that time, as what is on time",
			edits:  []edit{{"scheduler/back.go", `t.Due.After(now) && t.StateSince.After(now)`, `false`}},
			checks: []check{in("scheduler", "TestSetBackAfterOvertaking", "TestSetBackWhilePaused")},
		},
		{
			name:   "ask-publishes",
			breaks: "beyond the grace window the policy to ask leaves the target missed, with its question",
			edits:  []edit{{"target.go", `case t.IfLate == LatePublish:`, `case t.IfLate != LateSkip:`}},
			checks: []check{in("store/bolt", "TestStore/hold/late"), in("scheduler", "TestFoundTooLateIsMissedAndRetrySendsIt")},
		},
		{
			name:   "late-retry-goes-out",
			breaks: "a wait that ends beyond the grace window is left to the late policy",
			edits:  []edit{{"worker/retry.go", `late := !end.IsZero() && at.After(end)`, `late := end.IsZero() && false`}},
			checks: []check{in("worker", "TestUnreachableBeyondTheGraceWindow")},
		},
	}
}

// wireMutants are about the irreversible call on the wire.
func wireMutants() []mutant {
	return []mutant{
		{
			name:   "deadline-unchecked",
			breaks: "the deadline is compared with the clock on the wall just before the first byte leaves",
			edits:  []edit{{"providers/internal/rest/transport.go", `if passed(c.deadline, now) {`, `if false {`}},
			checks: []check{in("providers/internal/rest", "TestDeadlineHoldsTheRequestBack")},
		},
		{
			name:   "deadline-not-passed-on",
			breaks: "the deadline of the irreversible call reaches the transport",
			edits:  []edit{{"providers/bluesky/publish.go", `rest.WithDeadline(ctx, r.Deadline)`, `ctx`}},
			checks: []check{in("providers/bluesky", "TestDeadlineIsOver")},
		},
		{
			name:   "deadline-of-the-worker-unchecked",
			breaks: "a worker that stood still after the row sending makes no call when its deadline is over",
			edits:  []edit{{"worker/sending.go", `if left <= 0 {`, `if false {`}},
			checks: []check{in("worker", "TestStallAtEveryCommit")},
		},
		{
			name:   "nothing-left-they-say",
			breaks: "a timeout or reset after the first byte is an unknown outcome",
			edits:  []edit{{"providers/internal/rest/error.go", `Sent: state.sent.Load()`, `Sent: false`}},
			checks: []check{
				in("providers/internal/rest", "TestErrorsTellWhetherAnythingLeft"),
				in("providers/bluesky", "TestBadLines/answer_lost"),
			},
		},
		{
			name:   "swap-record-left-out",
			breaks: "putRecord is sent with swapRecord null, so that it creates and never overwrites",
			edits: []edit{{
				"providers/bluesky/prepare.go", `return &hayon.Prepared{Data: data, Remote:`,
				`data = bytes.Replace(data, []byte(` + "`" + `,"swapRecord":null` + "`" + `), nil, 1)
	return &hayon.Prepared{Data: data, Remote:`,
			}},
			checks: []check{in("providers/bluesky", "TestPreparedBytes"), in("providers/bluesky", "TestTakenKey")},
		},
		{
			name:   "taken-key-refuses",
			breaks: "after InvalidSwap the record is read before anything else: it may be ours",
			edits:  []edit{{"providers/bluesky/publish.go", ` || e.Name == "InvalidSwap" {`, ` {`}},
			checks: []check{in("providers/bluesky", "TestPublishVerdicts")},
		},
		{
			name:   "server-error-refuses",
			breaks: "a 5xx on the irreversible call is an unknown outcome",
			edits:  []edit{{"providers/bluesky/publish.go", ` || e.Status >= http.StatusInternalServerError ||`, ` ||`}},
			checks: []check{in("providers/bluesky", "TestPublishVerdicts")},
		},
	}
}
