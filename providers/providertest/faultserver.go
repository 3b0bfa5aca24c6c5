package providertest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
)

// Call is a kind of request that a provider makes.
type Call string

// The calls that can go wrong.
const (
	CallVerify Call = "verify"
	// CallUpload is what Prepare sends a picture with.
	CallUpload Call = "upload"
	// CallPublish is the irreversible one, also that of a repost.
	CallPublish Call = "publish"
	// CallReconcile is every request that Reconcile may find out by.
	CallReconcile Call = "reconcile"
	CallDelete    Call = "delete"
	CallEdit      Call = "edit"
)

// FaultKind is what goes wrong.
type FaultKind string

// The kinds. A status without more is the platform's own refusal, in its own form.
const (
	Fault401     FaultKind = "401"
	Fault403     FaultKind = "403"
	Fault422     FaultKind = "422" // the content is refused
	Fault429     FaultKind = "429"
	Fault500     FaultKind = "500"
	Fault503     FaultKind = "503"
	FaultPage    FaultKind = "page"         // HTML, with the status of success
	FaultPage403 FaultKind = "page and 403" // of a firewall before the platform
	FaultPage502 FaultKind = "page and 502" // of a proxy before the platform
	FaultCut     FaultKind = "cut"          // the connection ends without an answer
	FaultTorn    FaultKind = "torn"         // the connection ends in the middle of the answer
	FaultSilence FaultKind = "silence"      // no answer for as long as somebody waits
)

// Fault is one thing that goes wrong with every request of a call.
type Fault struct {
	Call Call
	Kind FaultKind
	// Applied: the platform does what it is asked, and only the answer goes wrong.
	Applied bool
	// RetryAfter is what a 429 says: seconds, a date as HTTP writes it, or "" for nothing.
	RetryAfter string
	// Arrived is called for each request, once it is certain whether it is applied.
	Arrived func()
}

// String names the fault, for names of tests.
func (f Fault) String() string {
	s := string(f.Kind)
	if f.Applied {
		s += ", applied"
	}
	if f.RetryAfter != "" {
		s += ", wait"
	}
	return s
}

// FaultServer stands before a platform, real or not, and makes faults of answers. It is how most
// harnesses make [Fixture].Fault.
type FaultServer struct {
	// Behind is the base URL of the platform.
	Behind string
	// Is reports whether a request belongs to a call. It may belong to several.
	Is func(c Call, r *http.Request) bool
	// Refuse writes how the platform refuses: by 401, 403, 422 (or what it has in its place), 429, 500
	// and 503, in the form of its own errors. retryAfter is that of [Fault].
	Refuse func(w http.ResponseWriter, status int, retryAfter string)
}

// Start answers the base URL of the platform as it is with the fault. It ends with the test.
func (s FaultServer) Start(t testing.TB, f Fault) (base string, heal func()) {
	t.Helper()
	to, err := url.Parse(s.Behind)
	if err != nil {
		t.Fatal(err)
	}
	h := &faulty{
		FaultServer: s, fault: f, gone: make(chan struct{}),
		behind: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }},
	}
	srv := httptest.NewServer(h)
	t.Cleanup(func() {
		close(h.gone)
		srv.Close()
	})
	return srv.URL, func() { h.healed.Store(true) }
}

// faulty is a [FaultServer] at work.
type faulty struct {
	FaultServer

	fault  Fault
	behind http.Handler
	healed atomic.Bool
	gone   chan struct{} // closed when the test is over
}

func (h *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.healed.Load() || !h.Is(h.fault.Call, r) {
		h.behind.ServeHTTP(w, r)
		return
	}
	truth := httptest.NewRecorder()
	switch {
	case h.fault.Applied:
		h.behind.ServeHTTP(truth, r)
	case h.fault.Kind != FaultCut: // which ends the connection before the request is read
		_, _ = io.Copy(io.Discard, r.Body)
	}
	if h.fault.Arrived != nil {
		h.fault.Arrived()
	}
	h.spoil(w, r, truth.Body.Bytes())
}

func (h *faulty) spoil(w http.ResponseWriter, r *http.Request, truth []byte) {
	switch k := h.fault.Kind; k {
	case Fault401, Fault403, Fault422, Fault429, Fault500, Fault503:
		status, _ := strconv.Atoi(string(k))
		h.Refuse(w, status, h.fault.RetryAfter)
	case FaultPage:
		page(w, r, http.StatusOK)
	case FaultPage403:
		page(w, r, http.StatusForbidden)
	case FaultPage502:
		page(w, r, http.StatusBadGateway)
	case FaultCut:
		hangUp(w, "")
	case FaultTorn:
		if len(truth) == 0 {
			truth = []byte(`{"id":`)
		}
		hangUp(w, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			len(truth), truth[:(len(truth)+1)/2]))
	case FaultSilence:
		select {
		case <-r.Context().Done():
		case <-h.gone:
		}
	}
}

// page is what a proxy answers that is being mended: it shows the whole request, secrets included.
func page(w http.ResponseWriter, r *http.Request, status int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<!doctype html><title>%d %s</title><h1>%[2]s</h1><pre>\n", status, http.StatusText(status))
	_ = r.Header.Write(w)
	_, _ = io.WriteString(w, "</pre>\n")
}

// hangUp ends the connection, after some last bytes.
func hangUp(w http.ResponseWriter, last string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // which ends it as well
	}
	_, _ = io.WriteString(conn, last)
	_ = conn.Close()
}
