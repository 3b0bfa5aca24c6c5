package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"

	"github.com/hayon/hayon"
)

// self is this process as the owner of leases.
func self(command string) hayon.Owner {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	start, _ := processStart(os.Getpid())
	return hayon.Owner{Host: host, BootID: bootID(), PID: os.Getpid(), Start: start, Command: command}
}

// alive reports whether the process that o names still runs. Of another machine nobody knows, so
// the answer is yes and its lease runs out by itself.
func alive(o hayon.Owner) bool {
	host, err := os.Hostname()
	if err != nil || o.Host != host {
		return true
	}
	if o.BootID != bootID() {
		return false
	}
	start, ok := processStart(o.PID)
	return ok && (start == o.Start || start == 0 || o.Start == 0)
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
