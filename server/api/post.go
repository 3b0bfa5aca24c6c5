package api

import (
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// Post is a post as users and programs see it.
type Post struct {
	// ID is the whole identifier; left out in the answer to a dry run.
	ID hayon.PostID `json:"id,omitzero"`
	// Short is the id as a terminal shows it, such as p_9qx1.
	Short     string          `json:"short,omitempty"`
	State     hayon.PostState `json:"state"`
	Text      string          `json:"text"`
	CreatedAt time.Time       `json:"created_at,omitzero"`
	UpdatedAt time.Time       `json:"updated_at,omitzero"`
	// At is when the post goes out, or was to: what its schedule says, else the earliest due time of
	// its targets. Left out while nobody said when.
	At time.Time `json:"at,omitzero"`
	// Wall is the clock on the wall that was meant, as 2006-01-02T15:04:05, where one was.
	Wall string `json:"wall,omitempty"`
	// Zone is the IANA name of the zone that was meant.
	Zone   string       `json:"zone,omitempty"`
	Source hayon.Source `json:"source,omitempty"`
	Langs  []string     `json:"langs,omitempty"`
	Labels []string     `json:"labels"`
	// Note is for the owner alone.
	Note string `json:"note,omitempty"`
	// Repost is the address of what is reposted, where the post is a repost.
	Repost string `json:"repost,omitempty"`
	// DeletedAt is when the user deleted the post: it is in no list any more.
	DeletedAt time.Time `json:"deleted_at,omitzero"`
	// Revision counts the changes of the user, the creation included; left out of what is not stored.
	Revision int `json:"revision,omitempty"`
	// Warnings are what the user should know of the call that stored the post, as sentences.
	Warnings []string `json:"warnings,omitempty"`
	Targets  []Target `json:"targets"`
}

// Target is a post for one account.
type Target struct {
	ID hayon.TargetID `json:"id,omitzero"`
	// Account is the name that a person types, such as bluesky/work; left out where the account has
	// been removed.
	Account   string          `json:"account,omitempty"`
	AccountID hayon.AccountID `json:"account_id,omitzero"`
	Platform  string          `json:"platform"`
	Handle    string          `json:"handle,omitempty"`
	State     hayon.State     `json:"state"`
	// StateSince is when the target entered State.
	StateSince time.Time `json:"state_since,omitzero"`
	// At is when the target is due.
	At time.Time `json:"at,omitzero"`
	// NotBefore holds back the next attempt, or the next look at an uncertain target.
	NotBefore  time.Time `json:"not_before,omitzero"`
	Generation int       `json:"generation,omitempty"`
	Attempts   int       `json:"attempts"`
	// LatePolicy says what happens after the grace window, and Grace how long that is; without a
	// grace, none.
	LatePolicy hayon.LatePolicy `json:"late_policy,omitempty"`
	Grace      Duration         `json:"grace,omitzero"`
	// Question: the target is missed, and its user is asked whether it goes out all the same.
	Question bool `json:"question,omitempty"`
	// PublishedAt is when the last part went out.
	PublishedAt time.Time `json:"published_at,omitzero"`
	RemovedAt   time.Time `json:"removed_at,omitzero"`
	// RemoteID and URL are those of the first part.
	RemoteID string `json:"remote_id,omitempty"`
	URL      string `json:"url,omitempty"`
	// LateSeconds is how much later than due the target went out, in whole seconds; left out while it
	// is not out.
	LateSeconds *int64            `json:"late_seconds,omitempty"`
	Options     map[string]string `json:"options,omitempty"`
	// Notes say what of the request is left out, since the platform has no word for it.
	Notes []string     `json:"notes,omitempty"`
	Parts []Part       `json:"parts"`
	Error *TargetError `json:"error,omitempty"`
}

// Part is one message of a target.
type Part struct {
	Text     string `json:"text"`
	RemoteID string `json:"remote_id,omitempty"`
	URL      string `json:"url,omitempty"`
	// Digest is the platform's hash of the content (a CID), where it has one.
	Digest      string       `json:"digest,omitempty"`
	PublishedAt time.Time    `json:"published_at,omitzero"`
	Langs       []string     `json:"langs,omitempty"`
	Media       []Attachment `json:"media,omitempty"`
	// Repost is the address of what the part reposts.
	Repost string `json:"repost,omitempty"`
	// ReplyTo and Quote are what the part answers and quotes.
	ReplyTo *Reference  `json:"reply_to,omitempty"`
	Quote   *Reference  `json:"quote,omitempty"`
	Card    *hayon.Card `json:"card,omitempty"`
	Poll    *hayon.Poll `json:"poll,omitempty"`
}

// Reference names a post on a platform; at least one member is there.
type Reference struct {
	RemoteID string `json:"remote_id,omitempty"`
	URL      string `json:"url,omitempty"`
	Digest   string `json:"digest,omitempty"`
}

func referenceOf(r *hayon.Remote) *Reference {
	if r == nil {
		return nil
	}
	return &Reference{RemoteID: r.ID, URL: r.URL, Digest: r.Digest}
}

func (r *Reference) domain() *hayon.Remote {
	if r == nil {
		return nil
	}
	return &hayon.Remote{ID: r.RemoteID, URL: r.URL, Digest: r.Digest}
}

// Attachment is a medium as a part uses it.
type Attachment struct {
	ID     hayon.MediaID `json:"id,omitzero"`
	Alt    string        `json:"alt,omitempty"`
	Type   string        `json:"type"`
	Bytes  int64         `json:"bytes"`
	Width  int           `json:"width,omitempty"`  // in pixels
	Height int           `json:"height,omitempty"` // in pixels
	Name   string        `json:"name,omitempty"`
	SHA256 string        `json:"sha256,omitempty"`
	// Focus is what a cropped view keeps.
	Focus *hayon.Focus `json:"focus,omitempty"`
	// DurationSeconds is how long a video or an animation takes.
	DurationSeconds float64 `json:"duration_seconds,omitempty"`
	Animated        bool    `json:"animated,omitempty"`
	// Original is the medium as it was stored, where something else was made of it for the platform, and
	// Steps what was done.
	Original *hayon.BlobRef `json:"original,omitempty"`
	Steps    []string       `json:"steps,omitempty"`
	Thumb    *hayon.BlobRef `json:"thumb,omitempty"`
}

func attachmentOf(m hayon.Attachment) Attachment {
	return Attachment{
		ID: m.Media, Alt: m.Alt, Type: m.Type, Bytes: m.Bytes, Width: m.Width, Height: m.Height, Name: m.Name, SHA256: m.SHA256,
		Focus: m.Focus, DurationSeconds: m.Duration.Seconds(), Animated: m.Animated,
		Original: m.Original, Steps: m.Steps, Thumb: m.Thumb,
	}
}

func (m *Attachment) domain() hayon.Attachment {
	return hayon.Attachment{
		Media: m.ID, Alt: m.Alt, Type: m.Type, Bytes: m.Bytes, Width: m.Width, Height: m.Height, Name: m.Name, SHA256: m.SHA256,
		Focus: m.Focus, Duration: seconds(m.DurationSeconds), Animated: m.Animated,
		Original: m.Original, Steps: m.Steps, Thumb: m.Thumb,
	}
}

// seconds is a duration to the millisecond, as media have it.
func seconds(s float64) time.Duration {
	return time.Duration(s*1000+0.5) * time.Millisecond
}

// TargetError is why a target is not out.
type TargetError struct {
	Code    hayon.Code `json:"code"`
	Message string     `json:"message"`
	Hint    string     `json:"hint,omitempty"`
	// RetryAt is when the next attempt follows by itself.
	RetryAt time.Time `json:"retry_at,omitzero"`
}

// PostOf is p as users see it. accounts gives targets their names and handles; an account that is
// not in it is left unnamed. It changes nothing of p and shares maps and slices with it.
func PostOf(p *hayon.Post, accounts map[hayon.AccountID]*hayon.Account) Post {
	zone := location(p.Schedule.Zone)
	out := Post{
		ID: p.ID, Short: p.Short(), State: p.State(), Text: p.Text,
		CreatedAt: utc(p.CreatedAt), UpdatedAt: utc(p.UpdatedAt),
		At: in(at(p), zone), Wall: p.Schedule.Wall, Zone: p.Schedule.Zone,
		Source: p.Source, Langs: p.Langs, Labels: p.Labels, Note: p.Note, Repost: p.Repost, DeletedAt: utc(p.DeletedAt),
		Warnings: p.Warnings, Targets: make([]Target, len(p.Targets)),
	}
	if out.Labels == nil {
		out.Labels = []string{}
	}
	if !p.ID.IsZero() {
		out.Revision = max(1, p.Revision)
	}
	for i, t := range p.Targets {
		out.Targets[i] = targetOf(t, accounts[t.Account], zone)
	}
	return out
}

// PostsOf is [PostOf] for a list; it is never nil.
func PostsOf(posts []*hayon.Post, accounts map[hayon.AccountID]*hayon.Account) []Post {
	out := make([]Post, len(posts))
	for i, p := range posts {
		out[i] = PostOf(p, accounts)
	}
	return out
}

// AccountsByID makes of a list the index that [PostOf] wants.
func AccountsByID(list []*hayon.Account) map[hayon.AccountID]*hayon.Account {
	out := make(map[hayon.AccountID]*hayon.Account, len(list))
	for _, a := range list {
		out[a.ID] = a
	}
	return out
}

// at is when the post goes out: one that is sent at once has no schedule, but its targets are due.
func at(p *hayon.Post) time.Time {
	if !p.Schedule.At.IsZero() {
		return p.Schedule.At
	}
	var first time.Time
	for _, t := range p.Targets {
		if due := due(t); !due.IsZero() && (first.IsZero() || due.Before(first)) {
			first = due
		}
	}
	return first
}

// due is when a target goes out; a draft goes out at no time.
func due(t *hayon.Target) time.Time {
	if t.State == hayon.StateDraft {
		return time.Time{}
	}
	return t.Due
}

func targetOf(t *hayon.Target, a *hayon.Account, zone *time.Location) Target {
	out := Target{
		ID: t.ID, AccountID: t.Account, Platform: t.Platform,
		State: t.State, StateSince: utc(t.StateSince),
		At: in(due(t), zone), NotBefore: utc(t.NotBefore),
		Generation: t.Generation, Attempts: t.Attempts,
		LatePolicy: t.IfLate, Grace: Duration(t.Grace), Question: t.Asks,
		PublishedAt: utc(t.PublishedAt), RemovedAt: utc(t.RemovedAt),
		RemoteID: t.Remote().ID, URL: t.Remote().URL,
		Options: t.Options, Notes: t.Notes, Parts: make([]Part, len(t.Parts)),
	}
	switch {
	case a != nil:
		out.Account, out.Handle = a.Name, a.Handle
	case t.ID.IsZero():
		// A dry run for an account that nobody has stored yet: the one that a platform without sign-in
		// has by itself, named like it.
		out.Account, out.AccountID = t.Platform, hayon.AccountID{}
	}
	if !t.PublishedAt.IsZero() {
		late := int64(t.Late() / time.Second)
		out.LateSeconds = &late
	}
	for i := range t.Parts {
		out.Parts[i] = partOf(&t.Parts[i])
	}
	if e := t.Error; e != nil {
		out.Error = &TargetError{Code: e.Code, Message: e.Message, Hint: e.Hint, RetryAt: utc(e.RetryAt)}
	}
	return out
}

func partOf(p *hayon.Part) Part {
	out := Part{
		Text: p.Text, RemoteID: p.Remote.ID, URL: p.Remote.URL, Digest: p.Remote.Digest,
		PublishedAt: utc(p.PublishedAt), Langs: p.Langs,
		ReplyTo: referenceOf(p.ReplyTo), Quote: referenceOf(p.Quote), Card: p.Card, Poll: p.Poll,
	}
	if p.Repost != nil {
		out.Repost = p.Repost.URL
	}
	for _, m := range p.Media {
		out.Media = append(out.Media, attachmentOf(m))
	}
	return out
}

// Domain is the post that a face works with. It has all that PostOf showed: states, due times,
// errors, parts, remote ids. What only a worker needs (leases, fences, prepared bytes) and the
// owner stay behind. Times are in UTC.
func (p *Post) Domain() *hayon.Post {
	out := &hayon.Post{
		ID: p.ID, Source: p.Source, Text: p.Text, Langs: p.Langs, Note: p.Note, Repost: p.Repost, DeletedAt: utc(p.DeletedAt),
		CreatedAt: utc(p.CreatedAt), UpdatedAt: utc(p.UpdatedAt),
		Schedule: hayon.Schedule{At: utc(p.At), Wall: p.Wall, Zone: p.Zone},
		Revision: p.Revision, Warnings: p.Warnings,
		Targets: make([]*hayon.Target, len(p.Targets)),
	}
	if len(p.Labels) > 0 {
		out.Labels = p.Labels
	}
	if _, digits, ok := strings.Cut(p.Short, "_"); ok {
		out.ShortDigits = len(digits)
	}
	for i := range p.Targets {
		out.Targets[i] = p.Targets[i].domain(out)
	}
	return out
}

func (t *Target) domain(p *hayon.Post) *hayon.Target {
	out := &hayon.Target{
		ID: t.ID, Post: p.ID, Account: t.AccountID, Platform: t.Platform, CreatedAt: p.CreatedAt,
		State: t.State, StateSince: utc(t.StateSince), Generation: t.Generation,
		Due: utc(t.At), NotBefore: utc(t.NotBefore), Attempts: t.Attempts,
		IfLate: t.LatePolicy, Grace: time.Duration(t.Grace), Asks: t.Question,
		PublishedAt: utc(t.PublishedAt), RemovedAt: utc(t.RemovedAt),
		Options: t.Options, Notes: t.Notes, Parts: make([]hayon.Part, len(t.Parts)),
	}
	for i := range t.Parts {
		out.Parts[i] = t.Parts[i].domain()
	}
	if e := t.Error; e != nil {
		out.Error = &hayon.TargetError{Code: e.Code, Message: e.Message, Hint: e.Hint, RetryAt: utc(e.RetryAt)}
	}
	return out
}

func (p *Part) domain() hayon.Part {
	out := hayon.Part{
		Text: p.Text, Langs: p.Langs, PublishedAt: utc(p.PublishedAt),
		Remote:  hayon.Remote{ID: p.RemoteID, URL: p.URL, Digest: p.Digest},
		ReplyTo: p.ReplyTo.domain(), Quote: p.Quote.domain(), Card: p.Card, Poll: p.Poll,
	}
	for i := range p.Media {
		out.Media = append(out.Media, p.Media[i].domain())
	}
	if p.Repost != "" {
		out.Repost = &hayon.Remote{URL: p.Repost}
	}
	return out
}

// location is the zone by its name; UTC where this machine does not know it.
func location(zone string) *time.Location {
	if zone == "" {
		return time.UTC
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

func in(t time.Time, loc *time.Location) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.Round(0).In(loc)
}

func utc(t time.Time) time.Time { return in(t, time.UTC) }
