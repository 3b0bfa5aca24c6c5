package storetest

func laneCases() []testCase { return nil }
