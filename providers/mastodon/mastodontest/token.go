package mastodontest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// oauthError is an error of OAuth, in Doorkeeper's words.
func oauthError(status int, code, description string) *Answer {
	return respond(status, obj{"error": code, "error_description": description})
}

func invalidGrant() *Answer {
	return oauthError(http.StatusBadRequest, "invalid_grant", "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI "+
		"used in the authorization request, or was issued to another client.")
}

func (c *call) giveToken() *Answer {
	grantType := c.p.text("grant_type")
	if grantType == "" {
		return oauthError(http.StatusBadRequest, "invalid_request", "Missing required parameter: grant_type.")
	}
	a := c.client()
	if a == nil {
		return oauthError(http.StatusUnauthorized, "invalid_client", "Client authentication failed due to unknown client, no client authentication included, "+
			"or unsupported authentication method.")
	}
	switch grantType {
	case "authorization_code":
		return c.exchange(a)
	case "client_credentials":
		scopes := c.scopes()
		if !subset(scopes, a.scopes) {
			return oauthError(http.StatusBadRequest, "invalid_scope", "The requested scope is invalid, unknown, or malformed.")
		}
		return ok(c.tokenJSON(c.s.newToken(a, nil, scopes)))
	case "refresh_token":
		if c.s.cfg.TokenTTL > 0 {
			return c.refreshToken(a)
		}
	}
	return oauthError(http.StatusBadRequest, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server.")
}

// exchange gives a token for a code, once. A second time ends the token of the first.
func (c *call) exchange(a *app) *Answer {
	g := c.s.codes[c.p.text("code")]
	switch {
	case g == nil || g.app != a || c.s.now().Sub(g.made) > codeTTL:
		return invalidGrant()
	case g.used != nil:
		g.used.revoke(c.s)
		return invalidGrant()
	case !c.s.redirects([]string{g.redirect}, c.p.text("redirect_uri")):
		return invalidGrant()
	case c.pkce() && g.challenge != challenge(c.p.text("code_verifier")):
		return invalidGrant()
	}
	g.used = c.s.newToken(a, g.user, g.scopes)
	return ok(c.tokenJSON(g.used))
}

// challenge is what PKCE makes of a verifier.
func challenge(verifier string) string {
	if verifier == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// refreshToken gives a new pair for a refresh token, once. The old access token ends.
func (c *call) refreshToken(a *app) *Answer {
	old := c.s.refresh[c.p.text("refresh_token")]
	if old == nil || old.app != a {
		return invalidGrant()
	}
	old.revoke(c.s)
	return ok(c.tokenJSON(c.s.newToken(a, old.user, old.scopes)))
}

func (c *call) tokenJSON(t *token) obj {
	out := obj{"access_token": t.value, "token_type": "Bearer", "scope": strings.Join(t.scopes, " "), "created_at": t.made.Unix()}
	if t.refresh != "" {
		out["expires_in"], out["refresh_token"] = int(c.s.cfg.TokenTTL.Seconds()), t.refresh
	}
	return out
}

// revokeToken ends a token of the client that asks. An unknown one is ended already.
func (c *call) revokeToken() *Answer {
	value := c.p.text("token")
	tok := c.s.tokens[value]
	if tok == nil {
		tok = c.s.refresh[value]
	}
	a := c.client()
	if a == nil || tok != nil && tok.app != a {
		return oauthError(http.StatusForbidden, "unauthorized_client", "You are not authorized to revoke this token")
	}
	if tok != nil {
		tok.revoke(c.s)
	}
	return ok(obj{})
}

// Refresh answers the refresh token and the app's credentials that belong to an access token, for tests
// that start signed in. All are "" where tokens do not expire.
func (s *Server) Refresh(access string) (refresh, clientID, clientSecret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tokens[access]; t != nil && t.refresh != "" {
		return t.refresh, t.app.id, t.app.secret
	}
	return "", "", ""
}

// Client answers the credentials of the app that an access token was given to.
func (s *Server) Client(access string) (id, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tokens[access]; t != nil {
		return t.app.id, t.app.secret
	}
	return "", ""
}
