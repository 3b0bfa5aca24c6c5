package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/hayon/hayon"
)

// editText lets a person change a text in an editor and answers what it then is. The editor is VISUAL,
// else EDITOR, else the one that the system has. suffix ends the name of the file that it gets, as
// ".txt"; the file has mode 0600 and is gone afterwards. Without a terminal it is a usage error. An
// editor that fails is one too, or a local one where it cannot be started; the error names the file,
// which is left where it holds anything else than initial. What an unchanged or empty text means is
// the caller's to say.
func (a *app) editText(ctx context.Context, initial, suffix string) (string, error) {
	if !a.mayAsk() {
		return "", hayon.Errorf(hayon.CodeUsage, "an editor needs a terminal, and there is none").
			WithHint("give the text on the command line or by standard input")
	}
	path, err := writeDraft(initial, suffix)
	if err != nil {
		return "", err
	}
	err = a.runEditor(ctx, path)
	b, rerr := os.ReadFile(path)
	if err == nil && rerr != nil {
		err = hayon.Errorf(hayon.CodeLocal, "the edited file %s cannot be read: %w", path, rerr).
			WithHint("an editor that moves it away cannot be used: set EDITOR to another one")
	}
	if err != nil {
		return "", keptDraft(err, path, rerr == nil && string(b) != initial)
	}
	if err := removeDraft(path); err != nil {
		return "", err
	}
	return string(b), nil
}

// writeDraft makes a file of mode 0600 in a folder of its own, where an editor may also keep its
// backups.
func writeDraft(text, suffix string) (string, error) {
	dir, err := os.MkdirTemp("", "hayon-edit-") // mode 0700
	if err == nil {
		path := filepath.Join(dir, "text"+suffix)
		if err = os.WriteFile(path, []byte(text), 0o600); err == nil {
			return path, nil
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return "", hayon.Errorf(hayon.CodeLocal, "there is no room for a text to edit: %w", err).
		WithHint("free some space, or name another folder: export TMPDIR=/path")
}

func removeDraft(path string) error {
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		return hayon.Errorf(hayon.CodeLocal, "what was edited cannot be removed: %w", err).WithHint("remove it: " + path)
	}
	return nil
}

// keptDraft is err with the place of the text where there is work to lose; the file is removed where
// there is none.
func keptDraft(err error, path string, worth bool) error {
	if !worth {
		return errors.Join(err, removeDraft(path))
	}
	e := hayon.AsError(err)
	return hayon.Errorf(e.Code, "%s; what you wrote is in %s", e.Message, path).WithHint(e.Hint).WithCause(err)
}

// runEditor runs the editor on a file, before the terminal, to its end.
func (a *app) runEditor(ctx context.Context, path string) error {
	words, err := a.editor()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, words[0], append(words[1:], path)...) //nolint:gosec // the editor that its user has named
	// A text is not lost by the end of the command: the editor is asked to end, and may save it.
	cmd.Cancel = func() error { return askToEnd(cmd.Process) }
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.io.in, a.terminalOut(), a.io.err
	err = cmd.Run()
	switch exit, ok := errors.AsType[*exec.ExitError](err); {
	case ctx.Err() != nil:
		return asUserError(ctx, context.Cause(ctx))
	case ok && exit.ExitCode() > 0:
		return hayon.Errorf(hayon.CodeUsage, "the editor %s ended with the exit code %d", a.editorName(), exit.ExitCode()).
			WithHint("try again, or use another one: export EDITOR=nano")
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return hayon.Errorf(hayon.CodeLocal, "there is no editor %s", a.editorName()).
			WithHint("name one that is there: export EDITOR=nano").WithCause(err)
	case err != nil:
		return hayon.Errorf(hayon.CodeLocal, "the editor %s cannot be run: %w", a.editorName(), err).
			WithHint("name one that is there: export EDITOR=nano")
	}
	return nil
}

// askToEnd ends a process so that it can save its work, where the system has a way to say that.
func askToEnd(p *os.Process) error {
	if runtime.GOOS == "windows" {
		return p.Kill()
	}
	return p.Signal(syscall.SIGTERM)
}

// terminalOut is the terminal itself, also where the result of the command goes somewhere else: a
// program that is given anything but the file would get a pipe.
func (a *app) terminalOut() io.Writer {
	if !a.io.outTTY {
		return a.io.err
	}
	if r, ok := a.io.out.(*result); ok {
		return r.Writer
	}
	return a.io.out
}

// editorName is the editor that was asked for, as its user wrote it; "" where none was.
func (a *app) editorName() string {
	names := []string{"VISUAL", "EDITOR"}
	if term, _ := a.getenv("TERM"); term == "dumb" {
		names = names[1:] // a visual editor needs a terminal that can move its cursor
	}
	for _, name := range names {
		if v, _ := a.getenv(name); strings.TrimSpace(v) != "" {
			return strings.TrimSpace(v)
		}
	}
	return systemEditor()
}

// systemEditor is an editor that is there without anybody having asked for it; "" for none.
func systemEditor() string {
	candidates := []string{"editor", "nano", "vim", "vi"}
	if runtime.GOOS == "windows" {
		candidates = []string{"notepad"}
	}
	for _, name := range candidates {
		if _, err := exec.LookPath(name); err == nil {
			return name
		}
	}
	return ""
}

// shellCharacters are those that make a shell of an editor's name more than a name.
const shellCharacters = "|&;<>()$`\\\"' \t\n*?[#~=%"

// editor is the command of the editor, without the file. On Unix the shell reads a name with blanks or
// quotes, as it does for Git; elsewhere it is split at blanks outside of quotes.
func (a *app) editor() ([]string, error) {
	name := a.editorName()
	if name == "" {
		return nil, hayon.Errorf(hayon.CodeLocal, "there is no editor").WithHint("name one: export EDITOR=nano")
	}
	if runtime.GOOS == "windows" {
		return quotedFields(name), nil
	}
	if strings.ContainsAny(name, shellCharacters) {
		return []string{"/bin/sh", "-c", name + ` "$@"`, name}, nil
	}
	return []string{name}, nil
}

// quotedFields splits at blanks outside of double quotes. Backslashes are those of paths.
func quotedFields(s string) []string {
	var fields []string
	var field strings.Builder
	quoted, begun := false, false
	for _, r := range s {
		switch {
		case r == '"':
			quoted, begun = !quoted, true
		case !quoted && (r == ' ' || r == '\t'):
			if begun {
				fields = append(fields, field.String())
			}
			field.Reset()
			begun = false
		default:
			begun = true
			field.WriteRune(r)
		}
	}
	if begun {
		fields = append(fields, field.String())
	}
	return fields
}
