package hayon

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"
)

// Template is a text with {{variables}} that is used again and again.
type Template struct {
	Owner UserID `json:"owner"`
	// Name is unique per owner: letters, digits, - and _, at most [MaxNameLen].
	Name string `json:"name"`
	// Text has at most [MaxTemplateBytes].
	Text      string    `json:"text"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// TemplateService keeps templates.
type TemplateService interface {
	// CreateTemplate stores a template. A name that is there already is a conflict, unless replace is set;
	// then CreatedAt stays. A text that is empty or no template is a usage error that tells where.
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

// MaxTemplateBytes bounds the text of a template.
const MaxTemplateBytes = 256 << 10

// Clean is t without blanks around its name, with line feeds alone for the ends of lines, and without those
// at the end, which files have and posts do not need. What cannot be a name, and a text that is empty, too
// long or not in UTF-8, are usage errors.
func (t Template) Clean() (Template, error) {
	name, err := CleanTemplateName(t.Name)
	if err != nil {
		return t, err
	}
	t.Name = name
	t.Text = strings.TrimRight(strings.ReplaceAll(t.Text, "\r\n", "\n"), "\n")
	switch {
	case strings.TrimSpace(t.Text) == "":
		return t, Errorf(CodeUsage, "the template %s has no text; nothing was stored", t.Name).
			WithHint("give one: hayon template create " + t.Name + ` --text "{{version}} is out"`)
	case len(t.Text) > MaxTemplateBytes:
		return t, Errorf(CodeUsage, "the template %s has %d bytes, and %d is the most; nothing was stored", t.Name, len(t.Text), MaxTemplateBytes).
			WithHint("make several of it")
	case !utf8.ValidString(t.Text):
		return t, Errorf(CodeUsage, "the template %s is no text in UTF-8; nothing was stored", t.Name).
			WithHint("save it as UTF-8")
	}
	return t, nil
}

// CleanTemplateName is the name of a template without blanks around it. What cannot be one is a usage
// error.
func CleanTemplateName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if !plainName(name) {
		return "", Errorf(CodeUsage, "%q is no name of a template", name).
			WithHint(`use 1 to 64 letters, digits, - and _, as in: hayon template create release --text "…"`)
	}
	return name, nil
}
