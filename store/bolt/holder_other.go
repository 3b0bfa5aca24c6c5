//go:build !linux

package bolt

import "fmt"

// lockHolder is 0: these systems do not tell who has a lock.
func lockHolder(string) int { return 0 }

func processName(pid int) string { return fmt.Sprintf("process %d", pid) }
