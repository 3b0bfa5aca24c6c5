// Command run starts a Bluesky PDS for trying things by hand, with an account
// in it, or a RabbitMQ, and stops it on SIGINT or SIGTERM.
//
//	go run ./hayontest/servers/run
//
// When the PDS answers it prints one line of JSON:
//
//	{"url":"http://localhost:41234","plc_url":"http://localhost:45678","admin_password":"…",
//	 "handle":"alice.test","did":"did:plc:…","password":"…","app_password":"xxxx-xxxx-xxxx-xxxx"}
//
// With -rabbitmq it is a RabbitMQ:
//
//	{"management_url":"http://127.0.0.1:41235","metrics_url":"http://127.0.0.1:41236/metrics",
//	 "url":"amqp://guest:guest@127.0.0.1:41234/"}
//
// With -install it only installs the packages of all servers. It is
// no server for other people: it forgets everything when it stops.
package main
