// Package file keeps the secrets of a profile in one sealed file.
//
// Beside each other in one folder stand:
//
//	vault.json          how the vault is opened; holds no secret
//	secrets.age         the secrets, sealed to an age X25519 identity
//	identity.age        the identity, where its [Opener] gave something to keep (a passphrase does)
//	secrets.plain.json  the secrets in clear, only where [Plain] was asked for by name
//	locks/              one lock file per lock; never removed, always empty
//
// # Guarantees
//
//   - A change reads, changes and replaces the file under a lock that other processes respect, and
//     is on the disk (file and folder synced) before Update returns. A process that is killed at any
//     moment leaves the old file or the new one.
//   - The identity is asked from its [Opener] once in the life of a [Vault] and not before a secret is
//     read or written; a vault that does not exist yet is not opened to learn that it is empty.
//   - Each read sees the file as it is now; decrypted contents are not kept.
//   - Locks belong to open files, so the end of a process, however it comes, frees them.
//   - All files are readable by their owner alone; a looser one is tightened and logged.
//
// # Example
//
//	v, err := file.New(file.Config{
//		Dir:     dir,
//		Default: "passphrase",
//		Openers: map[string]file.Opener{"passphrase": passphrase.New(ask, 0)},
//		Logger:  logger,
//	})
//	err = v.Update(ctx, "bluesky/ana", func(hayon.Secret) (hayon.Secret, error) { return session, nil })
//
// # What it is not
//
// It does not choose an opener; package vault does. It hides secrets from who can read the disk, not
// from who can run programs as the user, and it does not notice that an older copy of the file was put
// back. The sealed file is an ordinary age file: the age program opens it with the identity.
package file
