// Package store opens what keeps Hayon's data, by URL.
//
//	s, err := store.Open(ctx, "bolt:///home/ana/.local/share/hayon/hayon.db", store.Config{Owner: self})
//	blobs, err := store.OpenBlobs(ctx, "dir:///home/ana/.local/share/hayon/media")
//
// The kinds of stores are the folders below: bolt keeps everything in one file, dir keeps the bytes
// of media in a folder. Each passes the suite of package storetest, which is the contract as tests.
//
// The package decides nothing itself, reads no configuration and knows no default path.
package store
