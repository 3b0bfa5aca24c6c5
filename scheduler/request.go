package scheduler

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/text"
	"github.com/hayon/hayon/when"
)

const (
	// maxNote bounds a note, in bytes.
	maxNote = 2000
	// maxUndo is how long what is due now can be held back.
	maxUndo = 10 * time.Minute
)

// checkRequest refuses what cannot be meant, whatever the accounts are.
func checkRequest(c hayon.PostCreate) error {
	if len(c.To) == 0 && c.Repost == "" {
		return hayon.Errorf(hayon.CodeUsage, "no account is named for this post").
			WithHint("name one: --to site, or set post.to in the configuration")
	}
	if c.Repost != "" {
		if err := checkRepost(c); err != nil {
			return err
		}
	}
	for _, check := range []func(hayon.PostCreate) error{checkThread, checkReferences, checkCard} {
		if err := check(c); err != nil {
			return err
		}
	}
	if !c.AltPolicy.Valid() {
		return hayon.Errorf(hayon.CodeUsage, "there is no alt policy %q", c.AltPolicy).
			WithHint("use require, warn or ignore").WithDetail("values", hayon.AltPolicies())
	}
	if err := checkTime(c); err != nil {
		return err
	}
	if c.Draft && c.BestEffort {
		return hayon.Errorf(hayon.CodeUsage, "a draft is stored where all of it is valid, since nothing of it is sent").
			WithHint("leave out --best-effort, or --draft")
	}
	if len(c.Note) > maxNote {
		return hayon.Errorf(hayon.CodeUsage, "the note has %d bytes; at most %d are kept", len(c.Note), maxNote).WithHint("shorten it")
	}
	for _, m := range c.Media {
		if m.Focus == nil {
			continue
		}
		if err := m.Focus.Check(); err != nil {
			return err
		}
	}
	if len(c.IdempotencyKey) > 200 {
		return hayon.Errorf(hayon.CodeUsage, "the idempotency key has %d bytes; at most 200 are kept", len(c.IdempotencyKey))
	}
	if err := checkNames(c); err != nil {
		return err
	}
	if c.IfLate != "" {
		if err := checkIfLate(c.IfLate); err != nil {
			return err
		}
	}
	if c.Grace != nil {
		return checkGrace(*c.Grace)
	}
	return nil
}

// checkNames refuses an account, a label or a language that is none.
func checkNames(c hayon.PostCreate) error {
	for _, name := range slices.Concat(c.To, c.Not) {
		if strings.TrimSpace(name) == "" {
			return hayon.Errorf(hayon.CodeUsage, "the name of an account is empty").
				WithHint("look for a comma too many, as in --to bluesky,site")
		}
	}
	for _, l := range c.Labels {
		if strings.TrimSpace(l) == "" {
			return hayon.Errorf(hayon.CodeUsage, "a label is empty").WithHint("give it a name, or leave it out")
		}
	}
	for _, l := range c.Langs {
		if !languageTag.MatchString(l) {
			return hayon.Errorf(hayon.CodeUsage, "%q is no language tag; nothing was stored", l).WithHint("write it as in --lang en or --lang pt-BR")
		}
	}
	return nil
}

// languageTag is what every platform can take or shorten: a language of two or three letters, then
// subtags. Source: RFC 5646, section 2.1, read 2026-11-21.
var languageTag = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)

// checkTime refuses two times at once, and an undo of what it cannot hold back.
func checkTime(c hayon.PostCreate) error {
	switch {
	case c.Draft && !c.Schedule.IsZero():
		return hayon.Errorf(hayon.CodeUsage, "a draft has no time").WithHint("leave out --draft, or the time")
	case c.Undo == 0:
		return nil
	case c.Undo < 0 || c.Undo > maxUndo:
		return hayon.Errorf(hayon.CodeUsage, "%s is no time for changing one's mind", c.Undo).
			WithHint("give one up to " + maxUndo.String() + ", as in --undo 10s; for later there is --in")
	case c.Draft:
		return hayon.Errorf(hayon.CodeUsage, "a draft is not sent, so nothing holds it back").WithHint("leave out --draft, or --undo")
	case !c.Schedule.IsZero():
		return hayon.Errorf(hayon.CodeUsage, "what has a time can be cancelled until then").WithHint("leave out the time, or --undo")
	}
	return nil
}

