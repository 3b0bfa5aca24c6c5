package bolt

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/hayon/hayon"
)

// PutLetter stores a letter, without its Hint and what tells how its target is: Post, Account, Platform,
// State, Attempts. The message of a letter stays the same one; another is a conflict.
func (t *Tx) PutLetter(_ context.Context, l *hayon.Letter) error {
	switch {
	case l.ID.IsZero() || l.Message == nil || l.Message.Digest == "":
		return hayon.Errorf(hayon.CodeInternal, "a letter needs an id and the digest of its message to be stored")
	case l.Cleared && l.Ended == nil:
		return hayon.Errorf(hayon.CodeInternal, "letter %s cannot be cleared before it has ended", l.ID)
	}
	old, err := find[hayon.Letter](t, bucketLetters, l.ID[:], "letter")
	if err != nil {
		return err
	}
	if old != nil && old.Message.Digest != l.Message.Digest {
		return hayon.Errorf(hayon.CodeConflict, "letter %s is that of another message", l.ID)
	}
	if has := t.get(bucketLettersByDigest, []byte(l.Message.Digest)); has != nil && !bytes.Equal(has, l.ID[:]) {
		return hayon.Errorf(hayon.CodeConflict, "the message has the letter %s already", idOf[hayon.LetterID](has))
	}
	kept := *l
	kept.Hint, kept.Post, kept.Account, kept.Platform, kept.State, kept.Attempts = "", hayon.PostID{}, "", "", "", 0
	b, err := encode("letter", &kept)
	if err != nil {
		return err
	}
	if err := t.put(bucketLetters, l.ID[:], b); err != nil {
		return err
	}
	return t.reindexLetter(old, &kept)
}

// reindexLetter changes the entries of a letter and counts the open ones; nil: there is none.
func (t *Tx) reindexLetter(before, after *hayon.Letter) error {
	if err := t.reindex(letterEntries(before), letterEntries(after)); err != nil {
		return err
	}
	t.totals.of(bucketLettersOpen).rows += openLetters(after) - openLetters(before)
	return nil
}

// openLetters is 1 for a letter that has not ended.
func openLetters(l *hayon.Letter) uint64 {
	if l == nil || l.Ended != nil {
		return 0
	}
	return 1
}

// FindLetterByID answers a letter.
func (t *Tx) FindLetterByID(_ context.Context, id hayon.LetterID) (*hayon.Letter, error) {
	l, err := find[hayon.Letter](t, bucketLetters, id[:], "letter")
	if err == nil && l == nil {
		err = notFound("letter", id.String())
	}
	return l, err
}

// FindLetterByDigest answers the letter of a message.
func (t *Tx) FindLetterByDigest(_ context.Context, digest string) (*hayon.Letter, error) {
	id := t.get(bucketLettersByDigest, []byte(digest))
	if id == nil {
		return nil, notFound("letter of the message", digest)
	}
	return t.letter(idOf[hayon.LetterID](id))
}

// letter reads one that an index tells of.
func (t *Tx) letter(id hayon.LetterID) (*hayon.Letter, error) {
	l, err := find[hayon.Letter](t, bucketLetters, id[:], "letter")
	if err == nil && l == nil {
		err = &damage{detail: "letter " + id.String() + " is in a list and not there"}
	}
	return l, err
}

// FindLetters answers letters. Of those that have ended it reads none, unless they are wanted.
func (t *Tx) FindLetters(_ context.Context, f hayon.LetterFilter) ([]*hayon.Letter, error) {
	if !f.All {
		ids, err := t.letterIDs(bucketLettersOpen, nil, nil, 0)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(ids, func(a, b hayon.LetterID) int { return bytes.Compare(b[:], a[:]) })
		if f.Limit > 0 && len(ids) > f.Limit {
			ids = ids[:f.Limit]
		}
		return t.lettersOf(ids)
	}
	var out []*hayon.Letter
	for _, v := range t.backwards(bucketLetters) {
		if f.Limit > 0 && len(out) == f.Limit {
			break
		}
		l, err := decode[hayon.Letter]("letter", v)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// FindEndedLetters answers those that ended first.
func (t *Tx) FindEndedLetters(_ context.Context, limit int) ([]*hayon.Letter, error) {
	ids, err := t.letterIDs(bucketLettersEnded, []byte{notCleared}, []byte{cleared}, limit)
	if err != nil {
		return nil, err
	}
	return t.lettersOf(ids)
}

// CountLetters reads one entry of an index.
func (t *Tx) CountLetters(context.Context) (open int, oldest time.Time, err error) {
	open, err = t.count(bucketLettersOpen)
	k, _ := t.bucket(bucketLettersOpen).Cursor().First()
	return open, keyTime(k), err
}

// PruneLetters removes letters, those that ended first before others.
func (t *Tx) PruneLetters(_ context.Context, before time.Time, limit int) (int, error) {
	ids, err := t.letterIDs(bucketLettersEnded, []byte{cleared}, join([]byte{cleared}, timeKey(before)), limit)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		l, err := t.letter(id)
		if err != nil {
			return 0, err
		}
		if err := t.del(bucketLetters, id[:]); err != nil {
			return 0, err
		}
		if err := t.reindexLetter(l, nil); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// letterIDs are the ids at the end of an index's keys from start to before end, at most limit (0: no
// bound).
func (t *Tx) letterIDs(index, start, end []byte, limit int) ([]hayon.LetterID, error) {
	var ids []hayon.LetterID
	for k := range t.from(index, start, end) {
		if limit > 0 && len(ids) == limit {
			break
		}
		if len(k) < timeLen+idLen {
			return nil, &damage{detail: "a row of " + string(index) + " cannot be read"}
		}
		ids = append(ids, idOf[hayon.LetterID](k[len(k)-idLen:]))
	}
	return ids, nil
}

func (t *Tx) lettersOf(ids []hayon.LetterID) ([]*hayon.Letter, error) {
	var out []*hayon.Letter
	for _, id := range ids {
		l, err := t.letter(id)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}
