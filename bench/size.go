package main

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
)

const mib = 1 << 20

// measureSize compares the binary with its budget.
func measureSize(_ context.Context, b *bench) ([]row, error) {
	info, err := os.Stat(b.hayon)
	if err != nil {
		return nil, err
	}
	note := "static"
	if err := checkStatic(b.hayon); err != nil {
		note = err.Error()
	}
	size := float64(info.Size())
	return []row{
		b.figure("size", size/mib, note),
		b.figure("size-budget", 100*size/float64(b.budget.BinaryBytes), fmt.Sprintf("%d of %d bytes", info.Size(), b.budget.BinaryBytes)),
	}, nil
}

// errNotELF is for systems whose programs have another form.
var errNotELF = errors.New("not an ELF file: nobody looked whether it is static")

// checkStatic answers nil for an ELF program that names neither a loader nor a library.
func checkStatic(path string) error {
	f, err := elf.Open(path)
	if _, format := errors.AsType[*elf.FormatError](err); format {
		return errNotELF
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return errors.New("not static: it names a loader")
		}
	}
	needed, err := f.DynString(elf.DT_NEEDED)
	if err == nil && len(needed) > 0 {
		return fmt.Errorf("not static: it needs %v", needed)
	}
	return nil
}
