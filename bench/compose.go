package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// measureCompose is what happens before a post is accepted: its text is counted, split and looked through,
// its media are fitted, and it is shown.
func measureCompose(ctx context.Context, b *bench) ([]row, error) {
	var rows []row
	for _, part := range []func(context.Context, *bench) ([]row, error){measureTexts, measureFacets, measureFitting, measurePreview} {
		more, err := part(ctx, b)
		rows = append(rows, more...)
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// previewed is how many accounts a preview is for.
const previewed = 10

// previewText is long enough to be a thread on all of them, with something of each kind in it.
func previewText() string {
	return strings.Repeat("What we have learnt this week about ships, shoes and sealing wax 👩‍🚀, and where to read on: "+
		"https://example.com/ships?page=2 with @walrus.example.com. ", 10) + "#news #船"
}

// measurePreview times a preview for ten accounts, without media: the command, and the service in it.
func measurePreview(ctx context.Context, b *bench) ([]row, error) {
	h := b.home("preview")
	var to []string
	for i := range previewed {
		to = append(to, hayon.AccountName("demo", demoAlias(i)))
	}
	create := hayon.PostCreate{Text: previewText(), To: to, Thread: hayon.ThreadAuto, Card: hayon.CardNone}
	var took []time.Duration
	err := inStore(ctx, h, func(s hayon.Store) error {
		if _, err := demoAccounts(ctx, s, time.Now().UTC()); err != nil {
			return err
		}
		c, err := newCore(ctx, h, s)
		if err != nil {
			return err
		}
		for i := range lists + 1 {
			begin := time.Now()
			shown, err := c.scheduler.PreviewPost(actor(ctx), create)
			if err != nil {
				return err
			}
			if i > 0 {
				took = append(took, time.Since(begin))
			}
			if n := len(shown.Targets); n != previewed || len(shown.Targets[0].Parts) < 2 {
				return fmt.Errorf("the preview is of %d accounts, want a thread on %d", n, previewed)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	service := fact("preview-service", "  in it, the service, median", millis(median(took)), "ms", "p99 "+number(millis(quantile(took, 0.99)))+" ms")
	took, err = b.timed(ctx, h, "preview", create.Text, "--to", strings.Join(to, ","), "--thread", "auto", "--card", "none")
	if err != nil {
		return nil, err
	}
	note := "p99 " + number(millis(quantile(took, 0.99))) + " ms"
	return []row{b.figure("preview", millis(median(took)), note), service}, nil
}
