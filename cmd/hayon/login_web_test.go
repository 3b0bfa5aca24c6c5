package main

import (
	"testing"

	"github.com/hayon/hayon"
)

func TestPastedCode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, want string
		code       hayon.Code
	}{
		{text: "abc123", want: "abc123"},
		{text: "a-b_c.d~e", want: "a-b_c.d~e"},
		{text: "abc&state=mine", want: "abc"},
		{text: "http://127.0.0.1:99/callback?state=mine&code=abc%2B1", want: "abc+1"},
		{text: "https://social.example.org/oauth/authorize/native?code=abc", want: "abc"},
		{text: "abc&state=another", code: hayon.CodeUnauthenticated},
		{text: "http://127.0.0.1:99/callback?code=abc&state=another", code: hayon.CodeUnauthenticated},
		{text: "", code: hayon.CodeUsage},
		{text: "https://social.example.org/?code=", code: hayon.CodeUsage},
		{text: "%zz", code: hayon.CodeUsage},
	} {
		got, err := pastedCode(tt.text, "mine")
		if got != tt.want || hayon.CodeOf(err) != tt.code {
			t.Errorf("pastedCode(%q) = %q, %v; want %q, %q", tt.text, got, err, tt.want, tt.code)
		}
	}
}
