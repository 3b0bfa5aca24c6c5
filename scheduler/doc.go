// Package scheduler is the services in process: it checks, stores, lists and changes posts,
// accounts and media, and it moves what is due on its way.
//
// A post is stored for all of its accounts or for none, in one transaction with its targets and the
// hints that they need. What was accepted is safe: everything after that is repaired from the store.
//
// [Scheduler.Run] serves a daemon. It has six loops:
//
//   - due: moves targets to "queued" at their due time, and to "missed" when they are found too
//     late. It keeps no list of its own: it asks the store for the earliest due time and sleeps
//     until then, or 250 ms, so that a machine that was suspended is not late by more than that.
//     Each time it compares the clocks, see [Scheduler.MayPublish].
//   - relay: hands the outbox to the broker with confirms in flight, and deletes a row only after
//     its confirm. What no queue takes is a letter then. A broker that is away, or takes nothing
//     because of an alarm, is not asked.
//   - handover: gives hints for what is due within ten minutes to the broker's plugin for delayed
//     messages, where there is one. It is an addition: whatever the plugin does with them, due queues
//     and hints at the same targets at their time.
//   - sweeper: sends new hints for what nobody claimed, at once when a wait ends, ends the leases of
//     dead processes, and marks what is too late. It makes the program correct with a broker that
//     loses everything.
//   - collector: keeps the dead letters and the parking lot of the broker agreed with the store. It
//     files what the store does not know, and takes away what was dealt with. A broker counts how
//     often a message is looked at, so it looks only where something has changed.
//   - chores: moves posts when the rules of their time zone have changed, forgets old guards
//     and letters, and warns of sign-ins that end. Due waits for the first comparison of zones, nothing else for it.
//
// All loops take due times and the ends of waits from the clock on the wall, and their own intervals
// from the monotonic one: a clock that is set back stops none of them. The sweeper then shortens the
// waits that the clock had written before, so that none lasts longer than it was meant to.
//
// A one-shot command uses [Scheduler.Recover] and [Scheduler.Sweep], and no loop.
//
// What a person says about a post is one transaction too: cancel, retry, and resolve raise the target's
// generation and fence, so that no worker and no hint from before has any effect. Events are read from
// the journal by whoever wants them; nothing is kept for a reader, so a slow one holds up nobody.
//
// Letters are what will not be delivered unless somebody acts. Those of targets follow from their states;
// those of messages are stored. To replay one is a new generation of its target with a fresh hint, never
// the old message again.
//
// The package publishes nothing. It asks a platform for three things alone: to sign in, whether an
// account still works, and what the address of a post stands for; never inside a transaction.
package scheduler
