// Package dir keeps the bytes of media as files in a folder, by their SHA-256.
//
//	b, err := dir.Open("/home/ana/.local/share/hayon/media")
//	hash, size, err := b.Put(ctx, file)
//	r, err := b.Open(ctx, hash)
//
// A blob abcdef… is the file ab/cd/abcdef…. It is written to a temporary file, flushed to the disk
// and renamed, so that under a hash there is either everything or nothing, also after a crash and
// with several processes at once. Files have the mode 0600 and folders 0700.
//
// The time of a file is when its bytes were put there last, also where they were there already. Remove
// goes by it: a blob that somebody has just stored again stays. Temporary files of processes that were
// killed are removed after a day, when the folder is opened.
//
// The package does not look into the bytes, and it deletes no blob by itself.
package dir
