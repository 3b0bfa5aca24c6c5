package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hayon/hayon"
)

// contentChange are the flags that say what a post is to hold instead. What they do not say stays.
type contentChange struct {
	postOptions

	flags                   *pflag.FlagSet
	textFile                string
	addTo, removeTo         []string
	addLabels, removeLabels []string
	noMedia                 bool
	clear                   []string
	// stored are the media of the flags once they are stored: a second try stores nothing again.
	stored []hayon.MediaInput
}

// changeFlags are the flags of content and time that a stored post can be changed by.
func (o *contentChange) changeFlags(cmd *cobra.Command) {
	o.flags = cmd.Flags()
	f := cmd.Flags()
	f.StringArrayVar(&o.texts, "text", nil, "the new text, or ACCOUNT=TEXT for one account alone; ACCOUNT= takes its own text away (repeat)")
	f.StringVar(&o.textFile, "text-file", "", "read the new text from this file; - is standard input")
	f.StringSliceVarP(&o.to, "to", "t", nil, "the accounts that it goes to instead")
	f.StringSliceVar(&o.not, "not", nil, "accounts to leave out")
	f.StringSliceVar(&o.addTo, "add-to", nil, "accounts that it goes to as well")
	f.StringSliceVar(&o.removeTo, "remove-to", nil, "accounts that it does not go to any more")
	f.StringSliceVar(&o.langs, "lang", nil, "language of the text, as en or pt-BR")
	f.StringSliceVar(&o.labels, "label", nil, "labels in the place of those that it has")
	f.StringSliceVar(&o.addLabels, "add-label", nil, "labels to add")
	f.StringSliceVar(&o.removeLabels, "remove-label", nil, "labels to take away")
	f.StringVar(&o.note, "note", "", "a note for you alone")
	f.StringVar(&o.title, "title", "", "a heading, where the platform has one")
	f.StringSliceVar(&o.tags, "tag", nil, "words to find the post by, in the place of those that it has")
	f.StringVar(&o.visibility, "visibility", "", "who sees it: public, unlisted, followers or direct, where the platform has that")
	f.StringVar(&o.replies, "replies", "", "who may answer: everyone, following, mentioned or nobody, where the platform has that")
	f.BoolVar(&o.noQuotes, "no-quotes", false, "nobody may quote it, where the platform has that; =false takes that back")
	f.StringVar(&o.cw, "cw", "", "content warning that stands in the place of the text")
	f.BoolVar(&o.sensitive, "sensitive", false, "hide the images until the reader asks for them; =false takes that back")
	f.StringVar(&o.card, "card", "", "link card: auto (of the first address), none, or the address to make it of")
	f.StringArrayVar(&o.set, "set", nil, "ACCOUNT.KEY=VALUE: what one platform knows; without a value it is taken away (repeat)")
	o.mediaFlags(cmd)
	f.BoolVar(&o.noMedia, "no-media", false, "take all media away")
	o.threadFlags(cmd)
	o.pollFlags(cmd)
	f.StringSliceVar(&o.clear, "clear", nil, "what to take away: "+strings.Join(clearable(), ", "))
	o.whenFlags(cmd)
	cmd.MarkFlagsMutuallyExclusive("to", "add-to")
	cmd.MarkFlagsMutuallyExclusive("to", "remove-to")
	cmd.MarkFlagsMutuallyExclusive("label", "add-label")
	cmd.MarkFlagsMutuallyExclusive("label", "remove-label")
	cmd.MarkFlagsMutuallyExclusive("media", "no-media")
	for name, usage := range map[string]string{
		"media":   `image or video in the place of those that it has: PATH, or "PATH;alt=TEXT;focus=X,Y;for=ACCOUNTS;thumb=PATH" (repeat)`,
		"alt":     "description of an image, in the order of --media, else of the media that it has (repeat)",
		"part":    "text of a further part, in the place of all that it has (repeat)",
		"if-late": "when it is found after its grace window: publish, skip or ask",
		"grace":   "how late it may be and still go out, as 30m, 0 or 7d",
	} {
		f.Lookup(name).Usage = usage
	}
}

// said reports whether a flag was given, on the command line or by a variable.
func (o *contentChange) said(name string) bool {
	f := o.flags.Lookup(name)
	return f != nil && f.Changed
}

