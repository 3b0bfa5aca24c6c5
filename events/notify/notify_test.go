package notify_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/events"
	"github.com/hayon/hayon/events/notify"
)

var at = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

// about is a notice of that kind about a real post.
func about(kind hayon.EventKind, change func(n *events.Notice)) events.Notice {
	n := events.Example(kind, at)
	n.Test, n.Event.Reason = false, ""
	n.Post.ID = hayon.PostID{11: 1}
	n.Post.Text = "Hello, <world>\nsecond line"
	if n.Event.Error != nil {
		n.Event.Error = &hayon.TargetError{Code: hayon.CodeRejected, Message: "the text is too long", Hint: "edit it"}
	}
	if change != nil {
		change(&n)
	}
	return n
}

func TestText(t *testing.T) {
	t.Parallel()
	gone := func(n *events.Notice) { n.Post, n.Target, n.Account = nil, nil, nil }
	for _, tt := range []struct {
		name        string
		n           events.Notice
		title, body string
	}{
		{
			"published", about(hayon.EventPublished, nil),
			"Published on bluesky/work", "Hello, <world>\nhttps://bsky.app/profile/example.org/post/3kexample",
		},
		{
			"failed", about(hayon.EventFailed, nil),
			"Not published on bluesky/work", "Hello, <world>\nthe text is too long\nedit it",
		},
		{
			"failed, without a word why", about(hayon.EventFailed, func(n *events.Notice) { n.Event.Error, n.Target.Error = nil, nil }),
			"Not published on bluesky/work", "Hello, <world>\nhayon show p_00000000000000000001",
		},
		{
			"parked", about(hayon.EventParked, nil),
			"Not published on bluesky/work, all retries used up", "Hello, <world>\nthe text is too long\nedit it",
		},
		{
			"missed", about(hayon.EventMissed, nil),
			"Missed on bluesky/work", "Hello, <world>\nthe text is too long\nedit it",
		},
		{
			"missed, with a question", about(hayon.EventMissed, func(n *events.Notice) { n.Event.Asks = true }),
			"Missed on bluesky/work: publish it now?", "Hello, <world>\nthe text is too long\nedit it",
		},
		{
			"uncertain", about(hayon.EventUncertain, nil),
			"Perhaps published on bluesky/work", "Hello, <world>\nthe text is too long\nedit it",
		},
		{
			"needs a new sign-in", about(hayon.EventReconnect, func(n *events.Notice) { n.Event.Reason = "token expired" }),
			"A new sign-in is needed for bluesky/work", "token expired\nhayon login bluesky --alias work",
		},
		{
			"expiring", about(hayon.EventExpiring, func(n *events.Notice) {
				n.Account.Name = "bluesky"
				n.Change = &hayon.AccountChange{Name: "bluesky", Expires: at}
			}),
			"The sign-in of bluesky ends on " + at.Local().Format("Monday, 2 January, 15:04"), "hayon login bluesky",
		},
		{
			"gone", about(hayon.EventFailed, func(n *events.Notice) { gone(n); n.Event.Platform = "bluesky" }),
			"Not published on bluesky", "",
		},
		{
			"a change of the service", about(hayon.EventServiceChanged, func(n *events.Notice) {
				gone(n)
				n.Event.Platform, n.Event.Reason = "", "paused"
			}),
			"Hayon: service.changed", "paused",
		},
		{
			"a test", events.Example(hayon.EventPublished, at),
			"Published on bluesky/work", "This is a test.\nThis is a test.\nhttps://bsky.app/profile/example.org/post/3kexample",
		},
		{
			"control characters and length", about(hayon.EventFailed, func(n *events.Notice) {
				n.Post.Text = "\n\a\x1b[31mred\x00" + strings.Repeat("ö", 500) + "\xff"
				n.Event.Error.Hint = "hayon " + strings.Repeat("x", 200)
			}),
			"Not published on bluesky/work", "[31mred " + strings.Repeat("ö", 112) + "…\nthe text is too long\nhayon " + strings.Repeat("x", 200),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			title, body := notify.Compose(tt.n)
			if diff := cmp.Diff([]string{tt.title, tt.body}, []string{title, body}); diff != "" {
				t.Errorf("notice (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	d := notify.New(notify.Config{})
	if d.Name() != "notify/desktop" || slices.Contains(d.Kinds(), hayon.EventPublished) || !slices.Contains(d.Kinds(), hayon.EventFailed) {
		t.Errorf("%s shows %v", d.Name(), d.Kinds())
	}
	all := notify.New(notify.Config{Kinds: []hayon.EventKind{hayon.EventPublished}})
	if diff := cmp.Diff([]hayon.EventKind{hayon.EventPublished}, all.Kinds()); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

// Whatever a post says, it is an argument and no code.
func TestOtherSystems(t *testing.T) {
	t.Parallel()
	body := `" & (do shell script "touch /tmp/x") & "`
	args := notify.AppleScript("Title", body)
	if i := slices.Index(args, body); i != len(args)-1 || strings.Contains(strings.Join(args[:i], ""), "shell") {
		t.Errorf("osascript gets %q", args)
	}
	args = notify.PowerShell()
	b, err := base64.StdEncoding.DecodeString(args[len(args)-1])
	if err != nil || len(b)%2 != 0 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i]) | uint16(b[2*i+1])<<8
	}
	script := string(utf16.Decode(units))
	if !strings.HasPrefix(script, "$ErrorActionPreference") || !strings.Contains(script, "CreateTextNode($env:HAYON_NOTICE_BODY)") {
		t.Errorf("the script is %s", script)
	}
}
