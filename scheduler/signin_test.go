package scheduler_test

import (
	"context"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// page is a platform with servers of its own, whose users allow the sign-in in a browser or give a token.
type page struct {
	*hayontest.Platform
	// secret is the field of the token; nil: there is none.
	secret *hayon.Field
	// onLimits, onVerify and onRefresh are the answers; nil: all is well.
	onLimits  func(ctx context.Context, s hayon.Session) (*hayon.ServerFacts, error)
	onVerify  func(ctx context.Context, s hayon.Session) (*hayon.Account, error)
	onRefresh func(ctx context.Context, s hayon.Session) error
}

var (
	_ hayon.BrowserSignIn = (*page)(nil)
	_ hayon.Limiter       = (*page)(nil)
	_ hayon.Refresher     = (*page)(nil)
)

func (p *page) Info() hayon.ProviderInfo {
	info := p.Platform.Info()
	info.NoSignIn = false
	info.Fields = []hayon.Field{{Name: "host", Title: "Server", Required: true}}
	if p.secret != nil {
		info.Fields = append(info.Fields, *p.secret)
	}
	return info
}

func (p *page) StartSignIn(_ context.Context, in hayon.SignIn) (*hayon.SignInFlow, error) {
	return &hayon.SignInFlow{URL: in.Fields["host"] + "/authorize", State: "s", Keep: hayon.NewSecret([]byte("keep"))}, nil
}

func (p *page) SignIn(_ context.Context, in hayon.SignIn) (*hayon.Account, hayon.Secret, error) {
	secret := in.Secret
	if !in.Flow.IsZero() {
		secret = hayon.NewSecret([]byte("token of " + string(in.Code.Reveal())))
	}
	return &hayon.Account{RemoteID: in.Alias, Handle: "@" + in.Alias, Host: in.Fields["host"]}, secret, nil
}

func (p *page) Verify(ctx context.Context, s hayon.Session) (*hayon.Account, error) {
	if p.onVerify != nil {
		return p.onVerify(ctx, s)
	}
	return s.Account(), nil
}

func (p *page) Refresh(ctx context.Context, s hayon.Session) error {
	if p.onRefresh != nil {
		return p.onRefresh(ctx, s)
	}
	return nil
}

func (p *page) Limits(ctx context.Context, s hayon.Session) (*hayon.ServerFacts, error) {
	if p.onLimits != nil {
		return p.onLimits(ctx, s)
	}
	return &hayon.ServerFacts{Software: "page"}, nil
}

// What stands for the password or token: itself, or a sign-in in a browser.
func TestWhatASignInNeeds(t *testing.T) {
	t.Parallel()
	secret := func(s string) hayon.Secret { return hayon.NewSecret([]byte(s)) }
	host := map[string]string{"host": "https://a.example"}
	none, optional := (*hayon.Field)(nil), &hayon.Field{Name: "token", Title: "Token", Secret: true}
	required := &hayon.Field{Name: "token", Title: "Token", Secret: true, Required: true}
	tests := []struct {
		name   string
		secret *hayon.Field
		in     hayon.SignIn
		ok     bool
		hint   string
	}{
		{"required, and a token", required, hayon.SignIn{Fields: host, Secret: secret("t")}, true, ""},
		{"required, and a browser", required, hayon.SignIn{Fields: host, Flow: secret("f"), Code: secret("c")}, true, ""},
		{"required, and nothing", required, hayon.SignIn{Fields: host}, false, "--web"},
		{"required, and nothing but a flow", required, hayon.SignIn{Fields: host, Flow: secret("f")}, false, "--web"},
		{"optional, and a token", optional, hayon.SignIn{Fields: host, Secret: secret("t")}, true, ""},
		{"optional, and a browser", optional, hayon.SignIn{Fields: host, Flow: secret("f"), Code: secret("c")}, true, ""},
		{"optional, and nothing", optional, hayon.SignIn{Fields: host}, false, "--password-stdin"},
		{"optional, and nothing but a code", optional, hayon.SignIn{Fields: host, Code: secret("c")}, false, "--web"},
		{"none, and a browser", none, hayon.SignIn{Fields: host, Flow: secret("f"), Code: secret("c")}, true, ""},
		{"none, and nothing", none, hayon.SignIn{Fields: host}, false, "--web"},
		{"no server", optional, hayon.SignIn{Flow: secret("f"), Code: secret("c")}, false, "--host"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDaemonWith(t, setup{provider: &page{Platform: &hayontest.Platform{}, secret: tt.secret}})
			tt.in.Platform, tt.in.Alias = "platform", "work"
			a, err := d.scheduler.CreateAccount(d.ctx, tt.in)
			if tt.ok {
				if err != nil || a.SecretRef == "" {
					t.Fatalf("got %+v, %v; want an account with credentials", a, err)
				}
				return
			}
			if hayon.CodeOf(err) != hayon.CodeUsage || !strings.Contains(hayon.AsError(err).Hint, tt.hint) {
				t.Errorf("got %v with hint %q, want a usage error that says %s", err, hayon.AsError(err).Hint, tt.hint)
			}
		})
	}
}

