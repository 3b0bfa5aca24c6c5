package cards_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/cards"
	"github.com/hayon/hayon/text"
)

const at = "https://example.org/dir/page?q=1"

// TestParse: what a page says of itself, in all the ways in which pages do.
func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, html string
		want       hayon.Page
		picture    string
	}{
		{
			"open graph",
			`<!doctype html><html prefix="og: https://ogp.me/ns#"><head><title>Plain</title>
			<meta property="og:title" content="Title"><meta property="og:description" content="Words">
			<meta property="og:site_name" content="Site"><meta property="og:url" content="https://example.org/canon">
			<meta property="og:image" content="https://cdn.example/a.jpg"><meta property="og:image:alt" content="A cat">
			<meta name="description" content="Other words"></head><body>`,
			hayon.Page{Title: "Title", Description: "Words", Site: "Site", Canonical: "https://example.org/canon", ImageAlt: "A cat"},
			"https://cdn.example/a.jpg",
		},
		{
			"cards of twitter",
			`<meta name="twitter:title" content="T"><meta name="twitter:description" content="D">
			<meta name="twitter:image:src" content="/t.png"><meta name="twitter:image:alt" content="alt"><title>Plain</title>`,
			hayon.Page{Title: "T", Description: "D", ImageAlt: "alt"},
			"https://example.org/t.png",
		},
		{
			"plain html",
			`<title>
				Several
				lines
			</title><meta name=description content='Words'><link rel="shortlink canonical" href="../canon"><link rel=image_src href=i.png>`,
			hayon.Page{Title: "Several lines", Description: "Words", Canonical: "https://example.org/canon"},
			"https://example.org/dir/i.png",
		},
		{
			"open graph before twitter, whatever the order",
			`<meta name="twitter:title" content="T"><meta name="twitter:image" content="/t.png"><meta property="og:image" content="/o.png"><meta property="og:title" content="O">`,
			hayon.Page{Title: "O"},
			"https://example.org/o.png",
		},
		{
			"the first of several",
			`<meta property="og:title" content="1"><meta property="og:title" content="2">
			<meta property="og:image" content="/1.png"><meta property="og:image" content="/2.png"><meta property="og:image:alt" content="of the second">`,
			hayon.Page{Title: "1"},
			"https://example.org/1.png",
		},
		{
			"a secure picture",
			`<meta property="og:image" content="http://x.example/1.png"><meta property="og:image:secure_url" content="https://x.example/1.png"><meta property="og:image:alt" content="one">`,
			hayon.Page{Title: "example.org", ImageAlt: "one"},
			"https://x.example/1.png",
		},
		{
			"the secure one of the second picture",
			`<meta property="og:image" content="http://x.example/1.png"><meta property="og:image" content="http://x.example/2.png"><meta property="og:image:secure_url" content="https://x.example/2.png">`,
			hayon.Page{Title: "example.org"},
			"http://x.example/1.png",
		},
		{
			"the picture by its other name",
			`<meta property="og:image:url" content="/1.png"><meta property="og:image" content="/1.png"><meta property="og:image:alt" content="one">`,
			hayon.Page{Title: "example.org", ImageAlt: "one"},
			"https://example.org/1.png",
		},
		{
			"properties by name, in any case, two in one",
			`<META NAME="OG:Title twitter:title" CONTENT="T"><meta name="og:image" content="//cdn.example/a.png">`,
			hayon.Page{Title: "T"},
			"https://cdn.example/a.png",
		},
		{
			"a base",
			`<base target=_blank><base href="https://cdn.example/x/"><base href="https://other.example/"><meta property=og:image content=a.png><link rel=canonical href="/c">`,
			hayon.Page{Title: "example.org", Canonical: "https://cdn.example/c"},
			"https://cdn.example/x/a.png",
		},
		{
			"a relative base", `<base href="/x/"><meta property=og:image content=a.png>`,
			hayon.Page{Title: "example.org"},
			"https://example.org/x/a.png",
		},
		{
			"a base that is none", `<base href="javascript:x"><meta property=og:image content=a.png>`,
			hayon.Page{Title: "example.org"},
			"https://example.org/dir/a.png",
		},
		{
			"a picture with blanks", `<meta property=og:image content=" /my picture.png ">`,
			hayon.Page{Title: "example.org"},
			"https://example.org/my%20picture.png",
		},
		{
			"a picture that is no address, and the next that is one",
			`<meta property=og:image content="data:image/png;base64,AA"><meta name=twitter:image content=/t.png>`,
			hayon.Page{Title: "example.org"},
			"https://example.org/t.png",
		},
		{"a canonical address that is none", `<link rel=canonical href="javascript:alert(1)"><title>x</title>`, hayon.Page{Title: "x"}, ""},
		{"a canonical address with a user", `<link rel=canonical href="https://a@b.example/"><title>x</title>`, hayon.Page{Title: "x"}, ""},
		{
			"entities",
			`<title>Fish &amp; Chips &#8212; &#x1F41F; &eacute;&nbsp;&lt;b&gt; &unknown; &amp;amp;</title>
			<meta property=og:description content="&quot;Q&quot; &copy 2026, AT&T &#39s"><meta property=og:image content="/a?b=1&amp;c=2&copy=3&lt=4&amp">`,
			hayon.Page{Title: "Fish & Chips — 🐟 é <b> &unknown; &amp;", Description: `"Q" © 2026, AT&T 's`},
			"https://example.org/a?b=1&c=2&copy=3&lt=4&",
		},
		{
			"empty and blank values", `<meta property=og:title content="  "><meta property=og:description><meta name=description content="D"><title>T</title>`,
			hayon.Page{Title: "T", Description: "D"},
			"",
		},
		{"nothing at all", ``, hayon.Page{Title: "example.org"}, ""},
		{"text alone", `hello < world & <3`, hayon.Page{Title: "example.org"}, ""},
		{"a title that does not end", `<title>T <b>x</b>`, hayon.Page{Title: "T <b>x</b>"}, ""},
		{"an empty title and another", `<title></title><title>T</title>`, hayon.Page{Title: "T"}, ""},
		{"tags in a title", `<title>a <meta property=og:title content=no> </titles> b</TITLE >`, hayon.Page{Title: "a <meta property=og:title content=no> </titles> b"}, ""},
		{
			"what only looks like a property",
			`<!-- <meta property=og:title content=1> --><script>"<meta property=og:title content=2>"</script><style><title>3</title></style>
			<textarea><title>4</title></textarea><noscript><title>5</title></noscript><!--><title>T</title><!-- > <title>6</title>`,
			hayon.Page{Title: "T"},
			"",
		},
		{"comments of all kinds", `<!---><!----><!-- a -- b --!><!-- ---><!x <title>no?><title>T</title><? php ?></ ><![CDATA[x]]>`, hayon.Page{Title: "T"}, ""},
		{"a drawing", `<svg><title>Icon</title><svg/><g><svg><title>Inner</title></svg></svg><svg/><title>T</title>`, hayon.Page{Title: "T"}, ""},
		{"attributes as they come", `<meta content = 'it"s' property = og:title /><meta/property="og:description"content=D><meta =x "y" name="twitter:title" name="og:url" content=no>`, hayon.Page{Title: `it"s`, Description: "D"}, ""},
		{"a quote that does not end", `<title>T</title><meta property="og:title content="x><meta property="og:description" content="D`, hayon.Page{Title: "T"}, ""},
		{"the body too", `<head></head><body><div><meta property=og:title content=T></div>`, hayon.Page{Title: "T"}, ""},
		{
			"not behind the head when all is there",
			`<meta property=og:title content=T><meta property=og:description content=D><meta property=og:image content=/a></head><body><meta property=og:site_name content=no>`,
			hayon.Page{Title: "T", Description: "D"},
			"https://example.org/a",
		},
		{"no head", `<p><title>T</title>`, hayon.Page{Title: "T"}, ""},
		{
			"marks that turn text around", "<title>\u202Eevil\u202C \u2066iso\u2069 \u200Fok\u061C\x00\x07\x1b[31m\u0085\u200B\uFEFF x</title>",
			hayon.Page{Title: "evil iso \u200Fok\u061C[31m x"},
			"",
		},
		{"as entities too", "<title>a&#x202E;b&#0;c&#27;d&#x2028;e</title>", hayon.Page{Title: "ab\uFFFDcd e"}, ""},
		{"emoji that hold together", "<title>👨‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 می\u200Cخواهم</title>", hayon.Page{Title: "👨‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 می\u200Cخواهم"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.want.Canonical == "" {
				tt.want.Canonical = at
			}
			got, picture := cards.Parse(t, []byte(tt.html), "utf-8", at)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if picture != tt.picture {
				t.Errorf("picture %q, want %q", picture, tt.picture)
			}
		})
	}
}

