// Package metrics shows how a [hayon.Service] is doing to those who watch it from outside: figures for
// Prometheus at /metrics, and at /healthz and /readyz whether it lives and works.
//
//	m, err := metrics.New(service, metrics.Config{Version: "1.0.0", Streams: srv.Streams})
//	if err != nil {
//		return err
//	}
//	// in a group, each until ctx ends:
//	go m.Run(ctx)                               // counts what happens
//	go m.ListenAndServe(ctx, "127.0.0.1:9464")  // answers who asks
//
// What it guarantees:
//
//   - Counters and histograms hold what happened since Run began, each event once. They are counted from
//     the service's events, so nothing in the way of a post waits for them.
//   - Gauges are what the service says when somebody asks, at most a second old. Where it says nothing
//     they are left out, hayon_up is 0, and the rest is there all the same.
//   - The counters of a broker are its own, since it was opened. A broker that does not answer costs a
//     page its queues and the letters, and never more than a bounded time; posts are accepted without
//     it, so that one that is away makes nothing unready.
//   - No name of an account, text or address of a post is shown, nor where the broker is, and the number
//     of series is bounded.
//   - An address that other machines reach is refused unless its owner allows it (Config.AllowRemote): who can ask is
//     not asked who it is.
//
// It knows nothing of the store; who has one connects its commits to [Metrics.ObserveCommit].
package metrics
