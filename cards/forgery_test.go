package cards_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/cards"
)

// TestForgedAddresses: no spelling and no trick leads to an address that is not public. Each case says how the
// read ends and what was connected to; the world answers on every address, so that a way through shows.
func TestForgedAddresses(t *testing.T) {
	t.Parallel()
	const (
		forbidden   = hayon.CodeForbidden
		invalid     = hayon.CodeInvalid
		unavailable = hayon.CodeUnavailable
		ok          = hayon.Code("")
	)
	tests := []struct {
		address string
		code    hayon.Code
		asked   string // what is connected to, "" for nothing
	}{
		// This machine.
		{"http://127.0.0.1/", forbidden, ""},
		{"https://127.0.0.1/", forbidden, ""},
		{"http://127.0.0.1:8080/", forbidden, ""},
		{"http://127.255.255.254/", forbidden, ""},
		{"http://127.0.0.1./", forbidden, ""},
		{"http://127.1/", forbidden, ""},
		{"http://127.0.1/", forbidden, ""},
		{"http://0x7f.1/", forbidden, ""},
		{"http://0X7F.0x0.0.0x01/", forbidden, ""},
		{"http://0x7f000001/", forbidden, ""},
		{"http://0x7f000001./", forbidden, ""},
		{"http://0177.0.0.1/", forbidden, ""},
		{"http://0177.0.0.01/", forbidden, ""},
		{"http://000000177.0.0.1/", forbidden, ""},
		{"http://017700000001/", forbidden, ""},
		{"http://2130706433/", forbidden, ""},
		{"http://127.0x.0.1/", forbidden, ""},
		{"http://[::1]/", forbidden, ""},
		{"http://[0:0:0:0:0:0:0:1]/", forbidden, ""},
		{"http://[0000:0000::0001]/", forbidden, ""},
		{"http://[::ffff:127.0.0.1]/", forbidden, ""},
		{"http://[::FFFF:7F00:1]/", forbidden, ""},
		{"http://[0:0:0:0:0:ffff:7f00:1]/", forbidden, ""},
		{"http://[::127.0.0.1]/", forbidden, ""},
		{"http://[::ffff:0:127.0.0.1]/", forbidden, ""},
		{"http://[::1%25lo]/", forbidden, ""},
		{"http://0.0.0.0/", forbidden, ""},
		{"http://0/", forbidden, ""},
		{"http://0x/", forbidden, ""},
		{"http://[::]/", forbidden, ""},
		{"http://[::ffff:0.0.0.0]/", forbidden, ""},
		{"http://localhost/", forbidden, ""},
		{"http://localhost./", forbidden, ""},
		{"HTTP://LOCALHOST/", forbidden, ""},
		{"http://LocalHost:8443/", forbidden, ""},
		{"http://localhost.localdomain/", forbidden, ""},
		{"http://any.localhost/", forbidden, ""},
		{"http://printer.local/", forbidden, ""},
		{"http://box.home.arpa/", forbidden, ""},

		// Letters and digits that become others.
		{"http://１２７.０.０.１/", forbidden, ""},
		{"http://１２７．０．０．１/", forbidden, ""},
		{"http://127。0。0。1/", forbidden, ""},
		{"http://127｡0｡0｡1/", forbidden, ""},
		{"http://①②⑦.⓪.⓪.①/", forbidden, ""},
		{"http://𝟭𝟮𝟳.𝟬.𝟬.𝟭/", forbidden, ""},
		{"http://ｌｏｃａｌｈｏｓｔ/", forbidden, ""},
		{"http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", forbidden, ""},
		{"http://loc\u00adalhost/", forbidden, ""},
		{"http://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1/", forbidden, ""},
		{"http://bücher.example/", ok, "93.184.216.35:80"},
		{"http://\u0301a.example/", invalid, ""}, // no name in any alphabet
		{"http://xn--bcher-kva.example/", ok, "93.184.216.35:80"},

		// Metadata of clouds.
		{"http://169.254.169.254/", forbidden, ""},
		{"http://169.254.43518/", forbidden, ""},
		{"http://169.16689662/", forbidden, ""},
		{"http://2852039166/", forbidden, ""},
		{"http://0xA9FEA9FE/", forbidden, ""},
		{"http://0xa9.0xfe.0xa9.0xfe/", forbidden, ""},
		{"http://025177524776/", forbidden, ""},
		{"http://0251.0376.0251.0376/", forbidden, ""},
		{"http://[::ffff:169.254.169.254]/", forbidden, ""},
		{"http://[::ffff:a9fe:a9fe]/", forbidden, ""},
		{"http://[64:ff9b::169.254.169.254]/", forbidden, ""},
		{"http://[fd00:ec2::254]/", forbidden, ""},
		{"http://[fd20:ce::254]/", forbidden, ""},
		{"http://100.100.100.200/", forbidden, ""},
		{"http://192.0.0.192/", forbidden, ""},
		{"http://168.63.129.16/", forbidden, ""},
		{"http://metadata.google.internal/", forbidden, ""},
		{"http://METADATA.google.internal./", forbidden, ""},

		// Networks.
		{"http://10.0.0.1/", forbidden, ""},
		{"http://10.1/", forbidden, ""},
		{"http://172.16.0.1/", forbidden, ""},
		{"http://172.31.255.255/", forbidden, ""},
		{"http://192.168.0.1/", forbidden, ""},
		{"http://3232235521/", forbidden, ""},
		{"http://100.64.0.1/", forbidden, ""},
		{"http://192.0.2.1/", forbidden, ""},
		{"http://198.18.0.1/", forbidden, ""},
		{"http://198.51.100.7/", forbidden, ""},
		{"http://203.0.113.7/", forbidden, ""},
		{"http://224.0.0.1/", forbidden, ""},
		{"http://240.0.0.1/", forbidden, ""},
		{"http://255.255.255.255/", forbidden, ""},
		{"http://4294967295/", forbidden, ""},
		{"http://[fe80::1]/", forbidden, ""},
		{"http://[fe80::1%25eth0]/", forbidden, ""},
		{"http://[fec0::1]/", forbidden, ""},
		{"http://[fc00::1]/", forbidden, ""},
		{"http://[ff02::1]/", forbidden, ""},
		{"http://[100::1]/", forbidden, ""},
		{"http://[2001:db8::1]/", forbidden, ""},
		{"http://[64:ff9b::7f00:1]/", forbidden, ""},
		{"http://[64:ff9b::10.0.0.1]/", forbidden, ""},
		{"http://[64:ff9b:1::7f00:1]/", forbidden, ""},
		{"http://[2002:7f00:1::]/", forbidden, ""},
		{"http://[2001:0:7f00:1::]/", forbidden, ""},

		// Names.
		{"http://inside.example/", forbidden, ""},
		{"http://loopback.example/", forbidden, ""},
		{"http://loopback6.example/", forbidden, ""},
		{"http://mapped.example/", forbidden, ""},
		{"http://meta.example/", forbidden, ""},
		{"http://both.example/", forbidden, ""},
		{"http://both6.example/", forbidden, ""},
		{"http://127.0.0.1.nip.example/", forbidden, ""},
		{"http://nobody.example/", unavailable, ""},
		{"http://empty.example/", unavailable, ""},

		// Who is meant.
		{"http://good.example@127.0.0.1/", invalid, ""},
		{"http://good.example:80@127.0.0.1/", invalid, ""},
		{"http://user:hunter2@good.example/", invalid, ""},
		{"http://@good.example/", invalid, ""},
		{`http://good.example\@127.0.0.1/`, invalid, ""},
		{`http://127.0.0.1\@good.example/`, invalid, ""},
		{`http:\\127.0.0.1\`, invalid, ""},
		{`http://good.example\.127.0.0.1/`, invalid, ""},
		{"http://good.example#@127.0.0.1/", ok, good + ":80"},
		{"http://good.example?@127.0.0.1/", ok, good + ":80"},
		{"http://good.example/@127.0.0.1/", ok, good + ":80"},
		{"http://good.example#\\@127.0.0.1/", invalid, ""},
		{"http://127.0.0.1#@good.example/", forbidden, ""},
		{"http://127.0.0.1?good.example", forbidden, ""},
		{"http://good.example/..//127.0.0.1/", ok, good + ":80"},
		{"http://good.example\t@127.0.0.1/", invalid, ""},
		{"http://127.0.0.1\t.good.example/", invalid, ""},
		{"ht\ntp://127.0.0.1/", invalid, ""},
		{"http://127.0.\r\n0.1/", invalid, ""},
		{"http://good.example/\r\nHost: 127.0.0.1", invalid, ""},
		{" http://127.0.0.1/", invalid, ""},
		{"http:// 127.0.0.1/", invalid, ""},
		{"http://127.0.0.1\u202e/", invalid, ""},
		{"http://127\u200b.0.0.1/", invalid, ""},
		{"http://127.0.0.1\x00.good.example/", invalid, ""},
		{"http://127%2e0%2e0%2e1/", invalid, ""},
		{"http://%31%32%37.0.0.1/", invalid, ""},
		{"http://127.0.0.1%00.good.example/", invalid, ""},
		{"http://127.0.0.1%2f@good.example/", invalid, ""},
		{"http://256.256.256.256/", invalid, ""},
		{"http://127.0.0.1.1/", invalid, ""},
		{"http://127.0.0.0x1g/", unavailable, ""}, // a name
		{"http://127.0.0.1.0/", invalid, ""},
		{"http://0.0.127.0.0.1/", invalid, ""},
		{"http://127..1/", invalid, ""},
		{"http://4294967296/", invalid, ""},
		{"http://0x100000000/", invalid, ""},
		{"http://08.0.0.1/", invalid, ""},
		{"http://[::1/", invalid, ""},
		{"http://::1/", invalid, ""},
		{"http://good.example:80:80/", invalid, ""},

		// What is spoken, and where.
		{"file:///etc/passwd", invalid, ""},
		{"gopher://127.0.0.1:25/", invalid, ""},
		{"ftp://127.0.0.1/", invalid, ""},
		{"javascript:alert(1)", invalid, ""},
		{"data:text/html,hello", invalid, ""},
		{"unix:///var/run/docker.sock", invalid, ""},
		{"http+unix://%2Fvar%2Frun%2Fdocker.sock/", invalid, ""},
		{"//127.0.0.1/", invalid, ""},
		{"127.0.0.1", invalid, ""},
		{"http:127.0.0.1/", invalid, ""},
		{"http:/127.0.0.1/", invalid, ""},
		{"http:///127.0.0.1/", invalid, ""},
		{"http://?", invalid, ""},
		{"", invalid, ""},
		{"http://:80/", invalid, ""},
		{"http://good.example:22/", forbidden, ""},
		{"http://good.example:25/", forbidden, ""},
		{"http://good.example:6379/", forbidden, ""},
		{"http://good.example:00022/", forbidden, ""},
		{"http://good.example:0/", invalid, ""},
		{"http://good.example:65616/", invalid, ""}, // 80 in sixteen bits
		{"http://good.example:-80/", invalid, ""},
		{"http://good.example:８０/", invalid, ""},
		{"http://good.example:/", ok, good + ":80"},
		{"http://good.example:080/", ok, good + ":80"},
		{"http://good.example:8080/", ok, good + ":8080"},

		// Public, in spellings that are a little odd.
		{"http://93.184.216.34/", ok, good + ":80"},
		{"http://1572395042/", ok, good + ":80"},
		{"http://GOOD.example./", ok, good + ":80"},
		{"http://[::ffff:93.184.216.34]/", ok, good + ":80"},
		{"http://[64:ff9b::5db8:d822]/", ok, "[64:ff9b::5db8:d822]:80"},
		{"http://[2606:2800:220:1::1]/", ok, "[2606:2800:220:1::1]:80"},
	}
	for i, tt := range tests {
		t.Run(fmt.Sprintf("%d %q", i, tt.address), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			for name, addresses := range map[string][]string{
				"inside.example": {"10.1.2.3"}, "loopback.example": {"127.0.0.1"}, "loopback6.example": {"::1"},
				"mapped.example": {"::ffff:192.168.1.1"}, "meta.example": {"169.254.169.254"},
				"both.example": {good, "10.1.2.3"}, "both6.example": {"2606:2800:220:1::1", "fd00::1"},
				"127.0.0.1.nip.example": {"127.0.0.1"}, "empty.example": nil,
				"xn--bcher-kva.example": {"93.184.216.35"}, "localhost": {"127.0.0.1"}, "printer.local": {good},
			} {
				w.name(name, addresses...)
			}
			r := w.reader(cards.Config{})
			address := tt.address
			if strings.HasSuffix(address, "/") {
				address += "private?token=hunter2"
			}
			_, err := r.ReadPage(t.Context(), address)
			if tt.code == ok {
				wantCode(t, err, invalid) // the world has no such page: 404
			} else {
				e := wantCode(t, err, tt.code)
				if said := e.Message + e.Hint + fmt.Sprint(errors.Unwrap(e)); strings.Contains(said, "hunter2") {
					t.Errorf("the error tells a secret of the address: %s", said)
				}
			}
			if got := strings.Join(w.connected(), " "); got != tt.asked {
				t.Errorf("connected to %q, want %q", got, tt.asked)
			}
		})
	}
	if len(tests) < 45 {
		t.Errorf("%d cases", len(tests))
	}
}

