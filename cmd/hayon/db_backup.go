package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/scheduler"
	"github.com/hayon/hayon/store"
	"github.com/hayon/hayon/store/backup"
)

func (a *app) dbBackupCommand() *cobra.Command {
	var req hayon.BackupRequest
	cmd := &cobra.Command{
		Use:   "backup [FILE | -]",
		Short: "Write the database and the images into one file",
		Long: `Write the database and the images into one file. A daemon may go on publishing meanwhile: the file holds
one moment. Credentials are not in it; after a restore on another machine, sign in again.

Without FILE it is hayon-PROFILE-DATE.tar.gz in this folder; "-" is standard output. A file that is there
is not replaced.`,
		Example: `  hayon db backup
  hayon db backup ~/backups/hayon.tar.gz --without-media
  hayon db backup - | ssh backup.example.org 'cat > hayon.tar.gz'`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			path := "hayon-" + a.flags.profile + "-" + a.now().Format("20060102-150405") + ".tar.gz"
			if len(args) == 1 {
				path = args[0]
			}
			if path == "-" {
				return a.backupToOutput(cmd.Context(), req)
			}
			return a.backupToFile(cmd.Context(), path, req)
		},
	}
	cmd.Flags().BoolVar(&req.WithoutMedia, "without-media", false, "leave out the images")
	return cmd
}

func (a *app) backupToOutput(ctx context.Context, req hayon.BackupRequest) error {
	if a.io.outTTY {
		return hayon.Errorf(hayon.CodeUsage, "a backup is no text for a terminal").WithHint("name a file, or a pipe: hayon db backup - | …")
	}
	return a.service(ctx, func(ctx context.Context, b *backend) error { return b.WriteBackup(ctx, a.io.out, req) })
}

// backupToFile writes beside the file and renames at the end, so that half a backup never has the name
// of a whole one.
func (a *app) backupToFile(ctx context.Context, path string, req hayon.BackupRequest) error {
	if _, err := os.Lstat(path); err == nil {
		return hayon.Errorf(hayon.CodeConflict, "%s is there already; nothing was written", path).WithHint("name another file, or move that one away")
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".hayon-backup-*") // mode 0600
	if err != nil {
		return unwritableBackup(path, err)
	}
	defer func() {
		_ = tmp.Close()           // closed already where all went well
		_ = os.Remove(tmp.Name()) // renamed already where all went well
	}()
	err = a.service(ctx, func(ctx context.Context, b *backend) error {
		if _, err := tmp.Seek(0, io.SeekStart); err != nil {
			return unwritableBackup(path, err)
		}
		if err := tmp.Truncate(0); err != nil {
			return unwritableBackup(path, err)
		}
		return b.WriteBackup(ctx, tmp, req)
	})
	if err != nil {
		return err
	}
	size, err := tmp.Seek(0, io.SeekCurrent)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return unwritableBackup(path, err)
	}
	if err := os.Link(tmp.Name(), path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return hayon.Errorf(hayon.CodeConflict, "%s is there already; nothing was written", path).WithHint("name another file")
		}
		if err := os.Rename(tmp.Name(), path); err != nil { // not every file system has links
			return unwritableBackup(path, err)
		}
	}
	a.say("Wrote %s. Credentials are not in it.", sizeWords(size))
	if a.flags.json.on {
		return a.printJSON(struct {
			Path  string `json:"path"`
			Bytes int64  `json:"bytes"`
		}{path, size}, []string{"path", "bytes"})
	}
	a.print("%s", path)
	return nil
}

func unwritableBackup(path string, err error) error {
	return hayon.Errorf(hayon.CodeLocal, "the backup %s cannot be written: %w", path, err).WithHint("check the disk and the permissions there")
}

func (a *app) dbRestoreCommand() *cobra.Command {
	var replace, dry bool
	cmd := &cobra.Command{
		Use:   "restore FILE | -",
		Short: "Take the database and the images from a backup",
		Long: `Take the database and the images from a backup. Every part is checked before anything is put in place, so
that a damaged backup changes nothing. With --replace what is there is moved aside, and its place told.
No daemon may run meanwhile.

What was not out when the backup was made may be out by now, and nothing in the backup tells. So publishing
is paused where there is such a post, until you have looked and type hayon daemon resume.`,
		Example: `  hayon db restore hayon-default-20261121-090000.tar.gz
  hayon db restore hayon.tar.gz --replace --yes`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.restore(cmd.Context(), args[0], replace, dry)
		},
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "move the database that is there aside")
	cmd.Flags().BoolVarP(&dry, "dry-run", "n", false, "check the backup; change nothing")
	return cmd
}

