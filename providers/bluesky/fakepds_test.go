package bluesky_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bluesky-social/indigo/atproto/atdata"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/bluesky"
	"github.com/hayon/hayon/providers/providertest"
)

const (
	fakeHandle   = "alice.test"
	fakePassword = "abcd-efgh-ijkl-mnop"
)

// fakePDS keeps one account as the reference server does, for machines without one. The contract runs on
// both.
type fakePDS struct {
	t   testing.TB
	url string

	mu      sync.Mutex                 // guards what follows
	order   []string                   // URIs, oldest first
	records map[string]json.RawMessage // by URI
	blobs   map[string]bool            // by CID
	access  map[string]bool            // tokens that are taken
	refresh map[string]bool
	minted  int
}

func newFakePDS(t testing.TB) *fakePDS {
	t.Helper()
	f := &fakePDS{
		t: t, records: make(map[string]json.RawMessage), blobs: make(map[string]bool),
		access: make(map[string]bool), refresh: make(map[string]bool),
	}
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	f.url = srv.URL
	return f
}

// nsidError is a refusal in the form of the protocol.
type nsidError struct {
	status     int
	name, said string
}

func (f *fakePDS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	out, refused := f.answer(r, body)
	w.Header().Set("Content-Type", "application/json")
	if refused != nil {
		w.WriteHeader(refused.status)
		out = map[string]string{"error": refused.name, "message": refused.said}
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (f *fakePDS) answer(r *http.Request, body []byte) (any, *nsidError) {
	method := strings.TrimPrefix(r.URL.Path, "/xrpc/com.atproto.")
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch method {
	case "server.createSession":
		return f.signIn(body)
	case "server.refreshSession":
		if !f.refresh[token] {
			return nil, &nsidError{http.StatusBadRequest, "InvalidToken", "Token could not be verified"}
		}
		return f.tokens(), nil
	case "identity.resolveHandle":
		if r.URL.Query().Get("handle") == fakeHandle {
			return map[string]string{"did": did}, nil
		}
		return nil, &nsidError{http.StatusBadRequest, "InvalidRequest", "Unable to resolve handle"}
	case "repo.getRecord":
		q := r.URL.Query()
		return f.get(q.Get("repo"), q.Get("collection"), q.Get("rkey"))
	}
	if !f.access[token] {
		return nil, &nsidError{http.StatusBadRequest, "InvalidToken", "Token could not be verified"}
	}
	switch method {
	case "server.getSession":
		return map[string]any{"did": did, "handle": fakeHandle, "active": true}, nil
	case "repo.uploadBlob":
		id := hashOf(cid.Raw, body)
		f.blobs[id] = true
		ref := map[string]any{"$type": "blob", "ref": map[string]string{"$link": id}, "mimeType": r.Header.Get("Content-Type"), "size": len(body)}
		return map[string]any{"blob": ref}, nil
	case "repo.putRecord":
		return f.put(body)
	case "repo.deleteRecord":
		return f.remove(body)
	}
	f.t.Errorf("the fake knows no %s", method)
	return nil, &nsidError{http.StatusNotImplemented, "MethodNotImplemented", method}
}

func (f *fakePDS) signIn(body []byte) (any, *nsidError) {
	var in struct{ Identifier, Password string }
	if err := json.Unmarshal(body, &in); err != nil || in.Identifier != fakeHandle && in.Identifier != did || in.Password != fakePassword {
		return nil, &nsidError{http.StatusUnauthorized, "AuthenticationRequired", "Invalid identifier or password"}
	}
	return f.tokens(), nil
}

func (f *fakePDS) tokens() any {
	f.minted++
	access, refresh := fmt.Sprintf("fake.access.%d", f.minted), fmt.Sprintf("fake.refresh.%d", f.minted)
	f.access[access], f.refresh[refresh] = true, true
	return map[string]any{"did": did, "handle": fakeHandle, "active": true, "accessJwt": access, "refreshJwt": refresh}
}

func (f *fakePDS) get(repo, collection, rkey string) (any, *nsidError) {
	uri := "at://" + repo + "/" + collection + "/" + rkey
	raw, ok := f.records[uri]
	if !ok {
		return nil, &nsidError{http.StatusBadRequest, "RecordNotFound", "Could not locate record: " + uri}
	}
	return map[string]any{"uri": uri, "cid": f.hash(raw), "value": raw}, nil
}

// write is the body of putRecord and deleteRecord.
type write struct {
	Repo, Collection, RKey string
	SwapRecord             json.RawMessage
	Record                 json.RawMessage
}

// isGate: it is written over one that may be there.
func (w write) isGate() bool { return strings.HasSuffix(w.Collection, "gate") }

func (w write) uri() string { return "at://" + w.Repo + "/" + w.Collection + "/" + w.RKey }

func (f *fakePDS) put(body []byte) (any, *nsidError) {
	var in write
	if err := json.Unmarshal(body, &in); err != nil || in.Repo != did || !in.isGate() && string(in.SwapRecord) != "null" {
		return nil, &nsidError{http.StatusBadRequest, "InvalidRequest", "not a new record of this account"}
	}
	for part := range bytes.SplitSeq(in.Record, []byte(`"$link":"`)) {
		if id, _, ok := bytes.Cut(part, []byte(`"}`)); ok && bytes.HasPrefix(id, []byte("bafkrei")) && !f.blobs[string(id)] {
			return nil, &nsidError{http.StatusBadRequest, "BlobNotFound", "Could not find blob: " + string(id)}
		}
	}
	id := f.hash(in.Record)
	out := map[string]string{"uri": in.uri(), "cid": id, "validationStatus": "valid"}
	if there, ok := f.records[in.uri()]; ok && !in.isGate() {
		if found := f.hash(there); found != id {
			return nil, &nsidError{http.StatusBadRequest, "InvalidSwap", "Record was at " + found}
		}
		return out, nil
	}
	f.records[in.uri()] = in.Record
	if !in.isGate() {
		f.order = append(f.order, in.uri())
	}
	return out, nil
}

func (f *fakePDS) remove(body []byte) (any, *nsidError) {
	var in write
	if err := json.Unmarshal(body, &in); err != nil || in.Repo != did {
		return nil, &nsidError{http.StatusBadRequest, "InvalidRequest", "not of this account"}
	}
	delete(f.records, in.uri())
	f.order = slices.DeleteFunc(f.order, func(uri string) bool { return uri == in.uri() })
	return struct{}{}, nil
}

// hash is the CID of a record.
func (f *fakePDS) hash(raw json.RawMessage) string {
	v, err := atdata.UnmarshalJSON(raw)
	if err != nil {
		f.t.Errorf("the record is no data of the protocol: %v\n%s", err, raw)
		return ""
	}
	b, err := atdata.MarshalCBOR(v)
	if err != nil {
		f.t.Error(err)
	}
	return hashOf(cid.DagCBOR, b)
}

func hashOf(codec uint64, b []byte) string {
	id, err := cid.NewPrefixV1(codec, multihash.SHA2_256).Sum(b)
	if err != nil {
		return err.Error()
	}
	return id.String()
}

// posts are the records of the account, oldest first, each held against its lexicon.
func (f *fakePDS) posts(t testing.TB) []providertest.Post {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []providertest.Post
	gates := make(map[string]gate)
	for uri, raw := range f.records {
		var g gate
		if err := json.Unmarshal(raw, &g); err != nil {
			t.Fatal(err)
		}
		validate(t, strings.Split(uri, "/")[3], raw)
		gates[g.Type+g.Post] = g
	}
	for _, uri := range f.order {
		var v record
		if err := json.Unmarshal(f.records[uri], &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v.seen(uri, gates))
	}
	return out
}

func TestContract(t *testing.T) {
	t.Parallel()
	providertest.Test(t, providertest.Harness{Open: func(t *testing.T) *providertest.Fixture {
		t.Helper()
		f, log := newFakePDS(t), new(providertest.Log)
		p := bluesky.New(bluesky.Config{Logger: log.Logger()})
		in := signInWith(f.url, fakeHandle, fakePassword)
		account, secret, err := p.SignIn(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return contract(t, p, log, in, providertest.NewSession(named(account), secret), f.posts)
	}})
}

// contract is an account that is signed in, as the suite wants it.
func contract(t *testing.T, p hayon.Provider, log *providertest.Log, in hayon.SignIn, s *providertest.Session,
	posts func(testing.TB) []providertest.Post,
) *providertest.Fixture {
	t.Helper()
	sessions := []*providertest.Session{s}
	behind := in.Fields["host"]
	return &providertest.Fixture{
		Provider:    p,
		Session:     s,
		SignedOut:   with(t, s, map[string]string{"access_jwt": "no.such.token", "refresh_jwt": "no.such.token", "app_password": ""}),
		Unreachable: with(t, s, map[string]string{"pds": closedServer()}),
		Fault: func(t testing.TB, f providertest.Fault) (hayon.Session, func()) {
			t.Helper()
			base, heal := providertest.FaultServer{Behind: behind, Is: isCall, Refuse: refuseAs}.Start(t, f)
			faulty := with(t, s, map[string]string{"pds": base})
			sessions = append(sessions, faulty)
			return faulty, heal
		},
		MoreSecrets: func(t testing.TB) []string {
			t.Helper()
			var out []string
			for _, s := range sessions {
				now := keptBy(onlyForCleanup{t}, s)
				out = append(out, now["access_jwt"], now["refresh_jwt"])
			}
			return out
		},
		Log:          log,
		SignIn:       &in,
		Secrets:      []string{string(in.Secret.Reveal())},
		Posts:        posts,
		OptionValues: map[string]string{"labels": "nudity,sexual", "tags": "one,two words,日本語"},
		WrongValues:  map[string]string{"labels": "nudity, !hide", "tags": "a,b,c,d,e,f,g,h,i"},
	}
}
