//go:build !windows

package server

import (
	"errors"
	"syscall"
)

// refused reports whether a dial met a socket that nobody listens on.
func refused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
