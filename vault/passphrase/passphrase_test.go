package passphrase_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault/passphrase"
)

const identity = "AGE-SECRET-KEY-1CANARY"

func ask(text string) passphrase.Ask {
	return func(context.Context, bool) (hayon.Secret, error) { return hayon.NewSecret([]byte(text)), nil }
}

func kept(t *testing.T, text string) []byte {
	t.Helper()
	_, kept, err := passphrase.New(ask(text), 1).Make(t.Context(), "id", hayon.NewSecret([]byte(identity)))
	if err != nil {
		t.Fatalf("Make: %v", err)
	}
	return kept
}

func TestMakeAndOpen(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"correct horse", " with spaces ", "ünï", strings.Repeat("long", 1000)} {
		got, err := passphrase.New(ask(text), 1).Open(t.Context(), "id", kept(t, text))
		if err != nil || string(got.Reveal()) != identity {
			t.Errorf("Open with %.20q: got another identity, %v", text, err)
		}
	}
}

func TestConfirmOnlyAtMake(t *testing.T) {
	t.Parallel()
	var confirms []bool
	o := passphrase.New(func(_ context.Context, confirm bool) (hayon.Secret, error) {
		confirms = append(confirms, confirm)
		return hayon.NewSecret([]byte("p")), nil
	}, 1)
	_, file, err := o.Make(t.Context(), "id", hayon.NewSecret([]byte(identity)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Open(t.Context(), "id", file); err != nil {
		t.Fatal(err)
	}
	if len(confirms) != 2 || !confirms[0] || confirms[1] {
		t.Errorf("confirm: got %v, want true for Make and false for Open", confirms)
	}
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	good := kept(t, "correct horse")
	// A header that asks for 2^30 of work: the body is never reached, nor is the work done.
	greedy := []byte(strings.Replace(string(good), " 1\n", " 30\n", 1))
	cases := []struct {
		name    string
		ask     passphrase.Ask
		kept    []byte
		message string
		hint    string
	}{
		{"wrong", ask("wrong horse"), good, "the passphrase does not open the vault", "check HAYON_VAULT_PASSPHRASE"},
		{"empty", ask(""), good, "the vault opens by a passphrase, and there is none", "export HAYON_VAULT_PASSPHRASE=…"},
		{"nil", nil, good, "the vault opens by a passphrase, and there is none", "export HAYON_VAULT_PASSPHRASE=…"},
		{"no file", ask("correct horse"), nil, "missing", "restore"},
		{"cut", ask("correct horse"), good[:len(good)-3], "damaged", "restore"},
		{"no age file", ask("correct horse"), []byte("hello"), "damaged", "restore"},
		{"too much work", ask("correct horse"), greedy, "damaged", "restore"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := passphrase.New(c.ask, 1).Open(t.Context(), "id", c.kept)
			e := hayon.AsError(err)
			if e == nil || e.Code != hayon.CodeLocal || !strings.Contains(e.Message, c.message) || !strings.Contains(e.Hint, c.hint) {
				t.Fatalf("Open: got %#v, want a local error with %q and the hint %q", e, c.message, c.hint)
			}
			for cause := err; cause != nil; cause = errors.Unwrap(cause) {
				if strings.Contains(cause.Error(), "horse") || strings.Contains(cause.Error(), identity) {
					t.Errorf("the error shows a secret: %v", cause)
				}
			}
		})
	}
}

func TestMakeWithoutPassphrase(t *testing.T) {
	t.Parallel()
	errPrompt := errors.New("the prompt was left")
	left := func(context.Context, bool) (hayon.Secret, error) { return hayon.Secret{}, errPrompt }
	if _, _, err := passphrase.New(left, 1).Make(t.Context(), "id", hayon.NewSecret([]byte(identity))); !errors.Is(err, errPrompt) {
		t.Errorf("Make: got %v, want the error of Ask", err)
	}
	if _, _, err := passphrase.New(nil, 1).Make(t.Context(), "id", hayon.NewSecret([]byte(identity))); hayon.CodeOf(err) != hayon.CodeLocal {
		t.Errorf("Make: got %v, want a local error", err)
	}
}

func BenchmarkOpen(b *testing.B) {
	o := passphrase.New(ask("correct horse"), 0)
	_, file, err := o.Make(b.Context(), "id", hayon.NewSecret([]byte(identity)))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := o.Open(b.Context(), "id", file); err != nil {
			b.Fatal(err)
		}
	}
}
