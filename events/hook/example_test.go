package hook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
	"github.com/hayon/hayon/events/hook"
)

// verify reports whether a request with this body comes from who knows the secret. A request is to be
// refused too when its timestamp is more than five minutes away, and ignored when its id is known.
func verify(secret string, h http.Header, body []byte) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", h.Get("webhook-id"), h.Get("webhook-timestamp"), body)
	expected := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for signature := range strings.FieldsSeq(h.Get("webhook-signature")) {
		if hmac.Equal([]byte(signature), []byte(expected)) {
			return true
		}
	}
	return false
}

// A receiver verifies what a webhook sends.
func ExampleClient_Sink() {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println(r.Header.Get("webhook-id"), "genuine:", verify(secret, r.Header, body))
	}))
	defer receiver.Close()

	webhook := &hayon.Webhook{ID: hayon.WebhookID{11: 5}, URL: receiver.URL}
	sink := hook.NewClient("1.2.3", nil).Sink(webhook, func(context.Context) (hayon.Secret, error) {
		return hayon.NewSecret([]byte(secret)), nil
	})
	notice := events.Example(hayon.EventPublished, time.Now())
	notice.Event.Seq = 4711
	if err := sink.Deliver(context.Background(), notice); err != nil {
		fmt.Println(err)
	}
	// Output: w_00000000000000000005_4711 genuine: true
}

func ExampleNewCommand() {
	command, err := hook.NewCommand(hook.Config{Name: "chat", Args: []string{"notify.sh"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(command.Name(), command.Policy().Tries)
	// Output: hook/chat 3
}

// block is a block of code of docs/events.md.
func block(t *testing.T, language string) string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindStringSubmatch(strings.ReplaceAll(string(page), "\r\n", "\n"))
	if m == nil {
		t.Fatalf("docs/events.md has no block of %s", language)
	}
	return m[1]
}

// The Go of the page is the one that is tested here.
func TestPageGo(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.ReplaceAll(string(source), "\r\n", "\n"), "\n"+block(t, "go")) {
		t.Error("verify of docs/events.md is another one than here")
	}
}

// The shell of the page tells a genuine signature from others.
func TestPageShell(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sh", "openssl", "od"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("there is no %s here", name)
		}
	}
	const id, body = "w_1_1", "{\"text\": \"ö\\n\"}\n"
	at := time.Unix(1795168803, 0)
	signature, err := hook.Sign(hayon.NewSecret([]byte(secret)), id, at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "body.json"), []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{signature: "genuine\n", "v1,AAAA": ""} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", block(t, "sh"))
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "secret="+secret, "id="+id, "timestamp="+strconv.FormatInt(at.Unix(), 10), "signature="+header)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, _ := cmd.Output() // its status is that of the comparison
		if string(out) != want || stderr.Len() > 0 {
			t.Errorf("with the signature %s: got %q, want %q\n%s", header, out, want, stderr.String())
		}
	}
}
