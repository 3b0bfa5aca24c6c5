package media

import (
	"encoding/binary"
	"strings"
)

// brand returns the type that an ftyp box names. Phones' photos and sound files are
// built in the same way as MP4, so the box alone is not enough.
// Source: https://mp4ra.org/registered-types/brands, read 2026-11-20.
func brand(b []byte) string {
	const fixed = 16 // length, "ftyp", major brand, version
	size := min(int(binary.BigEndian.Uint32(b)&0xFFFF), len(b))
	if size < fixed {
		return "application/octet-stream"
	}
	mime := brandType(string(b[8:12]))
	if mime != "" && mime != "image/heif" {
		return mime
	}
	for at := fixed; at+4 <= size; at += 4 {
		if t := brandType(string(b[at : at+4])); t != "" && (mime == "" || t != MP4) {
			mime = t
		}
	}
	if mime == "" {
		return "application/octet-stream"
	}
	return mime
}

func brandType(brand string) string {
	switch brand {
	case "avif", "avis":
		return "image/avif"
	case "heic", "heix", "hevc", "hevx", "heim", "heis":
		return "image/heic"
	case "mif1", "msf1":
		return "image/heif"
	case "qt  ":
		return MOV
	case "M4A ", "M4B ", "M4P ":
		return "audio/mp4"
	case "mp41", "mp42", "mp71", "avc1", "M4V ", "M4VH", "M4VP", "MSNV", "dash", "cmfc", "f4v ":
		return MP4
	}
	switch {
	case strings.HasPrefix(brand, "iso"):
		return MP4
	case strings.HasPrefix(brand, "3g"):
		return "video/3gpp"
	}
	return ""
}
