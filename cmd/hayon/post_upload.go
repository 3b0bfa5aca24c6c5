package main

import (
	"fmt"
	"io"
	"os"
)

// shownUpload is from what size on it is shown how far the upload of a file has come.
const shownUpload = 8 << 20

// upload reads a file and shows on a terminal how far it has come.
type upload struct {
	io.Reader

	app         *app
	name        string
	read, total int64
	shown       int64 // percent
	live        bool
}

// watchUpload reads a file whose progress is shown where it is large and somebody looks.
func (a *app) watchUpload(f *os.File, name string) *upload {
	u := &upload{Reader: f, app: a, name: inert(name), shown: -1}
	info, err := f.Stat()
	if err != nil || info.Size() < shownUpload || a.forProgram() || !a.io.errTTY {
		return u
	}
	u.total = info.Size()
	term, _ := a.getenv("TERM")
	if u.live = term != "dumb" && !a.accessible(); !u.live {
		a.say("Storing %s, %s…", u.name, byteCount(u.total))
	}
	return u
}

func (u *upload) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	u.read += int64(n)
	if !u.live || u.total == 0 {
		return n, err
	}
	if percent := min(u.read*100/u.total, 100); percent != u.shown {
		u.shown = percent
		line := fmt.Sprintf("Storing %s, %s: %d %%", u.name, byteCount(u.total), percent)
		if width := u.app.columns(); width > 4 { // a line that wraps could not be taken away again
			line = clip(line, width-1)
		}
		_, _ = fmt.Fprintf(u.app.io.err, "\r\x1b[K%s", line)
	}
	return n, err
}

// done takes the line away.
func (u *upload) done() {
	if u.live && u.shown >= 0 {
		_, _ = fmt.Fprint(u.app.io.err, "\r\x1b[K")
	}
}

// byteCount is a size as people read it: 93 bytes, 38 kB, 0.91 MB, 2.1 MB. Units are those of ten.
func byteCount(n int64) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 500_000:
		return fmt.Sprintf("%s kB", digits(float64(n)/1e3))
	case n < 500_000_000:
		return fmt.Sprintf("%s MB", digits(float64(n)/1e6))
	}
	return fmt.Sprintf("%s GB", digits(float64(n)/1e9))
}

// digits are two of a small number and all of a large one before its point.
func digits(f float64) string {
	switch {
	case f < 0.995:
		return fmt.Sprintf("%.2f", f)
	case f < 9.95:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.0f", f)
}
