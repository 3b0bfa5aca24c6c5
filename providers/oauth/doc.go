// Package oauth makes what an OAuth 2 client sends: the address of the page on which a user allows
// it, and the forms that turn a code, or a refresh token, into a token.
//
//	verifier := oauth.NewVerifier()
//	page, err := oauth.Authorize{
//		Endpoint: "https://social.example.org/oauth/authorize",
//		ClientID: id, Redirect: redirect, Scope: "read write",
//		State: oauth.NewState(), Verifier: verifier,
//	}.URL()
//	// … the browser comes back with a code …
//	form := oauth.CodeForm(client, code, redirect, verifier)
//
// The proof key for code exchange (PKCE, RFC 7636) is always of the kind S256. Both forms hold secrets:
// they belong into a request's body, never into a URL or a log.
//
// It asks nobody: who sends the forms, and what an answer means, is the provider's matter. Nor does it
// listen for the browser: that is the face's.
package oauth
