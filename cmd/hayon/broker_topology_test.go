package main

import (
	"testing"

	"github.com/hayon/hayon"
)

func TestGoldenTopology(t *testing.T) {
	t.Parallel()
	top := hayon.NewTopology([]string{"bluesky", "site"}).WithPrefix("staging.")
	for _, w := range ways {
		if w.output == "" && !w.json {
			wantGolden(t, "broker-topology-"+w.name, shownIn(t, w, func(a *app) error { a.printTopology(viewOfTopology(top)); return nil }))
		}
	}
	top.Exchanges = top.Exchanges[1:2] // it has everything
	wantFields(t, viewOfTopology(top), topologyFields())
}

// someFindings has an object in each state.
func someFindings() []hayon.Finding {
	hint := "move to another prefix: hayon config set broker.prefix new."
	return []hayon.Finding{
		{Object: "exchange", Name: "post_exchange", State: hayon.FindingOK},
		{Object: "exchange", Name: "post_delayed_exchange", State: hayon.FindingAbsent, Detail: "the broker does not know x-delayed-message"},
		{Object: "exchange", Name: "dlx_exchange", State: hayon.FindingDiffers, Argument: "type", Have: "topic", Want: "direct", Hint: hint},
		{Object: "queue", Name: "hayon_social_posts", State: hayon.FindingDiffers, Argument: "x-delivery-limit", Want: "20", Hint: hint},
		{Object: "queue", Name: "hayon_retry_queue", State: hayon.FindingMissing},
		{Object: "queue", Name: "hayon_dead_letters", State: hayon.FindingForbidden, Detail: "the user may not look at it.", Hint: "grant it: rabbitmqctl set_permissions"},
		{Object: "binding", Name: "dlx_exchange -> hayon_retry_queue (post.create.mastodon)", State: hayon.FindingUnknown, Detail: "the broker tells of bindings by its management interface alone"},
		{Object: "binding", Name: "dlx_exchange -> hayon_dead_letters (dead)", State: hayon.FindingUnknown, Detail: "the broker tells of bindings by its management interface alone"},
	}
}

func TestGoldenFindings(t *testing.T) {
	t.Parallel()
	for _, w := range ways {
		if w.output == "" {
			wantGolden(t, "broker-check-"+w.name, shownIn(t, w, func(a *app) error { return a.printObjects(someFindings()) }))
		}
	}
	all := hayon.Finding{Object: "o", Name: "n", State: hayon.FindingDiffers, Argument: "a", Have: "h", Want: "w", Detail: "d", Hint: "h"}
	wantFields(t, []hayon.Finding{all}, objectFields())
	if got, want := objectsWords(countObjects(someFindings())), "1 missing, 2 of another form, 1 not to be looked at, 2 not known, 1 as it has to be."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
