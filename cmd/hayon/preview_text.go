package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// The column at which facts stand behind their key, below a target.
const (
	factIndent = 2
	factKey    = 10
)

// showPreview prints a preview: for a person a block for each account, for a pipe a line for each part
// and each fact.
func (a *app) showPreview(p *hayon.Preview) {
	for i, t := range p.Post.Targets {
		var tp hayon.TargetPreview
		if i < len(p.Targets) {
			tp = p.Targets[i]
		}
		if !a.io.outTTY {
			a.pipeTarget(t, tp)
			continue
		}
		if i > 0 {
			a.print("")
		}
		a.showTarget(t, tp)
	}
}

// accountName is what a person calls the account of a target.
func (a *app) accountName(t *hayon.Target) string {
	if account := a.known[t.Account]; account != nil {
		return account.Name
	}
	return t.Platform
}

// infoFor is what the account of a target allows.
func (a *app) infoFor(t *hayon.Target) hayon.ProviderInfo {
	p, err := a.platforms().Find(t.Platform)
	if err != nil {
		return hayon.ProviderInfo{Name: t.Platform, Title: t.Platform}
	}
	return p.Info().For(a.known[t.Account])
}

func (a *app) showTarget(t *hayon.Target, tp hayon.TargetPreview) {
	on := a.colour(a.io.outTTY)
	head := paint(on, colourBold, a.accountName(t))
	if account := a.known[t.Account]; account != nil && account.Handle != "" {
		head += "  " + inert(account.Handle)
	}
	head += paint(on, colourDim, "  "+a.infoFor(t).Title)
	if !t.ID.IsZero() { // what a stored post has become
		head += "  " + paint(on, stateColour(t.State), string(t.State))
	}
	if len(tp.Problems) > 0 {
		head += "  " + paint(on, colourBad, "refused")
	}
	a.printFolded("%s", head)
	for i := range t.Parts {
		a.showPart(t, i, partPreview(tp, i), on)
	}
	for _, f := range targetFactList(a.accountName(t), t, tp) {
		a.printFact(f, on)
	}
}

func partPreview(tp hayon.TargetPreview, i int) hayon.PartPreview {
	if i < len(tp.Parts) {
		return tp.Parts[i]
	}
	return hayon.PartPreview{}
}

// showPart prints one part: where it stands, how long it is, the text, and what goes with it.
func (a *app) showPart(t *hayon.Target, i int, pp hayon.PartPreview, on bool) {
	part := &t.Parts[i]
	place := ""
	if len(t.Parts) > 1 {
		place = fmt.Sprintf("%d/%d  ", i+1, len(t.Parts))
	}
	size, over := a.lengthWords(t, i, pp)
	if over {
		size = paint(on, colourBad, size)
	}
	a.printFolded("  %s%s", paint(on, colourBold, place), size)
	if part.Repost == nil {
		a.showText(part.Text, pp.Facets, on)
	}
	for _, f := range partFactList(part, pp) {
		a.printFact(f, on)
	}
}

// showText prints the text of a part, with its links, mentions and tags marked where there are colours.
func (a *app) showText(body string, facets []hayon.TextFacet, on bool) {
	const with = "    "
	if body == "" {
		return
	}
	body = inertText(body)
	for _, line := range wrapText(body, a.room(len(with))) {
		a.print("%s", strings.TrimRight(with+markFacets(body, line, facets, on), " "))
	}
}

// printFact prints a fact, for a person folded behind its key.
func (a *app) printFact(f fact, on bool) {
	value := inertText(strings.ReplaceAll(f.value, "\n", " "))
	first, rest := strings.Repeat(" ", factIndent)+pad(f.key, factKey), factIndent+factKey
	if a.io.outTTY && a.columns() < narrow { // too narrow for a column of its own
		rest = 2 * factIndent
	}
	if a.wantsOwnLine(value, cells(first)) {
		a.print("%s", paint(on, colourDim, strings.TrimRight(first, " ")))
		first, rest = strings.Repeat(" ", 2*factIndent), 2*factIndent
	}
	for i, line := range wrapHanging(value, a.room(cells(first)), a.room(rest)) {
		lead, words := strings.Repeat(" ", rest), value[line.start:line.end]
		if i == 0 {
			lead = paint(on, colourDim, first)
		}
		a.print("%s%s", lead, paint(on && f.colour != "", f.colour, words))
	}
}

// narrow is the width of a terminal below which facts go on below their key.
const narrow = 48

// wantsOwnLine reports whether a fact begins below its key: an address that fits on a line of its own
// alone, and everything where next to nothing is left behind the key.
func (a *app) wantsOwnLine(value string, used int) bool {
	const least = 12
	room, w := a.room(used), cells(value)
	if room == 0 || w <= room {
		return false
	}
	return room < least || !strings.Contains(value, " ") && w <= a.room(2*factIndent)
}

// room is how many cells are left of a line behind so many; 0 is no bound, as in a pipe.
func (a *app) room(used int) int {
	if !a.io.outTTY {
		return 0
	}
	return max(a.columns()-used, 1)
}

// lengthWords is how long a part is: by the limit that people know, and by another one where that has less
// left. over tells that it is too long.
func (a *app) lengthWords(t *hayon.Target, i int, pp hayon.PartPreview) (words string, over bool) {
	part := &t.Parts[i]
	if part.Repost != nil {
		return "repost of " + cmp.Or(part.Repost.URL, part.Repost.ID), false
	}
	shown := slices.IndexFunc(pp.Lengths, func(l hayon.TextLength) bool { return l.Unit != hayon.UnitBytes })
	fullest := hayon.TextLength{Max: 1}
	if words = count(text.Count(text.Graphemes, part.Text), "character"); shown >= 0 {
		fullest = pp.Lengths[shown]
		words = fmt.Sprintf("%d/%d", fullest.Count, fullest.Max)
	}
	for j, l := range pp.Lengths {
		over = over || l.Count > l.Max
		if j != shown && (l.Count > l.Max || shown >= 0 && l.Count*fullest.Max > fullest.Count*l.Max) {
			words += fmt.Sprintf("   %d/%d %s", l.Count, l.Max, strings.ReplaceAll(string(l.Unit), "_", " "))
		}
	}
	if over {
		words += "   too long"
	}
	return words, over
}

// pipeTarget prints a target for a program: account, length and text of each part, and below it account,
// kind and value of each fact.
func (a *app) pipeTarget(t *hayon.Target, tp hayon.TargetPreview) {
	name := a.accountName(t)
	row := func(columns ...string) {
		for i := range columns {
			columns[i] = inert(strings.ReplaceAll(columns[i], "\n", " "))
		}
		a.print("%s", strings.TrimRight(strings.Join(columns, "\t"), "\t"))
	}
	facts := func(list []fact) {
		for _, f := range list {
			row(name, f.key, f.value)
		}
	}
	for i := range t.Parts {
		pp := partPreview(tp, i)
		size, _ := a.lengthWords(t, i, pp)
		if len(t.Parts) > 1 {
			size = fmt.Sprintf("part %d of %d   %s", i+1, len(t.Parts), size)
		}
		row(name, size, firstLine(t.Parts[i].Text))
		facts(partFactList(&t.Parts[i], pp))
	}
	facts(targetFactList(a.accountName(t), t, tp))
}
