package postfile

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

func pollField() field {
	s := tableSchema("", "options")
	s.Properties["options"] = &schema{Type: "array", Items: textSchema(), MinItems: 2, Description: "The answers."}
	s.Properties["for"] = textSchema().about("How long it is open, as 6h or 3d; by default 1d.")
	s.Properties["multiple"] = truthSchema(false).about("A reader may choose several answers.")
	s.Properties["hide_totals"] = truthSchema(false).about("Nobody sees the figures before the end.")
	return field{
		key: "poll", about: "A question to the readers, where the platform has polls.", schema: s,
		read: func(r *reader, n *node, at []string, f *File) { f.Poll = r.poll(n, at) },
		write: func(f *File) *node {
			if f.Poll == nil {
				return nil
			}
			n := tableNode()
			n.put("options", someTexts(f.Poll.Options))
			n.put("for", someText(f.Poll.For))
			n.put("multiple", someTruth(f.Poll.Multiple))
			n.put("hide_totals", someTruth(f.Poll.HideTotals))
			return n
		},
	}
}

const pollHint = "write poll: {options: [Tea, Coffee], for: 3d}"

func (r *reader) poll(n *node, at []string) *Poll {
	r.put(at, n.at)
	if n.kind == kindNull {
		return nil
	}
	if n.kind != kindTable {
		r.another(n, at, "a mapping", pollHint)
		return nil
	}
	p, wrong := &Poll{}, len(r.problems)
	r.keys(n, at, []string{"options", "for", "multiple", "hide_totals"}, func(e entry, at []string) {
		switch e.key {
		case "options":
			p.Options = r.texts(e.value, at)
		case "for":
			p.For, _ = r.text(e.value, at)
		case "multiple":
			p.Multiple = r.truth(e.value, at)
		case "hide_totals":
			p.HideTotals = r.truth(e.value, at)
		}
	})
	if len(r.problems) == wrong {
		r.checkPoll(n, p, at)
	}
	return p
}

func (r *reader) checkPoll(n *node, p *Poll, at []string) {
	if len(p.Options) < 2 {
		where := n.at
		if o := n.get("options"); o != nil {
			where = o.at
		}
		r.wrong(where, at, fmt.Sprintf("a poll needs two answers, and there is %d", len(p.Options)), pollHint)
		return
	}
	seen := make(map[string]bool)
	for i, option := range p.Options {
		key := strings.ToLower(strings.TrimSpace(option))
		field := below(below(at, "options"), strconv.Itoa(i))
		switch {
		case key == "":
			r.wrong(r.places[placeKey(field)], field, "is blank", "give each answer a text")
		case seen[key]:
			r.wrong(r.places[placeKey(field)], field, fmt.Sprintf("%q is there twice", cut(option)), "give each answer once")
		}
		seen[key] = true
	}
}

func optionsField() field {
	return field{
		key: "options", about: "What one platform knows, by account or platform; see hayon platform show NAME.",
		schema: mapSchema(mapSchema(optionSchema())),
		read: func(r *reader, n *node, at []string, f *File) {
			f.Options = r.options(n, at)
		},
		write: func(f *File) *node {
			n := tableNode()
			for _, account := range slices.Sorted(maps.Keys(f.Options)) {
				n.put(account, someTable(f.Options[account]))
			}
			if len(n.entries) == 0 {
				return nil
			}
			return n
		},
	}
}

func (r *reader) options(n *node, at []string) map[string]map[string]string {
	r.put(at, n.at)
	if n.kind == kindNull {
		return nil
	}
	if n.kind != kindTable {
		r.another(n, at, "a mapping", "write it as options: {mastodon: {quote_policy: nobody}}")
		return nil
	}
	var out map[string]map[string]string
	for _, e := range n.entries {
		r.places[keyOf(below(at, e.key))] = e.at
		m := r.table(e.value, below(at, e.key), r.literal)
		if m == nil {
			continue
		}
		if out == nil {
			out = make(map[string]map[string]string)
		}
		out[e.key] = m
	}
	return out
}

func partsField() field {
	return field{
		key: "parts", about: "Texts of further parts: the post is a thread.", schema: limited(textsSchema()),
		read: func(r *reader, n *node, at []string, f *File) {
			f.Parts = r.texts(n, at)
			r.count(n, at, "parts")
		},
		write: func(f *File) *node { return someTexts(f.Parts) },
	}
}

// count refuses a list of too many.
func (r *reader) count(n *node, at []string, what string) {
	if len(n.items) > maxItems {
		r.wrong(n.items[maxItems].at, at, fmt.Sprintf("there are %d %s; a post has at most %d", len(n.items), what, maxItems), "make several posts of it")
	}
}

// textsField is the only one that depends on the kind of the file: in JSON and YAML one text is the common one.
func textsField() field {
	return field{
		key: "text", about: "Other texts for single accounts, by account. In JSON and YAML also one text for all, as body.",
		schema: &schema{AnyOf: []*schema{textSchema(), mapSchema(textSchema())}},
		read: func(r *reader, n *node, at []string, f *File) {
			switch {
			case n.kind == kindTable || n.kind == kindNull:
				f.Texts = r.table(n, at, r.text)
			case f.Kind != Markdown:
				f.Text, _ = r.text(n, at)
				r.put(nil, n.at)
			default:
				r.put(at, n.at)
				r.another(n, at, "a mapping from accounts to texts",
					"write the text of all below the front matter, and here only others: text: {linkedin: …}")
			}
		},
		write: func(f *File) *node { return someTable(f.Texts) },
	}
}

// bodyField is the text of JSON and YAML.
func bodyField() field {
	return field{
		key: "body", about: "The text for all accounts, in JSON and YAML. Not in Markdown, where it stands below the front matter; no schema can tell those apart.", schema: textSchema(),
		read: func(r *reader, n *node, at []string, f *File) {
			if f.Kind == Markdown {
				r.wrong(n.at, at, "stands in the front matter", "write the text below the second line of ---")
				return
			}
			s, ok := r.text(n, at)
			if ok {
				f.Text = s
			}
			r.put(nil, n.at)
		},
		write: func(f *File) *node { return someText(f.Text) },
	}
}
