package bluesky

// What the tests hold against indigo's atproto/syntax.
var (
	IsHandle   = isHandle
	IsDID      = isDID
	IsLanguage = isLanguage
	IsTID      = isTID
	NewTID     = newTID
)
