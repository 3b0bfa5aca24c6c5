package hayontest

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

var (
	_ hayon.BrowserSignIn = strict{}
	_ hayon.Limiter       = strict{}
	_ hayon.Refresher     = strict{}
)

// strictHost is the server of the accounts that are signed in to [Strict] by a browser.
const strictHost = "https://strict.example"

// StartSignIn answers a page that nobody ever sees: the code that it would bring is the name of whoever
// allows the sign-in.
func (s strict) StartSignIn(_ context.Context, in hayon.SignIn) (*hayon.SignInFlow, error) {
	state := "state-of-" + in.Alias
	q := url.Values{"state": {state}, "redirect_uri": {in.Redirect}}
	return &hayon.SignInFlow{
		URL: strictHost + "/authorize?" + q.Encode(), State: state, Keep: hayon.NewSecret([]byte("keep of " + in.Alias)),
	}, nil
}

// SignIn ends a sign-in by a browser; any other is that of the provider below.
func (s strict) SignIn(ctx context.Context, in hayon.SignIn) (*hayon.Account, hayon.Secret, error) {
	if in.Flow.IsZero() {
		return s.Provider.SignIn(ctx, in)
	}
	if string(in.Flow.Reveal()) != "keep of "+in.Alias {
		return nil, hayon.Secret{}, hayon.Errorf(hayon.CodeUnauthenticated, "strict: the sign-in was begun for another account")
	}
	who := string(in.Code.Reveal())
	return &hayon.Account{RemoteID: who, Handle: "@" + who, Host: strictHost}, hayon.NewSecret([]byte(who)), nil
}

// Verify finds in the credentials who it is.
func (s strict) Verify(ctx context.Context, session hayon.Session) (*hayon.Account, error) {
	if session.Account().SecretRef == "" {
		return s.Provider.Verify(ctx, session)
	}
	secret, err := session.Load(ctx)
	if err != nil {
		return nil, err
	}
	a := *session.Account()
	a.Handle = "@" + strings.TrimRight(string(secret.Reveal()), "'")
	return &a, nil
}

// Refresh leaves a mark in the credentials.
func (s strict) Refresh(ctx context.Context, session hayon.Session) error {
	if session.Account().SecretRef == "" {
		return nil
	}
	_, err := session.Refresh(ctx, func(_ context.Context, current hayon.Secret) (hayon.Secret, error) {
		return hayon.NewSecret(slices.Concat(current.Reveal(), []byte{'\''})), nil
	})
	return err
}

// Limits tells in the version of the server how often the credentials were renewed.
func (s strict) Limits(ctx context.Context, session hayon.Session) (*hayon.ServerFacts, error) {
	f := &hayon.ServerFacts{Software: "strict", Version: "0"}
	if session.Account().SecretRef == "" {
		return f, nil
	}
	secret, err := session.Load(ctx)
	if err != nil {
		return nil, err
	}
	f.Version = strconv.Itoa(strings.Count(string(secret.Reveal()), "'"))
	return f, nil
}

func signInCases() []testCase {
	return []testCase{
		{"sign in by a browser", signInByBrowser},
		{"sign-ins by a browser that are refused", refusedFlows},
		{"refresh an account", refreshAccount},
	}
}

// allow signs in to strict by a browser, as who, or ends the test.
func (w *world) allow(alias, who string) *hayon.Account {
	w.Helper()
	a, err := w.Service.CreateAccount(w.ctx(), w.flow(alias, who))
	if err != nil {
		w.Fatalf("sign in to strict/%s: %v", alias, err)
	}
	return a
}

// flow begins a sign-in and answers its end.
func (w *world) flow(alias, who string) hayon.SignIn {
	w.Helper()
	in := hayon.SignIn{Platform: "strict", Alias: alias, Redirect: "http://127.0.0.1:4711/callback"}
	f, err := w.Service.StartSignIn(w.ctx(), in)
	if err != nil {
		w.Fatalf("StartSignIn: %v", err)
	}
	u, err := url.Parse(f.URL)
	if err != nil || u.Query().Get("redirect_uri") != in.Redirect || u.Query().Get("state") != f.State || f.State == "" || f.Keep.IsZero() {
		w.Errorf("flow %+v (%v), want a page that sends the browser to %s with the state", f, err, in.Redirect)
	}
	in.Redirect, in.Flow, in.Code = "", f.Keep, hayon.NewSecret([]byte(who))
	return in
}

