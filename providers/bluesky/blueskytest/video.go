package blueskytest

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

// VideoService is a video service before a real server: it takes a video with a token of that server, works
// on it for a few looks, and stores what it made there by the same token. A request that the real one would
// not take fails the test. Its exported fields are set before the first request.
type VideoService struct {
	// URL is where it answers.
	URL string
	// Looks is how many looks see it at work; 2 where nobody says otherwise.
	Looks int
	// Bare: answers are not wrapped in jobStatus.
	Bare bool
	// Refuse answers a call in its place; nil, or false, lets it through.
	Refuse func(call string, w http.ResponseWriter) bool
	// Fails is the status of a job that comes to nothing, as members of an object.
	Fails string
	// Loses: the first upload is taken, and its answer lost.
	Loses bool

	t   testing.TB
	pds string

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

// NewVideoService starts a service before the server at that URL. It ends with the test.
func NewVideoService(t testing.TB, pds string) *VideoService {
	t.Helper()
	f := &VideoService{t: t, pds: pds, Looks: 2, jobs: make(map[string]*videoJob)}
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	f.URL = Named(srv.URL)
	return f
}

// Named is the address of this machine by its name: no DID can be made of the number.
func Named(url string) string { return strings.Replace(url, "127.0.0.1", "localhost", 1) }

// Calls are the calls so far, by the last word of their method, and forgets them.
func (f *VideoService) Calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := f.seen
	f.seen = nil
	return out
}

// Jobs is how many videos it was given.
func (f *VideoService) Jobs() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.jobs)
}

// ServeHTTP answers as the service does.
func (f *VideoService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/xrpc/app.bsky.video.")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, name)
	if f.Refuse != nil && f.Refuse(name, w) {
		return
	}
	switch {
	case name == "getUploadLimits" && r.Method == http.MethodGet:
		f.token(r, "did:web:"+strings.ReplaceAll(strings.TrimPrefix(f.URL, "http://"), ":", "%3A"), "app.bsky.video.getUploadLimits")
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
func (f *VideoService) token(r *http.Request, audience, method string) (did, token string) {
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

func (f *VideoService) upload(w http.ResponseWriter, r *http.Request) {
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
	if f.Loses {
		f.Loses = false
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

func (f *VideoService) answer(w io.Writer, status string) {
	if !f.Bare {
		status = `{"jobStatus":` + status + `}`
	}
	_, _ = io.WriteString(w, status)
}

func (f *VideoService) status(w http.ResponseWriter, id string) {
	job := f.jobs[id]
	if job == nil {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"InvalidRequest","message":"job not found"}`)
		return
	}
	job.looks++
	who := fmt.Sprintf(`"jobId":%q,"did":%q`, id, job.did)
	switch {
	case job.looks <= f.Looks:
		f.answer(w, fmt.Sprintf(`{%s,"state":"JOB_STATE_ENCODING","progress":%d}`, who, 40*job.looks))
	case f.Fails != "":
		f.answer(w, "{"+who+","+f.Fails+"}")
	default:
		if job.blob == nil {
			job.blob = f.store(job)
		}
		f.answer(w, fmt.Sprintf(`{%s,"state":"JOB_STATE_COMPLETED","progress":100,"blob":%s}`, who, job.blob))
	}
}

// Processed is what the service makes of a video.
func Processed(file []byte) []byte { return append(bytes.Clone(file), "processed"...) }

// store gives the server what the service made, in the name of the account.
func (f *VideoService) store(job *videoJob) json.RawMessage {
	req, err := http.NewRequest(http.MethodPost, f.pds+"/xrpc/com.atproto.repo.uploadBlob", bytes.NewReader(Processed(job.file)))
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
