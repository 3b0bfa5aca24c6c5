// Package worker turns a claimed target into a published one, or into the reason why not.
//
// An attempt is a sequence of steps, each a committed journal row: claimed (by the store), prepared
// and sending (committed together, before the irreversible call), and the outcome, committed with
// the state that follows. A crash between two of them is repaired by whoever claims the target
// next: before "sending" the attempt goes on as if nothing had happened, after it the outcome is
// looked for first.
//
// The package guarantees:
//
//   - The irreversible call is made at most once for each "sending" row, and never after the
//     deadline that stands in it.
//   - Every write of an attempt carries the fence of its claim. A worker that lost its lease only
//     appends what it learnt as evidence, and that is read before anything is sent again.
//   - What has an unknown outcome is not sent again before it is proved absent. How that is found out
//     follows from the platform's class: by a look at once (A); by looks with growing waits, for a day
//     (B, C and F); by looks at the settle times, after which an absence proves something only where the
//     platform reads its own writes (D); or not at all (E). Where nothing more can be learnt the target
//     is held, with the commands by which its user says what happened.
//   - One target of an account runs at a time; the transaction that frees the lane writes the hint
//     for the account's next target.
//   - A part of a thread that is out is never sent again, and none is sent before the one in front of
//     it is known to be out.
//   - A thread that answers somebody joins that conversation: its first part learns in Prepare where it
//     began, which is stored with what was prepared, and the other parts are told.
//   - A rate limit holds back everybody whom it concerns, and costs no attempt. So does a host that
//     cannot be reached: after a few failures its breaker lets only a probe through now and then.
//   - Nothing is sent after its grace window by surprise: a wait that would end later leaves the target
//     to its late policy at once, with the reason.
//
// [Worker.Run] serves a daemon: it consumes hints from a broker. [Worker.Deliver] serves a one-shot
// command: it works on the targets that the command owns, without any broker. [Worker.DeliverDue]
// serves a command that runs now and then: it works on all that is due.
//
// A target in retry_wait, uncertain, or queued for a later instant comes back by a hint when its Wake is
// over. For a retry within ten minutes the worker leaves one in the outbox, which a broker keeps until
// then; else, and where that is lost, it relies on whoever sweeps the store. A hint for what is not due
// yet has no effect; one for what is due and not queued yet queues it.
//
// What takes long is told in the journal, for those who look on: a row for every ten per cent of an upload
// that takes more than two seconds, and what the platform does with it as the reason why the target is
// queued again.
//
// A message that is no hint, or one of another version, is filed as a letter in the store and then given
// to the broker to be dead-lettered; never dropped before. What fails or is parked leaves a record in the
// outbox, for who looks into the queues.
//
// The package decides nothing about platforms. What an answer proves is the provider's word.
package worker