// TestSocketRefuses: whatever comes to the socket, it refuses by itself: a real listener hears nothing.
func TestSocketRefuses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			var listen net.ListenConfig
			l, err := listen.Listen(t.Context(), "tcp", address)
			if err != nil {
				t.Skipf("no such address here: %v", err)
			}
			defer func() { _ = l.Close() }()
			to := netip.MustParseAddrPort(l.Addr().String())

			for _, a := range []netip.Addr{to.Addr(), netip.AddrFrom16(to.Addr().As16())} {
				_, err = cards.Connect(t.Context(), cards.New(cards.Config{}), netip.AddrPortFrom(a, to.Port()))
				wantCode(t, err, hayon.CodeForbidden)
			}
			// The first that the listener hears of is who may.
			conn, err := cards.Connect(t.Context(), cards.New(cards.Config{AllowPrivate: true}), to)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			heard, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = heard.Close() }()
			if heard.RemoteAddr().String() != conn.LocalAddr().String() {
				t.Errorf("heard from %v, want %v alone", heard.RemoteAddr(), conn.LocalAddr())
			}
		})
	}
}

// TestRedirectsAreAddresses: a redirect leads nowhere where the page itself could not be.
func TestRedirectsAreAddresses(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for to, code := range map[string]hayon.Code{
			"http://127.0.0.1/?token=hunter2":      hayon.CodeForbidden,
			"//127.0.0.1/":                         hayon.CodeForbidden,
			"http://169.254.169.254/latest/":       hayon.CodeForbidden,
			"https://[::ffff:7f00:1]/":             hayon.CodeForbidden,
			"http://0x7f.1/":                       hayon.CodeForbidden,
			"http://inside.example/":               hayon.CodeForbidden,
			"http://good.example:22/":              hayon.CodeForbidden,
			"http://user:hunter2@good.example/":    hayon.CodeInvalid,
			"file:///etc/passwd":                   hayon.CodeInvalid,
			"gopher://127.0.0.1:25/_hunter2":       hayon.CodeInvalid,
			"ftp://good.example/":                  hayon.CodeInvalid,
			"javascript:alert('hunter2')":          hayon.CodeInvalid,
			"data:text/html,<title>hunter2":        hayon.CodeInvalid,
			"http:\\\\127.0.0.1\\":                 hayon.CodeInvalid,
			"http://127.0.0.1%2f@good.example/":    hayon.CodeInvalid,
			"http://[::1?hunter2":                  hayon.CodeInvalid,
			"http://good.example/" + blanks(10000): hayon.CodeInvalid,
		} {
			t.Run(fmt.Sprintf("%d %.40s", status, to), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, map[string]http.HandlerFunc{"good.example": redirect(status, to)})
				w.name("inside.example", "10.0.0.8")
				_, err := w.reader(cards.Config{}).ReadPage(t.Context(), "http://good.example/")
				if e := wantCode(t, err, code); strings.Contains(e.Message+fmt.Sprint(errors.Unwrap(e)), "hunter2") {
					t.Errorf("the error tells a secret of the address: %v", e)
				}
				if diff := cmp.Diff([]string{good + ":80"}, w.connected()); diff != "" {
					t.Errorf("connected to (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func blanks(n int) string { return strings.Repeat("%20", n) }

// TestNameThatChanges: a name that is public when the page is read and private at the redirect or at the
// picture is looked at each time, and what was looked at is what is connected to.
func TestNameThatChanges(t *testing.T) {
	t.Parallel()
	t.Run("at the redirect", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[string]http.HandlerFunc{"rebind.example": redirect(302, "/again")})
		w.name("rebind.example", good)
		w.name("rebind.example", "127.0.0.1")
		_, err := w.reader(cards.Config{}).ReadPage(t.Context(), "http://rebind.example/")
		wantCode(t, err, hayon.CodeForbidden)
		wantConnections(t, w, good+":80")
	})
	t.Run("at the picture", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[string]http.HandlerFunc{"rebind.example": page(`<meta property=og:image content=/a.png>`)})
		w.name("rebind.example", good)
		w.name("rebind.example", "127.0.0.1")
		if p := read(t, w.reader(cards.Config{}), "http://rebind.example/"); p.Image != nil {
			t.Errorf("a picture of %d bytes", len(p.Image))
		}
		wantConnections(t, w, good+":80")
	})
	t.Run("between look and connection", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[string]http.HandlerFunc{"rebind.example": page("<title>x</title>")})
		for range 3 {
			w.name("rebind.example", good)
			w.name("rebind.example", "127.0.0.1")
		}
		read(t, w.reader(cards.Config{}), "http://rebind.example/")
		if len(w.looked) != 1 {
			t.Errorf("looked up %v, want once for one connection", w.looked)
		}
		wantConnections(t, w, good+":80")
	})
}

