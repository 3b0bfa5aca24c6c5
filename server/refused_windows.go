package server

import (
	"errors"

	"golang.org/x/sys/windows"
)

// refused reports whether a dial met a socket that nobody listens on.
func refused(err error) bool {
	return errors.Is(err, windows.WSAECONNREFUSED)
}
