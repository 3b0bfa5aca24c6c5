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
//   - No name of an account, text or address of a post is shown, and the number of series is bounded.
//   - An address that other machines reach is refused unless its owner allows it (Config.AllowRemote): who can ask is
//     not asked who it is.
//
// It knows nothing of the store; who has one connects its commits to [Metrics.ObserveCommit].
package metrics
