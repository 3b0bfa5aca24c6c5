package mastodontest

import (
	"slices"
	"time"
)

// Status is a status as the instance holds it.
type Status struct {
	ID         string
	URI        string
	URL        string
	Text       string // as it was sent
	Spoiler    string // the content warning
	Visibility string
	Language   string
	Sensitive  bool
	InReplyTo  string // id, "" is none
	ReblogOf   string // id, "" is none
	Quotes     string // id of the quoted status, "" is none
	Pending    bool   // the quote waits for the author of what it quotes
	Policy     string // quote_approval_policy
	Media      []Media
	Poll       []string // the options
	PollEnds   time.Time
	Multiple   bool   // of the poll: several options may be chosen
	HideTotals bool   // of the poll: nobody sees the figures before the end
	Votes      int    // in the poll; an edit of its options takes them away
	Key        string // the Idempotency-Key that it came with
	Edits      []Edit // what stood there before, the oldest first
	CreatedAt  time.Time
	EditedAt   time.Time // zero is never
	Deleted    bool

	// Extra are the parameters of [Config.Params] that it came with.
	Extra map[string]any
}

// Edit is an earlier state of a status.
type Edit struct {
	Text, Spoiler string
	Sensitive     bool
	Media         []Media
	At            time.Time // since when it stood there
}

// Media is an attachment.
type Media struct {
	ID          string
	Type        string // image, video, audio, gifv
	MIME        string // as the upload said
	Description string
	Focus       string // "x,y" as it was sent, "" is none
	Bytes       []byte
	Thumbnail   []byte // as it was sent, nil is none
	StatusID    string // what it is attached to, "" is nothing
	Ready       bool   // processed
	Deleted     bool
}

// record is a status and what others do with it.
type record struct {
	Status
	author *User  // nil is somebody elsewhere
	acct   string // of an author elsewhere
	app    *app
	media  []*attachment
	poll   params

	favourites, boosts, replies int // of others elsewhere
}

// snapshot is the status for tests to read.
func (r *record) snapshot() Status {
	out := r.Status
	out.Media = copies(r.media)
	out.Edits = slices.Clone(r.Edits)
	return out
}

func copies(list []*attachment) []Media {
	var out []Media
	for _, m := range list {
		out = append(out, m.Media)
	}
	return out
}

// Statuses is everything that u ever published, boosts too, the oldest first, also what was deleted since.
func (s *Server) Statuses(u *User) []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publishPlanned()
	var out []Status
	for _, r := range s.statuses {
		if r.author == u {
			out = append(out, r.snapshot())
		}
	}
	return out
}

// Public is what is left of [Server.Statuses]: all that was not deleted, of any visibility.
func (s *Server) Public(u *User) []Status {
	return slices.DeleteFunc(s.Statuses(u), func(st Status) bool { return st.Deleted })
}

// Status answers a status by its id; false when there never was one.
func (s *Server) Status(id string) (Status, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.find(id); r != nil {
		return r.snapshot(), true
	}
	return Status{}, false
}

// Remove deletes a status as its author does elsewhere.
func (s *Server) Remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.find(id); r != nil {
		s.remove(r)
	}
}

// React sets what others did with a status.
func (s *Server) React(id string, favourites, boosts, replies int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.find(id); r != nil {
		r.favourites, r.boosts, r.replies = favourites, boosts, replies
	}
}

// Vote adds a vote to the poll of a status, as somebody elsewhere does.
func (s *Server) Vote(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.find(id); r != nil && len(r.Poll) > 0 {
		r.Votes++
	}
}

// AddPerson makes an account of another instance, such as bob@b.example. This instance knows it once
// somebody searches for it with resolve.
func (s *Server) AddPerson(acct string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.strangers = append(s.strangers, acct)
}

// Post publishes a public status as u does in another client, and returns its id. policy is who may
// quote it: public, followers, nobody, or manual, which is anybody whom its author then allows it.
func (s *Server) Post(u *User, text, policy string) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.publish(&record{Status: Status{Text: text, Visibility: "public", Language: "en", Policy: policy}, author: u}).ID
}

// AddRemote makes a public status of another instance, such as https://b.example/@bob/1 of
// bob@b.example. This instance knows it once somebody searches for its URL with resolve.
func (s *Server) AddRemote(acct, url, text, policy string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remotes[url] = &record{Status: Status{URI: url, URL: url, Text: text, Visibility: "public", Language: "en", Policy: policy}, acct: acct}
}

// publish gives a status its place. The lock is held.
func (s *Server) publish(r *record) *record {
	r.ID, r.CreatedAt = s.id(), s.now()
	if r.author != nil {
		r.URI = s.URL + "/users/" + r.author.Name + "/statuses/" + r.ID
		r.URL = s.URL + "/@" + r.author.Name + "/" + r.ID
	}
	for _, m := range r.media {
		m.StatusID = r.ID
	}
	s.statuses = append(s.statuses, r)
	return r
}

// remove deletes a status and the boosts of it. Its media are free again.
func (s *Server) remove(r *record) {
	r.Deleted = true
	for _, m := range r.media {
		m.StatusID = ""
	}
	for _, other := range s.statuses {
		if other.ReblogOf == r.ID {
			other.Deleted = true
		}
	}
}

// find answers a status by its id, also a deleted one; nil for none.
func (s *Server) find(id string) *record {
	for _, r := range s.statuses {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// visible answers a status that the user of a call may see; nil for none.
func (c *call) visible(id string) *record {
	r := c.s.find(id)
	switch {
	case r == nil || r.Deleted:
		return nil
	case r.author != nil && r.author == c.user:
		return r
	case r.Visibility == "public" || r.Visibility == "unlisted":
		return r
	}
	return nil
}

// own answers a status of the user of a call; nil for none.
func (c *call) own(id string) *record {
	r := c.s.find(id)
	if r == nil || r.Deleted || r.author != c.user {
		return nil
	}
	return r
}
