package hayon

import (
	"context"
	"time"
)

// Group is a name for several accounts, written @NAME where accounts are named.
type Group struct {
	Owner UserID `json:"owner"`
	// Name is without the @, unique per owner.
	Name string `json:"name"`
	// Accounts are in the order in which they were added, each once.
	Accounts  []AccountID `json:"accounts"`
	CreatedAt time.Time   `json:"created_at"`
}

// GroupUpdate changes who is in a group. Both name accounts as [PostCreate].To does.
type GroupUpdate struct {
	Add    []string `json:"add,omitempty"`
	Remove []string `json:"remove,omitempty"`
}

// GroupService names several accounts at once.
type GroupService interface {
	// CreateGroup stores a group of these accounts, which may be none; a name that is there already is
	// a conflict.
	CreateGroup(ctx context.Context, name string, accounts []string) (*Group, error)
	// FindGroups answers the user's groups in the order of their names.
	FindGroups(ctx context.Context) ([]*Group, error)
	// UpdateGroup adds and removes accounts. One that is in, or out, already is no error.
	UpdateGroup(ctx context.Context, name string, u GroupUpdate) (*Group, error)
	// DeleteGroup forgets the group and keeps its accounts, or answers not_found.
	DeleteGroup(ctx context.Context, name string) error
}

// GroupTx keeps groups.
type GroupTx interface {
	// PutGroup stores a group, new or not.
	PutGroup(ctx context.Context, g *Group) error
	// FindGroup answers a group, or not_found.
	FindGroup(ctx context.Context, owner UserID, name string) (*Group, error)
	// FindGroups answers the groups of an owner in the order of their names.
	FindGroups(ctx context.Context, owner UserID) ([]*Group, error)
	// DeleteGroup removes a group, or answers not_found.
	DeleteGroup(ctx context.Context, owner UserID, name string) error
}
