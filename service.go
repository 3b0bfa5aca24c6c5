package hayon

import (
	"context"
	"io"
	"iter"
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
	// FindPosts answers posts with their targets, in the filter's order. The filter's Owner is ignored, and
	// its words are spelled as [FoldText] spells them by the service.
	FindPosts(ctx context.Context, f PostFilter) ([]*Post, error)
	// LookupPost finds the post that a person means: a whole id, the last four or more digits of
	// one, or "last". One that fits several is not_found, with the list in the details.
	LookupPost(ctx context.Context, ref string) (PostID, error)
	// CancelPost takes back every target that has not been sent, and leaves the others. Where all are
	// sent or being sent it is a conflict that names the state.
	CancelPost(ctx context.Context, id PostID, c PostChangeRequest) (*Post, error)
	// RetryPost queues every target that failed, was parked or missed, or waits for a retry, to go out
	// now; one that failed before the time of its post waits for that. Nothing to retry is no error: the
	// post is answered as it is.
	RetryPost(ctx context.Context, id PostID, c PostChangeRequest) (*Post, error)
	// ResolvePost records what a person found out about an uncertain target: it is out, or it is not
	// and goes out again. One that failed, was parked or missed can be said to be out as well.
	ResolvePost(ctx context.Context, id PostID, r PostResolve) (*Post, error)
	// PublishPost sends what is a draft or waits for its time, now. Where there is nothing of both it is
	// a conflict that names the state.
	PublishPost(ctx context.Context, id PostID, c PostChangeRequest) (*Post, error)
	// EditPost changes what is out, on the platforms that can; see [PostEdit].
	EditPost(ctx context.Context, id PostID, e PostEdit) (*Post, error)
	// DeletePost takes a post out of the lists, and with Remote first off the platforms; see
	// [PostDeletion]. While anything of it is being sent, or its outcome is unknown, it is a conflict.
	DeletePost(ctx context.Context, id PostID, d PostDelete) (*PostDeletion, error)
}

// PostEdit changes what is out.
type PostEdit struct {
	// Account is the name of the account whose target is meant; "": all that are out.
	Account string `json:"account,omitempty"`
	// Part is which message of a thread is meant, from 0.
	Part int `json:"part,omitempty"`
	// Text is the new text; nil leaves it.
	Text *string `json:"text,omitempty"`
	// Options are new values by name; they hold for all platforms that are meant and know them.
	Options map[string]string `json:"options,omitempty"`
	// Alts are new descriptions of the media, in their order; nil leaves them.
	Alts []string `json:"alts,omitempty"`
	// Focuses are what cropped views of the media keep, in their order; nil leaves them, and so does a nil
	// among them.
	Focuses []*Focus `json:"focuses,omitempty"`
	Reason  string   `json:"reason,omitempty"`
	DryRun  bool     `json:"dry_run,omitempty"`
}

// PostDelete deletes a post.
type PostDelete struct {
	// Remote: also from the platforms. Where one of them cannot, or refuses, the post stays in the lists.
	Remote bool   `json:"remote,omitempty"`
	Batch  string `json:"batch,omitempty"`
	Reason string `json:"reason,omitempty"`
	DryRun bool   `json:"dry_run,omitempty"`
}

// PostDeletion is what became of a post that was to be deleted, or would become of it.
type PostDeletion struct {
	Post *Post `json:"-"`
	// Removals has one entry for each target, in their order.
	Removals []Removal `json:"removals"`
}

// Removal is what deleting does to one target.
type Removal struct {
	Target  TargetID      `json:"target,omitzero"`
	Account string        `json:"account"`
	Effect  RemovalEffect `json:"effect"`
	URL     string        `json:"url,omitempty"`
	// Error is why a platform did not remove it.
	Error *TargetError `json:"error,omitempty"`
}

// RemovalEffect is what deleting does to a target.
type RemovalEffect string

