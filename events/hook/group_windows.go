package hook

import (
	"context"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/windows"
)

// shell runs a line as the system's shell does. cmd.exe reads its command line by rules of its own, so
// that it gets the line as it is: with /s it takes away the outer quotes and nothing else.
func shell(ctx context.Context, line string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "cmd.exe")
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd.exe /d /s /c "` + line + `"`}
	return cmd
}

// runGroup runs the command in a job object of its own, which is killed as a whole. The command gets
// into the job just after its start; what it starts in the moment before, if anything, is not in it.
func runGroup(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.HideWindow = true
	cmd.SysProcAttr.CreationFlags = windows.CREATE_NEW_PROCESS_GROUP
	j := &job{cmd: cmd}
	defer j.close()
	cmd.Cancel = j.kill
	if err := cmd.Start(); err != nil {
		return err
	}
	j.adopt()
	return cmd.Wait()
}

// job is the job object of a command. Without one the command alone is killed.
type job struct {
	cmd *exec.Cmd

	mu     sync.Mutex // guards what follows
	handle windows.Handle
	killed bool
}

func (j *job) adopt() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.killed {
		return
	}
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(j.cmd.Process.Pid)) //nolint:gosec // a process id is no negative number
	if err != nil {
		return
	}
	defer func() { _ = windows.CloseHandle(process) }()
	handle, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return
	}
	if err := windows.AssignProcessToJobObject(handle, process); err != nil {
		_ = windows.CloseHandle(handle)
		return
	}
	j.handle = handle
}

func (j *job) kill() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.killed = true
	if j.handle != 0 {
		return windows.TerminateJobObject(j.handle, 1)
	}
	return j.cmd.Process.Kill()
}

func (j *job) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.handle != 0 {
		_ = windows.CloseHandle(j.handle)
		j.handle = 0
	}
}
