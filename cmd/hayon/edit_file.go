package main

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/postfile"
	"github.com/hayon/hayon/server/api"
	"github.com/hayon/hayon/when"
)

// fileOf is a request as a post file, its accounts by their names.
func (r roster) fileOf(c hayon.PostCreate) *postfile.File {
	c = renamed(c, r.word)
	common := c.Options[""]
	f := &postfile.File{
		To: c.To, Not: c.Not, Draft: c.Draft, IfLate: c.IfLate, Text: c.Text, Parts: c.Parts, Texts: c.Texts,
		Title: common[hayon.OptionTitle], CW: common[hayon.OptionWarning], Sensitive: isTrue(common[hayon.OptionSensitive]),
		Visibility: common[hayon.OptionVisibility], Replies: common[hayon.OptionReplies], NoQuotes: isTrue(common[hayon.OptionNoQuotes]),
		Lang: c.Langs, Tags: hayon.TagsOf(common[hayon.OptionTags]), Labels: c.Labels, Note: c.Note,
		Thread: c.Thread, Number: c.Number, ReplyTo: c.ReplyTo, Quote: c.Quote, Continue: c.Continue, Repost: c.Repost,
		Card: c.Card, AltPolicy: c.AltPolicy, Options: ownOptions(c.Options),
	}
	if s := c.Schedule; !s.At.IsZero() && !c.Draft {
		f.At = when.Instant{At: s.At.UTC(), Wall: s.Wall, Zone: s.Zone}.Echo()
	}
	if c.Grace != nil {
		f.Grace = spanWords(*c.Grace)
	}
	if p := c.Poll; p != nil {
		f.Poll = &postfile.Poll{
			Options: p.Options, For: spanWords(time.Duration(p.Seconds) * time.Second), Multiple: p.Multiple, HideTotals: p.HideTotals,
		}
	}
	for _, m := range c.Media {
		f.Media = append(f.Media, postfile.Medium{
			ID: m.Media, Alt: m.Alt, For: m.For, Focus: m.Focus, NoResize: m.NoResize, KeepMetadata: m.KeepMetadata,
		})
	}
	return f
}

// spanWords is a span as people write it: 1h30m, 3d.
func spanWords(d time.Duration) string {
	const day = 24 * time.Hour
	if d > 0 && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	s, err := api.Duration(d).MarshalText()
	if err != nil { // every span has a text
		panic("hayon: a span of time does not marshal: " + err.Error())
	}
	return string(s)
}

func isTrue(v string) bool {
	b, err := strconv.ParseBool(v)
	return err == nil && b
}

// ownOptions are the options of single accounts.
func ownOptions(options map[string]map[string]string) map[string]map[string]string {
	out := maps.Clone(options)
	if delete(out, ""); len(out) == 0 {
		return nil
	}
	return out
}

// fileChange is what a changed file makes of a request.
type fileChange struct {
	app    *app
	roster roster
	// was is the file that the request made, f the one that there is now.
	was, f *postfile.File
	base   hayon.PostCreate
	// dir is where the paths of media begin.
	dir string
	// whole: what the file does not say of accounts and time is a mistake; else it stays.
	whole bool

	problems postfile.Problems
	// paths are those of media that are to be stored, by their place in the request.
	paths map[int]mediumPaths
}

// mediumPaths are the files of a medium; "" for none.
type mediumPaths struct{ file, thumb string }

// request is the request as the file wants it. What the file says as before stays as it was.
func (x *fileChange) request() (hayon.PostCreate, error) {
	c := renamed(x.base, func(s string) string { return s })
	x.text(&c)
	if x.f.Kind != postfile.Text {
		x.audience(&c)
		x.time(&c)
		x.options(&c)
		x.rest(&c)
		x.media(&c)
	}
	if len(x.problems) > 0 {
		x.problems.Sort()
		return c, x.problems
	}
	return c, nil
}

func (x *fileChange) wrong(reason, hint string, field ...string) {
	x.problems = append(x.problems, x.f.Problem(reason, hint, field...))
}