// saidAny is the first flag that was given and is none of these; "" for none.
func (o *contentChange) saidAny(except ...string) string {
	found := ""
	o.flags.VisitAll(func(f *pflag.Flag) {
		if found == "" && f.Changed && !slices.Contains(except, f.Name) && !o.app.isGlobal(f.Name) {
			found = f.Name
		}
	})
	return found
}

// isGlobal reports whether a flag is one that all commands have.
func (a *app) isGlobal(name string) bool {
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	var none app
	none.globalFlags(f)
	return f.Lookup(name) != nil || name == "help"
}

// apply is c as the flags want it. It stores the media that they name, in a dry run none.
func (o *contentChange) apply(ctx context.Context, b *backend, r roster, c hayon.PostCreate, dry bool) (hayon.PostCreate, error) {
	c = renamed(c, func(s string) string { return s })
	if err := o.applyClear(&c); err != nil {
		return c, err
	}
	if err := o.applyAudience(ctx, b, r, &c); err != nil {
		return c, err
	}
	if err := o.applyText(ctx, r, &c); err != nil {
		return c, err
	}
	if err := o.applyMedia(ctx, b, r, &c, dry); err != nil {
		return c, err
	}
	if err := o.applyOptions(r, &c); err != nil {
		return c, err
	}
	if err := o.applyThread(&c); err != nil {
		return c, err
	}
	if err := o.applyWords(&c); err != nil {
		return c, err
	}
	if err := o.applyTime(&c); err != nil {
		return c, err
	}
	return c, o.readable(c)
}

// clearing takes away what a word of --clear names.
func clearing() map[string]func(c *hayon.PostCreate) {
	return map[string]func(c *hayon.PostCreate){
	"card":       func(c *hayon.PostCreate) { c.Card = "" },
	"continue":   func(c *hayon.PostCreate) { c.Continue = false },
	"grace":      func(c *hayon.PostCreate) { c.Grace = nil },
	"if-late":    func(c *hayon.PostCreate) { c.IfLate = "" },
	"labels":     func(c *hayon.PostCreate) { c.Labels = nil },
	"lang":       func(c *hayon.PostCreate) { c.Langs = nil },
	"media":      func(c *hayon.PostCreate) { c.Media = nil },
	"note":       func(c *hayon.PostCreate) { c.Note = "" },
	"number":     func(c *hayon.PostCreate) { c.Number = "" },
	"options":    func(c *hayon.PostCreate) { c.Options = nil },
	"own-texts":  func(c *hayon.PostCreate) { c.Texts = nil },
	"parts":      func(c *hayon.PostCreate) { c.Parts = nil },
	"poll":       func(c *hayon.PostCreate) { c.Poll = nil },
	"quote":      func(c *hayon.PostCreate) { c.Quote = "" },
	"reply-to":   func(c *hayon.PostCreate) { c.ReplyTo = "" },
	"thread":     func(c *hayon.PostCreate) { c.Thread = "" },
	"cw":         func(c *hayon.PostCreate) { clearOption(c, hayon.OptionWarning) },
	"replies":    func(c *hayon.PostCreate) { clearOption(c, hayon.OptionReplies) },
	"tags":       func(c *hayon.PostCreate) { clearOption(c, hayon.OptionTags) },
	"title":      func(c *hayon.PostCreate) { clearOption(c, hayon.OptionTitle) },
	"visibility": func(c *hayon.PostCreate) { clearOption(c, hayon.OptionVisibility) },
	}
}

// clearable are the words of --clear.
func clearable() []string { return slices.Sorted(maps.Keys(clearing())) }

// clearOption takes an option away from every account.
func clearOption(c *hayon.PostCreate, name string) {
	for key := range c.Options {
		putOption(c, key, name, "")
	}
}

// putOption gives an option a value; "" takes it away.
func putOption(c *hayon.PostCreate, key, name, value string) {
	if value == "" {
		if delete(c.Options[key], name); len(c.Options[key]) == 0 {
			delete(c.Options, key)
		}
		return
	}
	if c.Options == nil {
		c.Options = make(map[string]map[string]string)
	}
	if c.Options[key] == nil {
		c.Options[key] = make(map[string]string)
	}
	c.Options[key][name] = value
}

