// Package bolt keeps everything of one Hayon in one file, with bbolt.
//
//	db, err := bolt.Open(ctx, "/home/ana/.local/share/hayon/hayon.db", bolt.Config{Owner: self})
//	err = db.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
//		return tx.CreatePost(ctx, post)
//	})
//
// What it guarantees:
//
//   - When Update returns nil, the change is on the disk. A process that is killed, or a machine
//     that loses power, leaves the file as it was after some commit.
//   - Functions that wait at the same time share one commit (group commit) and see each other's
//     changes. One that fails is taken back alone and gets its own error. It runs in its caller's
//     goroutine, so a panic in it is the caller's, and the others go on.
//   - No change of a state that is not in the table of transitions can be stored, no write with an
//     old fence or generation, no remote id of an account twice, and no second letter of a message.
//   - A damaged file, a full disk and a file of a newer Hayon are errors that say so, and never a
//     panic. No row is answered that is not what was written, and Check finds every byte that changed,
//     but those that nothing reads.
//
// There are two ways of holding the file. By default it is opened and locked for each transaction
// only, so that one-shot commands get along with each other; who comes to a locked file waits up
// to Config.LockTimeout. [DB.Hold] keeps it, for a daemon, and writes an owner file beside it that
// tells others whom to talk to. Transactions that only read take a shared lock and do not keep
// each other out.
//
// [DB.Snapshot] copies the file while it is used, and [DB.Compact] puts a smaller one in its place, after
// which everybody who waited for the old one opens the new.
//
// Rows are the JSON of the domain types, each with its CRC-32C behind it; for every bucket of rows the
// file tells how many there are and the sum of their checksums (total.go). Indexes are buckets of their
// own whose entries follow from the rows alone (index.go); Check derives them anew and compares.
//
// It is not a server: a second machine cannot use the file. A transaction inside a transaction is
// an error.
package bolt
