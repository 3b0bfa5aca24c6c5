package main

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// typed are the flags that stand on the command line: one that a variable gives is no word of the moment.
func (a *app) typed() map[string]bool {
	out := make(map[string]bool)
	bare := newApp(&streams{}, func(string) (string, bool) { return "", false })
	cmd, rest, err := bare.rootCommand().Find(a.args)
	if err != nil || cmd.ParseFlags(rest) != nil {
		return out
	}
	cmd.Flags().Visit(func(f *pflag.Flag) { out[f.Name] = true })
	return out
}

// says reports whether one of these flags wins over the file.
func (f *postFile) says(flags ...string) bool {
	return slices.ContainsFunc(flags, func(name string) bool { return f.typed[name] })
}

// over fills in the request: what the file says over what variables and the configuration do, and under what
// stands on the command line. base is the request without the file.
func (o *postOptions) over(base hayon.PostCreate, f *postFile) error {
	c := base
	if f.Repost != "" { // which has nothing of its own
		c.Thread, c.Number, c.Card, c.AltPolicy, c.Poll, c.To = "", "", "", "", nil, o.to
	}
	c.Repost = f.Repost
	f.overAudience(&c)
	if err := f.overTime(o.app, &c); err != nil {
		return err
	}
	f.overText(&c)
	f.overThread(&c)
	f.overPoll(&c)
	f.overOptions(&c)
	take(f, &c.Card, f.Card, "card")
	take(f, &c.AltPolicy, f.AltPolicy, "alt-policy")
	take(f, &c.Note, f.Note, "note")
	takeList(f, &c.Langs, f.Lang, "lang")
	takeList(f, &c.Labels, f.Labels, "label")
	f.create = c
	return f.overMedia(o)
}

// take puts what the file says in the place of what is there, unless a flag wins.
func take[T ~string](f *postFile, to *T, said T, flags ...string) {
	if said != "" && !f.says(flags...) {
		*to = said
	}
}

func takeList(f *postFile, to *[]string, said []string, flags ...string) {
	if len(said) > 0 && !f.says(flags...) {
		*to = said
	}
}

// overAudience: who names accounts on the command line means those and no others.
func (f *postFile) overAudience(c *hayon.PostCreate) {
	takeList(f, &c.To, f.To, "to")
	takeList(f, &c.Not, f.Not, "to", "not")
}

// overTime reads the phrases of the file. A time that has passed is kept aside: it may be that of a post that
// is out.
func (f *postFile) overTime(a *app, c *hayon.PostCreate) error {
	take(f, &c.IfLate, f.IfLate, "if-late")
	if f.Grace != "" && !f.says("grace") {
		if d, err := parseGrace(f.Grace); err != nil {
			f.wrong(strings.Replace(hayon.AsError(graceError(f.Grace, err)).Message, "--grace", "grace:", 1), "give 0 to 7d, as 30m, 2h or 1d", "grace")
		} else {
			c.Grace = &d
		}
	}
	if f.At == "" && f.In == "" && !f.Draft || f.says("at", "in", "draft") {
		return nil
	}
	c.Draft, c.Schedule = f.Draft, hayon.Schedule{}
	loc, err := a.location()
	if err != nil || f.Draft {
		return err
	}
	if f.In != "" {
		d, err := when.ParseDuration(f.In)
		if err != nil {
			f.problems = append(f.problems, f.timeProblem("in", err))
			return nil
		}
		c.Schedule = hayon.Schedule{At: d.Add(a.now(), loc).UTC()}
		return nil
	}
	t, err := when.Parse(f.At, a.now(), loc)
	if e, ok := errors.AsType[*when.Error](err); ok && e.Past {
		p := f.timeProblem("at", err)
		f.past = &p
		return nil
	}
	if err != nil {
		f.problems = append(f.problems, f.timeProblem("at", err))
		return nil
	}
	f.notes = append(f.notes, t.Notes...)
	c.Schedule = hayon.Schedule{At: t.At.UTC(), Wall: t.Wall, Zone: t.Zone}
	return nil
}

// timeProblem is what the time grammar says of a phrase in the file.
func (f *postFile) timeProblem(field string, err error) fileProblem {
	e, ok := errors.AsType[*when.Error](err)
	if !ok {
		return f.problem(hayon.CodeInvalid, field+": "+err.Error(), "", field)
	}
	reason := e.Reason
	if quoted := strconv.Quote(e.Input); !strings.Contains(reason, quoted) {
		reason = quoted + ": " + reason
	}
	return f.problem(hayon.CodeInvalid, field+": "+reason, e.Hint, field)
}

// overText: parts of the command line follow those of the file.
func (f *postFile) overText(c *hayon.PostCreate) {
	c.Parts = slices.Concat(f.Parts, c.Parts)
	if c.Text = f.Text; strings.TrimSpace(c.Text) == "" && len(c.Parts) > 0 {
		c.Text, c.Parts = c.Parts[0], c.Parts[1:]
	}
	texts := maps.Clone(f.Texts)
	for account, body := range c.Texts {
		if texts == nil {
			texts = make(map[string]string)
		}
		if _, own := texts[account]; !own || f.says("text") {
			texts[account] = body
		}
	}
	c.Texts = texts
}

