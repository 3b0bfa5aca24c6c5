package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hayon/hayon"
)

// someLetters are one that nobody can read, one that is no text, one that ended, and a parked target.
func someLetters(t *testing.T) []*hayon.Letter {
	t.Helper()
	var ids [4]hayon.LetterID
	for i := range ids {
		id, target, err := hayon.ParseLetterRef(fmt.Sprintf("d_00d1zrzjc47zc5y0ypq%d", i))
		if err != nil || !target.IsZero() {
			t.Fatal(err)
		}
		ids[i] = id
	}
	_, target, err := hayon.ParseLetterRef("t_00d1zrzjc47zc5y0ypq9")
	if err != nil {
		t.Fatal(err)
	}
	post, err := hayon.ParsePostID("p_00d1zrzjc47zc5y0ypq8")
	if err != nil {
		t.Fatal(err)
	}
	return []*hayon.Letter{
		{
			ID: ids[1], Kind: hayon.LetterDead, Cause: hayon.CauseUndecodable, Reason: "the message is no hint: invalid character 'l' looking\nfor beginning of value", At: noonOf,
			Message: &hayon.LetterMessage{
				ID: "by hand", Type: "hint", At: noonOf.Add(-time.Minute), Exchange: hayon.PostExchange, RoutingKey: "post.create.site",
				Body: []byte("look \x1b[31mhere\x1b[0m, 日本語"), Bytes: 29, Digest: "0123",
				Deaths: []hayon.Death{{Queue: hayon.SocialPostsQueue, Reason: "rejected", Exchange: hayon.PostExchange, Keys: []string{"post.create.site"}, Count: 1, At: noonOf}},
			},
		},
		{
			ID: ids[2], Kind: hayon.LetterDead, Cause: hayon.CauseUnroutable, Reason: "no queue takes the routing key post.create.myspace", Hint: "declare the topology: hayon broker topology declare", At: noonOf,
			Message: &hayon.LetterMessage{Exchange: hayon.PostExchange, RoutingKey: "post.create.myspace", Body: []byte(`{"v":1}`), Bytes: 2000, Digest: "4567"},
		},
		{
			ID: ids[3], Kind: hayon.LetterDead, Cause: hayon.CauseVersion, Reason: "the message is a hint of version 9", At: noonOf, Cleared: true,
			Message: &hayon.LetterMessage{RoutingKey: "post.create.demo", Digest: "89ab"},
			Ended:   &hayon.LetterEnd{At: noonOf.Add(time.Hour), How: hayon.LetterDiscarded, Reason: "a newer hayon was tried"},
		},
		{
			Kind: hayon.LetterParked, Cause: hayon.CauseRetries, Reason: "the platform does not answer", At: noonOf,
			Target: target, Post: post, Account: "demo/a-rather-long-name", Platform: "demo", State: hayon.StateParked, Attempts: 4,
		},
	}
}

func TestGoldenLetters(t *testing.T) {
	t.Parallel()
	list := someLetters(t)
	for _, w := range ways {
		wantGolden(t, "letters-"+w.name, shownIn(t, w, func(a *app) error {
			return (&letterListOptions{app: a, kind: hayon.LetterDead}).print(list)
		}))
	}
	for _, w := range []way{{name: "open", width: 80}} { // nothing has ended: the column is not there
		wantGolden(t, "letters-"+w.name, shownIn(t, w, func(a *app) error {
			return (&letterListOptions{app: a, kind: hayon.LetterDead}).print(list[:2])
		}))
	}
}

func TestGoldenLetter(t *testing.T) {
	t.Parallel()
	for i, l := range someLetters(t) {
		for _, w := range ways {
			if w.output == "" && !w.json {
				wantGolden(t, fmt.Sprintf("letter-%d-%s", i+1, w.name), shownIn(t, w, func(a *app) error {
					return a.printLetter(t.Context(), nil, &letterShown{letterView: letterView{l.Ref(), l}})
				}))
			}
		}
	}
}

// TestLetterFields: each name that --json takes is one that there may be.
func TestLetterFields(t *testing.T) {
	t.Parallel()
	list := someLetters(t)
	l := *list[0]
	l.Hint, l.Target, l.Post, l.Account, l.Platform, l.State, l.Attempts = "h", list[3].Target, list[3].Post, "a", "p", hayon.StateParked, 1
	l.Ended, l.Cleared = list[2].Ended, true
	wantFields(t, letterView{l.Ref(), &l}, letterFields())
}

// TestShortRefs: as many digits as tell letters apart, and no more.
func TestShortRefs(t *testing.T) {
	t.Parallel()
	parse := func(ref string) *hayon.Letter {
		id, target, err := hayon.ParseLetterRef(ref)
		if err != nil {
			t.Fatal(err)
		}
		return &hayon.Letter{ID: id, Target: target}
	}
	for _, tt := range []struct {
		name string
		refs []string
		want []string
	}{
		{"four", []string{"d_00d1zrzjc47zc5y0ypq1", "d_00d1zrzjc47zc5y0ypq2"}, []string{"d_ypq1", "d_ypq2"}},
		{"the same end", []string{"d_00d1zrzjc47zc5a1ypq1", "d_00d1zrzjc47zc5b1ypq1"}, []string{"d_a1ypq1", "d_b1ypq1"}},
		{"of two kinds", []string{"d_00d1zrzjc47zc5y0ypq1", "t_00d1zrzjc47zc5y0ypq1"}, []string{"d_ypq1", "t_ypq1"}},
		{"the same one twice", []string{"d_00d1zrzjc47zc5y0ypq1", "d_00d1zrzjc47zc5y0ypq1"}, []string{"d_ypq1", "d_ypq1"}},
		{"none", nil, nil},
	} {
		var list []*hayon.Letter
		for _, ref := range tt.refs {
			list = append(list, parse(ref))
		}
		got := shortRefs(list)
		for i, l := range list {
			if got[l.Ref()] != tt.want[i] {
				t.Errorf("%s: %s is %s, want %s", tt.name, l.Ref(), got[l.Ref()], tt.want[i])
			}
		}
	}
}

