package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
)

// The formats of the manual.
const (
	formatMan      = "man"
	formatMarkdown = "markdown"
)

func (a *app) manCommand() *cobra.Command {
	var dir, format string
	cmd := &cobra.Command{
		Use:   "man",
		Short: "Write the manual into a folder",
		Long: `Write the manual, a page for each command and each topic of the help: man pages, or the Markdown of
docs/cli. The same program writes the same files.`,
		Hidden:      true,
		Annotations: map[string]string{offline: "yes"},
		Example: `  hayon man --out share/man
  hayon man --out docs/cli --format markdown`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return hayon.Errorf(hayon.CodeUsage, "hayon man needs a folder").WithHint("name it: hayon man --out DIR")
			}
			pages, err := a.manual(cmd.Root(), format)
			if err != nil {
				return err
			}
			return writePages(dir, pages)
		},
	}
	cmd.Flags().StringVar(&dir, "out", "", "the folder, which is made where it is not there")
	cmd.Flags().StringVar(&format, "format", formatMan, "man or markdown")
	return cmd
}

// manual are the files of the manual by their names.
func (a *app) manual(root *cobra.Command, format string) (map[string]string, error) {
	pages := make(map[string]string)
	all := catalog(root)
	switch format {
	case formatMan:
		for i := range all {
			pages[fileOf(all[i].Path)+".1"] = manPage(&all[i], all[0].Flags)
		}
		for _, t := range a.topics() {
			pages["hayon-"+t.name+".7"] = manTopic(t)
		}
	case formatMarkdown:
		for i := range all {
			pages[fileOf(all[i].Path)+".md"] = markdownPage(&all[i])
		}
		for _, t := range a.topics() {
			pages["hayon-"+t.name+".md"] = markdownTopic(t)
		}
		pages["README.md"] = markdownIndex(all, a.topics())
	default:
		return nil, notOneOf("--format", format, []string{formatMan, formatMarkdown})
	}
	return pages, nil
}

func fileOf(path string) string { return strings.ReplaceAll(path, " ", "-") }

func writePages(dir string, pages map[string]string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // everybody may read a manual
		return hayon.Errorf(hayon.CodeLocal, "the folder %s cannot be made: %w", dir, err).WithHint("name another one with --out")
	}
	for name, page := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(page), 0o644); err != nil { //nolint:gosec // as above
			return hayon.Errorf(hayon.CodeLocal, "%s cannot be written: %w", name, err).WithHint("check the folder and the disk")
		}
	}
	return nil
}

// flagSpelling is a flag as people write it: -t, --to STRINGS.
func flagSpelling(f *flagView) string {
	s := "--" + f.Name
	if f.Shorthand != "" {
		s = "-" + f.Shorthand + ", " + s
	}
	switch {
	case f.Optional:
		return s + "[=" + f.placeholder + "]"
	case f.placeholder != "" && f.Type != "count":
		return s + " " + f.placeholder
	}
	return s
}

// flagText is what a flag does, with its default.
func flagText(f *flagView) string {
	if f.Default == "" {
		return f.Usage
	}
	return f.Usage + " (default: " + f.Default + ")"
}

// manPage is the page of a command in section 1.
func manPage(v *commandView, global []flagView) string {
	var b strings.Builder
	manHead(&b, fileOf(v.Path), "1", v.Short)
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(v.Usage))
	b.WriteString(".SH DESCRIPTION\n")
	manText(&b, v.Long)
	manList(&b, "COMMANDS", v.Commands, func(path string) string { return "see " + fileOf(path) + "(1)" })
	manFlags(&b, "OPTIONS", v.Flags)
	if v.Path != "hayon" {
		manFlags(&b, "GLOBAL OPTIONS", global)
	}
	b.WriteString(".SH EXAMPLES\n.nf\n")
	for _, line := range v.Examples {
		b.WriteString(roff(line) + "\n")
	}
	b.WriteString(".fi\n")
	b.WriteString(".SH EXIT STATUS\n0 where all is done; the other codes are in \\fBhayon\\-exit\\-codes\\fR(7).\n")
	b.WriteString(".SH SEE ALSO\n\\fBhayon\\fR(1), \\fBhayon\\-environment\\fR(7), \\fBhayon\\-formatting\\fR(7)\n")
	return b.String()
}

func manHead(b *strings.Builder, name, section, short string) {
	fmt.Fprintf(b, ".TH \"%s\" \"%s\" \"\" \"hayon\" \"Hayon\"\n.SH NAME\n%s \\- %s\n",
		strings.ToUpper(roff(name)), section, roff(name), roff(short))
}