func (f *postFile) overThread(c *hayon.PostCreate) {
	take(f, &c.Thread, f.Thread, "thread")
	if c.Thread == hayon.ThreadOff && len(c.Parts) > 0 && f.Thread != hayon.ThreadOff && !f.says("thread") {
		c.Thread = hayon.ThreadLines // what is written wins over the configuration
	}
	if take(f, &c.Number, f.Number, "number"); c.Number == numberNone {
		c.Number = ""
	}
	take(f, &c.Quote, f.Quote, "quote")
	if (f.ReplyTo != "" || f.Continue) && !f.says("reply-to", "continue") {
		c.ReplyTo, c.Continue = f.ReplyTo, f.Continue
	}
}

func (f *postFile) overPoll(c *hayon.PostCreate) {
	if f.Poll == nil || f.says("poll-option") {
		return
	}
	open := defaultPoll
	if f.Poll.For != "" {
		d, err := when.ParseDuration(f.Poll.For)
		if open = time.Duration(d.Days)*24*time.Hour + d.Elapsed; err != nil || open < time.Second {
			f.wrong("poll: for: "+strconv.Quote(f.Poll.For)+" is no time for a poll", "give a time, as 30m, 6h or 3d", "poll", "for")
			open = defaultPoll
		}
	}
	c.Poll = &hayon.Poll{
		Options: f.Poll.Options, Seconds: int64(open / time.Second), Multiple: f.Poll.Multiple, HideTotals: f.Poll.HideTotals,
	}
}

// commonFlags are the flags of the options that hold for all accounts, by their names.
func commonFlags() map[string]string {
	return map[string]string{
		hayon.OptionVisibility: "visibility", hayon.OptionWarning: "cw", hayon.OptionTitle: "title", hayon.OptionTags: "tag",
		hayon.OptionReplies: "replies", hayon.OptionSensitive: "sensitive", hayon.OptionNoQuotes: "no-quotes",
	}
}

// overOptions: a flag for all accounts wins over what the file says for one of them, too.
func (f *postFile) overOptions(c *hayon.PostCreate) {
	out := make(map[string]map[string]string)
	put := func(account, key, value string) {
		if out[account] == nil {
			out[account] = make(map[string]string)
		}
		out[account][key] = value
	}
	for account, options := range c.Options {
		for key, value := range options {
			put(account, key, value)
		}
	}
	for account, options := range f.fileOptions() {
		for key, value := range options {
			_, set := c.Options[account][key]
			common := f.says(commonFlags()[key])
			if own := set && account != "" && f.says("set"); !common && !own {
				put(account, key, value)
			}
		}
	}
	if c.Options = out; len(out) == 0 {
		c.Options = nil
	}
}

// fileOptions are the options of the file, with those for all accounts under "".
func (f *postFile) fileOptions() map[string]map[string]string {
	common := make(map[string]string)
	for key, value := range map[string]string{
		hayon.OptionVisibility: f.Visibility, hayon.OptionWarning: f.CW, hayon.OptionTitle: f.Title,
		hayon.OptionTags: strings.Join(hayon.TagsOf(strings.Join(f.Tags, ",")), ","), hayon.OptionReplies: f.Replies,
	} {
		if value != "" {
			common[key] = value
		}
	}
	for key, on := range map[string]bool{hayon.OptionSensitive: f.Sensitive, hayon.OptionNoQuotes: f.NoQuotes} {
		if on {
			common[key] = strconv.FormatBool(true)
		}
	}
	out := maps.Clone(f.Options)
	if len(common) > 0 {
		if out == nil {
			out = make(map[string]map[string]string)
		}
		out[""] = common
	}
	return out
}

// overMedia takes the media of the file where the command line names none.
func (f *postFile) overMedia(o *postOptions) error {
	if len(f.Media) == 0 || f.says("media") {
		var err error
		f.media, err = o.attachments()
		return err
	}
	f.media = nil
	for i := range f.Media {
		f.media = append(f.media, f.attachment(o, i))
	}
	if f.says("alt") {
		return f.describe(o.alts)
	}
	return nil
}

// describe gives the media of the file the descriptions of --alt, in their order: a flag wins over the file.
func (f *postFile) describe(alts []string) error {
	if len(alts) > len(f.media) {
		return hayon.Errorf(hayon.CodeUsage, "there are %d --alt, and %s has %d media", len(alts), f.name, len(f.media)).
			WithHint("give at most one --alt for each of its media, in their order")
	}
	for i, alt := range alts {
		f.media[i].alt = alt
	}
	return nil
}

// attachment is a medium of the file, whose path starts in the file's folder.
func (f *postFile) attachment(o *postOptions, i int) attachment {
	m := &f.Media[i]
	out := attachment{
		path: f.path(m.File), id: m.ID, alt: m.Alt, focus: m.Focus, accounts: m.For, thumb: f.path(m.Thumb),
		noResize: m.NoResize, keepMetadata: m.KeepMetadata, field: []string{"media", strconv.Itoa(i)},
	}
	if f.says("no-resize") {
		out.noResize = o.noResize
	}
	if f.says("strip-exif") {
		out.keepMetadata = !o.stripEXIF
	}
	return out
}

func (f *postFile) path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(f.folder(), filepath.FromSlash(name))
}

// isOut is where the file says that an account has it; name is what the account is called, and byDefault that
// it is the default one of its platform.
func (f *postFile) isOut(name, platform string, byDefault bool) (account, url string) {
	for _, key := range slices.Sorted(maps.Keys(f.Published)) {
		if key == name || byDefault && key == platform {
			return key, f.Published[key]
		}
	}
	return "", ""
}
