package storetest

func journalCases() []testCase { return nil }
