package media

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// survey is how a file is built: what [ProbeFile] answers, what is left of the file without what it tells
// beside the picture, and what decoding it would cost.
type survey struct {
	info Info
	size int64 // of the file, in bytes

	// clean is the file without metadata. It is the whole file where dropped is false.
	clean   parts
	dropped bool

	icc      []byte   // the colour profile, nil for none
	colour   [][]byte // PNG chunks that say how colours are meant, for a new PNG
	metadata [][]byte // JPEG segments with metadata, for a new JPEG
	quality  int      // of a JPEG, estimated from its tables; 0 unknown
	found    bool     // a picture, and not its header alone
	lossless bool     // a WebP
	decode   int64    // the memory that decoding takes, in bytes
	stuck    bool     // a video's metadata is spread over fragments and cannot be taken out in place
}

// ProbeFile reads the structure of the whole file, wherever in r it stands, but decodes no pixel. It
// seeks over the pictures of a video, so that one of a gigabyte costs little. The errors are those of
// [Probe]; unlike that, it finds files that are cut off.
func ProbeFile(r io.ReadSeeker) (Info, error) {
	s, err := surveyFile(r)
	if err != nil {
		return Info{Type: s.info.Type}, err
	}
	return s.info, nil
}

func surveyFile(r io.ReadSeeker) (*survey, error) {
	src, err := newSource(r)
	if err != nil {
		return &survey{}, fmt.Errorf("reading the file: %w", err)
	}
	info, err := Probe(src.buf)
	s := &survey{info: info, size: src.size}
	if err != nil {
		return s, err
	}
	src.lost() // Probe has read on its own account
	if err := src.seek(0); err != nil {
		return s, fmt.Errorf("reading the file: %w", err)
	}
	switch info.Type {
	case JPEG:
		err = s.jpeg(src)
	case PNG:
		err = s.png(src)
	case GIF:
		err = s.gif(src)
	case WebP:
		err = s.webp(src)
	case MP4, MOV:
		err = s.mp4(src)
	}
	if err == nil && len(s.clean.list) > maxParts {
		err = damage("it is in too many pieces")
	}
	if err != nil {
		return s, explainDeep(err, info.Type)
	}
	s.sort()
	return s, nil
}

func explainDeep(err error, mime string) error {
	if _, ok := err.(damage); !ok && isContent(err) { //nolint:errorlint // damage is never wrapped here
		return &CorruptError{Type: mime, Detail: "it is cut off"}
	}
	return explain(err, mime, false)
}

// What a file may carry, the most telling first.
const (
	carriesLocation  = "location"
	carriesSerial    = "serial number"
	carriesCamera    = "camera"
	carriesTime      = "time"
	carriesAuthor    = "author"
	carriesComment   = "comment"
	carriesSoftware  = "software"
	carriesThumbnail = "thumbnail"
	carriesPicture   = "second picture"
	carriesOrigin    = "content credentials"
	carriesIPTC      = "IPTC"
	carriesTrack     = "metadata track"
	carriesXMP       = "XMP"
	carriesEXIF      = "EXIF"
	carriesBehind    = "data behind the end"
	carriesOther     = "other data"
)

var carriesOrder = []string{
	carriesLocation, carriesSerial, carriesCamera, carriesTime, carriesAuthor, carriesComment, carriesSoftware,
	carriesThumbnail, carriesPicture, carriesOrigin, carriesTrack, carriesIPTC, carriesXMP, carriesEXIF, carriesBehind, carriesOther,
}

// drops notes what the clean file leaves out.
func (s *survey) drops(what ...string) {
	s.dropped = true
	for _, w := range what {
		if !slices.Contains(s.info.Carries, w) {
			s.info.Carries = append(s.info.Carries, w)
		}
	}
}

func (s *survey) sort() {
	slices.SortFunc(s.info.Carries, func(a, b string) int {
		return slices.Index(carriesOrder, a) - slices.Index(carriesOrder, b)
	})
}

// xmp notes what a packet of XMP tells. The names of properties are enough: nothing is decoded.
func (s *survey) xmp(packet []byte) {
	text := string(packet)
	found := false
	for property, carries := range map[string]string{
		"GPSL": carriesLocation, "SerialNumber": carriesSerial, "tiff:Model": carriesCamera,
		"DateTimeOriginal": carriesTime, "CreateDate": carriesTime, "dc:creator": carriesAuthor,
		"dc:description": carriesComment, "CreatorTool": carriesSoftware,
	} {
		if strings.Contains(text, property) {
			s.drops(carries)
			found = true
		}
	}
	if !found {
		s.drops(carriesXMP)
	}
}

// turn swaps the sides of a picture whose orientation was found behind its size.
func (s *survey) turn(orientation int) {
	if s.info.Orientation == 1 && orientation >= 5 {
		s.info.Width, s.info.Height = s.info.Height, s.info.Width
	}
	if s.info.Orientation == 1 {
		s.info.Orientation = orientation
	}
}
