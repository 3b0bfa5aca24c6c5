package bluesky

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
)

const (
	jsonType = "application/json"
	// txtTimeout bounds the look-up of a TXT record, which may never answer where names are filtered.
	txtTimeout = 5 * time.Second
)

var errIncomplete = errors.New("the answer lacks what it must hold")

// lookupTXT answers the TXT records of a name.
type lookupTXT func(ctx context.Context, name string) ([]string, error)

// resolver finds the server of a handle.
//
// Sources: https://atproto.com/specs/handle and https://atproto.com/specs/did, read 2026-11-20.
type resolver struct {
	rest *rest.Client
	plc  string
	txt  lookupTXT
}

// didDocument is the part of a DID document that matters here.
type didDocument struct {
	ID          string   `json:"id"`
	AlsoKnownAs []string `json:"alsoKnownAs"`
	Service     []struct {
		ID       string `json:"id"`
		Type     string `json:"type"`
		Endpoint any    `json:"serviceEndpoint"` // a string, where it is a server for us
	} `json:"service"`
}

// pds is the URL of the account's server; "" where the document names none that can be used. Plain
// HTTP is taken only for this machine, and only where the user named this machine.
func (d *didDocument) pds(loopbackToo bool) string {
	if d == nil {
		return ""
	}
	for _, s := range d.Service {
		if !strings.HasSuffix(s.ID, "#atproto_pds") || s.Type != "AtprotoPersonalDataServer" {
			continue
		}
		endpoint, _ := s.Endpoint.(string)
		base, err := parseHost(endpoint)
		if err != nil || !loopbackToo && isLoopback(base) {
			return ""
		}
		return base
	}
	return ""
}

// names reports whether the document claims the handle.
func (d *didDocument) names(handle string) bool {
	for _, aka := range d.AlsoKnownAs {
		if strings.EqualFold(aka, "at://"+handle) {
			return true
		}
	}
	return false
}

// parseHost reads the URL of a server: https, or http for this machine alone. A bare name gets
// https.
func parseHost(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s != "" && !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	switch {
	case err != nil, u.Hostname() == "", u.User != nil, u.RawQuery != "", u.Fragment != "", strings.Trim(u.Path, "/") != "":
		return "", hayon.Errorf(hayon.CodeUsage, "bluesky: the server must be a URL such as https://pds.example.org")
	case u.Scheme == "https", u.Scheme == "http" && isLoopbackName(u.Hostname()):
		return u.Scheme + "://" + strings.ToLower(u.Host), nil
	}
	return "", hayon.Errorf(hayon.CodeUsage, "bluesky: the server %s must be reached by https; http is for this machine alone", u.Host).
		WithHint("write https://" + u.Host)
}

func isLoopback(base string) bool {
	u, err := url.Parse(base)
	return err == nil && isLoopbackName(u.Hostname())
}

func isLoopbackName(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// parseIdentifier reads a handle or a DID as a person types it.
func parseIdentifier(s string) (identifier, error) {
	s = strings.Map(func(r rune) rune {
		// Bluesky's own pages surround handles with marks of direction, which travel along when copied.
		if r <= ' ' || r == 0xad || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x2069 || r == 0xfeff {
			return -1
		}
		return r
	}, s)
	s = strings.TrimPrefix(s, "@")
	id, ok := parseName(s)
	if !ok {
		return "", hayon.Errorf(hayon.CodeUsage, "bluesky: %q is no handle", clean(s, 100)).
			WithHint("a handle looks like alice.bsky.social")
	}
	return id, nil
}

// locate finds DID and server of a handle or DID, and checks that the two name each other.
func (r *resolver) locate(ctx context.Context, id identifier) (did, pds string, err error) {
	did = string(id)
	if !id.isDID() {
		if did, err = r.handle(ctx, did); err != nil {
			return "", "", err
		}
	}
	doc, err := r.document(ctx, did)
	if err != nil {
		return "", "", err
	}
	if !id.isDID() && !doc.names(string(id)) {
		return "", "", hayon.Errorf(hayon.CodeInvalid, "bluesky: %s leads to %s, which goes by another name", id, did).
			WithHint("give --handle the DID, or the handle that the account has now")
	}
	if pds = doc.pds(false); pds == "" {
		return "", "", hayon.Errorf(hayon.CodeInvalid, "bluesky: %s names no server that can be used", did).
			WithHint("give the server: --host https://pds.example.org")
	}
	return did, pds, nil
}

// handle resolves a handle by DNS, else by the web. DNS wins where the two differ.
func (r *resolver) handle(ctx context.Context, h string) (string, error) {
	if did := r.byTXT(ctx, h); did != "" {
		return did, nil
	}
	resp, err := r.get(ctx, "https://"+h+"/.well-known/atproto-did")
	if err == nil && resp.Status/100 == 2 {
		if did := strings.TrimSpace(string(resp.Body)); isDID(did) {
			return did, nil
		}
	}
	if e, ok := errors.AsType[*rest.Error](err); ok && e.Kind != rest.KindDNS {
		return "", fault(err, subject{})
	}
	return "", hayon.Errorf(hayon.CodeNotFound, "bluesky: nobody goes by the handle %s", h).
		WithHint("check the spelling; for a server that the internet does not see add --host URL").WithCause(err)
}

// byTXT is the DID in the handle's TXT record; "" unless there is exactly one.
func (r *resolver) byTXT(ctx context.Context, h string) string {
	ctx, cancel := context.WithTimeout(ctx, txtTimeout)
	defer cancel()
	records, err := r.txt(ctx, "_atproto."+h)
	if err != nil {
		return "" // no record is the usual answer, and the web is asked next
	}
	found := ""
	for _, rec := range records {
		value, ok := strings.CutPrefix(rec, "did=")
		if !ok {
			continue
		}
		did := strings.TrimSpace(value)
		if !isDID(did) {
			continue
		}
		if found != "" && found != did {
			return ""
		}
		found = did
	}
	return found
}

// document reads a DID document.
func (r *resolver) document(ctx context.Context, did string) (*didDocument, error) {
	var from string
	switch {
	case strings.HasPrefix(did, "did:plc:"):
		from = r.plc + "/" + did
	case strings.HasPrefix(did, "did:web:") && !strings.ContainsAny(did[len("did:web:"):], ":%/"):
		from = "https://" + did[len("did:web:"):] + "/.well-known/did.json"
	default:
		return nil, hayon.Errorf(hayon.CodeInvalid, "bluesky: %s is of a kind that cannot be resolved", clean(did, 200)).
			WithHint("give the server: --host https://pds.example.org")
	}
	resp, err := r.get(ctx, from)
	if err != nil {
		return nil, fault(err, subject{})
	}
	doc := new(didDocument)
	switch {
	case resp.Status == http.StatusNotFound || resp.Status == http.StatusGone:
		return nil, hayon.Errorf(hayon.CodeNotFound, "bluesky: %s is not known to %s", did, hostOf(from))
	case resp.Status != http.StatusOK:
		return nil, fault(&apiError{Host: hostOf(from), Status: resp.Status}, subject{})
	case resp.JSON(doc) != nil || doc.ID != did:
		return nil, fault(&unreadable{Host: hostOf(from), Err: errIncomplete}, subject{})
	}
	return doc, nil
}

func (r *resolver) get(ctx context.Context, from string) (*rest.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, http.NoBody)
	if err != nil {
		return nil, &rest.Error{Method: http.MethodGet, Host: hostOf(from), Kind: rest.KindOther, Err: err}
	}
	return r.rest.Do(req)
}
