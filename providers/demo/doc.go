// Package demo is a platform that exists on this machine alone. It behaves like a platform of
// the class that the account asks for, as slowly and as badly as the account asks for, and
// writes what it made public to a file outside of the store:
//
//	hayon login demo --alias a --set class=E,latency=50ms,fault=answer-lost:0.1,seed=7
//	hayon post "hello" --to demo/a
//	cat …/demo/a.ndjson
//	{"id":"…","target":"t_…","part":0,"text":"hello","published_at":"…","due":"…",…}
//
// What it is for: tests that kill processes and count what is public, measurements without a
// network, the terminal's demonstration, the documentation.
//
// What it guarantees:
//
//   - The file is the public truth. A line is a post; a line that a crash tore is none. It is
//     appended under a file lock, so that any number of processes may publish.
//   - By class: A and B know a post by its idem (B forgets it after an hour), C by the container
//     and F by the upload of its handles; D lists recent posts by their text; E tells nothing.
//   - Faults come by chance, in the same places for the same seed, and only from Publish:
//     answer-lost, 500 and reset leave the outcome unknown (answer-lost made the post public,
//     the other two did or did not), slow answers late, rate-limit and rejected refuse.
//   - Without latency and faults it is as quick as appending a line.
//
// It does not survive the loss of power (no fsync), and it is no mock: tests that want to see
// requests have fakes of the platforms.
package demo
