// Package storetest is the contract of [hayon.Store] as tests. Every store passes it.
//
//	func TestStore(t *testing.T) {
//		t.Parallel()
//		storetest.Test(t, storetest.Harness{Open: open, Reopen: reopen})
//	}
//
// Every case gets a store of its own, and ends with Check. What a store declares in Features is
// tested; the suite never asks which store it is. Crashes, full disks and locks are not here: they
// depend on where the data lies and are tested beside each store.
package storetest
