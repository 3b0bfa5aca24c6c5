package bolt

import (
	"context"

	"github.com/hayon/hayon"
)

// PutTemplate stores a template.
func (t *Tx) PutTemplate(_ context.Context, tm *hayon.Template) error {
	if tm.Owner.IsZero() || tm.Name == "" {
		return hayon.Errorf(hayon.CodeInternal, "a template needs an owner and a name to be stored")
	}
	b, err := encode("template", tm)
	if err != nil {
		return err
	}
	return t.put(bucketTemplates, nameKey(tm.Owner, tm.Name), b)
}

// FindTemplates answers the templates of an owner.
func (t *Tx) FindTemplates(_ context.Context, owner hayon.UserID) ([]*hayon.Template, error) {
	return ownersRows[hayon.Template](t, bucketTemplates, owner, "template")
}

// DeleteTemplate removes a template.
func (t *Tx) DeleteTemplate(_ context.Context, owner hayon.UserID, name string) error {
	return t.delNamed(bucketTemplates, owner, name, "template")
}
