package hayontest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hayon/hayon"
)

// accountsOfModel are those that posts of the model go to. None needs a sign-in.
func accountsOfModel() []string { return []string{"site", "strict", "plain"} }

// one takes a random step.
func (m *model) one() {
	m.Helper()
	if len(m.posts) == 0 {
		m.create()
		return
	}
	i := m.dice.IntN(len(m.posts))
	for range 3 { // rather one that is there, and one of the newest
		if !m.posts[i].Deleted {
			break
		}
		i = len(m.posts) - 1 - m.dice.IntN(min(6, len(m.posts)))
	}
	if m.dice.IntN(8) == 0 {
		m.crashed = failBefore + m.dice.Int32N(2)
		m.Store.Fail(m.crashed == failAfter)
	}
	switch n := m.dice.IntN(100); {
	case n < 12 && len(m.posts) < 25:
		m.create()
	case n < 42:
		m.edit(i)
	case n < 54:
		m.reschedule(i)
	case n < 64:
		m.cancel(i)
	case n < 68:
		m.remove(i)
	case n < 84:
		m.undo(-1)
	case n < 87:
		m.undo(i)
	case n < 89:
		m.redo()
	case n < 92:
		m.copyOf(i)
	default:
		m.Store.Whole() // these are not changes of a user
		m.crashed = failNot
		if n < 96 {
			m.publish(i)
		} else {
			m.fail(i)
		}
	}
	m.Store.Whole()
	m.crashed = failNot
}

func (m *model) word() string {
	m.words++
	return fmt.Sprintf("w%d", m.words)
}

// some are accounts, at least one, in a random order.
func (m *model) some() []string {
	list := accountsOfModel()
	m.dice.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:1+m.dice.IntN(len(list))]
}

// soon is a time of the next days.
func (m *model) soon() time.Time {
	return m.start.Add(time.Hour * time.Duration(1+m.dice.IntN(200))).Add(time.Second * time.Duration(m.dice.IntN(3600)))
}

func (m *model) id(i int) hayon.PostID {
	id, err := hayon.ParsePostID(m.posts[i].ID)
	if err != nil {
		m.Fatal(err)
	}
	return id
}

// ids of accounts by their names, as the service has them by now.
func (m *model) accounts() map[string]string {
	list, err := m.Service.FindAccounts(m.ctx, hayon.AccountFilter{})
	if err != nil {
		m.Fatal(err)
	}
	out := make(map[string]string, len(list))
	for _, a := range list {
		out[a.Name] = a.ID.String()
	}
	return out
}

func (m *model) create() {
	c := hayon.PostCreate{Text: m.word(), To: m.some(), AllowDuplicate: true}
	if m.dice.IntN(3) == 0 {
		c.Draft = true
	} else {
		c.Schedule.At = m.soon()
	}
	if m.dice.IntN(3) == 0 {
		c.Texts = map[string]string{c.To[0]: m.word()}
	}
	p, err := m.Service.CreatePost(m.ctx, c)
	m.apply("create", err, "", func() { m.created(p, c.To, c) })
}

// created puts a new post into the model; p is nil where the answer was lost.
func (m *model) created(p *hayon.Post, to []string, c hayon.PostCreate) {
	if p == nil {
		list, err := m.Service.FindPosts(m.ctx, hayon.PostFilter{Limit: 1})
		if err != nil || len(list) != 1 {
			m.Fatalf("the newest post: %v", err)
		}
		p = list[0]
	}
	n := &modelPost{ID: p.ID.String(), Revision: 1, Text: c.Text, Own: maps.Clone(c.Texts), To: slices.Clone(to), Labels: c.Labels, At: c.Schedule.At}
	for _, account := range to {
		t := modelTarget{Account: account, State: hayon.StateScheduled, Generation: 1, Text: n.textFor(account), Due: n.At}
		if c.Draft {
			t.State, t.Due = hayon.StateDraft, time.Time{}
		}
		n.Targets = append(n.Targets, t)
	}
	m.posts = append(m.posts, n)
	m.changed(len(m.posts)-1, hayon.ChangeCreated, "", nil, n)
}

