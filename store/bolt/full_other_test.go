//go:build !linux

package bolt_test

import "errors"

func writeUntilFull(string) error { return errors.New("there is no limit of file sizes here") }

func compactWhenFull(string) error { return writeUntilFull("") }
