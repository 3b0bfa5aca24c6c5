package scheduler

import (
	"slices"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

const (
	// maxNumber bounds the numbering of a thread, in bytes.
	maxNumber = 40
	// maxParts is how many parts a thread may have, those with media alone among them.
	maxParts = 100
)

// checkThread refuses a way to split that is none.
func checkThread(c hayon.PostCreate) error {
	if !c.Thread.Valid() {
		return hayon.Errorf(hayon.CodeUsage, "a thread is split by auto or off, and not by %q", c.Thread).
			WithHint("use --thread auto or --thread off").WithDetail("values", hayon.ThreadModes())
	}
	switch {
	case c.Number == "":
		return nil
	case len(c.Number) > maxNumber || strings.ContainsAny(c.Number, "\r\n"):
		return hayon.Errorf(hayon.CodeUsage, "the number %q is too long for one", text.Clip(c.Number, maxNumber)).WithHint(`use --number "{i}/{n}"`)
	case !strings.Contains(c.Number, "{i}"):
		return hayon.Errorf(hayon.CodeUsage, "the number %q does not say which part it is", c.Number).
			WithHint(`{i} is the part and {n} how many there are: --number "{i}/{n}"`)
	case strings.Contains(strings.NewReplacer("{i}", "", "{n}", "").Replace(c.Number), "{"):
		return hayon.Errorf(hayon.CodeUsage, "the number %q has a word in braces that nobody knows", c.Number).
			WithHint(`{i} is the part and {n} how many there are: --number "{i}/{n}"`)
	}
	return nil
}

// split makes the parts of a target of its texts: at the lines of ---, and where asked at the platform's
// limits. What cannot be split is answered as a problem, and stays as it is. A platform without threads
// gets a text whole, as the note says.
func split(account string, info hayon.ProviderInfo, texts []string, c hayon.PostCreate, options map[string]string) (parts []string, note string, why *problem) {
	blank := func(s string) bool { return strings.TrimSpace(s) == "" }
	if c.Thread == hayon.ThreadOff || len(texts) > 1 && slices.ContainsFunc(texts, blank) { // the check tells which is empty
		return texts, "", nil
	}
	o := text.SplitOptions{MaxParts: maxParts, Number: c.Number, Auto: c.Thread == hayon.ThreadAuto && info.Threads}
	if o.Auto {
		o.Limits = textLimits(info, options)
	}
	parts, err := text.SplitParts(texts, o)
	switch {
	case err != nil:
		return texts, "", &problem{account + ": " + err.Error(), "shorten it, or give the account its own text: --text " + account + "=TEXT"}
	case len(parts) == 0: // nothing but blank lines
		return []string{""}, "", nil
	case len(texts) == 1 && len(parts) > 1 && !info.Threads:
		return texts, info.Title + " has no threads: the text goes out whole", nil
	}
	return parts, "", nil
}

// atLines are the parts of a text by its lines of --- alone, where they count; at least one.
func atLines(info hayon.ProviderInfo, c hayon.PostCreate, body string) []string {
	if !info.Threads || c.Thread == hayon.ThreadOff {
		return []string{body}
	}
	parts, err := text.SplitParts([]string{body}, text.SplitOptions{MaxParts: maxParts})
	if err != nil || len(parts) == 0 { // whoever splits it for good tells
		return []string{body}
	}
	return parts
}

// textLimits are the limits that every part of a thread must keep.
func textLimits(info hayon.ProviderInfo, options map[string]string) []text.Max {
	var out []text.Max
	for _, l := range info.Limits {
		if l.Of != hayon.LimitText {
			continue
		}
		m := text.Max{Rule: ruleOf(l), Max: int(l.Max)}
		for _, name := range l.With {
			if options[name] != "" {
				m.With = append(m.With, options[name])
			}
		}
		out = append(out, m)
	}
	return out
}

func ruleOf(l hayon.Limit) text.Rule { return text.Rule{Unit: text.Unit(l.Unit), URL: int(l.URL)} }
