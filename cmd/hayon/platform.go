package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

// platformView is a platform as users and programs see it.
type platformView struct {
	hayon.ProviderInfo

	// PublishTimeout in the place of nanoseconds.
	PublishTimeout string `json:"publish_timeout"`
	// Features are what the platform can do beside publishing.
	Features []string `json:"features"`
	// Account and Server are set where the limits are those of an account.
	Account string             `json:"account,omitempty"`
	Server  *hayon.ServerFacts `json:"server,omitempty"`
}

// platformFields are the names that --json takes for platforms.
func platformFields() []string {
	return []string{
		"name", "title", "docs_url", "class", "no_sign_in", "fields", "limits", "media_types", "allow_duplicate", "empty_text",
		"publish_timeout", "bytes_per_second", "settle", "read_your_writes", "threads", "options", "alone", "needs_media",
		"cards", "gif_video", "mentions", "rules", "features", "account", "server",
	}
}

// featuresOf are what a platform can do beside publishing, as words; of an account what its server can.
func featuresOf(p hayon.Provider, account *hayon.Account) []string {
	out := []string{}
	add := func(ok bool, word string) {
		if ok {
			out = append(out, word)
		}
	}
	info := p.Info().For(account)
	add(info.Threads, "threads")
	add(len(info.MediaTypes) > 0, "media")
	replier, ok := p.(hayon.Replier)
	add(ok, "replies")
	add(ok && quotes(p, replier, account), "quotes")
	_, ok = info.Limit(hayon.LimitPollOptions, hayon.UnitItems)
	add(ok, "polls")
	add(info.Cards, "cards")
	_, ok = p.(hayon.Previewer)
	add(ok, "previews")
	_, ok = p.(hayon.Editor)
	add(ok, "edit")
	_, ok = p.(hayon.Deleter)
	add(ok, "delete")
	_, ok = p.(hayon.Reposter)
	add(ok, "repost")
	_, ok = p.(hayon.BrowserSignIn)
	add(ok, "browser sign-in")
	_, ok = p.(hayon.Limiter)
	add(ok, "limits of the server")
	_, ok = p.(hayon.Feeder)
	add(ok, "feeds")
	return out
}

// quotes reports whether an account can quote; without one, whether any server of the platform may know
// quotes.
func quotes(p hayon.Provider, r hayon.Replier, account *hayon.Account) bool {
	if account != nil {
		return r.Quotes(account)
	}
	_, depends := p.(hayon.Limiter)
	return depends || r.Quotes(&hayon.Account{Platform: p.Info().Name})
}

func platformOf(p hayon.Provider, account *hayon.Account) platformView {
	info := p.Info().For(account)
	if c, ok := p.(hayon.Classifier); ok && account != nil {
		info.Class = c.ClassOf(account)
	}
	v := platformView{ProviderInfo: info, PublishTimeout: info.PublishTimeout.String(), Features: featuresOf(p, account)}
	if account != nil {
		v.Account, v.Server = account.Name, account.Server
	}
	return v
}

func (a *app) platformCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "platform",
		Short: "See what platforms there are, and what each allows",
		Example: `  hayon platform list
  hayon platform show mastodon`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.platformListCommand(), a.platformShowCommand())
	return cmd
}

func (a *app) platformListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List platforms",
		Example: `  hayon platform list
  hayon platform list --json=name,limits`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if err := a.checkFields(platformFields()); err != nil {
				return err
			}
			var views []platformView
			for _, p := range a.platforms().All() {
				views = append(views, platformOf(p, nil))
			}
			return printList(a, views, listing[platformView]{
				fields:  platformFields(),
				id:      func(v *platformView) string { return v.Name },
				columns: []column{{title: "PLATFORM"}, {title: "TITLE", drop: 2}, {title: "TEXT"}, {title: "CLASS", drop: 1}, {title: "CAN", flexible: true, drop: 3}},
				row: func(v *platformView) []string {
					return []string{v.Name, v.Title, textLimit(v.ProviderInfo), string(v.Class), strings.Join(v.Features, ", ")}
				},
			})
		},
	}
}

// textLimit is how long a text may be, in words.
func textLimit(info hayon.ProviderInfo) string {
	for _, l := range info.Limits {
		if l.Of == hayon.LimitText {
			return strconv.FormatInt(l.Max, 10) + " " + unitWord(l.Unit)
		}
	}
	return "any length"
}

func unitWord(u hayon.Unit) string {
	switch u {
	case hayon.UnitGraphemes, hayon.UnitMastodon:
		return "characters"
	case hayon.UnitWeighted:
		return "weighted characters"
	case hayon.UnitSide:
		return "pixels on the longer side"
	case hayon.UnitAspect:
		return "wide by high, in thousandths"
	case hayon.UnitItems:
		return ""
	case hayon.UnitBytes, hayon.UnitCodePoints, hayon.UnitUTF16, hayon.UnitPixels, hayon.UnitSeconds, hayon.UnitFPS:
	}
	return strings.ReplaceAll(string(u), "_", " ")
}