// TestParseBounds: texts are cut at a grapheme cluster, and neither many properties nor a long one costs more.
func TestParseBounds(t *testing.T) {
	t.Parallel()
	family := "👨‍👩‍👧‍👦"
	p, _ := cards.Parse(t, []byte("<title>"+strings.Repeat(family, 400)+"</title><meta name=description content='"+strings.Repeat("word ", 500)+"'>"), "", at)
	if n := text.Count(text.Graphemes, p.Title); n != 300 || !strings.HasSuffix(p.Title, family+"…") {
		t.Errorf("a title of %d grapheme clusters, ending in %q", n, p.Title[len(p.Title)-10:])
	}
	if n := text.Count(text.Graphemes, p.Description); n > 1000 || n < 990 || !strings.HasSuffix(p.Description, "…") {
		t.Errorf("a description of %d grapheme clusters", n)
	}
	p, _ = cards.Parse(t, []byte("<title>"+strings.Repeat("x", 300)+"</title>"), "", at)
	if len(p.Title) != 300 {
		t.Errorf("300 letters became %q", p.Title)
	}
	p, _ = cards.Parse(t, []byte("<title>e"+strings.Repeat("\u0301", 100000)+"</title>"), "", at)
	if len(p.Title) > 40*300+len("…") || !strings.HasSuffix(p.Title, "…") {
		t.Errorf("a pile of marks has %d bytes", len(p.Title))
	}
	p, _ = cards.Parse(t, []byte(strings.Repeat("<meta property=og:title content=x>", 200)+"<meta property=og:site_name content=S>"), "", at)
	if p.Title != "x" || p.Site != "S" {
		t.Errorf("200 properties: %+v", p)
	}
}

