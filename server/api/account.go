package api

import (
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/hayon/hayon"
)

// Account is an account as users and programs see it. Where its credentials are kept is nobody's
// business and left out.
type Account struct {
	ID hayon.AccountID `json:"id"`
	// Name is what a person types, such as bluesky or bluesky/work.
	Name     string            `json:"name"`
	Platform string            `json:"platform"`
	Default  bool              `json:"default"`
	Handle   string            `json:"handle,omitempty"`
	RemoteID string            `json:"remote_id,omitempty"`
	Host     string            `json:"host,omitempty"`
	Settings map[string]string `json:"settings,omitempty"`
	// IfLate and Grace are the defaults of the account's targets; left out: those of the service.
	IfLate     hayon.LatePolicy    `json:"if_late,omitempty"`
	Grace      *Duration           `json:"grace,omitempty"`
	Status     hayon.AccountStatus `json:"status"`
	Reason     string              `json:"reason,omitempty"`
	CreatedAt  time.Time           `json:"created_at,omitzero"`
	VerifiedAt time.Time           `json:"verified_at,omitzero"`
}

// AccountOf is a as users see it.
func AccountOf(a *hayon.Account) Account {
	return Account{
		ID: a.ID, Name: a.Name, Platform: a.Platform, Default: a.Default, Handle: a.Handle,
		RemoteID: a.RemoteID, Host: a.Host, Settings: a.Settings, IfLate: a.IfLate, Grace: (*Duration)(a.Grace),
		Status: a.Status, Reason: a.Reason,
		CreatedAt: utc(a.CreatedAt), VerifiedAt: utc(a.VerifiedAt),
	}
}

// AccountsOf is [AccountOf] for a list; it is never nil.
func AccountsOf(list []*hayon.Account) []Account {
	out := make([]Account, len(list))
	for i, a := range list {
		out[i] = AccountOf(a)
	}
	return out
}

// Domain is the account that a face works with, without its owner and without its key in the vault.
func (a *Account) Domain() *hayon.Account {
	return &hayon.Account{
		ID: a.ID, Name: a.Name, Platform: a.Platform, Default: a.Default, Handle: a.Handle,
		RemoteID: a.RemoteID, Host: a.Host, Settings: a.Settings, IfLate: a.IfLate, Grace: (*time.Duration)(a.Grace),
		Status: a.Status, Reason: a.Reason,
		CreatedAt: utc(a.CreatedAt), VerifiedAt: utc(a.VerifiedAt),
	}
}

// AccountUpdate is a [hayon.AccountUpdate] on the wire. What is left out stays; an empty if_late and
// a grace below zero take the account's own default away.
type AccountUpdate struct {
	IfLate *hayon.LatePolicy `json:"if_late,omitempty"`
	Grace  *Duration         `json:"grace,omitempty"`
}

// AccountUpdateOf is u on the wire.
func AccountUpdateOf(u hayon.AccountUpdate) AccountUpdate {
	return AccountUpdate{IfLate: u.IfLate, Grace: (*Duration)(u.Grace)}
}

// Domain is the update that a service takes.
func (u AccountUpdate) Domain() hayon.AccountUpdate {
	return hayon.AccountUpdate{IfLate: u.IfLate, Grace: (*time.Duration)(u.Grace)}
}

// signIn is the body of a sign-in. It is unexported, so that nothing but the two functions below
// can hold a secret in a form that marshals.
type signIn struct {
	Platform string            `json:"platform"`
	Alias    string            `json:"alias,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"`
	Secret   string            `json:"secret,omitempty"`
}

// EncodeSignIn is the body of a sign-in, with its secret in the clear. It goes over a unix socket
// or TLS and nowhere else. A secret that is no valid UTF-8 is invalid.
func EncodeSignIn(in hayon.SignIn) ([]byte, error) {
	secret := in.Secret.Reveal()
	if !utf8.Valid(secret) {
		return nil, hayon.Errorf(hayon.CodeInvalid, "the secret for %s is no valid UTF-8, so it was sent nowhere", in.Platform).
			WithHint("give the password or token as text")
	}
	body, err := json.Marshal(signIn{Platform: in.Platform, Alias: in.Alias, Fields: in.Fields, Secret: string(secret)})
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
	return hayon.SignIn{Platform: w.Platform, Alias: w.Alias, Fields: w.Fields, Secret: hayon.NewSecret([]byte(w.Secret))}, nil
}
