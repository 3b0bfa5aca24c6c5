package api

import (
	"time"

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
	IfLate hayon.LatePolicy `json:"if_late,omitempty"`
	Grace  *Duration        `json:"grace,omitempty"`
	// Gap is the least time between two posts of the account; left out: five minutes.
	Gap    *Duration           `json:"gap,omitempty"`
	Status hayon.AccountStatus `json:"status"`
	Reason string              `json:"reason,omitempty"`
	// Server is what the account's own server allows, as it was last read.
	Server     *hayon.ServerFacts `json:"server,omitempty"`
	CreatedAt  time.Time          `json:"created_at,omitzero"`
	VerifiedAt time.Time          `json:"verified_at,omitzero"`
}

// AccountOf is a as users see it.
func AccountOf(a *hayon.Account) Account {
	return Account{
		ID: a.ID, Name: a.Name, Platform: a.Platform, Default: a.Default, Handle: a.Handle,
		RemoteID: a.RemoteID, Host: a.Host, Settings: a.Settings, IfLate: a.IfLate, Grace: (*Duration)(a.Grace),
		Gap: (*Duration)(a.Gap), Status: a.Status, Reason: a.Reason, Server: a.Server,
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
		Gap: (*time.Duration)(a.Gap), Status: a.Status, Reason: a.Reason, Server: a.Server,
		CreatedAt: utc(a.CreatedAt), VerifiedAt: utc(a.VerifiedAt),
	}
}

// AccountUpdate is a [hayon.AccountUpdate] on the wire. What is left out stays; an empty if_late, and
// a grace or a gap below zero, take the account's own default away.
type AccountUpdate struct {
	IfLate *hayon.LatePolicy `json:"if_late,omitempty"`
	Grace  *Duration         `json:"grace,omitempty"`
	Gap    *Duration         `json:"gap,omitempty"`
	// Alias is the new part of the name after the slash, "" for none; Default makes the account the one
	// that the bare platform name means.
	Alias   *string `json:"alias,omitempty"`
	Default bool    `json:"default,omitempty"`
}

// AccountUpdateOf is u on the wire.
func AccountUpdateOf(u hayon.AccountUpdate) AccountUpdate {
	return AccountUpdate{IfLate: u.IfLate, Grace: (*Duration)(u.Grace), Gap: (*Duration)(u.Gap), Alias: u.Alias, Default: u.Default}
}

// Domain is the update that a service takes.
func (u AccountUpdate) Domain() hayon.AccountUpdate {
	return hayon.AccountUpdate{
		IfLate: u.IfLate, Grace: (*time.Duration)(u.Grace), Gap: (*time.Duration)(u.Gap), Alias: u.Alias, Default: u.Default,
	}
}
