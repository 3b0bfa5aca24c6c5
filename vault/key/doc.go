// Package key opens a vault by an age identity that lies in a file, or is given as text.
//
// # Guarantees
//
// A file that is there is used as it is and never changed; one that is missing is made with a fresh
// identity, readable by its owner alone, when the vault is made. Its form is that of age-keygen, so that
// the age program opens the vault's file with it. No error holds the identity.
//
// # What it is not
//
// It knows no identities of SSH or of plugins, and none that are sealed by a passphrase themselves.
package key
