package worker_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest"
)

// reasons are what the rows of a kind say.
func reasons(rows []*hayon.JournalRow, kind hayon.RowKind) []string {
	var out []string
	for _, r := range rows {
		if r.Kind == kind && r.Reason != "" {
			out = append(out, r.Reason)
		}
	}
	return out
}

// withVideo gives the first part of a post something to upload.
func (r *rig) withVideo(post *hayon.Post) {
	r.t.Helper()
	r.change(post.ID, func(t *hayon.Target) { t.Parts[0].Media = []hayon.Attachment{{Type: "video/mp4", Bytes: 1000}} })
}

// The journal tells how far a long upload is, in few rows, and nothing of a short one.
func TestUploadTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	type said struct {
		after time.Duration
		what  string
		done  int64
		total int64
	}
	tests := []struct {
		name string
		says []said
		want []string
	}{
		{"short", []said{{0, "film", 0, 100}, {time.Second, "film", 100, 100}}, nil},
		{"long", []said{
			{0, "the video", 0, 1000},
			{3 * time.Second, "the video", 100, 1000},
			{3 * time.Second, "the video", 199, 1000},
			{3 * time.Second, "the video", 900, 1000},
			{3 * time.Second, "the video", 1000, 1000},
			{3 * time.Second, "the video", 1000, 1000},
		}, []string{
			"uploading the video, 0 %", "uploading the video, 10 %", "uploading the video, 90 %", "uploading the video, 100 %",
		}},
		{"another phase", []said{
			{0, "1 of 2", 50, 100}, {3 * time.Second, "2 of 2", 1, 100}, {3 * time.Second, "", 0, 0},
		}, []string{"uploading 1 of 2, 50 %", "uploading 2 of 2, 1 %"}},
		{
			"begun anew",
			[]said{{0, "film", 90, 100}, {3 * time.Second, "film", 5, 100}, {3 * time.Second, "", 0, 0}},
			[]string{"uploading film, 90 %", "uploading film, 5 %"},
		},
		{
			"nobody knows how much",
			[]said{{0, "con\nverting\x1b", 5, 0}, {3 * time.Second, "con\nverting\x1b", 9, -1}, {3 * time.Second, "", 0, 0}},
			[]string{"uploading con verting"},
		},
		{"more than there is", []said{{0, "film", 500, 100}, {3 * time.Second, "", 0, 0}}, []string{"uploading film, 100 %"}},
		{"fast", func() (all []said) {
			for i := range int64(4000) { // 10 ms each
				all = append(all, said{10 * time.Millisecond, "film", i, 4000})
			}
			return all
		}(), []string{
			"uploading film, 4 %", "uploading film, 14 %", "uploading film, 24 %", "uploading film, 34 %", "uploading film, 44 %", "uploading film, 54 %",
			"uploading film, 64 %", "uploading film, 74 %", "uploading film, 84 %", "uploading film, 94 %",
		}},
		{"many words", []said{{0, strings.Repeat("ü", 1000), 0, 0}, {3 * time.Second, "", 0, 0}}, []string{"uploading " + strings.Repeat("ü", 199) + "…"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, &hayontest.Platform{OnPrepare: func(_ context.Context, q hayon.PrepareRequest) (*hayon.Prepared, error) {
					for _, s := range tt.says {
						pass(s.after)
						q.Progress(s.what, s.done, s.total)
					}
					return nil, nil //nolint:nilnil // go on
				}})
				p := r.start(1, true)
				post := p.post(hayon.PostCreate{Text: "video"})
				r.withVideo(post)
				if err := p.deliver(post, 5*time.Minute); err != nil {
					t.Fatal(err)
				}
				r.wantState(post.ID, hayon.StatePublished)
				if diff := cmp.Diff(tt.want, reasons(r.rows(post.ID), hayon.RowProgress)); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// A worker that has lost its target tells nothing more of it, and one whose store cannot be written goes
// on all the same.
func TestProgressOfAnotherWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, &hayontest.Platform{})
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "video"})
		r.withVideo(post)
		r.platform.OnPrepare = func(_ context.Context, q hayon.PrepareRequest) (*hayon.Prepared, error) {
			r.change(post.ID, func(t *hayon.Target) { t.Fence++ })
			q.Progress("film", 1, 2)
			pass(5 * time.Second)
			return nil, nil //nolint:nilnil // go on
		}
		_ = p.deliver(post, time.Minute)
		if got := reasons(r.rows(post.ID), hayon.RowProgress); got != nil {
			t.Errorf("told: %q", got)
		}
	})
}

// While its platform processes what was uploaded, a target says what is being done; a process that takes
// over asks with what the first one has got, and uploads nothing again.
func TestProcessingGoesOnAfterADeath(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		uploads, looks := 0, 0
		platform := &hayontest.Platform{OnPrepare: func(_ context.Context, q hayon.PrepareRequest) (*hayon.Prepared, error) {
			if q.Earlier == nil {
				uploads++
				return &hayon.Prepared{
					Handles: map[string]string{"job": "7"}, ReadyAt: time.Now().Add(5 * time.Second),
					Waits: "processing the video,\r\n 40 %", Root: began,
				}, nil
			}
			if looks++; looks == 1 {
				out := *q.Earlier
				out.ReadyAt, out.Waits = time.Now().Add(5*time.Second), ""
				return &out, nil
			}
			return &hayon.Prepared{Data: []byte("video " + q.Earlier.Handles["job"])}, nil
		}}
		r := newRig(t, platform)
		p := r.start(1, true)
		post := p.post(hayon.PostCreate{Text: "video"})
		r.withVideo(post)
		_ = p.deliver(post, 2*time.Second)
		if target := r.wantState(post.ID, hayon.StateQueued); target.Parts[0].Root != began {
			t.Errorf("the root is %+v", target.Parts[0].Root)
		}
		p.kill()
		r.takeOver(post)
		if target := r.wantState(post.ID, hayon.StatePublished); !target.Parts[0].Root.IsZero() {
			t.Errorf("the root is %+v, and the last answer has none", target.Parts[0].Root)
		}
		r.wantPublic("video 7")
		if uploads != 1 {
			t.Errorf("%d uploads, want one", uploads)
		}
		var got []string
		for _, row := range r.rows(post.ID) {
			if row.Kind == hayon.RowState && row.To == hayon.StateQueued {
				got = append(got, row.Reason)
			}
		}
		want := []string{"processing the video, 40 %", "the platform is still processing"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("what it waited for (-want +got):\n%s", diff)
		}
	})
}
