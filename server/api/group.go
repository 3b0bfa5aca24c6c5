package api

import (
	"time"

	"github.com/hayon/hayon"
)

// Group is a group as users and programs see it.
type Group struct {
	Name string `json:"name"`
	// Accounts are the names of its accounts, without those that were removed.
	Accounts   []string          `json:"accounts"`
	AccountIDs []hayon.AccountID `json:"account_ids"`
	CreatedAt  time.Time         `json:"created_at,omitzero"`
}

// GroupCreate is a new group. Accounts are named as in the to of a post.
type GroupCreate struct {
	Name     string   `json:"name"`
	Accounts []string `json:"accounts,omitempty"`
}

// GroupOf is g as users see it; accounts gives it the names.
func GroupOf(g *hayon.Group, accounts map[hayon.AccountID]*hayon.Account) Group {
	out := Group{Name: g.Name, Accounts: []string{}, AccountIDs: []hayon.AccountID{}, CreatedAt: utc(g.CreatedAt)}
	for _, id := range g.Accounts {
		out.AccountIDs = append(out.AccountIDs, id)
		if a := accounts[id]; a != nil {
			out.Accounts = append(out.Accounts, a.Name)
		}
	}
	return out
}

// GroupsOf is [GroupOf] for a list; it is never nil.
func GroupsOf(list []*hayon.Group, accounts map[hayon.AccountID]*hayon.Account) []Group {
	out := make([]Group, len(list))
	for i, g := range list {
		out[i] = GroupOf(g, accounts)
	}
	return out
}

// Domain is the group that a face works with, without its owner.
func (g *Group) Domain() *hayon.Group {
	return &hayon.Group{Name: g.Name, Accounts: g.AccountIDs, CreatedAt: utc(g.CreatedAt)}
}
