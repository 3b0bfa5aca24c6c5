// Package cards reads web pages for link cards: what a page says of itself, and its picture.
//
//	reader := cards.New(cards.Config{Logger: log})
//	page, err := reader.ReadPage(ctx, "https://example.org/article")
//	// page.Title, page.Description, page.Image (the bytes as they were sent, or nil) …
//
// A [Reader] is a [hayon.PageReader]. The addresses come from the texts of posts, so anybody who can make
// somebody post a link chooses what this machine asks for. The package guarantees:
//
//   - No connection leaves for an address of a private network, of this machine, of a link or of a cloud's
//     metadata service. The address is looked at when the connection is made, after the name was looked up,
//     for the page, for each redirect and for the picture. No proxy is used, since it would look names up
//     by itself.
//   - Only http and https on their usual ports, no user names, no cookies, no referrer. TLS is verified.
//   - Bounds on the time of the whole read, on the bytes of a page and of a picture (after decompression),
//     on redirects and on the length of each text.
//   - Texts are plain: on one line, without control characters and without marks that change the direction
//     of the rest.
//
// Errors name the host and never the path or the query of an address, which may hold a token.
//
// It keeps nothing between two reads, does not run scripts, follows no refresh inside a page, reads no
// JSON-LD and does not decode pictures: package media tells what a picture is. What the page says is its own
// claim, its canonical address included.
package cards
