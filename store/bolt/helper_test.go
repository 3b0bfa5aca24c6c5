package bolt_test

import (
	"os"

	"github.com/hayon/hayon"
)

func self() hayon.Owner {
	return hayon.Owner{Host: "host", BootID: "boot", PID: os.Getpid(), Start: 1, Command: "daemon"}
}
