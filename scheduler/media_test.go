package scheduler_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
	"github.com/hayon/hayon/providers"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/vault"
	"github.com/hayon/hayon/vault/memory"
)

// noBlobs fails the test where somebody stores bytes.
type noBlobs struct{ t *testing.T }

func (b noBlobs) Put(context.Context, io.Reader) (string, int64, error) {
	b.t.Error("bytes were stored")
	return "", 0, errors.New("not here")
}

func (b noBlobs) Open(context.Context, string) (io.ReadCloser, error) {
	return nil, errors.New("not here")
}

// Of a file that cannot be attached nothing is kept.
func TestRefusedMediaLeavesNothing(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, nil)
	v := memory.New(nil)
	s, err := scheduler.New(scheduler.Deps{
		Store: d.db, Blobs: noBlobs{t}, Vault: v, Providers: providers.Of(d.platform), Sessions: vault.Sessions(v),
		Owner: hayon.Owner{PID: 1}, Alive: func(hayon.Owner) bool { return true },
	}, scheduler.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := hayon.WithActor(t.Context(), hayontest.Local())
	for _, tc := range []struct {
		name string
		file io.Reader
		want hayon.Code
	}{
		{"text", strings.NewReader("only text"), hayon.CodeInvalid},
		{"empty", strings.NewReader(""), hayon.CodeInvalid},
		{"unreadable", iotest.ErrReader(errors.New("input/output error")), hayon.CodeLocal},
	} {
		_, err := s.CreateMedia(ctx, tc.file, "a.png")
		if got := hayon.CodeOf(err); got != tc.want {
			t.Errorf("%s: got %v, want the code %s", tc.name, err, tc.want)
		}
	}
}
