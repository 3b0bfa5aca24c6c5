package rabbitmq_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hayon/hayon/queue/rabbitmq"
)

func TestMismatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, object, name, argument, have, want string }{
		{
			"PRECONDITION_FAILED - inequivalent arg 'x-delivery-limit' for queue 'hayon_social_posts' in vhost '/': received the value '20' of type 'long' but current is the value '5' of type 'signedint'",
			"queue", "hayon_social_posts", "x-delivery-limit", "5", "20",
		},
		{
			"PRECONDITION_FAILED - inequivalent arg 'x-delivery-limit' for queue 'q' in vhost '/': received '20' but current is '5'",
			"queue", "q", "x-delivery-limit", "5", "20",
		},
		{
			"PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'q' in vhost 'v': received none but current is the value '5' of type 'long'",
			"queue", "q", "x-max-length", "5", "none",
		},
		{
			"PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'q' in vhost 'v': received the value '5' of type 'long' but current is none",
			"queue", "q", "x-max-length", "none", "5",
		},
		{
			"PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'x' in vhost '/': received 'direct' but current is 'topic'",
			"exchange", "x", "type", "topic", "direct",
		},
		{
			"PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'it's' in vhost '/': received 'true' but current is 'false'",
			"queue", "it's", "durable", "false", "true",
		},
	} {
		object, name, argument, have, want, ok := rabbitmq.ParseMismatch(tt.text)
		if !ok || object != tt.object || name != tt.name || argument != tt.argument || have != tt.have || want != tt.want {
			t.Errorf("%s:\ngot %q %q %q %q %q %t", tt.text, object, name, argument, have, want, ok)
		}
	}
	for _, text := range []string{
		"", "PRECONDITION_FAILED - invalid arg 'x-max-priority' for queue 'q' in vhost '/' of queue type rabbit_quorum_queue",
		"inequivalent arg '", "inequivalent arg 'a' for ", "inequivalent arg 'a' for queue 'q", "inequivalent arg 'a' for queue 'q' in vhost '/': received ",
	} {
		if _, _, _, _, _, ok := rabbitmq.ParseMismatch(text); ok {
			t.Errorf("%q was read", text)
		}
	}
}

// FuzzMismatch: whatever a server answers is read or not, and what is read is in the answer.
func FuzzMismatch(f *testing.F) {
	f.Add("inequivalent arg 'type' for exchange 'x' in vhost '/': received 'direct' but current is 'topic'")
	f.Add("inequivalent arg 'a' for queue 'q' in vhost '/': received none but current is the value '5' of type 'long'")
	f.Fuzz(func(t *testing.T, text string) {
		object, name, argument, have, want, ok := rabbitmq.ParseMismatch(text)
		for _, part := range []string{object, name, argument, have, want} {
			if !strings.Contains(text, part) || !ok && part != "" {
				t.Errorf("%q is not in %q", part, text)
			}
		}
		// Names and values without quotes come back as they went in.
		if strings.ContainsAny(text, "'") || strings.Contains(text, " but current is ") {
			return
		}
		form := fmt.Sprintf("inequivalent arg '%s' for queue '%s' in vhost '/': received the value '%s' of type 'long' but current is '%s'", "a", text, text, text)
		if _, name, _, have, want, ok := rabbitmq.ParseMismatch(form); !ok || name != text || have != text || want != text {
			t.Errorf("%q: got %q, %q, %q, %t", form, name, have, want, ok)
		}
	})
}
