package providertest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

var (
	nameForm   = regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	fieldForm  = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	optionForm = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
)

var classes = []hayon.Class{hayon.ClassA, hayon.ClassB, hayon.ClassC, hayon.ClassD, hayon.ClassE, hayon.ClassF}

func testInfo(t *testing.T, fx *Fixture) {
	t.Helper()
	info := fx.Provider.Info()
	if !nameForm.MatchString(info.Name) {
		t.Errorf("name %q, want lower-case letters and digits", info.Name)
	}
	if info.Title == "" {
		t.Error("no title")
	}
	if info.PublishTimeout <= 0 {
		t.Errorf("publish timeout %v, want more than 0", info.PublishTimeout)
	}
	if info.DocsURL != "" && !strings.HasPrefix(info.DocsURL, "https://") {
		t.Errorf("docs URL %q, want https", info.DocsURL)
	}
	seen := make(map[string]bool)
	for _, f := range info.Fields {
		if !fieldForm.MatchString(f.Name) || f.Title == "" || seen[f.Name] {
			t.Errorf("field %q with the title %q: no name, no title, or twice", f.Name, f.Title)
		}
		seen[f.Name] = true
		if f.Secret && (f.Default != "" || f.Set) {
			t.Errorf("field %q is secret and has a default or is given by --set", f.Name)
		}
	}
	for _, m := range info.MediaTypes {
		if kind, sub, ok := strings.Cut(m, "/"); !ok || kind == "" || sub == "" {
			t.Errorf("media type %q is none", m)
		}
	}
	if diff := cmp.Diff(info, fx.Provider.Info()); diff != "" {
		t.Errorf("Info is not the same the second time:\n%s", diff)
	}
}

func testLimits(t *testing.T, fx *Fixture) {
	t.Helper()
	info := fx.Provider.Info()
	if len(info.Limits) == 0 {
		t.Error("no limits")
	}
	units := []hayon.Unit{
		hayon.UnitGraphemes, hayon.UnitBytes, hayon.UnitCodePoints,
		hayon.UnitUTF16, hayon.UnitItems, hayon.UnitPixels, hayon.UnitMastodon,
		hayon.UnitWeighted, hayon.UnitSide, hayon.UnitSeconds, hayon.UnitAspect, hayon.UnitFPS,
	}
	seen := make(map[[2]string]bool)
	for _, l := range info.Limits {
		if l.Of == "" || !slices.Contains(units, l.Unit) || l.Max <= 0 {
			t.Errorf("limit %+v: no subject, no unit or no figure", l)
		}
		if key := [2]string{l.Of, string(l.Unit)}; seen[key] {
			t.Errorf("two limits of %s in %s", l.Of, l.Unit)
		} else {
			seen[key] = true
		}
		if !strings.HasPrefix(l.Source, "https://") {
			t.Errorf("limit of %s: source %q, want a URL", l.Of, l.Source)
		}
		if _, err := time.Parse(time.DateOnly, l.Read); err != nil {
			t.Errorf("limit of %s: read %q, want a day", l.Of, l.Read)
		}
	}
	if len(info.MediaTypes) > 0 {
		if _, ok := info.Limit(hayon.LimitImages, hayon.UnitItems); !ok {
			t.Error("media types but no limit of images in items")
		}
	}
}

func testClass(t *testing.T, fx *Fixture) {
	t.Helper()
	if c := fx.Provider.Info().Class; !slices.Contains(classes, c) {
		t.Errorf("class %q is none", c)
	}
	if c := fx.class(); !slices.Contains(classes, c) {
		t.Errorf("class of the account %q is none", c)
	}
}

func testIdem(t *testing.T, fx *Fixture) {
	t.Helper()
	const targets, parts = 50, 3
	now := time.Now()
	seen := make(map[string]bool)
	needed := fx.class() == hayon.ClassA || fx.class() == hayon.ClassB
	for n := range targets {
		target := fx.Target(fmt.Sprintf("one of %d", n), "two", "three")
		for i := range parts {
			idem := fx.Provider.NewIdem(target, i, now)
			if idem == "" && !needed {
				continue
			}
			if idem == "" || seen[idem] {
				t.Fatalf("idem %q of part %d is empty or was given out before", idem, i)
			}
			seen[idem] = true
		}
	}
	fx.wantPosts(t, 0)
}

func testVerify(t *testing.T, fx *Fixture) {
	t.Helper()
	a, err := fx.Provider.Verify(t.Context(), fx.Session)
	if err != nil {
		t.Fatalf("Verify: %v", err)
	}
	if a == nil || a.Platform != fx.Provider.Info().Name {
		t.Fatalf("Verify answers %+v, want an account of %s", a, fx.Provider.Info().Name)
	}
	if want := fx.Session.Account().RemoteID; a.RemoteID != want {
		t.Errorf("Verify: remote id %q, want %q", a.RemoteID, want)
	}
}

func testSignIn(t *testing.T, fx *Fixture) {
	t.Helper()
	if fx.SignIn == nil {
		t.Skip("the harness gives no sign-in")
	}
	a, _, err := fx.Provider.SignIn(t.Context(), *fx.SignIn)
	if err != nil {
		t.Fatalf("SignIn: %v", err)
	}
	if a.Platform != fx.Provider.Info().Name {
		t.Errorf("SignIn: platform %q, want %q", a.Platform, fx.Provider.Info().Name)
	}
	for _, f := range fx.Provider.Info().Fields {
		if _, kept := a.Settings[f.Name]; kept && f.Secret {
			t.Errorf("SignIn keeps the secret field %q in the settings", f.Name)
		}
	}
	for _, secret := range fx.Secrets {
		for k, v := range a.Settings {
			if secret != "" && strings.Contains(v, secret) {
				t.Errorf("SignIn keeps a secret in the setting %q", k)
			}
		}
	}
	if fx.SignIn.Secret.IsZero() {
		return
	}
	wrong := *fx.SignIn
	wrong.Secret = hayon.NewSecret([]byte("wrong-wrong-wrong"))
	_, _, err = fx.Provider.SignIn(t.Context(), wrong)
	fx.wantCode(t, "SignIn with a wrong secret", err, hayon.CodeUnauthenticated)
}

func testSignedOut(t *testing.T, fx *Fixture) {
	t.Helper()
	if fx.Provider.Info().NoSignIn {
		t.Skip("needs no sign-in")
	}
	if fx.SignedOut == nil {
		t.Fatal("the harness gives no session that is signed out")
	}
	_, err := fx.Provider.Verify(t.Context(), fx.SignedOut)
	fx.wantCode(t, "Verify", err, hayon.CodeUnauthenticated)

	target := fx.Target("nobody may post this")
	r := fx.PublishRequest(t, target, 0, fx.prepare(t, target, 0))
	res := fx.Provider.Publish(t.Context(), fx.SignedOut, r)
	fx.checkResult(t, "Publish", res)
	if res.Verdict != hayon.VerdictNotApplied || res.Err == nil || res.Err.Code != hayon.CodeUnauthenticated {
		t.Errorf("Publish: verdict %q, error %v; want not_applied and unauthenticated", res.Verdict, res.Err)
	}
	fx.wantPosts(t, 0)
}
