package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/client"
	"github.com/hayon/hayon/server"
)

// recorder is a service that writes down what it is asked and answers fixed things.
type recorder struct {
	hayon.Service // nil: what the tests do not call

	calls   []string
	post    *hayon.Post
	account *hayon.Account
	status  *hayon.Status
	hook    *hayon.Webhook
	broker  *hayon.BrokerStatus
	letter  *hayon.Letter

	person   *hayon.Person
	template *hayon.Template
}

var whsec = hayon.NewSecret([]byte("whsec_1"))

func (r *recorder) note(ctx context.Context, format string, args ...any) {
	a, _ := hayon.ActorFrom(ctx)
	r.calls = append(r.calls, string(a.Source)+": "+fmt.Sprintf(format, args...))
}

func (r *recorder) FindAccounts(context.Context, hayon.AccountFilter) ([]*hayon.Account, error) {
	return []*hayon.Account{r.account}, nil
}

func (r *recorder) CreatePost(ctx context.Context, c hayon.PostCreate) (*hayon.Post, error) {
	r.note(ctx, "create %q %q %s %v", c.Text, c.Parts, c.IfLate, *c.Grace)
	return r.post, nil
}

func (r *recorder) ResolvePost(ctx context.Context, id hayon.PostID, in hayon.PostResolve) (*hayon.Post, error) {
	r.note(ctx, "resolve %v %+v", id == r.post.ID, in)
	return r.post, nil
}

func (r *recorder) UpdateAccount(ctx context.Context, id hayon.AccountID, u hayon.AccountUpdate) (*hayon.Account, error) {
	r.note(ctx, "update %v %s %v", id == r.account.ID, *u.IfLate, u.Grace)
	return r.account, nil
}

func (r *recorder) Pause(ctx context.Context, reason string) (*hayon.Status, error) {
	r.note(ctx, "pause %q", reason)
	return r.status, nil
}

func (r *recorder) Resume(ctx context.Context) (*hayon.Status, error) {
	r.note(ctx, "resume")
	return r.status, nil
}

func (r *recorder) CreateWebhook(ctx context.Context, c hayon.WebhookCreate) (*hayon.Webhook, hayon.Secret, error) {
	r.note(ctx, "create webhook %+v", c)
	return r.hook, whsec, nil
}

func (r *recorder) FindWebhooks(ctx context.Context) ([]*hayon.Webhook, error) {
	r.note(ctx, "find webhooks")
	return []*hayon.Webhook{r.hook}, nil
}

func (r *recorder) DeleteWebhook(ctx context.Context, id hayon.WebhookID) error {
	r.note(ctx, "delete webhook %v", id == r.hook.ID)
	return nil
}

func (r *recorder) TestWebhook(ctx context.Context, id hayon.WebhookID) error {
	r.note(ctx, "test webhook %v", id == r.hook.ID)
	return hayon.Errorf(hayon.CodeUnavailable, "the address answers 500").WithHint("look at its log")
}

func (r *recorder) BrokerStatus(ctx context.Context) (*hayon.BrokerStatus, error) {
	r.note(ctx, "broker")
	return r.broker, nil
}

func (r *recorder) FindLetters(ctx context.Context, f hayon.LetterFilter) ([]*hayon.Letter, error) {
	r.note(ctx, "find letters %+v", f)
	return []*hayon.Letter{r.letter}, nil
}

func (r *recorder) LookupLetter(ctx context.Context, kind hayon.LetterKind, ref string) (*hayon.Letter, error) {
	r.note(ctx, "look up letter %q %q", kind, ref)
	return r.letter, nil
}

func (r *recorder) ReplayLetter(ctx context.Context, ref string, in hayon.LetterRequest) (*hayon.Letter, error) {
	r.note(ctx, "replay %v %+v", ref == r.letter.Ref(), in)
	return r.letter, nil
}

func (r *recorder) DiscardLetter(ctx context.Context, ref string, in hayon.LetterRequest) (*hayon.Letter, error) {
	r.note(ctx, "discard %v %+v", ref == r.letter.Target.String(), in)
	return nil, hayon.Errorf(hayon.CodeConflict, "it has ended already").WithHint("hayon broker dead list --all")
}

func (r *recorder) PutPerson(ctx context.Context, p hayon.Person) (*hayon.Person, error) {
	r.note(ctx, "put %q %q %v", p.Name, p.Title, p.Handles)
	return r.person, nil
}

func (r *recorder) FindPeople(ctx context.Context) ([]*hayon.Person, error) {
	r.note(ctx, "find people")
	return []*hayon.Person{r.person}, nil
}

