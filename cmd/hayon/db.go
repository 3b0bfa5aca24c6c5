package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

func (a *app) dbCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "db",
		Short: "Back up, check and tidy what is stored",
		Long: `Back up, check and tidy what is stored: the database of the profile, and its images. All of it works while
a daemon runs, but restore.`,
		Example: `  hayon db backup
  hayon db check`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.dbBackupCommand(), a.dbRestoreCommand(), a.dbCheckCommand(), a.dbCompactCommand(), a.dbPruneCommand())
	return cmd
}

// reportFields are the names that --json takes for the report of db check.
func reportFields() []string {
	return []string{"problems", "posts", "targets", "media", "bytes", "media_bytes", "schema", "written_by"}
}

func (a *app) dbCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Read everything and say what is damaged",
		Long: `Read everything: each row of the database with its checksum, the indexes, and the bytes of every image.
The exit code is 13 where something is damaged. Nothing is changed.`,
		Example: `  hayon db check
  hayon db check --json=problems`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFields(reportFields()); err != nil {
				return err
			}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				r, err := b.CheckStore(ctx)
				if err != nil {
					return err
				}
				return a.printReport(r)
			})
		},
	}
}

func (a *app) printReport(r *hayon.StoreReport) error {
	if a.flags.json.on {
		if r.Problems == nil {
			r.Problems = []string{}
		}
		if err := a.printJSON(r, reportFields()); err != nil {
			return err
		}
	} else {
		for _, p := range r.Problems {
			a.print("%s", p)
		}
		a.say("Read %s, %s and %s: %s of database, %s of media", count(r.Posts, "post"), count(r.Targets, "target"),
			count(r.Media, "medium", "media"), sizeWords(r.Bytes), sizeWords(r.MediaBytes))
		if len(r.Problems) == 0 {
			a.say("Nothing is damaged.")
		} else {
			a.say("  → stop the daemon, then restore a backup: hayon db restore FILE --replace")
		}
	}
	if len(r.Problems) > 0 {
		return exitError{hayon.CodeLocal.Exit()}
	}
	return nil
}

// count is a number with its noun; the plural has an s unless it is given.
func count(n int, noun string, plural ...string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case len(plural) > 0:
		return strconv.Itoa(n) + " " + plural[0]
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// sizeWords is a number of bytes for people.
func sizeWords(n int64) string {
	const kilo = 1000
	if n < kilo {
		return fmt.Sprintf("%d bytes", n)
	}
	size := float64(n)
	for _, unit := range []string{"kB", "MB", "GB"} {
		if size /= kilo; size < kilo {
			return fmt.Sprintf("%.1f %s", size, unit)
		}
	}
	return fmt.Sprintf("%.1f TB", size/kilo)
}

func (a *app) dbCompactCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "compact",
		Short: "Give the file system back what is not used",
		Long: `Give the file system back what is not used: free space of the database, and images, with what was made of
them for a platform, that no post has and that are older than a day. Everything else waits meanwhile; it
takes about a second for each 100 MB.`,
		Example: `  hayon db compact
  hayon db compact --json`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			fields := []string{"before", "after", "media", "media_bytes"}
			if err := a.checkFields(fields); err != nil {
				return err
			}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				c, err := b.CompactStore(ctx)
				if err != nil {
					return err
				}
				if a.flags.json.on {
					return a.printJSON(c, fields)
				}
				a.print("%s before, %s now; %s of images removed", sizeWords(c.Before), sizeWords(c.After), sizeWords(c.MediaBytes))
				return nil
			})
		},
	}
}

func (a *app) dbPruneCommand() *cobra.Command {
	var older string
	var dry bool
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Forget what is old",
		Long: `Forget what is old: what happened to posts that are finished, and posts that were deleted. Posts
themselves stay. The space is free for new things; hayon db compact gives it back to the system.`,
		Example: `  hayon db prune --dry-run
  hayon db prune --older-than 90d --yes`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			fields := []string{"rows", "posts"}
			if err := a.checkFields(fields); err != nil {
				return err
			}
			before, err := a.pruneBefore(older)
			if err != nil {
				return err
			}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				if !dry {
					if err := a.confirm(ctx, "Forget what was finished before "+when.Format(before)+"? That cannot be undone."); err != nil {
						return err
					}
				}
				p, err := b.PruneStore(ctx, hayon.PruneRequest{Before: before.UTC(), DryRun: dry})
				if err != nil {
					return err
				}
				if a.flags.json.on {
					return a.printJSON(p, fields)
				}
				verb := "Forgot"
				if dry {
					verb = "This would forget"
				}
				a.print("%s %s of the log, and %s", verb, count(p.Rows, "row"), count(p.Posts, "deleted post"))
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&older, "older-than", "", "what was finished longer ago, as 90d (default: keep of the configuration, 400d)")
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show how much would be forgotten; change nothing")
	return cmd
}

// defaultKeep is how long what happened is kept.
const defaultKeep = 400 * 24 * time.Hour

// pruneBefore is the instant before which things are old.
func (a *app) pruneBefore(older string) (time.Time, error) {
	loc, err := a.location()
	if err != nil {
		return time.Time{}, err
	}
	now := a.now()
	if older == "" {
		return now.Add(-a.cfg.keep()).In(loc), nil
	}
	d, err := when.ParseDuration(older)
	if err != nil {
		return time.Time{}, timeError("--older-than", err)
	}
	return now.Add(-d.Add(now, loc).Sub(now)).In(loc), nil
}
