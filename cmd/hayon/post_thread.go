package main

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

// postThread says how the text becomes a thread, and what it answers or quotes.
type postThread struct {
	mode, number string
	parts        []string
	replyTo      string
	quote        string
	goesOn       bool
}

// numberNone is the word for a thread without numbers.
const numberNone = "none"

func (o *postOptions) threadFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.mode, "thread", "", "auto: split what is too long for a platform; off: a line of --- splits nothing")
	f.StringArrayVar(&o.parts, "part", nil, "text of a further part: the post is a thread (repeat)")
	f.StringVar(&o.number, "number", "", `what each part of a thread ends with, as "{i}/{n}"; or none (default none)`)
	f.StringVar(&o.replyTo, "reply-to", "", "answer this post: its URL, or the id of one of yours that is out")
	f.StringVar(&o.quote, "quote", "", "quote this post: its URL, or the id of one of yours that is out")
	f.BoolVar(&o.goesOn, "continue", false, "answer the last post of each account")
	cmd.MarkFlagsMutuallyExclusive("reply-to", "continue")
}

// putThread fills in how the text is split, and what it answers and quotes.
func (o *postOptions) putThread(c *hayon.PostCreate) error {
	if err := o.checkThread(); err != nil {
		return err
	}
	c.Thread = hayon.ThreadMode(cmp.Or(o.mode, o.app.cfg.Post.Thread))
	if c.Thread == hayon.ThreadOff && len(o.parts) > 0 { // what is typed wins over the configuration
		c.Thread = hayon.ThreadLines
	}
	if c.Number = cmp.Or(o.number, o.app.cfg.Post.Number); c.Number == numberNone {
		c.Number = ""
	}
	c.ReplyTo, c.Quote, c.Continue = o.replyTo, o.quote, o.goesOn
	return nil
}

func (o *postOptions) checkThread() error {
	if modes := texts(hayon.ThreadModes()); o.mode != "" && !slices.Contains(modes, o.mode) {
		return notOneOf("--thread", o.mode, modes)
	}
	if o.mode == string(hayon.ThreadOff) && len(o.parts) > 0 {
		return hayon.Errorf(hayon.CodeUsage, "--thread off makes one message of the text, and --part adds another").WithHint("leave out one of them")
	}
	if err := checkNumber(o.number); err != nil {
		return hayon.Errorf(hayon.CodeUsage, "--number %s", err).WithHint(`write it as "{i}/{n}" or "({i})", or none`)
	}
	for flag, ref := range map[string]string{"--reply-to": o.replyTo, "--quote": o.quote} {
		if strings.ContainsAny(ref, " \t\n") {
			return hayon.Errorf(hayon.CodeUsage, "%s %q is no id and no address", flag, ref).
				WithHint("give the URL of a post, or the id of one of yours: hayon list --state published")
		}
	}
	return nil
}

// notNumbered is why a number of --number or post.number cannot be used.
type notNumbered string

func (e notNumbered) Error() string { return string(e) }

// checkNumber refuses a number that would be the same on every part.
func checkNumber(s string) error {
	if s == "" || s == numberNone || strings.Contains(s, "{i}") && !strings.ContainsAny(s, "\n\r") {
		return nil
	}
	return notNumbered(strconv.Quote(s) + " says nowhere which part it is")
}

// cardOf is what --card or the configuration says.
func (o *postOptions) cardOf() (string, error) {
	words := []string{hayon.CardAuto, hayon.CardNone}
	if o.card == "" || slices.Contains(words, o.card) {
		return cmp.Or(o.card, o.app.cfg.Post.Card), nil
	}
	if u, err := url.Parse(o.card); err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
		return o.card, nil
	}
	return "", hayon.Errorf(hayon.CodeUsage, "--card %q is no address", o.card).
		WithHint(didYouMean(o.card, words) + "use auto, none or an address, as https://example.com/page")
}

// didYouMean is the beginning of a hint that names the word that was probably meant; "" for none.
func didYouMean(got string, words []string) string {
	if near := nearest(got, words); near != "" {
		return "did you mean " + near + "? "
	}
	return ""
}
