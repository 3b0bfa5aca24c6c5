// Command mutants breaks hayon on purpose, as an engineer might by mistake, and shows that the tests
// notice.
//
//	go run ./hayontest/mutants
//	go run ./hayontest/mutants -only intent-after-the-call,fence-unchecked
//
// A mutant is a small change of one or two places in the heart of delivery, with the rule that it
// violates and the tests that have to fail. Each is compiled from a copy beside the source (go build
// -overlay), so that the working tree stays as it is, and programs that a test builds itself are the
// broken ones too. The same tests must have passed without the change.
//
// It prints one line for each mutant with the first test that failed, and exits with 1 when a mutant
// survives, hangs where that was not foreseen, does not compile, or when its place in the source is not
// found exactly once any more. The test of this package looks for the last alone, which takes no time.
// Where all of its tests are skipped, as on a machine without RabbitMQ, it is named as proving nothing, and
// counts as one that was not caught.
//
// A new rule of delivery gets a mutant here when it gets its test. It is no search for weak spots: tools
// that change every operator do that, and take hours.
package main
