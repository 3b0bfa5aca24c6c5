package hayon

import "slices"

// ThreadMode says how a text becomes the parts of a thread.
type ThreadMode string

// The thread modes.
const (
	// ThreadLines: a line of only --- begins a new part. A text that is too long is refused. The default.
	ThreadLines ThreadMode = ""
	// ThreadAuto: as ThreadLines, and what is too long for a platform is split there, between paragraphs,
	// else sentences, else words.
	ThreadAuto ThreadMode = "auto"
	// ThreadOff: one text is one part, whatever stands in it.
	ThreadOff ThreadMode = "off"
)

// ThreadModes are the thread modes that a person can name.
func ThreadModes() []ThreadMode { return []ThreadMode{ThreadAuto, ThreadOff} }

// Valid reports whether m is a thread mode.
func (m ThreadMode) Valid() bool { return m == ThreadLines || slices.Contains(ThreadModes(), m) }

// AltPolicy says what happens to an image without a description.
type AltPolicy string

// The alt policies.
const (
	// AltRequire: the post is refused.
	AltRequire AltPolicy = "require"
	// AltWarn: it goes out, with a note on the target. The default.
	AltWarn AltPolicy = "warn"
	// AltIgnore: nobody says anything.
	AltIgnore AltPolicy = "ignore"
)

// AltPolicies are all alt policies.
func AltPolicies() []AltPolicy { return []AltPolicy{AltRequire, AltWarn, AltIgnore} }

// Valid reports whether p is an alt policy or "", which is [AltWarn].
func (p AltPolicy) Valid() bool { return p == "" || slices.Contains(AltPolicies(), p) }

// The words of [PostCreate].Card that are no address.
const (
	// CardAuto makes a card of the first address in each part. The default.
	CardAuto = "auto"
	// CardNone makes none.
	CardNone = "none"
)

// Poll is a question with answers that readers choose from.
type Poll struct {
	Options []string `json:"options"`
	// Seconds is how long it is open.
	Seconds int64 `json:"seconds"`
	// Multiple: a reader may choose several.
	Multiple bool `json:"multiple,omitempty"`
	// HideTotals: nobody sees the figures before the end.
	HideTotals bool `json:"hide_totals,omitempty"`
}

// BlobRef names bytes in [Blobs] with what is known of them.
type BlobRef struct {
	SHA256 string `json:"sha256"`
	Type   string `json:"type"`
	Bytes  int64  `json:"bytes"`
	Width  int    `json:"width,omitempty"`  // in pixels
	Height int    `json:"height,omitempty"` // in pixels
}

// Attachment is the blob as [PrepareRequest].Open takes it.
func (b BlobRef) Attachment() Attachment {
	return Attachment{SHA256: b.SHA256, Type: b.Type, Bytes: b.Bytes, Width: b.Width, Height: b.Height}
}

// Card is what a platform shows of a page that a post links to. It was read once, when the post was
// created.
type Card struct {
	// URL is the address as it stands in the text, with its scheme.
	URL         string `json:"url"`
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	// Thumb is the page's picture, fitted to the platform; nil for none.
	Thumb *BlobRef `json:"thumb,omitempty"`
}
