package bolt

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

var errNotYet = hayon.Errorf(hayon.CodeInternal, "not built yet")

func (t *Tx) PutGroup(context.Context, *hayon.Group) error { return errNotYet }
func (t *Tx) FindGroup(context.Context, hayon.UserID, string) (*hayon.Group, error) {
	return nil, hayon.Errorf(hayon.CodeNotFound, "not built yet")
}
func (t *Tx) FindGroups(context.Context, hayon.UserID) ([]*hayon.Group, error) { return nil, nil }
func (t *Tx) DeleteGroup(context.Context, hayon.UserID, string) error         { return errNotYet }
func (t *Tx) PruneJournal(context.Context, time.Time, int) (int, error)       { return 0, errNotYet }
func (t *Tx) PrunePosts(context.Context, time.Time, int) (int, error)         { return 0, errNotYet }
func (t *Tx) PruneMedia(context.Context, time.Time) (int, error)              { return 0, errNotYet }
func (t *Tx) MediaHashes(context.Context) ([]string, error)                   { return nil, errNotYet }
