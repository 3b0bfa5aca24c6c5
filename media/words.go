package media

import (
	"fmt"
	"strconv"
	"strings"
)

// thousands groups digits: 60,000.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// dimensions are "4000 × 3000", and "60,000 × 60,000" from five digits on.
func dimensions(w, h int) string {
	side := func(n int) string {
		if n < 10_000 {
			return strconv.Itoa(n)
		}
		return thousands(int64(n))
	}
	return side(w) + " × " + side(h)
}

// size is a number of bytes as people read it, to two digits at least: 950 bytes, 87 kB, 0.91 MB, 2.1 MB, 14 MB.
func size(n int64) string {
	switch mb := float64(n) / 1e6; {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " bytes"
	case n < 100_000:
		return strconv.FormatInt((n+500)/1000, 10) + " kB"
	case mb < 0.995:
		return fmt.Sprintf("%.2f MB", mb)
	case mb < 9.95:
		return fmt.Sprintf("%.1f MB", mb)
	default:
		return thousands(int64(mb+0.5)) + " MB"
	}
}

func removed(carries []string) string { return enumerate(carries) + " removed" }

func enumerate(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// titles are the types as people call them.
var titles = map[string]string{JPEG: "JPEG", PNG: "PNG", GIF: "GIF", WebP: "WebP", MP4: "MP4", MOV: "MOV"}
