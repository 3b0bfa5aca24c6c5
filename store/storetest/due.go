package storetest

func dueCases() []testCase { return nil }
