package hayon_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

const password = "hunter2-hunter2"

// leaks reports how text shows the password: plain, in hexadecimal digits, or as decimal bytes.
func leaks(text string) bool {
	lower := strings.ToLower(text)
	decimal := strings.Trim(fmt.Sprintf("%d", []byte(password)), "[]")
	spaced := strings.ToLower(fmt.Sprintf("% x", password))
	quoted := strings.ToLower(strings.Trim(fmt.Sprintf("%#v", []byte(password)), "[]byte{}"))
	for _, form := range []string{password, hex.EncodeToString([]byte(password)), decimal, spaced, quoted} {
		if strings.Contains(lower, form) {
			return true
		}
	}
	return false
}

type (
	openHolder   struct{ Secret hayon.Secret }
	hiddenHolder struct{ secret hayon.Secret }
)

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	s := hayon.NewSecret([]byte(password))
	values := map[string]any{
		"value": s, "pointer": &s, "slice": []hayon.Secret{s}, "map": map[string]hayon.Secret{"k": s},
		"exported field": openHolder{s}, "unexported field": hiddenHolder{s}, "pointer to a field": &hiddenHolder{s},
		"any": []any{s}, "sign-in": hayon.SignIn{Platform: "demo", Secret: s},
	}
	for name, v := range values {
		for verb := 'A'; verb <= 'z'; verb++ {
			for _, flag := range []string{"", "+", "#", " ", "# ", "0", "-40.3"} {
				if got := fmt.Sprintf("%"+flag+string(verb), v); leaks(got) {
					t.Errorf("%s: %%%s%c prints %s", name, flag, verb, got)
				}
			}
		}
		if got := fmt.Sprint(v) + fmt.Sprintln(v); leaks(got) {
			t.Errorf("%s: Sprint prints %s", name, got)
		}
	}
	if !leaks(fmt.Sprintf("%v", []byte(password))) || !leaks(fmt.Sprintf("%#v", []byte(password))) || !leaks(fmt.Sprintf("%X", password)) {
		t.Fatal("the test would not see a leak")
	}
}

func TestSecretIsNeverMarshalled(t *testing.T) {
	t.Parallel()
	s := hayon.NewSecret([]byte(password))
	for name, v := range map[string]any{"value": s, "pointer": &s, "field": openHolder{s}, "unexported": hiddenHolder{s}, "map": map[string]any{"k": s}} {
		b, err := json.Marshal(v)
		if err != nil || leaks(string(b)) {
			t.Errorf("%s: JSON %s, %v", name, b, err)
		}
	}
	if b, err := json.Marshal(s); err != nil || string(b) != `"[hidden]"` {
		t.Errorf("JSON: got %s, %v", b, err)
	}
	if b, err := xml.Marshal(openHolder{s}); err != nil || leaks(string(b)) {
		t.Errorf("XML: got %s, %v", b, err)
	}
	if b, err := s.MarshalText(); err != nil || string(b) != "[hidden]" {
		t.Errorf("text: got %s, %v", b, err)
	}
}

func TestSecretIsNeverLogged(t *testing.T) {
	t.Parallel()
	s := hayon.NewSecret([]byte(password))
	var out bytes.Buffer
	for name, h := range map[string]slog.Handler{"text": slog.NewTextHandler(&out, nil), "json": slog.NewJSONHandler(&out, nil)} {
		out.Reset()
		slog.New(h).With("outer", s).WarnContext(t.Context(), "message",
			"secret", s, "pointer", &s, "open", openHolder{s}, "unexported", hiddenHolder{s}, slog.Group("group", "inner", s))
		if leaks(out.String()) || !strings.Contains(out.String(), "[hidden]") {
			t.Errorf("%s: %s", name, out.String())
		}
	}
}

func TestSecretValue(t *testing.T) {
	t.Parallel()
	given := []byte(password)
	s := hayon.NewSecret(given)
	given[0] = 'X'
	if got := string(s.Reveal()); got != password {
		t.Errorf("Reveal: got %q, want what was given", got)
	}
	var none hayon.Secret
	if !none.IsZero() || !hayon.NewSecret(nil).IsZero() || s.IsZero() {
		t.Error("only a secret without bytes is none")
	}
	if len(none.Reveal()) != 0 {
		t.Errorf("Reveal of none: got %d bytes", len(none.Reveal()))
	}
	if !s.Equal(hayon.NewSecret([]byte(password))) || s.Equal(none) || s.Equal(hayon.NewSecret([]byte("other"))) || !none.Equal(hayon.NewSecret(nil)) {
		t.Error("Equal compares something else than the bytes")
	}
}