// changed notes a change and makes after the post.
func (m *model) changed(i int, kind hayon.ChangeKind, batch string, before, after *modelPost) {
	c := &modelChange{kind: kind, batch: batch, post: i, before: before, touched: make(map[string]bool)}
	after.left = make(map[string]int)
	for _, t := range after.Targets {
		after.left[t.Account] = t.Generation
		var was *modelTarget
		if before != nil {
			was = before.target(t.Account)
		}
		c.touched[t.Account] = was == nil || was.Generation != t.Generation
	}
	m.posts[i] = after
	m.changes = append(m.changes, c)
	m.taken = nil
}

func (m *model) edit(i int) {
	request, err := m.Service.FindRequest(m.ctx, m.id(i))
	if err != nil {
		m.Fatal(err)
	}
	was, p := m.posts[i], m.posts[i].clone()
	c := request.Create
	c.AllowDuplicate = true
	var what strings.Builder
	what.WriteString("edit")
	draft, ids := was.draft(), m.accounts()
	for range 1 + m.dice.IntN(2) {
		switch m.dice.IntN(6) {
		case 0:
			p.Text = m.word()
			c.Text = p.Text
			what.WriteString(" text")
		case 1:
			account := p.To[m.dice.IntN(len(p.To))]
			if p.Own == nil {
				p.Own = make(map[string]string)
			}
			p.Own[account] = m.word()
			what.WriteString(" own text of " + account)
		case 2:
			p.Labels = []string{m.word()}
			c.Labels = p.Labels
			what.WriteString(" labels")
		case 3:
			p.To = m.some()
			for account := range p.Own {
				if !slices.Contains(p.To, account) {
					delete(p.Own, account)
				}
			}
			fmt.Fprint(&what, " to ", p.To)
		case 4:
			p.At, draft = m.soon(), false
			c.Schedule, c.Draft = hayon.Schedule{At: p.At}, false
			p.instant = false
			what.WriteString(" at")
		case 5:
			p.At, draft = time.Time{}, true
			c.Schedule, c.Draft = hayon.Schedule{}, true
			p.instant = false
			what.WriteString(" draft")
		}
	}
	c.To, c.Texts = nil, nil
	for _, account := range p.To {
		c.To = append(c.To, orName(ids, account))
	}
	for account, body := range p.Own {
		if c.Texts == nil {
			c.Texts = make(map[string]string)
		}
		c.Texts[orName(ids, account)] = body
	}
	stale := m.dice.IntN(20) == 0 && was.Revision > 1
	rv := hayon.PostRevise{Revision: request.Revision, Create: c}
	if stale {
		rv.Revision--
	}
	_, err = m.Service.RevisePost(m.ctx, m.id(i), rv)
	code, same := m.revise(was, p, draft)
	if stale || was.Deleted {
		code = hayon.CodeConflict
	}
	m.apply(fmt.Sprintf("%s of %s (%v)", what.String(), was.ID, was.Targets), err, code, func() {
		if !same {
			m.changed(i, hayon.ChangeEdited, "", was, p)
		}
	})
}

func orName(ids map[string]string, name string) string {
	if id, ok := ids[name]; ok {
		return id
	}
	return name
}

