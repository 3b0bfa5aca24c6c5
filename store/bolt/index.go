package bolt

import (
	"bytes"
	"slices"

	"github.com/hayon/hayon"
)

// entry is one key of an index. The functions below say which entries follow from a row; writing
// and checking both go by them.
type entry struct {
	bucket, key, value []byte
}

// targetEntries are what the indexes hold of a target that is the pos-th of its post:
//
//	targets_by_post  post, pos        → target, state, account
//	targets_by_wake  state, wake, id  → account, due, late
//	lanes            account, id      → state, due, late; every target that may hold its account's lane
//	due              account, due, id → state, late, wake; every target that waits for a worker or has one
//	needs_user       since, id        → account; every target that waits for its user
//	leases           owner, id        → the owner
//	remotes          account, remote  → target
//
// late is the end of the grace window, so that what is too late is passed over without reading it.
// wake is zero where there is a worker: a lease is renewed often.
func targetEntries(t *hayon.Target, pos int) []entry {
	state := []byte{stateBytes[t.State]}
	wake, due, late := timeKey(t.Wake()), timeKey(t.Due), lateKey(t.LateAfter())
	es := []entry{
		{bucketTargetsByPost, postPosKey(t.Post, pos), join(t.ID[:], state, t.Account[:])},
		{bucketTargetsByWake, join(state, wake, t.ID[:]), join(t.Account[:], due, late)},
	}
	if mayHoldLane(t) {
		es = append(es, entry{bucketLanes, join(t.Account[:], t.ID[:]), join(state, due, late)})
	}
	if t.State.Working() {
		if t.State == hayon.StatePublishing {
			wake = make([]byte, timeLen)
		}
		es = append(es, entry{bucketDue, join(t.Account[:], due, t.ID[:]), join(state, late, wake)})
	}
	if t.NeedsUser() {
		es = append(es, entry{bucketNeedsUser, join(timeKey(t.StateSince), t.ID[:]), bytes.Clone(t.Account[:])})
	}
	if t.Lease != nil {
		es = append(es, entry{bucketLeases, join(ownerKey(t.Lease.Owner), t.ID[:]), hayon.Encode(t.Lease.Owner)})
	}
	seen := make(map[string]bool, len(t.Parts))
	for i := range t.Parts {
		if id := t.Parts[i].Remote.ID; id != "" && !seen[id] {
			seen[id] = true
			es = append(es, entry{bucketRemotes, remoteKey(t.Account, id), t.ID[:]})
		}
	}
	return es
}

// mayHoldLane reports whether there is an instant at which t, as it is, holds its lane. If it ever
// does, then when it enters its state, or begins to wait for its platform.
func mayHoldLane(t *hayon.Target) bool {
	return t.HoldsLane(t.StateSince) || t.HoldsLane(t.WaitingSince)
}

// postPosKey is the place of a target among those of its post.
func postPosKey(post hayon.PostID, pos int) []byte {
	return join(post[:], []byte{byte(pos >> 8), byte(pos)}) //nolint:gosec // CreatePost bounds pos
}

// maxTargets bounds the targets of a post: their places take two bytes.
const maxTargets = 1 << 16

// placed is what targets_by_post tells of a target.
type placed struct {
	id      hayon.TargetID
	state   hayon.State
	account hayon.AccountID
	pos     int
}

func (t *Tx) placedTargets(post hayon.PostID) ([]placed, error) {
	var out []placed
	for k, v := range t.under(bucketTargetsByPost, post[:]) {
		if len(k) != idLen+2 || len(v) != 2*idLen+1 {
			return nil, &damage{detail: "a row of targets_by_post cannot be read"}
		}
		out = append(out, placed{
			id: idOf[hayon.TargetID](v), state: stateOf(v[idLen]), account: idOf[hayon.AccountID](v[idLen+1:]),
			pos: int(k[idLen])<<8 | int(k[idLen+1]),
		})
	}
	return out, nil
}

// scope is whose posts an entry of posts_by_state lists: an owner's, or those for an account.
type scope [1 + idLen]byte

func ownerScope(id hayon.UserID) scope      { return scope(join([]byte{'o'}, id[:])) }
func accountScope(id hayon.AccountID) scope { return scope(join([]byte{'a'}, id[:])) }

// deletedBit is set in the state of a post that was deleted, so that it stands in lists of its own.
const deletedBit = 0x80

// postEntries are what the indexes hold of a post:
//
//	posts_by_state   scope, state, id          → nothing; once for the owner and once an account
//	posts_by_digits  owner, digits from the end → post
//	posts_deleted    deleted, id               → nothing; every post that was deleted
//
// and those of [searchEntries].
func postEntries(p *hayon.Post, targets []placed) []entry {
	es := append(postStateEntries(p.ID, p.Owner, !p.DeletedAt.IsZero(), targets),
		entry{bucketPostsByDigits, join(p.Owner[:], reversed(p.ID.Digits())), p.ID[:]})
	es = append(es, searchEntries(p)...)
	if !p.DeletedAt.IsZero() {
		es = append(es, entry{bucketPostsDeleted, join(timeKey(p.DeletedAt), p.ID[:]), nil})
	}
	return es
}