// differ sets *to where a value of the file is not what it was.
func differ[T any](to *T, was, is T) {
	if !same(was, is) {
		*to = is
	}
}

// same reports whether two values say the same; an empty list says as much as none.
func same[T any](a, b T) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	if k := x.Kind(); (k == reflect.Slice || k == reflect.Map) && x.Len() == 0 && y.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a, b)
}

func (x *fileChange) text(c *hayon.PostCreate) {
	differ(&c.Text, x.was.Text, x.f.Text)
	if x.f.Kind == postfile.Text {
		c.Parts = nil // all of the thread stands in it
		return
	}
	differ(&c.Parts, x.was.Parts, x.f.Parts)
	if !same(x.was.Texts, x.f.Texts) {
		c.Texts = nil
		for _, name := range slices.Sorted(maps.Keys(x.f.Texts)) {
			if c.Texts == nil {
				c.Texts = make(map[string]string)
			}
			c.Texts[x.roster.id(name)] = x.f.Texts[name]
		}
	}
}

func (x *fileChange) audience(c *hayon.PostCreate) {
	ids := func(names []string) []string {
		out := make([]string, len(names))
		for i, name := range names {
			out[i] = x.roster.id(name)
		}
		return unique(out)
	}
	switch {
	case len(x.f.To) == 0 && len(x.was.To) > 0 && x.whole:
		x.wrong("it goes to no account any more", "name one, as to: bluesky; or take it back: hayon cancel", "to")
	case len(x.f.To) > 0 && !same(x.was.To, x.f.To):
		c.To = ids(x.f.To)
	}
	if !same(x.was.Not, x.f.Not) {
		c.Not = ids(x.f.Not)
	}
}

// time reads when it goes out.
func (x *fileChange) time(c *hayon.PostCreate) {
	differ(&c.IfLate, x.was.IfLate, x.f.IfLate)
	if x.was.Grace != x.f.Grace {
		c.Grace = nil
		if x.f.Grace != "" {
			d, err := parseGrace(x.f.Grace)
			if err != nil {
				x.wrong(reasonOf(err), "give 0 to 7d, as 30m, 2h or 1d", "grace")
			}
			c.Grace = &d
		}
	}
	is, was := x.f, x.was
	if is.At == was.At && is.In == "" && is.Draft == was.Draft {
		return
	}
	if is.At == "" && is.In == "" && !is.Draft {
		if x.whole {
			x.wrong("it does not say any more when it goes out", "write at: and a time, at: now, or draft: true", "at")
		}
		return
	}
	if c.Draft, c.Schedule = is.Draft, (hayon.Schedule{}); is.Draft {
		return
	}
	c.Schedule = x.schedule()
}

func (x *fileChange) schedule() hayon.Schedule {
	loc, err := x.app.location()
	if err != nil {
		x.wrong(reasonOf(err), "", "at")
		return hayon.Schedule{}
	}
	now := x.app.now()
	if x.f.In != "" {
		d, err := when.ParseDuration(x.f.In)
		if err != nil {
			x.wrong(reasonOf(err), hintWhen(err), "in")
		}
		return hayon.Schedule{At: d.Add(now, loc).UTC()}
	}
	t, err := when.Parse(x.f.At, now, loc)
	if err != nil {
		x.wrong(reasonOf(err), hintWhen(err), "at")
	}
	for _, note := range t.Notes {
		x.app.say("Note: %s", note)
	}
	return hayon.Schedule{At: t.At.UTC(), Wall: t.Wall, Zone: t.Zone}
}

// reasonOf is why a phrase of time was refused, or what else went wrong.
func reasonOf(err error) string {
	if e, ok := errors.AsType[*when.Error](err); ok {
		return e.Reason
	}
	return hayon.AsError(err).Message
}

func hintWhen(err error) string {
	if e, ok := errors.AsType[*when.Error](err); ok {
		return e.Hint
	}
	return hayon.AsError(err).Hint
}

