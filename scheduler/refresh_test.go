package scheduler_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// served is a daemon's store with a platform whose servers tell facts; each account is asked for them
// by answer, and asked counts.
type served struct {
	*daemon
	page *page
	mu   sync.Mutex // guards asked
	// asked has the names of the accounts whose servers were asked, in no order.
	asked  []string
	answer func(ctx context.Context, a *hayon.Account) (*hayon.ServerFacts, error)
}

func newServed(t *testing.T) *served {
	t.Helper()
	s := &served{page: &page{Platform: &hayontest.Platform{}, secret: &hayon.Field{Name: "token", Secret: true}}}
	s.answer = func(_ context.Context, a *hayon.Account) (*hayon.ServerFacts, error) {
		return &hayon.ServerFacts{Software: a.Host}, nil
	}
	s.page.onLimits = func(ctx context.Context, session hayon.Session) (*hayon.ServerFacts, error) {
		s.mu.Lock()
		s.asked = append(s.asked, session.Account().Name)
		s.mu.Unlock()
		return s.answer(ctx, session.Account())
	}
	s.daemon = newDaemonWith(t, setup{provider: s.page})
	return s
}

// account signs in to a server of its own.
func (s *served) account(alias string) *hayon.Account {
	s.t.Helper()
	a, err := s.scheduler.CreateAccount(s.ctx, hayon.SignIn{
		Platform: "platform", Alias: alias, Fields: map[string]string{"host": "https://" + alias + ".example"},
		Secret: hayon.NewSecret([]byte("token")),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// change stores an account after set.
func (s *served) change(id hayon.AccountID, set func(*hayon.Account)) {
	s.t.Helper()
	err := s.db.Update(s.ctx, func(ctx context.Context, tx hayon.Tx) error {
		a, err := tx.FindAccountByID(ctx, id)
		if err != nil {
			return err
		}
		set(a)
		return tx.UpdateAccount(ctx, a)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// stored is an account as it is in the store.
func (s *served) stored(id hayon.AccountID) *hayon.Account {
	s.t.Helper()
	var a *hayon.Account
	err := s.db.View(s.ctx, func(ctx context.Context, tx hayon.Tx) error {
		var err error
		a, err = tx.FindAccountByID(ctx, id)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// freshen reads facts for a post and answers whose servers were asked, sorted.
func (s *served) freshen(to ...string) []string {
	s.t.Helper()
	s.mu.Lock()
	s.asked = nil
	s.mu.Unlock()
	s.scheduler.FreshenFacts(s.ctx, hayontest.Local(), to, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.asked)
	return slices.Clone(s.asked)
}

func (s *served) wantAsked(what string, got []string, want ...string) {
	s.t.Helper()
	if !slices.Equal(got, want) {
		s.t.Errorf("%s: asked %q, want %q", what, got, want)
	}
}

func TestFactsAreReadWhenTheyAreOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServed(t)
		a, b := s.account("a"), s.account("b")
		s.wantAsked("what is not known", s.freshen("platform/a"), "platform/a")
		if got := s.stored(a.ID).Server; got == nil || got.Software != "https://a.example" || !got.ReadAt.Equal(time.Now()) {
			t.Errorf("stored %+v, want what the server told, read now", got)
		}
		if got := s.stored(b.ID).Server; got != nil {
			t.Errorf("stored %+v for an account that no post was for", got)
		}
		s.wantAsked("what is known, and what is not", s.freshen("platform/*"), "platform/b")
		pass(hayon.FactsLife - time.Second)
		s.wantAsked("before the end of a day", s.freshen("platform/*"))
		pass(time.Second)
		s.wantAsked("after it", s.freshen("platform/*"), "platform/a", "platform/b")
		s.change(a.ID, func(a *hayon.Account) { a.Server.ReadAt = time.Time{} })
		s.wantAsked("what is in doubt", s.freshen("platform/*"), "platform/a")
		s.change(a.ID, func(a *hayon.Account) { a.Server.ReadAt = time.Now().Add(48 * time.Hour) })
		s.wantAsked("what a clock wrote that was set back", s.freshen("platform/*"), "platform/a")
		s.wantAsked("what is no account", s.freshen("platform/c"))
	})
}

func TestServersThatAreLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServed(t)
		a := s.account("a")
		s.change(a.ID, func(a *hayon.Account) { a.Status = hayon.AccountNeedsReconnect })
		s.wantAsked("an account that is refused", s.freshen("platform/a"))
		s.change(a.ID, func(a *hayon.Account) { a.Status = hayon.AccountConnected })
		until := time.Now().Add(time.Hour)
		for _, key := range []string{hayon.PaceKey(a.ID), hayon.HostPaceKey(a)} {
			s.pace(key, until)
			s.wantAsked("held back by "+key, s.freshen("platform/a"))
			s.pace(key, time.Now())
		}
		s.pace(hayon.PaceAll, until)
		s.wantAsked("while publishing is paused", s.freshen("platform/a"), "platform/a")
	})
}

func (s *served) pace(key string, until time.Time) {
	s.t.Helper()
	err := s.db.Update(s.ctx, func(ctx context.Context, tx hayon.Tx) error {
		return tx.PutPace(ctx, &hayon.Pace{Key: key, NotBefore: until})
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// A server that hangs or fails delays a post by three seconds and costs nothing that is known; then it
// is left alone for a minute.
func TestFactsOfAServerThatDoesNotTell(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServed(t)
		hangs, fails, well := s.account("hangs"), s.account("fails"), s.account("well")
		old := &hayon.ServerFacts{Software: "old", ReadAt: time.Now().Add(-48 * time.Hour)}
		for _, a := range []*hayon.Account{hangs, fails, well} {
			s.change(a.ID, func(a *hayon.Account) { a.Server = old })
		}
		s.answer = func(ctx context.Context, a *hayon.Account) (*hayon.ServerFacts, error) {
			switch a.ID {
			case hangs.ID:
				<-ctx.Done()
				return nil, ctx.Err()
			case fails.ID:
				return nil, hayon.Errorf(hayon.CodeUnavailable, "platform: 503")
			}
			return &hayon.ServerFacts{Software: "new"}, nil
		}
		began := time.Now()
		s.wantAsked("all", s.freshen("platform/*"), "platform/fails", "platform/hangs", "platform/well")
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("it took %s, want 3 s", took)
		}
		for a, want := range map[*hayon.Account]string{hangs: "old", fails: "old", well: "new"} {
			if got := s.stored(a.ID).Server; got.Software != want {
				t.Errorf("%s has the facts %+v, want the %s ones", a.Name, got, want)
			}
		}
		s.wantAsked("at once again", s.freshen("platform/*"))
		pass(time.Minute)
		s.wantAsked("a minute later", s.freshen("platform/fails"), "platform/fails")
	})
}

// What was removed, and what moved to another server while that was asked, gets no facts of it.
func TestFactsOfWhatIsGoneMeanwhile(t *testing.T) {
	t.Parallel()
	s := newServed(t)
	gone, moved, stays := s.account("gone"), s.account("moved"), s.account("stays")
	s.answer = func(_ context.Context, a *hayon.Account) (*hayon.ServerFacts, error) {
		switch a.ID {
		case gone.ID:
			if err := s.scheduler.DeleteAccount(s.ctx, gone.ID); err != nil {
				t.Error(err)
			}
		case moved.ID:
			s.change(moved.ID, func(a *hayon.Account) { a.Host = "https://other.example" })
		}
		return &hayon.ServerFacts{Software: "new"}, nil
	}
	s.freshen("platform/*")
	if got := s.stored(moved.ID).Server; got != nil {
		t.Errorf("the account that moved has %+v", got)
	}
	if got := s.stored(stays.ID).Server; got == nil || got.Software != "new" {
		t.Errorf("the account that stays has %+v", got)
	}
}

func TestRefreshStoresWhatThePlatformSays(t *testing.T) {
	t.Parallel()
	s := newServed(t)
	a := s.account("a")
	s.page.onVerify = func(_ context.Context, session hayon.Session) (*hayon.Account, error) {
		seen := *session.Account()
		seen.Handle, seen.Host = "@new", "https://new.example"
		return &seen, nil
	}
	s.page.onRefresh = func(ctx context.Context, session hayon.Session) error {
		_, err := session.Refresh(ctx, func(context.Context, hayon.Secret) (hayon.Secret, error) {
			return hayon.NewSecret([]byte("renewed")), nil
		})
		return err
	}
	s.answer = func(context.Context, *hayon.Account) (*hayon.ServerFacts, error) {
		return nil, hayon.Errorf(hayon.CodeUnavailable, "platform: 503")
	}
	if _, err := s.scheduler.RefreshAccount(s.ctx, a.ID); hayon.CodeOf(err) != hayon.CodeUnavailable {
		t.Errorf("a server that does not tell what it allows: %v", err)
	}
	if got := s.stored(a.ID); got.Handle != "@new" || got.Host != "https://new.example" || got.Server != nil {
		t.Errorf("stored %+v, want what the platform did tell", got)
	}
	if got, err := s.vault.Get(s.ctx, a.SecretRef); err != nil || string(got.Reveal()) != "renewed" {
		t.Errorf("the credentials were not renewed (%v)", err)
	}
}

// Facts come with the answer to Verify too, where a provider reads them there.
func TestVerifyStoresFacts(t *testing.T) {
	t.Parallel()
	s := newServed(t)
	a := s.account("a")
	s.page.onVerify = func(_ context.Context, session hayon.Session) (*hayon.Account, error) {
		seen := *session.Account()
		seen.Server = &hayon.ServerFacts{Software: "seen"}
		return &seen, nil
	}
	if got, err := s.scheduler.VerifyAccount(s.ctx, a.ID); err != nil || got.Server == nil || got.Server.Software != "seen" || got.Server.ReadAt.IsZero() {
		t.Errorf("VerifyAccount = %+v, %v; want facts with their time", got, err)
	}
	s.page.onVerify = func(_ context.Context, session hayon.Session) (*hayon.Account, error) {
		s.change(a.ID, func(a *hayon.Account) { a.Server.ReadAt = time.Time{} }) // in doubt meanwhile
		return session.Account(), nil
	}
	if got, err := s.scheduler.VerifyAccount(s.ctx, a.ID); err != nil || !got.Server.ReadAt.IsZero() {
		t.Errorf("facts that Verify did not read took away the doubt: %+v, %v", got, err)
	}
}

func TestRefreshThatIsRefused(t *testing.T) {
	t.Parallel()
	s := newServed(t)
	a := s.account("a")
	fail := hayon.Errorf(hayon.CodeUnavailable, "platform: 503")
	s.page.onRefresh = func(context.Context, hayon.Session) error { return fail }
	if _, err := s.scheduler.RefreshAccount(s.ctx, a.ID); hayon.CodeOf(err) != hayon.CodeUnavailable || s.stored(a.ID).Status != hayon.AccountConnected {
		t.Errorf("a failure that passes: %v, account %+v", err, s.stored(a.ID))
	}
	fail = hayon.Errorf(hayon.CodeUnauthenticated, "platform: the token was revoked")
	if _, err := s.scheduler.RefreshAccount(s.ctx, a.ID); hayon.CodeOf(err) != hayon.CodeUnauthenticated {
		t.Errorf("a refusal: %v", err)
	}
	if got := s.stored(a.ID); got.Status != hayon.AccountNeedsReconnect || got.Reason != fail.Message {
		t.Errorf("account %+v, want one that needs a new sign-in, with the reason", got)
	}
	s.page.onRefresh = func(context.Context, hayon.Session) error {
		s.account("a") // somebody signs in while the old credentials are tried
		return fail
	}
	if _, err := s.scheduler.RefreshAccount(s.ctx, a.ID); hayon.CodeOf(err) != hayon.CodeUnauthenticated || s.stored(a.ID).Status != hayon.AccountConnected {
		t.Errorf("a refusal of credentials that were replaced: %v, account %+v", err, s.stored(a.ID))
	}
}