func wantConnections(t *testing.T, w *world, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, w.connected()); diff != "" {
		t.Errorf("connected to (-want +got):\n%s", diff)
	}
}

// TestPicturesAreAddresses: a page cannot have its picture fetched from where it may not be itself. It is a page
// all the same, and the log says why.
func TestPicturesAreAddresses(t *testing.T) {
	t.Parallel()
	for address, why := range map[string]string{
		"http://127.0.0.1/a.png":             "private network",
		"//[::1]/a.png":                      "private network",
		"http://2130706433/a.png":            "private network",
		"http://169.254.169.254/a.png":       "no address of the public web",
		"http://inside.example/a.png":        "private network",
		"http://good.example:22/a.png":       "port 22",
		"http://redirect.example/a.png":      "private network",
		"http://user:pw@good.example/a.gif":  "",
		"file:///etc/passwd":                 "",
		"data:image/png;base64,iVBORw0KGgo=": "",
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]http.HandlerFunc{
				"good.example":     page(`<title>T</title><meta property="og:image" content="` + address + `?token=hunter2"><meta property="og:image:alt" content="words">`),
				"redirect.example": redirect(307, "http://10.0.0.1/?token=hunter2"),
			})
			w.name("inside.example", "192.168.7.7")
			w.name("redirect.example", "93.184.216.35")
			p := read(t, w.reader(cards.Config{}), "http://good.example/")
			if p.Title != "T" || p.Image != nil || p.ImageAlt != "" {
				t.Errorf("got %+v, want a page without a picture", p)
			}
			for _, a := range w.connected() {
				if a != good+":80" && a != "93.184.216.35:80" {
					t.Errorf("connected to %s", a)
				}
			}
			if got := w.log.String(); !strings.Contains(got, why) || strings.Contains(got, "hunter2") {
				t.Errorf("the log says %q, want why (%s) and no secret", got, why)
			}
		})
	}
}

