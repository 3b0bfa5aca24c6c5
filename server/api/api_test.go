package api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

// The wire form is a promise to scripts, so it is compared as a whole.
const wire = `{
  "id": "p_01jd3v9k7m2x4c8q9qx1",
  "short": "p_8q9qx1",
  "state": "partial",
  "text": "Hello",
  "created_at": "2026-11-30T10:00:00Z",
  "updated_at": "2026-11-30T10:00:01Z",
  "at": "2026-12-01T09:00:00+01:00",
  "wall": "2026-12-01T09:00:00",
  "zone": "Europe/Berlin",
  "source": "cli",
  "langs": [
    "en"
  ],
  "labels": [],
  "revision": 3,
  "warnings": [
    "another one goes out two minutes earlier"
  ],
  "targets": [
    {
      "id": "t_01jd3v9k7m2x4c8q9qx2",
      "account": "bluesky/work",
      "account_id": "a_01jd3v9k7m2x4c8q9qx3",
      "platform": "bluesky",
      "handle": "@me.example.org",
      "state": "published",
      "state_since": "2026-12-01T08:00:02Z",
      "at": "2026-12-01T09:00:00+01:00",
      "generation": 1,
      "attempts": 1,
      "late_policy": "publish",
      "grace": "1h30m",
      "published_at": "2026-12-01T08:00:02Z",
      "remote_id": "at://did:plc:x/app.bsky.feed.post/3l",
      "url": "https://bsky.app/profile/x/post/3l",
      "late_seconds": 2,
      "options": {
        "replies": "nobody"
      },
      "parts": [
        {
          "text": "Hello",
          "remote_id": "at://did:plc:x/app.bsky.feed.post/3l",
          "url": "https://bsky.app/profile/x/post/3l",
          "digest": "bafy",
          "published_at": "2026-12-01T08:00:02Z",
          "langs": [
            "en"
          ],
          "media": [
            {
              "id": "m_01jd3v9k7m2x4c8q9qx4",
              "alt": "a square",
              "type": "image/png",
              "bytes": 9312,
              "width": 10,
              "height": 20,
              "name": "a.png",
              "sha256": "00ff"
            }
          ]
        }
      ]
    },
    {
      "id": "t_01jd3v9k7m2x4c8q9qx5",
      "account_id": "a_01jd3v9k7m2x4c8q9qx6",
      "platform": "mastodon",
      "state": "failed",
      "state_since": "2026-12-01T08:00:03Z",
      "at": "2026-12-01T09:00:00+01:00",
      "not_before": "2026-12-01T08:10:00Z",
      "attempts": 2,
      "late_policy": "ask",
      "question": true,
      "parts": [
        {
          "text": "Hello"
        }
      ],
      "error": {
        "code": "rejected",
        "message": "mastodon refused the text",
        "hint": "edit it",
        "retry_at": "2026-12-01T08:10:00Z"
      }
    }
  ]
}`

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func fixture(t *testing.T) (*hayon.Post, map[hayon.AccountID]*hayon.Account) {
	t.Helper()
	due := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	account, gone := must(hayon.ParseAccountID("a_01jd3v9k7m2x4c8q9qx3")), must(hayon.ParseAccountID("a_01jd3v9k7m2x4c8q9qx6"))
	created := time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC)
	id := must(hayon.ParsePostID("p_01jd3v9k7m2x4c8q9qx1"))
	remote := hayon.Remote{ID: "at://did:plc:x/app.bsky.feed.post/3l", URL: "https://bsky.app/profile/x/post/3l", Digest: "bafy"}
	p := &hayon.Post{
		ID: id, Owner: hayon.LocalUser().ID, ShortDigits: 6, Source: hayon.SourceCLI, Text: "Hello", Langs: []string{"en"},
		CreatedAt: created, UpdatedAt: created.Add(time.Second),
		Schedule: hayon.Schedule{At: due, Wall: "2026-12-01T09:00:00", Zone: "Europe/Berlin"},
		Revision: 3, Request: &hayon.PostCreate{Text: "Hello", Note: "for the store alone"}, Warnings: []string{"another one goes out two minutes earlier"},
		Targets: []*hayon.Target{{
			ID: must(hayon.ParseTargetID("t_01jd3v9k7m2x4c8q9qx2")), Post: id, Owner: hayon.LocalUser().ID, Account: account, Platform: "bluesky", CreatedAt: created,
			State: hayon.StatePublished, StateSince: due.Add(2 * time.Second), Generation: 1, Due: due, Attempts: 1, Fence: 7,
			IfLate: hayon.LatePublish, Grace: 90 * time.Minute,
			PublishedAt: due.Add(2 * time.Second), Options: map[string]string{"replies": "nobody"},
			Parts: []hayon.Part{{
				Text: "Hello", Langs: []string{"en"}, Remote: remote, PublishedAt: due.Add(2 * time.Second), Prepared: 3, Idem: "3l",
				Media: []hayon.Attachment{{
					Media: must(hayon.ParseMediaID("m_01jd3v9k7m2x4c8q9qx4")), Alt: "a square", SHA256: "00ff", Type: "image/png",
					Bytes: 9312, Width: 10, Height: 20, Name: "a.png",
				}},
			}},
		}, {
			ID: must(hayon.ParseTargetID("t_01jd3v9k7m2x4c8q9qx5")), Post: id, Account: gone, Platform: "mastodon", CreatedAt: created,
			State: hayon.StateFailed, StateSince: due.Add(3 * time.Second), Due: due, NotBefore: due.Add(10 * time.Minute), Attempts: 2,
			IfLate: hayon.LateAsk, Asks: true,
			Parts: []hayon.Part{{Text: "Hello"}},
			Error: &hayon.TargetError{Code: hayon.CodeRejected, Message: "mastodon refused the text", Hint: "edit it", RetryAt: due.Add(10 * time.Minute)},
		}},
	}
	accounts := api.AccountsByID([]*hayon.Account{{ID: account, Name: "bluesky/work", Handle: "@me.example.org", SecretRef: "ref"}})
	return p, accounts
}

