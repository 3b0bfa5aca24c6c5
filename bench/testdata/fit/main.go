// Command fit makes a file fit, or runs another program that does, and says how long that took and how
// much memory it had. It is a program of its own, so that nothing else counts.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon/media"
)

// answer is what the program prints, as a line of JSON.
type answer struct {
	MS float64 `json:"ms"`
	// Peak is the most memory that was resident, in bytes; 0 where the system does not tell.
	Peak    float64 `json:"peak"`
	Bytes   int64   `json:"bytes"`
	Refused string  `json:"refused,omitempty"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "fit:", err)
		os.Exit(1)
	}
}

// run fits a file to so many bytes at the most (fit BYTES FILE), or runs a program (run PROGRAM ARGUMENT…).
func run(args []string) error {
	if len(args) < 2 {
		return errors.New("give fit BYTES FILE, or run PROGRAM ARGUMENT…")
	}
	var out answer
	var err error
	begin := time.Now()
	if args[0] == "run" {
		out.Peak, err = peer(args[1], args[2:])
	} else {
		err = fit(args[1], args[2], &out)
	}
	out.MS = float64(time.Since(begin)) / float64(time.Millisecond)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

func fit(limit, name string, out *answer) error {
	most, err := strconv.ParseInt(limit, 10, 64)
	if err != nil {
		return err
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	res, err := media.NewFitter(media.Config{FFmpeg: "none"}).Fit(context.Background(), file, io.Discard, media.Spec{MaxBytes: most})
	if refused, ok := errors.AsType[*media.FitError](err); ok {
		out.Refused, err = refused.Reason, nil
	}
	out.Bytes, out.Peak = res.Bytes, status("VmHWM")
	return err
}

// status is a figure in kB that the kernel tells of this process; 0 where it does not.
func status(name string) float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "\n"+name+":")
	value, _, _ := strings.Cut(rest, "kB")
	kb, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil {
		return 0
	}
	return kb * 1024
}

// peer runs a program and answers the most memory that it had. What a process had before it became another
// program counts too, which of this one is little.
func peer(program string, args []string) (float64, error) {
	cmd := exec.Command(program, args...) //nolint:gosec,noctx // what the measurement names
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w: %s", program, err, out)
	}
	return peakOf(cmd.ProcessState), nil
}
