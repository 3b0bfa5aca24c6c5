package hayon

import (
	"context"
	"io"
	"time"
)

// PostService composes, schedules and follows posts. Every call acts for the [Actor] of its
// context and sees that user's posts alone.
type PostService interface {
	// CreatePost checks and stores a post for each of its accounts, all or none, and answers it. When
	// it returns without an error the post is safe. With DryRun it checks only and answers what it
	// would have stored, without ids.
	CreatePost(ctx context.Context, c PostCreate) (*Post, error)
	// FindPostByID answers one post with its targets, or not_found.
	FindPostByID(ctx context.Context, id PostID) (*Post, error)
	// FindPosts answers posts with their targets, newest first. The filter's Owner is ignored.
	FindPosts(ctx context.Context, f PostFilter) ([]*Post, error)
	// LookupPost finds the post that a person means: a whole id, the last four or more digits of
	// one, or "last". One that fits several is not_found, with the list in the details.
	LookupPost(ctx context.Context, ref string) (PostID, error)
	// CancelPost takes back every target that has not been sent, and leaves the others. Where all are
	// sent or being sent it is a conflict that names the state.
	CancelPost(ctx context.Context, id PostID, c PostChangeRequest) (*Post, error)
	// RetryPost queues every target that failed, was parked or missed, or waits for a retry, to go out
	// now. Nothing to retry is no error: the post is answered as it is.
	RetryPost(ctx context.Context, id PostID, c PostChangeRequest) (*Post, error)
}

// PostCreate is what a face hands over for a new post.
type PostCreate struct {
	Text string `json:"text"`
	// Texts are texts for single accounts, by their names, in the place of Text.
	Texts map[string]string `json:"texts,omitempty"`
	// To and Not name platforms, accounts ("bluesky/work"), all accounts of a platform ("bluesky/*")
	// or "all".
	To    []string     `json:"to"`
	Not   []string     `json:"not,omitempty"`
	Media []MediaInput `json:"media,omitempty"`
	Langs []string     `json:"langs,omitempty"`
	// Schedule is when; the zero value is now.
	Schedule Schedule `json:"schedule,omitzero"`
	Draft    bool     `json:"draft,omitempty"`
	Labels   []string `json:"labels,omitempty"`
	// IdempotencyKey makes a repeat of the same request answer the same post for 7 days.
	IdempotencyKey string `json:"idempotency_key,omitempty"`
	AllowDuplicate bool   `json:"allow_duplicate,omitempty"`
	DryRun         bool   `json:"dry_run,omitempty"`
}

// MediaInput attaches a stored medium to every target.
type MediaInput struct {
	Media MediaID `json:"media,omitzero"`
	Alt   string  `json:"alt,omitempty"`
	// Facts stand for a medium that is not stored, in a dry run and nowhere else.
	Facts *MediaFacts `json:"facts,omitempty"`
}

// MediaFacts are what checks need to know of a medium; see [Media].
type MediaFacts struct {
	Type   string `json:"type"`
	Bytes  int64  `json:"bytes"`
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	Name   string `json:"name,omitempty"`
}

// PostChangeRequest goes with a change of a post.
type PostChangeRequest struct {
	Reason string `json:"reason,omitempty"`
	DryRun bool   `json:"dry_run,omitempty"`
}

// AccountService connects accounts.
type AccountService interface {
	// CreateAccount signs in and stores the account; signing in again to an account of the same name
	// renews its credentials and keeps its id.
	CreateAccount(ctx context.Context, in SignIn) (*Account, error)
	// FindAccounts answers the user's accounts in the order of their names. The filter's Owner is
	// ignored.
	FindAccounts(ctx context.Context, f AccountFilter) ([]*Account, error)
	// VerifyAccount asks the platform whether the account still works and stores what it says.
	VerifyAccount(ctx context.Context, id AccountID) (*Account, error)
	// DeleteAccount removes the account and its secrets. While targets wait for it, it is a conflict.
	DeleteAccount(ctx context.Context, id AccountID) error
}

// MediaService stores media.
type MediaService interface {
	// CreateMedia stores what r holds; name is for display. The type is found in the content; one
	// that nobody can use, and an empty file, are invalid.
	CreateMedia(ctx context.Context, r io.Reader, name string) (*Media, error)
	// FindMediaByID answers a medium, or not_found.
	FindMediaByID(ctx context.Context, id MediaID) (*Media, error)
}

// EventService shows what happens.
type EventService interface {
	// FindEvents answers the user's events after a sequence number, oldest first. Where there is
	// none it waits up to f.Wait for one; an empty answer then is no error.
	FindEvents(ctx context.Context, f EventFilter) ([]Event, error)
	// LastSeq is the sequence number of the newest event, 0 when there is none.
	LastSeq(ctx context.Context) (uint64, error)
}

// EventFilter selects events. Zero fields select nothing out.
type EventFilter struct {
	After uint64        `json:"after,omitempty"`
	Post  PostID        `json:"post,omitzero"`
	Limit int           `json:"limit,omitempty"` // 0: 1000
	Wait  time.Duration `json:"wait,omitempty"`  // at most 30 s
}

// StatusService tells how the service is doing.
type StatusService interface {
	Status(ctx context.Context) (*Status, error)
}

// Status is how a running service is doing.
type Status struct {
	Version   string    `json:"version"`
	Owner     Owner     `json:"owner"`
	StartedAt time.Time `json:"started_at"`
	// Holding: the process holds the database and no other can open it.
	Holding bool `json:"holding"`
	// Scheduled, Queued, Publishing, RetryWait and Uncertain count targets in these states.
	Scheduled  int `json:"scheduled"`
	Queued     int `json:"queued"`
	Publishing int `json:"publishing"`
	RetryWait  int `json:"retry_wait"`
	Uncertain  int `json:"uncertain"`
	// Overdue counts targets that should have gone out more than ten seconds ago.
	Overdue int `json:"overdue"`
	// Outbox counts hints that the broker has not confirmed.
	Outbox int `json:"outbox"`
	// Next is when the next target is due; zero when none is.
	Next time.Time `json:"next,omitzero"`
}

// Service is everything that a face calls.
type Service interface {
	PostService
	AccountService
	MediaService
	EventService
	StatusService
}