// options reads what the platforms know beside text and media.
func (x *fileChange) options(c *hayon.PostCreate) {
	was, is := x.was, x.f
	for _, o := range []struct {
		name     string
		was, now string
	}{
		{hayon.OptionTitle, was.Title, is.Title},
		{hayon.OptionWarning, was.CW, is.CW},
		{hayon.OptionSensitive, truthWord(was.Sensitive), truthWord(is.Sensitive)},
		{hayon.OptionVisibility, was.Visibility, is.Visibility},
		{hayon.OptionReplies, was.Replies, is.Replies},
		{hayon.OptionNoQuotes, truthWord(was.NoQuotes), truthWord(is.NoQuotes)},
		{hayon.OptionTags, strings.Join(was.Tags, ","), strings.Join(is.Tags, ",")},
	} {
		if o.was != o.now {
			putOption(c, "", o.name, o.now)
		}
	}
	if same(was.Options, is.Options) {
		return
	}
	common := c.Options[""]
	c.Options = make(map[string]map[string]string)
	if len(common) > 0 {
		c.Options[""] = common
	}
	for name, options := range is.Options {
		c.Options[x.roster.id(name)] = options
	}
}

func truthWord(is bool) string { return yes(is, "true") }

// rest reads what needs no words of its own.
func (x *fileChange) rest(c *hayon.PostCreate) {
	was, is := x.was, x.f
	differ(&c.Langs, was.Lang, is.Lang)
	differ(&c.Labels, was.Labels, is.Labels)
	differ(&c.Note, was.Note, is.Note)
	differ(&c.Thread, was.Thread, is.Thread)
	differ(&c.Number, was.Number, is.Number)
	if c.Number == numberNone {
		c.Number = ""
	}
	differ(&c.ReplyTo, was.ReplyTo, is.ReplyTo)
	differ(&c.Quote, was.Quote, is.Quote)
	differ(&c.Continue, was.Continue, is.Continue)
	differ(&c.Repost, was.Repost, is.Repost)
	differ(&c.Card, was.Card, is.Card)
	differ(&c.AltPolicy, was.AltPolicy, is.AltPolicy)
	if same(was.Poll, is.Poll) {
		return
	}
	c.Poll = nil
	if p := is.Poll; p != nil {
		o := postOptions{app: x.app}
		o.pollOptions, o.pollFor, o.pollMultiple, o.pollHide = p.Options, p.For, p.Multiple, p.HideTotals
		var err error
		if c.Poll, err = o.poll(); err != nil {
			x.wrong(hayon.AsError(err).Message, hayon.AsError(err).Hint, "poll")
		}
	}
}

// media reads what is attached. Files are looked at, and stored later.
func (x *fileChange) media(c *hayon.PostCreate) {
	if same(x.was.Media, x.f.Media) {
		return
	}
	c.Media, x.paths = nil, make(map[int]mediumPaths)
	for i, m := range x.f.Media {
		in := hayon.MediaInput{Media: m.ID, Alt: m.Alt, Focus: m.Focus, NoResize: m.NoResize, KeepMetadata: m.KeepMetadata}
		for _, name := range m.For {
			in.For = append(in.For, x.roster.id(name))
		}
		if j := slices.IndexFunc(x.base.Media, func(b hayon.MediaInput) bool { return b.Media == m.ID }); j >= 0 && !m.ID.IsZero() {
			in.Thumb = x.base.Media[j].Thumb // no file says it
		}
		x.path(i, m)
		c.Media = append(c.Media, in)
	}
}

func (x *fileChange) path(i int, m postfile.Medium) {
	var p mediumPaths
	for field, to := range map[string]struct {
		path string
		out  *string
	}{"file": {m.File, &p.file}, "thumb": {m.Thumb, &p.thumb}} {
		if to.path == "" {
			continue
		}
		*to.out = to.path
		if !filepath.IsAbs(to.path) {
			*to.out = filepath.Join(x.dir, to.path)
		}
		if err := checkFile(*to.out); err != nil {
			e := hayon.AsError(err)
			x.wrong(strings.TrimSuffix(e.Message, "; nothing was stored"), "check the path; it begins in "+x.dirName(), "media", strconv.Itoa(i), field)
		}
	}
	if p != (mediumPaths{}) {
		x.paths[i] = p
	}
}

