package bluesky

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	lexutil "github.com/bluesky-social/indigo/lex/util"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/providers/internal/rest"
)

const (
	// videoType is the only type of video that the lexicon takes.
	videoType = "video/mp4"

	// serviceAuthLife is how long a token for the video service lasts; a server refuses more than an hour.
	// Source: https://docs.bsky.app/docs/tutorials/video, read 2026-11-21.
	serviceAuthLife = 30 * time.Minute
	// pollRest is the wait between two looks at the work of the video service.
	pollRest = 1500 * time.Millisecond
	// deafRest is the wait after a look that got no answer.
	deafRest = 10 * time.Second
	// videoPatience is how long the video service may work before the server gets the video as it is.
	videoPatience = 30 * time.Minute
	// serviceTries is how often a problem of the video service is waited for.
	serviceTries = 2
)

// usesVideoService reports whether videos of an account on that server go to the video service. It fetches
// from and writes to the server, so it must be able to reach it.
func (p *Provider) usesVideoService(pds string) bool {
	return p.video != "" && (!isLoopback(pds) || isLoopback(p.video))
}

// direct is why a video goes to the account's server as it is, and not to the video service.
type direct struct{ why string }

func (e *direct) Error() string { return e.why }

// uploadVideo brings the video to where the record can name it. wait is not nil while the video service
// works. The service is preferred because a video then plays at once; where it does not do it, for whatever
// reason that is not the video's own, the account's server takes the file.
func (p *Provider) uploadVideo(ctx context.Context, s hayon.Session, d *draft) (wait *hayon.Prepared, err error) {
	if !p.usesVideoService(p.reader(ctx, s).PDS) || d.again() {
		return nil, p.uploadDirect(ctx, s, d, "")
	}
	var job *jobStatus
	if d.Earlier != nil && d.Earlier.Handles[handleJob] != "" {
		job, err = p.askVideo(ctx, d)
	} else {
		job, err = p.sendVideo(ctx, s, d)
	}
	if err == nil {
		err = job.failure(d)
	}
	if err == nil && job.Blob != nil && job.Blob.Ref.String() == d.gone {
		err = &direct{p.videoName() + " does not make the file again that the server has dropped"}
	}
	if e, ok := errors.AsType[*direct](err); ok {
		return nil, p.uploadDirect(ctx, s, d, e.why)
	}
	if err != nil {
		return nil, err
	}
	if job.Blob == nil {
		return p.waiting(d, job), nil
	}
	d.up.video, d.up.job = job.Blob, job.ID
	return nil, nil //nolint:nilnil // the video is ready
}

func (p *Provider) videoName() string { return hostOf(p.video) }

// uploadDirect sends the video to the account's server as it is. why is said to the user; "" where nothing
// else was meant.
func (p *Provider) uploadDirect(ctx context.Context, s hayon.Session, d *draft, why string) error {
	f, most := d.fileOf(0), blobLimit(s.Account())
	err := error(nil)
	if most > 0 && f.size > most {
		err = tooLarge(d.who, f.name, f.size, most)
	} else {
		err = p.signed(ctx, s, func(cur *session) (err error) {
			d.up.video, err = p.uploadBlob(ctx, cur, call{file: f, contentType: videoType})
			return err
		})
	}
	if err == nil && d.up.video.MimeType != videoType {
		err = d.who.errorf(hayon.CodeInvalid, "the server takes %s for %s and not for MP4", f.name, clean(d.up.video.MimeType, 100))
	}
	if err != nil {
		said := uploadFault(err, f.name, f.size, d.who)
		if why != "" {
			said.Message += "; " + why
		}
		return said
	}
	if why != "" {
		d.notes = append(d.notes, "the video went to the server itself, where it plays a little later: "+why)
	}
	return nil
}

// jobStatus is the work on a video. Source: the lexicon app.bsky.video.defs.
type jobStatus struct {
	ID          string           `json:"jobId"`
	State       string           `json:"state"`
	Progress    *int             `json:"progress"` // in percent
	Blob        *lexutil.LexBlob `json:"blob"`
	Error       string           `json:"error"`
	FailureCode string           `json:"failureCode"`
	Message     string           `json:"message"`

	silent bool // the service did not answer
}

// jobAnswer is a status, wrapped as the lexicon has it or bare as the service answers uploads.
type jobAnswer struct {
	jobStatus

	Wrapped *jobStatus `json:"jobStatus"`
}

func (a *jobAnswer) status() *jobStatus {
	if a.Wrapped != nil {
		return a.Wrapped
	}
	return &a.jobStatus
}

// The states and reasons that matter here; any other state is progress.
const (
	jobFailed         = "JOB_STATE_FAILED"
	failedToStore     = "pds_upload_failure"
	serviceUploadCall = "app.bsky.video.uploadVideo"
	serviceStatusCall = "app.bsky.video.getJobStatus"
	serviceLimitsCall = "app.bsky.video.getUploadLimits"
	uploadBlobCall    = "com.atproto.repo.uploadBlob"
)

// failure is why there will be no video, nil while there may be one.
func (j *jobStatus) failure(d *draft) error {
	if j.Blob != nil && !j.Blob.Ref.Defined() {
		j.Blob = nil
	}
	if j.State != jobFailed {
		return nil
	}
	said := firstOf(j.Message, j.Error, "without a reason")
	if j.FailureCode == failedToStore {
		return &direct{"the video service could not store it: " + said}
	}
	if j.FailureCode != "" {
		said = clean(j.FailureCode, 100) + ": " + said
	}
	return d.who.errorf(hayon.CodeInvalid, "Bluesky could not process %s: %s", nameOf(0, d.Part().Media[0]), said)
}

func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return clean(s, 300)
		}
	}
	return ""
}

// waiting says when to ask again.
func (p *Provider) waiting(d *draft, job *jobStatus) *hayon.Prepared {
	now := p.now().UTC()
	out := &hayon.Prepared{
		Handles: map[string]string{handleJob: job.ID, handleSince: d.since(now).Format(time.RFC3339)},
		ReadyAt: now.Add(pollRest),
		Waits:   "Bluesky processes the video",
	}
	if d.gone != "" {
		out.Handles[handleGone] = d.gone
	}
	switch {
	case job.silent:
		out.ReadyAt = now.Add(deafRest)
		out.Waits += "; how far it is, " + p.videoName() + " does not say now"
	case job.Progress != nil && *job.Progress > 0 && *job.Progress <= 100:
		out.Waits += fmt.Sprintf(", %d %%", *job.Progress)
	}
	return out
}

// since is when the video service got the video.
func (d *draft) since(now time.Time) time.Time {
	if d.Earlier != nil {
		if t, err := time.Parse(time.RFC3339, d.Earlier.Handles[handleSince]); err == nil {
			return t
		}
	}
	return now.UTC()
}

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
