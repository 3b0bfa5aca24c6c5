//go:build linux || darwin

package site_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/providertest"
	"github.com/hayon/hayon/providers/site"
)

const childEnv = "HAYON_TEST_SITE_CHILD"

// order is what a child process is to publish, with files of at most Limit bytes.
type order struct {
	Dir           string
	Limit         uint64
	Target        *hayon.Target
	Index         int
	Prepared      *hayon.Prepared
	Deadline, Now time.Time
}

// A limit on the size of files stands for a full disk: both end a write halfway.
func TestNoRoomLeft(t *testing.T) {
	t.Parallel()
	if os.Getenv(childEnv) != "" {
		t.Skip("this is the child")
	}
	for _, tt := range []struct {
		name    string
		limit   uint64
		verdict hayon.Verdict
		posts   int
	}{
		{"for the post", 200, hayon.VerdictNotApplied, 0},
		{"for the feeds", 700, hayon.VerdictUnknown, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			fx, dir := newSite(t, nil)
			target := fx.Target(strings.Repeat("room ", 60))
			p, err := fx.Provider.Prepare(t.Context(), fx.Session, fx.PrepareRequest(target, 0))
			if err != nil {
				t.Fatal(err)
			}
			r := fx.PublishRequest(t, target, 0, p)
			res := inChild(t, order{
				Dir: dir, Limit: tt.limit, Target: target, Index: r.Index, Prepared: r.Prepared, Deadline: r.Deadline, Now: r.Now,
			})
			if res.Verdict != tt.verdict || res.Err == nil || res.Err.Code != hayon.CodeLocal || !strings.Contains(res.Err.Message, "no room left") {
				t.Fatalf("verdict %q, error %+v; want %q and no room", res.Verdict, res.Err, tt.verdict)
			}
			if res.AskAgain.IsZero() != (tt.verdict == hayon.VerdictNotApplied) {
				t.Errorf("ask again at %v", res.AskAgain)
			}
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			if len(entries) != 1+tt.posts { // the hidden folder, and the post
				t.Errorf("left in the folder: %v", entries)
			}
			// With room again, the same request goes through, and once.
			again := fx.Provider.Reconcile(t.Context(), fx.Session, r)
			if again.Verdict == hayon.VerdictNotApplied && tt.posts == 0 {
				again = fx.Provider.Publish(t.Context(), fx.Session, r)
			}
			if again.Verdict != hayon.VerdictPublished || len(publicPosts(t, dir)) != 1 {
				t.Errorf("later: verdict %q, error %v", again.Verdict, again.Err)
			}
		})
	}
}

// inChild publishes in a process of its own.
func inChild(t *testing.T, o order) hayon.Result {
	t.Helper()
	in, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChildPublishes$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"="+string(in))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	for line := range bytes.Lines(out) {
		if answer, ok := bytes.CutPrefix(line, []byte("RESULT ")); ok {
			var res hayon.Result
			if err := json.Unmarshal(answer, &res); err != nil {
				t.Fatal(err)
			}
			return res
		}
	}
	t.Fatalf("child gave no result:\n%s", out)
	return hayon.Result{}
}

func TestChildPublishes(t *testing.T) { //nolint:paralleltest // alone in a process of its own
	in := os.Getenv(childEnv)
	if in == "" {
		t.Skip("runs as a child alone")
	}
	var o order
	if err := json.Unmarshal([]byte(in), &o); err != nil {
		t.Fatal(err)
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = o.Limit
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	r := hayon.PublishRequest{Target: o.Target, Index: o.Index, Prepared: o.Prepared, Deadline: o.Deadline, Now: o.Now}
	a := &hayon.Account{ID: o.Target.Account, Platform: site.Name, Name: site.Name}
	res := site.New(site.Config{Dir: o.Dir}).Publish(t.Context(), providertest.NewSession(a, hayon.Secret{}), r)
	if res.Err != nil {
		res.Err.Err = nil
	}
	out, err := json.Marshal(res)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stdout.WriteString("RESULT " + string(out) + "\n")
}