func (a *app) restore(ctx context.Context, path string, replace, dry bool) error {
	if b, err := a.dial(ctx); err == nil {
		return errors.Join(hayon.Errorf(hayon.CodeConflict, "a daemon runs and has the database; nothing was changed").
			WithHint("stop it first: hayon daemon stop"), b.close())
	}
	_, err := os.Stat(a.paths.database())
	there := err == nil
	switch {
	case there && !replace && !dry:
		return hayon.Errorf(hayon.CodeConflict, "there is a database in %s; nothing was changed", a.paths.data).
			WithHint("to take the backup in its place: --replace   or restore into another profile: -p NAME")
	case there && !dry:
		if err := a.confirm(ctx, "Put the backup in the place of the database of profile "+a.flags.profile+"?"); err != nil {
			return err
		}
	}
	in, closeIn, err := a.openBackup(path)
	if err != nil {
		return err
	}
	defer closeIn()
	target := a.paths.data
	if dry { // it is unpacked and looked at where nobody will miss it
		if target, err = os.MkdirTemp("", "hayon-restore-*"); err != nil {
			return hayon.Errorf(hayon.CodeLocal, "there is no place to unpack the backup: %w", err).WithHint("say where: export TMPDIR=…")
		}
		defer func() { _ = os.RemoveAll(target) }()
	}
	var waiting int
	done, err := backup.Restore(ctx, in, target, backup.Options{
		Blobs:   func(path string) (hayon.Blobs, error) { return store.OpenBlobs(ctx, fileURL("dir", path)) },
		Version: version().Version, Replace: replace,
		Verify: func(ctx context.Context, path string) (err error) {
			waiting, err = a.verifyDatabase(ctx, path)
			return err
		},
	})
	if err != nil {
		return err
	}
	if dry {
		a.say("Nothing was changed. The backup is whole: %s, written by hayon %s on %s", count(done.Manifest.Posts, "post"), done.Manifest.Version, done.Manifest.Created.Format(time.DateOnly))
		return nil
	}
	if done.Aside != "" {
		a.say("What was there is in %s", done.Aside)
	}
	if waiting > 0 {
		a.warn("%s not out when the backup was made and may be out by now, so publishing is paused\n  → look at them: hayon list --state scheduled   take back what is out: hayon cancel ID   then: hayon daemon resume",
			count(waiting, "post was", "posts were"))
	}
	return a.service(ctx, func(ctx context.Context, b *backend) error {
		r, err := b.CheckStore(ctx)
		if err != nil {
			return err
		}
		return a.printReport(r)
	})
}

// verifyDatabase opens a database, reads all of it, and holds back what was not out when it was backed up:
// it may be out since, which nothing in the backup tells. It answers how much that is.
func (a *app) verifyDatabase(ctx context.Context, path string) (waiting int, err error) {
	s, err := store.Open(ctx, fileURL("bolt", path), store.Config{Owner: self(a.command), Version: version().Version, Logger: a.log})
	if err != nil {
		return 0, err
	}
	if err := s.Check(ctx); err != nil {
		return 0, errors.Join(err, s.Close())
	}
	waiting, err = scheduler.HoldRestored(a.actor(ctx), s, a.now())
	return waiting, errors.Join(err, s.Close())
}

// openBackup opens a file, or standard input.
func (a *app) openBackup(path string) (io.Reader, func(), error) {
	if path == "-" {
		if a.io.inTTY {
			return nil, nil, hayon.Errorf(hayon.CodeUsage, "a backup is not typed").WithHint("name a file, or a pipe: … | hayon db restore -")
		}
		return a.io.in, func() {}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, hayon.Errorf(hayon.CodeUsage, "the backup %s cannot be read: %w", path, err).WithHint("check the path")
	}
	return f, func() { _ = f.Close() }, nil // read only
}