// revise makes the targets of p, whose request is new already, of those of was.
func (m *model) revise(was, p *modelPost, draft bool) (code hayon.Code, same bool) {
	old := was.draft()
	moved := !p.At.Equal(was.At) || p.instant != was.instant
	content := p.Text == was.Text && maps.Equal(p.Own, was.Own)
	if content && !moved && draft == old && slices.Equal(p.To, was.To) && slices.Equal(p.Labels, was.Labels) {
		return "", true
	}
	if !draft && p.At.IsZero() && !p.instant && (old || moved) {
		return hayon.CodeUsage, false
	}
	fresh, kept := 0, 0
	for _, account := range p.To {
		t := p.target(account)
		if t == nil {
			n := modelTarget{Account: account, State: hayon.StateScheduled, Generation: 1, Text: p.textFor(account), Due: p.At}
			switch {
			case draft:
				n.State, n.Due = hayon.StateDraft, time.Time{}
			case p.instant || p.At.IsZero():
				n.State, n.Due = hayon.StateQueued, time.Time{}
			}
			p.Targets = append(p.Targets, n)
			fresh++
			continue
		}
		words := !content && t.Text != p.textFor(account)
		back := t.State == hayon.StateCancelled && !slices.Contains(was.To, account)
		switch {
		case !words && !moved && draft == old && !back:
			continue
		case t.State == hayon.StateCancelled && !back:
			if old || !slices.ContainsFunc(was.Targets, func(t modelTarget) bool { return t.State != hayon.StateCancelled }) {
				kept++
			}
			continue
		case !back && !revisable(t.State):
			kept++
			continue
		}
		fresh++
		t.Generation++
		if words || back {
			t.Text = p.textFor(account)
		}
		switch {
		case draft:
			t.State, t.Due = hayon.StateDraft, time.Time{}
		case moved || back:
			t.State, t.Due = hayon.StateScheduled, p.At
		}
	}
	for k := range p.Targets {
		t := &p.Targets[k]
		switch {
		case slices.Contains(p.To, t.Account), t.State == hayon.StateCancelled:
		case t.State == hayon.StatePublished:
			return hayon.CodeConflict, false
		default:
			t.State = hayon.StateCancelled
			t.Generation++
			fresh++
		}
	}
	unsent := slices.ContainsFunc(p.Targets, func(t modelTarget) bool { return revisable(t.State) })
	if fresh == 0 && (kept > 0 || !content && !unsent) {
		return hayon.CodeConflict, false
	}
	p.Revision++
	return "", false
}

func revisable(s hayon.State) bool { return s != hayon.StatePublished && s != hayon.StateCancelled }

func (m *model) reschedule(i int) {
	was, p := m.posts[i], m.posts[i].clone()
	r := hayon.PostReschedule{Schedule: hayon.Schedule{At: m.soon()}}
	p.At, p.instant = r.Schedule.At, false
	if days := 1 + m.dice.IntN(3); m.dice.IntN(2) == 0 && !was.At.IsZero() && !was.instant {
		r = hayon.PostReschedule{By: &hayon.Shift{Days: days, Elapsed: time.Minute}}
		p.At = was.At.AddDate(0, 0, days).Add(time.Minute)
	}
	moved := 0
	for k := range p.Targets {
		t := &p.Targets[k]
		if revisable(t.State) {
			t.State, t.Due = hayon.StateScheduled, p.At
			t.Generation++
			moved++
		}
	}
	p.Revision++
	code := hayon.Code("")
	if was.Deleted || moved == 0 {
		code = hayon.CodeConflict
	}
	_, err := m.Service.ReschedulePost(m.ctx, m.id(i), r)
	m.apply(fmt.Sprintf("reschedule of %s (%v)", was.ID, was.Targets), err, code, func() { m.changed(i, hayon.ChangeRescheduled, "", was, p) })
}

// cancel cancels one post, or two in a batch.
func (m *model) cancel(i int) {
	batch := ""
	if m.dice.IntN(3) == 0 {
		batch = m.word()
	}
	m.cancelOne(i, batch)
	if batch != "" {
		m.cancelOne((i+1)%len(m.posts), batch)
	}
}

