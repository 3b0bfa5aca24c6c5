package bluesky_test

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/hayontest/servers"
	"github.com/hayon/hayon/providers/bluesky"
	"github.com/hayon/hayon/providers/bluesky/blueskytest"
	"github.com/hayon/hayon/providers/providertest"
)

// mp4 is what a server takes for an MP4, and nobody else.
func mp4(n int) []byte {
	b := make([]byte, n)
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return append([]byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"), b...)
}

func videoOf(file []byte) hayon.Attachment {
	return hayon.Attachment{
		Type: "video/mp4", Bytes: int64(len(file)), Width: 640, Height: 360, Alt: "it moves", Name: "a.mp4", Duration: 3 * time.Second,
	}
}

// studio is an account whose videos go through a video service.
type studio struct {
	pds   *servers.PDSInstance
	video *blueskytest.VideoService
	s     *providertest.Session
	file  []byte
	tg    *hayon.Target
}

// newStudio is one with an account of its own.
func newStudio(t *testing.T, set func(*blueskytest.VideoService)) *studio {
	t.Helper()
	pds := servers.PDS(t)
	_, s := connected(t, newProvider(), pds)
	return studioOf(t, pds, s, set)
}

func studioOf(t *testing.T, pds *servers.PDSInstance, s *providertest.Session, set func(*blueskytest.VideoService)) *studio {
	t.Helper()
	out := &studio{pds: pds, video: blueskytest.NewVideoService(t, pds.URL()), s: s, file: mp4(200_000)}
	if set != nil {
		set(out.video)
	}
	out.tg = target(out.provider(), s, "look", videoOf(out.file))
	return out
}

// provider is another one each time, as after a restart.
func (f *studio) provider() *bluesky.Provider {
	return bluesky.New(bluesky.Config{VideoService: f.video.URL})
}

// prepare asks once, by a provider that knows nothing but what the journal kept.
func (f *studio) prepare(t *testing.T, earlier *hayon.Prepared) (*hayon.Prepared, error) {
	t.Helper()
	r := prepareRequest(f.tg, f.file)
	if earlier != nil {
		b, err := json.Marshal(earlier)
		if err != nil {
			t.Fatal(err)
		}
		r.Earlier = new(hayon.Prepared)
		if err := json.Unmarshal(b, r.Earlier); err != nil {
			t.Fatal(err)
		}
	}
	return f.provider().Prepare(t.Context(), f.s, r)
}

// ready asks until nothing is waited for, and answers what was said meanwhile.
func (f *studio) ready(t *testing.T, earlier *hayon.Prepared) (*hayon.Prepared, []string) {
	t.Helper()
	var said []string
	for range 20 {
		p, err := f.prepare(t, earlier)
		if err != nil {
			t.Fatal(err)
		}
		if p.ReadyAt.IsZero() {
			return p, said
		}
		if len(p.Data) > 0 || time.Until(p.ReadyAt) > 2*time.Second {
			t.Errorf("while it waits it answers %d bytes, and is asked again at %v", len(p.Data), p.ReadyAt)
		}
		said, earlier = append(said, p.Waits), p
	}
	t.Fatal("it is never ready")
	return nil, nil
}

// wantVideo publishes and fails unless the record has a video of these bytes.
func (f *studio) wantVideo(t *testing.T, p *hayon.Prepared, file []byte) {
	t.Helper()
	v := sent(t, f.provider(), f.s, f.pds, f.tg, p)
	a := f.tg.Parts[0].Media[0]
	a.Bytes = int64(len(file))
	wantVideo(a, "")(t, v.Embed)
	if !bytes.Equal(f.pds.Blob(t, f.s.Account().RemoteID, v.Embed.Video.Ref.Link), file) {
		t.Error("the video has other bytes on the server")
	}
}

func TestVideoThroughTheService(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	_, s := connected(t, newProvider(), pds)
	for name, set := range map[string]func(*blueskytest.VideoService){
		"wrapped": nil,
		"bare":    func(f *blueskytest.VideoService) { f.Bare = true },
		"at once": func(f *blueskytest.VideoService) { f.Looks = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := studioOf(t, pds, s, set)
			p, said := f.ready(t, nil)
			want := []string{"Bluesky processes the video", "Bluesky processes the video, 40 %", "Bluesky processes the video, 80 %"}
			if diff := cmp.Diff(want[:f.video.Looks+1], said); diff != "" {
				t.Errorf("what is said meanwhile (-want +got):\n%s", diff)
			}
			if len(p.Notes) > 0 || p.Expires.IsZero() {
				t.Errorf("got the notes %q, relied on until %v", p.Notes, p.Expires)
			}
			f.wantVideo(t, p, blueskytest.Processed(f.file))
			calls := append([]string{"getUploadLimits", "uploadVideo"}, make([]string, f.video.Looks+1)...)
			for i := range calls[2:] {
				calls[i+2] = "getJobStatus"
			}
			if diff := cmp.Diff(calls, f.video.Calls()); diff != "" {
				t.Errorf("what the service was asked (-want +got):\n%s", diff)
			}
		})
	}
}

