// Package worker turns a claimed target into a published one, or into the reason why not.
//
// An attempt is a sequence of steps, each a committed journal row: claimed (by the store), prepared
// and sending (committed together, before the irreversible call), and the outcome, committed with
// the state that follows. A crash between two of them is repaired by whoever claims the target
// next: before "sending" the attempt goes on as if nothing had happened, after it the platform is
// asked first.
//
// The package guarantees:
//
//   - The irreversible call is made at most once for each "sending" row, and never after the
//     deadline that stands in it.
//   - Every write of an attempt carries the fence of its claim. A worker that lost its lease only
//     appends what it learnt as evidence.
//   - One target of an account runs at a time; the transaction that frees the lane writes the hint
//     for the account's next target.
//
// [Worker.Run] serves a daemon: it consumes hints from a broker. [Worker.Deliver] serves a one-shot
// command: it works on the targets that the command owns, without any broker.
//
// The package decides nothing about platforms. What an answer proves is the provider's word.
package worker
