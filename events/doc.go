// Package events tells programs and people outside of Hayon what happened: hooks, webhooks and the
// desktop, by way of the journal.
//
//	d, err := events.New(events.Deps{Store: store, Sinks: sinks, Owner: owner, Alive: alive}, events.Config{})
//	…
//	err = d.Run(ctx)   // the daemon
//	err = d.Drain(ctx) // hayon tick
//
// # What it guarantees
//
// An event is a row of the journal, written with the change that it tells of; there is no second queue
// that could lose it. Every [Sink] has a [hayon.Cursor] in the store, which says how far it has come,
// and gets the events of its kinds in the order of the journal. The cursor moves after the delivery:
// a crash in between delivers an event again, under the same id, by which a receiver tells the two
// apart. An event that the sink refuses is tried again after 1 s, then twice that, up to 10 minutes,
// for a day by default; those after it wait. Then it is given up with a line in the log. Events that
// became too old while they waited behind it are given up with it.
//
// A new sink gets what happens from now on. One that is gone loses its cursor, and begins anew when it
// comes back.
//
// # What it never does
//
// It does not delay a post. Each sink has a goroutine of its own, so that one that hangs holds up
// nobody; journal and cursors are read in short transactions that end before anything is delivered;
// a cursor is written at most ten times a second, and rows that no sink wants cost no write of their
// own. Memory is bounded by the number of sinks: a page of 200 rows each.
//
// # Several processes
//
// Whoever delivers has the lease of the cursor, so that a daemon and a tick beside it do not both
// deliver. A lease lasts a minute longer than a delivery may; that of a dead process on the same
// machine is taken over at once. All processes on a store are to have the same sinks.
//
// # The payload
//
// A [Notice] marshals to a [Payload], which is what hooks read and webhooks receive. It is made at the
// time of the delivery; state, url and error of the target are those of the event, while the state of
// the post may have moved on. What an event is not about is left out.
//
//	{
//	  "id": 4711,
//	  "at": "2026-11-20T10:00:03.2Z",
//	  "kind": "target.failed",
//	  "profile": "default",
//	  "reason": "bluesky: the text is too long",
//	  "question": false,
//	  "post": {
//	    "id": "p_01jd3v9k7m2x4c8q9qx1",
//	    "text": "Hello, world",
//	    "state": "partial",
//	    "at": "2026-11-20T10:00:00Z",
//	    "labels": ["launch"]
//	  },
//	  "target": {
//	    "id": "t_01jd3v9k7m2x4c8q9qx2",
//	    "account": "bluesky/work",
//	    "platform": "bluesky",
//	    "handle": "@example.org",
//	    "state": "failed",
//	    "due": "2026-11-20T10:00:00Z",
//	    "attempts": 1,
//	    "error": {"code": "rejected", "message": "bluesky: the text is too long", "hint": "hayon show p_01jd3v9k7m2x4c8q9qx1"}
//	  },
//	  "account": {
//	    "id": "a_01jd3v9k7m2x4c8q9qx3",
//	    "name": "bluesky/work",
//	    "platform": "bluesky",
//	    "handle": "@example.org",
//	    "status": "connected"
//	  }
//	}
//
// A published target has "url" and, where it was late, "late_seconds"; an error that is tried again has
// "retry_at"; a warning about credentials has "account.expires". "question" is true where the user is
// asked whether a missed target goes out all the same. "test" is true where somebody only tries.
//
// # What it is not
//
// It is not the live event stream, which the services answer from the same journal
// ([hayon.EventService]), and it decides nothing: what it tells has happened.
package events
