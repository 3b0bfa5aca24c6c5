package notify

import (
	"context"
	"time"
)

// limit bounds one notice.
const limit = 5 * time.Second

// screen is the notification centre, which osascript reaches from the session of the person.
type screen struct{ bus string }

func (*screen) show(ctx context.Context, m message) error {
	err := run(program(ctx, "/usr/bin/osascript", appleScript(m)))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