// withOption is options with another value for one.
func withOption(options map[string]string, name, value string) map[string]string {
	out := maps.Clone(options)
	if out == nil {
		out = make(map[string]string)
	}
	out[name] = value
	return out
}

func (o *contentChange) applyClear(c *hayon.PostCreate) error {
	known := clearing()
	for _, word := range o.clear {
		do := known[word]
		if do == nil {
			return notOneOf("--clear", word, clearable())
		}
		do(c)
	}
	return nil
}

// applyAudience changes the accounts. What was for one alone that leaves goes with it.
func (o *contentChange) applyAudience(ctx context.Context, b *backend, r roster, c *hayon.PostCreate) error {
	if !o.said("to") && !o.said("not") && !o.said("add-to") && !o.said("remove-to") {
		return nil
	}
	groups, err := b.FindGroups(ctx)
	if err != nil {
		return err
	}
	before := r.expand(c.To, groups)
	to := slices.Clone(before)
	if o.said("to") {
		to, c.Not = r.expand(o.to, groups), nil
	}
	to = append(to, r.expand(o.addTo, groups)...)
	for _, word := range slices.Concat(o.removeTo, o.not) {
		leaves := r.expand([]string{word}, groups)
		found := func(w string) bool { return slices.Contains(leaves, w) }
		if !slices.ContainsFunc(to, found) && !o.said("to") {
			return hayon.Errorf(hayon.CodeUsage, "it does not go to %s", word).WithHint("it goes to: " + describer{roster: r}.names(to))
		}
		to = slices.DeleteFunc(to, found)
		if slices.Contains(to, "all") {
			c.Not = append(c.Not, leaves...)
		}
	}
	if len(to) == 0 {
		return hayon.Errorf(hayon.CodeUsage, "that leaves no account for this post").WithHint("name another one: --to ACCOUNT   or take it back: hayon cancel")
	}
	all := slices.Contains(to, "all")
	*c = without(*c, func(w string) bool { return !all && slices.Contains(before, w) && !slices.Contains(to, w) })
	c.To = unique(to)
	return nil
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// expand are the ids of the accounts that words mean; a word that means nothing here stays.
func (r roster) expand(list []string, groups []*hayon.Group) []string {
	var out []string
	for _, word := range list {
		word = strings.TrimSpace(word)
		platform, all := strings.CutSuffix(word, "/*")
		found := len(out)
		for _, g := range groups {
			if "@"+g.Name == word {
				for _, id := range g.Accounts {
					out = append(out, id.String())
				}
			}
		}
		for _, a := range r {
			if all && a.Platform == platform {
				out = append(out, a.ID.String())
			}
		}
		if len(out) == found {
			out = append(out, r.id(word))
		}
	}
	return unique(out)
}

// applyText reads --text and --text-file.
func (o *contentChange) applyText(ctx context.Context, r roster, c *hayon.PostCreate) error {
	whole, own, err := o.splitTexts(r)
	if err != nil {
		return err
	}
	if o.said("text-file") {
		if whole != nil {
			return hayon.Errorf(hayon.CodeUsage, "there are two texts: --text, and --text-file").WithHint("leave out one of them")
		}
		body, err := o.app.readText(ctx, o.textFile)
		if err != nil {
			return err
		}
		whole = &body
	}
	if whole != nil {
		c.Text = *whole
	}
	reading := postOptions{app: o.app, texts: own}
	texts, err := reading.ownTexts()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if key := r.id(name); texts[name] == "" {
			delete(c.Texts, key)
		} else {
			if c.Texts == nil {
				c.Texts = make(map[string]string)
			}
			c.Texts[key] = texts[name]
		}
	}
	return nil
}

// namedText is a text that may be for one account.
var namedText = regexp.MustCompile(`^([a-z][a-z0-9]*(?:/[^\s=*]+)?)=`)

