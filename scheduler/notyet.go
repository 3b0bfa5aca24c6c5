package scheduler

import (
	"context"
	"io"

	"github.com/hayon/hayon"
)

var errNotYet = hayon.Errorf(hayon.CodeInternal, "not built yet")

func (s *Scheduler) StartSignIn(context.Context, hayon.SignIn) (*hayon.SignInFlow, error) {
	return nil, errNotYet
}
func (s *Scheduler) RefreshAccount(context.Context, hayon.AccountID) (*hayon.Account, error) {
	return nil, errNotYet
}
func (s *Scheduler) CreateGroup(context.Context, string, []string) (*hayon.Group, error) {
	return nil, errNotYet
}
func (s *Scheduler) FindGroups(context.Context) ([]*hayon.Group, error) { return nil, errNotYet }
func (s *Scheduler) UpdateGroup(context.Context, string, hayon.GroupUpdate) (*hayon.Group, error) {
	return nil, errNotYet
}
func (s *Scheduler) DeleteGroup(context.Context, string) error { return errNotYet }
func (s *Scheduler) WriteBackup(context.Context, io.Writer, hayon.BackupRequest) error {
	return errNotYet
}
func (s *Scheduler) CheckStore(context.Context) (*hayon.StoreReport, error)  { return nil, errNotYet }
func (s *Scheduler) CompactStore(context.Context) (*hayon.Compaction, error) { return nil, errNotYet }
func (s *Scheduler) PruneStore(context.Context, hayon.PruneRequest) (*hayon.Pruned, error) {
	return nil, errNotYet
}
