package storetest

func leaseCases() []testCase { return nil }
