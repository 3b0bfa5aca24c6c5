package vault_test

import (
	"context"
	"fmt"
	"os"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault"
)

func ExampleOpen() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "hayon")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	v, err := vault.Open(ctx, vault.Config{
		Dir:    dir,
		Opener: vault.Passphrase,
		Passphrase: func(context.Context, bool) (hayon.Secret, error) {
			return hayon.NewSecret([]byte("correct horse battery staple")), nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = v.Update(ctx, "bluesky/ana", func(hayon.Secret) (hayon.Secret, error) {
		return hayon.NewSecret([]byte("a session")), nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	secret, err := v.Get(ctx, "bluesky/ana")
	fmt.Println(secret, len(secret.Reveal()), err)
	// Output: [hidden] 9 <nil>
}
