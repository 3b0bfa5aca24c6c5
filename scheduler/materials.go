package scheduler

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/hayon/hayon"
	"github.com/hayon/hayon/media"
)

// materials are what a post is made of and no transaction can make: media fitted to the platforms, and
// pages read for link cards. Composing a post looks for them here and notes what is missing; that is
// then made outside, and the post composed again.
type materials struct {
	fits   map[fitKey]*fitted
	pages  map[string]*page
	needed needs
	// sketch: nothing is made, and what is missing is passed over. offline: no page is read.
	sketch, offline bool
}

// needs is what composing has missed.
type needs struct {
	fits  []fitNeed
	pages []string
}

func (n needs) any() bool { return len(n.fits) > 0 || len(n.pages) > 0 }

func newMaterials(sketch bool) *materials {
	return &materials{fits: make(map[fitKey]*fitted), pages: make(map[string]*page), sketch: sketch, offline: sketch}
}

// gatherRounds bounds how often a post is composed to find out what it is made of: accounts may change
// meanwhile, and the picture of a page is known only when the page is read.
const gatherRounds = 5

// gather makes what a post needs and answers it. fn composes; what it answers as an error while it
// misses something is not final, since what is missing counts for nothing.
func (s *Scheduler) gather(ctx context.Context, m *materials, fn func(ctx context.Context, tx hayon.Tx) error) error {
	for range gatherRounds {
		m.needed = needs{}
		err := s.deps.Store.View(ctx, fn)
		if err != nil || !m.needed.any() || m.sketch {
			return err
		}
		if err := s.make(ctx, m); err != nil {
			return err
		}
	}
	return changesTooFast()
}

func changesTooFast() error {
	return hayon.Errorf(hayon.CodeConflict, "the accounts of this post change faster than it can be made; nothing was stored").
		WithHint("try again")
}

// make makes what is needed.
func (s *Scheduler) make(ctx context.Context, m *materials) error {
	if err := s.readPages(ctx, m); err != nil {
		return err
	}
	for _, n := range m.needed.fits {
		f, err := s.fit(ctx, n)
		if err != nil {
			return err
		}
		m.fits[n.key()] = f
	}
	return nil
}

// readPages reads the pages that are needed, a few at the same time.
func (s *Scheduler) readPages(ctx context.Context, m *materials) error {
	const atOnce = 4
	read, failed := make([]*page, len(m.needed.pages)), make([]error, len(m.needed.pages))
	places, until := make(chan struct{}, atOnce), time.Now().Add(pagesWait)
	var wg sync.WaitGroup
	for i, address := range m.needed.pages {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			read[i], failed[i] = s.readPage(ctx, address, until)
		})
	}
	wg.Wait()
	for i, address := range m.needed.pages {
		m.pages[address] = read[i]
	}
	return errors.Join(failed...)
}

// fitKey tells what is fitted to what.
type fitKey struct{ source, spec string }

// fitNeed is a medium that is to be fitted.
type fitNeed struct {
	source string // the SHA-256 of the medium
	name   string
	spec   media.Spec
	// ffmpeg: the program is there, which makes another thing of an animation.
	ffmpeg bool
	// spare: the post goes out without it.
	spare bool
}

func (n fitNeed) key() fitKey { return fitKey{n.source, n.specKey()} }

// specKey spells what the medium is fitted to: where two are equal, fitting the same bytes comes to the
// same.
func (n fitNeed) specKey() string {
	if n.ffmpeg && n.spec.GIFVideo {
		return n.spec.Key() + " ffmpeg=true"
	}
	return n.spec.Key()
}

// fitted is what fitting came to: a row, or why it cannot be done.
type fitted struct {
	row *hayon.FitRow
	why *problem // without the name of an account
}

// fitFor answers what fitting came to, nil while it is not known.
func (m *materials) fitFor(n fitNeed) *fitted {
	if f := m.fits[n.key()]; f != nil {
		return f
	}
	same := func(other fitNeed) bool { return other.key() == n.key() }
	if !slices.ContainsFunc(m.needed.fits, same) {
		m.needed.fits = append(m.needed.fits, n)
	}
	return nil
}

// pageFor answers a page that was read, nil while it is not known.
func (m *materials) pageFor(address string) *page {
	if p := m.pages[address]; p != nil {
		return p
	}
	if !slices.Contains(m.needed.pages, address) {
		m.needed.pages = append(m.needed.pages, address)
	}
	return nil
}
