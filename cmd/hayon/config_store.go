package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/vault/file"
)

// lockDir is the folder, among the data of the profiles, of the locks for what all profiles share. The
// configuration's own folder stays free of them: people keep it under version control.
func (p paths) lockDir() string { return filepath.Join(p.root, ".shared") }

// locked runs fn while no other process has the lock of that name. Locks of vaults are used: they work
// on every system, and end with their process.
func (p paths) locked(ctx context.Context, name string, fn func(context.Context) error) error {
	locks, err := file.New(file.Config{Dir: p.lockDir()})
	if err != nil {
		return err
	}
	return locks.Lock(ctx, name, fn)
}

// changeConfig changes a file of the configuration: all of it or nothing, and so that of two changes at
// once none is lost. change answers the next content. What it makes wrong is refused with the first of
// the problems, and nothing is written.
func (a *app) changeConfig(ctx context.Context, target configFile, dry bool, change func([]byte) ([]byte, error)) error {
	path := resolved(target.path)
	work := func(context.Context) error {
		before, err := readConfigFile(path)
		if err != nil {
			return err
		}
		after, err := change(before)
		if err != nil {
			return in(path, err)
		}
		if err := a.refuseNewProblems(target, before, after); err != nil || dry || string(before) == string(after) {
			return err
		}
		return writeConfigFile(path, after, target.origin == originSystem)
	}
	if dry {
		return work(ctx)
	}
	return a.paths.locked(ctx, "configuration "+path, work)
}

// in is err with the file that it is about.
func in(path string, err error) error {
	e := hayon.AsError(err)
	return hayon.Errorf(e.Code, "%s: %s", path, e.Message).WithHint(e.Hint).WithCause(err)
}

// readConfigFile is the content of a file; one that is not there is empty.
func readConfigFile(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, hayon.Errorf(hayon.CodeLocal, "the configuration %s cannot be read: %w", path, err).WithHint("mend its permissions: chmod 600 " + path)
	}
	return b, nil
}

// refuseNewProblems holds what was wrong in all files before against what is wrong with a changed one.
func (a *app) refuseNewProblems(target configFile, before, after []byte) error {
	was := chainProblems(a.chain(target, before))
	for _, p := range chainProblems(a.chain(target, after)) {
		if !slices.ContainsFunc(was, p.same) {
			return hayon.Errorf(hayon.CodeInvalid, "%s; nothing was written", p.Message).WithHint(p.Hint).WithDetail("file", target.path)
		}
	}
	return nil
}

// chain are the files of the configuration, in their order, with text in the place of the target's own.
// Others that cannot be read are left out: they are not what is changed.
func (a *app) chain(target configFile, text []byte) []configText {
	var out []configText
	placed := false
	for _, f := range a.paths.configs {
		if f.path == target.path {
			out = append(out, configText{target, text})
			placed = true
			continue
		}
		if b, err := f.read(); err == nil {
			out = append(out, configText{f, b})
		}
	}
	if !placed {
		out = append(out, configText{target, text})
	}
	return out
}

// resolved is the file that a path means: what a link points to is replaced, not the link.
func resolved(path string) string {
	for range 40 { // as many links as Linux follows
		to, err := os.Readlink(path)
		if err != nil {
			return path
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}

// writeConfigFile replaces a file in one step. Its owner alone can read it, unless it is for all users
// of the machine.
func writeConfigFile(path string, text []byte, shared bool) error {
	folderMode, fileMode := fs.FileMode(0o700), fs.FileMode(0o600)
	if shared {
		folderMode, fileMode = 0o755, 0o644
	}
	dir := filepath.Dir(path)
	err := os.MkdirAll(dir, folderMode)
	if err == nil {
		err = replaceFile(path, text, fileMode)
	}
	if err != nil {
		return hayon.Errorf(hayon.CodeLocal, "the configuration %s cannot be written: %w", path, err).
			WithHint(fmt.Sprintf("check who owns %s, and the space on its disk; nothing was changed", dir))
	}
	return nil
}

// replaceFile puts a file in the place of another: all of it or nothing, and on the disk.
func replaceFile(path string, text []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
