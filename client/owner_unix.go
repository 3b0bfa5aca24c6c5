//go:build !windows

package client

import (
	"os"
	"syscall"

	"github.com/hayon/hayon"
)

// checkOwner refuses a socket that another user made: what is sent there may hold a secret. What is
// wrong otherwise is left to the dial.
func checkOwner(socket string) error {
	info, err := os.Stat(socket)
	if err != nil {
		return nil //nolint:nilerr // the dial meets the same and says it better
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) != os.Getuid() {
		return hayon.Errorf(hayon.CodeForbidden, "the socket %s belongs to another user, so nothing was sent", socket).
			WithHint("run hayon as the user who runs the daemon")
	}
	return nil
}
