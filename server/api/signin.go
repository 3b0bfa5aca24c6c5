package api

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/hayon/hayon"
)

// signIn is the body of a sign-in. It and signInFlow are unexported, so that nothing but the functions
// below can hold a secret in a form that marshals.
type signIn struct {
	Platform string            `json:"platform"`
	Alias    string            `json:"alias,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"`
	Secret   string            `json:"secret,omitempty"`
	Redirect string            `json:"redirect,omitempty"`
	Flow     string            `json:"flow,omitempty"`
	Code     string            `json:"code,omitempty"`
}

// EncodeSignIn is the body of a sign-in, with its secrets in the clear. It goes over a unix socket
// or TLS and nowhere else. A secret that is no valid UTF-8 is invalid.
func EncodeSignIn(in hayon.SignIn) ([]byte, error) {
	for _, s := range []hayon.Secret{in.Secret, in.Flow, in.Code} {
		if !utf8.Valid(s.Reveal()) {
			return nil, hayon.Errorf(hayon.CodeInvalid, "the secret for %s is no valid UTF-8, so it was sent nowhere", in.Platform).
				WithHint("give the password or token as text")
		}
	}
	body, err := json.Marshal(signIn{
		Platform: in.Platform, Alias: in.Alias, Fields: in.Fields, Secret: string(in.Secret.Reveal()),
		Redirect: in.Redirect, Flow: string(in.Flow.Reveal()), Code: string(in.Code.Reveal()),
	})
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "encode the sign-in: %w", err)
	}
	return body, nil
}

// DecodeSignIn reads the body of a sign-in as strictly as [Decode] does.
func DecodeSignIn(body []byte) (hayon.SignIn, error) {
	var w signIn
	if err := Decode(body, &w); err != nil {
		return hayon.SignIn{}, err
	}
	return hayon.SignIn{
		Platform: w.Platform, Alias: w.Alias, Fields: w.Fields, Secret: hayon.NewSecret([]byte(w.Secret)),
		Redirect: w.Redirect, Flow: hayon.NewSecret([]byte(w.Flow)), Code: hayon.NewSecret([]byte(w.Code)),
	}, nil
}

// HasSecret reports whether a sign-in must not cross a network in the clear.
func HasSecret(in hayon.SignIn) bool {
	return !in.Secret.IsZero() || !in.Flow.IsZero() || !in.Code.IsZero()
}

// signInFlow is the answer to the start of a sign-in.
type signInFlow struct {
	URL   string `json:"url"`
	State string `json:"state"`
	Keep  string `json:"keep"`
}

// EncodeSignInFlow is the answer to the start of a sign-in, with its secret in the clear. It goes over
// a unix socket or TLS and nowhere else.
func EncodeSignInFlow(f *hayon.SignInFlow) ([]byte, error) {
	keep := f.Keep.Reveal()
	if !utf8.Valid(keep) {
		return nil, hayon.Errorf(hayon.CodeInternal, "what the sign-in keeps is no valid UTF-8")
	}
	body, err := json.Marshal(signInFlow{URL: f.URL, State: f.State, Keep: string(keep)})
	if err != nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "encode the start of a sign-in: %w", err)
	}
	return body, nil
}

// DecodeSignInFlow reads what [EncodeSignInFlow] wrote.
func DecodeSignInFlow(body []byte) (*hayon.SignInFlow, error) {
	var w signInFlow
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, hayon.Errorf(hayon.CodeInternal, "decode the start of a sign-in: %w", err)
	}
	return &hayon.SignInFlow{URL: w.URL, State: w.State, Keep: hayon.NewSecret([]byte(w.Keep))}, nil
}
