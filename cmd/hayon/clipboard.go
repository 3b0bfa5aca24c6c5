package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hayon/hayon"
)

// clipboardWait bounds how long the clipboard may take: the program that owns it may hang.
const clipboardWait = 5 * time.Second

// clipboardReader is a program that prints the text of the clipboard.
type clipboardReader struct {
	// needs is the variable without which it cannot work; "" for none.
	needs string
	words []string
}

// clipboardReaders are the programs of a system, the best first.
func clipboardReaders(system string) []clipboardReader {
	switch system {
	case "darwin":
		return []clipboardReader{{words: []string{"pbpaste"}}}
	case "windows":
		return []clipboardReader{{words: []string{
			"powershell", "-NoProfile", "-NonInteractive", "-Command",
			"[Console]::OutputEncoding = [Text.Encoding]::UTF8; Get-Clipboard -Raw",
		}}}
	}
	return []clipboardReader{
		{"WAYLAND_DISPLAY", []string{"wl-paste", "--no-newline", "--type", "text"}},
		{"DISPLAY", []string{"xclip", "-selection", "clipboard", "-out"}},
		{"DISPLAY", []string{"xsel", "--clipboard", "--output"}},
		{"WSL_DISTRO_NAME", []string{"powershell.exe", "-NoProfile", "-NonInteractive", "-Command", "Get-Clipboard -Raw"}},
		{"TERMUX_VERSION", []string{"termux-clipboard-get"}},
	}
}

// clipboardText is the text in the clipboard.
func (a *app) clipboardText(ctx context.Context) (string, error) {
	words, err := a.clipboardProgram(runtime.GOOS, exec.LookPath)
	if err != nil {
		return "", err
	}
	body, err := readProgram(ctx, words)
	if err != nil {
		return "", err
	}
	body = strings.ReplaceAll(body, "\r\n", "\n")
	if strings.TrimSpace(body) == "" {
		return "", hayon.Errorf(hayon.CodeUsage, "there is no text in the clipboard; nothing was stored").WithHint("copy one, or give it: hayon post \"Hello, world\"")
	}
	if !utf8.ValidString(body) {
		return "", hayon.Errorf(hayon.CodeInvalid, "what is in the clipboard is no text in UTF-8; nothing was stored").WithHint("copy a text")
	}
	return body, nil
}

// clipboardProgram is the first program that is there and can work.
func (a *app) clipboardProgram(system string, find func(string) (string, error)) ([]string, error) {
	var missing []string
	for _, r := range clipboardReaders(system) {
		if r.needs != "" && !a.hasEnv(r.needs) {
			continue
		}
		if _, err := find(r.words[0]); err == nil {
			return r.words, nil
		}
		missing = append(missing, r.words[0])
	}
	switch {
	case len(missing) == 0:
		return nil, hayon.Errorf(hayon.CodeLocal, "there is no clipboard here: neither DISPLAY nor WAYLAND_DISPLAY is set").
			WithHint("pipe the text: hayon post - < note.txt")
	case system == "linux":
		return nil, hayon.Errorf(hayon.CodeLocal, "nothing here can read the clipboard").
			WithHint("install one of: " + packagesOf(missing) + "   or pipe the text: hayon post - < note.txt")
	}
	return nil, hayon.Errorf(hayon.CodeLocal, "nothing here can read the clipboard: there is no %s", strings.Join(missing, ", no ")).
		WithHint("pipe the text: hayon post - < note.txt")
}

// packagesOf are the names under which systems offer programs.
func packagesOf(programs []string) string {
	return strings.ReplaceAll(strings.Join(programs, ", "), "wl-paste", "wl-clipboard (wl-paste)")
}

// readProgram runs a program and answers what it prints.
func readProgram(ctx context.Context, words []string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, clipboardWait)
	defer cancel()
	cmd := exec.CommandContext(limited, words[0], words[1:]...) //nolint:gosec // one of a few fixed programs
	cmd.WaitDelay = time.Second                                 // a child of it may keep the pipe
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &bounded{to: &out, left: maxStdin + 1}, &bounded{to: &said, left: 4096}
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case limited.Err() != nil:
		return "", hayon.Errorf(hayon.CodeLocal, "%s did not answer within %s", words[0], clipboardWait).WithHint("copy the text again, or pipe it: hayon post - < note.txt")
	case out.Len() > maxStdin:
		return "", hayon.Errorf(hayon.CodeInvalid, "the clipboard has more than %d bytes, which is no post", maxStdin).WithHint("see what fits: hayon help platforms")
	case err != nil:
		return "", clipboardError(words[0], said.String(), err)
	}
	return out.String(), nil
}

// clipboardError is why a program could not read the clipboard, in its own words.
func clipboardError(program, said string, err error) error {
	reason := firstLine(inert(said))
	if reason == "" {
		reason = err.Error()
	}
	return hayon.Errorf(hayon.CodeLocal, "%s cannot read the clipboard: %s", program, clip(reason, 200)).
		WithHint("copy a text, or pipe it: hayon post - < note.txt").WithCause(err)
}

// bounded keeps the beginning of what is written and drops the rest.
type bounded struct {
	to   io.Writer
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	keep := p[:min(len(p), b.left)]
	b.left -= len(keep)
	if _, err := b.to.Write(keep); err != nil {
		return 0, errors.Join(err, io.ErrShortWrite)
	}
	return len(p), nil
}
