package main

import "slices"

// brokerMutants are about what carries hints, and about the letters of what it could not carry.
func brokerMutants() []mutant {
	return slices.Concat(publishMutants(), consumeMutants(), relayMutants(), letterMutants(), localMutants())
}

// publishMutants are about RabbitMQ's word on what was published. Their tests need a RabbitMQ.
func publishMutants() []mutant {
	return []mutant{
		{
			name:   "returned-is-confirmed",
			breaks: "a message that no queue takes is not confirmed, although the server confirms it",
			edits:  []edit{{"queue/rabbitmq/confirm.go", `case c.returned:`, `case false && c.returned:`}},
			checks: []check{in("queue/rabbitmq", "TestEachMessageHasItsOwnVerdict")},
		},
		{
			name:   "confirmed-before-the-return",
			breaks: "the return of a message is seen before its confirmation",
			edits:  []edit{{"queue/rabbitmq/outlet.go", `make(chan amqp.Return)`, `make(chan amqp.Return, 100)`}},
			checks: []check{in("queue/rabbitmq", "TestEverythingComesBack")},
		},
		{
			name:   "returned-by-its-id",
			breaks: "a return belongs to the one message that came back, and to no other with the same id",
			edits: []edit{{
				"queue/rabbitmq/outlet.go", `number, err := strconv.ParseUint(r.CorrelationId, 10, 64)`,
				`for i, c := range o.pending {
		if c.id == r.MessageId {
			r.CorrelationId = strconv.FormatUint(o.first+uint64(i), 10)
			break
		}
	}
	number, err := strconv.ParseUint(r.CorrelationId, 10, 64)`,
			}},
			checks: []check{in("queue/rabbitmq", "TestEachMessageHasItsOwnVerdict/one_id")},
		},
		{
			name:   "refused-is-confirmed",
			breaks: "a nack of the server is no confirmation",
			edits:  []edit{{"queue/rabbitmq/confirm.go", `case !ack:`, `case false && !ack:`}},
			checks: []check{in("queue/rabbitmq", "TestBrokerWithPrefix/length")},
		},
		{
			name:   "unknown-is-confirmed",
			breaks: "a message whose connection ends before its confirmation is not taken for confirmed",
			edits: []edit{{
				"queue/rabbitmq/confirm.go", `b.settle(c, unknown, hayon.Errorf(`,
				`b.settle(c, unknown, nil)
	_ = error(hayon.Errorf(`,
			}},
			checks: []check{in("queue/rabbitmq", "TestServerOfItsOwn/at_the_end")},
		},
		{
			name:   "alarm-ignored",
			breaks: "while an alarm of the server lasts, nothing is handed to it, and Publish says why",
			edits:  []edit{{"queue/rabbitmq/state.go", "if b.blocking.since.IsZero() {\n\t\treturn nil", "if true {\n\t\treturn nil"}},
			checks: []check{in("queue/rabbitmq", "TestServerOfItsOwn/memory_during_a_burst")},
		},
		{
			name:   "topology-forgotten",
			breaks: "each connection declares what was declared",
			edits: []edit{{
				"queue/rabbitmq/supervise.go", "if err := s.declare(ctx, t); err != nil {",
				"if err := s.declare(ctx, hayon.Topology{}); err != nil && len(t.Queues) >= 0 {",
			}},
			checks: []check{in("queue/rabbitmq", "TestOpenWithoutAServer")},
		},
		{
			name:   "plain-exchange-for-delays",
			breaks: "without the plugin there is no exchange for delays: a plain one would deliver at once",
			edits: []edit{{
				"queue/rabbitmq/declare.go", `wanted = known`,
				`if !known {
			e.Kind = hayon.ExchangeTopic
		}`,
			}},
			checks: []check{in("queue/rabbitmq", "TestWithoutThePlugin")},
		},
	}
}

