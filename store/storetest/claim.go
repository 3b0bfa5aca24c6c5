package storetest

func claimCases() []testCase { return nil }
