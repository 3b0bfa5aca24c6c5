package api

import (
	"time"

	"github.com/hayon/hayon"
)

// PostRequest is a [hayon.PostRequest] on the wire: what a post was made of.
type PostRequest struct {
	Post     hayon.PostID `json:"post"`
	Revision int          `json:"revision"`
	Create   PostCreate   `json:"create"`
}

// PostRequestOf is r on the wire.
func PostRequestOf(r *hayon.PostRequest) PostRequest {
	return PostRequest{Post: r.Post, Revision: r.Revision, Create: PostCreateOf(r.Create)}
}

// Domain is the request that a face works with.
func (r *PostRequest) Domain() *hayon.PostRequest {
	return &hayon.PostRequest{Post: r.Post, Revision: r.Revision, Create: r.Create.Domain()}
}

// PostRevise is a [hayon.PostRevise] on the wire.
type PostRevise struct {
	Revision int        `json:"revision,omitempty"`
	Create   PostCreate `json:"create"`
	Batch    string     `json:"batch,omitempty"`
	Reason   string     `json:"reason,omitempty"`
	DryRun   bool       `json:"dry_run,omitempty"`
}

// PostReviseOf is r on the wire.
func PostReviseOf(r hayon.PostRevise) PostRevise {
	return PostRevise{Revision: r.Revision, Create: PostCreateOf(r.Create), Batch: r.Batch, Reason: r.Reason, DryRun: r.DryRun}
}

// Domain is the change that a service takes.
func (r PostRevise) Domain() hayon.PostRevise {
	return hayon.PostRevise{Revision: r.Revision, Create: r.Create.Domain(), Batch: r.Batch, Reason: r.Reason, DryRun: r.DryRun}
}

// PostReschedule is a [hayon.PostReschedule] on the wire.
type PostReschedule struct {
	Schedule hayon.Schedule `json:"schedule,omitzero"`
	By       *Shift         `json:"by,omitempty"`
	Batch    string         `json:"batch,omitempty"`
	Reason   string         `json:"reason,omitempty"`
	DryRun   bool           `json:"dry_run,omitempty"`
}

// Shift is a [hayon.Shift] on the wire, with its span as people write it.
type Shift struct {
	Days    int      `json:"days,omitempty"`
	Elapsed Duration `json:"elapsed,omitzero"`
	// Zone is the IANA name of the zone whose calendar counts where the post has none.
	Zone string `json:"zone,omitempty"`
}

// PostRescheduleOf is r on the wire.
func PostRescheduleOf(r hayon.PostReschedule) PostReschedule {
	out := PostReschedule{Schedule: r.Schedule, Batch: r.Batch, Reason: r.Reason, DryRun: r.DryRun}
	if r.By != nil {
		out.By = &Shift{Days: r.By.Days, Elapsed: Duration(r.By.Elapsed), Zone: r.By.Zone}
	}
	return out
}

// Domain is the change that a service takes.
func (r PostReschedule) Domain() hayon.PostReschedule {
	out := hayon.PostReschedule{Schedule: r.Schedule, Batch: r.Batch, Reason: r.Reason, DryRun: r.DryRun}
	if r.By != nil {
		out.By = &hayon.Shift{Days: r.By.Days, Elapsed: time.Duration(r.By.Elapsed), Zone: r.By.Zone}
	}
	return out
}

// PostUndone is what was taken back.
type PostUndone struct {
	Kind hayon.ChangeKind `json:"kind"`
	// At is when the change was made.
	At time.Time `json:"at"`
	// Posts are the posts of the change as they are now.
	Posts []Post `json:"posts"`
}

// PostUndoneOf is u as users see it.
func PostUndoneOf(u *hayon.PostUndone, accounts map[hayon.AccountID]*hayon.Account) PostUndone {
	return PostUndone{Kind: u.Kind, At: utc(u.At), Posts: PostsOf(u.Posts, accounts)}
}

// Domain is what a face works with.
func (u *PostUndone) Domain() *hayon.PostUndone {
	return &hayon.PostUndone{Kind: u.Kind, At: utc(u.At), Posts: postDomains(u.Posts)}
}

// Revision is a [hayon.Revision] on the wire.
type Revision struct {
	Number int              `json:"number"`
	Kind   hayon.ChangeKind `json:"kind"`
	At     time.Time        `json:"at"`
	Source hayon.Source     `json:"source,omitempty"`
	Reason string           `json:"reason,omitempty"`
	Undone bool             `json:"undone,omitempty"`
	Create PostCreate       `json:"create"`
}

// RevisionsOf are the changes of a post on the wire; the list is never nil.
func RevisionsOf(list []hayon.Revision) []Revision {
	out := make([]Revision, len(list))
	for i, r := range list {
		out[i] = Revision{
			Number: r.Number, Kind: r.Kind, At: utc(r.At), Source: r.Source, Reason: r.Reason, Undone: r.Undone,
			Create: PostCreateOf(r.Create),
		}
	}
	return out
}

// Domain is the revision that a face works with.
func (r *Revision) Domain() hayon.Revision {
	return hayon.Revision{
		Number: r.Number, Kind: r.Kind, At: utc(r.At), Source: r.Source, Reason: r.Reason, Undone: r.Undone,
		Create: r.Create.Domain(),
	}
}

// Count is how many there are.
type Count struct {
	Count int `json:"count"`
}

func postDomains(list []Post) []*hayon.Post {
	out := make([]*hayon.Post, len(list))
	for i := range list {
		out[i] = list[i].Domain()
	}
	return out
}
