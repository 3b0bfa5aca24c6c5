package scheduler

import (
	"context"
	"slices"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
)

// CheckTemplate is t as CreateTemplate takes it, see [hayon.Template.Clean]. A text that is no template is a
// usage error that tells where.
func CheckTemplate(t hayon.Template) (hayon.Template, error) {
	t, err := t.Clean()
	if err != nil {
		return t, err
	}
	if _, err := text.Variables(t.Text); err != nil {
		return t, hayon.Errorf(hayon.CodeUsage, "the text of %s is no template: %w; nothing was stored", t.Name, err).
			WithHint("write {{name}} or {{name|default}} for what is filled in later")
	}
	return t, nil
}

// CreateTemplate stores a template.
func (s *Scheduler) CreateTemplate(ctx context.Context, t hayon.Template, replace bool) (*hayon.Template, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	if t, err = CheckTemplate(t); err != nil {
		return nil, err
	}
	now := s.now().UTC()
	t.Owner, t.UpdatedAt = actor.User, now
	err = s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		list, err := tx.FindTemplates(ctx, actor.User)
		if err != nil {
			return err
		}
		t.CreatedAt = now
		if was := templateNamed(list, t.Name); was != nil {
			if !replace {
				return hayon.Errorf(hayon.CodeConflict, "there is a template %s already; nothing was stored", t.Name).
					WithHint("see it: hayon template show " + t.Name + "   or put this one in its place: --replace")
			}
			t.CreatedAt = was.CreatedAt
		}
		return tx.PutTemplate(ctx, &t)
	})
	if err != nil {
		return nil, err
	}
	return &t, nil
}

// FindTemplates answers the actor's templates.
func (s *Scheduler) FindTemplates(ctx context.Context) ([]*hayon.Template, error) {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return nil, err
	}
	var list []*hayon.Template
	err = s.deps.Store.View(ctx, func(ctx context.Context, tx hayon.Tx) error {
		list, err = tx.FindTemplates(ctx, actor.User)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// DeleteTemplate forgets a template. Posts that were made of it stay.
func (s *Scheduler) DeleteTemplate(ctx context.Context, name string) error {
	actor, err := hayon.ActorFrom(ctx)
	if err != nil {
		return err
	}
	if name, err = hayon.CleanTemplateName(name); err != nil {
		return err
	}
	return s.deps.Store.Update(ctx, func(ctx context.Context, tx hayon.Tx) error {
		list, err := tx.FindTemplates(ctx, actor.User)
		if err != nil {
			return err
		}
		if templateNamed(list, name) == nil {
			return noTemplate(list, name)
		}
		return tx.DeleteTemplate(ctx, actor.User, name)
	})
}

// templateNamed is the template of that name; nil for none.
func templateNamed(list []*hayon.Template, name string) *hayon.Template {
	i := slices.IndexFunc(list, func(t *hayon.Template) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return list[i]
}

// noTemplate is the error for a name that no template has.
func noTemplate(list []*hayon.Template, name string) error {
	names := make([]string, len(list))
	for i, t := range list {
		names[i] = t.Name
	}
	hint := "see what there is: hayon template list"
	if near := nearest(name, names); near != "" {
		hint = "did you mean " + near + "?   or " + hint
	}
	return hayon.Errorf(hayon.CodeNotFound, "there is no template %s", name).WithHint(hint)
}
