// Package mastodon publishes to Mastodon and to its relatives, which speak the same API with
// differences: the account's own instance takes the status, whoever runs it.
//
//	p := mastodon.New(mastodon.Config{Logger: log})
//	account, secret, err := p.SignIn(ctx, hayon.SignIn{
//		Fields: map[string]string{"host": "fosstodon.org"},
//		Secret: hayon.NewSecret(token),
//	})
//
// What it guarantees:
//
//   - What an instance calls itself (nodeinfo) chooses its rules from one table, in software.go. One
//     that nobody knows is not trusted: its idempotency key is taken for ignored.
//   - The idempotency key is minted with the target and sent with every status. Where the instance
//     honours it (class B), an unknown outcome is found out by the same call with the same key, within
//     half of the key's life; after that, and elsewhere (class D), the account's own statuses are read
//     and compared. Where two calls with one key that overlap make two statuses, the first gets two
//     minutes.
//   - What was edited since, looks older than our clock can be wrong, or has nothing to be told by is
//     left to a person. A list of unknown software proves no absence.
//   - An instance that answers a repeat as it answered the first, errors too, gets another key after a
//     refusal, and only then: the new key is journaled before it is used.
//   - The bytes that Prepare answers are the body of the irreversible call.
//   - What the account has set as its defaults is sent with every status that says nothing else.
//   - Limits are those of the instance; what is over one is refused with both numbers, never shortened.
//   - A poll that the instance would leave out is refused, also where it names limits of polls; an edit
//     keeps a poll open for as long as it was.
//   - What a post answers must be there, and an answer for which nobody says who sees it is seen by no more
//     people than that. A quote that its author does not allow, or that the instance does not know how to
//     make, is an address in the text, with a note.
//   - A preview says what Prepare will do, by the same code.
//   - Nobody sleeps: media that the instance still processes are asked for again later.
//   - A token that is refused is renewed under the account's lock, where it can be, and kept before it
//     is used.
//   - No error and no log holds a token, a client's secret or a code, also where a server repeats them. A
//     token goes to the account's host alone.
//
// The types of accounts and statuses, and the calls that read them, are those of
// github.com/mattn/go-mastodon, over a transport of ours, because by itself it waits out a rate limit
// for up to an hour. What it lacks stands in api.go: the key, PKCE, media in work, edits to an empty or
// false value, the second version of the instance, who may quote, and answers that say how long to wait.
//
// It reads no timelines and schedules nothing on the instance.
package mastodon