// The answer to the upload is lost: the next try is told that the service has it, and goes on from there.
func TestVideoWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	f := newStudio(t, func(f *blueskytest.VideoService) { f.Loses = true })
	_, err := f.prepare(t, nil)
	wantCode(t, err, hayon.CodeUnavailable, "no answer from localhost")
	p, _ := f.ready(t, nil)
	f.wantVideo(t, p, blueskytest.Processed(f.file))
	if n := f.video.Jobs(); n != 1 {
		t.Errorf("the service has %d videos, want 1", n)
	}
}

// answering refuses one call by a status and a body.
func answering(call string, status int, body string) func(*blueskytest.VideoService) {
	return func(f *blueskytest.VideoService) {
		f.Refuse = func(name string, w http.ResponseWriter) bool {
			if name != call {
				return false
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return true
		}
	}
}

func failing(status string) func(*blueskytest.VideoService) {
	return func(f *blueskytest.VideoService) { f.Fails = status }
}

// Where the service does not do it, for a reason that is not the video's, the server takes it, and the
// reason is told.
func TestVideoGoesToTheServer(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	_, s := connected(t, newProvider(), pds)
	for name, tt := range map[string]struct {
		set      func(*blueskytest.VideoService)
		attempts int
		says     string
	}{
		"nobody there":         {func(f *blueskytest.VideoService) { f.URL = blueskytest.Named(closedServer()) }, 0, "cannot reach localhost"},
		"not allowed":          {answering("getUploadLimits", 200, `{"canUpload":false,"message":"Confirm your email first"}`), 0, "Confirm your email first"},
		"not allowed, bare":    {answering("getUploadLimits", 200, `{"canUpload":false,"error":"unconfirmed_email"}`), 0, "unconfirmed_email"},
		"no bytes left":        {answering("getUploadLimits", 200, `{"canUpload":true,"remainingDailyBytes":1000}`), 0, "only 1000 bytes more"},
		"unknown account":      {answering("getUploadLimits", 401, `{"error":"AuthenticationRequired","message":"no such user"}`), 0, "no such user"},
		"unknown at upload":    {answering("uploadVideo", 401, `{"error":"AuthenticationRequired","message":"no such user"}`), 0, "no such user"},
		"forbidden":            {answering("uploadVideo", 403, `{"error":"UploadForbidden","message":"not you"}`), 0, "not you"},
		"too many":             {answering("uploadVideo", 429, `{"error":"DailyLimitExceeded","message":"enough for today"}`), 0, "enough for today"},
		"no such call":         {answering("uploadVideo", 404, `not here`), 0, "does not take it"},
		"down for long":        {answering("uploadVideo", 500, ``), 2, "a problem of its own (500)"},
		"nonsense for long":    {answering("uploadVideo", 200, `{}`), 2, "makes no sense"},
		"forgotten":            {answering("getJobStatus", 400, `{"error":"InvalidRequest","message":"job not found"}`), 0, "does not know its work any more"},
		"could not be stored":  {failing(`"state":"JOB_STATE_FAILED","failureCode":"pds_upload_failure","message":"timeout"`), 0, "could not store it: timeout"},
		"limits are not known": {answering("getUploadLimits", 500, ``), 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := studioOf(t, pds, s, tt.set)
			f.tg.Attempts = tt.attempts
			p, _ := f.ready(t, nil)
			if tt.says == "" {
				f.wantVideo(t, p, blueskytest.Processed(f.file))
				return
			}
			if len(p.Notes) != 1 || !strings.Contains(p.Notes[0], tt.says) || !strings.HasPrefix(p.Notes[0], "the video went to the server itself") {
				t.Errorf("got the notes %q, want %q", p.Notes, tt.says)
			}
			f.wantVideo(t, p, f.file)
		})
	}
}