func TestStartSignInNeedsTheServer(t *testing.T) {
	t.Parallel()
	d := newDaemonWith(t, setup{provider: &page{Platform: &hayontest.Platform{}, secret: &hayon.Field{Name: "token", Secret: true, Required: true}}})
	_, err := d.scheduler.StartSignIn(d.ctx, hayon.SignIn{Platform: "platform"})
	if hayon.CodeOf(err) != hayon.CodeUsage || !strings.Contains(hayon.AsError(err).Hint, "--host") {
		t.Errorf("without a server: %v", err)
	}
	f, err := d.scheduler.StartSignIn(d.ctx, hayon.SignIn{Platform: "platform", Fields: map[string]string{"host": "https://a.example"}})
	if err != nil || f.URL != "https://a.example/authorize" {
		t.Errorf("got %+v, %v; want the page of the server", f, err)
	}
}

// The platform's name is stored as it is, however it was typed.
func TestSignInSpellsThePlatform(t *testing.T) {
	t.Parallel()
	d := newDaemon(t, nil)
	a, err := d.scheduler.CreateAccount(d.ctx, hayon.SignIn{Platform: "Platform", Alias: "a"})
	if err != nil || a.Platform != "platform" || a.Name != "platform/a" {
		t.Errorf("got %+v, %v; want platform/a", a, err)
	}
}

// What the owner decided stays when the account is signed in to again, under its new name too.
func TestSignInAgainKeepsDecisions(t *testing.T) {
	t.Parallel()
	d := newDaemonWith(t, setup{provider: &page{Platform: &hayontest.Platform{}, secret: &hayon.Field{Name: "token", Secret: true}}})
	in := hayon.SignIn{
		Platform: "platform", Alias: "work", Fields: map[string]string{"host": "https://a.example"}, Secret: hayon.NewSecret([]byte("one")),
	}
	a, err := d.scheduler.CreateAccount(d.ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	skip := hayon.LateSkip
	if _, err := d.scheduler.UpdateAccount(d.ctx, a.ID, hayon.AccountUpdate{IfLate: &skip}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.scheduler.RefreshAccount(d.ctx, a.ID); err != nil {
		t.Fatal(err)
	}
	in.Secret = hayon.NewSecret([]byte("two"))
	again, err := d.scheduler.CreateAccount(d.ctx, in)
	if err != nil || again.ID != a.ID || again.IfLate != hayon.LateSkip || !again.Default || again.Server == nil || again.Server.Software != "page" {
		t.Errorf("signed in again: %+v, %v; want its policy, its mark and what is known of its server", again, err)
	}
	if got, err := d.vault.Get(d.ctx, a.SecretRef); err != nil || string(got.Reveal()) != "two" {
		t.Errorf("the vault does not have the new credentials (%v)", err)
	}
}