func (a *app) platformShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show PLATFORM|ACCOUNT",
		Short: "Show the limits, options and abilities of a platform",
		Long: `Show what a platform allows. Of an account it is what its own server allows, as it was last read
(hayon account refresh reads it anew). PLATFORM alone is its default account's where one is connected.`,
		Example: `  hayon platform show mastodon
  hayon platform show mastodon/work --json=limits,options`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completePlatforms,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFields(platformFields()); err != nil {
				return err
			}
			platform, _, named := strings.Cut(args[0], "/")
			p, err := a.platforms().Find(platform)
			if err != nil {
				return err
			}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{Platform: p.Info().Name})
				if err != nil {
					return err
				}
				i := slices.IndexFunc(accounts, func(x *hayon.Account) bool { return x.Name == args[0] || !named && x.Default })
				var account *hayon.Account
				switch {
				case i >= 0:
					account = accounts[i]
				case named:
					_, err := a.findAccount(ctx, b, args[0]) // the error names what there is
					return err
				}
				return a.printPlatform(platformOf(p, account))
			})
		},
	}
}

func (a *app) printPlatform(v platformView) error {
	if a.flags.json.on {
		return a.printJSON(v, platformFields())
	}
	on := a.colour(a.io.outTTY)
	line := func(key, value string) {
		if value != "" {
			a.printFolded("%s  %s", paint(on, colourDim, pad(key, 9)), inert(value))
		}
	}
	line("platform", v.Title+" ("+v.Name+")")
	line("account", v.Account)
	if v.Server != nil {
		line("server", strings.TrimSpace(v.Server.Software+" "+v.Server.Version))
	}
	line("docs", v.DocsURL)
	line("delivery", "class "+string(v.Class)+", see docs/delivery.md")
	line("can", strings.Join(v.Features, ", "))
	line("media", strings.Join(v.MediaTypes, ", "))
	for _, kind := range v.Alone {
		line("alone", kind+"*: one, and nothing beside it")
	}
	if v.GIFVideo {
		line("gif", "an animated one is made a video, where ffmpeg is there")
	}
	if v.Cards {
		line("cards", "hayon reads the page and sends the card with the post")
	}
	if v.Mentions != "" {
		line("mentions", strings.Replace(v.Mentions, "%s", "HANDLE", 1))
	}
	for _, l := range v.Limits {
		a.printRule("limit", limitWords(l), l.Source, l.Read)
	}
	for _, r := range v.Rules {
		a.printRule("rule", r.Of+": "+r.Says, r.Source, r.Read)
	}
	for _, o := range v.Options {
		line("option", optionWords(o))
	}
	for _, f := range v.Fields {
		line("sign-in", fieldWords(f))
	}
	return nil
}

// printRule writes a limit or a rule with where it was read and when: behind it on a terminal, else in
// columns of their own.
func (a *app) printRule(key, says, source, read string) {
	on := a.colour(a.io.outTTY)
	out := paint(on, colourDim, pad(key, 9)) + "  " + inert(says)
	switch {
	case !a.io.outTTY:
		out += "\t" + inert(source) + "\t" + inert(read)
	case source != "" || read != "":
		from := inert(source)
		if read != "" {
			from = strings.TrimSpace(from + " (read " + inert(read) + ")")
		}
		out += "  " + paint(on, colourDim, from)
	}
	a.printFolded("%s", out)
}

// limitWords is one limit in a line.
func limitWords(l hayon.Limit) string {
	much := fmt.Sprintf("at most %d", l.Max)
	if l.Min > 0 {
		much = fmt.Sprintf("%d to %d", l.Min, l.Max)
	}
	out := strings.TrimSpace(strings.ReplaceAll(l.Of, "_", " ") + ": " + much + " " + unitWord(l.Unit))
	if l.URL > 0 {
		out += fmt.Sprintf(", a link counts %d", l.URL)
	}
	if len(l.With) > 0 {
		out += ", with " + strings.Join(l.With, " and ")
	}
	return out
}

func optionWords(o hayon.Option) string {
	kind := string(o.Kind)
	if len(o.Values) > 0 {
		kind = strings.Join(o.Values, "|")
	}
	out := o.Name + "=" + kind
	if o.Help != "" {
		out += "  " + o.Help
	}
	if o.Default != "" {
		out += " (default: " + o.Default + ")"
	}
	return out
}

func fieldWords(f hayon.Field) string {
	name := "--" + f.Name
	switch {
	case f.Secret:
		name = "(secret)"
	case f.Set:
		name = "--set " + f.Name + "=…"
	}
	out := name + "  " + cmp.Or(f.Help, f.Title)
	if f.Required {
		out += " (required)"
	}
	return out
}
