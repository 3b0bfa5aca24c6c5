// Command run starts a Bluesky PDS for trying things by hand, with an account
// in it, and stops it on SIGINT or SIGTERM.
//
//	go run ./hayontest/servers/run
//
// When the PDS answers it prints one line of JSON:
//
//	{"url":"http://localhost:41234","plc_url":"http://localhost:45678","admin_password":"…",
//	 "handle":"alice.test","did":"did:plc:…","password":"…","app_password":"xxxx-xxxx-xxxx-xxxx"}
//
// With -install it only puts the packages of all servers into the cache folder. It is
// no server for other people: it forgets everything when it stops.
package main
