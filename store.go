package hayon

import (
	"context"
	"time"
)

// Store keeps everything that Hayon must not forget. It is safe for concurrent use.
//
// A store decides; brokers only carry. Every due time, state and intent is in the store before
// anybody acts on it.
type Store interface {
	// View runs fn in a transaction that only reads, on one consistent state. fn must not call the
	// network: an open reader keeps old pages alive.
	View(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	// Update runs fn in a transaction and commits unless fn answers an error. fn may run more than
	// once and has no effects outside tx; only the last run counts. When Update returns nil the
	// change survives a crash of the machine. A ctx that ends before fn has started means that fn
	// did not run; one that ends later is ignored and the outcome is answered.
	Update(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	// Check reads everything and answers the inconsistencies it found as one error, or nil.
	Check(ctx context.Context) error
	// Close releases the store. Calls after it are conflicts.
	Close() error
}

// Tx is a transaction. It is used by one goroutine and not after its function has returned. What a
// Find method answers belongs to the caller.
type Tx interface {
	PostTx
	TargetTx
	ClaimTx
	JournalTx
	OutboxTx
	AccountTx
	MediaTx
	UserTx
	GuardTx
	CursorTx
	ZoneTx
	WebhookTx
	GroupTx
	PersonTx
	TemplateTx
	FitTx
	PruneTx
	LetterTx
}

// PostTx keeps posts.
type PostTx interface {
	// CreatePost stores a new post with all its Targets. Each target's state must be one that a new
	// target may have. It writes no journal row.
	CreatePost(ctx context.Context, p *Post) error
	// FindPostByID answers the post with its targets, or not_found.
	FindPostByID(ctx context.Context, id PostID) (*Post, error)
	// FindPosts answers posts with their targets, in the order of f.
	FindPosts(ctx context.Context, f PostFilter) ([]*Post, error)
	// CountPosts is how many posts f selects; its Limit and Before are ignored.
	CountPosts(ctx context.Context, f PostFilter) (int, error)
	// UpdatePost replaces the post's own row; its targets stay as they are.
	UpdatePost(ctx context.Context, p *Post) error
	// AddTarget stores a new target of a post that is there, after those that it has. The state must be one
	// that a new target may have.
	AddTarget(ctx context.Context, t *Target) error
	// FindPostIDs answers at most limit ids of the owner's posts that end with the digits.
	FindPostIDs(ctx context.Context, owner UserID, suffix string, limit int) ([]PostID, error)
}

// PostFilter selects posts. Zero fields select nothing out.
type PostFilter struct {
	Owner    UserID      `json:"owner,omitzero"`
	States   []PostState `json:"states,omitempty"`
	Accounts []AccountID `json:"accounts,omitempty"`
	// NotAccounts: only posts that have no target for any of these.
	NotAccounts []AccountID `json:"not_accounts,omitempty"`
	// Labels must all be there, and none of NotLabels. Upper and lower case are different.
	Labels    []string `json:"labels,omitempty"`
	NotLabels []string `json:"not_labels,omitempty"`
	// Sources: only posts that came from one of these.
	Sources []Source `json:"sources,omitempty"`
	// Words must all occur in [Post.SearchText], anywhere, and none of NotWords. A word may have blanks.
	Words    []string `json:"words,omitempty"`
	NotWords []string `json:"not_words,omitempty"`
	// Since and Until bound the creation: not before, and before.
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	// AtSince and AtUntil bound [Post.At]: not before, and before. A post without such a time does not fit.
	AtSince time.Time `json:"at_since,omitzero"`
	AtUntil time.Time `json:"at_until,omitzero"`
	// Order is the order of the answer; "": [OrderNewest]. What is equal in it goes by id, in the same
	// direction. Before with another one, and an order that is none, are internal errors.
	Order PostOrder `json:"order,omitempty"`
	// Deleted: also those that their user has deleted.
	Deleted bool `json:"deleted,omitempty"`
	// Before pages on: only posts older than this one.
	Before PostID `json:"before,omitzero"`
	// Limit bounds the answer; 0 means no bound.
	Limit int `json:"limit,omitempty"`
}

// PostOrder is an order of posts.
type PostOrder string

// The orders of posts. Posts without a [Post.At] come last in those that go by it.
const (
	OrderNewest  PostOrder = "newest"  // by creation, the newest first
	OrderOldest  PostOrder = "oldest"  // by creation, the oldest first
	OrderSoonest PostOrder = "soonest" // by At, the earliest first
	OrderLatest  PostOrder = "latest"  // by At, the latest first
)

// PostOrders are all orders of posts.
func PostOrders() []PostOrder {
	return []PostOrder{OrderNewest, OrderOldest, OrderSoonest, OrderLatest}
}

// TargetTx keeps targets. Targets are created with their post.
type TargetTx interface {
	// FindTargetByID answers a target, or not_found.
	FindTargetByID(ctx context.Context, id TargetID) (*Target, error)
	// FindTargets answers targets in the order of Wake, then id.
	FindTargets(ctx context.Context, f TargetFilter) ([]*Target, error)
	// UpdateTarget replaces a target. It is refused as a conflict when the stored fence or
	// generation is newer than t's, as internal when the transition is not in the table, and as a
	// conflict when another target of the account has one of its remote ids.
	UpdateTarget(ctx context.Context, t *Target) error
	// CountTargets is how many targets of all users are in a state; where wakeBefore is set, only
	// those whose Wake is not zero and not after it.
	CountTargets(ctx context.Context, s State, wakeBefore time.Time) (int, error)
	// NextWake is the earliest Wake after an instant (zero: any) of the targets in a state, zero when
	// none has one. It is cheap.
	NextWake(ctx context.Context, s State, after time.Time) (time.Time, error)
	// FindTargetByRemote answers the target of an account that owns a remote id, or not_found.
	FindTargetByRemote(ctx context.Context, account AccountID, remoteID string) (TargetID, error)
}

// TargetFilter selects targets. Zero fields select nothing out.
type TargetFilter struct {
	// States: at least one is required, unless NeedsUser is set.
	States []State
	// NeedsUser: only targets that wait for their user, by [Target.NeedsUser]; States and WakeBefore are
	// ignored then, and the order is newest first by StateSince.
	NeedsUser bool
	Account   AccountID
	// WakeBefore: only targets whose Wake is not zero and not after it; WakeAfter: only those whose Wake is
	// not before it.
	WakeBefore time.Time
	WakeAfter  time.Time
	Limit      int // 0: no bound
}

// ClaimTx moves sets of targets on. Each method is one statement in SQL.
type ClaimTx interface {
	// EnqueueDue moves scheduled targets whose Due is not after r.Now, earliest first, to queued, and
	// those that are too late to missed, by [Target.Miss]. Each gets a journal row, each queued one an
	// outbox row. It answers the targets it moved.
	EnqueueDue(ctx context.Context, r EnqueueRequest) ([]*Target, error)
	// ClaimTargets takes what may be worked on; see [ClaimRequest]. Each claimed target is
	// publishing (or still uncertain) with fence+1 and r's lease, and has a journal row.
	ClaimTargets(ctx context.Context, r ClaimRequest) ([]*Target, error)
	// NextInLane answers the queued target of an account that is due first and whose Wake is not after
	// now; nil when there is none. It is cheap however many targets are queued.
	NextInLane(ctx context.Context, account AccountID, now time.Time) (*Target, error)
	// RenewLease prolongs the lease of a target that still has this fence; else it is a conflict.
	RenewLease(ctx context.Context, id TargetID, fence int64, until time.Time) error
	// FindLeases answers the processes that hold leases, each once.
	FindLeases(ctx context.Context) ([]Owner, error)
	// ExpireLeases ends every lease of these processes at now, because they are dead, and answers
	// how many.
	ExpireLeases(ctx context.Context, owners []Owner, now time.Time) (int, error)
}

// EnqueueRequest is for EnqueueDue.
type EnqueueRequest struct {
	Now time.Time
	// Grace is used in the place of each target's own, where set.
	Grace *time.Duration
	Limit int // 0: no bound
}

// ClaimRequest says what to claim. A target may be claimed when
//   - it is queued or in retry_wait, its Wake is not after Now, and it is not too late; or it is
//     publishing and its lease is over (an orphan: its Step stays as it was found, and Crashes
//     grows), unless it is too late and not in [StepSending]; or it is uncertain and its NotBefore is
//     set and reached (it stays uncertain, gets the lease, and its NotBefore becomes the end of the
//     lease);
//   - no other target of its account holds the lane; of several orphans of one account, which would
//     wait for each other, the one that is due first may be claimed, and one that is too late to be
//     claimed keeps nobody back;
//   - the account is connected, and no [Pace] under its [Account.PaceKeys] holds it back. Where a pace
//     other than [PaceAll] holds a queued or retrying target back, its NotBefore becomes the end of
//     the pace, so that somebody comes by then;
//   - it is not due more than CatchUpAfter before Now, or no other such target of its account was
//     claimed less than CatchUpEvery ago. That is a pace too, under [LatePaceKey], written by the
//     claim. One that lasts longer than that is of a clock that was set back, and holds back nothing.
//
// A pace of an open breaker that is over lets one claim through as the probe, and holds the others
// back for ProbeEvery more.
type ClaimRequest struct {
	Now time.Time
	// Grace is used in the place of each target's own, where set.
	Grace *time.Duration
	// CatchUpAfter and CatchUpEvery pace what is found late; zero CatchUpEvery: no pace.
	CatchUpAfter, CatchUpEvery time.Duration
	// ProbeEvery is how often an open breaker lets one through.
	ProbeEvery time.Duration
	Owner      Owner
	Lease      time.Duration
	// Targets names the candidates; a generation that is not 0 must match. Empty: every target, in
	// the order of Wake, up to Limit.
	Targets []TargetRef
	// InOrder takes, in the place of a named target, the one of its account that is due first. It
	// keeps due order when hints arrive out of order.
	InOrder bool
	Limit   int
}

// TargetRef names a target in a generation; Generation 0 means any.
type TargetRef struct {
	Target     TargetID
	Generation int
}

// JournalTx appends to and reads the one journal.
type JournalTx interface {
	// AppendJournal stores a row and sets its Seq.
	AppendJournal(ctx context.Context, r *JournalRow) error
	// FindJournal answers rows in the order of Seq.
	FindJournal(ctx context.Context, f JournalFilter) ([]*JournalRow, error)
	// FindJournalRow answers one row, or not_found.
	FindJournalRow(ctx context.Context, seq uint64) (*JournalRow, error)
	// FindChanges answers rows that record a change, the newest first.
	FindChanges(ctx context.Context, f ChangeFilter) ([]*JournalRow, error)
	// LastJournalSeq is the Seq of the newest row, 0 when there is none.
	LastJournalSeq(ctx context.Context) (uint64, error)
}

// JournalFilter selects journal rows. Zero fields select nothing out.
type JournalFilter struct {
	After uint64 // only rows with a higher Seq
	Post  PostID
	User  UserID
	Limit int // 0: no bound
}

// OutboxTx keeps the hints that are still to be handed to the broker.
type OutboxTx interface {
	// AppendOutbox stores a row and sets its Seq.
	AppendOutbox(ctx context.Context, r *OutboxRow) error
	// FindOutbox answers rows with a higher Seq than after, in order.
	FindOutbox(ctx context.Context, after uint64, limit int) ([]*OutboxRow, error)
	// DeleteOutbox removes rows; absent ones are no error.
	DeleteOutbox(ctx context.Context, seqs []uint64) error
	// CountOutbox is how many rows wait.
	CountOutbox(ctx context.Context) (int, error)
}

// OutboxRow is one hint, written in the transaction that made it necessary.
type OutboxRow struct {
	Seq        uint64    `json:"seq"`
	At         time.Time `json:"at"`
	Exchange   string    `json:"exchange"`
	RoutingKey string    `json:"routing_key"`
	Hint       Hint      `json:"hint"`
	// NotBefore is when the hint of a retry is to arrive; see [RetryHintFor].
	NotBefore time.Time `json:"not_before,omitzero"`
	// Cause and Reason say why the row is a record for the dead letters or the parking lot.
	Cause  LetterCause `json:"cause,omitempty"`
	Reason string      `json:"reason,omitempty"`
}

// AccountTx keeps accounts.
type AccountTx interface {
	// CreateAccount stores a new account; a name that its owner has already is a conflict.
	CreateAccount(ctx context.Context, a *Account) error
	// FindAccountByID answers an account, or not_found.
	FindAccountByID(ctx context.Context, id AccountID) (*Account, error)
	// FindAccounts answers accounts in the order of Name.
	FindAccounts(ctx context.Context, f AccountFilter) ([]*Account, error)
	// UpdateAccount replaces an account.
	UpdateAccount(ctx context.Context, a *Account) error
	// DeleteAccount removes an account. Its targets stay.
	DeleteAccount(ctx context.Context, id AccountID) error
}

// AccountFilter selects accounts. Zero fields select nothing out.
type AccountFilter struct {
	Owner    UserID `json:"owner,omitzero"`
	Platform string `json:"platform,omitempty"`
	Name     string `json:"name,omitempty"`
}

// MediaTx keeps what is known of media; their bytes are in [Blobs].
type MediaTx interface {
	CreateMedia(ctx context.Context, m *Media) error
	// FindMediaByID answers a medium, or not_found.
	FindMediaByID(ctx context.Context, id MediaID) (*Media, error)
}

// UserTx keeps users.
type UserTx interface {
	// PutUser stores a user, new or not.
	PutUser(ctx context.Context, u *User) error
	// FindUserByID answers a user, or not_found.
	FindUserByID(ctx context.Context, id UserID) (*User, error)
}

// GuardTx keeps what stops a second sending or holds one back: idempotency keys, digests of texts,
// and pacing.
type GuardTx interface {
	// FindKey answers what a user's Idempotency-Key stands for, or not_found.
	FindKey(ctx context.Context, user UserID, key string) (*KeyRow, error)
	// PutKey remembers an Idempotency-Key.
	PutKey(ctx context.Context, r *KeyRow) error
	// FindDigest answers the newest post with this text digest for an account, or not_found.
	FindDigest(ctx context.Context, account AccountID, digest string) (*DigestRow, error)
	// PutDigest remembers a text digest.
	PutDigest(ctx context.Context, r *DigestRow) error
	// FindPace answers what holds a key back, or not_found; see [PaceKey].
	FindPace(ctx context.Context, key string) (*Pace, error)
	// PutPace holds a key back.
	PutPace(ctx context.Context, p *Pace) error
	// PruneGuards forgets keys, digests and paces from before these instants, and answers how many.
	PruneGuards(ctx context.Context, keysBefore, digestsBefore, pacesBefore time.Time) (int, error)
}

// KeyRow is an Idempotency-Key of a user and what it made.
type KeyRow struct {
	User UserID `json:"user"`
	Key  string `json:"key"`
	// Digest is the SHA-256 of the request; another request under the key is a conflict.
	Digest string    `json:"digest"`
	Post   PostID    `json:"post"`
	At     time.Time `json:"at"`
}

// DigestRow says that an account got a text.
type DigestRow struct {
	Account AccountID `json:"account"`
	Digest  string    `json:"digest"`
	Post    PostID    `json:"post"`
	At      time.Time `json:"at"`
}

// Pace holds back every call under one key until an instant. Rate limits, daily quotas, the pause of
// a user and the circuit breaker of a host are all this.
type Pace struct {
	Key       string    `json:"key"`
	NotBefore time.Time `json:"not_before"`
	Reason    string    `json:"reason,omitempty"`
	// Failures are the connect failures of a host since Since; Open says that they opened its breaker.
	// Of a rate limit, Since is when it was met. A Since that is still to come tells that the clock was
	// set back.
	Failures int       `json:"failures,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	Open     bool      `json:"open,omitempty"`
}

// PaceAll is the key under which everything is held back: publishing is paused.
const PaceAll = "all"

// PaceKey is the key under which an account is held back.
func PaceKey(a AccountID) string { return "account:" + a.String() }

// LatePaceKey is the key under which what an account has to catch up is held back.
func LatePaceKey(a AccountID) string { return "late:" + a.String() }

// AppPaceKey is the key under which all accounts of an application are held back.
func AppPaceKey(a *Account) string { return "application:" + a.Platform + ":" + a.App }

// HostPaceKey is the key under which all accounts of a host are held back; a platform without several
// hosts counts as one.
func HostPaceKey(a *Account) string {
	if a.Host == "" {
		return "host:" + a.Platform
	}
	return "host:" + a.Host
}

// CursorTx keeps how far the subscribers of the journal have come, each under a name.
type CursorTx interface {
	// FindCursor answers a cursor, or not_found.
	FindCursor(ctx context.Context, name string) (*Cursor, error)
	// FindCursors answers all cursors in the order of their names.
	FindCursors(ctx context.Context) ([]*Cursor, error)
	// PutCursor stores a cursor.
	PutCursor(ctx context.Context, c *Cursor) error
	// DeleteCursor forgets a cursor; an absent one is no error.
	DeleteCursor(ctx context.Context, name string) error
}

// Cursor is how far a subscriber has come in the journal.
type Cursor struct {
	Name string `json:"name"`
	// Seq is the last row that was dealt with.
	Seq uint64 `json:"seq"`
	// Lease is who delivers from it now; nil: nobody.
	Lease *Lease `json:"lease,omitempty"`
	// Tries counts the failed deliveries of the row after Seq, NotBefore is when the next follows, and
	// LastError why the last one failed.
	Tries     int       `json:"tries,omitempty"`
	NotBefore time.Time `json:"not_before,omitzero"`
	LastError string    `json:"last_error,omitempty"`
	// Disabled: the subscriber said that it wants nothing any more, as LastError tells. Nothing is
	// delivered until somebody clears it.
	Disabled bool `json:"disabled,omitempty"`
}

// ZoneTx keeps which rules of time zones the due times were computed with.
type ZoneTx interface {
	// FindZones answers all zones that posts were scheduled in.
	FindZones(ctx context.Context) ([]Zone, error)
	// PutZone stores one.
	PutZone(ctx context.Context, z Zone) error
}

// Zone is a time zone with a digest of its rules.
type Zone struct {
	Name   string `json:"name"`
	Digest string `json:"digest"`
}

// WebhookTx keeps webhooks.
type WebhookTx interface {
	// PutWebhook stores a webhook, new or not.
	PutWebhook(ctx context.Context, w *Webhook) error
	// FindWebhooks answers an owner's webhooks in the order of their ids; the zero owner: everybody's.
	FindWebhooks(ctx context.Context, owner UserID) ([]*Webhook, error)
	// DeleteWebhook removes a webhook, or answers not_found.
	DeleteWebhook(ctx context.Context, id WebhookID) error
}

// Changes is a [Store] that tells when something was committed by this process.
type Changes interface {
	// Changed answers a channel that is closed at the next commit that wrote journal or outbox rows.
	Changed() <-chan struct{}
}
