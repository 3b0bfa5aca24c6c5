package mastodontest

import (
	"net/http"
	"time"
)

// How long a key is kept. Sources: Mastodon's post_status_service.rb and Pleroma's idempotency_plug.ex,
// read 2026-11-20.
const (
	keyTTL = time.Hour
	pinTTL = 6 * time.Hour
)

// keyed is the status that a key stands for.
type keyed struct {
	id    string
	until time.Time
}

// pin is the answer that a key stands for.
type pin struct {
	answer Answer
	until  time.Time
}

func (c *call) key() string { return c.req.Header.Get("Idempotency-Key") }

// keyName scopes a key to the account: another token of the same account shares it.
func (c *call) keyName() string { return c.user.ID + " " + c.key() }

// repeat answers a status that is asked for a second time; nil when it is the first.
func (c *call) repeat() *Answer {
	if c.key() == "" || c.s.cfg.Keys == KeysIgnored || c.s.cfg.Keys == KeysPinAnswers {
		return nil
	}
	k, known := c.s.keys[c.keyName()]
	if !known || !c.s.now().Before(k.until) {
		return nil
	}
	if c.s.cfg.Keys == KeysAnswer500 {
		return refuse(http.StatusInternalServerError, "There was an error processing this request")
	}
	r := c.s.find(k.id)
	if r == nil || r.Deleted {
		return notFound()
	}
	return ok(c.statusJSON(r))
}

// remember keeps the key of a status that was published.
func (c *call) remember(r *record) {
	if c.key() != "" {
		c.s.keys[c.keyName()] = keyed{r.ID, c.s.now().Add(keyTTL)}
	}
}

// replayed answers from what an instance pinned, or pins what fresh answers.
func (c *call) replayed(fresh func() *Answer) *Answer {
	writes := c.req.Method == http.MethodPost || c.req.Method == http.MethodPut || c.req.Method == http.MethodPatch
	if c.s.cfg.Keys != KeysPinAnswers || c.key() == "" || c.user == nil || !writes {
		return fresh()
	}
	name := c.req.Method + " " + c.req.Path + " " + c.keyName()
	if p, known := c.s.pinned[name]; known && c.s.now().Before(p.until) {
		ans := Answer{p.answer.Status, p.answer.Header.Clone(), p.answer.Body}
		ans.Header.Set("Idempotent-Replayed", "true")
		return &ans
	}
	ans := fresh()
	c.s.pinned[name] = pin{Answer{ans.Status, ans.Header.Clone(), ans.Body}, c.s.now().Add(pinTTL)}
	return ans
}
