package notify

import (
	"context"

	"github.com/hayon/hayon/events"
)

// Compose is title and body of a notice.
func Compose(n events.Notice) (title, body string) {
	m := compose(n)
	return m.title, m.body
}

// AppleScript and PowerShell are what the other systems run, and Run is how.
func AppleScript(title, body string) []string { return appleScript(message{title, body}) }

// PowerShell are the arguments of the toast script.
func PowerShell() []string { return powerShell(toastScript) }

// Run runs a program as the notices of other systems do.
func Run(ctx context.Context, env []string, name string, args ...string) error {
	return run(program(ctx, name, args), env...)
}