// splitTexts tells --text TEXT from --text ACCOUNT=TEXT: one that begins with the name of an account and = is
// for that account. What only looks so is refused, since a typo would be published.
func (o *contentChange) splitTexts(r roster) (whole *string, own []string, err error) {
	for _, v := range o.texts {
		m := namedText.FindStringSubmatch(v)
		switch {
		case m == nil && whole != nil:
			return nil, nil, hayon.Errorf(hayon.CodeUsage, "there are two new texts").
				WithHint(`give one, and those of accounts as --text bluesky="Hello"`)
		case m == nil:
			whole = &v
		case !o.app.knowsAccount(r, m[1]):
			hint := "a text that begins so comes from a file: --text-file note.txt"
			if near := nearest(m[1], r.words()); near != "" {
				hint = "did you mean --text " + near + "=…? " + hint
			}
			return nil, nil, hayon.Errorf(hayon.CodeUsage, "--text names %q, and there is no such account", m[1]).WithHint(hint)
		default:
			own = append(own, v)
		}
	}
	return whole, own, nil
}

// knowsAccount reports whether a word names an account, or a platform that has one by itself.
func (a *app) knowsAccount(r roster, word string) bool {
	if r.id(word) != word {
		return true
	}
	p, err := a.platforms().Find(word)
	return err == nil && p.Info().NoSignIn
}

// words are what names the accounts.
func (r roster) words() []string {
	var out []string
	for _, a := range r {
		out = append(out, a.Name)
	}
	return out
}

// readText reads a text from a file, or with - from standard input.
func (a *app) readText(ctx context.Context, path string) (string, error) {
	in := a.io.in
	if path != "-" {
		f, err := os.Open(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return "", hayon.Errorf(hayon.CodeUsage, "there is no file %s; nothing was changed", path).WithHint("check its path")
		case err != nil:
			return "", hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", path, err).WithHint("check its permissions")
		}
		defer func() { _ = f.Close() }() // read only
		in = f
	}
	b, err := await(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(in, maxStdin+1)) })
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err != nil:
		return "", hayon.Errorf(hayon.CodeLocal, "%s cannot be read: %w", path, err).WithHint("check its permissions")
	case len(b) > maxStdin:
		return "", hayon.Errorf(hayon.CodeInvalid, "%s has more than %d bytes, which is no post", path, maxStdin).WithHint("see what fits: hayon help platforms")
	case !utf8.Valid(b):
		return "", hayon.Errorf(hayon.CodeInvalid, "%s is no text in UTF-8; nothing was changed", path).WithHint("save it as UTF-8")
	}
	return string(b), nil
}

// applyMedia replaces the media, or changes how those that are there are used.
func (o *contentChange) applyMedia(ctx context.Context, b *backend, r roster, c *hayon.PostCreate, dry bool) (err error) {
	if o.said("alt-policy") {
		if c.AltPolicy, err = o.altPolicyOf(); err != nil {
			return err
		}
	}
	switch {
	case o.noMedia:
		c.Media = nil
		if len(o.alts) > 0 {
			return hayon.Errorf(hayon.CodeUsage, "--alt describes media, and --no-media takes them away").WithHint("leave out one of them")
		}
		return nil
	case o.said("media"):
		if o.stored == nil {
			if o.stored, err = o.upload(ctx, b, dry); err != nil {
				return err
			}
		}
		c.Media = slices.Clone(o.stored)
		for i := range c.Media {
			for j, word := range c.Media[i].For {
				c.Media[i].For = slices.Clone(c.Media[i].For)
				c.Media[i].For[j] = r.id(word)
			}
		}
		return nil
	}
	if len(o.alts) > len(c.Media) {
		return hayon.Errorf(hayon.CodeUsage, "there are %d --alt, and the post has %d media", len(o.alts), len(c.Media)).
			WithHint("give one --alt for each medium, in their order")
	}
	for i, alt := range o.alts {
		c.Media[i].Alt = alt
	}
	for i := range c.Media {
		if o.said("no-resize") {
			c.Media[i].NoResize = o.noResize
		}
		if o.said("strip-exif") {
			c.Media[i].KeepMetadata = !o.stripEXIF
		}
	}
	return nil
}

