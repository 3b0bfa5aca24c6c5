package queuetest

import (
	"strconv"
	"strings"
	"testing"

	"github.com/hayon/hayon"
)

func routeCases() []testCase {
	return []testCase{
		{name: "topic patterns", run: routeTopic},
		{name: "direct keys", run: routeDirect},
		{name: "every queue once", run: routeOnce},
	}
}

// topicTable says which patterns take which keys.
var topicTable = []struct {
	pattern  string
	yes, not []string
}{
	{"post.create.*", []string{"post.create.site", "post.create.a-b"}, []string{"post.create", "post.create.a.b", "post.createx.a", "xpost.create.a", "a"}},
	{"*", []string{"a"}, []string{"a.b", "post.create.site"}},
	{"#", []string{"a", "a.b", "a.b.c.d", "post.create.site"}, nil},
	{"a.#", []string{"a", "a.b", "a.b.c"}, []string{"b", "b.a", "ab"}},
	{"#.z", []string{"z", "a.z", "a.b.z"}, []string{"z.a", "az"}},
	{"a.#.z", []string{"a.z", "a.b.z", "a.b.c.z", "a.z.z"}, []string{"a", "z", "a.z.b"}},
	{"*.#", []string{"a", "a.b", "a.b.c"}, nil},
	{"#.*.#", []string{"a", "a.b"}, nil},
	{"*.b.#.d.*", []string{"a.b.d.e", "a.b.c.d.e", "a.b.d.d.e"}, []string{"a.b.d", "b.d.e", "a.b.c.e"}},
	{"#.b.#.b.#", []string{"b.b", "a.b.c.b.d"}, []string{"b", "a.b.c"}},
	{"a.b", []string{"a.b"}, []string{"a", "a.b.c", "a.c"}},
}

// routeTopic binds one queue a pattern, sends each key once, and looks which queues have it.
func routeTopic(t *testing.T, f *fixture) {
	top := hayon.Topology{}
	queues := make([]string, len(topicTable))
	want := make([]map[string]bool, len(topicTable))
	keys := map[string]bool{}
	for i, row := range topicTable {
		queues[i] = f.queue + "_" + strconv.Itoa(i)
		want[i] = map[string]bool{}
		top.Queues = append(top.Queues, hayon.Queue{Name: queues[i], Arguments: quorum(nil)})
		top.Bindings = append(top.Bindings, hayon.Binding{Exchange: f.topic, Key: row.pattern, Queue: queues[i]})
		for _, key := range row.yes {
			keys[key], want[i][key] = true, true
		}
		for _, key := range row.not {
			keys[key] = true
		}
	}
	f.declare(t, top)
	for key := range keys {
		m := f.message(key)
		m.RoutingKey = key
		if err := f.send(t, m); err != nil { // # takes every key
			t.Fatalf("publish %q: %v", key, err)
		}
	}
	for i, row := range topicTable {
		got := f.drain(t, queues[i])
		for _, key := range row.yes {
			if got[key] != 1 {
				t.Errorf("pattern %q, key %q: taken %d times, want once", row.pattern, key, got[key])
			}
		}
		for _, key := range row.not {
			if got[key] != 0 {
				t.Errorf("pattern %q took key %q", row.pattern, key)
			}
		}
	}
}

// drain empties a queue and counts the bodies.
func (f *fixture) drain(t *testing.T, queue string) map[string]int {
	t.Helper()
	last := f.message("end of " + queue)
	last.Exchange, last.RoutingKey = f.direct, "end."+queue
	f.declare(t, hayon.Topology{Bindings: []hayon.Binding{{Exchange: f.direct, Key: last.RoutingKey, Queue: queue}}})
	if err := f.send(t, last); err != nil {
		t.Fatalf("publish the last message: %v", err)
	}
	got := map[string]int{}
	ch, cancel := f.consumeUntil(t, queue, 10)
	defer cancel()
	for {
		d := receive(t, ch)
		ack(t, d)
		body := string(d.Message().Body)
		if strings.HasPrefix(body, "end of ") {
			return got
		}
		got[body]++
	}
}

func routeDirect(t *testing.T, f *fixture) {
	f.declare(t, hayon.Topology{Bindings: []hayon.Binding{{Exchange: f.direct, Key: "a.*", Queue: f.queue}, {Exchange: f.direct, Key: "#", Queue: f.queue}}})
	for key, want := range map[string]hayon.Code{"in": "", "a.*": "", "#": "", "a.b": hayon.CodeNotFound, "in.in": hayon.CodeNotFound} {
		m := f.message(key)
		m.Exchange, m.RoutingKey = f.direct, key
		wantCode(t, f.send(t, m), want)
	}
	f.depth(t, f.queue, 3, 0)
}

func routeOnce(t *testing.T, f *fixture) {
	f.declare(t, hayon.Topology{
		Queues: []hayon.Queue{{Name: f.queue + "_b", Arguments: quorum(nil)}},
		Bindings: []hayon.Binding{
			{Exchange: f.topic, Key: "#", Queue: f.queue},
			{Exchange: f.topic, Key: "*", Queue: f.queue},
			{Exchange: f.topic, Key: "*", Queue: f.queue + "_b"},
		},
	})
	f.put(t, "one")
	f.depth(t, f.queue, 1, 0)
	f.depth(t, f.queue+"_b", 1, 0)
}
