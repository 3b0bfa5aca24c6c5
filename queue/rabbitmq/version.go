package rabbitmq

import "runtime/debug"

// version is the version of this program as it was built; "" where nobody wrote it down.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "(devel)" {
		return ""
	}
	return info.Main.Version
}
