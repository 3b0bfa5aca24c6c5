package hayontest

import (
	"fmt"
	"slices"

	"github.com/hayon/hayon"
)

// undo takes back the last change, of post i where it is not negative.
func (m *model) undo(i int) {
	u := hayon.PostUndo{}
	if i >= 0 {
		u.Post = m.id(i)
	}
	var back []*modelChange
	for k := len(m.changes) - 1; k >= 0; k-- {
		switch c := m.changes[k]; {
		case c.undone || i >= 0 && c.post != i:
		case len(back) == 0, i < 0 && c.batch != "" && c.batch == back[0].batch:
			back = append(back, c)
		}
	}
	code := hayon.Code("")
	after := make(map[int]*modelPost)
	for _, c := range back {
		p := m.posts[c.post]
		if done, ok := after[c.post]; ok {
			p = done
		}
		n, ok := restored(p, c)
		if !ok {
			code = hayon.CodeConflict
			break
		}
		after[c.post] = n
	}
	what := "undo of nothing"
	if len(back) == 0 {
		code = hayon.CodeNotFound
	} else {
		what = fmt.Sprintf("undo of %s of %s (%v)", back[0].kind, m.posts[back[0].post].ID, m.posts[back[0].post].Targets)
	}
	_, err := m.Service.UndoPost(m.ctx, u)
	m.apply(what, err, code, func() {
		for _, c := range back {
			c.undone = true
		}
		for k, p := range after {
			m.taken = append(m.taken, &modelUndo{of: back, post: k, batch: back[0].batch, back: takenBack(k, m.posts[k], p)})
			m.posts[k] = p
		}
	})
}

// modelUndo is an undo of one post that can be taken back itself.
type modelUndo struct {
	of    []*modelChange
	post  int
	batch string
	back  *modelChange
}

// takenBack is an undo as a change that can be taken back.
func takenBack(i int, before, after *modelPost) *modelChange {
	c := &modelChange{kind: hayon.ChangeUndone, post: i, before: before, touched: make(map[string]bool)}
	for _, t := range after.Targets {
		c.touched[t.Account] = before.target(t.Account).Generation != t.Generation
	}
	return c
}

// redo does again what the last undo took back, where nothing was changed since.
func (m *model) redo() {
	n := len(m.taken)
	for n > 0 && (n == len(m.taken) || m.taken[n-1].batch != "" && m.taken[n-1].batch == m.taken[len(m.taken)-1].batch) {
		n--
	}
	again := m.taken[n:]
	code := hayon.Code("")
	if len(again) == 0 {
		code = hayon.CodeNotFound
	}
	after := make(map[int]*modelPost)
	for _, u := range slices.Backward(again) {
		p, ok := restored(m.posts[u.post], u.back)
		if !ok {
			code = hayon.CodeConflict
			break
		}
		after[u.post] = p
	}
	_, err := m.Service.UndoPost(m.ctx, hayon.PostUndo{Redo: true})
	m.apply(fmt.Sprintf("redo of %d", len(again)), err, code, func() {
		for _, u := range again {
			for _, c := range u.of {
				c.undone = c.undone && c.post != u.post
			}
		}
		for k, p := range after {
			m.posts[k] = p
		}
		m.taken = m.taken[:n]
	})
}

// restored is a post after a change of it was taken back; false where it cannot be.
func restored(p *modelPost, c *modelChange) (*modelPost, bool) {
	n := p.clone()
	for k := range n.Targets {
		t := &n.Targets[k]
		if !c.touched[t.Account] {
			continue
		}
		if t.State == hayon.StatePublished || t.Generation != p.left[t.Account] {
			return nil, false
		}
		var was *modelTarget
		if c.before != nil {
			was = c.before.target(t.Account)
		}
		if was == nil || was.State == hayon.StateCancelled {
			if t.State != hayon.StateCancelled || was != nil {
				t.State = hayon.StateCancelled
				t.Generation++
			}
			continue
		}
		live := (t.State == hayon.StateQueued || t.State == hayon.StateScheduled) && t.Due.Equal(was.Due)
		t.Generation++
		t.Text, t.Due = was.Text, was.Due
		switch {
		case was.State == hayon.StateFailed || was.State == hayon.StateMissed:
			t.State = was.State
		case was.State == hayon.StateDraft:
			t.State = hayon.StateDraft
		case live: // its time is what it was
		case was.Due.IsZero(): // it was due at once
			t.State = hayon.StateMissed
		default:
			t.State = was.State
		}
	}
	if c.before == nil {
		n.Deleted = true
	} else {
		b := c.before.clone()
		n.Text, n.Own, n.To, n.Labels, n.At, n.instant, n.Deleted = b.Text, b.Own, b.To, b.Labels, b.At, b.instant, b.Deleted
	}
	n.Revision++
	n.left = make(map[string]int)
	for _, t := range n.Targets {
		n.left[t.Account] = t.Generation
	}
	return n, true
}
