// Package hook tells of events by running a command and by calling a URL.
//
//	chat, err := hook.NewCommand(hook.Config{Name: "chat", Line: `curl -d @- https://example.org/chat`})
//	…
//	client := hook.NewClient(version, nil)
//	sink := client.Sink(webhook, secret) // an [events.Sink], as chat is
//	err = client.Ring(ctx, webhook, secret, event) // a test, at once
//
// # Commands
//
// A [Command] gets the payload of package events as one line of JSON on its standard input, and in its
// environment, for scripts that do not read JSON:
//
//	HAYON_EVENT    the kind, such as target.failed
//	HAYON_POST     the id of the post
//	HAYON_TARGET   the id of the target
//	HAYON_ACCOUNT  the name of the account, such as bluesky/work
//	HAYON_STATE    the state of the target
//	HAYON_URL      where the post is, once it is published
//
// What an event is not about is empty. The rest of the environment is that of Hayon without what opens
// its vault or signs in to a platform. A command that does not end within its time limit is killed with
// everything that it started. What it prints is kept when it fails: the last 8 KiB. An exit status other
// than 0 is a failure, tried again twice by default.
//
// # Webhooks
//
// A webhook gets the payload as the body of a POST request, signed as the Standard Webhooks convention
// says (https://www.standardwebhooks.com, version 1.0.0):
//
//	Content-Type: application/json
//	User-Agent: hayon/VERSION
//	webhook-id: w_01jd3v9k7m2x4c8q9qx1_4711
//	webhook-timestamp: 1795168803
//	webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=
//
// The id is the same in every delivery of the event to the webhook; a receiver ignores one that it has
// seen. The timestamp is that of the delivery. The signature is the base64 of the HMAC-SHA256 of
// id.timestamp.body under the secret, which is the base64 after "whsec_"; see [Sign].
//
// An answer of 200 to 299 means that the receiver has it, and what it says is ignored. Redirects are not
// followed. 410 Gone disables the webhook. Everything else, and no answer within 10 s, is tried again,
// and not before Retry-After where the answer has it.
//
// # What it is not
//
// A webhook may name any address, the machine's own too: whoever adds one may run commands here as well.
// A server for strangers has to refuse addresses before it stores them.
package hook