func (m *model) cancelOne(i int, batch string) {
	was, p := m.posts[i], m.posts[i].clone()
	changed, cancelled, kept := 0, 0, 0
	for k := range p.Targets {
		switch t := &p.Targets[k]; t.State {
		case hayon.StateCancelled:
			cancelled++
		case hayon.StatePublished:
			kept++
		default:
			t.State = hayon.StateCancelled
			t.Generation++
			changed++
		}
	}
	p.Revision++
	code := hayon.Code("")
	if was.Deleted || kept > 0 && changed+cancelled == 0 {
		code = hayon.CodeConflict
	}
	_, err := m.Service.CancelPost(m.ctx, m.id(i), hayon.PostChangeRequest{Batch: batch})
	m.apply(fmt.Sprintf("cancel of %s (%v)", was.ID, was.Targets), err, code, func() {
		if changed > 0 {
			m.changed(i, hayon.ChangeCancelled, batch, was, p)
		}
	})
}

func (m *model) remove(i int) {
	was, p := m.posts[i], m.posts[i].clone()
	for k := range p.Targets {
		if t := &p.Targets[k]; revisable(t.State) {
			t.State = hayon.StateCancelled
			t.Generation++
		}
	}
	p.Revision++
	p.Deleted = true
	_, err := m.Service.DeletePost(m.ctx, m.id(i), hayon.PostDelete{})
	m.apply("delete of "+was.ID, err, "", func() {
		if !was.Deleted {
			m.changed(i, hayon.ChangeDeleted, "", was, p)
		}
	})
}

// copyOf makes a draft of what a post was made of.
func (m *model) copyOf(i int) {
	request, err := m.Service.FindRequest(m.ctx, m.id(i))
	if err != nil {
		m.Fatal(err)
	}
	was := m.posts[i]
	c := request.Create
	c.Schedule, c.Draft, c.AllowDuplicate = hayon.Schedule{}, true, true
	p, err := m.Service.CreatePost(m.ctx, c)
	m.apply("copy of "+was.ID, err, "", func() {
		m.created(p, was.To, hayon.PostCreate{Text: was.Text, Texts: was.Own, Labels: was.Labels, Draft: true})
	})
}

// publish sends what waits, as a user and then a worker do.
func (m *model) publish(i int) {
	was, p := m.posts[i], m.posts[i].clone()
	sent := 0
	for k := range p.Targets {
		t := &p.Targets[k]
		if t.State == hayon.StateDraft || t.State == hayon.StateScheduled {
			t.State, t.Due = hayon.StatePublished, time.Time{}
			t.Generation++
			sent++
		}
	}
	p.instant, p.At = true, time.Time{}
	code := hayon.Code("")
	if was.Deleted || sent == 0 {
		code = hayon.CodeConflict
	}
	_, err := m.Service.PublishPost(m.ctx, m.id(i), hayon.PostChangeRequest{})
	m.apply("publish of "+was.ID, err, code, func() {
		for k := range p.Targets { // what was queued before goes out too
			if t := &p.Targets[k]; t.State == hayon.StateQueued {
				t.State = hayon.StatePublished
			}
		}
		m.posts[i] = p
		m.walk(i, hayon.StateQueued, hayon.StatePublished)
	})
}

// fail lets what waits be refused by its platform.
func (m *model) fail(i int) {
	p := m.posts[i].clone()
	for k := range p.Targets {
		if t := &p.Targets[k]; t.State == hayon.StateScheduled {
			t.State = hayon.StateFailed
		}
	}
	m.note("fail of %s", p.ID)
	m.posts[i] = p
	m.walk(i, hayon.StateScheduled, hayon.StateFailed)
}

// walk moves the targets of a post that are in a state to another.
func (m *model) walk(i int, from, to hayon.State) {
	err := m.Store.Update(m.ctx, func(ctx context.Context, tx hayon.Tx) error {
		p, err := tx.FindPostByID(ctx, m.id(i))
		if err != nil {
			return err
		}
		for _, t := range p.Targets {
			if t.State != from {
				continue
			}
			if err := moveTarget(ctx, tx, t, to); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		m.Fatal(err)
	}
}
