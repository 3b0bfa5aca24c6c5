package storetest

func postCases() []testCase { return nil }
