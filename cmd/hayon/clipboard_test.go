package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

func TestClipboardProgram(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, system string
		env          []string
		there        []string
		want         string // the program, or a part of the hint
		fails        bool
	}{
		{"wayland", "linux", []string{"WAYLAND_DISPLAY=wayland-0", "DISPLAY=:0"}, []string{"xclip", "wl-paste"}, "wl-paste", false},
		{"xclip for x", "linux", []string{"DISPLAY=:0"}, []string{"xsel", "xclip", "wl-paste"}, "xclip", false},
		{"xsel", "linux", []string{"DISPLAY=:0"}, []string{"xsel"}, "xsel", false},
		{"x through wayland", "linux", []string{"WAYLAND_DISPLAY=w", "DISPLAY=:0"}, []string{"xsel"}, "xsel", false},
		{"nothing is installed", "linux", []string{"DISPLAY=:0"}, nil, "install one of: xclip, xsel", true},
		{"nothing for wayland", "linux", []string{"WAYLAND_DISPLAY=w"}, []string{"xclip"}, "wl-clipboard (wl-paste)", true},
		{"no screen", "linux", nil, []string{"xclip", "wl-paste"}, "pipe the text", true},
		{"mac", "darwin", nil, []string{"pbpaste"}, "pbpaste", false},
		{"windows", "windows", nil, []string{"powershell"}, "powershell", false},
		{"windows without it", "windows", nil, nil, "pipe the text", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(&streams{}, env(tt.env...))
			words, err := a.clipboardProgram(tt.system, func(name string) (string, error) {
				if slices.Contains(tt.there, name) {
					return "/bin/" + name, nil
				}
				return "", errors.New("not there")
			})
			if tt.fails {
				if hayon.CodeOf(err) != hayon.CodeLocal || !strings.Contains(hintOf(err), tt.want) {
					t.Errorf("got %v, hint %q; want %q", err, hintOf(err), tt.want)
				}
				return
			}
			if err != nil || words[0] != tt.want {
				t.Errorf("got %q, %v; want %s", words, err, tt.want)
			}
		})
	}
}

func TestBounded(t *testing.T) {
	t.Parallel()
	var kept strings.Builder
	b := &bounded{to: &kept, left: 5}
	for _, s := range []string{"abc", "def", "ghi"} {
		if n, err := b.Write([]byte(s)); n != 3 || err != nil {
			t.Fatalf("%q: %d, %v", s, n, err)
		}
	}
	if kept.String() != "abcde" {
		t.Errorf("kept %q", kept.String())
	}
}