// The effects.
const (
	// RemovalTakenBack: it was not sent and never will be.
	RemovalTakenBack RemovalEffect = "taken_back"
	// RemovalRemoved: it was out and is gone from the platform.
	RemovalRemoved RemovalEffect = "removed"
	// RemovalKept: it stays on the platform, since nobody asked for more.
	RemovalKept RemovalEffect = "kept"
	// RemovalImpossible: the platform cannot take it back.
	RemovalImpossible RemovalEffect = "impossible"
	// RemovalFailed: the platform refused, or was not reached.
	RemovalFailed RemovalEffect = "failed"
)

// PostCreate is what a face hands over for a new post.
type PostCreate struct {
	Text string `json:"text"`
	// Parts are the texts of a thread after the first one, which is Text. Media go with the first.
	Parts []string `json:"parts,omitempty"`
	// Thread says how texts are split further, and Number what each part of a thread ends with, as
	// "{i}/{n}"; "": nothing.
	Thread ThreadMode `json:"thread,omitempty"`
	Number string     `json:"number,omitempty"`
	// ReplyTo is what the post answers: the address of somebody's post, or the id of one of the user's
	// own, which must be out; its last part is answered then. Continue answers the newest post that is out
	// on each account.
	ReplyTo  string `json:"reply_to,omitempty"`
	Continue bool   `json:"continue,omitempty"`
	// Quote is what the first part quotes, like ReplyTo; of one's own the first part. Where a platform has
	// no quotes its address stands in the text.
	Quote string `json:"quote,omitempty"`
	// Card is an address that gets a link card in the place of the first one in the text, [CardNone] or
	// [CardAuto], the default.
	Card string `json:"card,omitempty"`
	Poll *Poll  `json:"poll,omitempty"`
	// AltPolicy says what happens to images without a description; "": [AltWarn].
	AltPolicy AltPolicy `json:"alt_policy,omitempty"`
	// Texts are texts for single accounts, by their names, in the place of Text.
	Texts map[string]string `json:"texts,omitempty"`
	// To and Not name platforms, accounts ("bluesky/work"), all accounts of a platform ("bluesky/*")
	// or "all".
	To    []string     `json:"to"`
	Not   []string     `json:"not,omitempty"`
	Media []MediaInput `json:"media,omitempty"`
	Langs []string     `json:"langs,omitempty"`
	// Options are by option name what the platforms know beside text and media, by the name of an
	// account or platform; under "" for all that know it. What one of those does not know is left out
	// with a note, unless it would make public what was to be for a few.
	Options map[string]map[string]string `json:"options,omitempty"`
	// Note is for the owner alone.
	Note string `json:"note,omitempty"`
	// Repost is the address of somebody's post, or the id of one of the user's own, that is to be
	// reposted; Text, Parts and Media are empty then, and To may be.
	Repost string `json:"repost,omitempty"`
	// Schedule is when; the zero value is now.
	Schedule Schedule `json:"schedule,omitzero"`
	Draft    bool     `json:"draft,omitempty"`
	// IfLate and Grace say what happens after the grace window, and how long it is; "" and nil: the
	// default of each account, then of the service.
	IfLate LatePolicy     `json:"if_late,omitempty"`
	Grace  *time.Duration `json:"grace,omitempty"`
	Labels []string       `json:"labels,omitempty"`
	// IdempotencyKey makes a repeat of the same request answer the same post for 7 days. A dry run tells the
	// conflict of another request under it.
	IdempotencyKey string `json:"idempotency_key,omitempty"`
	AllowDuplicate bool   `json:"allow_duplicate,omitempty"`
	// BestEffort sends it where it is valid. The targets that are not are stored as failed. Without it
	// one invalid target refuses all; and where all are invalid, so does this.
	BestEffort bool `json:"best_effort,omitempty"`
	// Batch is what the posts of one command have in common; see [Change].
	Batch string `json:"batch,omitempty"`
	// Strangers: accounts that are not connected are checked against what their platform says of itself, in
	// a dry run and nowhere else.
	Strangers bool `json:"strangers,omitempty"`
	// Undo holds back what is due now for so long, in which it can be cancelled.
	Undo   time.Duration `json:"undo,omitempty"`
	DryRun bool          `json:"dry_run,omitempty"`
}

