package bluesky

import (
	"context"
	"errors"
	"fmt"
	"time"

	lexutil "github.com/bluesky-social/indigo/lex/util"

	"github.com/hayon/hayon"
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