func TestBodyText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in, want string
		text     bool
	}{
		{"", "", true},
		{`{"v":1}`, `{"v":1}`, true},
		{"a\tb\nc", "a\tb\nc", true},
		{"日本\xe8\xaa", "日本", true}, // cut within a character
		{"\xff\x00\x01", "ff 00 01", false},
		{"a\x00b", "61 00 62", false},
		{"a\xffb, and more", "61 ff 62 2c 20 61 6e 64 20 6d 6f 72 65", false},
	} {
		if got, text := bodyText([]byte(tt.in)); got != tt.want || text != tt.text {
			t.Errorf("%q: got %q, %t, want %q, %t", tt.in, got, text, tt.want, tt.text)
		}
	}
}

// letterPost is the services as far as a letter is looked at.
type letterPost struct {
	hayon.Service

	post   *hayon.Post
	events []hayon.Event
}

func (s *letterPost) FindPostByID(_ context.Context, id hayon.PostID) (*hayon.Post, error) {
	if s.post == nil || s.post.ID != id {
		return nil, hayon.Errorf(hayon.CodeNotFound, "there is no post %s", id)
	}
	return s.post, nil
}

func (s *letterPost) FindAccounts(context.Context, hayon.AccountFilter) ([]*hayon.Account, error) {
	return []*hayon.Account{{Name: "demo/a", Platform: "demo"}}, nil
}

// FindEvents answers two at a time.
func (s *letterPost) FindEvents(_ context.Context, f hayon.EventFilter) ([]hayon.Event, error) {
	var out []hayon.Event
	for _, e := range s.events {
		if e.Seq > f.After && len(out) < 2 {
			out = append(out, e)
		}
	}
	return out, nil
}

// TestShownLetter: the history is that of the letter's target and of the post, not of other accounts; a
// post that is gone is no error.
func TestShownLetter(t *testing.T) {
	t.Parallel()
	l := someLetters(t)[3]
	other := hayon.NewTargetID(noonOf)
	svc := &letterPost{
		post: &hayon.Post{ID: l.Post, Text: "the text", Targets: []*hayon.Target{
			{ID: other, Platform: "site", State: hayon.StatePublished},
			{ID: l.Target, Platform: "demo", State: hayon.StateParked, Attempts: 4, Error: &hayon.TargetError{Message: "the platform does not answer"}},
		}},
		events: []hayon.Event{
			{Seq: 1, Kind: hayon.EventCreated, Post: l.Post, At: noonOf},
			{Seq: 2, Kind: hayon.EventPublished, Post: l.Post, Target: other, At: noonOf},
			{Seq: 3, Kind: hayon.EventState, To: hayon.StateRetryWait, Post: l.Post, Target: l.Target, At: noonOf},
			{Seq: 4, Kind: hayon.EventLetter, Post: l.Post, Target: l.Target, Letter: &hayon.LetterChange{Letter: hayon.NewLetterID(noonOf)}, At: noonOf},
			{Seq: 5, Kind: hayon.EventParked, To: hayon.StateParked, Post: l.Post, Target: l.Target, Reason: "the platform does not answer", At: noonOf},
		},
	}
	shown, err := shownLetter(t.Context(), svc, l)
	if err != nil {
		t.Fatal(err)
	}
	var seqs []uint64
	for _, e := range shown.History {
		seqs = append(seqs, e.Seq)
	}
	if fmt.Sprint(seqs) != "[1 3 5]" {
		t.Errorf("the history is %v, want [1 3 5]", seqs)
	}
	out := shownIn(t, way{width: 80}, func(a *app) error { return a.printLetter(t.Context(), svc, shown) })
	for _, w := range []string{l.Post.String(), "the text", "parked", "retry_wait", "hayon broker parked replay " + l.Ref(), "--reason"} {
		if !strings.Contains(out, w) {
			t.Errorf("%q is not there:\n%s", w, out)
		}
	}
	if strings.Contains(out, "published") {
		t.Errorf("another account is shown:\n%s", out)
	}
	byHand := someLetters(t)[0]
	svc.events = append(svc.events, hayon.Event{
		Seq: 7, Kind: hayon.EventLetter, At: noonOf,
		Letter: &hayon.LetterChange{Letter: byHand.ID, Kind: hayon.LetterDead, Cause: byHand.Cause, Effect: hayon.LetterFiled},
	})
	if shown, err = shownLetter(t.Context(), svc, byHand); err != nil || len(shown.History) != 1 || shown.History[0].Seq != 7 {
		t.Errorf("got %+v, %v of a message without a post", shown, err)
	}
	shown, err = shownLetter(t.Context(), &letterPost{}, l)
	if err != nil || len(shown.History) != 0 {
		t.Fatalf("got %+v, %v of a post that is gone", shown, err)
	}
	if out := shownIn(t, way{}, func(a *app) error { return a.printLetter(t.Context(), svc, shown) }); !strings.Contains(out, "not here any more") {
		t.Errorf("that the post is gone is not told:\n%s", out)
	}
}
