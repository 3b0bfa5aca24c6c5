// Package client is the services of package hayon over HTTP: what the command line and the
// dashboard use while a daemon or a server runs, and what other programs can use.
//
//	c, err := client.New(client.Config{Socket: path, Version: version})
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	post, err := c.CreatePost(hayon.WithActor(ctx, actor), hayon.PostCreate{Text: "Hello", To: []string{"site"}})
//
// What it guarantees:
//
//   - Errors are [hayon.Error]s with the code, message, hint, details and RetryAfter that the service
//     gave. Where nobody answers the code is unreachable; where the caller's time is over, timeout.
//   - A post is made once: every CreatePost carries an Idempotency-Key, the caller's or a random one,
//     and is repeated once when the answer was lost. Reads are repeated the same way, other changes
//     never.
//   - A call needs an [hayon.Actor] in its context, as in process. Whose posts it sees is decided by
//     the server: on a unix socket, the local user.
//   - Events outlive a restart of the daemon that takes less than 10 s, without a gap and without a
//     repeat, and end as unreachable after a longer one. Where the server knows no streams they are
//     asked for again and again.
//   - What a server of another version does not know is a conflict that says what to restart.
//   - Secrets of sign-ins and webhooks go over a unix socket of the same user, or TLS, and nowhere else.
//
// It opens no database and starts no daemon; who falls back to the file does so with the same
// Idempotency-Key.
package client
