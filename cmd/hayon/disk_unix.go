//go:build linux || darwin

package main

import "golang.org/x/sys/unix"

// mayWrite reports whether this user can write into a folder: by its rights, and by its disk.
func mayWrite(dir string) bool { return unix.Access(dir, unix.W_OK) == nil }

// diskFree is how much room a user has on the disk of a folder, in bytes.
func diskFree(dir string) (int64, bool) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, false
	}
	return int64(st.Bavail) * int64(st.Bsize), true //nolint:gosec,unconvert,nolintlint // no disk has 2^63 bytes; the types differ by system
}
