package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/text"
)

// maxStdin bounds what is read as a text.
const maxStdin = 1 << 20

// piped is what comes by standard input, where the text stands neither in an argument nor in a flag.
func (o *postOptions) piped(ctx context.Context, args []string) (string, error) {
	a := o.app
	if len(args) == 0 && a.io.inTTY {
		if len(o.media) > 0 || len(o.parts) > 0 {
			return "", nil
		}
		return "", a.noText(false)
	}
	b, err := await(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(a.io.in, maxStdin+1)) })
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", hayon.Errorf(hayon.CodeLocal, "standard input cannot be read: %w", err)
	}
	if len(b) > maxStdin {
		return "", hayon.Errorf(hayon.CodeInvalid, "standard input has more than %d bytes, which is no post", maxStdin).
			WithHint("see what fits: hayon help platforms")
	}
	if len(b) == 0 && len(o.media) == 0 && len(o.parts) == 0 && len(args) == 0 {
		return "", a.noText(true)
	}
	return string(b), nil
}

// noText is the error of a command that was given no text; where a pipe was empty, it names no other.
func (a *app) noText(piped bool) error {
	command := "hayon " + a.command
	hint := fmt.Sprintf(`give one: %s "Hello, world" --to site`, command)
	if !piped {
		hint += fmt.Sprintf("   or pipe it: echo Hello | %s - --to site", command)
	}
	return hayon.Errorf(hayon.CodeUsage, "there is no text").WithHint(hint)
}

// ownTexts reads --text ACCOUNT=TEXT and ACCOUNT=@FILE.
func (o *postOptions) ownTexts() (map[string]string, error) {
	texts := make(map[string]string, len(o.texts))
	for _, v := range o.texts {
		account, body, ok := strings.Cut(v, "=")
		if !ok || account == "" {
			return nil, hayon.Errorf(hayon.CodeUsage, "--text %q names no account", v).WithHint(`write --text bluesky="Hello"`)
		}
		if file, ok := strings.CutPrefix(body, "@"); ok && (fileExists(file) || len(strings.Fields(file)) == 1) {
			b, err := os.ReadFile(file)
			if errors.Is(err, fs.ErrNotExist) {
				return nil, hayon.Errorf(hayon.CodeUsage, "--text %s: there is no file %s", account, file).
					WithHint("check the path; a text that begins with a mention has more than one word")
			}
			if err != nil {
				return nil, hayon.Errorf(hayon.CodeUsage, "--text %s: the file %s cannot be read: %w", account, file, err).
					WithHint("check the path; a text that begins with a mention has more than one word")
			}
			body = string(b)
		}
		if _, twice := texts[account]; twice {
			return nil, hayon.Errorf(hayon.CodeUsage, "--text names %s twice", account)
		}
		texts[account] = body
	}
	return texts, nil
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// thread is the text of a post and the parts that follow it. Without a text the first part is it.
func thread(first string, parts []string) (text string, rest []string, err error) {
	for _, part := range parts {
		if strings.TrimSpace(part) == "" {
			return "", nil, hayon.Errorf(hayon.CodeUsage, "a --part is empty").WithHint("give each part a text, or leave it out")
		}
	}
	if first == "" && len(parts) > 0 {
		return parts[0], parts[1:], nil
	}
	return first, parts, nil
}

// readable refuses bytes that are no text: a platform would refuse them too, or show something else.
func (o *postOptions) readable(c hayon.PostCreate) error {
	said := slices.Concat([]string{c.Text, c.Note, o.cw, o.title, c.Number, c.ReplyTo, c.Quote, c.Card}, c.Parts, c.Labels, o.alts, o.media, o.tags, o.pollOptions)
	said = slices.AppendSeq(said, maps.Values(c.Texts))
	for _, s := range said {
		if !utf8.ValidString(s) {
			return hayon.Errorf(hayon.CodeInvalid, "%s is no text in UTF-8; nothing was stored", strconv.QuoteToASCII(clip(s, 24))).
				WithHint("convert it, as by: iconv -f latin1 -t utf-8")
		}
	}
	return nil
}

// size is how long a target's text is and what is attached, beside the platform's limits; of a thread
// it is how many parts there are, and the longest.
func (a *app) size(t *api.Target) string {
	if len(t.Parts) == 0 {
		return ""
	}
	if len(t.Parts) == 1 {
		return a.partSize(t, 0)
	}
	longest := 0
	for i := range t.Parts {
		if text.Count(text.Graphemes, t.Parts[i].Text) > text.Count(text.Graphemes, t.Parts[longest].Text) {
			longest = i
		}
	}
	out := parts(len(t.Parts)) + "   the longest " + a.textSize(t, longest)
	return out + attachedCount(t.Parts[0].Media)
}

// parts counts the parts of a thread in words.
func parts(n int) string { return fmt.Sprintf("%d parts", n) }

// partSize is how long the text of one part is, and what is attached to it.
func (a *app) partSize(t *api.Target, i int) string {
	return a.textSize(t, i) + attachedCount(t.Parts[i].Media)
}

func (a *app) textSize(t *api.Target, i int) string {
	part := &t.Parts[i]
	if part.Repost != "" {
		return "repost of " + part.Repost
	}
	for _, l := range a.infoOf(t).Limits {
		if l.Of == hayon.LimitText && (l.Unit == hayon.UnitGraphemes || l.Unit == hayon.UnitMastodon) {
			return fmt.Sprintf("%d/%d", lengthBy(l, part.Text, t.Options), l.Max)
		}
	}
	n := text.Count(text.Graphemes, part.Text)
	if n == 1 {
		return "1 character"
	}
	return fmt.Sprintf("%d characters", n)
}

// lengthBy is how long a text is by a limit, with the options that count too.
func lengthBy(l hayon.Limit, body string, options map[string]string) int {
	var with []string
	for _, name := range l.With {
		with = append(with, options[name])
	}
	return text.Length(text.Rule{Unit: text.Unit(l.Unit), URL: int(l.URL)}, body, with...)
}

// infoOf is what a target's platform allows, with what is known of the account's own server.
func (a *app) infoOf(t *api.Target) hayon.ProviderInfo {
	p, err := a.platforms().Find(t.Platform)
	if err != nil {
		return hayon.ProviderInfo{}
	}
	return p.Info().For(a.known[t.AccountID])
}

// attachedCount says how many images or other media are attached.
func attachedCount(list []api.Attachment) string {
	what := "image"
	for _, m := range list {
		if !strings.HasPrefix(m.Type, "image/") {
			what = "video"
		}
	}
	if what == "video" && len(list) > 1 {
		what = "file"
	}
	switch n := len(list); n {
	case 0:
		return ""
	case 1:
		return "   1 " + what
	default:
		return fmt.Sprintf("   %d %ss", n, what)
	}
}
