package bluesky

import (
	"strings"

	"github.com/bluesky-social/indigo/api/atproto"
	"github.com/bluesky-social/indigo/api/bsky"
	lexutil "github.com/bluesky-social/indigo/lex/util"

	"github.com/hayon/hayon"
)

// The kinds of what stands below a text, as the last word of their names in the protocol.
const (
	embedImages         = "images"
	embedGallery        = "gallery"
	embedVideo          = "video"
	embedCard           = "external"
	embedQuote          = "record"
	embedQuoteWithMedia = "recordWithMedia"

	embedPrefix     = "app.bsky.embed."
	galleryImage    = embedPrefix + embedGallery + "#image"
	presentationGIF = "gif"
)

// mediaKind is what a part shows beside a quote; "" for nothing. Media take the place of a card.
func mediaKind(part *hayon.Part) string {
	switch n := len(part.Media); {
	case n > 0 && part.Media[0].Type == videoType:
		return embedVideo
	case n > maxImages:
		return embedGallery
	case n > 0:
		return embedImages
	case part.Card != nil:
		return embedCard
	}
	return ""
}

// embedKind is all that a part shows below its text; "" for nothing.
func embedKind(part *hayon.Part) string {
	media := mediaKind(part)
	switch {
	case part.Quote == nil:
		return media
	case media == "":
		return embedQuote
	}
	return embedQuoteWithMedia
}

// embed is what the record shows below the text; nil for nothing.
func embed(part *hayon.Part, up *uploads, quote *atproto.RepoStrongRef) *bsky.FeedPost_Embed {
	media := mediaEmbed(part, up)
	switch {
	case quote == nil && media == nil:
		return nil
	case quote == nil:
		return &bsky.FeedPost_Embed{
			EmbedImages: media.EmbedImages, EmbedGallery: media.EmbedGallery, EmbedVideo: media.EmbedVideo, EmbedExternal: media.EmbedExternal,
		}
	}
	record := &bsky.EmbedRecord{LexiconTypeID: embedPrefix + embedQuote, Record: quote}
	if media == nil {
		return &bsky.FeedPost_Embed{EmbedRecord: record}
	}
	return &bsky.FeedPost_Embed{EmbedRecordWithMedia: &bsky.EmbedRecordWithMedia{
		LexiconTypeID: embedPrefix + embedQuoteWithMedia, Record: record, Media: media,
	}}
}

func mediaEmbed(part *hayon.Part, up *uploads) *bsky.EmbedRecordWithMedia_Media {
	switch mediaKind(part) {
	case embedImages:
		return &bsky.EmbedRecordWithMedia_Media{EmbedImages: images(part, up.images)}
	case embedGallery:
		return &bsky.EmbedRecordWithMedia_Media{EmbedGallery: gallery(part, up.images)}
	case embedVideo:
		return &bsky.EmbedRecordWithMedia_Media{EmbedVideo: video(part.Media[0], up.video)}
	case embedCard:
		return &bsky.EmbedRecordWithMedia_Media{EmbedExternal: &bsky.EmbedExternal{
			LexiconTypeID: embedPrefix + embedCard,
			External: &bsky.EmbedExternal_External{
				Uri: uri(part.Card.URL), Title: part.Card.Title, Description: part.Card.Description, Thumb: up.thumb,
			},
		}}
	}
	return nil
}

func images(part *hayon.Part, blobs []*lexutil.LexBlob) *bsky.EmbedImages {
	out := &bsky.EmbedImages{LexiconTypeID: embedPrefix + embedImages}
	for i, b := range blobs {
		a := part.Media[i]
		out.Images = append(out.Images, &bsky.EmbedImages_Image{Alt: a.Alt, Image: b, AspectRatio: aspectRatio(a)})
	}
	return out
}

func gallery(part *hayon.Part, blobs []*lexutil.LexBlob) *bsky.EmbedGallery {
	out := &bsky.EmbedGallery{LexiconTypeID: embedPrefix + embedGallery}
	for i, b := range blobs {
		a := part.Media[i]
		out.Items = append(out.Items, &bsky.EmbedGallery_Items_Elem{EmbedGallery_Image: &bsky.EmbedGallery_Image{
			LexiconTypeID: galleryImage, Alt: a.Alt, Image: b, AspectRatio: aspectRatio(a),
		}})
	}
	return out
}

func video(a hayon.Attachment, blob *lexutil.LexBlob) *bsky.EmbedVideo {
	out := &bsky.EmbedVideo{LexiconTypeID: embedPrefix + embedVideo, Video: blob, AspectRatio: aspectRatio(a)}
	if a.Alt != "" {
		out.Alt = &a.Alt
	}
	if wasGIF(a) {
		gif := presentationGIF
		out.Presentation = &gif
	}
	return out
}

// wasGIF reports whether a video was made of an animated picture, which repeats without sound.
func wasGIF(a hayon.Attachment) bool {
	return a.Original != nil && strings.HasPrefix(a.Original.Type, "image/")
}

// aspectRatio is nil where the size is unknown: an app then cuts the picture as it likes.
func aspectRatio(a hayon.Attachment) *bsky.EmbedDefs_AspectRatio {
	if a.Width <= 0 || a.Height <= 0 {
		return nil
	}
	return &bsky.EmbedDefs_AspectRatio{Width: int64(a.Width), Height: int64(a.Height)}
}
