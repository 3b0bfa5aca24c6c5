package main

import "golang.org/x/sys/windows"

// bootID is empty: a process is told by its id and its start.
func bootID() string { return "" }

// processStart is when a process was created, in units of 100 ns.
func processStart(pid int) (start int64, ok bool) {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid)) //nolint:gosec // a process id
	if err != nil {
		return 0, false
	}
	defer func() { _ = windows.CloseHandle(h) }()
	var code uint32
	const stillActive = 259
	if windows.GetExitCodeProcess(h, &code) != nil || code != stillActive {
		return 0, false
	}
	var created, exited, kernel, user windows.Filetime
	if windows.GetProcessTimes(h, &created, &exited, &kernel, &user) != nil {
		return 0, true
	}
	return created.Nanoseconds(), true
}
