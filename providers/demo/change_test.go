package demo_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/demo"
	"github.com/hayon/hayon/providers/providertest"
)

// out publishes a text and answers where.
func out(t testing.TB, fx *providertest.Fixture, text string) (hayon.PublishRequest, hayon.Remote) {
	t.Helper()
	r := prepared(t, fx, text)
	res := fx.Provider.Publish(t.Context(), fx.Session, r)
	want(t, "Publish", res, hayon.VerdictPublished)
	r.Target.Parts[0].Remote = res.Remote
	return r, res.Remote
}

func change(fx *providertest.Fixture) *demo.Provider { return fx.Provider.(*demo.Provider) }

// All processes see what one of them changed, also one that knew the posts before, and whoever reads the
// file anew.
func TestChangesAreSeenByOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	here, there := demo.New(demo.Config{Dir: dir}), demo.New(demo.Config{Dir: dir})
	fx, _ := newDemo(t, map[string]string{"class": "D"})
	one, other := &providertest.Fixture{Provider: here, Session: fx.Session}, &providertest.Fixture{Provider: there, Session: fx.Session}
	r, first := out(t, one, "helo")
	_, second := out(t, other, "another one")

	r.Target.Parts[0].Text = "hello"
	r.Target.Options = map[string]string{"mood": "calm"}
	if _, err := there.Edit(t.Context(), fx.Session, hayon.EditRequest{Target: r.Target, Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := there.Delete(t.Context(), fx.Session, second); err != nil {
		t.Fatal(err)
	}
	if _, err := here.RemoteOf(t.Context(), fx.Session, second.URL); hayon.CodeOf(err) != hayon.CodeInvalid {
		t.Errorf("what another process removed is still known: %v", err)
	}
	// What is read back is looked for as it is now.
	for text, verdict := range map[string]hayon.Verdict{"hello": hayon.VerdictPublished, "helo": hayon.VerdictNotApplied, "another one": hayon.VerdictNotApplied} {
		want(t, "Reconcile of "+text, here.Reconcile(t.Context(), fx.Session, prepared(t, one, text)), verdict)
	}
	posts := readFile(t, dir+"/a.ndjson")
	known := cmpopts.IgnoreFields(demo.Post{}, "Target", "Idem", "PublishedAt", "Due", "EditedAt")
	wanted := []demo.Post{{ID: first.ID, Text: "hello", Langs: []string{"en"}, Options: map[string]string{"mood": "calm"}}}
	if diff := cmp.Diff(wanted, posts, known); diff != "" || posts[0].EditedAt.Before(posts[0].PublishedAt) {
		t.Errorf("the file, edited at %s (-want +got):\n%s", posts[0].EditedAt, diff)
	}
}

// Neither a change nor what follows one is a call with other bytes.
func TestChangesAreNoViolations(t *testing.T) {
	t.Parallel()
	for _, class := range []string{"A", "B", "C", "D", "E", "F"} {
		t.Run(class, func(t *testing.T) {
			t.Parallel()
			fx, file := newDemo(t, map[string]string{"class": class})
			r, remote := out(t, fx, "one")
			r.Target.Parts[0].Text = "two"
			if _, err := change(fx).Edit(t.Context(), fx.Session, hayon.EditRequest{Target: r.Target}); err != nil {
				t.Fatal(err)
			}
			repost := fx.Target("")
			repost.Parts[0] = hayon.Part{Repost: &hayon.Remote{URL: remote.URL}, Idem: repost.Parts[0].Idem}
			p, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(repost, 0))
			if err != nil {
				t.Fatal(err)
			}
			want(t, "Publish", fx.Provider.Publish(t.Context(), fx.Session, fx.PublishRequest(t, repost, 0, p)), hayon.VerdictPublished)
			if err := change(fx).Delete(t.Context(), fx.Session, remote); err != nil {
				t.Fatal(err)
			}
			fx.Provider.Publish(t.Context(), fx.Session, r)
			bad, err := demo.ReadViolations(file)
			if err != nil || len(bad) != 0 {
				t.Errorf("violations %+v, %v", bad, err)
			}
			r.Prepared.Data = []byte(`{"text":"three"}`)
			fx.Provider.Publish(t.Context(), fx.Session, r)
			if bad, err = demo.ReadViolations(file); err != nil || len(bad) != 1 {
				t.Errorf("violations %+v, %v; want the one that there is", bad, err)
			}
		})
	}
}

// What a removed post was made of is used up.
func TestRemovedIsUsedUp(t *testing.T) {
	t.Parallel()
	for class, verdict := range map[string]hayon.Verdict{"A": hayon.VerdictPublished, "C": hayon.VerdictNotApplied, "F": hayon.VerdictNotApplied} {
		t.Run(class, func(t *testing.T) {
			t.Parallel()
			fx, _ := newDemo(t, map[string]string{"class": class})
			r, remote := out(t, fx, "once")
			if err := change(fx).Delete(t.Context(), fx.Session, remote); err != nil {
				t.Fatal(err)
			}
			res := fx.Provider.Publish(t.Context(), fx.Session, r)
			want(t, "Publish", res, verdict)
			if res.PrepareAgain != (verdict == hayon.VerdictNotApplied) {
				t.Errorf("to be prepared again: %t", res.PrepareAgain)
			}
		})
	}
}

