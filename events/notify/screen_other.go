//go:build !linux && !freebsd && !netbsd && !openbsd && !dragonfly && !darwin && !windows

package notify

import (
	"context"
	"errors"
	"time"
)

const limit = time.Second

type screen struct{ bus string }

func (*screen) show(context.Context, message) error {
	return errors.New("there are none on this operating system")
}
