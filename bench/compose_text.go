package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hayon/hayon/text"
)

const (
	// composedTexts is how many posts the texts are, and composeSeed what they are made by.
	composedTexts = 500
	composeSeed   = 7
	// composeSpan is how long each figure is measured, and facetRounds how often each of the two.
	composeSpan = 2 * time.Second
	facetRounds = 5
	facetSpan   = time.Second
)

// words of which posts are made: of several scripts, with emoji of many code points, and what is a link, a
// mention or a tag, as often as in posts that people write.
var composeWords = []string{
	"what", "we", "have", "learnt", "this", "week", "about", "ships,", "shoes", "and", "sealing", "wax.", "It", "is",
	"a", "harbour", "where", "the", "walrus", "met", "three", "oysters", "late", "in", "November;", "nobody", "knows",
	"naïve", "Äpfel", "Übermut", "日本語の文章です。", "港に船", "שלום", "עולם", "مرحبا", "Привет", "καλημέρα",
	"👩‍🚀", "👨‍👩‍👧‍👦", "🇪🇺", "❤️", "(really)", "“quoted”", "3.14", "10:30", "e.g.", "\n\n",
	"https://example.com/ships?page=2&sort=new", "example.org/read-on", "@walrus.example.com", "#news", "#船舶",
}

// composeTexts are posts of the length that people write.
func composeTexts() []string {
	random := rand.New(rand.NewPCG(composeSeed, composeSeed)) //nolint:gosec // the same texts every time
	texts := make([]string, composedTexts)
	for i := range texts {
		var b strings.Builder
		for range 20 + random.IntN(60) {
			b.WriteString(composeWords[random.IntN(len(composeWords))] + " ")
		}
		texts[i] = text.Normalize(strings.TrimSpace(b.String()))
	}
	return texts
}

func sizeOf(texts []string) (n int) {
	for _, s := range texts {
		n += len(s)
	}
	return n
}

// perSecond is how many MB a second fn gets through, of all the texts again and again.
func perSecond(d time.Duration, texts []string, fn func(string)) float64 {
	begin, done := time.Now(), 0
	for time.Since(begin) < d {
		for _, s := range texts {
			fn(s)
		}
		done += sizeOf(texts)
	}
	return float64(done) / 1e6 / time.Since(begin).Seconds()
}

// measureTexts is how fast texts are counted and split.
func measureTexts(_ context.Context, b *bench) ([]row, error) {
	texts := composeTexts()
	d := b.span(composeSpan)
	var rows []row
	for _, r := range []text.Rule{{Unit: text.Graphemes}, {Unit: text.Mastodon, URL: 23}, {Unit: text.Weighted}} {
		rate := perSecond(d, texts, func(s string) { text.Length(r, s) })
		rows = append(rows, b.figure("count-"+string(r.Unit), rate, fmt.Sprintf("%d posts of %d bytes", len(texts), sizeOf(texts)/len(texts))))
	}
	long := strings.Join(texts, "\n\n")
	var parts []string
	var err error
	rate := perSecond(d, []string{long}, func(s string) {
		parts, err = text.Split(s, text.SplitOptions{
			Limits: []text.Max{{Rule: text.Rule{Unit: text.Graphemes}, Max: 300}, {Rule: text.Rule{Unit: text.Bytes}, Max: 3000}},
			Auto:   true, Number: "{i}/{n}", MaxParts: 10 * composedTexts,
		})
	})
	if err != nil {
		return rows, err
	}
	return append(rows, b.figure("split", rate, fmt.Sprintf("%d bytes into %d parts", len(long), len(parts)))), nil
}

// measureFacets is how fast links, mentions and tags are found, beside the official library on the same
// texts.
func measureFacets(ctx context.Context, b *bench) ([]row, error) {
	texts := composeTexts()
	d := b.span(facetSpan)
	found := 0
	for _, s := range texts {
		found += len(text.Facets(s))
	}
	const ours, theirs = "ours", "theirs"
	all := []contestant{{name: ours, run: func(context.Context) (pace, error) {
		return pace{rate: 1e6 * perSecond(d, texts, func(s string) { text.Facets(s) })}, nil
	}}}
	p, total, why := b.facetPeer(ctx, texts)
	if why == nil {
		defer func() { _ = p.stop() }() // it was killed
		all = append(all, contestant{name: theirs, peer: true, run: func(ctx context.Context) (pace, error) {
			return p.does(ctx, order{Do: "find", MS: millis(d)})
		}})
	}
	done, err := b.duel(ctx, facetRounds, all...)
	if err != nil {
		return nil, err
	}
	rows := []row{fact("facets-ours", "facets found", done.rate(ours)/1e6, "MB/s", fmt.Sprintf("%d in %d texts", found, len(texts)))}
	if why == nil {
		why = done.failed[theirs]
	}
	if why != nil {
		return append(rows, b.unknown("facets", why)), nil
	}
	note := fmt.Sprintf("%d in %d texts", total, len(texts))
	return append(
		rows,
		fact("facets-theirs", "  the same, "+p.name, done.rate(theirs)/1e6, "MB/s", note),
		b.figure("facets", done.share(ours, theirs, pace.perSecond), "median of the rounds"),
	), nil
}

// facetPeer is the official library, and how many facets it finds in the texts. The error is for the
// report: without Node nothing can be compared.
func (b *bench) facetPeer(ctx context.Context, texts []string) (p *peer, total int, err error) {
	file := filepath.Join(b.dir, "texts.json")
	content, err := json.Marshal(texts)
	if err == nil {
		err = os.WriteFile(file, content, 0o600)
	}
	if err != nil {
		return nil, 0, err
	}
	dir, err := installPeers(ctx)
	if err != nil {
		return nil, 0, err
	}
	if p, err = startPeer(ctx, dir, "facets.mjs", file); err != nil {
		return nil, 0, err
	}
	got, err := p.does(ctx, order{Do: "total"})
	if err != nil {
		_ = p.stop()
		return nil, 0, err
	}
	return p, int(got.rate), nil
}
