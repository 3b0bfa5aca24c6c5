// Package servers installs, starts and stops the real servers that tests talk
// to.
//
// A test asks for what it needs and reads back what arrived:
//
//	pds := servers.PDS(t)
//	ana := pds.NewAccount(t)
//	// publish as ana to pds.URL() …
//	post := pds.Record(t, ana.DID, rkey)
//
// What holds for every server here:
//
//   - It is a real one. What comes from npm and Go is pinned and installed once
//     into a cache folder (HAYON_TEST_CACHE, or hayon-test in the user's cache
//     folder) that all test binaries share; RabbitMQ and Redis are the machine's.
//   - Where it cannot be had the test is skipped with the reason and the command
//     that installs what is missing. With CI=true the test fails instead. As
//     root on Debian, and with CI=true and a sudo that asks for no password,
//     missing packages are installed.
//   - It listens on a free port and ends with the process that started it, even
//     when that is killed.
//   - When a test fails, the end of the server's log is in its output.
//   - A shared server is isolated by accounts or vhosts. A test that stops, kills
//     or fills its server takes one of its own.
//
// The command in run starts a PDS or a RabbitMQ by hand, until it is told to stop.
//
// [Toxiproxy] stands between a test and a server, and spoils their talk:
//
//	proxy := servers.Toxiproxy(t).NewProxy(t, pds.URL())
//	proxy.Spoil(t, servers.Toxic{Type: "latency", Attributes: map[string]int{"latency": 300}})
//
// [Snac] is a small server that speaks a good part of Mastodon's API:
//
//	snac := servers.Snac(t)
//	ana := snac.AddUser(t)
//	back := snac.SignIn(t, ana, authorizeURL) // or all at once: snac.Token(t, ana)
//
// It is as lenient as Mastodon is strict; providers/mastodon/mastodontest is the
// other half.
//
// [RabbitMQ] is a broker with its management API. Each test has a vhost in it:
//
//	broker := servers.RabbitMQ(t)
//	address := broker.VHost(t) // amqp://guest:guest@127.0.0.1:PORT/NAME
//	// publish there …
//	queues := broker.Queues(t, address)
//
// [NewRabbitMQ] is one that a test may stop, kill, start again and raise alarms in.
// [RunRedis] is for comparing, and nothing of it is installed before it is asked for.
//
// There is no stand-in here: nothing fakes a platform, and the PDS has no AppView
// behind it, so app.bsky.* queries are refused.
package servers
