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

// pageText is the title of a page, a blank line and its address.
func (o *postOptions) pageText(ctx context.Context) (string, error) {
	address := strings.TrimSpace(o.fromURL)
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", hayon.Errorf(hayon.CodeUsage, "--from-url %q is no address of a page", o.fromURL).
			WithHint("give one as https://example.com/news")
	}
	page, err := o.app.pageReader().ReadPage(ctx, address)
	if err != nil {
		return "", err
	}
	return textOfPage(page, address), nil
}

// textOfPage is what is posted of a page where nobody changes it. The address is the one that was given.
func textOfPage(p *hayon.Page, address string) string {
	title := firstLine(inert(p.Title))
	if title == "" {
		return address
	}
	return title + "\n\n" + address
}
