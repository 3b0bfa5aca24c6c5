package text_test

import "github.com/hayon/hayon/text"

// vector is a text with what Bluesky's own library makes of it.
type vector struct {
	name      string
	text      string
	graphemes int
	bytes     int
	facets    []text.Facet
}

// officialVectors were obtained by running RichText.detectFacetsWithoutResolution of
// https://www.npmjs.com/package/@atproto/api 0.21.0, read 2026-11-20. B4, B6, B11, B12
// and B15 look odd and are kept: they are what the official app shows.
var officialVectors = []vector{
	{"B1", "Read https://example.com/a.", 27, 27, []text.Facet{
		{Kind: text.Link, Start: 5, End: 26, Value: "https://example.com/a"},
	}},
	{"B2", "(see https://example.com/a)", 27, 27, []text.Facet{
		{Kind: text.Link, Start: 5, End: 26, Value: "https://example.com/a"},
	}},
	{"B3", "https://en.wikipedia.org/wiki/Foo_(bar)", 39, 39, []text.Facet{
		{Kind: text.Link, Start: 0, End: 39, Value: "https://en.wikipedia.org/wiki/Foo_(bar)"},
	}},
	{"B4", "(https://en.wikipedia.org/wiki/Foo_(bar))", 41, 41, []text.Facet{
		{Kind: text.Link, Start: 1, End: 41, Value: "https://en.wikipedia.org/wiki/Foo_(bar))"},
	}},
	{"B5", "go to example.com, now", 22, 22, []text.Facet{
		{Kind: text.Link, Start: 6, End: 17, Value: "https://example.com"},
	}},
	{"B6", "example.notatld EXAMPLE.COM sub-domain.example.com", 50, 50, nil},
	{"B7", "a.b.co.uk/x!", 12, 12, []text.Facet{
		{Kind: text.Link, Start: 0, End: 11, Value: "https://a.b.co.uk/x"},
	}},
	{"B8", "http://localhost:3000/x", 23, 23, []text.Facet{
		{Kind: text.Link, Start: 0, End: 23, Value: "http://localhost:3000/x"},
	}},
	{"B9", "https://example.com?q=ü&x=日本", 28, 33, []text.Facet{
		{Kind: text.Link, Start: 0, End: 33, Value: "https://example.com?q=ü&x=日本"},
	}},
	{"B10", "👨\u200d👩\u200d👧\u200d👦 https://example.com", 21, 45, []text.Facet{
		{Kind: text.Link, Start: 26, End: 45, Value: "https://example.com"},
	}},
	{"B11", "日本語https://example.com です", 25, 35, nil},
	{"B12", "日本語 https://example.com/日本語。", 28, 42, []text.Facet{
		{Kind: text.Link, Start: 10, End: 42, Value: "https://example.com/日本語。"},
	}},
	{"B13", "שלום https://example.com/א עולם", 31, 40, []text.Facet{
		{Kind: text.Link, Start: 9, End: 31, Value: "https://example.com/א"},
	}},
	{"B14", "e\u0301te\u0301 #cafe\u0301!", 10, 16, []text.Facet{
		{Kind: text.Tag, Start: 8, End: 15, Value: "cafe\u0301"},
	}},
	{"B15", "https://example.com...", 22, 22, []text.Facet{
		{Kind: text.Link, Start: 0, End: 21, Value: "https://example.com.."},
	}},
	{"B16", "\"https://example.com/quoted\"", 28, 28, nil},
	{"B17", "mail me@example.com please", 26, 26, nil},
	{"B18", "hi @alice.bsky.social!", 22, 22, []text.Facet{
		{Kind: text.Mention, Start: 3, End: 21, Value: "alice.bsky.social"},
	}},
	{"B19", "(@alice.bsky.social)", 20, 20, []text.Facet{
		{Kind: text.Mention, Start: 1, End: 19, Value: "alice.bsky.social"},
	}},
	{"B20", "@alice.bsky.social, @bob.test and @carol", 40, 40, []text.Facet{
		{Kind: text.Mention, Start: 0, End: 18, Value: "alice.bsky.social"},
		{Kind: text.Mention, Start: 20, End: 29, Value: "bob.test"},
	}},
	{"B21", "@handle.notatld x@alice.bsky.social @ALICE.BSKY.SOCIAL", 54, 54, nil},
	{"B22", "@alice.bsky.social’s post", 25, 27, []text.Facet{
		{Kind: text.Mention, Start: 0, End: 18, Value: "alice.bsky.social"},
	}},
	{"B23", "👍🏽@alice.bsky.social 👍🏽 @alice.bsky.social", 40, 54, []text.Facet{
		{Kind: text.Mention, Start: 36, End: 54, Value: "alice.bsky.social"},
	}},
	{"B24", "#tag #tag2, #with-dash. #under_score", 36, 36, []text.Facet{
		{Kind: text.Tag, Start: 0, End: 4, Value: "tag"},
		{Kind: text.Tag, Start: 5, End: 10, Value: "tag2"},
		{Kind: text.Tag, Start: 12, End: 22, Value: "with-dash"},
		{Kind: text.Tag, Start: 24, End: 36, Value: "under_score"},
	}},
	{"B25", "#123 #1a #2024年", 15, 17, []text.Facet{
		{Kind: text.Tag, Start: 5, End: 8, Value: "1a"},
		{Kind: text.Tag, Start: 9, End: 17, Value: "2024年"},
	}},
	{"B26", "#日本語、テスト", 8, 22, []text.Facet{
		{Kind: text.Tag, Start: 0, End: 22, Value: "日本語、テスト"},
	}},
	{"B27", "＃全角 タグ", 6, 16, []text.Facet{
		{Kind: text.Tag, Start: 0, End: 9, Value: "全角"},
	}},
	{"B28", "#\ufe0f⃣ keycap", 8, 14, nil},
	{"B29", "#❤\ufe0f #🎉party", 10, 18, []text.Facet{
		{Kind: text.Tag, Start: 0, End: 7, Value: "❤\ufe0f"},
		{Kind: text.Tag, Start: 8, End: 18, Value: "🎉party"},
	}},
	{"B30", "(#tag) a#b", 10, 10, nil},
	{"B31", "#tag\u200bmore", 9, 11, []text.Facet{
		{Kind: text.Tag, Start: 0, End: 4, Value: "tag"},
	}},
	{"B32", "##double #!bang", 15, 15, []text.Facet{
		{Kind: text.Tag, Start: 0, End: 8, Value: "#double"},
		{Kind: text.Tag, Start: 9, End: 15, Value: "!bang"},
	}},
	{"B33", "$GME $tsla, $TOOLONG ($btc)", 27, 27, []text.Facet{
		{Kind: text.Tag, Start: 0, End: 4, Value: "$GME"},
		{Kind: text.Tag, Start: 5, End: 10, Value: "$TSLA"},
		{Kind: text.Tag, Start: 22, End: 26, Value: "$BTC"},
	}},
	{"B34", "line\n#tag\nhttps://a.com\n@alice.bsky.social", 42, 42, []text.Facet{
		{Kind: text.Tag, Start: 5, End: 9, Value: "tag"},
		{Kind: text.Link, Start: 10, End: 23, Value: "https://a.com"},
		{Kind: text.Mention, Start: 24, End: 42, Value: "alice.bsky.social"},
	}},
}
