package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// previewFields are the names that --json takes for previews: those of posts, and what is known beside.
func previewFields() []string {
	return append(postFields(), "targets.problems", "targets.parts.lengths", "targets.parts.lengths.unit",
		"targets.parts.lengths.count", "targets.parts.lengths.max", "targets.parts.facets", "targets.parts.facets.kind",
		"targets.parts.facets.start", "targets.parts.facets.end", "targets.parts.facets.text", "targets.parts.facets.value",
		"targets.parts.facets.id", "targets.parts.facets.unresolved", "targets.parts.facets.plain", "targets.parts.embed", "targets.parts.unresolved", "targets.parts.notes")
}

func (a *app) previewCommand() *cobra.Command {
	o := &postOptions{app: a}
	var offline bool
	cmd := &cobra.Command{
		Use:   "preview [ID | FILE | TEXT | -]",
		Short: "Show exactly what each platform would get; send nothing",
		Long: `Show exactly what each platform would get of a post: its parts with their lengths, links, mentions and
tags, the images as they are after fitting, link cards, polls, and what is left out. What shows it is what
sends it. The flags are those of hayon post that say what and where; nothing is sent, and no post is stored.

The text is the argument, or comes from where hayon post takes it. An argument that is the path of a file
that is there is read as hayon post -f reads it, where it has a separator in it or ends as a post file. A post id (p_9qx1, or last)
shows what that post sends, as it was stored.

What only the network knows, such as who is mentioned, is asked. With --offline nobody is asked, and what
is not known is marked. Images that were fitted stay stored for the post that follows.

The exit code is 3 where a platform would refuse it; all are shown.`,
		Example: `  hayon preview "Hello @alice.bsky.social, see https://example.com" --to bluesky,mastodon
  hayon preview essay.md --to all --thread auto --number "{i}/{n}"
  hayon preview "Hi" --to bluesky -m photo.jpg --alt "The harbour" --json=targets.parts.media
  hayon preview last
  git log -1 --format=%B | hayon preview - --to mastodon --offline`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFields(previewFields()); err != nil {
				return err
			}
			if len(args) == 1 && isPostRef(args[0]) {
				return o.previewStored(cmd, args[0])
			}
			if len(args) == 1 && o.source() == "" {
				switch {
				case isTextFile(args[0]):
					o.files, args = []string{args[0]}, nil
				case looksLikePath(args[0]):
					a.warn("there is no file %s: it is taken for the text", args[0])
				}
			}
			if offline && o.fromURL != "" {
				return hayon.Errorf(hayon.CodeUsage, "--from-url reads a page, and --offline asks nobody").WithHint("leave out one of them")
			}
			return o.preview(cmd.Context(), args, offline)
		},
	}
	o.contentFlags(cmd)
	cmd.Flags().BoolVar(&offline, "offline", false, "ask nobody, and mark what only the network knows")
	return cmd
}

// isPostRef reports whether an argument names a post that is stored: an id, a short one, or last.
func isPostRef(arg string) bool {
	return arg == "last" || regexp.MustCompile(`^p_[0-9a-z]{4,}$`).MatchString(arg)
}

// isTextFile reports whether an argument is the path of a file that is there, and looks like one: a word
// of a text is never taken for a file.
func isTextFile(arg string) bool {
	path := strings.ContainsRune(arg, os.PathSeparator) || strings.Contains(arg, "/")
	if !path && !endsAsText(arg) {
		return false
	}
	info, err := os.Stat(arg)
	return err == nil && info.Mode().IsRegular()
}

// looksLikePath reports whether an argument is one word that ends as a file of text, or begins as a path.
func looksLikePath(arg string) bool {
	if strings.ContainsAny(arg, " \t\n") || strings.Contains(arg, "://") {
		return false
	}
	return endsAsText(arg) || strings.HasPrefix(arg, "./") || strings.HasPrefix(arg, "/")
}

func endsAsText(arg string) bool {
	return slices.Contains([]string{".md", ".markdown", ".txt", ".json", ".yaml", ".yml"}, strings.ToLower(filepath.Ext(arg)))
}

// preview composes a post and shows it.
func (o *postOptions) preview(ctx context.Context, args []string, offline bool) error {
	a := o.app
	create, media, file, err := o.toPreview(ctx, args)
	if err != nil {
		return err
	}
	create.DryRun = offline
	var p *hayon.Preview
	err = a.service(ctx, func(ctx context.Context, b *backend) error {
		if err := a.accountsFromEnv(ctx, b); err != nil {
			return err
		}
		if create.Media, err = o.attach(ctx, b, media, false); err != nil {
			return o.placedIn(ctx, b, file, err)
		}
		done := a.working("Looking at what each platform would get")
		p, err = b.PreviewPost(ctx, create)
		if done(); err != nil {
			return o.placedIn(ctx, b, file, err)
		}
		return a.knowAccounts(ctx, b)
	})
	if err != nil {
		return err
	}
	return a.printPreview(p)
}

// toPreview is what is to be shown: a text, or the post in a file.
func (o *postOptions) toPreview(ctx context.Context, args []string) (hayon.PostCreate, []attachment, *postFile, error) {
	if len(o.files) > 0 {
		f, err := o.oneFile(ctx, args)
		if err != nil {
			return hayon.PostCreate{}, nil, nil, err
		}
		return f.create, f.media, f, nil
	}
	create, err := o.request(ctx, args)
	if err != nil {
		return create, nil, nil, err
	}
	media, err := o.attachments()
	return create, media, nil, err
}

