// Package server serves a [hayon.Service] over HTTP: the routes of package api, on the unix socket
// of a profile or on any other listener.
//
//	ln, err := server.ListenUnix(path)
//	if err != nil {
//		return err
//	}
//	srv, err := server.New(service, server.Config{Version: "1.0.0", Logger: log, Stop: stop})
//	if err != nil {
//		return err
//	}
//	return srv.Serve(ctx, ln) // until ctx ends
//
// What it guarantees:
//
//   - A request acts for the user that [Config.Actor] names, and for nobody where there is none.
//     Without Actor only the peers of [ListenUnix] are known: the kernel says that they are processes
//     of the user who runs the server.
//   - Every answer has an X-Request-Id, which is in the actor, and so in each log line and journal row
//     that the request causes, and a Hayon-Version.
//   - Every error has one form, also for unknown paths, wrong methods and panics. Causes of internal
//     errors are logged and never answered.
//   - Bodies are bounded, JSON is read strictly, and unknown parameters are refused.
//   - Events are a stream for who accepts one, and a long poll else. A stream reads the journal at its
//     reader's pace and keeps nothing for it: a slow one misses nothing and holds up nobody, one that
//     takes nothing for half a minute is ended and resumes where it was, and their number is bounded.
//   - A program of another version is told of once in the log, and what this version does not know is
//     named in the error.
//   - Serve ends gracefully: it takes no new connections, lets requests finish, and ends those who
//     wait for events, or read their stream, at once.
//
// It holds no rule about posts or accounts: that is the services' part. It knows no users, tokens
// or sessions; who serves more than one user brings an Actor function.
package server
