// Package memory keeps secrets in memory only: for CI, whose credentials come from the environment at
// each run and where no key to a sealed file is given.
//
// It keeps the contract of hayon.Vault for the goroutines of one process. Locks do not reach other
// processes, and the end of the process is the end of the secrets.
// It is no way to keep secrets from one run to the next.
//
//	v := memory.New(map[string]hayon.Secret{"bluesky/ci": session})
package memory