// consumeMutants are about deliveries of a RabbitMQ. Their tests need one.
func consumeMutants() []mutant {
	return []mutant{
		{
			name:   "prefetch-unset",
			breaks: "a consumer never holds more than its prefetch",
			edits:  []edit{{"queue/rabbitmq/subscription.go", `ch.Qos(c.prefetch, 0, false)`, `ch.Qos(0, 0, false)`}},
			checks: []check{in("queue/rabbitmq", "TestBrokerWithPrefix/consume/prefetch")},
		},
		{
			name:   "settled-twice",
			breaks: "a second settlement of a delivery is refused and reaches no server",
			edits:  []edit{{"queue/rabbitmq/delivery.go", `case again:`, `case again && d.from.gone():`}},
			checks: []check{in("queue/rabbitmq", "TestBrokerWithPrefix/settle/twice")},
		},
		{
			name:   "old-ack-on-a-new-channel",
			breaks: "an acknowledgement of a delivery whose channel has ended goes nowhere: its number is another message's by now",
			edits: []edit{{
				"queue/rabbitmq/delivery.go", `if !d.from.gone() && send(d.from.ch) == nil {`,
				`ch := d.from.ch
	b.mu.Lock()
	for sub := range b.subscribed {
		if sub.consumer == d.from.consumer && !sub.gone() {
			ch = sub.ch
		}
	}
	b.mu.Unlock()
	if send(ch) == nil {`,
			}},
			checks: []check{in("queue/rabbitmq", "TestServerOfItsOwn/acknowledgement_too_late")},
		},
		{
			name:   "consumer-not-resumed",
			breaks: "a consumer whose channel has ended gets another one",
			edits: []edit{{
				"queue/rabbitmq/consume.go", "c.broker.work.start(ended.end)\n\t\tsub = nil",
				"c.broker.work.start(ended.end)\n\t\tclose(c.out)\n\t\treturn",
			}},
			checks: []check{in("queue/rabbitmq", "TestServerOfItsOwn/acknowledgement_too_late")},
		},
	}
}

// relayMutants are about hints on their way to a broker and from it, in fake time.
func relayMutants() []mutant {
	return []mutant{
		{
			name:   "unknown-leaves-the-outbox",
			breaks: "a hint of which nobody knows whether the broker has it stays in the outbox",
			edits:  []edit{{"scheduler/relay.go", "default:\n\t\t\tr.stop(err)", "default:\n\t\t\tr.done <- p"}},
			checks: []check{in("scheduler", "TestOutboxKeepsWhatIsNotConfirmed", "TestRelayKeepsWhatIsUnknown")},
		},
		{
			name:   "record-stops-the-relay",
			breaks: "a record that its full queue refuses stops no hint behind it",
			edits:  []edit{{"scheduler/relay.go", `case p.row.Cause != "":`, `case false:`}},
			checks: []check{in("scheduler", "TestFullDeadLetters")},
		},
		{
			name:   "broker-away-asked",
			breaks: "a broker that is away, or has an alarm, is not asked by the relay",
			edits: []edit{{
				"scheduler/relay.go", "st := broker.State()\n\twhy := st.Error",
				"st := broker.State()\n\tst.Connected, st.BlockedSince = true, time.Time{}\n\twhy := st.Error",
			}},
			checks: []check{in("scheduler", "TestBrokerAwayForMinutes")},
		},
		{
			name:   "retry-without-an-end",
			breaks: "the hint for a retry leaves the retry queue when its wait is over",
			edits:  []edit{{"hint.go", "m.Expiration, m.Exchange = 0, PostExchange\n\t}", "m.Exchange = PostExchange\n\t}\n\tm.Expiration = 0"}},
			checks: []check{in("scheduler", "TestRetryTravelsThroughTheRetryQueue"), in("worker", "TestRetryLeavesAHintForItsTime")},
		},
		{
			name:   "long-wait-in-the-retry-queue",
			breaks: "a wait of more than ten minutes is kept by the store alone: it would hold up those behind it",
			edits:  []edit{{"hint.go", `if t.NotBefore.Sub(now) > DelayHorizon {`, `if false {`}},
			checks: []check{in("worker", "TestRetryLeavesAHintForItsTime/longer")},
		},
		{
			name:   "old-wait-in-the-retry-queue",
			breaks: "so is one that became longer because the clock was set back",
			edits:  []edit{{"scheduler/relay.go", `if m.Expiration > hayon.DelayHorizon {`, `if false {`}},
			checks: []check{in("scheduler", "TestRetryThatWaitsForAnotherClock")},
		},
		{
			name:   "handed-over-beyond-the-horizon",
			breaks: "the plugin for delays gets nothing that is due in more than ten minutes",
			edits: []edit{
				{"scheduler/delay.go", `WakeBefore: now.Add(hayon.DelayHorizon), Limit`, `Limit`},
				{"scheduler/delay.go", ` && left <= hayon.DelayHorizon {`, ` {`},
			},
			checks: []check{in("scheduler", "TestHandover")},
		},
		{
			name:   "early-hint-followed",
			breaks: "a hint for a scheduled target that comes before its time has no effect",
			edits: []edit{
				{"worker/run.go", `stale = stale || t.Due.After(wallNow())`, ``},
				{"worker/run.go", `WakeBefore: now, Limit: arriveBatch`, `Limit: arriveBatch`},
			},
			checks: []check{in("worker", "TestHintOfWhatIsScheduled")},
		},
		{
			name:   "given-back-before-the-end",
			breaks: "what a stopping process did not begin is given back once: sooner it would come again until its delivery limit",
			edits:  []edit{{"worker/run.go", `late = append(late, d)`, `w.settled(d.Nack(true))`}},
			checks: []check{in("worker", "TestStopGivesBackOnce")},
		},
	}
}