// TestReach: the borders of the ranges, as networks are cut.
func TestReach(t *testing.T) {
	t.Parallel()
	tests := []struct{ addresses, reach string }{
		{"1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0", "public"},
		{"172.15.255.255 172.32.0.0 192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255", "public"},
		{"2000:: 2001:200::1 2001:db7:ffff::1 2001:db9:: 2003:: 2606:4700::1111 3ffe:ffff::1 3fff:1000:: 64:ff9b::808:808 ::ffff:8.8.8.8", "public"},
		{"10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.0 127.255.255.255 172.16.0.0 172.31.255.255", "private"},
		{"192.168.0.0 192.168.255.255 198.18.0.0 198.19.255.255 ::1 fc00:: fdff:ffff::1 ::ffff:10.0.0.1 64:ff9b::a00:1", "private"},
		{"0.0.0.0 0.255.255.255 169.254.0.0 169.254.255.255 192.0.0.0 192.0.0.255 192.0.2.255 192.88.99.1 198.51.100.0 203.0.113.255", "never"},
		{"224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.255 100.100.100.200 168.63.129.16", "never"},
		{":: ::2 ::7f00:1 100::1 1fff:ffff::1 2001::1 2001:1ff:ffff::1 2001:db8::1 2002::1 3fff:: 3fff:fff::1 4000:: 5f00::1", "never"},
		{"64:ff9b::a9fe:a9fe 64:ff9b:1::1 fe80::1 fe80::1%eth0 2606:4700::1111%eth0 fec0::1 ff02::1 fd00:ec2::254 fd20:ce::254 ::ffff:0.0.0.0 ::ffff:8.8.8.8%eth0", "never"},
	}
	for _, tt := range tests {
		for s := range strings.FieldsSeq(tt.addresses) {
			a, got := netip.MustParseAddr(s), "never"
			switch {
			case cards.Public(a):
				got = "public"
			case cards.Private(a):
				got = "private"
			}
			if got != tt.reach {
				t.Errorf("%s is %s, want %s", s, got, tt.reach)
			}
		}
	}
	if cards.Public(netip.Addr{}) || cards.Private(netip.Addr{}) {
		t.Error("no address is one that may be asked")
	}
}

