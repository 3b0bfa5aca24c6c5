package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// buildInfo is what is known of this binary.
type buildInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Date     string `json:"date,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
	Source   string `json:"source"`
}

// version reads the build info that the toolchain puts into the binary.
func version() buildInfo {
	v := buildInfo{
		Version: "devel", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		Source: "https://github.com/hayon/hayon",
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if m := info.Main.Version; m != "" && m != "(devel)" {
		v.Version = m
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.time":
			v.Date = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

func (v buildInfo) String() string {
	s := "hayon " + v.Version
	if v.Commit != "" {
		s += fmt.Sprintf(" (%.12s, %s)", v.Commit, v.Date)
	}
	return s + fmt.Sprintf(" %s %s/%s", v.Go, v.OS, v.Arch)
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:         "version",
		Short:       "Print the version",
		Annotations: map[string]string{offline: "yes"},
		Example: `  hayon version
  hayon version --json`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return a.sayVersion() },
	}
}

func (a *app) sayVersion() error {
	if a.flags.json.on {
		return a.printJSON(version(), []string{"version", "commit", "date", "modified", "go", "os", "arch", "source"})
	}
	a.print("%s", version())
	return nil
}

// userAgent names the program to platforms.
func userAgent() string { return "hayon/" + version().Version + " (+https://github.com/hayon/hayon)" }
