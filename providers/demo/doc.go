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
//   - The file is the public truth. A line is a post or a repost; or it says that an earlier one was
//     removed, or what that says from now on, see [ReadFile]; a line that a crash tore is none. It is
//     appended under a file lock, so that any number of processes may publish. What the platform
//     keeps to itself (containers, uploads, digests of calls) stands in a.state beside it; a
//     post's line alone decides whether a container or an upload was published.
//   - A: the idem is the post's id, a repeat changes nothing. B: the idem with the generation is a
//     key that is known for its life, and trusted for half of it; Reconcile repeats the call. C:
//     Prepare makes a container, which may need its time and is published once. D: every call is
//     a new post, and Reconcile is one look at the recent posts: same text, as many media, not of
//     another target. E: every call is a new post, and nothing tells. F: Prepare makes an upload,
//     which Publish finishes and Reconcile asks; one that is lost is looked for as in D.
//   - The call is applied before its deadline on the wall, or not at all; that is looked at with
//     the file locked, just before the line is written.
//   - A part is taken once the post that it answers is public, and its line names that post.
//   - Bytes that differ from those of the first call for the same target, part and generation are
//     written down as a violation; see [ReadViolations]. Edits and removals are no such calls.
//   - What is removed is forgotten: a repeat of its call makes it anew in classes A and B, as it does
//     on real platforms. A container or an upload is used up.
//   - All options of a post are written down, and hide nothing: visibility, cw, sensitive, title, tags,
//     replies, no_quotes, and mood, which only this platform has. A repost is of a post of any account of
//     the same folder.
//   - So is everything else that goes out, to be compared with what was shown before: the SHA-256 of the
//     pictures and videos that arrived, facets, polls and link cards, what a post quotes, and what it
//     answers in whose conversation: posts of the same account by their id, all others by the address.
//   - A mention is of @HANDLE, which is somebody unless it begins with nobody.
//   - The options text, image and images set the account's limits, rate slows uploads down, and quotes=no
//     makes it a platform without quotes.
//   - Faults come by chance, in the same places for the same seed. Those of Publish:
//     answer-lost, 500 and reset leave the outcome unknown (answer-lost made the post public,
//     the other two did or did not), slow answers late, rate-limit and rejected refuse, connect
//     does not get there, auth does not accept the account, expired drops the container or upload
//     before the call, and handle-lost is a reset after which the upload is not known any more.
//   - While the file of the option down is there, no call gets there.
//   - Without latency and faults it is as quick as appending a line.
//
// Accounts with the same option host, or app, share a server, or an application's quota.
//
// It does not survive the loss of power (no fsync), and it is no mock: tests that want to see
// requests have fakes of the platforms.
package demo
