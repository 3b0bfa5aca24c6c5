package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

func (a *app) repostCommand() *cobra.Command {
	o := &postOptions{app: a}
	cmd := &cobra.Command{
		Use:   "repost ID|URL",
		Short: "Boost or repost, now or at a time",
		Long: `Show somebody's post to your followers: a boost on Mastodon, a repost on Bluesky. An ID is a post of
your own: each account reposts its own copy, or with --to the one on its platform. A URL is anybody's
post; without --to the default accounts of the platform repost it that it belongs to.

A repost is stored, scheduled and sent like a post: list, show, cancel and retry know it.`,
		Example: `  hayon repost last --to mastodon/work --in 3h
  hayon repost https://bsky.app/profile/bsky.app/post/3l6oveex3ii2l
  hayon repost https://mastodon.social/@Mastodon/1000000000000001 --to mastodon --at "tomorrow 9am"`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.repost = strings.TrimSpace(args[0]); o.repost == "" {
				return hayon.Errorf(hayon.CodeUsage, "what is to be reposted is empty").WithHint("give the id of a post of yours, or the URL of any")
			}
			return o.run(cmd.Context(), nil)
		},
	}
	o.targetFlags(cmd)
	f := cmd.Flags()
	f.StringVar(&o.visibility, "visibility", "", "who sees the repost, where the platform lets you say")
	f.StringSliceVar(&o.labels, "label", nil, "label to find it by; not published")
	f.StringVar(&o.note, "note", "", "a note for you alone")
	o.whenFlags(cmd)
	o.afterFlags(cmd)
	return cmd
}
