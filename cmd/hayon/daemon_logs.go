package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"
	"gopkg.in/natefinch/lumberjack.v2"

	"github.com/hayon/hayon"
)

const (
	// logMegabytes is the size at which the log file is renamed, and logBackups how many renamed ones
	// are kept, unless the configuration says otherwise.
	logMegabytes = 10
	logBackups   = 5
	// logPoll is how often a log that is followed is looked at.
	logPoll = 250 * time.Millisecond
	// tailBlock is how much of the end of a log is read at a time.
	tailBlock = 64 << 10
)

// daemonLogger writes to the log file, and to standard error unless the daemon is detached. close
// closes the file.
func (a *app) daemonLogger(detached bool) (log *slog.Logger, end func() error, err error) {
	if err := os.MkdirAll(a.paths.data, 0o700); err != nil {
		return nil, nil, hayon.Errorf(hayon.CodeLocal, "the folder %s cannot be made: %w", a.paths.data, err)
	}
	// The library opens a log that is there for appending, and a new one not: what another process writes
	// to it, which starts in the same moment and finds this one, would be overwritten.
	if f, err := os.OpenFile(a.paths.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err == nil {
		_ = f.Close() // nothing was written
	}
	file := &lumberjack.Logger{Filename: a.paths.log(), MaxSize: logMegabytes, MaxBackups: logBackups}
	if n := a.cfg.Log.Size; n > 0 { // the library counts in MiB
		file.MaxSize = int(max((n+1<<20-1)>>20, 1))
	}
	if a.cfg.Log.Keep != nil {
		file.MaxBackups = *a.cfg.Log.Keep
	}
	options := &slog.HandlerOptions{Level: a.logLevel()}
	handlers := []slog.Handler{slog.NewTextHandler(file, options)}
	switch {
	case detached:
	case a.io.errTTY:
		handlers = append(handlers, tint.NewTextHandler(a.io.err, &tint.Options{
			Level: options.Level, NoColor: !a.colour(true), TimeFormat: time.TimeOnly,
		}))
	default:
		handlers = append(handlers, slog.NewTextHandler(a.io.err, options))
	}
	return slog.New(slog.NewMultiHandler(handlers...)), file.Close, nil
}

func (a *app) logLevel() slog.Level {
	if a.flags.verbose > 0 {
		return slog.LevelDebug
	}
	switch a.cfg.Log.Level {
	case "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	}
	return slog.LevelInfo
}

// daemonLogs prints the end of the log and, with follow, what is written from then on.
func (a *app) daemonLogs(ctx context.Context, lines int, follow bool) error {
	if lines < 0 {
		return hayon.Errorf(hayon.CodeUsage, "--lines is %d", lines).WithHint("give a number from 0 on")
	}
	f, err := os.Open(a.paths.log())
	if errors.Is(err, fs.ErrNotExist) {
		return hayon.Errorf(hayon.CodeNotFound, "there is no log: no daemon has run for the profile %q", a.flags.profile).
			WithHint("start one: hayon daemon start")
	}
	if err != nil {
		return hayon.Errorf(hayon.CodeLocal, "the log cannot be read: %w", err)
	}
	defer func() { _ = f.Close() }()
	if err := seekTail(f, lines); err != nil {
		return hayon.Errorf(hayon.CodeLocal, "the log cannot be read: %w", err)
	}
	if _, err := io.Copy(a.io.out, f); err != nil || !follow {
		return err
	}
	return a.followLog(ctx, f)
}

// seekTail moves to where the last lines begin.
func seekTail(f *os.File, lines int) error {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil || lines == 0 {
		return err
	}
	block := make([]byte, tailBlock)
	for at := end; at > 0; {
		n := min(at, int64(len(block)))
		at -= n
		if _, err := f.ReadAt(block[:n], at); err != nil {
			return err
		}
		for i := n - 1; i >= 0; i-- {
			if block[i] != '\n' || at+i+1 == end {
				continue
			}
			if lines--; lines == 0 {
				_, err := f.Seek(at+i+1, io.SeekStart)
				return err
			}
		}
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}

// followLog copies what is written to the log, also after it was renamed and begun anew.
func (a *app) followLog(ctx context.Context, f *os.File) error {
	tick := time.NewTicker(logPoll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
		if _, err := io.Copy(a.io.out, f); err != nil {
			return err
		}
		next, err := os.Open(a.paths.log())
		if err != nil {
			continue // between two files
		}
		if sameFile(f, next) {
			_ = next.Close()
			continue
		}
		var rest bytes.Buffer
		_, _ = io.Copy(&rest, f) // what came between the look and the new file
		_ = f.Close()
		f = next
		if _, err := a.io.out.Write(rest.Bytes()); err != nil {
			return err
		}
	}
}

func sameFile(a, b *os.File) bool {
	x, err := a.Stat()
	if err != nil {
		return false
	}
	y, err := b.Stat()
	return err == nil && os.SameFile(x, y)
}
