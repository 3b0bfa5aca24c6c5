package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// Harness makes what the suite works on.
type Harness struct {
	// Open makes a provider with an account on which nothing is public. It is called once for
	// each case; cases run in parallel, and what Open starts ends by t.Cleanup.
	Open func(t *testing.T) *Fixture
}

// Fixture is one provider with one account.
type Fixture struct {
	Provider hayon.Provider
	// Session is signed in, or of the account that exists by itself.
	Session hayon.Session
	// SignedOut is a session whose credentials the platform refuses or that has none. Required
	// unless the provider needs no sign-in; nil then.
	SignedOut hayon.Session
	// Unreachable is a session whose host refuses connections. Required unless the provider needs no
	// sign-in; without it, it is not tried.
	Unreachable hayon.Session
	// Fault answers a session on which the platform has a fault, on the account of Session, and what
	// ends the fault where it is on Session too, else nil. Most make it by a [FaultServer]. A nil
	// session: this fault cannot be made here, which is taken from a platform without sign-in alone.
	// Required as Unreachable is.
	Fault func(t testing.TB, f Fault) (s hayon.Session, heal func())
	// SignIn is what connects the account. Its Secret is tried right and wrong. Nil: not tried.
	SignIn *hayon.SignIn
	// Secrets must not occur in any error, nor in Log.
	Secrets []string
	// MoreSecrets are those that exist by now, such as tokens that were renewed. Nil: none.
	MoreSecrets func(t testing.TB) []string
	// Log is what the provider logs to. Required where there are secrets.
	Log *Log
	// Posts are the posts and reposts of the account that are out now, oldest first. One element a
	// part. All that are there count, whoever may see them.
	Posts func(t testing.TB) []Post
	// Options are given to every target.
	Options map[string]string
	// OptionValues are, by name, a value of an option of text that goes through, and WrongValues one
	// that is refused. Without them any text goes through.
	OptionValues, WrongValues map[string]string
	// Content is what Posts tells of a post beside its text; cases about the rest are skipped.
	Content Content
	// Requests are how many requests have left so far, to find out whether a preview asks somebody. Nil:
	// the platform is not asked by requests.
	Requests func() int64

	mu    sync.Mutex
	blobs map[string][]byte // by SHA-256, guarded by mu
}

// Content says which fields of a [Post] a harness fills in, and what of the platform is held to the
// contract.
type Content struct {
	Replies bool // Parent and Root, also of what answers others
	Quotes  bool // Quote
	Polls   bool // Poll; without polls in the description: that they are refused
	Cards   bool // Card
	Media   bool // Media
	Facets  bool // Facets
	// Options: the limits of title and tags are kept by the provider.
	Options bool
	// Previews: the provider's previews.
	Previews bool
}

// Post is a post as the public sees it.
type Post struct {
	// ID is the Remote.ID of the part.
	ID   string
	Text string
	// Alts are the alternative texts of its pictures, in order.
	Alts []string
	// Parent and Root are the ids of the post that this one answers and of the first of its thread;
	// "" where it answers none.
	Parent, Root string
	// Repost is the id of what a repost shows; "" for a post.
	Repost string
	// Langs are its languages, and Options the options that it was made with, as they show on the
	// platform, by name, without those that are not set. Nil where the harness cannot tell.
	Langs   []string
	Options map[string]string
	// What follows is there as far as [Content] says: the id of what the post quotes, its poll, its card
	// with the SHA-256 of the picture, the SHA-256 of its pictures, and what of its text is more than
	// letters.
	Quote  string
	Poll   *hayon.Poll
	Card   *hayon.Card
	Media  []string
	Facets []hayon.TextFacet
}

