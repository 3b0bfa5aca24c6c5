package main

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/when"
)

// resetWord takes an account's own default away.
const resetWord = "default"

func (a *app) accountSetCommand() *cobra.Command {
	var ifLate, grace, gap string
	var dry bool
	cmd := &cobra.Command{
		Use:   "set ACCOUNT",
		Short: "Change what happens to an account's late posts, and how close two may be",
		Long: `Change the defaults for new posts of an account: how late they may be and still go out, and what
happens later. A post's own --if-late and --grace win over them; "default" goes back to those of the
configuration. Posts that are there keep what they have.

--gap is the least time between two posts of the account. Where two are to go out closer together, who
schedules the second is told so; both go out all the same. It is 5 minutes where nothing else was said,
and 0 tells of nothing.`,
		Example: `  hayon account set bluesky --if-late skip --grace 30m
  hayon account set bluesky --gap 15m
  hayon account set bluesky/work --if-late default`,
		Args:              usageArgs(cobra.ExactArgs(1)),
		ValidArgsFunction: a.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			u, err := accountUpdate(ifLate, grace, gap)
			if err != nil {
				return err
			}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				account, err := a.findAccount(ctx, b, args[0])
				if err != nil {
					return err
				}
				if dry {
					a.say("Nothing was changed. %s would have: %s", account.Name, cmp.Or(ownDefaults(updated(account, u)), "no defaults of its own"))
					return nil
				}
				if account, err = b.UpdateAccount(ctx, account.ID, u); err != nil {
					return err
				}
				return a.printAccount(account, nil)
			})
		},
	}
	cmd.Flags().StringVar(&ifLate, "if-late", "", "publish, skip or ask; default: as the configuration says")
	cmd.Flags().StringVar(&grace, "grace", "", "how late a post may be, as 30m, 0 or 7d; default: as the configuration says")
	cmd.Flags().StringVar(&gap, "gap", "", "the least time between two posts, as 15m, 0 or 7d; default: 5m")
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what would be; change nothing")
	return cmd
}

// accountUpdate is the change that the flags ask for.
func accountUpdate(ifLate, grace, gap string) (hayon.AccountUpdate, error) {
	var u hayon.AccountUpdate
	if ifLate == "" && grace == "" && gap == "" {
		return u, hayon.Errorf(hayon.CodeUsage, "there is nothing to change").WithHint("give --if-late, --grace or --gap")
	}
	var err error
	if u.Gap, err = gapFlag(gap); err != nil {
		return u, err
	}
	if ifLate == resetWord {
		u.IfLate, ifLate = new(hayon.LatePolicy), ""
	}
	if grace == resetWord {
		u.Grace, grace = new(time.Duration(-1)), ""
	}
	policy, window, err := lateFlags(ifLate, grace)
	if policy != "" {
		u.IfLate = &policy
	}
	if window != nil {
		u.Grace = window
	}
	return u, err
}

// gapFlag reads --gap; nil where it was not given.
func gapFlag(gap string) (*time.Duration, error) {
	switch gap {
	case "":
		return nil, nil //nolint:nilnil // nothing was given, and that is no mistake
	case resetWord:
		return new(time.Duration(-1)), nil
	}
	d, err := parseSpan(gap)
	if err == nil && d > hayon.MaxGap {
		err = hayon.Errorf(hayon.CodeUsage, "%q is more than 7 days", gap)
	}
	if err != nil {
		reason := err.Error()
		if e, ok := errors.AsType[*when.Error](err); ok {
			reason = e.Reason
		}
		return nil, hayon.Errorf(hayon.CodeUsage, "--gap %q: %s", gap, reason).WithHint("give 0 to 7d, as 15m, 2h or 1d, or: default")
	}
	return &d, nil
}

// updated is the account as an update leaves it.
func updated(account *hayon.Account, u hayon.AccountUpdate) *hayon.Account {
	c := *account
	if u.IfLate != nil {
		c.IfLate = *u.IfLate
	}
	if u.Grace != nil {
		if c.Grace = u.Grace; *u.Grace < 0 {
			c.Grace = nil
		}
	}
	if u.Gap != nil {
		if c.Gap = u.Gap; *u.Gap < 0 {
			c.Gap = nil
		}
	}
	return &c
}

// lateDefaults says what happens to the posts of an account that are late, where it has a default of
// its own.
func lateDefaults(a *hayon.Account) string {
	var out []string
	if a.IfLate != "" {
		out = append(out, string(a.IfLate))
	}
	if a.Grace != nil {
		out = append(out, "after "+when.Humanize(*a.Grace))
	}
	return strings.Join(out, " ")
}

// gapWords say the least time between two posts of an account, where it has one of its own.
func gapWords(a *hayon.Account) string {
	switch {
	case a.Gap == nil:
		return ""
	case *a.Gap == 0:
		return "none"
	}
	return when.Humanize(*a.Gap)
}

// ownDefaults are all defaults that an account has of its own.
func ownDefaults(a *hayon.Account) string {
	out := lateDefaults(a)
	if gap := gapWords(a); gap != "" {
		out = strings.TrimSpace(out + " gap " + gap)
	}
	return out
}

// blocked are the accounts of which nothing goes out now, by name.
func blocked(ctx context.Context, svc hayon.StatusService) (map[string]hayon.Blocked, error) {
	st, err := svc.Status(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]hayon.Blocked, len(st.Blocked))
	for _, b := range st.Blocked {
		out[b.Account] = b
	}
	return out, nil
}

// blockedWords say why nothing of an account goes out, and until when.
func (a *app) blockedWords(b hayon.Blocked) (string, error) {
	loc, err := a.location()
	if err != nil {
		return "", err
	}
	out := b.Reason
	if !b.Until.IsZero() {
		out = strings.TrimSuffix("until "+when.Format(b.Until.In(loc).Truncate(time.Second))+": "+b.Reason, ": ")
	}
	if b.Hint != "" {
		out += " → " + b.Hint
	}
	return out, nil
}