func manFlags(b *strings.Builder, title string, flags []flagView) {
	if len(flags) == 0 {
		return
	}
	fmt.Fprintf(b, ".SH %s\n", title)
	for i := range flags {
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(flagSpelling(&flags[i])), roff(flagText(&flags[i])))
	}
}

func manList(b *strings.Builder, title string, words []string, text func(string) string) {
	if len(words) == 0 {
		return
	}
	fmt.Fprintf(b, ".SH %s\n", title)
	for _, w := range words {
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(w), roff(text(w)))
	}
}

func manTopic(t topic) string {
	var b strings.Builder
	manHead(&b, "hayon-"+t.name, "7", t.short)
	b.WriteString(".SH DESCRIPTION\n")
	manText(&b, t.text())
	return b.String()
}

// manText sets paragraphs; indented ones stay as they are.
func manText(b *strings.Builder, text string) {
	for i, p := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		if !laidOut(p) {
			for line := range strings.Lines(p) {
				b.WriteString(roff(strings.TrimSpace(line)) + "\n")
			}
			continue
		}
		b.WriteString(".nf\n")
		for line := range strings.Lines(p) {
			b.WriteString(roff(strings.TrimRight(line, "\n")) + "\n")
		}
		b.WriteString(".fi\n")
	}
}

// laidOut reports whether the lines of a paragraph are to stay as they are.
func laidOut(p string) bool { return strings.HasPrefix(p, " ") || strings.Contains(p, "\n ") }

// roff protects what would be a request, an escape or a typographic sign.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(s)
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	return s
}

// markdownPage is the page of a command for docs/cli.
func markdownPage(v *commandView) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", v.Path)
	markdownText(&b, v.Long)
	fmt.Fprintf(&b, "\n```\n%s\n```\n", v.Usage)
	if len(v.Commands) > 0 {
		b.WriteString("\n## Commands\n\n")
		for _, path := range v.Commands {
			fmt.Fprintf(&b, "- [%s](%s.md)\n", path, fileOf(path))
		}
	}
	b.WriteString("\n## Examples\n\n```\n" + strings.Join(v.Examples, "\n") + "\n```\n")
	if len(v.Flags) == 0 {
		return b.String()
	}
	title := "Flags"
	if v.Path == "hayon" {
		title = "Flags of every command"
	}
	fmt.Fprintf(&b, "\n## %s\n\n| flag | what it does | variable |\n| --- | --- | --- |\n", title)
	for i := range v.Flags {
		f := &v.Flags[i]
		fmt.Fprintf(&b, "| `%s` | %s | `%s` |\n", cellText(flagSpelling(f)), cellText(prose(flagText(f))), strings.Join(f.Env, "` `"))
	}
	return b.String()
}

// cellText keeps a bar from ending its cell.
func cellText(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// prose protects what Markdown would read as markup.
func prose(s string) string {
	return strings.NewReplacer("*", `\*`, "_", `\_`, "<", `\<`, "[", `\[`, "`", "\\`").Replace(s)
}

func markdownTopic(t topic) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# hayon help %s\n\n%s.\n\n", t.name, t.short)
	markdownText(&b, t.text())
	return b.String()
}

// markdownText sets paragraphs; indented ones stay as they are.
func markdownText(b *strings.Builder, text string) {
	for i, p := range strings.Split(strings.Trim(text, "\n"), "\n\n") {
		if i > 0 {
			b.WriteString("\n")
		}
		if laidOut(p) {
			fmt.Fprintf(b, "```\n%s\n```\n", p)
			continue
		}
		b.WriteString(prose(p) + "\n")
	}
}

func markdownIndex(all []commandView, topics []topic) string {
	var b strings.Builder
	b.WriteString("# The commands\n\nWritten by `make docs` from the commands themselves.\n\n| command | what it does |\n| --- | --- |\n")
	for i := range all {
		fmt.Fprintf(&b, "| [%s](%s.md) | %s |\n", all[i].Path, fileOf(all[i].Path), cellText(prose(all[i].Short)))
	}
	b.WriteString("\n## Topics\n\n| topic | what it is about |\n| --- | --- |\n")
	for _, t := range topics {
		fmt.Fprintf(&b, "| [%s](hayon-%s.md) | %s |\n", t.name, t.name, cellText(prose(t.short)))
	}
	return b.String()
}
