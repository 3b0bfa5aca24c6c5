package mastodontest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/hayon/hayon/providers/mastodon/mastodontest"
)

type obj = map[string]any

// client speaks to an instance with one token.
type client struct {
	t     *testing.T
	srv   *mastodontest.Server
	base  string // of the addresses; the instance's
	http  *http.Client
	token string
	key   string // Idempotency-Key of the next request
}

func newClient(t *testing.T, srv *mastodontest.Server, token string) *client {
	t.Helper()
	return &client{t: t, srv: srv, base: srv.URL, http: &http.Client{
		Transport:     srv.Transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, token: token}
}

// signedIn is a client of a new user.
func signedIn(t *testing.T, cfg mastodontest.Config, scopes ...string) (*client, *mastodontest.User) {
	t.Helper()
	srv := mastodontest.New(t, cfg)
	u := srv.AddUser("ana")
	return newClient(t, srv, srv.Token(u, scopes...)), u
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    string
	obj    obj   // of an object
	list   []any // of an array
}

func (a answer) text(name string) string { s, _ := a.obj[name].(string); return s }

// do sends a body: url.Values as a form, anything else as JSON, nil as none.
func (c *client) do(method, path string, body any) (answer, error) {
	c.t.Helper()
	var (
		r     io.Reader = http.NoBody
		ctype string
	)
	switch b := body.(type) {
	case nil:
	case url.Values:
		r, ctype = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	case form:
		r, ctype = bytes.NewReader(b.body), b.ctype
	default:
		j, err := json.Marshal(b)
		if err != nil {
			c.t.Fatal(err)
		}
		r, ctype = bytes.NewReader(j), "application/json"
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, r)
	if err != nil {
		c.t.Fatal(err)
	}
	if ctype != "" {
		req.Header.Set("Content-Type", ctype)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.key != "" {
		req.Header.Set("Idempotency-Key", c.key)
		c.key = ""
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, header: resp.Header, raw: string(b)}
	_ = json.Unmarshal(b, &a.obj)
	_ = json.Unmarshal(b, &a.list)
	return a, err
}

// want is do for requests whose status is known.
func (c *client) want(status int, method, path string, body any) answer {
	c.t.Helper()
	a, err := c.do(method, path, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	if a.status != status {
		c.t.Fatalf("%s %s: got %d %s, want %d", method, path, a.status, a.raw, status)
	}
	return a
}

// post publishes and answers the id.
func (c *client) post(body any) string {
	c.t.Helper()
	return c.want(200, "POST", "/api/v1/statuses", body).text("id")
}

// form is a multipart body.
type form struct {
	body  []byte
	ctype string
}

func file(t *testing.T, mime string, data []byte, fields ...string) form {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if mime != "" {
		h := textproto.MIMEHeader{}
		h.Set("Content-Disposition", `form-data; name="file"; filename="a.bin"`)
		h.Set("Content-Type", mime)
		p, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = p.Write(data)
	}
	for i := 0; i+1 < len(fields); i += 2 {
		_ = w.WriteField(fields[i], fields[i+1])
	}
	_ = w.Close()
	return form{b.Bytes(), w.FormDataContentType()}
}

func square(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 3))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// upload uploads a picture and answers its id.
func (c *client) upload(fields ...string) string {
	c.t.Helper()
	return c.want(200, "POST", "/api/v2/media", file(c.t, "image/png", square(c.t), fields...)).text("id")
}

// needSpec skips without the description.
func needSpec(t *testing.T) {
	t.Helper()
	if os.Getenv("HAYON_SPECS") == "" {
		t.Skip("HAYON_SPECS does not name the folder of the platforms' descriptions")
	}
}

// witness is a test that a complaint does not fail.
type witness struct {
	testing.TB
	mu   sync.Mutex
	said []string // guarded by mu
}

func (w *witness) Errorf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, fmt.Sprintf(format, args...))
}

func (w *witness) all() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.said, "\n")
}
