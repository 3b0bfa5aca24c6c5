package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

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

// TestLettersOnRabbitMQ: bytes that somebody has put into the queue, a retry that no queue takes and a post
// whose retries are used up wait for a person; what was dealt with is off the queues, and does not come
// back with the next daemon.
func TestLettersOnRabbitMQ(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM that a program can send")
	}
	rabbit := servers.RabbitMQ(t)
	vhost := rabbit.VHost(t)
	config := filepath.Join(t.TempDir(), "hayon.toml")
	if err := os.WriteFile(config, []byte("[delivery]\nwaits = [\"200ms\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u := newUser(t, "socket", "HAYON_BROKER="+vhost, "HAYON_CONFIG="+config)
	if o := u.must(t, 0, "", "broker", "status"); !strings.HasPrefix(o.out, "Messages flow.\n") || !strings.Contains(o.out, "RabbitMQ 3.") {
		t.Errorf("the status is %q", o.out)
	}
	list := func(kind string, extra ...string) (letters []hayon.Letter) {
		t.Helper()
		o := u.must(t, 0, "", append([]string{"broker", kind, "list", "--json"}, extra...)...)
		if err := json.Unmarshal([]byte(o.out), &letters); err != nil {
			t.Fatal(err)
		}
		return letters
	}
	find := func(kind string, cause hayon.LetterCause) hayon.Letter {
		t.Helper()
		var found hayon.Letter
		is := func(l hayon.Letter) bool { found = l; return l.Cause == cause }
		if !poll(func() bool { return slices.ContainsFunc(list(kind), is) }, nil) {
			t.Fatalf("there is no %s letter because of %s", kind, cause)
		}
		return found
	}

	rabbit.PublishRaw(t, vhost, hayon.PostExchange, hayon.PostCreateKey+"demo", []byte("look here"), nil)
	byHand := find("dead", hayon.CauseUndecodable)
	if o := u.must(t, 0, "", "broker", "dead", "show", byHand.ID.String()); !strings.Contains(o.out, "  | look here\n") || !strings.Contains(o.out, "\tletter\tfiled: undecodable") {
		t.Errorf("the letter says %q", o.out)
	}
	u.must(t, 10, "", "broker", "dead", "replay", byHand.ID.String()).wantError(t, "nothing to send", "discard")

	u.must(t, 0, "", "login", "demo", "--alias", "a", "--set", "class=C,fault=expired:1")
	u.must(t, 8, "", "post", "lost", "--to", "demo/a")
	parked := find("parked", hayon.CauseRetries)

	at := strings.TrimPrefix(vhost, rabbit.URL())
	rabbit.Call(t, http.MethodDelete, "/api/bindings/"+at+"/e/"+hayon.DLXExchange+"/q/"+hayon.RetryQueue+"/"+hayon.PostCreateKey+"demo", nil, nil)
	u.must(t, 0, "", "login", "demo", "--alias", "b", "--set", "class=C,fault=expired:1")
	u.must(t, 0, "", "post", "nowhere", "--to", "demo/b", "--no-wait")
	unroutable := find("dead", hayon.CauseUnroutable)
	if unroutable.Account != "demo/b" || unroutable.Message == nil || unroutable.Message.RoutingKey != hayon.PostCreateKey+"demo" {
		t.Errorf("what no queue takes is %+v", unroutable)
	}

	u.must(t, 0, "", "broker", "topology", "declare") // the binding is there again
	u.must(t, 0, "", "login", "demo", "--alias", "a", "--set", "class=C,fault=expired:0")
	u.must(t, 0, "", "broker", "parked", "replay", parked.Ref())
	u.must(t, 0, "", "broker", "dead", "discard", byHand.Ref(), unroutable.Ref(), "--reason", "a test by hand", "--yes")
	left, again := -1, time.NewTicker(250*time.Millisecond)
	defer again.Stop()
	for range 120 { // the daemon looks every ten seconds
		if left = inQueue(t, u, hayon.DeadLettersQueue); left == 0 {
			break
		}
		<-again.C
	}
	if left != 0 {
		t.Errorf("%d messages stay in the dead letters", left)
	}

	v := &user{dir: u.dir, env: append(slices.Clone(u.env), "HAYON_SERVER=")}
	v.must(t, 0, "", "daemon", "stop")
	v.must(t, 0, "", "daemon", "start")
	defer v.run(t, "", "daemon", "stop")
	for _, l := range append(list("dead"), list("parked")...) {
		if l.Target == parked.Target || l.ID == byHand.ID || l.ID == unroutable.ID {
			t.Errorf("it has come back: %+v", l)
		}
	}
	ended := list("dead", "--all")
	for _, id := range []hayon.LetterID{byHand.ID, unroutable.ID} {
		i := slices.IndexFunc(ended, func(l hayon.Letter) bool { return l.ID == id })
		if i < 0 || ended[i].Ended == nil || ended[i].Ended.How != hayon.LetterDiscarded || ended[i].Ended.Reason != "a test by hand" {
			t.Errorf("%s is not kept with its reason: %+v", id, ended)
		}
	}
	out, err := os.ReadFile(filepath.Join(u.dir, "hayon", "data", "default", "demo", "a.ndjson"))
	if err != nil || strings.Count(string(out), `"text":"lost"`) != 1 {
		t.Errorf("the account has %q, %v; want the post once", out, err)
	}
}

// inQueue is how many messages the daemon's broker tells of a queue, whoever holds them.
func inQueue(t *testing.T, u *user, name string) int {
	t.Helper()
	var st hayon.BrokerStatus
	if err := json.Unmarshal([]byte(u.must(t, 0, "", "broker", "status", "--json").out), &st); err != nil {
		t.Fatal(err)
	}
	for _, q := range st.Queues {
		if q.Name == name && q.Error == "" {
			return q.Ready + q.Unacked
		}
	}
	return -1
}
