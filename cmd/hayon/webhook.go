package main

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// webhookFields are the names that --json takes for webhooks; the secret is told by add alone.
func webhookFields() []string {
	return []string{
		"id", "url", "kinds", "created_at", "secret", "delivery", "delivery.seq", "delivery.tries", "delivery.not_before",
		"delivery.last_error", "delivery.disabled",
	}
}

func (a *app) webhookCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "webhook",
		Short: "Tell other programs what happens, by signed requests",
		Long: `Tell other programs what happens. A webhook is an address that gets each event as a signed POST
request, tried again for a day where it is not answered. A daemon sends them; an address that hangs
holds up no post. "hayon help webhooks" says how a request looks, and how its signature is checked.`,
		Example: `  hayon webhook add https://example.org/hayon --events failed,missed,uncertain
  hayon webhook list`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.webhookListCommand(), a.webhookAddCommand(), a.webhookTestCommand(), a.webhookRemoveCommand())
	return cmd
}

func (a *app) webhookListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List webhooks, and how their deliveries stand",
		Example: `  hayon webhook list
  hayon webhook list --json=url,delivery.last_error`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFields(webhookFields()); err != nil {
				return err
			}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				list, err := b.FindWebhooks(ctx)
				if err != nil {
					return err
				}
				return a.printWebhooks(list)
			})
		},
	}
}

func (a *app) printWebhooks(list []*hayon.Webhook) error {
	loc, err := a.location()
	if err != nil {
		return err
	}
	person := a.forPerson()
	views := api.WebhooksOf(list)
	err = printList(a, list, listing[*hayon.Webhook]{
		fields: webhookFields(),
		view:   func(i int) any { return &views[i] },
		id:     func(w **hayon.Webhook) string { return (*w).ID.String() },
		columns: []column{
			{title: "WEBHOOK", name: "id"},
			{title: "URL", flexible: true},
			{title: "EVENTS", drop: 1},
			{title: "DELIVERY", colour: func(i int) string {
				if list[i].Cursor == nil || list[i].Cursor.LastError == "" {
					return colourGood
				}
				return colourWarn
			}},
		},
		row:   func(w **hayon.Webhook) []string { return webhookRow(*w, loc, person) },
		empty: "No webhooks. Add one: hayon webhook add https://example.org/hayon",
	})
	if err != nil || !person {
		return err
	}
	for _, w := range list {
		if w.Cursor != nil && w.Cursor.LastError != "" {
			a.say("%s %s", w.ID.Short(0), deliveryWords(w.Cursor, loc))
		}
	}
	return nil
}

// webhookRow is a webhook in a table. Why a delivery failed has no room in a column on a terminal.
func webhookRow(w *hayon.Webhook, loc *time.Location, person bool) []string {
	id, how := w.ID.String(), deliveryWords(w.Cursor, loc)
	if person {
		id = w.ID.Short(0)
		how, _, _ = strings.Cut(how, ":")
		how, _, _ = strings.Cut(how, ",")
	}
	return []string{id, w.URL, strings.Join(texts(kindsOrNotices(w.Kinds)), ","), how}
}

// deliveryWords say how the deliveries of a webhook stand.
func deliveryWords(c *hayon.Cursor, loc *time.Location) string {
	switch {
	case c == nil:
		return ""
	case c.Disabled:
		return "stopped: " + firstLine(c.LastError)
	case c.Tries > 0 && !c.NotBefore.IsZero():
		return "failed, again at " + clock(c.NotBefore, loc) + ": " + firstLine(c.LastError)
	case c.LastError != "":
		return "failed: " + firstLine(c.LastError)
	}
	return "ok"
}