func (r *recorder) DeletePerson(ctx context.Context, name string) error {
	r.note(ctx, "delete person %q", name)
	return nil
}

func (r *recorder) CreateTemplate(ctx context.Context, t hayon.Template, replace bool) (*hayon.Template, error) {
	r.note(ctx, "create template %q %q %v", t.Name, t.Text, replace)
	return r.template, nil
}

func (r *recorder) FindTemplates(ctx context.Context) ([]*hayon.Template, error) {
	r.note(ctx, "find templates")
	return []*hayon.Template{r.template}, nil
}

func (r *recorder) DeleteTemplate(ctx context.Context, name string) error {
	r.note(ctx, "delete template %q", name)
	return hayon.Errorf(hayon.CodeNotFound, "there is no such template").WithHint("hayon template list")
}

func newRecorder() *recorder {
	now := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	grace := 2 * time.Hour
	r := &recorder{
		account: &hayon.Account{ID: hayon.NewAccountID(now), Name: "site", Platform: "site", IfLate: hayon.LateSkip, Grace: &grace, CreatedAt: now},
		hook:    &hayon.Webhook{ID: hayon.NewWebhookID(now), URL: "https://example.org/hook", Kinds: []hayon.EventKind{hayon.EventMissed}, CreatedAt: now},
	}
	r.hook.Cursor = &hayon.Cursor{Name: r.hook.CursorName(), Seq: 9, Tries: 1, NotBefore: now, LastError: "status 500"}
	id := hayon.NewPostID(now)
	r.post = &hayon.Post{ID: id, ShortDigits: 4, Revision: 1, Text: "one", CreatedAt: now, UpdatedAt: now, Schedule: hayon.Schedule{At: now}, Targets: []*hayon.Target{{
		ID: hayon.NewTargetID(now), Post: id, Account: r.account.ID, Platform: "site", CreatedAt: now, State: hayon.StateMissed, StateSince: now,
		Due: now, IfLate: hayon.LateAsk, Grace: time.Hour, Asks: true, Parts: []hayon.Part{{Text: "one"}, {Text: "two"}},
	}}}
	r.status = &hayon.Status{
		Version: "1", StartedAt: now, Outbox: 3, OutboxAge: 1500 * time.Millisecond, Parked: 1, Missed: 2, Failed: 3, Held: 4, Asking: 5,
		Paused: &hayon.Pace{Key: hayon.PaceAll, NotBefore: now, Reason: "holiday"}, ClockHeld: now,
		NeedUser: []hayon.Attention{{Post: id, Target: r.post.Targets[0].ID, Account: "site", State: hayon.StateMissed, Due: now, Asks: true, Reason: "late", Hint: "hayon retry"}},
		Blocked:  []hayon.Blocked{{Account: "site", Reason: "rate limit", Until: now, Hint: "wait"}},
	}
	r.letter = &hayon.Letter{
		ID: hayon.NewLetterID(now), Kind: hayon.LetterDead, Cause: hayon.CauseUndecodable, Reason: "it is no hint", Hint: "discard it", At: now,
		Message: &hayon.LetterMessage{
			ID: "m", Type: "hint", At: now, Exchange: "post_exchange", RoutingKey: "post.create.site", Body: []byte{0xff, 0, '"'}, Bytes: 2000, Digest: "00ff",
			Deaths: []hayon.Death{{Queue: "q", Reason: "rejected", Exchange: "post_exchange", Keys: []string{"post.create.site"}, Count: 1 << 52, At: now}},
		},
		Target: r.post.Targets[0].ID, Post: id, Account: "site", Platform: "site", State: hayon.StateParked, Attempts: 4,
		Ended: &hayon.LetterEnd{At: now, How: hayon.LetterReplayed, Reason: "it is back"}, Cleared: true,
	}
	r.person = &hayon.Person{Name: "智子", Title: "Tomoko", Handles: map[string]string{"mastodon": "tomoko@example.social"}, UpdatedAt: now}
	r.template = &hayon.Template{Name: "release", Text: "{{version}}\nis <out>", CreatedAt: now, UpdatedAt: now.Add(time.Hour)}
	r.status.Broker = &hayon.BrokerState{
		Kind: hayon.BrokerRabbitMQ, Address: "amqp://127.0.0.1:5672/", Server: "RabbitMQ 3.10.8", Prefix: "x.", Since: now, Reconnects: 2,
		Error: "it is away", Hint: "start it", BlockedSince: now, BlockedReason: "low on memory", BlockedFor: 1500 * time.Millisecond,
		Delay: hayon.DelayAuto, Delayed: true, Unconfirmed: 1, Published: 15, Confirmed: 2, Returned: 3, Refused: 4, Unknown: 5,
		Delivered: 6, Redelivered: 7, Acked: 8, Nacked: 9, Stale: 1 << 62,
	}
	r.broker = &hayon.BrokerStatus{
		Broker: r.status.Broker, Outbox: 7, OutboxAge: time.Minute,
		Queues: []hayon.QueueStatus{{Name: "q", QueueDepth: hayon.QueueDepth{Ready: 1, Unacked: 2, Consumers: 3}, Max: 4, Error: "it does not tell"}},
		Dead:   hayon.LetterStatus{Open: 1, Oldest: now, Full: true}, Parked: hayon.LetterStatus{Open: 2, Oldest: now},
	}
	return r
}