// TestParseCharsets: pages say in several places in what they are written, and some say it wrong.
func TestParseCharsets(t *testing.T) {
	t.Parallel()
	const sjis = "\x93\xfa\x96\x7b" // two characters of Shift_JIS
	tests := []struct{ name, declared, body, want string }{
		{"utf-8 by nobody", "", "<title>Zoë</title>", "Zoë"},
		{"utf-8 by header", "UTF-8", "<meta charset=latin1><title>Zoë</title>", "Zoë"},
		{"utf-8 by mark", "iso-8859-1", "\xEF\xBB\xBF<title>Zoë</title>", "Zoë"},
		{"broken utf-8", "utf8", "<title>Zo\xeb!</title>", "Zo\uFFFD!"},
		{"latin-1 by header", "ISO-8859-1", "<title>Zo\xeb \x80 \x93x\x94</title>", "Zoë € “x”"},
		{"latin-1 by nobody", "", "<title>Zo\xeb</title>", "Zoë"},
		{"by the page", "", "<meta charset='windows-1251'><title>\xcf\xf0\xe8\xe2\xe5\xf2</title>", "Привет"},
		{"by the page, the old way", "", `<META HTTP-EQUIV=Content-Type CONTENT="text/html; Charset=koi8-r; x"><title>` + "\xf0\xd2\xc9\xd7\xc5\xd4</title>", "Привет"},
		{"cp1251", "CP1251", "<title>\xcf</title>", "П"},
		{"ibm866", "cp866", "<title>\x8f</title>", "П"},
		{"iso-8859-2", "iso-8859-2", "<title>\xb3\xf3d\xbc</title>", "łódź"},
		{"iso-8859-15", "latin9", "<title>\xa4</title>", "€"},
		{"windows-1250", "windows-1250", "<title>\x9a\xe8</title>", "šč"},
		{"windows-1253", "windows-1253", "<title>\xe1\xdc</title>", "αά"},
		{"windows-1254", "iso-8859-9", "<title>\xfd\xfe</title>", "ış"},
		{"windows-1255", "windows-1255", "<title>\xf9\xec</title>", "של"},
		{"windows-1256", "windows-1256", "<title>\xd3\xe1</title>", "سل"},
		{"windows-1257", "windows-1257", "<title>\xf0</title>", "š"},
		{"windows-1258", "windows-1258", "<title>\xf0</title>", "đ"},
		{"windows-874", "tis-620", "<title>\xa1</title>", "ก"},
		{"greek", "iso-8859-7", "<title>\xe1</title>", "α"},
		{"cyrillic", "iso-8859-5", "<title>\xbf</title>", "П"},
		{"ukrainian", "koi8-u", "<title>\xa4</title>", "є"},
		{"utf-16 by mark", "", wide("<title>Zoë 🐟</title>", binary.LittleEndian, "\xff\xfe"), "Zoë 🐟"},
		{"big-endian by mark", "", wide("<title>Zoë 🐟</title>", binary.BigEndian, "\xfe\xff"), "Zoë 🐟"},
		{"utf-16 by header", "utf-16le", wide("<title>Zoë</title>", binary.LittleEndian, ""), "Zoë"},
		{"big-endian by header", "utf-16be", wide("<title>Zoë</title>", binary.BigEndian, ""), "Zoë"},
		{"utf-16 by the page cannot be", "", "<meta charset=utf-16><title>Zoë</title>", "Zoë"},
		{"one that is not read", "Shift_JIS", "<title>" + sjis + "</title>", "example.org"},
		{"one that is not read, in ASCII", "Shift_JIS", "<title>ASCII</title><meta name=description content='" + sjis + "'>", "ASCII"},
		{"one that is not read, by the page", "", "<meta charset=gb2312><title>\xc4\xe3\xba\xc3</title>", "example.org"},
		{"one by escapes", "iso-2022-jp", "<title>\x1b$B4A;z\x1b(B</title>", "example.org"},
		{"one that nobody knows, and UTF-8", "utf8mb4", "<title>Zoë</title>", "Zoë"},
		{"UTF-8 that calls itself GBK", "gbk", "<title>你好</title>", "你好"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, _ := cards.Parse(t, []byte(tt.body), tt.declared, at)
			if got.Title != tt.want || got.Description != "" {
				t.Errorf("got %q (%q), want %q", got.Title, got.Description, tt.want)
			}
		})
	}
}

