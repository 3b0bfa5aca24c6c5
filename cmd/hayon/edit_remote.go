package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// remoteFlags are those that change what is out.
func remoteFlags() []string {
	return append(notContent(), "text", "text-file", "part", "alt", "cw", "title", "tag", "visibility", "replies", "sensitive", "no-quotes", "set")
}

// runRemote changes what is out, on the platforms that can.
func (o *editOptions) runRemote(ctx context.Context, ref string, said bool) error {
	a := o.app
	if flag := o.saidAny(remoteFlags()...); flag != "" {
		return hayon.Errorf(hayon.CodeUsage, "--%s cannot be changed of what is out", flag).
			WithHint("with --remote there are: --text, --alt, --cw and the other options, --account, --part N")
	}
	if !said && !o.editor && !a.mayAsk() {
		return hayon.Errorf(hayon.CodeUsage, "it says nowhere what is to be changed").
			WithHint(fmt.Sprintf(`say it: hayon edit %s --remote --text "Corrected: it opens at ten"`, ref))
	}
	part, err := o.partNumber()
	if err != nil {
		return err
	}
	if o.editor || !said || said && o.saidAny(append(notContent(), "part")...) == "" {
		return o.remoteEditor(ctx, ref, part)
	}
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		id, err := b.LookupPost(ctx, ref)
		if err != nil {
			return err
		}
		list, err := o.remoteEdits(ctx, b, part)
		if err != nil {
			return err
		}
		return o.editRemote(ctx, b, id, list)
	})
}

// remoteEdits are the changes that the flags ask for: one for all that is out, or one for each account that has
// a text of its own.
func (o *editOptions) remoteEdits(ctx context.Context, b *backend, part int) ([]hayon.PostEdit, error) {
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return nil, err
	}
	var c hayon.PostCreate
	r := roster(accounts)
	if err := o.applyText(ctx, r, &c); err != nil {
		return nil, err
	}
	all := hayon.PostEdit{Account: o.account, Part: part, Alts: o.alts, Reason: o.reason, DryRun: o.dryRun}
	if o.said("text-file") || slices.ContainsFunc(o.texts, func(t string) bool { return namedText.FindString(t) == "" }) {
		all.Text = &c.Text
	}
	if all.Options, err = o.remoteOptions(r); err != nil {
		return nil, err
	}
	var out []hayon.PostEdit
	if all.Text != nil || len(all.Options) > 0 || len(all.Alts) > 0 {
		out = append(out, all)
	}
	for _, key := range slices.Sorted(maps.Keys(c.Texts)) {
		body, own := c.Texts[key], all
		own.Account, own.Text, own.Options, own.Alts = r.name(key), &body, nil, nil
		out = append(out, own)
	}
	return out, nil
}

// remoteOptions are the options by their names; those of --set are for the account that is meant.
func (o *editOptions) remoteOptions(r roster) (map[string]string, error) {
	given, err := o.options()
	if err != nil {
		return nil, err
	}
	out := maps.Clone(given[""])
	if out == nil {
		out = make(map[string]string)
	}
	for flag, option := range map[string]string{"sensitive": hayon.OptionSensitive, "no-quotes": hayon.OptionNoQuotes} {
		if o.said(flag) && out[option] == "" {
			out[option] = "false"
		}
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if key == "" {
			continue
		}
		if r.id(key) != r.id(o.account) {
			return nil, hayon.Errorf(hayon.CodeUsage, "--set names %s, and --account does not", key).
				WithHint("name the account that is meant: --account " + key)
		}
		maps.Copy(out, given[key])
	}
	return out, nil
}

// editRemote asks the platforms, and shows how the post stands then.
func (o *editOptions) editRemote(ctx context.Context, b *backend, id hayon.PostID, list []hayon.PostEdit) error {
	a := o.app
	if !o.dryRun {
		if err := a.accountsFromEnv(ctx, b); err != nil {
			return err
		}
	}
	before, err := b.FindPostByID(ctx, id)
	if err != nil {
		return err
	}
	post := before
	for _, e := range list {
		done := a.working("Asking the platforms")
		post, err = b.EditPost(ctx, id, e)
		if done(); err != nil {
			return err
		}
	}
	if err := a.knowAccounts(ctx, b); err != nil {
		return err
	}
	was, view := api.PostOf(before, a.known), api.PostOf(post, a.known)
	if o.dryRun {
		a.say("Nothing was changed or sent. This would be:")
	}
	a.sayRemote(&was, &view)
	return a.printPost(&view)
}