// A torn change is none, and what comes after it is whole.
func TestTornChange(t *testing.T) {
	t.Parallel()
	for _, torn := range []string{`{"change":"removed","of":`, `{"change":"removed","of":"nobody"}`, `{"change":"edited","of":"nobody","text":"x"}`} {
		t.Run(torn, func(t *testing.T) {
			t.Parallel()
			fx, file := newDemo(t, nil)
			_, first := out(t, fx, "first")
			appendTo(t, file, torn)
			_, second := out(t, fx, "second")
			if posts := wantPublic(t, file, 2); len(posts) == 2 && (posts[0].ID != first.ID || posts[1].ID != second.ID) {
				t.Errorf("public: %+v", posts)
			}
		})
	}
}

func TestFaultsOfChanges(t *testing.T) {
	t.Parallel()
	fails := func(seed, fault string) (deleted, edited []bool) {
		fx, file := newDemo(t, map[string]string{"fault": fault, "seed": seed})
		r, remote := out(t, fx, "x")
		for range 20 {
			_, err := change(fx).Edit(t.Context(), fx.Session, hayon.EditRequest{Target: r.Target})
			edited = append(edited, err != nil)
		}
		for range 20 {
			err := change(fx).Delete(t.Context(), fx.Session, remote)
			deleted = append(deleted, err != nil)
			if err != nil && hayon.CodeOf(err) != hayon.CodeUnavailable {
				t.Errorf("Delete: %v", err)
			}
			if err == nil {
				wantPublic(t, file, 0)
			}
		}
		return deleted, edited
	}
	never := make([]bool, 20)
	always := make([]bool, 20)
	for i := range always {
		always[i] = true
	}
	for _, tt := range []struct {
		fault           string
		deleted, edited []bool
	}{{"delete:1", always, never}, {"edit:1", never, always}, {"delete:1;edit:1", always, always}, {"delete:0", never, never}} {
		deleted, edited := fails("7", tt.fault)
		if diff := cmp.Diff([][]bool{tt.deleted, tt.edited}, [][]bool{deleted, edited}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.fault, diff)
		}
	}
	some := make(map[string]bool)
	for seed := range 10 {
		deleted, _ := fails(fmt.Sprint(seed), "delete:0.5")
		some[fmt.Sprint(deleted)] = true
	}
	if len(some) < 2 {
		t.Error("ten seeds fail in the same places")
	}
	// What is for changes does not touch what is published.
	fx, _ := newDemo(t, map[string]string{"fault": "delete:1;edit:1"})
	out(t, fx, "still goes out")
}

// A repost shows a post of any account of the folder, and nothing else.
func TestRepostOfAnotherAccount(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := demo.New(demo.Config{Dir: dir})
	session := func(alias string) hayon.Session {
		return providertest.NewSession(&hayon.Account{ID: hayon.NewAccountID(time.Now()), Platform: demo.Name, Name: "demo/" + alias}, hayon.Secret{})
	}
	ada, bob := &providertest.Fixture{Provider: p, Session: session("ada")}, &providertest.Fixture{Provider: p, Session: session("bob")}
	_, original := out(t, ada, "by Ada")
	repost := func(what hayon.Remote) (*hayon.Prepared, *hayon.Target, error) {
		target := bob.Target("")
		target.Parts[0] = hayon.Part{Repost: &what, Idem: target.Parts[0].Idem}
		out, err := p.Prepare(t.Context(), bob.Session, bob.PrepareRequest(target, 0))
		return out, target, err
	}
	made, target, err := repost(hayon.Remote{URL: original.URL})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "Publish", p.Publish(t.Context(), bob.Session, bob.PublishRequest(t, target, 0, made)), hayon.VerdictPublished)
	if posts := wantPublic(t, dir+"/bob.ndjson", 1); len(posts) == 1 && (posts[0].Repost != original.URL || posts[0].Text != "") {
		t.Errorf("the repost is %+v", posts[0])
	}
	for _, what := range []hayon.Remote{
		{ID: original.ID}, {URL: "https://demo.invalid/carl/" + original.ID}, {URL: "https://demo.invalid/../x"}, {URL: "https://demo.invalid/a:b/c"},
	} {
		if _, _, err := repost(what); hayon.CodeOf(err) != hayon.CodeInvalid {
			t.Errorf("%+v: %v, want invalid", what, err)
		}
	}
	if posts := readFile(t, dir+"/carl.ndjson"); posts != nil || len(wantPublic(t, dir+"/ada.ndjson", 1)) != 1 {
		t.Error("to ask for a post made one")
	}
	if exists(dir + "/carl.ndjson") {
		t.Error("to ask for a post of a stranger made a file")
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
