// Package media tells what a picture or video file is by looking at its content, and makes of it what
// a platform takes.
//
// [Probe] goes by content and never by a file's name, reads headers only and decodes no pixel, so that
// a picture that claims 60,000 × 60,000 costs as little as any other. [ProbeFile] reads the structure
// of the whole file: how long a video or animation takes, how it is coded, and what the file tells
// beside the picture.
//
//	info, err := media.ProbeFile(file)
//	if unknown, ok := errors.AsType[*media.UnknownTypeError](err); ok {
//		// a text file named .png: unknown.Type is "text/plain"
//	}
//	// info.Type "image/jpeg", info.Width 3024, info.Height 4032 as people see it,
//	// info.Carries ["location" "serial number" "camera" "time"]
//
// A [Fitter] writes another file where the one at hand does not fit a [Spec]:
//
//	fitter := media.NewFitter(media.Config{})
//	got, err := fitter.Fit(ctx, file, out, media.Spec{Types: []string{media.JPEG}, MaxBytes: 1_000_000})
//	// got.Steps ["2.8 MB → 0.97 MB" "turned upright" "scaled 3000 × 4000 → 2519 × 3358" "JPEG q84"
//	//            "location, serial number, camera and time removed"]
//
// It does the least that is needed. Metadata go without a change of the picture: places, serial numbers and
// whatever else is not needed for showing it, and what stands behind its end. Colour profiles stay, over
// new encoding too. A picture that lies on its side is turned. One that is too large loses quality
// before it loses pixels, down to a quality of 75; a photograph in a PNG becomes a JPEG; transparency is
// given up only where no PNG is taken. Nothing is cropped or cut, and no animation is made still: what fits
// in no other way is a [*FitError] that says why.
//
// JPEG, PNG (also animated), GIF and WebP are read, JPEG and PNG written; MP4 and MOV are understood box
// by box, and metadata in them overwritten in place. What asks for other pictures of a video, another
// container or a video of an animation is done by the program ffmpeg where there is one, and refused
// where not.
//
// Memory is bounded: what decoding takes is estimated from the header, all fits of a fitter share one
// budget ([Config.Budget]), and what is over it is refused before a pixel is decoded. With the default of
// 512 MiB these are 60 megapixels and more of ordinary JPEG and PNG files, and 50 of a progressive JPEG with
// halved colours. Videos are streamed.
//
// The package knows no platform's limits and never looks at names. It does not judge what codecs a
// platform plays beyond those that all do. Fitters and functions are safe for concurrent use.
package media