// applyOptions changes what the platforms know beside text and media.
func (o *contentChange) applyOptions(r roster, c *hayon.PostCreate) error {
	wanted, err := o.options()
	if err != nil {
		return err
	}
	for flag, name := range map[string]string{"sensitive": hayon.OptionSensitive, "no-quotes": hayon.OptionNoQuotes} {
		if o.said(flag) {
			putOption(c, "", name, "") // an =false takes it back
		}
	}
	for name, options := range wanted {
		key := name
		if key != "" {
			key = r.id(name)
		}
		for option, value := range options {
			putOption(c, key, option, value)
			if key != "" && value == "" && c.Options[""][option] != "" { // not there what is for all
				c.Options[key] = withOption(c.Options[key], option, "")
			}
		}
	}
	return nil
}

// applyThread changes how the text is split, and what it answers and quotes.
func (o *contentChange) applyThread(c *hayon.PostCreate) error {
	if err := o.checkThread(); err != nil {
		return err
	}
	if o.said("thread") {
		c.Thread = hayon.ThreadMode(o.mode)
	}
	if o.said("part") {
		_, parts, err := thread("x", o.parts)
		if err != nil {
			return err
		}
		if c.Parts = slices.Clone(parts); c.Thread == hayon.ThreadOff {
			c.Thread = hayon.ThreadLines
		}
	}
	if o.said("number") {
		if c.Number = o.number; c.Number == numberNone {
			c.Number = ""
		}
	}
	if o.said("reply-to") {
		c.ReplyTo, c.Continue = o.replyTo, false
	}
	if o.said("continue") {
		if c.Continue = o.goesOn; c.Continue {
			c.ReplyTo = ""
		}
	}
	if o.said("quote") {
		c.Quote = o.quote
	}
	return o.applyPoll(c)
}

// applyPoll replaces the poll, or changes how long it is open and what it allows.
func (o *contentChange) applyPoll(c *hayon.PostCreate) error {
	if o.said("poll-option") {
		p, err := o.poll()
		c.Poll = p
		return err
	}
	if !o.said("poll-for") && !o.said("poll-multiple") && !o.said("poll-hide-totals") {
		return nil
	}
	if c.Poll == nil {
		return o.pollWithoutOptions()
	}
	if o.said("poll-for") {
		open, err := o.pollTime()
		if err != nil {
			return err
		}
		c.Poll.Seconds = int64(open / time.Second)
	}
	if o.said("poll-multiple") {
		c.Poll.Multiple = o.pollMultiple
	}
	if o.said("poll-hide-totals") {
		c.Poll.HideTotals = o.pollHide
	}
	return nil
}

// applyWords changes what is no text: the language, labels, the note and the card.
func (o *contentChange) applyWords(c *hayon.PostCreate) (err error) {
	if o.said("lang") {
		c.Langs = slices.Clone(o.langs)
	}
	if o.said("label") {
		c.Labels = slices.Clone(o.labels)
	}
	c.Labels = slices.DeleteFunc(unique(append(c.Labels, o.addLabels...)), func(l string) bool { return slices.Contains(o.removeLabels, l) })
	if o.said("note") {
		c.Note = o.note
	}
	if o.said("card") {
		c.Card, err = o.cardOf()
	}
	return err
}

// applyTime changes when it goes out, and what happens when it is late.
func (o *contentChange) applyTime(c *hayon.PostCreate) error {
	policy, grace, err := lateFlags(o.ifLate, o.grace)
	if err != nil {
		return err
	}
	if policy != "" {
		c.IfLate = policy
	}
	if grace != nil {
		c.Grace = grace
	}
	if o.said("draft") {
		if !o.draft {
			return hayon.Errorf(hayon.CodeUsage, "--draft=false does not say when it goes out").
				WithHint(`say when: --at "tomorrow 9am"   or send it now: hayon publish`)
		}
		c.Draft, c.Schedule = true, hayon.Schedule{}
	}
	if !o.said("at") && !o.said("in") {
		return nil
	}
	c.Draft = false
	c.Schedule, err = o.schedule()
	return err
}

// partNumber is --part where it names one part of what is out.
func (o *contentChange) partNumber() (int, error) {
	if len(o.parts) == 0 {
		return 0, nil
	}
	n, err := strconv.Atoi(o.parts[0])
	if len(o.parts) > 1 || err != nil || n < 1 {
		return 0, hayon.Errorf(hayon.CodeUsage, "with --remote --part is the number of one part, and not %s", fmt.Sprintf("%q", o.parts)).
			WithHint("count from 1, as --part 2")
	}
	return n - 1, nil
}
