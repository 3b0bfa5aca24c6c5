package hayon

import (
	"context"
	"io"
	"time"
)

// MaxMediaBytes bounds one medium, in bytes. No platform takes more.
const MaxMediaBytes = 1 << 30

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
	// Duration is how long a video or an animation takes; 0 where unknown.
	Duration time.Duration `json:"duration,omitempty"`
	// Animated: a picture of several frames.
	Animated bool `json:"animated,omitempty"`
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
	// Focus is what a cropped view keeps; nil: the centre.
	Focus *Focus `json:"focus,omitempty"`
	// Duration is how long a video or an animation takes; 0 where unknown.
	Duration time.Duration `json:"duration,omitempty"`
	// Animated: a picture of several frames.
	Animated bool `json:"animated,omitempty"`
	// Original is the medium as its owner stored it, where the facts above are those of what was made of
	// it for the platform; nil: it goes out as it came.
	Original *BlobRef `json:"original,omitempty"`
	// Steps say what was done to it, for people, in order.
	Steps []string `json:"steps,omitempty"`
	// Unfit: it could not be made what the platform takes, as [Target].Unmade says.
	Unfit bool `json:"unfit,omitempty"`
	// Thumb is what a platform shows before a video or sound plays; nil: it makes its own.
	Thumb *BlobRef `json:"thumb,omitempty"`
}

// Focus is a point of a picture: from -1 at the left to 1 at the right, and from -1 at the bottom to 1
// at the top.
type Focus struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// Check refuses a point outside the picture.
func (f Focus) Check() error {
	if f.X >= -1 && f.X <= 1 && f.Y >= -1 && f.Y <= 1 {
		return nil
	}
	return Errorf(CodeUsage, "the focus %g,%g is outside the picture", f.X, f.Y).
		WithHint("give both from -1 to 1; 0,0 is the centre")
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
