// Package keyring keeps the identity of a sealed vault in the keyring of the operating system: the
// Secret Service on Linux, the Keychain on macOS, the Credential Manager on Windows.
//
// One entry per vault is all it holds, of service "hayon" and user "<profile>/<vault id>"; the secrets
// themselves stand in the sealed file.
//
// # Guarantees
//
//   - No call takes longer than its time limit, even where the keyring never answers: it may hold up a
//     prompt that nobody sees. While a call hangs, further ones fail at once, so that at most one
//     goroutine waits for it, to the end of the process if need be.
//   - On Linux no call starts a session bus; without one it fails within milliseconds.
//   - What was put in was read back and is the same.
//   - Each failure is a local error that names the ways out; none holds the identity.
//
// # Example
//
//	opener := keyring.New(keyring.Config{Profile: "default", Timeout: 3 * time.Second})
//
// # What it is not
//
// It never falls back to something weaker by itself.
package keyring
