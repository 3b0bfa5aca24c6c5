package main

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/query"
)

// filterFlag adds --filter to a command that changes posts.
func (a *app) filterFlag(cmd *cobra.Command, text *string) {
	cmd.Flags().StringVar(text, "filter", "", "all posts that fit, in the place of ids, as \"label:launch state:scheduled\"; see hayon list --help")
	_ = cmd.RegisterFlagCompletionFunc("filter", fitting(a.completeFilter)) // it fails for a flag that is not there
}

// parseFilter reads the filter language.
func (a *app) parseFilter(text string) (*query.Query, error) {
	loc, err := a.location()
	if err != nil {
		return nil, err
	}
	return query.Parse(text, a.now(), loc)
}

// findFiltered are all posts that fit a filter.
func (a *app) findFiltered(ctx context.Context, b *backend, text string) ([]*hayon.Post, error) {
	q, err := a.parseFilter(text)
	if err != nil {
		return nil, err
	}
	accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
	if err != nil {
		return nil, err
	}
	f, err := q.Filter(accounts)
	if err != nil {
		return nil, err
	}
	return b.FindPosts(ctx, f)
}

// flagTerm is the value of a flag as a term of the filter language. What is wrong with it is an error of
// the flag, in the words of the flag.
func (a *app) flagTerm(flag, key string, values []string) (string, error) {
	terms := make([]string, len(values))
	for i, v := range values {
		terms[i] = quoteTerm(v)
	}
	term := key + ":" + strings.Join(terms, ",")
	switch key {
	case "": // words
		term = strings.Join(terms, " ")
	case "label": // of which all must be there
		term = "label:" + strings.Join(terms, " label:")
	}
	if _, err := a.parseFilter(term); err != nil {
		return "", flagMeant(flag, key, err)
	}
	return term, nil
}

// flagMeant is what is wrong with a term that stood in a flag.
func flagMeant(flag, key string, err error) error {
	e, ok := errors.AsType[*query.Error](err)
	if !ok {
		return err
	}
	if key == "" {
		return hayon.Errorf(hayon.CodeUsage, "%s: %s", flag, e.Reason).WithHint(e.Hint)
	}
	plain := strings.NewReplacer(key+":", "", "It is one of ", "use one of: ")
	hint := e.Hint
	if rest, ok := strings.CutPrefix(hint, "one of "); ok {
		hint = "use one of: " + rest
	}
	return hayon.Errorf(hayon.CodeUsage, "%s: %s", flag, plain.Replace(e.Reason)).WithHint(plain.Replace(hint))
}

// quoteTerm is a value in the quotes of the filter language, so that it means itself.
func quoteTerm(v string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}

// joinTerms makes one filter of words of a command line. A word that a shell had in quotes and that has
// blanks is a phrase, unless it is a filter itself.
func (a *app) joinTerms(args []string) string {
	out := make([]string, len(args))
	for i, arg := range args {
		if out[i] = arg; strings.ContainsFunc(strings.TrimSpace(arg), unicode.IsSpace) && a.isPhrase(arg) {
			out[i] = quoteTerm(arg)
		}
	}
	return strings.Join(out, " ")
}

// isPhrase reports whether a text holds words alone: no key, no minus sign, no quotes.
func (a *app) isPhrase(text string) bool {
	q, err := a.parseFilter(text)
	if err != nil || strings.Contains(text, `"`) {
		return false
	}
	for _, t := range q.Terms() {
		if t.Key != "" || strings.HasPrefix(t.Text, "-") {
			return false
		}
	}
	return true
}

// shellWord is a filter as it is typed behind a command.
func shellWord(text string) string {
	special := func(r rune) bool {
		return r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(":,./_-+@ ", r)
	}
	before := dashes(text)
	if !strings.ContainsFunc(text, special) {
		return before + text
	}
	return before + "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// dashes are what stands before a filter of which a term begins with a minus sign.
func dashes(text string) string {
	if strings.HasPrefix(text, "-") || strings.Contains(text, " -") {
		return "-- "
	}
	return ""
}

// completeFilter completes the last term of a filter, which may have several words.
func (a *app) completeFilter(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	var known query.Names
	term := typed[strings.LastIndexFunc(typed, unicode.IsSpace)+1:]
	switch key, _, _ := strings.Cut(strings.TrimPrefix(term, "-"), ":"); strings.ToLower(key) {
	case "to":
		known.Accounts = a.filterAccounts(cmd, args)
	case "label":
		known.Labels, _ = a.completeLabels(cmd, args, "")
	}
	found := query.Complete(typed, len(typed), known)
	directive := noFiles
	for i, w := range found {
		for _, k := range query.Keys() {
			if strings.HasSuffix(w, k.Name+":") {
				found[i] += "\t" + k.About
				directive |= cobra.ShellCompDirectiveNoSpace
			}
		}
	}
	return found, directive
}

// filterAccounts are the names that to: takes.
func (a *app) filterAccounts(cmd *cobra.Command, args []string) []string {
	var names []string
	a.lookUp(cmd, args, func(ctx context.Context, b *backend) error {
		accounts, err := b.FindAccounts(ctx, hayon.AccountFilter{})
		for _, acc := range accounts {
			names = append(names, acc.Name, acc.Platform)
		}
		return err
	})
	return names
}
