//go:build !linux

package file_test

import (
	"context"
	"errors"

	"github.com/hayon/hayon"
)

func fullDisk(context.Context, hayon.Vault, string) error {
	return errors.New("only Linux limits the size of files here")
}