// MediaInput attaches a stored medium to targets. It is fitted to what each platform takes.
type MediaInput struct {
	Media MediaID `json:"media,omitzero"`
	Alt   string  `json:"alt,omitempty"`
	Focus *Focus  `json:"focus,omitempty"`
	// For names the accounts that get it, as [PostCreate].To does; none: all.
	For []string `json:"for,omitempty"`
	// Thumb is a stored picture that stands for a video or sound before it plays.
	Thumb MediaID `json:"thumb,omitzero"`
	// NoResize: the picture keeps its pixels, and is refused where it is too large.
	NoResize bool `json:"no_resize,omitempty"`
	// KeepMetadata leaves in the file what it tells of place, time and camera.
	KeepMetadata bool `json:"keep_metadata,omitempty"`
	// Facts stand for a medium that is not stored, in a dry run and nowhere else.
	Facts *MediaFacts `json:"facts,omitempty"`
}

// MediaFacts are what checks need to know of a medium; see [Media].
type MediaFacts struct {
	Type     string        `json:"type"`
	Bytes    int64         `json:"bytes"`
	Width    int           `json:"width,omitempty"`
	Height   int           `json:"height,omitempty"`
	Duration time.Duration `json:"duration,omitempty"`
	Animated bool          `json:"animated,omitempty"`
	Name     string        `json:"name,omitempty"`
}

// PostChangeRequest goes with a change of a post.
type PostChangeRequest struct {
	// Batch is what the changes of one command have in common; see [Change].
	Batch  string `json:"batch,omitempty"`
	Reason string `json:"reason,omitempty"`
	DryRun bool   `json:"dry_run,omitempty"`
}

// PostResolve says what became of a post.
type PostResolve struct {
	// Account is the name of the account whose target is meant; "" where only one can be.
	Account string `json:"account,omitempty"`
	// Published is the URL of the post on the platform. Exactly one of Published and Not is set.
	Published string `json:"published,omitempty"`
	// Not: it is not there, and is to be sent again.
	Not    bool   `json:"not,omitempty"`
	Reason string `json:"reason,omitempty"`
	DryRun bool   `json:"dry_run,omitempty"`
}

// AccountService connects accounts.
type AccountService interface {
	// CreateAccount signs in and stores the account; signing in again to an account of the same name
	// renews its credentials and keeps its id.
	CreateAccount(ctx context.Context, in SignIn) (*Account, error)
	// StartSignIn begins a sign-in that goes on in a browser and ends in CreateAccount. A platform that
	// has none is a usage error.
	StartSignIn(ctx context.Context, in SignIn) (*SignInFlow, error)
	// FindAccounts answers the user's accounts in the order of their names. The filter's Owner is
	// ignored.
	FindAccounts(ctx context.Context, f AccountFilter) ([]*Account, error)
	// VerifyAccount asks the platform whether the account still works and stores what it says.
	VerifyAccount(ctx context.Context, id AccountID) (*Account, error)
	// RefreshAccount renews the credentials where they can be renewed, and reads anew what the platform
	// says of the account and what its server allows.
	RefreshAccount(ctx context.Context, id AccountID) (*Account, error)
	// UpdateAccount changes the name of an account, which is the default of its platform, and the
	// defaults of its targets; those that exist keep theirs. A name that is there already is a conflict.
	UpdateAccount(ctx context.Context, id AccountID, u AccountUpdate) (*Account, error)
	// DeleteAccount removes the account and its secrets. While targets wait for it, it is a conflict.
	DeleteAccount(ctx context.Context, id AccountID) error
}

// AccountUpdate changes an account. Nil fields stay; an empty IfLate and a Grace below zero take the
// account's own default away.
type AccountUpdate struct {
	IfLate *LatePolicy    `json:"if_late,omitempty"`
	Grace  *time.Duration `json:"grace,omitempty"`
	// Gap is the new minimum gap; below zero takes the account's own away.
	Gap *time.Duration `json:"gap,omitempty"`
	// Alias is the new part of the name after the slash; "" for none.
	Alias *string `json:"alias,omitempty"`
	// Default makes the account the one that the bare platform name means.
	Default bool `json:"default,omitempty"`
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
	// Events yields the user's events after f.After as they happen, oldest first, each once, until ctx
	// ends (which is no error) or an error ends it. f.Limit and f.Wait are ignored. A reader that is
	// slow misses nothing and holds up nobody. Over a socket it outlives a restart of the daemon that
	// takes a few seconds; one that takes longer ends it as unreachable.
	Events(ctx context.Context, f EventFilter) iter.Seq2[Event, error]
	// LastSeq is the sequence number of the newest event, 0 when there is none.
	LastSeq(ctx context.Context) (uint64, error)
}

