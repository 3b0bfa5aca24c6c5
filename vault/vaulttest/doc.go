// Package vaulttest is the contract of hayon.Vault as a test suite.
//
// Every implementation runs it and declares as data what it can; the suite asks nobody who he is. At
// the end of each case it looks for the secrets of the case in every error that the vault answered, in
// its log and, where the vault is sealed, in the files of its folder.
//
//	func TestVault(t *testing.T) {
//		t.Parallel()
//		vaulttest.Test(t, vaulttest.Harness{
//			Open: func(t *testing.T, dir string, log *slog.Logger) hayon.Vault { … },
//			Features: vaulttest.Features{Durable: true, Sealed: true},
//		})
//	}
//
// It does not test how a vault is opened, nor several processes: that belongs to the implementations.
package vaulttest
