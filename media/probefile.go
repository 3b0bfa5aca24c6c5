package media

import "io"

// ProbeFile reads more than [Probe] does: the whole structure of the file, but no pixel.
func ProbeFile(r io.ReadSeeker) (Info, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return Info{}, err
	}
	return Probe(r)
}
