package hayon

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Post is what a user wrote. Its targets are kept beside it; a [PostService] answers it with them.
type Post struct {
	ID     PostID   `json:"id"`
	Owner  UserID   `json:"owner"`
	Source Source   `json:"source,omitempty"`
	Text   string   `json:"text"`
	Langs  []string `json:"langs,omitempty"`
	Labels []string `json:"labels,omitempty"`
	// Note is for the owner alone.
	Note string `json:"note,omitempty"`
	// Repost is the address of what is reposted, where the post is one.
	Repost string `json:"repost,omitempty"`
	// DeletedAt is when the user deleted the post: it is in no list any more.
	DeletedAt time.Time `json:"deleted_at,omitzero"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Schedule  Schedule  `json:"schedule,omitzero"`
	// Revision counts the changes of its user, the creation included; 0 of a post that an older version
	// stored, which stands for 1.
	Revision int `json:"revision,omitempty"`
	// Request is what the targets were made of, as [PostRequest] says; nil of a post that an older version
	// stored.
	Request *PostCreate `json:"request,omitempty"`

	// Targets are in the order of creation. Stores keep them as rows of their own.
	Targets []*Target `json:"-"`
	// ShortDigits is how many of the last digits of ID tell it apart from every other post of its
	// owner; 0 where nobody looked.
	ShortDigits int `json:"-"`
	// Warnings are what the user should know of the last call that stored the post, as sentences.
	Warnings []string `json:"-"`
}

// At is when the post is to go out or was to, whatever its targets do: its schedule, else when it was
// created. Zero for a draft without a time. Of a stored post alone: what came over the wire has no Request.
func (p *Post) At() time.Time {
	switch {
	case !p.Schedule.At.IsZero():
		return p.Schedule.At
	case p.Request != nil && p.Request.Draft:
		return time.Time{}
	}
	return p.CreatedAt
}

// SearchText is what [PostFilter.Words] are looked for in, as [FoldText] spells it: every text of the post,
// its labels, its note, and what stands in options such as a title. It follows from the post's own row.
func (p *Post) SearchText() string {
	texts := append([]string{p.Text, p.Note, p.Repost}, p.Labels...)
	if r := p.Request; r != nil {
		texts = append(texts, r.Parts...)
		for _, name := range slices.Sorted(maps.Keys(r.Texts)) {
			texts = append(texts, r.Texts[name])
		}
		for _, name := range slices.Sorted(maps.Keys(r.Options)) {
			for _, option := range slices.Sorted(maps.Keys(r.Options[name])) {
				texts = append(texts, r.Options[name][option])
			}
		}
		for i := range r.Media {
			texts = append(texts, r.Media[i].Alt)
		}
	}
	texts = slices.DeleteFunc(texts, func(s string) bool { return s == "" })
	return FoldText(strings.Join(texts, "\n"))
}

// FoldText spells a text as a search compares it: in lower case, with one blank for any white space.
func FoldText(s string) string { return strings.Join(strings.Fields(strings.ToLower(s)), " ") }

// Schedule is when a post goes out. Where Wall and Zone are set, they are what was meant, and At
// is what they came to with the zone rules of the day; else At is. The zero value means "now".
type Schedule struct {
	// At is the instant, in UTC.
	At time.Time `json:"at,omitzero"`
	// Wall is the clock on the wall, as 2006-01-02T15:04:05.
	Wall string `json:"wall,omitempty"`
	// Zone is the IANA name of the wall clock's zone.
	Zone string `json:"zone,omitempty"`
}

// IsZero reports whether s means "now".
func (s Schedule) IsZero() bool { return s == Schedule{} }

// State is derived from the targets.
func (p *Post) State() PostState {
	states := make([]State, len(p.Targets))
	for i, t := range p.Targets {
		states[i] = t.State
	}
	return DerivePostState(states)
}

// Settled reports whether all targets have an outcome that only a user can change.
func (p *Post) Settled() bool {
	for _, t := range p.Targets {
		if !t.State.Terminal() && (t.State != StateUncertain || !t.NotBefore.IsZero()) {
			return false
		}
	}
	return true
}

// Short is the id as a terminal shows it.
func (p *Post) Short() string { return p.ID.Short(p.ShortDigits) }

// Exit is the exit code of a command that waited for p: 0 when all is out, scheduled or draft,
// else the first that holds of 9 (any uncertain), 12 (any still being tried), 6 (some published),
// 4, 7, 8 and 10, the most that a person must do.
func (p *Post) Exit() int {
	var uncertain, working, published bool
	worst := ExitOK
	for _, t := range p.Targets {
		switch t.State {
		case StateUncertain:
			uncertain = true
		case StateQueued, StatePublishing, StateRetryWait:
			working = true
		case StatePublished:
			published = true
		case StateDraft, StateScheduled:
			// As it should be, and not out.
		case StateFailed:
			worst = graver(worst, t.failureExit())
		case StateParked:
			worst = graver(worst, CodeUnavailable.Exit())
		case StateMissed, StateCancelled:
			worst = graver(worst, CodeConflict.Exit())
		}
	}
	switch {
	case uncertain:
		return CodeUncertain.Exit()
	case working:
		return CodeTimeout.Exit()
	case worst == ExitOK:
		return ExitOK
	case published:
		return ExitPartial
	default:
		return worst
	}
}

func (t *Target) failureExit() int {
	if t.Error == nil {
		return CodeRejected.Exit()
	}
	return t.Error.Code.Exit()
}

// graver is the exit code that asks more of a person.
func graver(a, b int) int {
	order := []int{4, 7, 3, 8, 13, 10}
	rank := func(code int) int {
		if code == ExitOK {
			return len(order) + 1
		}
		for i, c := range order {
			if c == code {
				return i
			}
		}
		return len(order)
	}
	if rank(b) < rank(a) {
		return b
	}
	return a
}
