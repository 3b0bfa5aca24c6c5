package hayon

import "context"

// Preview is what each platform would get of a post.
type Preview struct {
	// Post is as CreatePost would store it, without ids. A target that would be refused is failed, with
	// the reason.
	Post *Post `json:"-"`
	// Targets tell more of the post's targets, in their order.
	Targets []TargetPreview `json:"targets"`
}

// TargetPreview is what a platform would get of a target, part by part.
type TargetPreview struct {
	Parts []PartPreview `json:"parts"`
	// Problems are all reasons why it would be refused; none: it is valid.
	Problems []string `json:"problems,omitempty"`
}

// PartPreview is what is known of a part beside its text, media and card.
type PartPreview struct {
	// Lengths are how long the text is by each limit of the platform.
	Lengths []TextLength `json:"lengths,omitempty"`
	// Facets are the links, mentions and tags that the platform gets or finds, sorted and apart.
	Facets []TextFacet `json:"facets,omitempty"`
	// Embed is what stands below the text, in the platform's word, such as images, gallery, video,
	// external, record.
	Embed string `json:"embed,omitempty"`
	// Unresolved is what only the network knows and nobody asked, as half sentences.
	Unresolved []string `json:"unresolved,omitempty"`
	// Notes say what is left out or done otherwise, as sentences.
	Notes []string `json:"notes,omitempty"`
	// Problems are reasons why the platform would refuse it that only the platform knows, as sentences.
	Problems []string `json:"problems,omitempty"`
}

// TextLength is how much of one limit a text takes up.
type TextLength struct {
	Unit  Unit  `json:"unit"`
	Count int64 `json:"count"`
	Max   int64 `json:"max"`
}

// TextFacet is a stretch of a part's text with a meaning beyond its letters.
type TextFacet struct {
	Kind string `json:"kind"` // link, mention or tag
	// Start and End are byte offsets into the text as UTF-8, End exclusive.
	Start int `json:"start"`
	End   int `json:"end"`
	// Text is what stands there, and Value what it stands for: an address, a handle, a word.
	Text  string `json:"text"`
	Value string `json:"value"`
	// ID is whom a mention names, by the platform's permanent id, once somebody asked.
	ID string `json:"id,omitempty"`
	// Unresolved: nobody asked whether there is such a person.
	Unresolved bool `json:"unresolved,omitempty"`
	// Plain: it was asked and leads to nobody, so that it goes out as plain text.
	Plain bool `json:"plain,omitempty"`
}

// PreviewService shows what each platform would get.
type PreviewService interface {
	// PreviewPost composes a post as CreatePost does and stores no post. Media that it fits stay stored,
	// for the post that follows. Unless c.DryRun is set it asks the network for what only that knows.
	// What a platform would refuse is no error: the preview tells.
	PreviewPost(ctx context.Context, c PostCreate) (*Preview, error)
}

// Previewer is a [Provider] that knows more of what it will send than text and media.
type Previewer interface {
	// PreviewPart is what the platform would get of a part, without its lengths. With a nil session it
	// asks nobody, and says what is unresolved. What the platform would refuse is no error.
	PreviewPart(ctx context.Context, s Session, r PreviewRequest) (*PartPreview, error)
}

// PreviewRequest asks what a platform would get of a part.
type PreviewRequest struct {
	Account *Account
	Target  *Target
	Index   int
}

// Part is the part that is asked for.
func (r PreviewRequest) Part() *Part { return &r.Target.Parts[r.Index] }
