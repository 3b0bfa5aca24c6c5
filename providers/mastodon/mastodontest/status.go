package mastodontest

import (
	"time"
)

// Status is a status as the instance holds it.
type Status struct {
	ID         string
	URI        string
	URL        string
	Text       string // as it was sent
	Spoiler    string // the content warning
	Visibility string
	Language   string
	Sensitive  bool
	InReplyTo  string // id, "" is none
	ReblogOf   string // id, "" is none
	Quotes     string // id of the quoted status, "" is none
	Policy     string // quote_approval_policy
	Media      []Media
	Poll       []string // the options
	Key        string   // the Idempotency-Key that it came with
	Edits      []Edit   // what stood there before, the oldest first
	CreatedAt  time.Time
	EditedAt   time.Time // zero is never
	Deleted    bool
}

// Edit is an earlier state of a status.
type Edit struct {
	Text, Spoiler string
	Sensitive     bool
	Media         []Media
	At            time.Time
}

// Media is an attachment.
type Media struct {
	ID          string
	Type        string // image, video, audio, gifv
	MIME        string // as the upload said
	Description string
	Focus       string // "x,y" as it was sent, "" is none
	Bytes       []byte // the file; nil after its deletion
	StatusID    string // what it is attached to, "" is nothing
	Deleted     bool
}
