package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hayon/hayon"
)

// hashFrom is a hash that a test can tell from others.
func hashFrom(letter byte) string { return strings.Repeat(string(rune(letter)), 64) }

func blob(letter byte) *hayon.BlobRef {
	return &hayon.BlobRef{SHA256: hashFrom(letter), Type: "image/jpeg", Bytes: 1}
}

// medium stores a medium of these bytes, and answers it.
func (w *world) medium(letter byte, at time.Time) *hayon.Media {
	w.Helper()
	m := &hayon.Media{ID: hayon.MediaID{11: letter}, Owner: w.user, SHA256: hashFrom(letter), CreatedAt: at}
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.CreateMedia(ctx, m) })
	return m
}

// wantBlobs compares which bytes are needed, by their letters in order.
func (w *world) wantBlobs(what, letters string) {
	w.Helper()
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		hashes, err := tx.BlobHashes(ctx)
		got := make([]byte, len(hashes))
		for i, h := range hashes {
			got[i] = h[0]
		}
		if diff := cmp.Diff(letters, string(got)); diff != "" {
			w.Errorf("%s: bytes that are needed (-want +got):\n%s", what, diff)
		}
		return err
	})
}

func pruneMedia(w *world) {
	a := w.account("demo")
	used, same, unused, young := w.medium('f', start), w.medium('b', start), w.medium('c', start), w.medium('d', start.Add(day))
	gone := w.medium('e', start)
	attach := func(m *hayon.Media) setTarget {
		return func(t *hayon.Target) {
			t.State = hayon.StateFailed
			t.Parts = append(t.Parts, hayon.Part{Text: `"media":`, Media: []hayon.Attachment{{Media: m.ID, SHA256: m.SHA256}}})
		}
	}
	w.one(a, attach(used))
	w.one(a, attach(&hayon.Media{SHA256: same.SHA256})) // by its bytes alone
	p := w.post([]hayon.AccountID{a}, attach(gone))
	prune := func(want int, left ...*hayon.Media) {
		w.Helper()
		w.update(func(ctx context.Context, tx hayon.Tx) error {
			n, err := tx.PruneMedia(ctx, start.Add(1))
			if n != want {
				w.Errorf("PruneMedia answers %d, want %d", n, want)
			}
			return err
		})
		w.view(func(ctx context.Context, tx hayon.Tx) error {
			var hashes []string
			for _, m := range left {
				hashes = append(hashes, m.SHA256)
				if _, err := tx.FindMediaByID(ctx, m.ID); err != nil {
					w.Errorf("medium %s: %v", m.ID, err)
				}
			}
			got, err := tx.BlobHashes(ctx)
			if diff := cmp.Diff(hashes, got); diff != "" {
				w.Errorf("hashes (-want +got):\n%s", diff)
			}
			_, findErr := tx.FindMediaByID(ctx, unused.ID)
			if hayon.CodeOf(findErr) != hayon.CodeNotFound {
				w.Errorf("the unused medium is still there: %v", findErr)
			}
			return err
		})
	}
	prune(1, same, young, gone, used)
	w.remove(p, start)
	prune(0, same, young, gone, used)
	w.prunedPosts(start.Add(1), 0, 1)
	prune(1, same, young, used)
	second := *used
	second.ID = hayon.MediaID{11: 6}
	second.CreatedAt = start.Add(day)
	w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.CreateMedia(ctx, &second) })
	prune(0, same, young, used) // each hash once
}

// neededBlobs has a target that refers to bytes in every way that there is, and media of which only the
// bytes are referred to.
func neededBlobs(w *world) {
	a := w.account("demo")
	for _, letter := range []byte("bcef") {
		w.medium(letter, start)
	}
	one := w.post([]hayon.AccountID{a}, func(t *hayon.Target) {
		t.State = hayon.StateFailed
		t.Parts = []hayon.Part{
			{Text: "a video", Media: []hayon.Attachment{{SHA256: hashFrom('a'), Original: blob('b'), Thumb: blob('c')}}},
			{Text: "a page", Card: &hayon.Card{URL: "https://example.com/", Thumb: blob('d')}},
			{Text: "a page without a picture", Card: &hayon.Card{URL: "https://example.com/"}},
		}
	})
	card := w.post([]hayon.AccountID{a}, func(t *hayon.Target) {
		t.State = hayon.StateFailed
		t.Parts = []hayon.Part{{Text: "a page alone", Card: &hayon.Card{URL: "https://example.com/", Thumb: blob('e')}}}
	})
	w.wantBlobs("all", "abcdef")
	prune := func(want int) {
		w.Helper()
		w.update(func(ctx context.Context, tx hayon.Tx) error {
			n, err := tx.PruneMedia(ctx, start.Add(1))
			if n != want {
				w.Errorf("PruneMedia answers %d, want %d", n, want)
			}
			return err
		})
	}
	prune(1)
	w.wantBlobs("without the medium that nobody has", "abcde")
	w.remove(one, start)
	w.wantBlobs("of a post that was deleted", "abcde")
	w.prunedPosts(start.Add(1), 0, 1)
	prune(2)
	w.wantBlobs("of the other post", "e")
	w.remove(card, start)
	w.prunedPosts(start.Add(1), 0, 1)
	prune(1)
	w.wantBlobs("of nothing", "")
}