// Test runs the whole contract. Whether the caller runs in parallel is the caller's to say.
func Test(t *testing.T, h Harness) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(*testing.T, *Fixture)
	}{
		{"info", testInfo},
		{"limits", testLimits},
		{"class", testClass},
		{"idem is unique and stable", testIdem},
		{"verify answers the account", testVerify},
		{"sign-in", testSignIn},
		{"signed out is unauthenticated", testSignedOut},
		{"prepare publishes nothing and repeats itself", testPrepareRepeats},
		{"publish shows the text", testPublishText},
		{"publish twice", testPublishTwice},
		{"publish at the same moment", testPublishRace},
		{"many targets at once", testPublishMany},
		{"deadline in the past", testPastDeadline},
		{"cancelled context", testCancelled},
		{"reconcile before publish", testReconcileBefore},
		{"reconcile after publish", testReconcileAfter},
		{"nobody there", testUnreachable},
		{"rate limit in seconds", testLimitedForSeconds},
		{"rate limit until a date", testLimitedUntil},
		{"faults of publish", testPublishFaults},
		{"faults of verify", testVerifyFaults},
		{"faults of an upload", testUploadFaults},
		{"faults of reconcile", testReconcileFaults},
		{"faults of delete", testDeleteFaults},
		{"faults of edit", testEditFaults},
		{"thread", testThread},
		{"thread that goes on after a link", testThreadAfterLink},
		{"link", testLink},
		{"end of the credentials", testExpires},
		{"text at the limit", testTextAtLimit},
		{"text over the limit", testTextOverLimit},
		{"address at the limit", testAddressAtLimit},
		{"empty text", testEmptyText},
		{"languages", testLangs},
		{"pictures with alternative text", testAlt},
		{"alternative text at the limit", testAltLimit},
		{"pictures at the limit", testImagesAtLimit},
		{"too many pictures", testTooManyImages},
		{"picture as large as allowed", testImageAtLimit},
		{"picture too large", testImageTooLarge},
		{"too many pixels", testTooManyPixels},
		{"no media where they are needed", testNeedsMedia},
		{"media type that is not taken", testMediaType},
		{"options described", testOptionInfo},
		{"options", testOptionValues},
		{"wrong options", testWrongOptions},
		{"options that count with the text", testOptionCounts},
		{"delete", testDelete},
		{"delete a thread", testDeleteThread},
		{"delete that is refused", testDeleteRefused},
		{"edit", testEdit},
		{"edit options", testEditOptions},
		{"edit a part of a thread", testEditThread},
		{"edit that is refused", testEditRefused},
		{"title and tags at their limits", testTitleAndTags},
		{"reply", testReply},
		{"reply prepared", testReplyPrepare},
		{"reply that is refused", testReplyRefused},
		{"quote", testQuote},
		{"poll", testPoll},
		{"poll over its limits", testPollOverLimits},
		{"no polls", testNoPolls},
		{"link card", testCard},
		{"pictures as they are", testMediaArrive},
		{"preview that asks nobody", testPreviewAlone},
		{"preview of what goes out", testPreviewAgrees},
		{"preview of what is refused", testPreviewOfMuch},
		{"repost", testRepost},
		{"repost prepared", testRepostPrepare},
		{"repost that is refused", testRepostRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, open(t, h))
		})
	}
}

func open(t *testing.T, h Harness) *Fixture {
	t.Helper()
	fx := h.Open(t)
	if fx == nil || fx.Provider == nil || fx.Session == nil || fx.Posts == nil {
		t.Fatal("the harness gives no provider, session or posts")
	}
	if len(fx.Secrets) > 0 && fx.Log == nil {
		t.Fatal("the harness gives secrets and no log to look for them in")
	}
	if fx.Log != nil {
		t.Cleanup(func() { fx.checkLog(t) })
	}
	return fx
}

// class is the class that the account has.
func (fx *Fixture) class() hayon.Class {
	if c, ok := fx.Provider.(hayon.Classifier); ok {
		return c.ClassOf(fx.Session.Account())
	}
	return fx.info().Class
}

// info is the description as it holds for the account.
func (fx *Fixture) info() hayon.ProviderInfo { return fx.Provider.Info().For(fx.Session.Account()) }

// withOption is the fixture's options with one more.
func (fx *Fixture) withOption(name, value string) map[string]string {
	out := map[string]string{name: value}
	for k, v := range fx.Options {
		if k != name {
			out[k] = v
		}
	}
	return out
}

// Target makes a target of the fixture's account, due now, with one part a text and the idem of
// each minted as it is when a target is created.
func (fx *Fixture) Target(texts ...string) *hayon.Target {
	now := time.Now().UTC().Truncate(time.Millisecond)
	a := fx.Session.Account()
	t := &hayon.Target{
		ID: hayon.NewTargetID(now), Post: hayon.NewPostID(now), Owner: a.Owner, Account: a.ID,
		Platform: a.Platform, CreatedAt: now, State: hayon.StatePublishing, StateSince: now,
		Due: now, Options: fx.Options,
	}
	for _, s := range texts {
		t.Parts = append(t.Parts, hayon.Part{Text: s, Langs: []string{"en"}})
	}
	for i := range t.Parts {
		t.Parts[i].Idem = fx.Provider.NewIdem(t, i, now)
	}
	return t
}

// PrepareRequest asks for part i of t, at the target's due time, as a worker does.
func (fx *Fixture) PrepareRequest(t *hayon.Target, i int) hayon.PrepareRequest {
	r := hayon.PrepareRequest{Target: t, Index: i, Now: t.Due, Open: fx.open}
	first := &t.Parts[0]
	switch {
	case i > 0 && !first.Root.IsZero():
		r.Parent, r.Root = t.Parts[i-1].Remote, first.Root
	case i > 0:
		r.Parent, r.Root = t.Parts[i-1].Remote, first.Remote
	case first.ReplyTo != nil:
		r.Parent = *first.ReplyTo
	}
	return r
}

