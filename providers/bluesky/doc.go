// Package bluesky publishes to Bluesky and to every other server of the AT Protocol: the account's
// personal data server (PDS) takes the record, whoever runs it.
//
//	p := bluesky.New(bluesky.Config{Logger: log})
//	account, secret, err := p.SignIn(ctx, hayon.SignIn{
//		Fields: map[string]string{"handle": "alice.example.org"},
//		Secret: hayon.NewSecret(appPassword),
//	})
//
// What it guarantees:
//
//   - Class A: the record key is ours, minted when the target is created. The record is written by
//     putRecord with "swapRecord": null, which creates and never overwrites, and answers an
//     identical repeat as it answered the first.
//   - The bytes that Prepare answers hold the whole request. Their record has the CID that the
//     server will give it, so that a look-up tells our record from any other.
//   - Text, languages, tags, images and videos over a limit are refused with both numbers, never shortened.
//     Limits are those of the account's server, as far as it says them: one that is not known to be new
//     enough gets smaller images and no gallery.
//   - The preview and the record get their facets from the same function.
//   - A session is refreshed under the account's lock, and the new pair is kept before it is used.
//     The app password is used to sign in again once, when the refresh token is dead too.
//   - A video goes to the video service, streamed and with its length, so that it plays at once; nobody waits
//     there for the service to be done, and a restart goes on with the same work. Where the service does not
//     do it, for a reason that is not the video's, the account's server takes the file, and a note says why.
//   - Who may answer and quote a post is written before the post, and goes with it.
//   - What a post answers or quotes is read when it is made ready: its hash, and the first post of its
//     conversation. What is gone by then is an error.
//   - A part of a thread names the part before it and the first one by URI and CID; a CID that nobody
//     noted is asked for.
//   - Where no connection to the server came about, the error says so, and a 429 says whom it
//     concerns: the account, or all accounts behind this network address.
//   - Labels of the author's own say what media show: the option labels names them, and sensitive puts the
//     generic one on parts with media. There is no content warning in words, and everything is public.
//   - A repost is a record of its own, written, found and removed like a post. What it shows is read on
//     the server of its author when it is made ready. Its URL is that of the post which it shows.
//   - Delete removes a record, and one that is gone once more.
//   - A handle is resolved to a DID and the DID to its server at every sign-in, and the DID is the
//     account's id: handles change, and accounts move.
//
// The types of records and their bytes are those of github.com/bluesky-social/indigo (api/bsky).
// Its client is not used: it sends bodies without a length, hides the headers that say how long to
// wait, cannot tell a request that left from one that did not, and brings in a metrics library.
// Nor is its atproto/syntax, which costs every start of the program more than all else here.
//
// Nothing that is out is edited: a record can be changed, but likes, reposts and answers go on naming the
// version before by its hash, and Bluesky's own app shows that one.
//
// It is no reader of timelines, it reads no pages for link cards, and it converts no media.
package bluesky
