package storetest

func accountCases() []testCase { return nil }