// What the newer calls ask arrives, and what they answer comes back whole.
func TestSurface(t *testing.T) {
	t.Parallel()
	svc, path := newRecorder(), socketPath(t)
	ln, err := server.ListenUnix(path)
	if err != nil {
		t.Fatal(err)
	}
	start(t, svc, ln, server.Config{})
	c, ctx := newClient(t, client.Config{Socket: path}), actor(t)
	same := func(what string, want, got any, err error) {
		t.Helper()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", what, err, diff)
		}
	}
	grace, late := 90*time.Minute, hayon.LatePublish
	p, err := c.CreatePost(ctx, hayon.PostCreate{Text: "one", Parts: []string{"two"}, IfLate: late, Grace: &grace})
	same("create", svc.post, p, err)
	p, err = c.ResolvePost(ctx, svc.post.ID, hayon.PostResolve{Account: "site", Published: "https://example.org/1", Reason: "seen"})
	same("resolve", svc.post, p, err)
	a, err := c.UpdateAccount(ctx, svc.account.ID, hayon.AccountUpdate{IfLate: &late})
	same("update", svc.account, a, err)
	st, err := c.Pause(ctx, "holiday")
	same("pause", svc.status, st, err)
	st, err = c.Resume(ctx)
	same("resume", svc.status, st, err)
	w, secret, err := c.CreateWebhook(ctx, hayon.WebhookCreate{URL: svc.hook.URL, Kinds: svc.hook.Kinds})
	same("webhook", svc.hook, w, err)
	if !secret.Equal(whsec) {
		t.Errorf("the secret came back as %q", secret.Reveal())
	}
	list, err := c.FindWebhooks(ctx)
	same("webhooks", []*hayon.Webhook{svc.hook}, list, err)
	same("delete", nil, nil, c.DeleteWebhook(ctx, svc.hook.ID))
	if err := c.TestWebhook(ctx, svc.hook.ID); hayon.CodeOf(err) != hayon.CodeUnavailable || hayon.AsError(err).Hint != "look at its log" {
		t.Errorf("test: %v, want what the service said", err)
	}
	b, err := c.BrokerStatus(ctx)
	same("broker", svc.broker, b, err)
	letters, err := c.FindLetters(ctx, hayon.LetterFilter{Kind: hayon.LetterParked, All: true, Limit: 5})
	same("letters", []*hayon.Letter{svc.letter}, letters, err)
	l, err := c.LookupLetter(ctx, hayon.LetterDead, "9qx7 & more")
	same("look-up of a letter", svc.letter, l, err)
	l, err = c.ReplayLetter(ctx, svc.letter.Ref(), hayon.LetterRequest{Reason: "it is back", DryRun: true})
	same("replay", svc.letter, l, err)
	_, err = c.DiscardLetter(ctx, svc.letter.Target.String(), hayon.LetterRequest{Reason: "old"})
	if e := hayon.AsError(err); e.Code != hayon.CodeConflict || e.Hint != "hayon broker dead list --all" {
		t.Errorf("discard: %v, want what the service said", err)
	}
	if _, err = c.LookupLetter(ctx, "lost", "last"); hayon.CodeOf(err) != hayon.CodeUsage {
		t.Errorf("a letter of an unknown kind: %v, want usage", err)
	}
	who, err := c.PutPerson(ctx, hayon.Person{Name: "智子", Title: "Tomoko", Handles: map[string]string{"mastodon": "tomoko@example.social", "demo": ""}})
	same("person", svc.person, who, err)
	people, err := c.FindPeople(ctx)
	same("people", []*hayon.Person{svc.person}, people, err)
	same("delete a person", nil, nil, c.DeletePerson(ctx, "@智子"))
	tm, err := c.CreateTemplate(ctx, hayon.Template{Name: "release", Text: svc.template.Text}, true)
	same("template", svc.template, tm, err)
	templates, err := c.FindTemplates(ctx)
	same("templates", []*hayon.Template{svc.template}, templates, err)
	err = c.DeleteTemplate(ctx, "release")
	if e := hayon.AsError(err); e.Code != hayon.CodeNotFound || e.Hint != "hayon template list" {
		t.Errorf("delete a template: %v, want what the service said", err)
	}
	want := []string{
		`cli: create "one" ["two"] publish 1h30m0s`,
		`cli: resolve true {Account:site Published:https://example.org/1 Not:false Reason:seen DryRun:false}`,
		`cli: update true publish <nil>`,
		`cli: pause "holiday"`, `cli: resume`,
		`cli: create webhook {URL:https://example.org/hook Kinds:[target.missed]}`,
		`cli: find webhooks`, `cli: delete webhook true`, `cli: test webhook true`,
		`cli: broker`, `cli: find letters {Kind:parked All:true Limit:5}`, `cli: look up letter "dead" "9qx7 & more"`,
		`cli: replay true {Reason:it is back DryRun:true}`, `cli: discard true {Reason:old DryRun:false}`,
		`cli: put "智子" "Tomoko" map[demo: mastodon:tomoko@example.social]`, `cli: find people`, `cli: delete person "智子"`,
		`cli: create template "release" "{{version}}\nis <out>" true`, `cli: find templates`, `cli: delete template "release"`,
	}
	if diff := cmp.Diff(want, svc.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestSurfaceRefusesEmptyIDs(t *testing.T) {
	t.Parallel()
	c := dial(t, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("asked for %s", r.URL) }, client.Config{})
	ctx := actor(t)
	_, resolve := c.ResolvePost(ctx, hayon.PostID{}, hayon.PostResolve{})
	_, update := c.UpdateAccount(ctx, hayon.AccountID{}, hayon.AccountUpdate{})
	_, asked := c.FindRequest(ctx, hayon.PostID{})
	_, revise := c.RevisePost(ctx, hayon.PostID{}, hayon.PostRevise{})
	_, move := c.ReschedulePost(ctx, hayon.PostID{}, hayon.PostReschedule{})
	_, revisions := c.FindRevisions(ctx, hayon.PostID{})
	for i, err := range []error{resolve, update, asked, revise, move, revisions, c.DeleteWebhook(ctx, hayon.WebhookID{}), c.TestWebhook(ctx, hayon.WebhookID{})} {
		if hayon.CodeOf(err) != hayon.CodeNotFound {
			t.Errorf("call %d: %v, want not_found", i, err)
		}
	}
	// What is no ref would make the path of another route.
	for _, ref := range []string{"", "..", "lookup", "last", hayon.NewPostID(time.Now()).String()} {
		_, replay := c.ReplayLetter(ctx, ref, hayon.LetterRequest{})
		_, discard := c.DiscardLetter(ctx, ref, hayon.LetterRequest{Reason: "x"})
		if hayon.CodeOf(replay) != hayon.CodeUsage || hayon.CodeOf(discard) != hayon.CodeUsage {
			t.Errorf("letter %q: %v and %v, want usage", ref, replay, discard)
		}
	}
}

