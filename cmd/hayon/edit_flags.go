package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/hayon/hayon"
)

// contentChange are the flags that say what a post is to hold instead. What they do not say stays.
type contentChange struct {
	postOptions

	cmd                     *cobra.Command
	textFile                string
	addTo, removeTo         []string
	addLabels, removeLabels []string
	noMedia                 bool
	clear                   []string
	// stored are the media of the flags once they are stored: a second try stores nothing again.
	stored []hayon.MediaInput
	// body is what the one file with a text holds, once it is read.
	body *string
}

// changeFlags are the flags of content and time that a stored post can be changed by.
func (o *contentChange) changeFlags(cmd *cobra.Command) {
	o.cmd = cmd
	f := cmd.Flags()
	f.StringArrayVar(&o.texts, "text", nil, "the new text, or ACCOUNT=TEXT for one account alone; ACCOUNT= takes its own text away (repeat)")
	f.StringVar(&o.textFile, "text-file", "", "read the new text from this file; - is standard input")
	f.StringSliceVarP(&o.to, "to", "t", nil, "the accounts that it goes to instead")
	f.StringSliceVar(&o.not, "not", nil, "accounts to leave out")
	f.StringSliceVar(&o.addTo, "add-to", nil, "accounts that it goes to as well")
	f.StringSliceVar(&o.removeTo, "remove-to", nil, "accounts that it does not go to any more")
	o.sharedFlags(cmd)
	f.StringSliceVar(&o.labels, "label", nil, "labels in the place of those that it has")
	f.StringSliceVar(&o.addLabels, "add-label", nil, "labels to add")
	f.StringSliceVar(&o.removeLabels, "remove-label", nil, "labels to take away")
	f.StringVar(&o.note, "note", "", "a note for you alone")
	f.StringSliceVar(&o.tags, "tag", nil, "words to find the post by, in the place of those that it has")
	f.BoolVar(&o.noQuotes, "no-quotes", false, "nobody may quote it, where the platform has that; =false takes that back")
	f.StringVar(&o.cw, "cw", "", "content warning that stands in the place of the text")
	f.BoolVar(&o.sensitive, "sensitive", false, "hide the images until the reader asks for them; =false takes that back")
	f.StringVar(&o.card, "card", "", "link card: auto (of the first address), none, or the address to make it of")
	f.StringArrayVar(&o.set, "set", nil, "ACCOUNT.KEY=VALUE: what one platform knows; without a value it is taken away (repeat)")
	f.BoolVar(&o.noMedia, "no-media", false, "take all media away")
	f.StringSliceVar(&o.clear, "clear", nil, "what to take away: "+strings.Join(clearable(), ", "))
	o.whenFlags(cmd)
	cmd.MarkFlagsMutuallyExclusive("to", "add-to")
	cmd.MarkFlagsMutuallyExclusive("to", "remove-to")
	cmd.MarkFlagsMutuallyExclusive("label", "add-label")
	cmd.MarkFlagsMutuallyExclusive("label", "remove-label")
	cmd.MarkFlagsMutuallyExclusive("media", "no-media")
	for name, usage := range map[string]string{
		"media":   `image or video in the place of those that it has: PATH, or "PATH;alt=TEXT;focus=X,Y;for=ACCOUNTS;thumb=PATH" (repeat)`,
		"alt":     "description of an image, in the order of --media, else of the media that it has (repeat)",
		"part":    "text of a further part, in the place of all that it has (repeat)",
		"if-late": "when it is found after its grace window: publish, skip or ask",
		"grace":   "how late it may be and still go out, as 30m, 0 or 7d",
	} {
		f.Lookup(name).Usage = usage
	}
}

// said reports whether a flag was given, on the command line or by a variable.
func (o *contentChange) said(name string) bool {
	f := o.cmd.Flags().Lookup(name)
	return f != nil && f.Changed
}

// saidAny is the first flag that was given and is none of these; "" for none.
func (o *contentChange) saidAny(except ...string) string {
	found := ""
	o.cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if found == "" && f.Changed && f.Name != "help" && !slices.Contains(except, f.Name) {
			found = f.Name
		}
	})
	return found
}

// partNumber is --part where it names one part of what is out.
func (o *contentChange) partNumber() (int, error) {
	if len(o.parts) == 0 {
		return 0, nil
	}
	n, err := strconv.Atoi(o.parts[0])
	if len(o.parts) > 1 || err != nil || n < 1 {
		return 0, hayon.Errorf(hayon.CodeUsage, "with --remote --part is the number of one part, and not %s", fmt.Sprintf("%q", o.parts)).
			WithHint("count from 1, as --part 2")
	}
	return n - 1, nil
}