func postStateEntries(id hayon.PostID, owner hayon.UserID, deleted bool, targets []placed) []entry {
	state := postStateByte(postState(targets), deleted)
	scopes := []scope{ownerScope(owner)}
	seen := make(map[hayon.AccountID]bool, len(targets))
	for _, t := range targets {
		if !seen[t.account] {
			seen[t.account] = true
			scopes = append(scopes, accountScope(t.account))
		}
	}
	es := make([]entry, 0, len(scopes))
	for _, s := range scopes {
		es = append(es, entry{bucketPostsByState, stateListKey(s, state, id), nil})
	}
	return es
}

func stateListKey(s scope, state byte, id hayon.PostID) []byte {
	return join(s[:], []byte{state}, id[:])
}

func postStateByte(s hayon.PostState, deleted bool) byte {
	b := postStateBytes[s]
	if deleted {
		b |= deletedBit
	}
	return b
}

func postState(targets []placed) hayon.PostState {
	states := make([]hayon.State, len(targets))
	for i, t := range targets {
		states[i] = t.state
	}
	return hayon.DerivePostState(states)
}

// shelf is whose posts an entry of the three indexes below lists: those that an owner has, or those that
// she deleted.
type shelf [idLen + 1]byte

func shelfOf(owner hayon.UserID, deleted bool) shelf {
	s := shelf(join(owner[:], []byte{0}))
	if deleted {
		s[idLen] = 1
	}
	return s
}

// searchEntries are what the indexes hold of the words, labels and time of a post:
//
//	posts_by_search  shelf, id        → created, at, source, what [hayon.Post.SearchText] answers; see head
//	posts_by_label   shelf, label, id → nothing; once a label
//	posts_by_at      shelf, at, id    → nothing; at is zero where the post has none
func searchEntries(p *hayon.Post) []entry {
	s, at := shelfOf(p.Owner, !p.DeletedAt.IsZero()), timeKey(p.At())
	es := []entry{
		{bucketPostsBySearch, join(s[:], p.ID[:]), headOf(p)},
		{bucketPostsByAt, join(s[:], at, p.ID[:]), nil},
	}
	for i, label := range p.Labels {
		if !slices.Contains(p.Labels[:i], label) {
			es = append(es, entry{bucketPostsByLabel, join(s[:], labelKey(label), p.ID[:]), nil})
		}
	}
	return es
}

// maxPlainLabel is how long a label may be to stand in a key as it is.
const maxPlainLabel = 254

// labelKey is a label so that no other begins with it.
func labelKey(label string) []byte {
	if len(label) <= maxPlainLabel {
		return join([]byte{byte(len(label))}, []byte(label)) //nolint:gosec // at most maxPlainLabel
	}
	return textKey([]byte{maxPlainLabel + 1}, label)
}

// The values of changes_by_user.
const (
	changeCreated = 1
	changeRevised = 2
)

// journalEntries are what the indexes hold of a row of the journal:
//
//	journal_by_post  post, seq → nothing; every row of a post
//	changes_by_user  user, seq → which of the two; every row that records a change
func journalEntries(r *hayon.JournalRow) []entry {
	var es []entry
	if !r.Post.IsZero() {
		es = append(es, entry{bucketJournalByPost, join(r.Post[:], seqKey(r.Seq)), nil})
	}
	switch r.Kind {
	case hayon.RowCreated:
		es = append(es, entry{bucketChangesByUser, join(r.User[:], seqKey(r.Seq)), []byte{changeCreated}})
	case hayon.RowRevised:
		es = append(es, entry{bucketChangesByUser, join(r.User[:], seqKey(r.Seq)), []byte{changeRevised}})
	default:
	}
	return es
}

func accountEntries(a *hayon.Account) []entry {
	return []entry{{bucketAccountsByName, accountNameKey(a.Owner, a.Name), a.ID[:]}}
}

func accountNameKey(owner hayon.UserID, name string) []byte { return join(owner[:], []byte(name)) }

// The first byte of a key of letters_ended.
const (
	notCleared = 0
	cleared    = 1
)

// letterEntries are what the indexes hold of the letter of a message, which may be nil:
//
//	letters_by_digest  digest             → letter
//	letters_open       at, id             → nothing; every letter that has not ended
//	letters_ended      cleared, ended, id → nothing; every letter that has
func letterEntries(l *hayon.Letter) []entry {
	if l == nil {
		return nil
	}
	es := []entry{{bucketLettersByDigest, []byte(l.Message.Digest), l.ID[:]}}
	if l.Ended == nil {
		return append(es, entry{bucketLettersOpen, join(timeKey(l.At), l.ID[:]), nil})
	}
	state := []byte{notCleared}
	if l.Cleared {
		state[0] = cleared
	}
	return append(es, entry{bucketLettersEnded, join(state, timeKey(l.Ended.At), l.ID[:]), nil})
}

// reindex turns the entries of a row before its change into those after it.
func (t *Tx) reindex(before, after []entry) error {
	for _, e := range before {
		if !holds(after, e, false) {
			if err := t.delEntry(e.bucket, e.key); err != nil {
				return err
			}
		}
	}
	for _, e := range after {
		if !holds(before, e, true) {
			if err := t.putEntry(e.bucket, e.key, e.value); err != nil {
				return err
			}
		}
	}
	return nil
}

// holds reports whether es has e's key and, where value is set, e's value.
func holds(es []entry, e entry, value bool) bool {
	for _, o := range es {
		if bytes.Equal(o.key, e.key) && bytes.Equal(o.bucket, e.bucket) && (!value || bytes.Equal(o.value, e.value)) {
			return true
		}
	}
	return false
}