// sayRemote says what was changed on which platform, and what stays as it was there.
func (a *app) sayRemote(before, after *api.Post) {
	changed := false
	for i := range after.Targets {
		t := &after.Targets[i]
		if i >= len(before.Targets) || !isOut(t.State) {
			continue
		}
		lines := remoteLines(&before.Targets[i], t)
		if len(lines) == 0 {
			continue
		}
		changed = true
		a.say("  %s  %s", pad(name(t), nameWidth(after)), t.URL)
		for _, line := range lines {
			a.sayFolded("    %s", inert(line))
		}
	}
	if !changed {
		a.say("Nothing was changed: it says that already.")
	}
}

// remoteLines are what a target has otherwise than before.
func remoteLines(before, after *api.Target) []string {
	var out []string
	for i := range min(len(before.Parts), len(after.Parts)) {
		was, is := &before.Parts[i], &after.Parts[i]
		out = append(out, shortened(lineDiff(was.Text, is.Text))...)
		for j := range min(len(was.Media), len(is.Media)) {
			if was.Media[j].Alt != is.Media[j].Alt {
				out = append(out, "alt  "+orNone(was.Media[j].Alt)+" → "+orNone(is.Media[j].Alt))
			}
		}
	}
	names := unique(slices.Sorted(maps.Keys(before.Options)))
	for _, option := range unique(append(names, slices.Sorted(maps.Keys(after.Options))...)) {
		if was, is := before.Options[option], after.Options[option]; was != is {
			out = append(out, option+"  "+orNone(was)+" → "+orNone(is))
		}
	}
	return out
}

// remoteEditor opens what is out on one account in the editor of its user.
func (o *editOptions) remoteEditor(ctx context.Context, ref string, part int) error {
	a := o.app
	if !a.mayAsk() {
		return hayon.Errorf(hayon.CodeUsage, "an editor needs a terminal, and there is none").
			WithHint(fmt.Sprintf(`give the text: hayon edit %s --remote --text "Corrected: it opens at ten"`, ref))
	}
	var e *edited
	var t *api.Target
	err := a.service(ctx, func(ctx context.Context, b *backend) error {
		id, err := b.LookupPost(ctx, ref)
		if err != nil {
			return err
		}
		if e, err = o.readByID(ctx, b, id); err != nil {
			return err
		}
		t, err = o.remoteTarget(e, part)
		return err
	})
	if err != nil {
		return err
	}
	before := t.Parts[part].Text
	text, err := a.editText(ctx, before, ".txt")
	if err != nil {
		return err
	}
	text = strings.TrimRight(text, "\n")
	if text == strings.TrimRight(before, "\n") || strings.TrimSpace(text) == "" {
		a.say("Nothing was changed.")
		return a.printPost(&e.view)
	}
	err = a.service(ctx, func(ctx context.Context, b *backend) error {
		return o.editRemote(ctx, b, e.post.ID, []hayon.PostEdit{{
			Account: name(t), Part: part, Text: &text, Reason: o.reason, DryRun: o.dryRun,
		}})
	})
	return a.keptEdit(err, text, ".txt", "")
}

// remoteTarget is the target whose text is opened: the one of --account, else the only one that is out.
func (o *editOptions) remoteTarget(e *edited, part int) (*api.Target, error) {
	var out []*api.Target
	var names []string
	for i := range e.view.Targets {
		t := &e.view.Targets[i]
		meant := o.account == "" || e.roster.id(o.account) == t.AccountID.String()
		if t.State == hayon.StatePublished && meant {
			out, names = append(out, t), append(names, name(t))
		}
	}
	switch {
	case len(out) == 0:
		return nil, hayon.Errorf(hayon.CodeConflict, "nothing of %s is out there", e.view.Short).WithHint("see it: hayon show " + e.view.Short)
	case len(out) > 1:
		return nil, hayon.Errorf(hayon.CodeUsage, "%s is out on %d accounts, and an editor shows one text", e.view.Short, len(out)).
			WithHint("name one: --account " + strings.Join(names, "   or: --account "))
	case part >= len(out[0].Parts):
		return nil, hayon.Errorf(hayon.CodeUsage, "there is no part %d", part+1).WithHint(fmt.Sprintf("%s has %d", names[0], len(out[0].Parts)))
	}
	return out[0], nil
}
