package bolt

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/hayon/hayon"
)

// OwnerFile is what the process that holds a database for good writes beside it, so that others
// know whom to talk to.
type OwnerFile struct {
	Owner hayon.Owner `json:"owner"`
	// Version is the version of the program that holds the file.
	Version string `json:"version,omitempty"`
	// Socket is where the process listens; "" when it does not.
	Socket string `json:"socket,omitempty"`
	// Since is when it began to hold the file.
	Since time.Time `json:"since"`
}

// OwnerPath is the path of the owner file of a database.
func OwnerPath(dbPath string) string { return dbPath + ".owner" }

// ReadOwnerFile reads the owner file of a database. Nobody holding it is not_found; a file that
// cannot be read or makes no sense is local. The process that it names may be gone.
func ReadOwnerFile(dbPath string) (OwnerFile, error) {
	path := OwnerPath(dbPath)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return OwnerFile{}, hayon.Errorf(hayon.CodeNotFound, "nobody holds the database %s", dbPath).WithCause(err)
	}
	if err != nil {
		return OwnerFile{}, hayon.Errorf(hayon.CodeLocal, "the owner file %s cannot be read: %w", path, err)
	}
	var f OwnerFile
	if err := json.Unmarshal(b, &f); err != nil {
		return OwnerFile{}, hayon.Errorf(hayon.CodeLocal, "the owner file %s makes no sense", path).
			WithHint("remove it when no daemon runs: rm " + path).WithCause(err)
	}
	return f, nil
}

// writeOwnerFile replaces the owner file in one step, so that no reader sees half of it.
func writeOwnerFile(dbPath string, f OwnerFile) error {
	b, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("owner file: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(dbPath), filepath.Base(dbPath)+".owner-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(append(b, '\n'))
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), OwnerPath(dbPath))
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}

// removeOwnerFile removes the owner file if it is still the one that self wrote.
func removeOwnerFile(dbPath string, self hayon.Owner) {
	if f, err := ReadOwnerFile(dbPath); err == nil && f.Owner == self {
		_ = os.Remove(OwnerPath(dbPath))
	}
}

// heldError says who holds the file. It trusts the owner file unless the system knows better.
func (d *DB) heldError() error {
	pid := lockHolder(d.path)
	f, err := ReadOwnerFile(d.path)
	known := err == nil && (pid == 0 || f.Owner.PID == pid)
	switch {
	case known && f.Owner.Command == "daemon":
		return held(d.path, describe(f), "stop it: hayon daemon stop")
	case known:
		return held(d.path, describe(f), fmt.Sprintf("wait for it, or end process %d", f.Owner.PID))
	case pid == os.Getpid():
		return held(d.path, fmt.Sprintf("this process (%d) itself", pid), "wait for the other work to end and try again")
	case pid != 0:
		return held(d.path, processName(pid), fmt.Sprintf("wait for it, or end process %d", pid))
	default:
		return held(d.path, "another process", "wait for it and try again")
	}
}

// ErrHeld is the cause of the error for a database that another process holds.
var ErrHeld = errors.New("the database is held")

func held(path, who, hint string) error {
	return hayon.Errorf(hayon.CodeConflict, "the database %s is held by %s; nothing was changed", path, who).WithHint(hint).WithCause(ErrHeld)
}

func describe(f OwnerFile) string {
	command := "hayon"
	if f.Owner.Command != "" {
		command += " " + f.Owner.Command
	}
	s := fmt.Sprintf("%s (process %d", command, f.Owner.PID)
	if f.Version != "" {
		s += ", version " + f.Version
	}
	if f.Owner.Host != "" {
		s += ", on " + f.Owner.Host
	}
	return s + ", since " + f.Since.UTC().Format(time.RFC3339) + ")"
}