// What is wrong with the video itself ends the post, and what may pass does not.
func TestVideoThatFails(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	_, s := connected(t, newProvider(), pds)
	for name, tt := range map[string]struct {
		set  func(*blueskytest.VideoService)
		code hayon.Code
		says string
	}{
		"not valid":         {failing(`"state":"JOB_STATE_FAILED","failureCode":"validation_failure","message":"no video track"`), hayon.CodeInvalid, "could not process the video (a.mp4): validation_failure: no video track"},
		"without a reason":  {failing(`"state":"JOB_STATE_FAILED"`), hayon.CodeInvalid, "without a reason"},
		"too large for PDS": {failing(`"state":"JOB_STATE_FAILED","failureCode":"pds_upload_unsupported_blob_size","error":"too big"`), hayon.CodeInvalid, "pds_upload_unsupported_blob_size: too big"},
		"too long":          {answering("uploadVideo", 400, `{"error":"VideoTooLong","message":"more than ten minutes"}`), hayon.CodeInvalid, "more than ten minutes"},
		"too large":         {answering("uploadVideo", 413, ``), hayon.CodeInvalid, "Request Entity Too Large"},
		"down":              {answering("uploadVideo", 503, ``), hayon.CodeUnavailable, "a problem of its own"},
		"nonsense":          {answering("uploadVideo", 200, `{}`), hayon.CodeUnavailable, "makes no sense"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := studioOf(t, pds, s, tt.set)
			var earlier *hayon.Prepared
			for range 10 {
				p, err := f.prepare(t, earlier)
				if err != nil {
					wantCode(t, err, tt.code, tt.says)
					return
				}
				if earlier = p; p.ReadyAt.IsZero() {
					t.Fatal("it is ready")
				}
			}
			t.Fatal("it waits for ever")
		})
	}
}

// A look without an answer is made again, later; a service that is never done is not waited for.
func TestVideoServiceThatSaysNothing(t *testing.T) {
	t.Parallel()
	f := newStudio(t, answering("getJobStatus", 502, "<html>"))
	first, err := f.prepare(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := f.prepare(t, first)
	if err != nil {
		t.Fatal(err)
	}
	if wait := time.Until(second.ReadyAt); wait < 5*time.Second || !strings.Contains(second.Waits, "does not say now") {
		t.Errorf("it is asked again in %v and says %q", wait, second.Waits)
	}
	if diff := cmp.Diff(first.Handles, second.Handles); diff != "" {
		t.Errorf("what is kept (-first +second):\n%s", diff)
	}
	second.Handles["video_since"] = time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	p, err := f.prepare(t, second)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "was not done within 30m") {
		t.Errorf("got the notes %q", p.Notes)
	}
	f.wantVideo(t, p, f.file)
}

// The server has dropped the file that the service made, and the service does not make it again: the server
// gets the video as it is, in a record of its own.
func TestVideoThatIsGone(t *testing.T) {
	t.Parallel()
	f := newStudio(t, nil)
	first, _ := f.ready(t, nil)
	second, _ := f.ready(t, first)
	if len(second.Notes) != 1 || !strings.Contains(second.Notes[0], "does not make the file again") {
		t.Errorf("got the notes %q", second.Notes)
	}
	f.wantVideo(t, second, f.file)
	third, _ := f.ready(t, second) // which is the server's now, and stays
	if diff := cmp.Diff(string(second.Data), string(third.Data)); diff != "" {
		t.Errorf("prepared again it is another record:\n%s", diff)
	}
}

// A server that takes no such file says so, or has said so.
func TestVideoThatIsTooLargeForTheServer(t *testing.T) {
	t.Parallel()
	direct := bluesky.New(bluesky.Config{VideoService: bluesky.NoVideoService})
	file := mp4(200_000)
	s := sessionOn(t, script(t, step{call: "uploadBlob", token: "access-1", status: http.StatusRequestEntityTooLarge}))
	_, err := direct.Prepare(t.Context(), s, prepareRequest(target(direct, s, "", videoOf(file)), file))
	wantCode(t, err, hayon.CodeInvalid, "the video (a.mp4) has 200024 bytes, which is more than 127.0.0.1")

	small := &hayon.ServerFacts{Extra: map[string]string{"blob_upload_limit": "100000"}}
	s = sessionOn(t, script(t)) // is not asked any more
	s.Account().Server = small
	_, err = direct.Prepare(t.Context(), s, prepareRequest(target(direct, s, "", videoOf(file)), file))
	wantCode(t, err, hayon.CodeInvalid, "the video (a.mp4) has 200024 of 100000 bytes")

	f := newStudio(t, answering("getUploadLimits", 200, `{"canUpload":false,"message":"not today"}`))
	f.s.Account().Server = small
	_, err = f.prepare(t, nil)
	wantCode(t, err, hayon.CodeInvalid, "200024 of 100000 bytes; ", "not today")
}

// A server of this machine is out of reach for the service on the internet, which is not asked.
func TestVideoOfAServerAtHome(t *testing.T) {
	t.Parallel()
	pds := servers.PDS(t)
	p := bluesky.New(bluesky.Config{})
	_, s := connected(t, p, pds)
	file := mp4(1000)
	tg := target(p, s, "", videoOf(file))
	prepared := prepare(t, p, s, tg, file)
	if len(prepared.Notes) > 0 {
		t.Errorf("got the notes %q", prepared.Notes)
	}
	wantVideo(tg.Parts[0].Media[0], "")(t, sent(t, p, s, pds, tg, prepared).Embed)
}
