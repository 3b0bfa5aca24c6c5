package mastodontest

// CheckAnswer holds an answer against the description.
func CheckAnswer(method, path string, ans *Answer) ([]string, error) {
	sp, err := description()
	if err != nil {
		return nil, err
	}
	return sp.checkAnswer(method, path, ans, false), nil
}
