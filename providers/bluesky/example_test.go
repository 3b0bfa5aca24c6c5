package bluesky_test

import (
	"fmt"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/bluesky"
)

func ExampleNew() {
	p := bluesky.New(bluesky.Config{})
	limit, _ := p.Info().Limit(hayon.LimitText, hayon.UnitGraphemes)
	key := p.NewIdem(nil, 0, time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC))
	fmt.Println(limit, len(key), key[:9])
	// Output: 300 13 3n2qdbe7m
}
