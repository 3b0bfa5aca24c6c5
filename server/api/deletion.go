package api

import "github.com/hayon/hayon"

// Deletion is what became of a post that was to be deleted, or would become of it.
type Deletion struct {
	Post     Post            `json:"post"`
	Removals []hayon.Removal `json:"removals"`
}

// DeletionOf is d as users see it.
func DeletionOf(d *hayon.PostDeletion, accounts map[hayon.AccountID]*hayon.Account) Deletion {
	out := Deletion{Post: PostOf(d.Post, accounts), Removals: d.Removals}
	if out.Removals == nil {
		out.Removals = []hayon.Removal{}
	}
	return out
}

// Domain is the deletion that a face works with.
func (d *Deletion) Domain() *hayon.PostDeletion {
	return &hayon.PostDeletion{Post: d.Post.Domain(), Removals: d.Removals}
}
