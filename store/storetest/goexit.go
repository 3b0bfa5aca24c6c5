package storetest

import "runtime"

// exitGoroutine does what t.Fatal does in a transaction.
func exitGoroutine() { runtime.Goexit() }
