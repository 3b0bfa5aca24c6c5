package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestBinaryKeepsItsBudget builds what a user gets, for the system whose size the budget states.
func TestBinaryKeepsItsBudget(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the whole program")
	}
	bud, err := readBudget(budgetFile)
	if err != nil {
		t.Fatal(err)
	}
	binary := buildFor(t, "./cmd/hayon", "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > bud.BinaryBytes {
		t.Errorf("the binary has %d bytes, %d are its budget.\nSee what has grown: go version -m %s; go tool nm -size -sort size on a build without -ldflags=-s.\n"+
			"If it is worth that, raise binary_bytes in bench/budget.json in the same commit and say why.",
			info.Size(), bud.BinaryBytes, filepath.Base(binary))
	}
	if err := checkStatic(binary); err != nil {
		t.Error(err)
	}
}

// TestCheckStaticFinds proves that a binary which needs a loader is found.
func TestCheckStaticFinds(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("needs a dynamic ELF file of this system")
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell")
	}
	if err := checkStatic(shell); err == nil || !strings.Contains(err.Error(), "not static") {
		t.Errorf("checkStatic(%s) = %v, want that it is not static", shell, err)
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("#!/bin/sh\nexit 0\n# longer than an ELF header, which has 64 bytes\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := checkStatic(text); err == nil {
		t.Error("checkStatic of a script = nil, want an error")
	}
	if err := checkStatic(filepath.Join(t.TempDir(), "none")); !os.IsNotExist(err) {
		t.Errorf("checkStatic of nothing = %v, want that it does not exist", err)
	}
}

// TestBinaryLeavesOut keeps what is large and never needed out of the binary, by the packages
// that the linker is given.
func TestBinaryLeavesOut(t *testing.T) {
	t.Parallel()
	for _, pkg := range dependencies(t, "./cmd/hayon") {
		for _, unwanted := range []string{"gorm.io/", "go.opentelemetry.io/", "github.com/prometheus/", "testing"} {
			if pkg == unwanted || strings.HasSuffix(unwanted, "/") && strings.HasPrefix(pkg, unwanted) {
				t.Errorf("the binary contains %s", pkg)
			}
		}
	}
}

// sourcesCount makes the test depend on every source file: go test caches results by the files that
// the test itself looks at, and what the toolchain reads for it is not among them.
func sourcesCount(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != ".." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "bin" || d.Name() == "dist") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func buildFor(t *testing.T, pkg string, env ...string) string {
	t.Helper()
	sourcesCount(t)
	out := filepath.Join(t.TempDir(), "hayon")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags=-s", "-o", out, pkg)
	cmd.Dir, cmd.Env = "..", append(os.Environ(), env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, text)
	}
	return out
}

func dependencies(t *testing.T, pkg string) []string {
	t.Helper()
	sourcesCount(t)
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath", pkg)
	cmd.Dir, cmd.Env = "..", append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v", pkg, err)
	}
	var out []string
	for d := json.NewDecoder(strings.NewReader(string(text))); d.More(); {
		var p struct{ ImportPath string }
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		out = append(out, p.ImportPath)
	}
	if len(out) == 0 {
		t.Fatal("go list answers nothing")
	}
	return out
}

func TestReadBudgetRefuses(t *testing.T) {
	t.Parallel()
	const whole = `{"name": "a", "what": "w", "unit": "ms", "max": 1, "source": "s"}`
	tests := []struct{ name, file, want string }{
		{"an unknown field", `{"binary_bytes": 1, "more": 2}`, "unknown field"},
		{"no size", `{"targets": []}`, "binary_bytes"},
		{"a name twice", `{"binary_bytes": 1, "targets": [` + whole + `,` + whole + `]}`, "twice"},
		{"no bound", `{"binary_bytes": 1, "targets": [{"name": "a", "what": "w", "unit": "ms", "source": "s"}]}`, "bound"},
		{"no source", `{"binary_bytes": 1, "targets": [{"name": "a", "what": "w", "unit": "ms", "min": 1}]}`, "lacks"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := readBudget([]byte(tt.file)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("readBudget = %v, want an error with %q", err, tt.want)
			}
		})
	}
}
