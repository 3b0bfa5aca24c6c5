package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// testLimit is how long the tests of one check may take. What comes to no end is no proof, unless the
// mutant says so.
const testLimit = "2m"

// lab tries mutants.
type lab struct {
	root, temp string

	mu      sync.Mutex // guards healthy
	healthy map[check]*trial
}

// trial is a check of the program as it is, made once.
type trial struct {
	once sync.Once
	res  testResult
	err  error
}

// result is what became of a mutant.
type result struct {
	mutant mutant
	// caught are the first tests that failed, one for each check.
	caught []string
	took   time.Duration
	err    error // it survived, or the list is wrong
}

// tryAll tries the mutants, some at a time, and answers a channel for each, in their order.
func (l *lab) tryAll(ctx context.Context, list []mutant, jobs int) []chan result {
	results := make([]chan result, len(list))
	slots := make(chan struct{}, jobs)
	for i := range list {
		results[i] = make(chan result, 1)
	}
	go func() {
		for i, m := range list {
			slots <- struct{}{}
			go func() {
				defer func() { <-slots }()
				results[i] <- l.try(ctx, m)
			}()
		}
	}()
	return results
}

func (l *lab) try(ctx context.Context, m mutant) result {
	res := result{mutant: m}
	start := time.Now()
	res.caught, res.err = l.notice(ctx, m)
	res.took = time.Since(start)
	return res
}

// notice answers the first test of each check that failed because of m.
func (l *lab) notice(ctx context.Context, m mutant) ([]string, error) {
	overlay, err := l.overlay(m)
	if err != nil {
		return nil, err
	}
	if out, err := l.command(ctx, overlay, "build", m.packages()...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("it does not compile: %w\n%s", err, out)
	}
	var caught, skipped []string
	for _, c := range m.checks {
		passed, err := l.passes(ctx, c)
		if err != nil {
			return nil, err
		}
		if !passed {
			skipped = append(skipped, "(skipped here: "+c.run+")")
			continue
		}
		got, err := l.test(ctx, overlay, c)
		switch {
		case err != nil:
			return nil, err
		case got.build != "":
			return nil, fmt.Errorf("the tests of %s do not compile with it:\n%s", c.pkg, got.build)
		case got.hung && !m.hangs:
			return nil, fmt.Errorf("%s of %s does not end: a test should tell sooner", c.run, c.pkg)
		case got.failed == "" && !got.hung:
			return nil, fmt.Errorf("SURVIVED: %s of %s does not notice that it is not so: %s", c.run, c.pkg, m.breaks)
		}
		caught = append(caught, got.failed)
	}
	if len(caught) == 0 {
		return nil, fmt.Errorf("it proves nothing here: %s", strings.Join(skipped, ", "))
	}
	return append(caught, skipped...), nil
}

// passes makes sure that a check passes without a mutant. It answers false where all of its tests were
// skipped, as those are that need a server which is not installed.
func (l *lab) passes(ctx context.Context, c check) (bool, error) {
	l.mu.Lock()
	t := l.healthy[c]
	if t == nil {
		t = new(trial)
		l.healthy[c] = t
	}
	l.mu.Unlock()
	t.once.Do(func() { t.res, t.err = l.test(ctx, "", c) })
	switch {
	case t.err != nil:
		return false, t.err
	case t.res.failed != "" || t.res.build != "" || t.res.hung:
		return false, fmt.Errorf("%s of %s fails without a mutant: %s%s", c.run, c.pkg, t.res.failed, t.res.build)
	case t.res.passed == 0 && t.res.skipped == 0:
		return false, fmt.Errorf("%s of %s is no test", c.run, c.pkg)
	}
	return t.res.passed > 0, nil
}

// overlay writes the changed files of m, and answers the file that tells go of them.
func (l *lab) overlay(m mutant) (string, error) {
	sources, err := m.sources(l.root)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(l.temp, m.name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	replace := make(map[string]string)
	for file, src := range sources {
		broken := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(broken, src, 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(l.root, filepath.FromSlash(file))] = broken
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, b, 0o600)
}

// command is go with an overlay; "" for none. It stands in the environment, so that a go build within a
// test has it too.
func (l *lab) command(ctx context.Context, overlay, verb string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", append([]string{verb}, args...)...)
	cmd.Dir = l.root
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = os.Environ()
	if overlay != "" {
		flags := strings.TrimSpace(os.Getenv("GOFLAGS") + " '-overlay=" + overlay + "'")
		cmd.Env = append(cmd.Env, "GOFLAGS="+flags)
	}
	return cmd
}

// testResult is what a run of go test showed.
type testResult struct {
	failed string // the first test that failed, or during which the program panicked
	// passed and skipped are how many tests ended so.
	passed, skipped int
	build           string // why the tests do not compile
	hung            bool
}

// event is a line of go test -json.
type event struct {
	Action, Test, Output, FailedBuild string
}

// test runs a check. Without an overlay a result that go remembers will do.
func (l *lab) test(ctx context.Context, overlay string, c check) (testResult, error) {
	args := []string{"-json", "-vet=off", "-failfast", "-timeout", testLimit, "-run", c.pattern()}
	if overlay != "" {
		args = append(args, "-count=1")
	}
	cmd := l.command(ctx, overlay, "test", append(args, c.pkg)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return testResult{}, context.Cause(ctx)
	}
	exit, _ := errors.AsType[*exec.ExitError](err)
	if err != nil && exit == nil {
		return testResult{}, err
	}
	res, readErr := read(stdout.Bytes())
	if readErr == nil && err != nil && res.failed == "" && res.build == "" && !res.hung {
		readErr = fmt.Errorf("go test %s: %w, and no test has failed: %s", c.pkg, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return res, readErr
}

// read reads the lines of go test -json.
func read(out []byte) (testResult, error) {
	var res testResult
	var build strings.Builder
	panicked := ""
	for line := range bytes.Lines(out) {
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			return res, fmt.Errorf("go test -json: %w: %s", err, line)
		}
		switch e.Action {
		case "pass":
			if e.Test != "" {
				res.passed++
			}
		case "skip":
			if e.Test != "" {
				res.skipped++
			}
		case "fail":
			if e.FailedBuild != "" {
				res.build = cmp.Or(build.String(), e.FailedBuild)
			}
			if res.failed == "" {
				res.failed = e.Test
			}
		case "build-output":
			build.WriteString(e.Output)
		case "output":
			switch {
			case strings.HasPrefix(e.Output, "panic: test timed out after"):
				res.hung = true
			case strings.HasPrefix(e.Output, "panic: ") && panicked == "":
				panicked = "panic in " + cmp.Or(e.Test, "a test")
			}
		}
	}
	if res.failed == "" && !res.hung {
		res.failed = panicked
	}
	return res, nil
}
