package hayon

import (
	"context"
	"io"
	"time"
)

// Media is a picture or video that its owner stored. The bytes lie in [Blobs] under SHA256.
type Media struct {
	ID     MediaID `json:"id"`
	Owner  UserID  `json:"owner"`
	SHA256 string  `json:"sha256"` // 64 hexadecimal digits
	// Type is the MIME type, found in the content and not in the name.
	Type  string `json:"type"`
	Bytes int64  `json:"bytes"`
	// Width and Height are in pixels as shown, after the orientation in the file; 0 where unknown.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
	// Name is the base name of the file that it came from, for display only.
	Name      string    `json:"name,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// Attachment is a medium as one part of a target uses it. It repeats the facts of the medium, so
// that a worker and a provider need nothing else.
type Attachment struct {
	Media  MediaID `json:"media"`
	Alt    string  `json:"alt,omitempty"`
	SHA256 string  `json:"sha256"`
	Type   string  `json:"type"`
	Bytes  int64   `json:"bytes"`
	Width  int     `json:"width,omitempty"`
	Height int     `json:"height,omitempty"`
	Name   string  `json:"name,omitempty"`
}

// Blobs keeps bytes by their SHA-256. Safe for concurrent use, also by several processes.
type Blobs interface {
	// Put stores what r holds and answers its hash and size. When it returns without an error the
	// bytes are on the disk (fsync, rename). The same bytes twice are one blob. A full disk and
	// missing permission are local errors; nothing half-written is left under the hash.
	Put(ctx context.Context, r io.Reader) (sha256 string, size int64, err error)
	// Open reads a blob; the caller closes it. An unknown hash is not_found.
	Open(ctx context.Context, sha256 string) (io.ReadCloser, error)
}
