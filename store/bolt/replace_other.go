//go:build !windows

package bolt

import (
	"context"
	"os"
	"path/filepath"
)

// replace gives the new file the name of the old one. Where the database is held, the new file is locked
// before others can find it. A process that has opened the old one by then, and gets its lock later,
// sees that it has no name any more.
func (c *compaction) replace(context.Context) error {
	var next *handle
	if c.held {
		var err error
		if next, err = openHandle(c.tmp, forGood, nil); err != nil {
			return err
		}
	}
	if err := os.Rename(c.tmp, c.path); err != nil {
		if next != nil {
			_ = next.close()
		}
		return err
	}
	err := syncDir(filepath.Dir(c.path))
	if next == nil {
		return err
	}
	c.d.mu.Lock()
	c.d.held = next
	c.d.mu.Unlock()
	if closeErr := c.old.close(); closeErr != nil { // waits for those who read it
		c.d.cfg.Logger.Warn("database not closed cleanly", "path", c.d.path, "err", closeErr)
	}
	return err
}
