// Package vault opens the place where a profile keeps its secrets.
//
// They stand in one sealed file (package file) whose key is kept by the keyring of the operating
// system (package keyring), under a passphrase (package passphrase), in a file (package key) or by a
// program (package command). Which of them it is, is said by the first sign-in and written beside the file; package memory serves where nothing may be kept.
//
// # Guarantees
//
// Open touches neither the disk nor a keyring. Nothing is written in clear unless
// [InsecurePlaintext] was asked for by name. There is no silent step from one way to a weaker one: where
// the keyring cannot be used, the error says so and names the others.
//
// # Example
//
//	v, err := vault.Open(ctx, vault.Config{Dir: dataDir, Profile: "default", Logger: logger})
//	if err != nil {
//		return err
//	}
//	session, err := v.Get(ctx, account.SecretRef)
//
// # What it is not
//
// It knows no platform and no session: secrets are bytes. It reads no environment and prompts nobody.
package vault
