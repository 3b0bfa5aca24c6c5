package main

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

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
