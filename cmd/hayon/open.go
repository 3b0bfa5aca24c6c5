package main

import (
	"context"
	"os/exec"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func (a *app) openCommand() *cobra.Command {
	var account string
	var only bool
	cmd := &cobra.Command{
		Use:   "open ID",
		Short: "Open what went out in the browser",
		Long: `Open what went out in the browser, one page for each account. BROWSER says which program does it; else
it is the one of the system. With --print the addresses are printed and nothing is opened.`,
		Example: `  hayon open last
  hayon open p_9qx1 --account bluesky --print`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				id, err := b.LookupPost(ctx, args[0])
				if err != nil {
					return err
				}
				post, err := b.FindPostByID(ctx, id)
				if err != nil {
					return err
				}
				view, err := apiPost(ctx, b, post)
				if err != nil {
					return err
				}
				return a.openPost(ctx, &view, account, only)
			})
		},
	}
	cmd.Flags().StringVar(&account, "account", "", "only what this account has posted")
	cmd.Flags().BoolVar(&only, "print", false, "print the addresses and open nothing")
	return cmd
}

func (a *app) openPost(ctx context.Context, p *api.Post, account string, only bool) error {
	var urls []string
	for i := range p.Targets {
		t := &p.Targets[i]
		if t.URL != "" && t.RemovedAt.IsZero() && (account == "" || name(t) == account || t.Platform == account) {
			urls = append(urls, t.URL)
		}
	}
	if len(urls) == 0 {
		e := hayon.Errorf(hayon.CodeConflict, "%s has no address to open: it is %s", p.ID, p.State)
		if account != "" {
			e = hayon.Errorf(hayon.CodeConflict, "%s has no address of %s to open", p.ID, account)
		}
		return e.WithHint("see it: hayon show " + p.ID.String())
	}
	if a.flags.json.on {
		return a.printJSON(urls, nil)
	}
	for _, u := range urls {
		if only || a.flags.quiet {
			a.print("%s", u)
			continue
		}
		if err := a.browse(ctx, u); err != nil {
			return err
		}
		a.say("Opened %s", u)
	}
	return nil
}

// openPublished is --open: what it cannot open is no error of the post.
func (o *postOptions) openPublished(ctx context.Context, p *api.Post) {
	for i := range p.Targets {
		if u := p.Targets[i].URL; u != "" && p.Targets[i].State == hayon.StatePublished {
			if err := o.app.browse(ctx, u); err != nil {
				o.app.warn("%s", hayon.AsError(err).Message)
			}
		}
	}
}

// browse opens an address with BROWSER, or with what the system opens addresses. It does not wait for
// the program to end.
func (a *app) browse(ctx context.Context, address string) error {
	var args []string
	switch browser, _ := a.getenv("BROWSER"); {
	case browser != "":
		// A list by colons, of which the first is taken; %s is the address.
		browser, _, _ = strings.Cut(browser, ":")
		args = strings.Fields(browser)
		found := false
		for i := range args {
			if strings.Contains(args[i], "%s") {
				args[i], found = strings.ReplaceAll(args[i], "%s", address), true
			}
		}
		if !found {
			args = append(args, address)
		}
	case runtime.GOOS == "darwin":
		args = []string{"open", address}
	case runtime.GOOS == "windows":
		args = []string{"rundll32", "url.dll,FileProtocolHandler", address}
	default:
		args = []string{"xdg-open", address}
	}
	program, err := exec.LookPath(args[0])
	if err != nil {
		return hayon.Errorf(hayon.CodeLocal, "no browser could be opened for %s", address).
			WithHint("open it yourself, or name a program: export BROWSER=firefox").WithCause(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, args[1:]...) //nolint:gosec // the user has named it
	if err := cmd.Start(); err != nil {
		return hayon.Errorf(hayon.CodeLocal, "%s cannot be run: %w", program, err).WithHint("open it yourself: " + address)
	}
	return cmd.Process.Release()
}
