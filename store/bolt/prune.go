package bolt

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

var errNotYet = hayon.Errorf(hayon.CodeInternal, "not built yet")

func (t *Tx) PruneJournal(context.Context, time.Time, int) (int, error) { return 0, errNotYet }
func (t *Tx) PrunePosts(context.Context, time.Time, int) (int, error)   { return 0, errNotYet }
func (t *Tx) PruneMedia(context.Context, time.Time) (int, error)        { return 0, errNotYet }
func (t *Tx) MediaHashes(context.Context) ([]string, error)             { return nil, errNotYet }
