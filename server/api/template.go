package api

import (
	"time"

	"github.com/hayon/hayon"
)

// Template is a text with variables, as users and programs see it.
type Template struct {
	Name      string    `json:"name"`
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	UpdatedAt time.Time `json:"updated_at,omitzero"`
}

// TemplateCreate is a new template. Replace puts it in the place of one of the same name.
type TemplateCreate struct {
	Name    string `json:"name"`
	Text    string `json:"text"`
	Replace bool   `json:"replace,omitempty"`
}

// TemplateOf is t as users see it.
func TemplateOf(t *hayon.Template) Template {
	return Template{Name: t.Name, Text: t.Text, CreatedAt: utc(t.CreatedAt), UpdatedAt: utc(t.UpdatedAt)}
}

// TemplatesOf is [TemplateOf] for a list; it is never nil.
func TemplatesOf(list []*hayon.Template) []Template {
	out := make([]Template, len(list))
	for i, t := range list {
		out[i] = TemplateOf(t)
	}
	return out
}

// Domain is the template that a face works with, without its owner.
func (t *Template) Domain() *hayon.Template {
	return &hayon.Template{Name: t.Name, Text: t.Text, CreatedAt: utc(t.CreatedAt), UpdatedAt: utc(t.UpdatedAt)}
}
