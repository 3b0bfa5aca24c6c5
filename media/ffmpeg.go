package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// tempFile is what ffmpeg made, in a folder of its own.
type tempFile struct {
	dir, path string
	size      int64
}

func (t *tempFile) remove() { _ = os.RemoveAll(t.dir) } // what is left is in a folder for that

// ffmpegFile runs ffmpeg over the source and returns what it made. The demuxer is named, so that a file that
// is several kinds at once is read as the one that we found; protocols other than files are shut, so that
// nothing in a file makes it ask the network.
func (j *job) ffmpegFile(ctx context.Context, demuxer string, args []string) (*tempFile, error) {
	dir, err := os.MkdirTemp(j.tempDir, "hayon-media-*")
	if err != nil {
		return nil, fmt.Errorf("making a folder for ffmpeg: %w", err)
	}
	out := &tempFile{dir: dir, path: filepath.Join(dir, "out")}
	if err := j.runFFmpeg(ctx, out, demuxer, args); err != nil {
		out.remove()
		return nil, err
	}
	stat, err := os.Stat(out.path)
	if err != nil {
		out.remove()
		return nil, fmt.Errorf("ffmpeg made nothing: %w", err)
	}
	out.size = stat.Size()
	return out, nil
}

func (j *job) runFFmpeg(ctx context.Context, out *tempFile, demuxer string, args []string) error {
	in, err := j.input(ctx, out.dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, j.timeout, fmt.Errorf("ffmpeg took longer than %s", j.timeout))
	defer cancel()
	full := []string{"-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-protocol_whitelist", "file"}
	if len(args) > 1 && args[0] == "-ss" { // before the input: it goes there without decoding what is before
		full, args = append(full, args[:2]...), args[2:]
	}
	full = slices.Concat(full, []string{"-f", demuxer, "-i", "file:" + in}, args, []string{"file:" + out.path})
	cmd := exec.CommandContext(ctx, j.ffmpeg, full...) //nolint:gosec // the program is configured, the arguments are ours
	cmd.Dir = out.dir
	cmd.WaitDelay = 5 * time.Second
	var stderr tail
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return ffmpegError(err, stderr.lastLine())
	}
	return nil
}

// ffmpegError tells a file that ffmpeg does not understand from a program that does not run.
func ffmpegError(err error, line string) error {
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.ExitCode() < 0 {
		return fmt.Errorf("running ffmpeg: %w", err)
	}
	if line == "" {
		line = exit.String()
	}
	return &FitError{Reason: "ffmpeg cannot convert it: " + line, Hint: "look at the file with: ffmpeg -i FILE"}
}

// input is the path of the source: its own where it is a whole file on the disk, else a copy.
func (j *job) input(ctx context.Context, dir string) (string, error) {
	if file, ok := j.file.(*os.File); ok {
		if path, ok := pathOf(file); ok {
			return path, nil
		}
	}
	path := filepath.Join(dir, "in")
	copied, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("copying the file for ffmpeg: %w", err)
	}
	err = j.src.seek(0)
	if err == nil {
		err = j.src.copyTo(&ctxWriter{Writer: copied, err: func() error { return context.Cause(ctx) }}, j.size)
	}
	if err := errors.Join(err, copied.Close()); err != nil {
		return "", fmt.Errorf("copying the file for ffmpeg: %w", err)
	}
	return path, nil
}

// pathOf returns where a file is, if it is still there.
func pathOf(file *os.File) (string, bool) {
	path, err := filepath.Abs(file.Name())
	if err != nil {
		return "", false
	}
	opened, err := file.Stat()
	if err != nil || !opened.Mode().IsRegular() {
		return "", false
	}
	named, err := os.Stat(path)
	return path, err == nil && os.SameFile(opened, named)
}

// tail keeps the end of what is written to it.
type tail struct{ b []byte }

func (t *tail) Write(b []byte) (int, error) {
	const most = 4096
	t.b = append(t.b, b...)
	if len(t.b) > most {
		t.b = bytes.Clone(t.b[len(t.b)-most:])
	}
	return len(b), nil
}

func (t *tail) lastLine() string {
	lines := strings.FieldsFunc(string(t.b), func(r rune) bool { return r == '\n' || r == '\r' })
	for _, line := range slices.Backward(lines) {
		if line = strings.TrimSpace(line); line != "" {
			return strings.ToValidUTF8(line, "?")
		}
	}
	return ""
}

var _ io.Writer = (*tail)(nil)
