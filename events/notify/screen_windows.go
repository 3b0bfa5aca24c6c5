package notify

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// limit bounds one notice; PowerShell takes seconds to start.
const limit = 15 * time.Second

// screen is the action centre, which Windows PowerShell (not the later PowerShell) reaches.
type screen struct{ bus string }

func (*screen) show(ctx context.Context, m message) error {
	root := os.Getenv("SystemRoot")
	if root == "" {
		root = `C:\Windows`
	}
	cmd := program(ctx, filepath.Join(root, "System32", "WindowsPowerShell", "v1.0", "powershell.exe"), powerShell(toastScript))
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true}
	err := run(cmd, titleVariable+"="+m.title, bodyVariable+"="+m.body)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
