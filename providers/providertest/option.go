package providertest

import (
	"testing"

	"github.com/hayon/hayon"
)

// notAValue is what no option that is not a text can be.
const notAValue = "no such value"

func testOptionInfo(t *testing.T, fx *Fixture) {
	t.Helper()
	seen := make(map[string]bool)
	for _, o := range fx.info().Options {
		if !optionForm.MatchString(o.Name) || seen[o.Name] {
			t.Errorf("option %q: no name, or twice", o.Name)
		}
		seen[o.Name] = true
		switch o.Kind {
		case hayon.OptionChoice:
			if len(o.Values) < 2 {
				t.Errorf("option %s has the values %q, which is no choice", o.Name, o.Values)
			}
		case hayon.OptionText, hayon.OptionBool:
			if len(o.Values) > 0 {
				t.Errorf("option %s is no choice and has the values %q", o.Name, o.Values)
			}
		default:
			t.Errorf("option %s is of the kind %q, which is none", o.Name, o.Kind)
		}
		if o.Default != "" {
			if err := o.Check(o.Default); err != nil {
				t.Errorf("option %s: default: %v", o.Name, err)
			}
		}
	}
	for _, l := range fx.info().Limits {
		for _, name := range l.With {
			if !seen[name] {
				t.Errorf("the limit of %s counts the option %q, which is none", l.Of, name)
			}
		}
	}
}

// values are those of an option that are tried.
func (fx *Fixture) values(o hayon.Option) []string {
	switch o.Kind {
	case hayon.OptionBool:
		return []string{"true", "false"}
	case hayon.OptionChoice:
		return o.Values
	case hayon.OptionText:
	}
	if v := fx.OptionValues[o.Name]; v != "" {
		return []string{v}
	}
	return []string{`a "few" words & <more> – 日本語`}
}

func testOptionValues(t *testing.T, fx *Fixture) {
	t.Helper()
	if len(fx.info().Options) == 0 {
		t.Skip("no options")
	}
	n := 0
	for _, o := range fx.info().Options {
		for _, v := range fx.values(o) {
			n++
			target := fx.Target("with the option " + o.Name + " that is " + v)
			target.Options = fx.withOption(o.Name, v)
			if _, ok := fx.info().Limit(hayon.LimitImages, hayon.UnitItems); ok { // which some options are about
				target.Parts[0].Media = []hayon.Attachment{fx.Image(t, 3, 3, "a square")}
			}
			_, res := fx.publish(t, target, 0)
			posts := fx.wantPosts(t, n)
			got, found := posted(posts, res.Remote.ID)
			if !found {
				t.Errorf("%s=%s: the post is not out", o.Name, v)
				continue
			}
			if got.Options == nil {
				continue
			}
			shown := got.Options[o.Name]
			if unset := shown == "" && (v == o.Default || o.Kind == hayon.OptionBool && v == "false"); shown != v && !unset {
				t.Errorf("%s is %q on the platform, want %q", o.Name, shown, v)
			}
		}
	}
}

func posted(posts []Post, id string) (Post, bool) {
	for _, p := range posts {
		if p.ID == id {
			return p, true
		}
	}
	return Post{}, false
}

func testWrongOptions(t *testing.T, fx *Fixture) {
	t.Helper()
	tried := false
	for _, o := range fx.info().Options {
		v := notAValue
		if o.Kind == hayon.OptionText {
			v = fx.WrongValues[o.Name]
		}
		if v == "" {
			continue
		}
		tried = true
		target := fx.Target("with a wrong option")
		target.Options = fx.withOption(o.Name, v)
		_, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
		fx.wantCode(t, "Prepare with "+o.Name+"="+v, err, hayon.CodeInvalid, hayon.CodeUsage)
	}
	if !tried {
		t.Skip("every value of every option is right")
	}
	fx.wantPosts(t, 0)
}
