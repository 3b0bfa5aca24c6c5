package bolt

import (
	"context"
	"time"

	"github.com/hayon/hayon"
)

func (t *Tx) PutLetter(context.Context, *hayon.Letter) error { return errLetters }
func (t *Tx) FindLetterByID(context.Context, hayon.LetterID) (*hayon.Letter, error) {
	return nil, errLetters
}
func (t *Tx) FindLetterByDigest(context.Context, string) (*hayon.Letter, error) {
	return nil, errLetters
}
func (t *Tx) FindLetters(context.Context, hayon.LetterFilter) ([]*hayon.Letter, error) {
	return nil, nil
}
func (t *Tx) FindEndedLetters(context.Context, int) ([]*hayon.Letter, error) { return nil, nil }
func (t *Tx) CountLetters(context.Context) (int, time.Time, error)           { return 0, time.Time{}, nil }
func (t *Tx) PruneLetters(context.Context, time.Time, int) (int, error)      { return 0, nil }

var errLetters = hayon.Errorf(hayon.CodeInternal, "letters are not built")