func TestPostOnTheWire(t *testing.T) {
	t.Parallel()
	p, accounts := fixture(t)
	got, err := json.MarshalIndent(api.PostOf(p, accounts), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wire, string(got)); diff != "" {
		t.Errorf("wire form (-want +got):\n%s", diff)
	}
}

// What a face sees must survive the way over the wire.
func TestPostRoundTrip(t *testing.T) {
	t.Parallel()
	p, accounts := fixture(t)
	var read api.Post
	if err := api.Decode([]byte(wire), &read); err != nil {
		t.Fatal(err)
	}
	back := read.Domain()
	ignore := cmp.Options{
		cmpopts.IgnoreFields(hayon.Post{}, "Owner", "Request"),
		cmpopts.IgnoreFields(hayon.Target{}, "Owner", "Fence"),
		cmpopts.IgnoreFields(hayon.Part{}, "Prepared", "Idem"),
	}
	if diff := cmp.Diff(p, back, ignore); diff != "" {
		t.Errorf("domain (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(api.PostOf(p, accounts), api.PostOf(back, accounts)); diff != "" {
		t.Errorf("shown again (-local +remote):\n%s", diff)
	}
}

func TestPostLeavesOutWhatIsUnknown(t *testing.T) {
	t.Parallel()
	p := &hayon.Post{Text: "x", Targets: []*hayon.Target{{Platform: "site", State: hayon.StateDraft, Parts: []hayon.Part{{Text: "x"}}}}}
	got, err := json.Marshal(api.PostOf(p, nil))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"state":"draft","text":"x","labels":[],"targets":[{"account":"site","platform":"site","state":"draft","attempts":0,"parts":[{"text":"x"}]}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("dry run (-want +got):\n%s", diff)
	}
}

// A post that is sent at once has no schedule; it still shows when it goes out.
func TestPostAtFallsBackToTheTargets(t *testing.T) {
	t.Parallel()
	due := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	p := &hayon.Post{Targets: []*hayon.Target{{Due: due.Add(time.Hour)}, {Due: due}}}
	if got := api.PostOf(p, nil).At; !got.Equal(due) {
		t.Errorf("at = %v, want the earliest due time %v", got, due)
	}
}

func TestAccountHidesWhereSecretsAre(t *testing.T) {
	t.Parallel()
	a := &hayon.Account{Name: "bluesky", SecretRef: "vault-key-9", Owner: hayon.LocalUser().ID, Status: hayon.AccountConnected}
	got, err := json.Marshal(api.AccountOf(a))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(got), "vault-key-9") || strings.Contains(string(got), "secret") {
		t.Errorf("the account tells where its secret is: %s", got)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	in := hayon.SignIn{Platform: "bluesky", Alias: "work", Fields: map[string]string{"handle": "me"}, Secret: hayon.NewSecret([]byte(`p"w é`))}
	body, err := api.EncodeSignIn(in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := api.DecodeSignIn(body)
	if err != nil {
		t.Fatal(err)
	}
	if got.Platform != in.Platform || got.Alias != in.Alias || got.Fields["handle"] != "me" || !got.Secret.Equal(in.Secret) {
		t.Errorf("sign-in came back as %+v, secret equal: %v", got, got.Secret.Equal(in.Secret))
	}
	flow := hayon.SignIn{Platform: "mastodon", Redirect: "http://127.0.0.1:1/callback", Flow: hayon.NewSecret([]byte(`{"v":"x"}`)), Code: hayon.NewSecret([]byte("c"))}
	if body, err = api.EncodeSignIn(flow); err != nil {
		t.Fatal(err)
	}
	if got, err = api.DecodeSignIn(body); err != nil || got.Redirect != flow.Redirect || !got.Flow.Equal(flow.Flow) || !got.Code.Equal(flow.Code) {
		t.Errorf("the second half of a sign-in came back as %+v, %v", got, err)
	}
	if api.HasSecret(hayon.SignIn{Platform: "site"}) || !api.HasSecret(flow) || !api.HasSecret(hayon.SignIn{Code: flow.Code}) {
		t.Error("HasSecret tells wrongly what must not cross a network")
	}
	in.Secret = hayon.NewSecret([]byte{0xff, 0xfe})
	if _, err := api.EncodeSignIn(in); hayon.CodeOf(err) != hayon.CodeInvalid {
		t.Errorf("a secret that JSON cannot carry: %v, want invalid", err)
	}
}

func TestDecodeIsStrict(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, want string }{
		{"unknown member", `{"text":"x","colour":"red"}`, `"colour"`},
		{"unknown nested member", `{"schedule":{"when":"x"}}`, `"when"`},
		{"wrong type", `{"text":5}`, `"text"`},
		{"cut", `{"text":"x`, "ends in the middle"},
		{"empty", ``, "empty"},
		{"no JSON", `text=x`, "byte 2"},
		{"two values", `{"text":"x"}{"text":"y"}`, "goes on"},
		{"wrong id", `{"media":[{"media":"p_1"}]}`, `"p_1"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var c hayon.PostCreate
			err := api.Decode([]byte(tt.body), &c)
			e, ok := errors.AsType[*hayon.Error](err)
			if !ok || e.Code != hayon.CodeUsage || !strings.Contains(e.Message, tt.want) {
				t.Errorf("Decode(%s) = %v, want a usage error with %s", tt.body, err, tt.want)
			}
		})
	}
}

func TestErrorRoundTrip(t *testing.T) {
	t.Parallel()
	for _, code := range hayon.Codes() {
		want := hayon.Errorf(code, "that went wrong").WithHint("do this").WithDetail("ids", []any{"p_1", "p_2"}).WithCause(errors.New("secret cause"))
		want.RetryAfter = 1500 * time.Millisecond
		body, err := json.Marshal(api.ErrorOf(want))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), "secret cause") {
			t.Errorf("%s: the cause is on the wire: %s", code, body)
		}
		got := api.DecodeError(code.Status(), http.Header{}, body)
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(hayon.Error{}, "Err")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", code, diff)
		}
	}
}

func TestErrorOfAnotherProgram(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status int
		want   hayon.Code
	}{
		{401, hayon.CodeUnauthenticated},
		{404, hayon.CodeNotFound},
		{413, hayon.CodeInvalid},
		{429, hayon.CodeRateLimited},
		{502, hayon.CodeUnreachable},
		{503, hayon.CodeUnavailable},
		{418, hayon.CodeInternal},
	}
	for _, tt := range tests {
		got := api.DecodeError(tt.status, http.Header{"Retry-After": {"7"}}, []byte("<html>"))
		if got.Code != tt.want || got.RetryAfter != 7*time.Second || got.Hint == "" {
			t.Errorf("status %d: %+v, want code %s, 7 s and a hint", tt.status, got, tt.want)
		}
	}
}

func TestUnknownErrorsTellNothing(t *testing.T) {
	t.Parallel()
	got := api.ErrorOf(errors.New("pq: password is hunter2"))
	if got.Error.Code != hayon.CodeInternal || strings.Contains(got.Error.Message, "hunter2") {
		t.Errorf("ErrorOf(foreign) = %+v", got)
	}
}

func TestQueries(t *testing.T) {
	t.Parallel()
	posts := hayon.PostFilter{
		States:      []hayon.PostState{hayon.PostFailed, hayon.PostMissed},
		Accounts:    []hayon.AccountID{must(hayon.ParseAccountID("a_01jd3v9k7m2x4c8q9qx3"))},
		NotAccounts: []hayon.AccountID{must(hayon.ParseAccountID("a_01jd3v9k7m2x4c8q9qx6"))},
		Labels:      []string{"launch", "a b"}, NotLabels: []string{"old"}, Sources: []hayon.Source{hayon.SourceCLI, hayon.SourceTUI},
		Words: []string{"spring  sale", "100%&more=", "智子"}, NotWords: []string{"draft"},
		AtSince: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), AtUntil: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), Order: hayon.OrderSoonest,
		Deleted: true,
		Since:   time.Date(2026, 1, 1, 0, 0, 0, 5, time.UTC), Until: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
		Before: must(hayon.ParsePostID("p_01jd3v9k7m2x4c8q9qx1")), Limit: 20,
	}
	// All of it, or the test would not see a field that is new.
	for _, field := range reflect.VisibleFields(reflect.TypeFor[hayon.PostFilter]()) {
		if reflect.ValueOf(posts).FieldByIndex(field.Index).IsZero() && field.Name != "Owner" {
			t.Errorf("the filter of the test leaves %s out", field.Name)
		}
	}
	raw := must(url.ParseQuery(api.PostQuery(posts).Encode()))
	if err := api.RouteOf(api.OpFindPosts).CheckQuery(raw); err != nil {
		t.Errorf("what is written is refused: %v", err)
	}
	gotPosts, err := api.ParsePostQuery(raw)
	if diff := cmp.Diff(posts, gotPosts); err != nil || diff != "" {
		t.Errorf("posts: %v (-want +got):\n%s", err, diff)
	}
	events := hayon.EventFilter{
		After: 1 << 60, Post: posts.Before, Limit: 3, Wait: 1500 * time.Millisecond,
		Kinds: []hayon.EventKind{hayon.EventPublished, hayon.EventMissed},
	}
	gotEvents, err := api.ParseEventQuery(api.EventQuery(events))
	if diff := cmp.Diff(events, gotEvents); err != nil || diff != "" {
		t.Errorf("events: %v (-want +got):\n%s", err, diff)
	}
	accounts := hayon.AccountFilter{Platform: "bluesky", Name: "bluesky/work"}
	if diff := cmp.Diff(accounts, api.ParseAccountQuery(api.AccountQuery(accounts))); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	if f, err := api.ParseEventQuery(url.Values{"wait": {"10m"}}); err != nil || f.Wait != api.MaxWait {
		t.Errorf("a long wait became %v, %v; want %v", f.Wait, err, api.MaxWait)
	}
}

func TestQueriesRefuse(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"state=late", "account=x", "since=yesterday", "until=1", "before=p_9qx1", "limit=-1", "limit=many", "not_account=demo", "at_since=1", "at_until=soon", "order=random", "deleted=perhaps"} {
		q, _ := url.ParseQuery(query)
		if _, err := api.ParsePostQuery(q); hayon.CodeOf(err) != hayon.CodeUsage {
			t.Errorf("posts?%s: %v, want usage", query, err)
		}
	}
	for _, query := range []string{"after=-1", "post=last", "limit=x", "wait=5", "wait=-1s", "kind=target.lost"} {
		q, _ := url.ParseQuery(query)
		if _, err := api.ParseEventQuery(q); hayon.CodeOf(err) != hayon.CodeUsage {
			t.Errorf("events?%s: %v, want usage", query, err)
		}
	}
	route := api.RouteOf(api.OpFindPosts)
	if err := route.CheckQuery(url.Values{"stat": {"x"}}); hayon.CodeOf(err) != hayon.CodeUsage {
		t.Errorf("unknown parameter: %v, want usage", err)
	}
}

// The document and the routes are two descriptions of one thing.
func TestDocument(t *testing.T) {
	t.Parallel()
	type parameter struct {
		Name, In string
		Ref      string `yaml:"$ref"`
	}
	type operation struct {
		OperationID string `yaml:"operationId"`
		Parameters  []parameter
		RequestBody any `yaml:"requestBody"`
		Responses   map[string]any
		Security    *[]any
	}
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]operation
		Components struct {
			Schemas map[string]struct {
				Enum       []string
				Properties map[string]any
			}
		}
	}
	if err := yaml.Unmarshal(api.OpenAPI(), &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("openapi = %q, want 3.1", doc.OpenAPI)
	}
	documented := 0
	for _, methods := range doc.Paths {
		documented += len(methods)
	}
	if want := len(api.Routes()); documented != want {
		t.Errorf("the document has %d operations, there are %d routes", documented, want)
	}
	for _, r := range api.Routes() {
		op, ok := doc.Paths[r.Path][strings.ToLower(r.Method)]
		if !ok || op.OperationID != string(r.Op) {
			t.Errorf("%s %s: documented as %q, want %q", r.Method, r.Path, op.OperationID, r.Op)
			continue
		}
		var query []string
		for _, p := range op.Parameters {
			if p.In == "query" {
				query = append(query, p.Name)
			}
		}
		if !slices.Equal(query, r.Query) {
			t.Errorf("%s: documented parameters %v, want %v", r.Op, query, r.Query)
		}
		if (op.RequestBody != nil) != (r.MaxBody > 0) {
			t.Errorf("%s: documented body %v, read up to %d bytes", r.Op, op.RequestBody != nil, r.MaxBody)
		}
		if (op.Security != nil) != r.Public {
			t.Errorf("%s: public is %v in the document, %v in the routes", r.Op, op.Security != nil, r.Public)
		}
	}
	for name, v := range map[string]any{
		"Post": api.Post{}, "Target": api.Target{}, "Part": api.Part{}, "TargetError": api.TargetError{},
		"Account": api.Account{}, "Media": api.Media{}, "PostCreate": api.PostCreate{}, "Event": hayon.Event{},
		"PostResolve": hayon.PostResolve{}, "AccountUpdate": api.AccountUpdate{}, "Pause": api.Pause{},
		"WebhookCreate": hayon.WebhookCreate{}, "Webhook": api.Webhook{}, "Delivery": api.Delivery{},
		"Pace": hayon.Pace{}, "Attention": hayon.Attention{}, "Blocked": hayon.Blocked{},
		"PostEdit": hayon.PostEdit{}, "PostDelete": hayon.PostDelete{}, "Deletion": api.Deletion{}, "Removal": hayon.Removal{},
		"PostRequest": api.PostRequest{}, "PostRevise": api.PostRevise{}, "PostReschedule": api.PostReschedule{}, "Shift": api.Shift{},
		"PostUndo": hayon.PostUndo{}, "PostUndone": api.PostUndone{}, "Revision": api.Revision{}, "Count": api.Count{}, "Schedule": hayon.Schedule{},
		"Poll": hayon.Poll{}, "BlobRef": hayon.BlobRef{}, "Card": hayon.Card{}, "Reference": api.Reference{}, "PartPreview": hayon.PartPreview{},
		"Focus": hayon.Focus{}, "ServerFacts": hayon.ServerFacts{}, "Limit": hayon.Limit{}, "Option": hayon.Option{},
		"Group": api.Group{}, "GroupCreate": api.GroupCreate{}, "GroupUpdate": hayon.GroupUpdate{},
		"StoreReport": hayon.StoreReport{}, "Compaction": hayon.Compaction{}, "PruneRequest": hayon.PruneRequest{}, "Pruned": hayon.Pruned{},
		"Letter": hayon.Letter{}, "LetterMessage": hayon.LetterMessage{}, "Death": hayon.Death{}, "LetterEnd": hayon.LetterEnd{},
		"LetterRequest": hayon.LetterRequest{}, "LetterStatus": hayon.LetterStatus{},
		"BrokerStatus": hayon.BrokerStatus{}, "BrokerState": hayon.BrokerState{}, "QueueStatus": hayon.QueueStatus{},
		"Status": hayon.Status{}, "Lookup": api.Lookup{}, "LastEvent": api.LastEvent{}, "Health": api.Health{},
	} {
		var got []string
		for member := range doc.Components.Schemas[name].Properties {
			got = append(got, member)
		}
		slices.Sort(got)
		if diff := cmp.Diff(members(v), got); diff != "" {
			t.Errorf("schema %s (-type +document):\n%s", name, diff)
		}
	}
	enum := func(name string, want []string) {
		got := doc.Components.Schemas[name].Enum
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("enum %s (-code +document):\n%s", name, diff)
		}
	}
	enum("PostState", strs(hayon.PostStates()))
	enum("State", strs(hayon.States()))
	enum("Code", strs(hayon.Codes()))
	enum("EventKind", strs(hayon.EventKinds()))
	enum("LatePolicy", strs(hayon.LatePolicies()))
	enum("PostOrder", strs(hayon.PostOrders()))
	enum("ChangeKind", strs(hayon.ChangeKinds()))
	enum("LetterKind", strs(hayon.LetterKinds()))
	enum("LetterCause", strs(hayon.LetterCauses()))
	enum("DelayMode", strs(hayon.DelayModes()))
}

func strs[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

func members(v any) []string {
	var out []string
	for _, field := range reflect.VisibleFields(reflect.TypeOf(v)) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" { // not the embedded struct itself
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
