//go:build linux || netbsd || openbsd

package keyring

import (
	"fmt"

	"github.com/godbus/dbus/v5"
)

// reachable answers errNoBus where there is no session bus. The keyring's own library would try to
// start one with dbus-launch, which outlives us and has no unlocked keyring on it.
func reachable() error {
	conn, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return fmt.Errorf("%w: %w", errNoBus, err)
	}
	return conn.Close()
}
