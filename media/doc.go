// Package media tells what a picture or video file is by looking at its first bytes.
//
// [Probe] goes by content and never by a file's name, reads headers only and decodes
// no pixel, so that a picture that claims 60,000 × 60,000 costs as little as any other:
//
//	info, err := media.Probe(file)
//	if unknown, ok := errors.AsType[*media.UnknownTypeError](err); ok {
//		// a text file named .png: unknown.Type is "text/plain"
//	}
//	// info.Type "image/jpeg", info.Width 3024, info.Height 4032 as people see it
//
// JPEG, PNG (also animated), GIF and WebP are understood; MP4 is recognised and not
// looked into. Every function is pure and safe for concurrent use.
//
// It does not say that a file is whole: what comes after the header is not read. It
// knows no platform's limits; absurd sizes are reported as they stand. It neither
// scales nor rewrites anything.
package media
