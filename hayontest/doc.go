// Package hayontest is the contract of [hayon.Service] as tests: one suite that runs on the services
// in process and on the same services behind server and client, so that a command behaves the same
// whichever way it takes.
//
//	func TestService(t *testing.T) {
//		t.Parallel()
//		hayontest.TestService(t, func(t *testing.T) hayontest.Fixture {
//			db := openStore(t)
//			svc := newScheduler(t, db, site, demo, hayontest.Strict(site))
//			return hayontest.Fixture{
//				Service: svc, Actor: hayontest.Local(), Other: svc, OtherActor: hayontest.Stranger(),
//				Move: hayontest.Mover(db), Age: hayontest.Ager(db), File: hayontest.Filer(db),
//			}
//		})
//	}
//
// The suite asks the services alone; what only a worker does (a target that failed, or went out) it
// has done by [Fixture.Move], [Fixture.Age] and [Fixture.File]. Nothing is published and no network is used. Each case gets a fixture
// of its own and runs in parallel with the others.
//
// It does not test how a post goes out: that is the part of worker, of the providers' suite and of
// the crash matrix.
package hayontest