// EventFilter selects events. Zero fields select nothing out.
type EventFilter struct {
	After uint64 `json:"after,omitempty"`
	Post  PostID `json:"post,omitzero"`
	// Kinds: only these; none: all.
	Kinds []EventKind   `json:"kinds,omitempty"`
	Limit int           `json:"limit,omitempty"` // 0: 1000
	Wait  time.Duration `json:"wait,omitempty"`  // at most 30 s
}

// StatusService tells how the service is doing, and stops and starts publishing as a whole.
type StatusService interface {
	Status(ctx context.Context) (*Status, error)
	// Pause stops all publishing until Resume; what is being sent is finished. It lasts through
	// restarts. Scheduling goes on, and the late policy of each target too.
	Pause(ctx context.Context, reason string) (*Status, error)
	// Resume ends a pause; without one it does nothing.
	Resume(ctx context.Context) (*Status, error)
}

// WebhookService tells other programs what happens.
type WebhookService interface {
	// CreateWebhook stores a webhook and answers it with the secret that signs its requests, which is
	// told only now. It gets the events from now on.
	CreateWebhook(ctx context.Context, c WebhookCreate) (*Webhook, Secret, error)
	// FindWebhooks answers the user's webhooks with how their deliveries stand.
	FindWebhooks(ctx context.Context) ([]*Webhook, error)
	// DeleteWebhook removes a webhook and its secret, or answers not_found.
	DeleteWebhook(ctx context.Context, id WebhookID) error
	// TestWebhook sends one example event at once and answers what went wrong, or nil.
	TestWebhook(ctx context.Context, id WebhookID) error
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
	// OutboxAge is how long the oldest of them waits.
	OutboxAge time.Duration `json:"outbox_age,omitempty"`
	// Next is when the next target is due; zero when none is.
	Next time.Time `json:"next,omitzero"`
	// Parked, Missed and Failed count targets in these states; Held the uncertain ones and Asking the
	// missed ones that wait for their user.
	Parked int `json:"parked"`
	Missed int `json:"missed"`
	Failed int `json:"failed"`
	Held   int `json:"held"`
	Asking int `json:"asking"`
	// Paused is set while publishing is paused.
	Paused *Pace `json:"paused,omitempty"`
	// ClockHeld is until when nothing is published because the clock jumped; zero: it did not.
	ClockHeld time.Time `json:"clock_held,omitzero"`
	// NeedUser are the newest targets that wait for their user, at most ten.
	NeedUser []Attention `json:"need_user,omitempty"`
	// Blocked are the accounts of which nothing goes out now, with the reason.
	Blocked []Blocked `json:"blocked,omitempty"`
	// Broker is how the broker is; nil where none runs in the process that answers.
	Broker *BrokerState `json:"broker,omitempty"`
}

// Attention is a target that waits for its user.
type Attention struct {
	Post    PostID    `json:"post"`
	Target  TargetID  `json:"target"`
	Account string    `json:"account"`
	State   State     `json:"state"`
	Due     time.Time `json:"due"`
	Asks    bool      `json:"asks,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Hint    string    `json:"hint,omitempty"`
}

// Blocked is an account of which nothing goes out.
type Blocked struct {
	Account string `json:"account"`
	Reason  string `json:"reason"`
	// Until is when it goes on by itself; zero: not before the user does something.
	Until time.Time `json:"until,omitzero"`
	Hint  string    `json:"hint,omitempty"`
}

// Service is everything that a face calls.
type Service interface {
	PostService
	ChangeService
	PreviewService
	AccountService
	MediaService
	EventService
	StatusService
	WebhookService
	GroupService
	PeopleService
	TemplateService
	MaintenanceService
	BrokerService
}
