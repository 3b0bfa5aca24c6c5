package cards_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/hayon/hayon/cards"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `<!doctype html><title>Plain</title><meta property="og:title" content="Fish &amp; Chips">`)
	}))
	defer server.Close()

	// A server of one's own lies in a private network: allowed here, and refused by default.
	reader := cards.New(cards.Config{AllowPrivate: true})
	page, err := reader.ReadPage(context.Background(), server.URL)
	if err != nil {
		return
	}
	_, _ = fmt.Fprintln(os.Stdout, page.Title)

	_, err = cards.New(cards.Config{}).ReadPage(context.Background(), "http://2130706433/admin?token=secret")
	_, _ = fmt.Fprintln(os.Stdout, err)
	// Output:
	// Fish & Chips
	// 2130706433 (127.0.0.1) lies in a private network: no page is read there
}
