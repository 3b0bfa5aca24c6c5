package bluesky

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
)

// askVideo looks once how far the video service is. A look without an answer costs nothing but time.
func (p *Provider) askVideo(ctx context.Context, d *draft) (*jobStatus, error) {
	id := d.Earlier.Handles[handleJob]
	var out jobAnswer
	err := p.do(ctx, call{host: p.video, nsid: serviceStatusCall, query: url.Values{"jobId": {id}}}, &out)
	job := out.status()
	e, refused := errors.AsType[*apiError](err)
	job.ID = id
	switch {
	case err == nil && (job.Blob != nil || job.State == jobFailed):
		return job, nil
	case ctx.Err() != nil:
		return nil, fault(err, d.who)
	case refused && (e.Status == http.StatusBadRequest || e.Status == http.StatusNotFound):
		return nil, &direct{p.videoName() + " does not know its work any more"}
	case p.now().Sub(d.since(p.now())) > videoPatience:
		return nil, &direct{fmt.Sprintf("%s was not done within %s", p.videoName(), videoPatience)}
	}
	job.silent = err != nil
	return job, nil
}

// sendVideo gives the video to the video service.
func (p *Provider) sendVideo(ctx context.Context, s hayon.Session, d *draft) (*jobStatus, error) {
	if err := p.mayUpload(ctx, s, d); err != nil {
		return nil, err
	}
	did, err := p.serverDID(ctx, s)
	if err != nil {
		return nil, fault(err, d.who)
	}
	token, err := p.videoToken(ctx, s, d, did, uploadBlobCall)
	if err != nil {
		return nil, err
	}
	var out jobAnswer
	err = p.do(ctx, call{
		host: p.video, nsid: serviceUploadCall, token: token, file: d.fileOf(0), contentType: videoType,
		query: url.Values{"did": {s.Account().RemoteID}, "name": {d.Part().Idem + ".mp4"}},
	}, &out)
	if e, ok := errors.AsType[*apiError](err); ok && e.Status == http.StatusConflict && e.JobID != "" {
		return &jobStatus{ID: e.JobID}, nil // it has these bytes already
	}
	if err != nil {
		return nil, p.serviceFault(err, d)
	}
	job := out.status()
	if job.ID == "" && job.Blob == nil {
		return nil, p.serviceFault(&unreadable{Host: p.videoName(), Err: errIncomplete}, d)
	}
	return job, nil
}

// videoToken is for the video service. A server that gives none takes the video itself.
func (p *Provider) videoToken(ctx context.Context, s hayon.Session, d *draft, audience, method string) (string, error) {
	token, err := p.serviceAuth(ctx, s, audience, method)
	if e, ok := errors.AsType[*apiError](err); ok && e.Name != "" && e.Status < http.StatusInternalServerError && e.Status != http.StatusTooManyRequests {
		return "", &direct{e.Host + " gives no access to the video service: " + e.said()}
	}
	if err != nil {
		return "", fault(err, d.who)
	}
	return token, nil
}

// serverDID is the name by which the account's server knows itself, to which tokens are addressed.
func (p *Provider) serverDID(ctx context.Context, s hayon.Session) (string, error) {
	if f := s.Account().Server; f != nil && f.Extra[extraDID] != "" {
		return f.Extra[extraDID], nil
	}
	host := p.reader(ctx, s).PDS
	said, err := p.describe(ctx, host)
	if err != nil || said.DID == "" {
		return webDID(host), err
	}
	return said.DID, nil
}

// webDID is the did:web of a base URL. Source: https://atproto.com/specs/did, read 2026-11-21.
func webDID(base string) string { return "did:web:" + strings.ReplaceAll(hostOf(base), ":", "%3A") }

// uploadLimits are what the video service still takes today.
type uploadLimits struct {
	CanUpload *bool  `json:"canUpload"`
	Bytes     *int64 `json:"remainingDailyBytes"`
	Message   string `json:"message"`
	Error     string `json:"error"`
}

// mayUpload asks the video service before so much is sent in vain. Where it does not say, it is tried.
func (p *Provider) mayUpload(ctx context.Context, s hayon.Session, d *draft) error {
	token, err := p.videoToken(ctx, s, d, webDID(p.video), serviceLimitsCall)
	if _, ok := errors.AsType[*direct](err); ok {
		return nil // the token that counts is the other one
	}
	if err != nil {
		return err
	}
	var out uploadLimits
	err = p.do(ctx, call{host: p.video, nsid: serviceLimitsCall, query: url.Values{}, token: token}, &out)
	size := d.Part().Media[0].Bytes
	e, refused := errors.AsType[*apiError](err)
	switch {
	case refused && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden):
		return p.serviceFault(err, d)
	case err != nil:
		if e, ok := errors.AsType[*rest.Error](err); ok && e.Unconnected() {
			return p.serviceFault(err, d)
		}
		return nil
	case out.CanUpload != nil && !*out.CanUpload:
		return &direct{p.videoName() + " takes no video of this account now: " + firstOf(out.Message, out.Error, "without a reason")}
	case out.Bytes != nil && *out.Bytes < size:
		return &direct{fmt.Sprintf("%s takes only %d bytes more of this account today", p.videoName(), *out.Bytes)}
	}
	return nil
}

// serviceFault says what an error on the way through the video service is: the video's own, one that may
// pass, or a reason to send the video to the account's server.
func (p *Provider) serviceFault(err error, d *draft) error {
	if _, ok := errors.AsType[*hayon.Error](err); ok {
		return err
	}
	if e, ok := errors.AsType[*apiError](err); ok && e.Status < http.StatusInternalServerError {
		switch e.Status {
		case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
			return d.who.errorf(hayon.CodeInvalid, "%s refused %s: %s", e.Host, nameOf(0, d.Part().Media[0]), firstOf(e.Message, e.Name, http.StatusText(e.Status))).
				WithCause(err)
		}
		return &direct{e.Host + " does not take it: " + firstOf(e.Message, e.Name, http.StatusText(e.Status))}
	}
	said := fault(err, d.who)
	if e, ok := errors.AsType[*rest.Error](err); ok && e.Unconnected() || d.Target.Attempts >= serviceTries {
		return &direct{withoutName(said.Message, d.who)}
	}
	return said
}
