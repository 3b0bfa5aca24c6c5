package api_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/server/api"
)

func TestDuration(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", time.Minute: "1m", time.Hour: "1h", 90 * time.Minute: "1h30m", 7 * 24 * time.Hour: "168h",
		time.Hour + time.Second: "1h0m1s", 10 * time.Minute: "10m", 100 * time.Minute: "1h40m", -time.Second: "-1s", 1500 * time.Millisecond: "1.5s",
	} {
		text, err := api.Duration(d).MarshalText()
		if err != nil || string(text) != want {
			t.Errorf("%v is written as %q, %v; want %q", d, text, err, want)
		}
		var back api.Duration
		if err := back.UnmarshalText(text); err != nil || time.Duration(back) != d {
			t.Errorf("%q is read as %v, %v; want %v", text, time.Duration(back), err, d)
		}
	}
	for _, text := range []string{"", "1", "an hour", "3600000000000"} {
		if err := new(api.Duration).UnmarshalText([]byte(text)); hayon.CodeOf(err) != hayon.CodeUsage {
			t.Errorf("%q: %v, want usage", text, err)
		}
	}
}

func TestCreateOnTheWire(t *testing.T) {
	t.Parallel()
	grace := 90 * time.Minute
	want := hayon.PostCreate{
		Text: "one", Parts: []string{"two", "three"}, To: []string{"site"}, IfLate: hayon.LateSkip, Grace: &grace,
	}
	body, err := json.Marshal(api.PostCreateOf(want))
	if err != nil {
		t.Fatal(err)
	}
	if got := `{"text":"one","parts":["two","three"],"to":["site"],"if_late":"skip","grace":"1h30m"}`; string(body) != got {
		t.Errorf("body %s, want %s", body, got)
	}
	var read api.PostCreate
	if err := api.Decode(body, &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, read.Domain()); diff != "" {
		t.Errorf("came back (-want +got):\n%s", diff)
	}
	if err := api.Decode([]byte(`{"text":"x","grace":3600}`), &read); hayon.CodeOf(err) != hayon.CodeUsage {
		t.Errorf("a grace without a unit: %v, want usage", err)
	}
}

func TestAccountUpdateOnTheWire(t *testing.T) {
	t.Parallel()
	none, away, grace, late := hayon.LatePolicy(""), -time.Second, time.Hour, hayon.LatePublish
	for _, u := range []hayon.AccountUpdate{{}, {IfLate: &late}, {Grace: &grace}, {IfLate: &none, Grace: &away}} {
		body, err := json.Marshal(api.AccountUpdateOf(u))
		if err != nil {
			t.Fatal(err)
		}
		var read api.AccountUpdate
		if err := api.Decode(body, &read); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(u, read.Domain()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}

func TestAccountKeepsItsDefaults(t *testing.T) {
	t.Parallel()
	grace := time.Duration(0) // no grace is a default, and not the lack of one
	a := api.AccountOf(&hayon.Account{Name: "site", IfLate: hayon.LatePublish, Grace: &grace})
	back := a.Domain()
	if back.IfLate != hayon.LatePublish || back.Grace == nil || *back.Grace != 0 {
		t.Errorf("defaults came back as %q, %v", back.IfLate, back.Grace)
	}
}

// The secret is in the answer to the creation and nowhere else.
func TestCreatedWebhook(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	w := &hayon.Webhook{
		ID: hayon.NewWebhookID(now), Owner: hayon.LocalUser().ID, URL: "https://example.org/hook",
		Kinds: []hayon.EventKind{hayon.EventMissed}, CreatedAt: now,
	}
	w.Cursor = &hayon.Cursor{Name: w.CursorName(), Seq: 7, Tries: 2, NotBefore: now.Add(time.Minute), LastError: "status 500"}
	secret := hayon.NewSecret([]byte(`whsec_"quoted"`))
	body, err := api.EncodeCreatedWebhook(w, secret)
	if err != nil {
		t.Fatal(err)
	}
	back, told, err := api.DecodeCreatedWebhook(body)
	if err != nil || !told.Equal(secret) {
		t.Errorf("the secret came back equal: %v, %v", told.Equal(secret), err)
	}
	want := *w
	want.Owner = hayon.UserID{}
	if diff := cmp.Diff(&want, back); diff != "" {
		t.Errorf("webhook (-want +got):\n%s", diff)
	}
	plain, err := json.Marshal(api.WebhooksOf([]*hayon.Webhook{w}))
	if err != nil || strings.Contains(string(plain), "secret") || strings.Contains(string(plain), "whsec") {
		t.Errorf("the list of webhooks tells of secrets: %s, %v", plain, err)
	}
	if _, err := api.EncodeCreatedWebhook(w, hayon.NewSecret([]byte{0xff})); hayon.CodeOf(err) != hayon.CodeInternal {
		t.Errorf("a secret that JSON cannot carry: %v, want internal", err)
	}
}

// What this version does not know is named for who may know more.
func TestUnknownIsNamed(t *testing.T) {
	t.Parallel()
	var c api.PostCreate
	for what, err := range map[string]error{
		"colour": api.Decode([]byte(`{"text":"x","colour":"red"}`), &c),
		"hue":    api.RouteOf(api.OpFindPosts).CheckQuery(map[string][]string{"hue": {"1"}}),
	} {
		if e := hayon.AsError(err); e.Details[api.DetailUnknown] != what {
			t.Errorf("details %v, want %q as unknown", e.Details, what)
		}
	}
	if e := hayon.AsError(api.Decode([]byte(`{"text":`), &c)); e.Details != nil {
		t.Errorf("half a body has details %v, want none", e.Details)
	}
}

func TestEveryRouteHasItsOwnPlace(t *testing.T) {
	t.Parallel()
	var seen []string
	for _, r := range api.Routes() {
		place := r.Method + " " + r.Path
		if slices.Contains(seen, place) || slices.Contains(seen, string(r.Op)) {
			t.Errorf("%s %s is there twice", r.Op, place)
		}
		seen = append(seen, place, string(r.Op))
	}
}