func (a *app) webhookAddCommand() *cobra.Command {
	var kinds []string
	var dry bool
	cmd := &cobra.Command{
		Use:   "add URL",
		Short: "Add a webhook; its secret is shown once",
		Long: `Add a webhook. It gets the events from now on. The secret that signs its requests is shown now and
never again: give it to the program behind the address, which checks the signature with it
(hayon help webhooks).`,
		Example: `  hayon webhook add https://example.org/hayon
  hayon webhook add https://example.org/hayon --events published,failed --json=id,secret`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFields(webhookFields()); err != nil {
				return err
			}
			c := hayon.WebhookCreate{URL: args[0]}
			if len(kinds) > 0 {
				var err error
				if c.Kinds, err = eventKinds(kinds, true); err != nil {
					return err
				}
			}
			if dry {
				a.say("Nothing was stored. %s would get: %s", c.URL, strings.Join(texts(kindsOrNotices(c.Kinds)), ", "))
				return nil
			}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error { return a.addWebhook(ctx, b, c) })
		},
	}
	cmd.Flags().StringSliceVar(&kinds, "events", nil, "only these, as published,failed (default: what is out, and what needs you)")
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what it would get; store nothing")
	return cmd
}

// addWebhook stores a webhook and prints its secret, which nobody can see again: whatever is asked to be
// left out, it is not.
func (a *app) addWebhook(ctx context.Context, b *backend, c hayon.WebhookCreate) error {
	w, secret, err := b.CreateWebhook(ctx, c)
	if err != nil {
		return err
	}
	switch {
	case a.flags.json.on:
		body, err := api.EncodeCreatedWebhook(w, secret)
		if err != nil {
			return err
		}
		return a.printJSON(json.RawMessage(body), webhookFields())
	case a.flags.quiet:
		a.print("%s", w.ID)
		a.warn("the secret of %s, shown only now: %s", w.ID, secret.Reveal())
		return nil
	}
	a.print("webhook  %s", w.ID)
	a.print("secret   %s", secret.Reveal())
	a.say("The secret is shown only now. How requests are checked with it: hayon help webhooks")
	a.say("Try it: hayon webhook test %s", w.ID.Short(0))
	if b.remote == nil {
		a.say("No daemon is running; events are sent while one does: hayon daemon start")
	}
	return nil
}

func (a *app) webhookTestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test ID",
		Short: "Send an example event to a webhook",
		Example: `  hayon webhook test w_9qx1
  hayon webhook test https://example.org/hayon`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				w, err := findWebhook(ctx, b, args[0])
				if err != nil {
					return err
				}
				if err := b.TestWebhook(ctx, w.ID); err != nil {
					return err
				}
				a.say("%s has taken an example event", w.URL)
				return nil
			})
		},
	}
}

func (a *app) webhookRemoveCommand() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "remove ID",
		Short: "Remove a webhook and its secret",
		Example: `  hayon webhook remove w_9qx1
  hayon webhook remove https://example.org/hayon --yes`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				w, err := findWebhook(ctx, b, args[0])
				if err != nil {
					return err
				}
				if dry {
					a.say("Nothing was removed. This would be: %s %s", w.ID, w.URL)
					return nil
				}
				if err := a.confirm(ctx, "Remove the webhook "+w.URL+" and its secret?"); err != nil {
					return err
				}
				if err := b.DeleteWebhook(ctx, w.ID); err != nil {
					return err
				}
				a.say("Removed %s", w.URL)
				return nil
			})
		},
	}
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what would be removed; change nothing")
	return cmd
}

// minWebhookDigits is how many digits of an id name a webhook at least.
const minWebhookDigits = 4

// findWebhook is the webhook that a person means: by its id, the last four or more digits of it, or its
// address. One that fits several is not found, with the list.
func findWebhook(ctx context.Context, svc hayon.WebhookService, ref string) (*hayon.Webhook, error) {
	list, err := svc.FindWebhooks(ctx)
	if err != nil {
		return nil, err
	}
	digits := strings.ToLower(strings.TrimPrefix(ref, "w_"))
	var fit []*hayon.Webhook
	var ids []string
	for _, w := range list {
		if w.ID.String() == ref || w.URL == ref || len(digits) >= minWebhookDigits && strings.HasSuffix(w.ID.Digits(), digits) {
			fit = append(fit, w)
			ids = append(ids, w.ID.String())
		}
	}
	switch len(fit) {
	case 0:
		return nil, hayon.Errorf(hayon.CodeNotFound, "there is no webhook %s", ref).WithHint("see what there is: hayon webhook list")
	case 1:
		return fit[0], nil
	}
	return nil, hayon.Errorf(hayon.CodeNotFound, "%s fits several webhooks: %s", ref, strings.Join(ids, ", ")).
		WithHint("give a whole id").WithDetail("matches", ids)
}
