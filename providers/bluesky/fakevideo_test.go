package bluesky_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeVideo is a video service before a real server: it takes a video with a token of that server, works on
// it for a few looks, and stores what it made there by the same token. A request that the real one would not
// take fails the test.
type fakeVideo struct {
	t   testing.TB
	pds string
	url string

	looks int  // how many looks see it at work
	bare  bool // answers are not wrapped
	// refuse answers a call in its place; nil, or false, lets it through.
	refuse func(call string, w http.ResponseWriter) bool
	// fails is the status of a job that comes to nothing.
	fails string
	// loses: the first upload is taken, and its answer lost.
	loses bool

	mu   sync.Mutex // guards what follows
	jobs map[string]*videoJob
	seen []string // the calls, in order
}

type videoJob struct {
	did, token string
	file       []byte
	looks      int
	blob       json.RawMessage
}

func newFakeVideo(t testing.TB, pds string) *fakeVideo {
	t.Helper()
	f := &fakeVideo{t: t, pds: pds, looks: 2, jobs: make(map[string]*videoJob)}
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	f.url = named127(srv.URL)
	return f
}

// named127 is the address of this machine by its name: no DID can be made of the number.
func named127(url string) string { return strings.Replace(url, "127.0.0.1", "localhost", 1) }

// calls are the calls so far, and forget them.
func (f *fakeVideo) calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.seen
	f.seen = nil
	return out
}

func (f *fakeVideo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/xrpc/app.bsky.video.")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, name)
	if f.refuse != nil && f.refuse(name, w) {
		return
	}
	switch {
	case name == "getUploadLimits" && r.Method == http.MethodGet:
		f.token(r, "did:web:"+strings.ReplaceAll(strings.TrimPrefix(f.url, "http://"), ":", "%3A"), "app.bsky.video.getUploadLimits")
		_, _ = io.WriteString(w, `{"canUpload":true,"remainingDailyVideos":3,"remainingDailyBytes":1000000000}`)
	case name == "uploadVideo" && r.Method == http.MethodPost:
		f.upload(w, r)
	case name == "getJobStatus" && r.Method == http.MethodGet:
		f.status(w, r.URL.Query().Get("jobId"))
	default:
		f.t.Errorf("the video service knows no %s %s", r.Method, r.URL.Path)
		w.WriteHeader(http.StatusNotFound)
	}
}

// token checks what a token claims. Whether it is signed, the server knows, which takes it in the end.
func (f *fakeVideo) token(r *http.Request, audience, method string) (did, token string) {
	token = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	var claims struct {
		Iss, Aud, Lxm string
		Exp           int64
	}
	if parts := strings.Split(token, "."); len(parts) == 3 {
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil || json.Unmarshal(payload, &claims) != nil {
			f.t.Errorf("the token for %s cannot be read", method)
		}
	}
	if claims.Aud != audience || claims.Lxm != method {
		f.t.Errorf("the token is for %q and %q, want %q and %q", claims.Aud, claims.Lxm, audience, method)
	}
	if life := time.Until(time.Unix(claims.Exp, 0)); life < 25*time.Minute || life > time.Hour {
		f.t.Errorf("the token lasts %v", life)
	}
	return claims.Iss, token
}

func (f *fakeVideo) upload(w http.ResponseWriter, r *http.Request) {
	did, token := f.token(r, "did:web:localhost", "com.atproto.repo.uploadBlob")
	file, err := io.ReadAll(r.Body)
	q := r.URL.Query()
	switch {
	case err != nil:
		f.t.Errorf("the video does not arrive: %v", err)
	case r.ContentLength != int64(len(file)) || len(r.TransferEncoding) > 0 || len(file) == 0:
		f.t.Errorf("%d bytes arrive with the length %d, sent as %q", len(file), r.ContentLength, r.TransferEncoding)
	case r.Header.Get("Content-Type") != "video/mp4":
		f.t.Errorf("the type is %q", r.Header.Get("Content-Type"))
	case q.Get("did") == "" || q.Get("did") != did || !strings.HasSuffix(q.Get("name"), ".mp4"):
		f.t.Errorf("it is for %q by the name %q, and the token is of %q", q.Get("did"), q.Get("name"), did)
	}
	sum := sha256.Sum256(append([]byte(did), file...))
	id := hex.EncodeToString(sum[:8])
	if f.jobs[id] != nil {
		w.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprintf(w, `{"jobId":%q,"did":%q,"state":"JOB_STATE_COMPLETED","error":"already_exists","message":"Video already processed"}`, id, did)
		return
	}
	f.jobs[id] = &videoJob{did: did, token: token, file: file}
	if f.loses {
		f.loses = false
		hangUp(w)
		return
	}
	f.answer(w, fmt.Sprintf(`{"jobId":%q,"did":%q,"state":"JOB_STATE_CREATED"}`, id, did))
}

func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

func (f *fakeVideo) answer(w io.Writer, status string) {
	if !f.bare {
		status = `{"jobStatus":` + status + `}`
	}
	_, _ = io.WriteString(w, status)
}

func (f *fakeVideo) status(w http.ResponseWriter, id string) {
	job := f.jobs[id]
	if job == nil {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"InvalidRequest","message":"job not found"}`)
		return
	}
	job.looks++
	who := fmt.Sprintf(`"jobId":%q,"did":%q`, id, job.did)
	switch {
	case job.looks <= f.looks:
		f.answer(w, fmt.Sprintf(`{%s,"state":"JOB_STATE_ENCODING","progress":%d}`, who, 40*job.looks))
	case f.fails != "":
		f.answer(w, "{"+who+","+f.fails+"}")
	default:
		if job.blob == nil {
			job.blob = f.store(job)
		}
		f.answer(w, fmt.Sprintf(`{%s,"state":"JOB_STATE_COMPLETED","progress":100,"blob":%s}`, who, job.blob))
	}
}

// processed is what the service makes of a video.
func processed(file []byte) []byte { return append(bytes.Clone(file), "processed"...) }

// store gives the server what the service made, in the name of the account.
func (f *fakeVideo) store(job *videoJob) json.RawMessage {
	req, err := http.NewRequest(http.MethodPost, f.pds+"/xrpc/com.atproto.repo.uploadBlob", bytes.NewReader(processed(job.file)))
	if err != nil {
		f.t.Error(err)
		return nil
	}
	req.Header.Set("Authorization", "Bearer "+job.token)
	req.Header.Set("Content-Type", "video/mp4")
	resp, err := new(http.Client).Do(req)
	if err != nil {
		f.t.Error(err)
		return nil
	}
	defer func() { _ = resp.Body.Close() }()
	var out struct{ Blob json.RawMessage }
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || len(out.Blob) == 0 {
		f.t.Errorf("the server does not take the video of the service: %s %v", resp.Status, err)
	}
	return out.Blob
}
