package scheduler

import (
	"context"

	"github.com/hayon/hayon"
)

var errBroker = hayon.Errorf(hayon.CodeInternal, "the broker service is not built")

func (s *Scheduler) BrokerStatus(context.Context) (*hayon.BrokerStatus, error) { return nil, errBroker }
func (s *Scheduler) FindLetters(context.Context, hayon.LetterFilter) ([]*hayon.Letter, error) {
	return nil, errBroker
}
func (s *Scheduler) LookupLetter(context.Context, hayon.LetterKind, string) (*hayon.Letter, error) {
	return nil, errBroker
}
func (s *Scheduler) ReplayLetter(context.Context, string, hayon.LetterRequest) (*hayon.Letter, error) {
	return nil, errBroker
}
func (s *Scheduler) DiscardLetter(context.Context, string, hayon.LetterRequest) (*hayon.Letter, error) {
	return nil, errBroker
}
