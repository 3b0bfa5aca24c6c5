package main

import (
	"reflect"
	"strings"
	"testing"

	"github.com/hayon/hayon/server/api"
)

// TestPreviewFields: each name that --json takes for posts and previews leads to a member that there is.
func TestPreviewFields(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		names []string
		of    reflect.Type
	}{
		{postFields(), reflect.TypeFor[api.Post]()},
		{previewFields(), reflect.TypeFor[api.Preview]()},
	} {
		for _, name := range tt.names {
			at := tt.of
			for step := range strings.SplitSeq(name, ".") {
				var ok bool
				if at, ok = member(at, step); !ok {
					t.Errorf("%s: %s has no member %s", tt.of, name, step)
					break
				}
			}
		}
	}
	if _, ok := member(reflect.TypeFor[api.Post](), "nope"); ok {
		t.Error("every name is a member")
	}
}

// member is the type of a member of JSON by its name, of a list that of its items.
func member(of reflect.Type, name string) (reflect.Type, bool) {
	for _, f := range reflect.VisibleFields(of) {
		if tag, _, _ := strings.Cut(f.Tag.Get("json"), ","); tag != name {
			continue
		}
		at := f.Type
		for at.Kind() == reflect.Slice || at.Kind() == reflect.Pointer {
			at = at.Elem()
		}
		return at, true
	}
	return nil, false
}
