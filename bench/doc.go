// Command bench measures what hayon promises about speed and size, on the machine where it runs, and prints
// each figure beside its target.
//
//	go run ./bench
//	go run ./bench -only lateness,burst
//	go run ./bench -short
//	go run ./bench -json -dir /mnt/slow
//	go run ./bench -only finished -cpuprofile finished.prof
//
// It builds the binary that a user gets, fills databases of its own in a temporary folder, starts
// the binary as a user would and watches it from outside. What has a peer is measured beside the
// peer in the same run: start-up beside a Go program that does nothing, the group commit beside
// plain bbolt, finished targets beside the commits that the same disk gives to as many writers, the
// lateness with a million scheduled posts, and with listeners in trouble, beside the lateness
// without. The broker is measured on a RabbitMQ that this run starts, beside the client library that it
// is made of, amqplib and BullMQ, all in turn: the ratios count, and the figures only beside each other.
// What composing costs is measured beside those who do the same: facets beside the official library of
// AT Protocol in Node, on the same texts in turn, the fitting of a photograph beside ImageMagick and ffmpeg.
// Where the server, Redis, Node or the packages cannot be had, a row says so. The first line is what the
// disk needs to make 4 KiB durable, since half of the figures follow from it.
//
// The figures are worth something on a quiet machine alone; the report says whether it was one. A
// whole run takes about ten minutes and 3 GiB in the temporary folder. A short one takes two minutes,
// shows that all parts work, and judges nothing.
//
// All targets, with the sentence that each comes from, and the budget of the binary stand in
// budget.json. The test of this package holds the binary to the budget.
//
// The loads are bounded in number and time and stay on this machine. RabbitMQ and Redis are installed
// where they are missing, as tests do it; the packages of the peers come by npm once, in the versions
// that peers/package-lock.json names. Processes that it starts are killed and folders that it makes are
// removed when it ends, also by a signal.
//
// The exit status is 0 also when a figure is over its target, since figures depend on the machine;
// with -strict it is 1 then. It is 2 when something could not be measured.
//
// It is not a test: tests never depend on the time that something takes. It compares no two
// versions either; that is what the Go benchmarks beside the code and make bench-compare are for.
package main