func pruneFits(w *world) {
	a := w.account("demo")
	fit := func(source, result byte, at time.Time) {
		r := &hayon.FitRow{Source: hashFrom(source), Spec: "s", Result: *blob(result), At: at}
		w.update(func(ctx context.Context, tx hayon.Tx) error { return tx.PutFit(ctx, r) })
	}
	prune := func(want int) {
		w.Helper()
		w.update(func(ctx context.Context, tx hayon.Tx) error {
			n, err := tx.PruneFits(ctx, start.Add(1))
			if n != want {
				w.Errorf("PruneFits answers %d, want %d", n, want)
			}
			return err
		})
	}
	w.medium('a', start)
	fit('a', 'b', start)          // of a medium
	fit('c', 'd', start)          // of bytes that a target has
	fit('e', 'f', start)          // whose result a target has
	fit('g', 'h', start.Add(day)) // young
	fit('i', 'j', start)          // of nothing
	fit('k', 'a', start)          // of nothing, though somebody stored the result, too
	p := w.post([]hayon.AccountID{a}, func(t *hayon.Target) {
		t.State = hayon.StateFailed
		t.Parts = []hayon.Part{{Media: []hayon.Attachment{{SHA256: hashFrom('x'), Original: blob('c')}}, Card: &hayon.Card{Thumb: blob('f')}}}
	})
	w.wantBlobs("before", "abcdfhjx")
	prune(2)
	w.wantBlobs("after", "abcdfhx")
	w.remove(p, start)
	w.prunedPosts(start.Add(1), 0, 1)
	prune(2)
	w.wantBlobs("without the post", "abh")
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.PruneMedia(ctx, start.Add(1))
		return err
	})
	prune(1)
	w.wantBlobs("without the medium", "h")
	var left []string
	w.view(func(ctx context.Context, tx hayon.Tx) error {
		for _, source := range []byte("acegik") {
			if _, err := tx.FindFit(ctx, hashFrom(source), "s"); err == nil {
				left = append(left, string(rune(source)))
			}
		}
		return nil
	})
	if !slices.Equal(left, []string{"g"}) {
		w.Errorf("left are the rows of %q, want g", left)
	}
}

// revised stores a post after set, with a row that has the image of it as it was.
func (w *world) revised(p *hayon.Post, set func(*hayon.Post)) {
	w.Helper()
	before := *p
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		image := &hayon.PostImage{Post: &before}
		for _, t := range p.Targets {
			was := *t
			image.Targets = append(image.Targets, &was)
		}
		set(p)
		for _, t := range p.Targets {
			if err := tx.UpdateTarget(ctx, t); err != nil {
				return err
			}
		}
		body := hayon.Encode(hayon.Change{Kind: hayon.ChangeEdited, Revision: 2, Before: image})
		row := &hayon.JournalRow{At: start, Kind: hayon.RowRevised, User: p.Owner, Post: p.ID, Body: body}
		return errors.Join(tx.UpdatePost(ctx, p), tx.AppendJournal(ctx, row))
	})
}

// neededAgain has a post that names media in its request, and one that did before it was changed: there
// its target had other bytes, too.
func neededAgain(w *world) {
	a := w.account("demo")
	for _, letter := range []byte("bcdef") {
		w.medium(letter, start)
	}
	ask := func(media, thumb byte) *hayon.PostCreate {
		return &hayon.PostCreate{Media: []hayon.MediaInput{{Media: hayon.MediaID{11: media}, Thumb: hayon.MediaID{11: thumb}}}}
	}
	asks := w.newPost([]hayon.AccountID{a}, inState(hayon.StateFailed))
	asks.Request = ask('b', 'c')
	was := w.newPost([]hayon.AccountID{a}, inState(hayon.StateDraft))
	was.Request = ask('d', 'd')
	was.Targets[0].Parts = []hayon.Part{{Text: "before", Media: []hayon.Attachment{{SHA256: hashFrom('a')}}, Card: &hayon.Card{Thumb: blob('e')}}}
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		r := &hayon.FitRow{Source: hashFrom('a'), Spec: "s", Result: *blob('0'), At: start}
		return errors.Join(tx.CreatePost(ctx, asks), tx.CreatePost(ctx, was), tx.PutFit(ctx, r))
	})
	w.revised(was, func(p *hayon.Post) {
		p.Request, p.Targets[0].Parts = nil, []hayon.Part{{Text: "after"}}
		p.Targets[0].Enter(hayon.StateCancelled, start)
	})
	prune := func(media, fits int) {
		w.Helper()
		w.update(func(ctx context.Context, tx hayon.Tx) error {
			gotMedia, err := tx.PruneMedia(ctx, start.Add(1))
			gotFits, fitErr := tx.PruneFits(ctx, start.Add(1))
			if gotMedia != media || gotFits != fits {
				w.Errorf("%d media and %d fittings went, want %d and %d", gotMedia, gotFits, media, fits)
			}
			return errors.Join(err, fitErr)
		})
	}
	prune(1, 0)
	w.wantBlobs("without the medium that nobody names", "0abcde")
	w.revised(asks, func(p *hayon.Post) { p.Request = nil })
	prune(0, 0)
	w.wantBlobs("of a change that may be taken back", "0abcde")
	w.remove(was, start)
	w.prunedPosts(start.Add(1), 0, 1)
	prune(2, 1)
	w.wantBlobs("without the post whose changes cannot be taken back", "bc")
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		row := &hayon.JournalRow{At: start.Add(day), Kind: hayon.RowService}
		_, err := tx.PruneJournal(ctx, start.Add(1), 0)
		return errors.Join(err, tx.AppendJournal(ctx, row))
	})
	w.update(func(ctx context.Context, tx hayon.Tx) error {
		_, err := tx.PruneJournal(ctx, start.Add(1), 0)
		return err
	})
	prune(2, 0)
	w.wantBlobs("without the row of the change", "")
}
