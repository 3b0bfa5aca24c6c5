// Package hayon holds the words and the contracts of Hayon, a program that composes, schedules
// and publishes social posts from a terminal.
//
// What a person writes is a [Post]. For each account that it goes to there is one [Target], with
// a text, media, a [State] and a history of its own; a target has one [Part], or several when it
// is a thread. One try of a target is an attempt, and each step of an attempt, each change of
// state and each sign-in is one [JournalRow] of the one journal.
//
// The package imports the standard library alone, and everything else points to it:
//
//   - Services ([PostService], [AccountService], [MediaService], [EventService]) are what command
//     line, dashboard and server call. Package scheduler implements them in process, package
//     client over HTTP. Each call acts for the [Actor] in its context.
//   - Seams ([Store], [Broker], [Provider], [Vault], [Blobs]) are what the core stands on. Each has
//     a suite of tests that every implementation passes.
//
// The promise behind the types: the store decides, the broker only carries hints, intent is
// written before the call that cannot be taken back, and the outcome after it. A post goes out
// once to each account, or the user is told why not.
//
// This package holds no behaviour beyond rules that all parts must agree on: the table of
// transitions between states, the state of a post derived from its targets, identifiers, and the
// table of error codes with their exit codes and HTTP statuses.
package hayon