// PublishRequest is the request to publish part i of t with p, as a worker makes it: with what
// the journal gives back of p and a deadline in the future.
func (fx *Fixture) PublishRequest(t testing.TB, target *hayon.Target, i int, p *hayon.Prepared) hayon.PublishRequest {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	journaled := new(hayon.Prepared)
	if err := json.Unmarshal(b, journaled); err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	return hayon.PublishRequest{
		Target: target, Index: i, Prepared: journaled, Now: now, SentAt: now, UnknownSince: now,
		Deadline: now.Add(fx.Provider.Info().Timeout(&target.Parts[i])),
		Claimed:  func(context.Context, string) (bool, error) { return false, nil },
	}
}

// prepare makes part i ready, also where the platform takes several steps for it.
func (fx *Fixture) prepare(t testing.TB, target *hayon.Target, i int) *hayon.Prepared {
	t.Helper()
	r := fx.PrepareRequest(target, i)
	for range 10 {
		p, err := fx.Provider.Prepare(t.Context(), fx.Session, r)
		if err != nil {
			t.Fatalf("Prepare: %v", err)
		}
		if p == nil {
			t.Fatal("Prepare answers nil without an error")
		}
		if p.ReadyAt.IsZero() {
			if i == 0 {
				target.Parts[0].Root = p.Root
			}
			return p
		}
		r.Earlier, r.Now = p, p.ReadyAt
	}
	t.Fatal("Prepare was not ready after 10 steps")
	return nil
}

// publish makes part i public and fails the test where that does not work.
func (fx *Fixture) publish(t testing.TB, target *hayon.Target, i int) (hayon.PublishRequest, hayon.Result) {
	t.Helper()
	r := fx.PublishRequest(t, target, i, fx.prepare(t, target, i))
	res := fx.Provider.Publish(t.Context(), fx.Session, r)
	fx.checkResult(t, "Publish", res)
	if res.Verdict != hayon.VerdictPublished {
		t.Fatalf("Publish: verdict %q, error %v; want published", res.Verdict, res.Err)
	}
	return r, res
}

// checkResult checks what holds for every result.
func (fx *Fixture) checkResult(t testing.TB, call string, res hayon.Result) {
	t.Helper()
	switch res.Verdict {
	case hayon.VerdictPublished:
		if res.Remote.ID == "" || res.Remote.URL == "" {
			t.Errorf("%s: published without an id or URL: %+v", call, res.Remote)
		}
		if res.Err != nil {
			t.Errorf("%s: published with the error %v", call, res.Err)
		}
	case hayon.VerdictRejected, hayon.VerdictNotApplied, hayon.VerdictUnknown:
		if call == "Publish" && res.Err == nil {
			t.Errorf("%s: verdict %q without an error", call, res.Verdict)
		}
	default:
		t.Errorf("%s: verdict %q is none", call, res.Verdict)
	}
	if res.Verdict != hayon.VerdictUnknown && (res.Hold || !res.AskAgain.IsZero()) {
		t.Errorf("%s: verdict %q, and yet it is to be asked again (%v) or held (%t)", call, res.Verdict, res.AskAgain, res.Hold)
	}
	if res.PrepareAgain && res.Verdict != hayon.VerdictNotApplied {
		t.Errorf("%s: verdict %q, and yet it is to be prepared again", call, res.Verdict)
	}
	if res.Err != nil {
		fx.checkError(t, call, res.Err)
	}
}

// checkError checks what holds for every error, and answers its code.
func (fx *Fixture) checkError(t testing.TB, call string, err error) hayon.Code {
	t.Helper()
	e, ok := errors.AsType[*hayon.Error](err)
	if !ok {
		t.Errorf("%s: error of type %T, want *hayon.Error: %v", call, err, err)
		return hayon.CodeOf(err)
	}
	if e.Code == "" || e.Code == hayon.CodeInternal || e.Message == "" {
		t.Errorf("%s: error with code %q and message %q", call, e.Code, e.Message)
	}
	fx.checkSecrets(t, call+": the error", allOf(e))
	return e.Code
}

// wantCode fails unless err is an error with one of these codes.
func (fx *Fixture) wantCode(t testing.TB, call string, err error, want ...hayon.Code) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want %q", call, want)
		return
	}
	if got := fx.checkError(t, call, err); !slices.Contains(want, got) {
		t.Errorf("%s: code %q, want %q (%v)", call, got, want, err)
	}
}

// wantPosts fails unless exactly n posts are public.
func (fx *Fixture) wantPosts(t testing.TB, n int) []Post {
	t.Helper()
	posts := fx.Posts(t)
	if len(posts) != n {
		t.Errorf("%d posts are public, want %d: %+v", len(posts), n, posts)
	}
	return posts
}