// letterMutants are about what nobody can deliver.
func letterMutants() []mutant {
	return []mutant{
		{
			name:   "unroutable-without-a-letter",
			breaks: "a hint that no queue takes is a letter",
			edits:  []edit{{"scheduler/relay.go", `p.unroutable = err`, ``}},
			checks: []check{in("scheduler", "TestUnroutableHintIsALetter")},
		},
		{
			name:   "unreadable-without-a-letter",
			breaks: "a message that cannot be read is a letter before the broker dead-letters it",
			edits:  []edit{{"worker/run.go", "if err == nil {\n\t\t\tlog.Error(\"a message was put aside\"", "if true {\n\t\t\tlog.Error(\"a message was put aside\""}},
			checks: []check{in("worker", "TestUnreadableMessageWaitsForTheStore")},
		},
		{
			name:   "end-without-a-record",
			breaks: "a target that failed or is parked leaves a record in the dead letters or the parking lot",
			edits:  []edit{{"worker/settle.go", "return tx.AppendOutbox(ctx, hayon.RecordFor(t, now))", "return nil"}},
			checks: []check{in("worker", "TestEndLeavesARecord")},
		},
		{
			name:   "record-taken-too-early",
			breaks: "a record stays in its queue for as long as its target is failed or parked",
			edits: []edit{{
				"scheduler/letter_collect.go", `t.State != hayon.StateFailed && t.State != hayon.StateParked, nil`,
				`t.State != hayon.StateFailed || t.State != hayon.StateParked, nil`,
			}},
			checks: []check{in("scheduler", "TestRecordsFollowTheirTargets")},
		},
		{
			name:   "letter-filed-again",
			breaks: "a letter that has ended does not come back with its message",
			edits: []edit{
				{"letter.go", `case err == nil && (old.Ended == nil || !old.Cleared):`, `case err == nil && old.Ended == nil:`},
				{"scheduler/letter_collect.go", `case err == nil && !l.Cleared:`, `case false:`},
			},
			checks: []check{in("scheduler", "TestUnroutableHintIsALetter")},
		},
		{
			name:   "replayed-in-the-same-generation",
			breaks: "a replay is a new generation, so that no hint from before has an effect",
			edits:  []edit{{"scheduler/letter_change.go", "\tt.Generation++\n", ""}},
			checks: []check{in("scheduler", "TestService/replay_a_message")},
		},
		{
			name:   "discarded-for-no-reason",
			breaks: "who discards a letter says why",
			edits:  []edit{{"scheduler/letter_change.go", `if strings.TrimSpace(r.Reason) == "" {`, `if false {`}},
			checks: []check{in("scheduler", "TestService/changes_of_letters_that_are_refused")},
		},
	}
}

// localMutants are about the embedded broker, which does as RabbitMQ does.
func localMutants() []mutant {
	return []mutant{
		{
			name:   "expired-anywhere",
			breaks: "only the head of a queue expires; what is behind it waits",
			edits: []edit{{
				"queue/local/queue.go", "func (q *queue) expire() *entry {\n",
				`func (q *queue) expire() *entry {
	for i := len(q.fresh) - 1; i > q.head; i-- {
		if e := q.fresh[i]; e.expires != 0 && q.broker.now() >= e.expires {
			q.fresh = slices.Delete(q.fresh, i, i+1)
			q.bury(e, reasonExpired)
		}
	}
`,
			}},
			checks: []check{in("queue/local", "TestOnlyTheHeadExpires")},
		},
		{
			name:   "one-delivery-less",
			breaks: "a message is given back as often as the delivery limit says, and delivered once more",
			edits:  []edit{{"queue/local/queue.go", `int64(e.returned) > q.returns`, `int64(e.returned) >= q.returns`}},
			checks: []check{in("queue/local", "TestBroker/dead_letter/delivery_limit")},
		},
		{
			name:   "dead-letter-without-its-key",
			breaks: "a dead letter keeps its routing key where the queue has none for it: a retry comes back by it",
			edits:  []edit{{"queue/local/dead.go", `if q.rekeys {`, `if q.rekeys || true {`}},
			checks: []check{in("queue/local", "TestBroker/topology/retry"), in("scheduler", "TestRetryTravelsThroughTheRetryQueue")},
		},
	}
}
