// Package rest is the HTTP of the providers: one exchange, asked once, and a clear answer to the
// question that decides everything else: can the server have seen the request?
//
//	client := rest.NewClient(rest.Config{UserAgent: "hayon/1.0", Logger: log})
//	ctx = rest.WithDeadline(ctx, deadline)
//	resp, err := client.Do(req.WithContext(ctx))
//	if e, ok := errors.AsType[*rest.Error](err); ok && !e.Sent {
//		// Nothing left this machine: repeating the call is safe.
//	}
//
// What it guarantees:
//
//   - A request whose wall-clock deadline has passed does not leave. The clock is read where the
//     first bytes are handed to the system, after name lookup, connect and TLS. Timers do not run
//     while a machine is suspended; the clock on the wall does.
//   - [Error.Sent] is false only where no byte of the request was written, and
//     [Error.Unconnected] is true where not even a connection came about, which concerns every
//     request to that host.
//   - A connection that lay idle for longer than a server keeps one is not used for a request, so
//     that a machine that wakes up does not lose its first call. After an error idle connections
//     are dropped.
//   - An answer's body is read whole, within a bound, before Do returns.
//   - No redirect takes credentials to another host, port or scheme.
//   - Errors and logs hold no header, no body, no query value, no password of a URL. They do hold
//     the path: a platform that puts tokens into paths needs more than this package.
//
// It is no retry loop and paces nothing: that is decided by who knows what the call does. It
// speaks HTTP/1.1 alone, where a connection carries one request at a time, because only then do
// the bytes on a connection belong to a known request.
package rest
