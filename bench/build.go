package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

const module = "github.com/hayon/hayon"

// buildHayon builds the binary that a user gets into dir and answers its path.
func buildHayon(ctx context.Context, dir string) (string, error) {
	return build(ctx, dir, "hayon", module+"/cmd/hayon")
}

// buildMinimal builds the peer of start-up the same way.
func buildMinimal(ctx context.Context, dir string) (string, error) {
	return build(ctx, dir, "minimal", module+"/bench/testdata/minimal")
}

func build(ctx context.Context, dir, name, pkg string) (string, error) {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	out := filepath.Join(dir, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s", "-o", out, pkg) //nolint:gosec // fixed arguments but for our own folder
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", pkg, err, text)
	}
	return out, nil
}
