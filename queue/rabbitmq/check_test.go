package rabbitmq_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/queue/rabbitmq"
)

// states are the states of findings, by object and name.
func states(found []hayon.Finding) map[string]hayon.FindingState {
	out := map[string]hayon.FindingState{}
	for _, f := range found {
		out[f.Object+" "+f.Name] = f.State
	}
	return out
}

func check(t *testing.T, cfg rabbitmq.Config, top hayon.Topology) []hayon.Finding {
	t.Helper()
	found, err := rabbitmq.Check(t.Context(), cfg, top)
	if err != nil {
		t.Fatalf("Check: %v", err)
	}
	if want := len(top.Exchanges) + len(top.Queues) + len(top.Bindings); len(found) != want {
		t.Errorf("findings: got %d, want %d", len(found), want)
	}
	return found
}

func TestCheck(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	url := server.VHost(t)
	cfg := config(t, url)
	cfg.Prefix, cfg.Management = "pre.", strings.Replace(server.Management(), "://", "://guest:guest@", 1)
	top := hayon.NewTopology([]string{"demo"})

	// Nothing is there, and nothing is made.
	want := map[string]hayon.FindingState{}
	for _, e := range top.Exchanges {
		want["exchange pre."+e.Name] = hayon.FindingMissing
	}
	for _, q := range top.Queues {
		want["queue pre."+q.Name] = hayon.FindingMissing
	}
	for _, b := range top.Bindings {
		want["binding pre."+b.Exchange+" -> pre."+b.Queue+" ("+b.Key+")"] = hayon.FindingMissing
	}
	delayed := "binding pre.post_delayed_exchange -> pre.hayon_social_posts (post.create.*)"
	want["exchange pre."+hayon.PostDelayedExchange], want[delayed] = hayon.FindingAbsent, hayon.FindingAbsent
	if diff := cmp.Diff(want, states(check(t, cfg, top))); diff != "" {
		t.Errorf("nothing there (-want +got):\n%s", diff)
	}
	if n := len(server.Queues(t, url)) + len(server.Exchanges(t, url)); n != 0 {
		t.Errorf("the check has made %d objects", n)
	}

	// Everything is there.
	if err := open(t, cfg).Declare(t.Context(), top); err != nil {
		t.Fatal(err)
	}
	for k, v := range want {
		if v == hayon.FindingMissing {
			want[k] = hayon.FindingOK
		}
	}
	if diff := cmp.Diff(want, states(check(t, cfg, top))); diff != "" {
		t.Errorf("everything there (-want +got):\n%s", diff)
	}

	// One of each is not, or differs.
	admin := dial(t, url)
	if err := admin.QueueUnbind("pre."+hayon.DeadLettersQueue, hayon.DeadKey, "pre."+hayon.DLXExchange, nil); err != nil {
		t.Fatal(err)
	}
	if err := admin.ExchangeDelete("pre."+hayon.AnalyticsExchange, false, false); err != nil {
		t.Fatal(err)
	}
	for i := range top.Queues {
		if top.Queues[i].Name == hayon.AnalyticsFetchQueue {
			top.Queues[i].Arguments[hayon.ArgDeliveryLimit] = 6
		}
	}
	want["binding pre.dlx_exchange -> pre.hayon_dead_letters (dead)"] = hayon.FindingMissing
	want["exchange pre.analytics_exchange"] = hayon.FindingMissing
	want["binding pre.analytics_exchange -> pre.hayon_analytics_fetch (analytics.fetch.*)"] = hayon.FindingMissing
	want["queue pre.hayon_analytics_fetch"] = hayon.FindingDiffers
	found := check(t, cfg, top)
	if diff := cmp.Diff(want, states(found)); diff != "" {
		t.Errorf("something not there (-want +got):\n%s", diff)
	}
	for _, f := range found {
		if f.State == hayon.FindingDiffers && (f.Argument != hayon.ArgDeliveryLimit || f.Have != "5" || f.Want != "6" || f.Hint == "") {
			t.Errorf("finding: %+v", f)
		}
		if f.State == hayon.FindingMissing && f.Hint == "" {
			t.Errorf("finding without a hint: %+v", f)
		}
	}
}

// TestCheckWithoutManagement: bindings are unknown.
func TestCheckWithoutManagement(t *testing.T) {
	t.Parallel()
	url := servers.RabbitMQ(t).VHost(t)
	declare(t, open(t, config(t, url)))
	redirect := httptest.NewServer(http.RedirectHandler("http://nothing.invalid/", http.StatusFound))
	t.Cleanup(redirect.Close)
	garbage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }))
	t.Cleanup(garbage.Close)
	for _, management := range []string{"", "http://ana:hunter2@127.0.0.1:1", redirect.URL, garbage.URL} {
		cfg := config(t, url)
		cfg.Management = management
		for _, f := range check(t, cfg, topology()) {
			want := hayon.FindingOK
			if f.Object == "binding" {
				want = hayon.FindingUnknown
			}
			if f.State != want || want == hayon.FindingUnknown && f.Detail == "" || strings.Contains(f.Detail+f.Hint, "hunter2") {
				t.Errorf("management %q: finding %+v, want %s", management, f, want)
			}
		}
	}
	for _, management := range []string{"ftp://x", "hunter2", "http://", "http://x/?y", "://"} {
		cfg := config(t, url)
		cfg.Management = management
		_, err := rabbitmq.Check(t.Context(), cfg, topology())
		if hayon.CodeOf(err) != hayon.CodeUsage || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("management %q: got %v, want a usage error", management, err)
		}
	}
}

// TestCheckWithoutRights: what is there is seen, its form is not.
func TestCheckWithoutRights(t *testing.T) {
	t.Parallel()
	server := servers.RabbitMQ(t)
	url := server.VHost(t)
	user := server.AddUser(t, "looks_"+url[strings.LastIndex(url, "/")+1:], "hunter2", url, "", ".*", ".*")
	declare(t, open(t, config(t, url)))
	for _, f := range check(t, config(t, user), topology()) {
		want := hayon.FindingForbidden
		if f.Object == "binding" {
			want = hayon.FindingUnknown
		}
		if f.State != want || f.Detail == "" {
			t.Errorf("finding: got %+v, want %s", f, want)
		}
	}
}

func TestCheckRefused(t *testing.T) {
	t.Parallel()
	url := servers.RabbitMQ(t).VHost(t)
	_, err := rabbitmq.Check(t.Context(), config(t, strings.Replace(url, ":guest@", ":hunter2@", 1)), topology())
	wantCode(t, err, hayon.CodeUnauthenticated)
	_, err = rabbitmq.Check(t.Context(), config(t, "amqp://guest:hunter2@127.0.0.1:1/"), topology())
	wantCode(t, err, hayon.CodeUnavailable)
}