func (x *fileChange) dirName() string {
	if x.dir == "" {
		return "the folder in which hayon runs"
	}
	return x.dir
}

// store stores the files of media, in a dry run none.
func (x *fileChange) store(ctx context.Context, b *backend, c *hayon.PostCreate, dry bool) error {
	for i, p := range x.paths {
		if dry {
			if p.file != "" {
				facts, err := probeFile(p.file)
				if err != nil {
					return err
				}
				c.Media[i].Facts = facts
			}
			continue
		}
		for path, to := range map[string]*hayon.MediaID{p.file: &c.Media[i].Media, p.thumb: &c.Media[i].Thumb} {
			if path == "" {
				continue
			}
			stored, err := x.app.uploadFile(ctx, b, path)
			if err != nil {
				return err
			}
			*to = stored.ID
		}
	}
	return nil
}

// fromFile is the request that --file makes of the one of the post. What the file does not say of accounts
// and time stays.
func (o *editOptions) fromFile(ctx context.Context, b *backend, e *edited) (hayon.PostCreate, error) {
	path, dir := o.file, filepath.Dir(o.file)
	if path == "-" {
		path, dir = "standard input.md", ""
	}
	text, err := o.readOnce(ctx, o.file)
	if err != nil {
		return e.base, err
	}
	f, err := postfile.Parse(path, []byte(text))
	if err != nil {
		return e.base, o.app.refused(err)
	}
	if o.file == "-" {
		f.Path = stdinName
	}
	e.file = f
	x := &fileChange{app: o.app, roster: e.roster, was: e.roster.fileOf(e.base), f: f, base: e.base, dir: dir}
	c, err := x.request()
	if err != nil {
		return c, o.app.refused(err)
	}
	return c, x.store(ctx, b, &c, o.dryRun)
}

// placed is what a service refuses of a request that a file has made, at the places in the file. What is not about
// the file stays as it is.
func (a *app) placed(f *postfile.File, c hayon.PostCreate, err error) error {
	code := hayon.CodeOf(err)
	if f == nil || held(err) || code != hayon.CodeUsage && code != hayon.CodeInvalid {
		return err
	}
	p := &postFile{File: f, name: f.Path, create: c, typed: a.typed()}
	for i, m := range f.Media {
		p.media = append(p.media, attachment{path: m.File, id: m.ID, accounts: m.For, field: []string{"media", strconv.Itoa(i)}})
	}
	told, rerr := p.refused(err)
	if rerr != nil || len(told) == 0 {
		return err
	}
	out := make(postfile.Problems, len(told))
	for i, t := range told {
		out[i] = &postfile.Problem{Path: t.File, Line: t.Line, Column: t.Column, Field: t.Field, Reason: t.Message, Hint: t.Hint}
	}
	out.Sort()
	return out
}

// refused is what is wrong with a file: for people one after the other, of which the last is the error; for
// programs the first, with all in its details.
func (a *app) refused(err error) error {
	ps, ok := errors.AsType[postfile.Problems](err)
	if !ok {
		return err
	}
	if a.jsonErrors() {
		return ps.Err()
	}
	last := len(ps) - 1
	for _, p := range ps[:last] {
		a.sayProblem(p)
	}
	return ps[last:].Err()
}

// sayProblem tells what is wrong with a file.
func (a *app) sayProblem(p *postfile.Problem) {
	a.sayProblemAs(p.Error(), p)
}

func (a *app) sayProblemAs(words string, p *postfile.Problem) {
	a.warn("%s", words)
	if p.Hint != "" {
		a.say("  → %s", p.Hint)
	}
}