// The secret of a webhook crosses no network in the clear.
func TestWebhookSecretStaysHomeWithoutTLS(t *testing.T) {
	t.Parallel()
	svc := newRecorder()
	srv, err := server.New(svc, server.Config{Actor: func(*http.Request) (hayon.Actor, error) {
		return hayon.Actor{User: hayon.LocalUser().ID}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	plain := httptest.NewServer(srv.Handler())
	t.Cleanup(plain.Close)
	c := newClient(t, client.Config{BaseURL: plain.URL})
	if _, _, err := c.CreateWebhook(actor(t), hayon.WebhookCreate{URL: "https://example.org"}); hayon.CodeOf(err) != hayon.CodeForbidden {
		t.Errorf("the client asked over http: %v", err)
	}
	// A client that asks all the same gets none either.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, plain.URL+"/api/v2/webhooks", strings.NewReader(`{"url":"https://example.org"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := plain.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden || len(svc.calls) > 0 {
		t.Errorf("status %d, calls %v; want 403 and none", resp.StatusCode, svc.calls)
	}
	sealed := httptest.NewTLSServer(srv.Handler())
	t.Cleanup(sealed.Close)
	c = newClient(t, client.Config{BaseURL: sealed.URL, Transport: sealed.Client().Transport})
	if _, secret, err := c.CreateWebhook(actor(t), hayon.WebhookCreate{URL: "https://example.org"}); err != nil || !secret.Equal(whsec) {
		t.Errorf("over https: %v, the secret equal: %v", err, secret.Equal(whsec))
	}
}