func checkIfLate(p hayon.LatePolicy) error {
	if p.Valid() {
		return nil
	}
	known := make([]string, 0, len(hayon.LatePolicies()))
	for _, k := range hayon.LatePolicies() {
		known = append(known, string(k))
	}
	return hayon.Errorf(hayon.CodeUsage, "%q says nothing about what is late", string(p)).
		WithHint("take one of: " + strings.Join(known, ", "))
}

func checkGrace(d time.Duration) error {
	if d >= 0 && d <= hayon.MaxGrace {
		return nil
	}
	return hayon.Errorf(hayon.CodeUsage, "a grace window of %s is not possible", d).
		WithHint("give one from 0 to 7 days, as in --grace 2h")
}

// meant completes a schedule that has a wall clock: its zone is spelled as in the database of zones,
// and where only the wall clock was given, the instant is that of the rules of today.
func meant(sc hayon.Schedule) (hayon.Schedule, error) {
	if sc.Wall == "" && sc.Zone == "" {
		return sc, nil
	}
	at, err := when.Resolve(sc.Wall, sc.Zone)
	if err != nil {
		return sc, notMeant(err)
	}
	zone, err := when.LoadZone(sc.Zone)
	if err != nil {
		return sc, notMeant(err)
	}
	sc.Zone = zone.String()
	if sc.At.IsZero() {
		sc.At = at.UTC()
	}
	return sc, nil
}

func notMeant(err error) error {
	e := hayon.Errorf(hayon.CodeUsage, "%w; nothing was stored", err)
	if w, ok := errors.AsType[*when.Error](err); ok {
		e.Hint = w.Hint
	}
	return e
}

// requestDigest is what tells two requests under one Idempotency-Key apart. Media count by their
// bytes, since a repeat uploads them anew; an instant without a wall clock does not count, since
// "in 3 s" is another one each time, nor does the batch, which each command names anew.
func requestDigest(c hayon.PostCreate, media []medium) string {
	c.IdempotencyKey, c.Batch, c.Media = "", "", nil
	if c.Schedule.Wall == "" {
		c.Schedule.At = time.Time{}
	}
	type use struct {
		SHA256, Alt            string
		Focus                  *hayon.Focus `json:",omitempty"`
		For                    []string     `json:",omitempty"`
		Thumb                  string       `json:",omitempty"`
		NoResize, KeepMetadata bool         `json:",omitempty"`
	}
	request := struct {
		hayon.PostCreate
		Bytes []use
	}{PostCreate: c}
	for _, m := range media {
		u := use{SHA256: m.SHA256, Alt: m.Alt, Focus: m.Focus, For: m.input.For, NoResize: m.input.NoResize, KeepMetadata: m.input.KeepMetadata}
		if m.Thumb != nil {
			u.Thumb = m.Thumb.SHA256
		}
		request.Bytes = append(request.Bytes, u)
	}
	b, err := json.Marshal(request)
	if err != nil { // strings, times and ids always marshal
		panic("hayon: a request does not marshal: " + err.Error())
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// contentDigest tells whether an account got the same post before: its text, its media as they were
// stored, what it asks, and what it reposts, quotes and answers. What a continuation answers does not
// count: its repeat would answer itself. Nor do options: the same text for other readers is the same text.
func contentDigest(t *hayon.Target, continues bool) string {
	h := sha256.New()
	write := func(s string) { _, _ = h.Write([]byte(s)) } // never fails
	refer := func(how string, r *hayon.Remote) {
		if r != nil {
			write(how + cmp.Or(r.URL, r.ID))
		}
	}
	for _, p := range t.Parts {
		write(text.Digest(p.Text))
		for _, m := range p.Media {
			write(sourceOf(m))
		}
		refer("", p.Repost)
		refer(" quotes ", p.Quote)
		if !continues {
			refer(" answers ", p.ReplyTo)
		}
		if p.Poll != nil {
			write(fmt.Sprintf(" asks %q", p.Poll.Options))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// sourceOf is the hash of a medium as it was stored.
func sourceOf(m hayon.Attachment) string {
	if m.Original != nil {
		return cmp.Or(m.Original.SHA256, m.SHA256)
	}
	return m.SHA256
}
