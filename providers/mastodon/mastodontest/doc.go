// Package mastodontest is a Mastodon instance inside a test: strict as the real ones are, and as
// different from one another as their relatives.
//
//	srv := mastodontest.New(t, mastodontest.Config{})
//	ana := srv.AddUser("ana")
//	token := srv.Token(ana, "profile", "write:statuses", "write:media", "read:statuses")
//	// speak to srv.URL …
//	for _, status := range srv.Public(ana) { … }
//
// What it refuses a Mastodon would refuse: a text that is too long, media that are not processed, a
// scope that the token lacks, a code that was used. A request that the API's description does not know
// fails the test, and so does an answer of its own that breaks the description; the description is read
// from mastodon/openapi.json below HAYON_SPECS, and without that variable nothing is held against it.
//
// Relatives come as a [Config]: [GoToSocial], [Pleroma], [Pixelfed], [Glitch], [Roomy], [Old].
// [Server.Fail] spoils answers. The server forgets everything when the test ends.
//
// It federates with nobody and sends no streams; what is elsewhere is what a test says of it.
package mastodontest
