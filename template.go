package hayon

import (
	"context"
	"time"
)

// Template is a text with {{variables}} that is used again and again.
type Template struct {
	Owner UserID `json:"owner"`
	// Name is unique per owner: letters, digits, - and _.
	Name      string    `json:"name"`
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// TemplateService keeps templates.
type TemplateService interface {
	// CreateTemplate stores a template. A name that is there already is a conflict, unless replace is set.
	CreateTemplate(ctx context.Context, t Template, replace bool) (*Template, error)
	// FindTemplates answers the user's templates in the order of their names.
	FindTemplates(ctx context.Context) ([]*Template, error)
	// DeleteTemplate forgets a template, or answers not_found.
	DeleteTemplate(ctx context.Context, name string) error
}

// TemplateTx keeps templates.
type TemplateTx interface {
	// PutTemplate stores a template, new or not.
	PutTemplate(ctx context.Context, t *Template) error
	// FindTemplates answers an owner's templates in the order of their names.
	FindTemplates(ctx context.Context, owner UserID) ([]*Template, error)
	// DeleteTemplate removes a template, or answers not_found.
	DeleteTemplate(ctx context.Context, owner UserID, name string) error
}
