package main

import (
	"context"
	"net/url"
	"strings"

	"github.com/hayon/hayon"
)

// templateText is the text that --from-template makes with the variables of --var.
func (o *postOptions) templateText(ctx context.Context) (body string, err error) {
	err = o.app.service(ctx, func(ctx context.Context, b *backend) error {
		body, err = o.app.renderTemplate(ctx, b, o.template, o.vars)
		return err
	})
	return body, err
}

// pageText is the title of a page, a blank line and the address as it was given.
func (o *postOptions) pageText(ctx context.Context) (string, error) {
	address := strings.TrimSpace(o.fromURL)
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", hayon.Errorf(hayon.CodeUsage, "--from-url %q is no address of a page", o.fromURL).
			WithHint("give one as https://example.com/news")
	}
	page, err := o.app.pageReader().ReadPage(ctx, address)
	if err != nil {
		return "", err
	}
	title := firstLine(inert(page.Title))
	if title == "" || strings.EqualFold(title, u.Hostname()) { // which stands for the title of a page without one
		return address, nil
	}
	return title + "\n\n" + address, nil
}
