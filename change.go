package hayon

import (
	"context"
	"time"
)

// ChangeKind is what a user did to a post.
type ChangeKind string

// The kinds of changes. Each makes a new revision of its post. All but the last two can be taken back, and an
// undo can be done again.
const (
	ChangeCreated     ChangeKind = "created"
	ChangeEdited      ChangeKind = "edited"
	ChangeRescheduled ChangeKind = "rescheduled"
	ChangeCancelled   ChangeKind = "cancelled"
	ChangeDeleted     ChangeKind = "deleted"
	// ChangeUndone: another change was taken back. ChangeRedone: that was taken back.
	ChangeUndone ChangeKind = "undone"
	ChangeRedone ChangeKind = "redone"
)

// ChangeKinds are all kinds of changes.
func ChangeKinds() []ChangeKind {
	return []ChangeKind{ChangeCreated, ChangeEdited, ChangeRescheduled, ChangeCancelled, ChangeDeleted, ChangeUndone, ChangeRedone}
}

// PostImage is a post with its targets as they were stored, so that they can be stored so again.
type PostImage struct {
	Post    *Post     `json:"post"`
	Targets []*Target `json:"targets"`
}

// Change is the body of a [RowRevised] row: what a user did to a post, and how it was before.
type Change struct {
	Kind ChangeKind `json:"kind"`
	// Batch is what the changes of one command have in common; "": it was the only one.
	Batch string `json:"batch,omitempty"`
	// Revision is the one that the change made.
	Revision int `json:"revision"`
	// Before is the post before the change.
	Before *PostImage `json:"before,omitempty"`
	// Generations are those that the change left the targets in, in their order. Where a target has another
	// one since, something else has happened to it and the change cannot be taken back.
	Generations []int `json:"generations"`
	// Of is the row of the change that was taken back, or of the undo that was.
	Of uint64 `json:"of,omitempty"`
}

// ChangeService changes posts that were not sent, and takes changes back. A [Service] has it. What has
// been sent, or is being sent, is refused as a conflict that names the state.
type ChangeService interface {
	// FindRequest answers what a post was made of, as it is asked for now: its accounts, media and the keys
	// of its texts and options are ids. [PostRequest] says more.
	FindRequest(ctx context.Context, id PostID) (*PostRequest, error)
	// RevisePost makes the targets of a post anew of another request. Targets that are out, or whose outcome
	// is unknown, stay as they are; where nothing else would be changed it is a conflict. What is being
	// worked on and has not begun to be sent is taken back and goes out in its new form. Accounts that the
	// request does not name any more are cancelled, those that are new get a target.
	RevisePost(ctx context.Context, id PostID, r PostRevise) (*Post, error)
	// ReschedulePost gives every target that is not out another time. A draft waits for that time then.
	ReschedulePost(ctx context.Context, id PostID, r PostReschedule) (*Post, error)
	// UndoPost takes back the newest change, with all of its batch, or none of it; where a post is named, the
	// newest change of that one alone. It answers the posts as
	// they are then. Where something happened since it is a conflict that names what. With Redo it does again
	// what the newest undo took back.
	UndoPost(ctx context.Context, u PostUndo) (*PostUndone, error)
	// FindRevisions answers every change of a post, the oldest first.
	FindRevisions(ctx context.Context, id PostID) ([]Revision, error)
	// CountPosts is how many posts a filter selects; its Limit and Before are ignored.
	CountPosts(ctx context.Context, f PostFilter) (int, error)
}

// PostRequest is what a post was made of. Of a post that an older version stored it is put together from
// its targets.
type PostRequest struct {
	Post     PostID `json:"post"`
	Revision int    `json:"revision"`
	// Create is the request. Draft tells whether the post is one; IdempotencyKey, AllowDuplicate, Undo and
	// DryRun are empty.
	Create PostCreate `json:"create"`
}

// PostRevise changes a post that has not been sent.
type PostRevise struct {
	// Revision is the one that was changed; where the post has another one by now it is a conflict. 0: any.
	Revision int `json:"revision,omitempty"`
	// Create is the whole new request. A Schedule that is the old one leaves every target its time.
	Create PostCreate `json:"create"`
	Batch  string     `json:"batch,omitempty"`
	Reason string     `json:"reason,omitempty"`
	DryRun bool       `json:"dry_run,omitempty"`
}

// PostReschedule moves a post. Exactly one of Schedule and By is set.
type PostReschedule struct {
	Schedule Schedule `json:"schedule,omitzero"`
	By       *Shift   `json:"by,omitempty"`
	Batch    string   `json:"batch,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	DryRun   bool     `json:"dry_run,omitempty"`
}

// Shift is how much later something is to be, or earlier. Days are those of the calendar in the zone of
// the post.
type Shift struct {
	Days    int           `json:"days,omitempty"`
	Elapsed time.Duration `json:"elapsed,omitempty"`
	// Zone is the IANA name of the zone whose calendar counts where the post has none; "": UTC.
	Zone string `json:"zone,omitempty"`
}

// PostUndo takes back a change.
type PostUndo struct {
	// Post: only the newest change of this one; zero: of all posts of the user.
	Post PostID `json:"post,omitzero"`
	// Redo does again what the last undo took back, while nothing was changed since.
	Redo   bool   `json:"redo,omitempty"`
	Reason string `json:"reason,omitempty"`
	DryRun bool   `json:"dry_run,omitempty"`
}

// PostUndone is what was taken back, or done again.
type PostUndone struct {
	// Kind is that of the change.
	Kind ChangeKind `json:"kind"`
	// At is when the change was made.
	At    time.Time `json:"at"`
	Posts []*Post   `json:"-"`
}

// Revision is one change of a post.
type Revision struct {
	Number int        `json:"number"`
	Kind   ChangeKind `json:"kind"`
	At     time.Time  `json:"at"`
	Source Source     `json:"source,omitempty"`
	Reason string     `json:"reason,omitempty"`
	// Undone: the change was taken back later.
	Undone bool `json:"undone,omitempty"`
	// Create is the request as it was after the change; see [PostRequest].
	Create PostCreate `json:"create"`
}

// ChangeFilter selects rows that record a change: those of [RowCreated] and [RowRevised]. One that does not
// say whose is an internal error.
type ChangeFilter struct {
	// Exactly one of User and Post is set.
	User UserID
	Post PostID
	// Before: only rows with a lower Seq; 0: all.
	Before uint64
	Limit  int // 0: no bound
}