// placedIn tells all that is wrong with a file that cannot be shown, each at its place. What is not about the
// file, and what is wrong with a text that is in none, stays as it is.
func (o *postOptions) placedIn(ctx context.Context, b *backend, f *postFile, err error) error {
	if f == nil || held(err) {
		return err
	}
	accounts, ferr := b.FindAccounts(ctx, hayon.AccountFilter{})
	if ferr != nil {
		return err
	}
	f.create.AllowDuplicate = true
	if f.inspect(ctx, accounts, lookWith(b, false)) != nil || !f.broken() {
		return err
	}
	return (&filesRun{postOptions: o, files: []*postFile{f}}).refuse(ctx)
}

// knowAccounts reads the accounts, for what is shown of their targets.
func (a *app) knowAccounts(ctx context.Context, b *backend) error {
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err == nil {
		a.known = api.AccountsByID(accounts)
	}
	return err
}

// previewStored shows what the targets of a stored post send.
func (o *postOptions) previewStored(cmd *cobra.Command, ref string) error {
	a := o.app
	if flag := a.givenContent(cmd); flag != "" {
		return hayon.Errorf(hayon.CodeUsage, "%s is a post that is stored, and --%s would make another one", ref, flag).
			WithHint("leave out the flags, or give the text")
	}
	var p *hayon.Preview
	err := a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
		id, err := b.LookupPost(ctx, ref)
		if err != nil {
			return err
		}
		post, err := b.FindPostByID(ctx, id)
		if err != nil {
			return err
		}
		if err := a.knowAccounts(ctx, b); err != nil {
			return err
		}
		p, err = a.storedPreview(ctx, post)
		return err
	})
	if err != nil {
		return err
	}
	return a.printPreview(p)
}

// givenContent is a flag on the command line that says what a post holds; "" for none.
func (a *app) givenContent(cmd *cobra.Command) string {
	given := ""
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if given == "" && f.Changed && f.Name != "offline" && f.Name != "help" && a.onCommandLine(f.Name) {
			given = f.Name
		}
	})
	return given
}

// storedPreview is what is known of a stored post, without asking anybody.
func (a *app) storedPreview(ctx context.Context, post *hayon.Post) (*hayon.Preview, error) {
	out := &hayon.Preview{Post: post, Targets: make([]hayon.TargetPreview, len(post.Targets))}
	for i, t := range post.Targets {
		account := a.known[t.Account]
		if account == nil {
			account = &hayon.Account{ID: t.Account, Platform: t.Platform, Name: t.Platform}
		}
		provider, err := a.platforms().Find(t.Platform)
		if err != nil {
			return nil, err
		}
		for j := range t.Parts {
			part, err := storedPart(ctx, provider, hayon.PreviewRequest{Account: account, Target: t, Index: j})
			if err != nil {
				return nil, err
			}
			out.Targets[i].Parts = append(out.Targets[i].Parts, *part)
		}
		if refused(t) {
			out.Targets[i].Problems = []string{t.Error.Message}
		}
	}
	return out, nil
}

// storedPart is what is known of a stored part. What was sent already, and a repost, is taken as it is.
func storedPart(ctx context.Context, p hayon.Provider, r hayon.PreviewRequest) (*hayon.PartPreview, error) {
	out := &hayon.PartPreview{}
	if r.Part().Repost != nil {
		return out, nil
	}
	if previewer, ok := p.(hayon.Previewer); ok {
		var err error
		if out, err = previewer.PreviewPart(ctx, nil, r); err != nil {
			return nil, err
		}
	}
	for _, l := range p.Info().For(r.Account).Limits {
		if l.Of == hayon.LimitText && slices.Contains(textUnits(), l.Unit) {
			out.Lengths = append(out.Lengths, hayon.TextLength{Unit: l.Unit, Count: int64(lengthBy(l, r.Part().Text, r.Target.Options)), Max: l.Max})
		}
	}
	return out, nil
}

// textUnits are the units in which the length of a text is counted.
func textUnits() []hayon.Unit {
	return []hayon.Unit{
		hayon.UnitGraphemes, hayon.UnitBytes, hayon.UnitCodePoints, hayon.UnitUTF16, hayon.UnitMastodon, hayon.UnitWeighted,
	}
}

// refused reports whether our own checks have refused a target.
func refused(t *hayon.Target) bool {
	return t.State == hayon.StateFailed && t.Error != nil && t.Error.Code == hayon.CodeInvalid && t.Attempts == 0
}

// printPreview shows a preview. The exit code tells whether a platform would refuse it.
func (a *app) printPreview(p *hayon.Preview) error {
	if a.flags.json.on {
		view := api.PreviewOf(p, a.known)
		if err := a.printJSON(&view, previewFields()); err != nil {
			return err
		}
	} else if !a.flags.quiet {
		a.setPager() // now that nobody is asked any more
		a.showPreview(p)
	}
	for i := range p.Targets {
		if len(p.Targets[i].Problems) > 0 {
			return exitError{hayon.CodeInvalid.Exit()}
		}
	}
	return nil
}
