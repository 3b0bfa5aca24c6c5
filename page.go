package hayon

import "context"

// Page is what a web page says of itself, by Open Graph or plain HTML.
type Page struct {
	// URL is the address that was asked for, and Canonical the one that the page gives as its own, or that
	// it was found at after redirects.
	URL         string
	Canonical   string
	Title       string
	Description string
	Site        string
	// Image is the page's picture as it was sent, nil where there is none or it could not be had, and
	// ImageAlt how the page describes it.
	Image    []byte
	ImageAlt string
}

// PageReader reads pages for link cards. It is safe for concurrent use.
type PageReader interface {
	// ReadPage reads the page at an http or https address. An address that leads into a private network is
	// forbidden; what is no page, is too large, too slow or not there is invalid or unavailable. A picture
	// that cannot be had is no error.
	ReadPage(ctx context.Context, url string) (*Page, error)
}
