package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/hayon/hayon"
)

// textFile reads --file.
func (o *postOptions) textFile() (string, error) {
	info, err := os.Stat(o.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", hayon.Errorf(hayon.CodeUsage, "there is no file %s; nothing was stored", o.file).WithHint("check the path of --file")
	case err != nil:
		return "", hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", o.file, err).WithHint("check its permissions")
	case info.IsDir():
		return "", hayon.Errorf(hayon.CodeUsage, "%s is a folder; nothing was stored", o.file).WithHint("name a file")
	case info.Size() > maxStdin:
		return "", hayon.Errorf(hayon.CodeInvalid, "%s has %d bytes, which is no post", o.file, info.Size()).
			WithHint("see what fits: hayon help platforms")
	}
	b, err := os.ReadFile(o.file)
	if err != nil {
		return "", hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", o.file, err).WithHint("check its permissions")
	}
	if !utf8.Valid(b) {
		return "", hayon.Errorf(hayon.CodeInvalid, "%s is no text in UTF-8; nothing was stored", o.file).
			WithHint("save it as UTF-8, or attach it: -m " + o.file)
	}
	return string(b), nil
}

// written is a text from the user's editor.
func (o *postOptions) written(ctx context.Context) (string, error) {
	a := o.app
	if !a.mayAsk() {
		return "", hayon.Errorf(hayon.CodeUsage, "--editor needs a terminal").
			WithHint(`give the text: hayon post "Hello, world"   or from a file: hayon post -f note.txt`)
	}
	body, err := a.editText(ctx, "", ".txt")
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(body) == "" {
		return "", hayon.Errorf(hayon.CodeUsage, "the text is empty; nothing was stored").WithHint("write something and save it")
	}
	return strings.TrimRight(body, "\n"), nil
}

// askTo asks for the accounts where nobody named one.
func (o *postOptions) askTo(ctx context.Context) ([]string, error) {
	if !o.app.mayAsk() {
		return nil, nil // the service says what is missing
	}
	answer, err := o.app.prompt(ctx, "To which accounts? (as in bluesky,mastodon/work; see: hayon account list) ")
	if err != nil {
		return nil, err
	}
	var to []string
	for name := range strings.SplitSeq(answer, ",") {
		if name = strings.TrimSpace(name); name != "" {
			to = append(to, name)
		}
	}
	return to, nil
}

// confirmWritten asks before a text goes out that nobody has seen whole on a command line.
func (o *postOptions) confirmWritten(ctx context.Context, c hayon.PostCreate) error {
	if !o.editor || c.Draft || c.DryRun {
		return nil
	}
	question := "Publish this now to " + strings.Join(c.To, ", ") + "?"
	if !c.Schedule.IsZero() {
		question = "Schedule this for " + strings.Join(c.To, ", ") + "?"
	}
	o.app.say("%s", indent(c.Text, "  "))
	err := o.app.confirm(ctx, question)
	if err == nil {
		return nil
	}
	if kept, kerr := o.app.keepText(c.Text); kerr == nil {
		o.app.say("Your text is kept in %s", kept)
	}
	return err
}

// keepText writes what somebody has written and does not send now where only they can read it.
func (a *app) keepText(body string) (string, error) {
	f, err := os.CreateTemp("", "hayon-*.txt") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(body + "\n")
	return f.Name(), errors.Join(err, f.Close())
}
