package storetest

func guardCases() []testCase { return nil }
