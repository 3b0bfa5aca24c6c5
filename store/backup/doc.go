// Package backup writes a database with its media as one archive, and makes a folder of it again.
//
// The archive is a tar file in gzip, which any tar reads. Its entries stand in this order:
//
//	manifest.json   what this is: format, version, schema, time, and the hash of the database
//	hayon.db        a consistent copy of the database
//	blobs/SHA256    the bytes of each medium, under their hash in 64 hexadecimal digits, ascending
//	missing.json    the hashes of media whose bytes were not to be had, where there are any
//	SHA256SUMS      the hash of each entry before it, as sha256sum -c reads it
//
// It has no credentials: those are in the vault, which is backed up apart or signed in again.
//
// What it guarantees:
//
//   - [Source.Write] holds up nobody who reads or writes, and the archive has one consistent state. It
//     needs room for a second copy of the database while it runs, and little memory.
//   - [Restore] puts nothing in its place before it has read the whole archive and compared every
//     hash. An archive that was cut or changed, one of a newer Hayon, and one that names anything else
//     than the entries above leave the folder as it was.
//
// It is compressed as fast as gzip can. A database of 10,000 posts, which has many pages that are half
// empty, becomes a fourteenth of its size at 130 MB a second; higher levels gain a sixth more. Media,
// which are compressed already, pass at 840 MB a second (Go 1.26, one core of a small server). It is
// not encrypted: pipe it into a program for that.
//
//	src := backup.Source{Store: db, Blobs: blobs, Version: "1.2.0"}
//	err := src.Write(ctx, file, hayon.BackupRequest{})
//	…
//	done, err := backup.Restore(ctx, file, folder, backup.Options{Blobs: openBlobs})
package backup