func wide(s string, order binary.ByteOrder, mark string) string {
	b := []byte(mark)
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, order.String()[0], 0)
		order.PutUint16(b[len(b)-2:], u)
	}
	return string(b)
}

// TestParseCutRune: a page that was cut inside a character is still UTF-8.
func TestParseCutRune(t *testing.T) {
	t.Parallel()
	whole := "<title>Zoë</title><p>🐟"
	for cut := 1; cut < len("🐟"); cut++ {
		if p, _ := cards.Parse(t, []byte(whole[:len(whole)-cut]), "", at); p.Title != "Zoë" {
			t.Errorf("cut by %d: %q", cut, p.Title)
		}
	}
}

// FuzzParse: whatever a page is, what is taken from it is plain text within its bounds and addresses that
// may be asked for.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`<title>T</title><meta property="og:image" content="a.png">`), "utf-8")
	f.Add([]byte("\xff\xfe<\x00t\x00"), "")
	f.Add([]byte("<meta charset=koi8-r><title>\xf0</title>"), "")
	f.Fuzz(func(t *testing.T, body []byte, charset string) {
		p, picture := cards.Parse(t, body, charset, at)
		if p.Title == "" {
			t.Error("no title")
		}
		for s, most := range map[string]int{p.Title: 300, p.Description: 1000, p.Site: 300, p.ImageAlt: 1000} {
			if text.Count(text.Graphemes, s) > most || len(s) > 40*most+len("…") || !utf8.ValidString(s) {
				t.Errorf("%d grapheme clusters, %d bytes: %q", text.Count(text.Graphemes, s), len(s), s)
			}
			if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r >= '\u202A' && r <= '\u202E' || r == '\uFFFF' }) {
				t.Errorf("control characters: %q", s)
			}
		}
		for _, address := range []string{p.Canonical, picture} {
			u, err := url.Parse(address)
			if address != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil) {
				t.Errorf("address %q: %v", address, err)
			}
		}
	})
}

// BenchmarkParse reads a page of 200 KB whose properties stand at its end, which is the worst that an honest
// page does, and one whose head has them.
func BenchmarkParse(b *testing.B) {
	var body bytes.Buffer
	for i := 0; body.Len() < 200_000; i++ {
		fmt.Fprintf(&body, "<div class=\"c%d\" data-x='%d'><a href=\"/some/path/%d?x=1&amp;y=2\">Some words of text &amp; more</a><!-- note --></div>\n<script>var x = \"</div>\" < 1;</script>", i, i, i)
	}
	head := `<head><title>T</title><meta property="og:title" content="T"><meta property="og:description" content="D"><meta property="og:image" content="/a.png"></head><body>`
	for name, page := range map[string]string{"all": body.String() + head, "head": head + body.String()} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			b.ReportAllocs()
			for b.Loop() {
				if p, _ := cards.Parse(b, []byte(page), "utf-8", at); p.Title != "T" {
					b.Fatal(p.Title)
				}
			}
		})
	}
}