// TestAllowPrivate: for development, this machine and private networks may be asked on any port, and
// nothing else.
func TestAllowPrivate(t *testing.T) {
	t.Parallel()
	for address, code := range map[string]hayon.Code{
		"http://127.0.0.1:3000/": "", "http://localhost:3000/": "", "http://10.0.0.1/": "", "http://[::1]:3000/": "",
		"http://[fd00::1]/": "", "http://100.64.0.1/": "", "http://198.18.0.1/": "", "http://good.example:22/": "",
		"http://169.254.169.254/": hayon.CodeForbidden, "http://metadata.google.internal/": hayon.CodeForbidden,
		"http://[fd00:ec2::254]/": hayon.CodeForbidden, "http://100.100.100.200/": hayon.CodeForbidden,
		"http://0.0.0.0/": hayon.CodeForbidden, "http://224.0.0.1/": hayon.CodeForbidden, "http://[fe80::1]/": hayon.CodeForbidden,
		"http://meta.example/": hayon.CodeForbidden, "http://user@127.0.0.1/": hayon.CodeInvalid, "file:///etc/passwd": hayon.CodeInvalid,
	} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.name("localhost", "127.0.0.1")
			w.name("meta.example", "169.254.169.254")
			_, err := w.reader(cards.Config{AllowPrivate: true}).ReadPage(t.Context(), address)
			if code == "" {
				wantCode(t, err, hayon.CodeInvalid) // no such page
				if len(w.connected()) != 1 {
					t.Errorf("connected to %v, want one", w.connected())
				}
				return
			}
			if e := wantCode(t, err, code); len(w.connected()) > 0 || strings.Contains(e.Hint, "allow_private") {
				t.Errorf("%v (%s), connected to %v, want nothing and no hint at what is allowed", e, e.Hint, w.connected())
			}
		})
	}
}

// TestForbiddenSays: the error names the host, the address and how to allow it.
func TestForbiddenSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.name("inside.example", "10.1.2.3")
	_, err := w.reader(cards.Config{}).ReadPage(t.Context(), "http://inside.example/?q=1")
	e := wantCode(t, err, hayon.CodeForbidden)
	if want := "inside.example (10.1.2.3) lies in a private network: no page is read there"; e.Message != want {
		t.Errorf("got %q, want %q", e.Message, want)
	}
	if want := "allowed for development by cards.allow_private in the configuration"; e.Hint != want {
		t.Errorf("got %q, want %q", e.Hint, want)
	}
}
