package storetest

func raceCases() []testCase { return nil }