func signInByBrowser(w *world) {
	a := w.allow("work", "alice")
	if a.Name != "strict/work" || a.Handle != "@alice" || a.Status != hayon.AccountConnected || a.ID.IsZero() {
		w.Errorf("account %+v, want strict/work of @alice", a)
	}
	if again := w.allow("work", "alice"); again.ID != a.ID {
		w.Errorf("signed in again as %s, want %s", again.ID, a.ID)
	}
	_, err := w.Service.CreateAccount(w.ctx(), w.flow("work", "bob"))
	if e := w.refusal("somebody else under the same name", err, hayon.CodeConflict); !strings.Contains(e.Message, "@alice") || e.Hint == "" {
		w.Errorf("refused with %+v, want who it is connected as, and what to do", e)
	}
	if bob := w.allow("home", "bob"); bob.ID == a.ID || bob.Default {
		w.Errorf("account %+v, want another one that is not the default", bob)
	}
}

func refusedFlows(w *world) {
	good := w.flow("work", "alice")
	tests := []struct {
		name   string
		change func(*hayon.SignIn)
		code   hayon.Code
	}{
		{"no code", func(in *hayon.SignIn) { in.Code = hayon.Secret{} }, hayon.CodeUsage},
		{"no flow", func(in *hayon.SignIn) { in.Flow = hayon.Secret{} }, hayon.CodeUsage},
		{"flow of another name", func(in *hayon.SignIn) { in.Alias = "home" }, hayon.CodeUnauthenticated},
		{"a platform without it", func(in *hayon.SignIn) { in.Platform = "demo" }, hayon.CodeUsage},
		{"an unknown field", func(in *hayon.SignIn) { in.Fields = map[string]string{"colour": "red"} }, hayon.CodeUsage},
	}
	for _, tt := range tests {
		in := good
		tt.change(&in)
		_, err := w.Service.CreateAccount(w.ctx(), in)
		w.refused(tt.name, err, tt.code)
	}
	for name, in := range map[string]hayon.SignIn{
		"start without a browser":     {Platform: "demo"},
		"start on no platform":        {Platform: "strickt"},
		"start with a wrong alias":    {Platform: "strict", Alias: "a/b"},
		"start with an unknown field": {Platform: "strict", Fields: map[string]string{"colour": "red"}},
	} {
		_, err := w.Service.StartSignIn(w.ctx(), in)
		if e := w.refusal(name, err, hayon.CodeUsage); e.Hint == "" {
			w.Errorf("%s: no hint", name)
		}
	}
	_, err := w.Service.StartSignIn(w.Context(), hayon.SignIn{Platform: "strict"})
	w.refused("start as nobody", err, hayon.CodeUnauthenticated)
	if list, err := w.Service.FindAccounts(w.ctx(), hayon.AccountFilter{}); err != nil || len(list) > 0 {
		w.Errorf("refused sign-ins left %v (%v)", names(list), err)
	}
}

func refreshAccount(w *world) {
	a := w.allow("work", "alice")
	for _, want := range []string{"1", "2"} {
		got, err := w.Service.RefreshAccount(w.ctx(), a.ID)
		if err != nil || got.ID != a.ID || got.Handle != "@alice" || got.Server == nil || got.Server.Version != want ||
			time.Since(got.Server.ReadAt).Abs() > time.Hour {
			w.Errorf("RefreshAccount = %+v, %v; want facts of version %s that were read now", got, err, want)
		}
	}
	list, err := w.Service.FindAccounts(w.ctx(), hayon.AccountFilter{Name: a.Name})
	if err != nil || len(list) != 1 || list[0].Server == nil || list[0].Server.Software != "strict" {
		w.Errorf("stored is %+v (%v), want the facts too", list, err)
	}
	if got, err := w.Service.VerifyAccount(w.ctx(), a.ID); err != nil || got.Server == nil || got.Server.Version != "2" {
		w.Errorf("VerifyAccount = %+v, %v; want the facts that were there", got, err)
	}
	plain := w.signIn("a")
	if got, err := w.Service.RefreshAccount(w.ctx(), plain.ID); err != nil || got.Server != nil || got.Status != hayon.AccountConnected {
		w.Errorf("refreshed what has no server of its own: %+v, %v", got, err)
	}
	_, err = w.Service.RefreshAccount(w.ctx(), hayon.NewAccountID(time.Now()))
	w.refused("refresh an unknown account", err, hayon.CodeNotFound)
	_, err = w.Service.RefreshAccount(w.Context(), a.ID)
	w.refused("refresh as nobody", err, hayon.CodeUnauthenticated)
	_, err = w.Other.RefreshAccount(w.otherCtx(), a.ID)
	w.refused("refresh somebody else's", err, hayon.CodeNotFound)
}
