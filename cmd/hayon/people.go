package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/server/api"
)

// peopleFields are the names that --json takes for people.
func peopleFields() []string { return []string{"name", "title", "handles", "updated_at"} }

func (a *app) peopleCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "people",
		Short: "Whom posts mention as @{name}, with a handle on each platform",
		Long: `Keep the people whom your posts mention. A text names them as @{name}, and each platform gets the handle
that they have there. Where somebody has none, the text says their title, or else the name.`,
		Example: `  hayon people add ada bluesky=ada.example.org mastodon=ada@example.social --title "Ada Lovelace"
  hayon post "Thank you, @{ada}!" --to bluesky,mastodon`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.peopleListCommand(), a.peopleAddCommand(), a.peopleRemoveCommand())
	return cmd
}

func (a *app) peopleListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List people and their handles",
		Example: `  hayon people list
  hayon people list --json=name,handles`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.checkFields(peopleFields()); err != nil {
				return err
			}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				people, err := b.FindPeople(ctx)
				if err != nil {
					return err
				}
				return printList(a, api.PeopleOf(people), listing[api.Person]{
					fields:  peopleFields(),
					id:      func(p *api.Person) string { return p.Name },
					columns: []column{{title: "NAME"}, {title: "TITLE", drop: 1}, {title: "HANDLES", flexible: true}},
					row:     func(p *api.Person) []string { return []string{p.Name, p.Title, handleWords(p.Handles)} },
					empty:   "Nobody. Add somebody: hayon people add ada bluesky=ada.example.org mastodon=ada@example.social",
				})
			})
		},
	}
}

// handleWords are handles as hayon people add takes them.
func handleWords(handles map[string]string) string {
	words := make([]string, 0, len(handles))
	for _, platform := range slices.Sorted(maps.Keys(handles)) {
		words = append(words, platform+"="+handles[platform])
	}
	return strings.Join(words, " ")
}

func (a *app) peopleAddCommand() *cobra.Command {
	var title string
	var dry bool
	cmd := &cobra.Command{
		Use:   "add NAME [PLATFORM=HANDLE...]",
		Short: "Add a person, or handles of one who is there",
		Long: `Add a person, or handles of one who is there already; those that are not named stay. PLATFORM= without a
handle takes the one that is there away.`,
		Example: `  hayon people add ada bluesky=ada.example.org mastodon=ada@example.social --title "Ada Lovelace"
  hayon people add ada bluesky=ada.bsky.social
  hayon people add ada mastodon=`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.checkFields(peopleFields()); err != nil {
				return err
			}
			handles, err := handlesOf(args[1:])
			if err != nil {
				return err
			}
			p := hayon.Person{Name: args[0], Title: title, Handles: handles}
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				if dry {
					return a.wouldAdd(p)
				}
				stored, err := b.PutPerson(ctx, p)
				if err != nil {
					return err
				}
				return a.printPerson(stored)
			})
		},
	}
	cmd.Flags().StringVar(&title, "title", "", "what a text says where the person has no handle (default: the name)")
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show what would be stored; store nothing")
	return cmd
}

// handlesOf reads PLATFORM=HANDLE.
func handlesOf(args []string) (map[string]string, error) {
	handles := make(map[string]string, len(args))
	for _, arg := range args {
		platform, handle, ok := strings.Cut(arg, "=")
		if !ok || platform == "" {
			return nil, hayon.Errorf(hayon.CodeUsage, "%q names no platform and handle", arg).WithHint("write it as bluesky=ada.example.org")
		}
		if _, twice := handles[platform]; twice {
			return nil, hayon.Errorf(hayon.CodeUsage, "the handle on %s is given twice", platform).WithHint("give it once")
		}
		handles[platform] = handle
	}
	return handles, nil
}

func (a *app) wouldAdd(p hayon.Person) error {
	p, err := scheduler.CheckPerson(p, a.platforms())
	if err != nil {
		return err
	}
	a.say("Nothing was stored. This would be: %s", strings.TrimRight("@{"+p.Name+"} "+handleWords(p.Handles), " "))
	return nil
}

// printPerson shows one person.
func (a *app) printPerson(p *hayon.Person) error {
	view := api.PersonOf(p)
	if a.flags.json.on {
		return a.printJSON(view, peopleFields())
	}
	handles := handleWords(view.Handles)
	if handles == "" {
		handles = "without a handle"
	}
	a.say("@{%s} is %s", view.Name, handles)
	a.print("%s", view.Name)
	return nil
}

func (a *app) peopleRemoveCommand() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "remove NAME...",
		Short: "Forget people; posts that are stored keep their handles",
		Example: `  hayon people remove ada --yes
  hayon people remove ada grace --dry-run`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.service(cmd.Context(), func(ctx context.Context, b *backend) error {
				names, err := a.peopleNamed(ctx, b, args)
				if err != nil {
					return err
				}
				if dry {
					a.say("Nobody was removed. This would be: %s", strings.Join(names, ", "))
					return nil
				}
				if err := a.confirm(ctx, "Remove "+strings.Join(names, ", ")+"? A new post that names them would be refused."); err != nil {
					return err
				}
				return a.removePeople(ctx, b, names)
			})
		},
	}
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "show who would be removed; change nothing")
	return cmd
}

func (a *app) removePeople(ctx context.Context, b *backend, names []string) error {
	for _, name := range names {
		if err := b.DeletePerson(ctx, name); err != nil {
			return err
		}
		a.say("Removed %s", name)
	}
	return nil
}

// peopleNamed are the names of people as they are stored, each once. One whom nobody knows is not_found,
// before anything is changed.
func (a *app) peopleNamed(ctx context.Context, b *backend, typed []string) ([]string, error) {
	people, err := b.FindPeople(ctx)
	if err != nil {
		return nil, err
	}
	var names, known []string
	for _, p := range people {
		known = append(known, p.Name)
	}
	for _, name := range typed {
		name = strings.TrimPrefix(name, "@")
		i := slices.IndexFunc(known, func(k string) bool { return strings.EqualFold(k, name) })
		if i < 0 {
			hint := "see who there is: hayon people list"
			if near := nearest(name, known); near != "" {
				hint = "did you mean " + near + "?   or " + hint
			}
			return nil, hayon.Errorf(hayon.CodeNotFound, "you know nobody called %s; nothing was changed", name).WithHint(hint)
		}
		if !slices.Contains(names, known[i]) {
			names = append(names, known[i])
		}
	}
	return names, nil
}

func (a *app) completePeople(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	a.lookUp(cmd, args, func(ctx context.Context, b *backend) error {
		people, err := b.FindPeople(ctx)
		names = nil
		for _, p := range people {
			if !slices.Contains(args, p.Name) {
				names = append(names, p.Name+"\t"+p.Title)
			}
		}
		return err
	})
	return names, noFiles
}

// completeHandles completes the name of a person, then the platforms on which they may have a handle.
func (a *app) completeHandles(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return a.completePeople(cmd, args, typed)
	}
	var words []string
	for _, p := range a.platformWords() {
		platform, title, _ := strings.Cut(p, "\t")
		if !slices.ContainsFunc(args[1:], func(arg string) bool { return strings.HasPrefix(arg, platform+"=") }) {
			words = append(words, platform+"=\t"+title)
		}
	}
	return words, noFiles | cobra.ShellCompDirectiveNoSpace
}
