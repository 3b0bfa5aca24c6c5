package hayon

import (
	"context"
	"io"
	"time"
)

// MaintenanceService looks after what is stored. All of it belongs to all users.
type MaintenanceService interface {
	// WriteBackup writes the database and the media into w, as one archive that package store/backup
	// reads. Others may write meanwhile: the archive holds one consistent state. It has no credentials.
	WriteBackup(ctx context.Context, w io.Writer, r BackupRequest) error
	// CheckStore reads everything: the database with its indexes, and the bytes of every medium
	// against their hash. What is wrong is in the report and no error.
	CheckStore(ctx context.Context) (*StoreReport, error)
	// CompactStore gives the file system back what is not used: free pages of the database, and media
	// and fitted copies of them that no post has and that are older than a day.
	CompactStore(ctx context.Context) (*Compaction, error)
	// PruneStore forgets what is old: journal rows of finished targets, and deleted posts.
	PruneStore(ctx context.Context, r PruneRequest) (*Pruned, error)
}

// BackupRequest says what a backup holds.
type BackupRequest struct {
	WithoutMedia bool `json:"without_media,omitempty"`
}

// StoreReport is what CheckStore found.
type StoreReport struct {
	// Problems are sentences for people; none: all is well.
	Problems []string `json:"problems"`
	Posts    int      `json:"posts"`
	Targets  int      `json:"targets"`
	// Media counts media, what they were fitted to, and thumbs, each once.
	Media int `json:"media"`
	// Bytes is how long the database file is, and MediaBytes the bytes of all media.
	Bytes      int64  `json:"bytes"`
	MediaBytes int64  `json:"media_bytes"`
	Schema     int    `json:"schema"`
	WrittenBy  string `json:"written_by,omitempty"` // the version that wrote last
}

// Compaction is what CompactStore gave back, in bytes.
type Compaction struct {
	Before     int64 `json:"before"`
	After      int64 `json:"after"`
	Media      int   `json:"media"` // removed
	MediaBytes int64 `json:"media_bytes"`
}

// PruneRequest says what is old.
type PruneRequest struct {
	// Before is required: what was finished earlier is forgotten.
	Before time.Time `json:"before"`
	DryRun bool      `json:"dry_run,omitempty"`
}

// Pruned is what PruneStore forgot, or would forget.
type Pruned struct {
	Rows  int `json:"rows"`  // of the journal
	Posts int `json:"posts"` // that were deleted before
}

// Maintainer is a [Store] that can be looked after. Safe for concurrent use with everything else.
type Maintainer interface {
	// Snapshot writes a consistent copy of the database that the same kind of store opens.
	Snapshot(ctx context.Context, w io.Writer) (bytes int64, err error)
	// Compact rewrites the database without its free space, and answers its size before and after, in
	// bytes. Other calls wait for it.
	Compact(ctx context.Context) (before, after int64, err error)
	// Info is what is known of the database as a whole.
	Info(ctx context.Context) (StoreInfo, error)
}

// StoreInfo is what is known of a database as a whole.
type StoreInfo struct {
	Schema int
	// WrittenBy is the version of the program that wrote last.
	WrittenBy      string
	Bytes          int64
	Posts, Targets int
}

// PruneTx forgets what is old.
type PruneTx interface {
	// PruneJournal removes rows from before an instant, oldest first, at most limit (0: no bound), and
	// answers how many. Rows of targets that are not finished stay, and so do those of prepared bytes
	// that a target refers to.
	PruneJournal(ctx context.Context, before time.Time, limit int) (int, error)
	// PrunePosts removes posts that were deleted before an instant, with their targets, at most limit
	// (0: no bound), and answers how many.
	PrunePosts(ctx context.Context, before time.Time, limit int) (int, error)
	// PruneMedia removes media that no target refers to and that were created before an instant, and
	// answers how many.
	PruneMedia(ctx context.Context, before time.Time) (int, error)
	// PruneFits forgets what fitting came to before an instant, where the source is no medium any more and
	// no target refers to the source or to the result, and answers how many rows that were.
	PruneFits(ctx context.Context, before time.Time) (int, error)
	// BlobHashes answers the SHA-256 of every blob that is needed, of all users, each once, sorted: those
	// of media, of what fitting came to, and of all that targets refer to, which are attachments, their
	// originals and their thumbs, and the thumbs of cards.
	BlobHashes(ctx context.Context) ([]string, error)
}

// BlobKeeper is a [Blobs] that can be looked after.
type BlobKeeper interface {
	// List calls fn with the hash, the size and the time of writing of every blob, in no order, until
	// fn answers an error.
	List(ctx context.Context, fn func(sha256 string, bytes int64, written time.Time) error) error
	// Remove deletes a blob that was written before an instant, and reports whether it was there. One
	// that was written again meanwhile stays.
	Remove(ctx context.Context, sha256 string, before time.Time) (bool, error)
}
