package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
)

// TestTopologyOnRabbitMQ: from an empty vhost to one that has what it has to have, and what is said of
// one that has something else.
func TestTopologyOnRabbitMQ(t *testing.T) {
	t.Parallel()
	rabbit := servers.RabbitMQ(t)
	vhost := rabbit.VHost(t)
	u := newUser(t, "file", "HAYON_BROKER="+vhost)
	management := []string{"--management", strings.Replace(rabbit.Management(), "http://", "http://guest:guest@", 1)}
	check := func(exit int, extra ...string) []hayon.Finding {
		t.Helper()
		var found []hayon.Finding
		o := u.must(t, exit, "", append(append([]string{"broker", "topology", "check", "--json"}, management...), extra...)...)
		if err := json.Unmarshal([]byte(o.out), &found); err != nil {
			t.Fatalf("%v: %q", err, o.out)
		}
		return found
	}
	for _, f := range check(10) {
		if f.State != hayon.FindingMissing && f.State != hayon.FindingAbsent {
			t.Errorf("an empty vhost has %+v", f)
		}
	}
	u.must(t, 0, "", append([]string{"broker", "topology", "declare", "--dry-run"}, management...)...)
	if n := len(rabbit.Queues(t, vhost)); n != 0 {
		t.Errorf("a dry run has made %d queues", n)
	}
	made := u.must(t, 0, "", append([]string{"broker", "topology", "declare"}, management...)...)
	for _, words := range []string{"queue\thayon_social_posts", "exchange\tdlx_exchange", "binding\tdlx_exchange -> hayon_retry_queue (post.create.demo)"} {
		if !strings.Contains(made.out, "ok\t"+words) {
			t.Errorf("%q is not among what was made: %q", words, made.out)
		}
	}
	if o := u.must(t, 0, "", "broker", "topology", "declare"); o.out != "" || !strings.Contains(o.err, "Nothing was missing") {
		t.Errorf("the second time it says %q and %q", o.out, o.err)
	}
	for _, f := range check(0) {
		if f.State != hayon.FindingOK && f.State != hayon.FindingAbsent {
			t.Errorf("after it was made: %+v", f)
		}
	}
	if o := u.must(t, 0, "", "broker", "topology", "check"); !strings.Contains(o.out, "unknown\tbinding") {
		t.Errorf("without the management interface the bindings are not unknown: %q", o.out)
	}

	// Another form is a conflict that names all, and stays.
	at := "/api/queues/" + strings.TrimPrefix(vhost, rabbit.URL()) + "/" + hayon.SocialPostsQueue
	rabbit.DeleteQueue(t, vhost, hayon.SocialPostsQueue)
	rabbit.Call(t, http.MethodPut, at, map[string]any{"durable": true, "arguments": map[string]any{
		"x-queue-type": "quorum", "x-dead-letter-exchange": hayon.DLXExchange, "x-dead-letter-routing-key": hayon.DeadKey, "x-delivery-limit": 7,
	}}, nil)
	found := check(10)
	i := slices.IndexFunc(found, func(f hayon.Finding) bool { return f.Name == hayon.SocialPostsQueue })
	if i < 0 || found[i].State != hayon.FindingDiffers || found[i].Argument != "x-delivery-limit" || found[i].Have != "7" || found[i].Want != "20" || found[i].Hint == "" {
		t.Errorf("the queue of another form is %+v", found[max(i, 0)])
	}
	u.must(t, 10, "", "broker", "topology", "declare").wantError(t, "x-delivery-limit", "7", "20")
	u.must(t, 10, "", "broker", "topology", "declare", "-n")

	// Another prefix is another world.
	for _, f := range check(10, "--prefix", "new.") {
		if f.State == hayon.FindingOK || f.Object == "queue" && !strings.HasPrefix(f.Name, "new.") {
			t.Errorf("with a prefix: %+v", f)
		}
	}
}

// TestTopologyRefused: what is wrong with the way to a RabbitMQ is said, and no password with it.
func TestTopologyRefused(t *testing.T) {
	t.Parallel()
	rabbit := servers.RabbitMQ(t)
	vhost := rabbit.VHost(t)
	limited := rabbit.AddUser(t, "cli-reader", "hunter2", vhost, "^$", "", "")
	who, err := url.Parse(limited)
	if err != nil {
		t.Fatal(err)
	}
	who.User = url.User("cli-reader")
	u := newUser(t, "file")
	for _, tt := range []struct {
		name     string
		args     []string
		password string
		exit     int
		words    string
	}{
		{"wrong password", []string{"check", "--broker", who.String()}, "hunter3", 4, ""},
		{"no such vhost", []string{"check", "--broker", rabbit.URL() + "nowhere"}, "", 5, "nowhere"},
		{"nobody listens", []string{"declare", "--broker", "amqp://guest@127.0.0.1:1/"}, "hunter2", 8, "127.0.0.1:1"},
		{"no permission", []string{"declare", "--broker", who.String()}, "hunter2", 4, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := &user{dir: u.dir, env: append(slices.Clone(u.env), "HAYON_BROKER_PASSWORD="+tt.password)}
			o := v.must(t, tt.exit, "", append([]string{"broker", "topology"}, tt.args...)...)
			o.wantError(t, tt.words)
			if strings.Contains(o.err, "hunter") {
				t.Errorf("a password is told: %q", o.err)
			}
		})
	}
}
