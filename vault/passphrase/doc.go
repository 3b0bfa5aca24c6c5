// Package passphrase keeps the identity of a sealed vault under a passphrase.
//
// What it answers to be kept is an age file sealed by scrypt, so that the age program opens it too:
//
//	age -d identity.age > key.txt && age -d -i key.txt secrets.age
//
// # Guarantees
//
// The passphrase is asked for at each call of Make and Open, never kept, and in no error. A file that
// asks for far more work than this package ever does is refused before the work is done.
//
// # Example
//
//	opener := passphrase.New(func(ctx context.Context, confirm bool) (hayon.Secret, error) {
//		return hayon.NewSecret([]byte(os.Getenv("HAYON_VAULT_PASSPHRASE"))), nil
//	}, 0)
//
// # What it is not
//
// It prompts nobody and reads no environment: its caller does. It judges no passphrase beyond "not
// empty".
package passphrase
